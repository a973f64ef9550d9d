"""A laptop is gone: one command on another machine, one page, and nobody believes what lay on it."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from cli.organisations import PASSPHRASE, Desk, Said, files_of, founded
from cli.town import AGREEMENT, FOUNDED, RECIPIENTS, SENDER, Town

from exchange import receiving
from exchange.agreements.agreement import Reference
from exchange.agreements.signatures import Signatures, sign, signatures_path, verify
from exchange.approving import Waiting
from exchange.approving import waiting as waiting_of
from exchange.bundle.letters import RevocationLetter, Suspension
from exchange.by_hand import folder_for
from exchange.demo.cast import APPROVERS
from exchange.keyring.identity import Identity
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.known_card import KnownCard
from exchange.keyring.revocation import issue_revocation
from exchange.keyring.shapes import RevokedKey
from exchange.office import Office
from exchange.posting import post_letter

GONE = "2026-10-05T07:00:00+08:00"
NOTICED = "2026-10-05T09:00:00+08:00"
NEXT = "2026-10-06T09:00:00+08:00"
PERSON = APPROVERS[0][0]
SINCE = dt.datetime.fromisoformat(GONE).astimezone(dt.UTC)


def identity_of(desk: Desk) -> Identity:
    return load_identity(desk.workspace.identity_file, PASSPHRASE)


def known(desk: Desk, party: str = SENDER) -> KnownCard:
    found = desk.workspace.cards.find(party)
    assert found
    return found


def loses(desk: Desk, *options: str) -> Said:
    return desk.at(NOTICED).run("card", "revoke", "--lost", "--since", GONE, *options)


def logged(desk: Desk) -> list[tuple[str | None, str | None]]:
    office = desk.office(dt.datetime.fromisoformat(NEXT))
    return [(each.counterpart, each.key) for each in office.entries("ntt", "card.revoked")]


def test_partners_learn_by_letter_and_what_the_thief_sends_is_put_aside(town: Town) -> None:
    stolen = town.folder / "stolen"
    shutil.copytree(town.sender.folder, stolen)
    thief = Desk(stolen, SENDER, NEXT)
    before = identity_of(town.sender)

    said = loses(town.sender)
    assert said.status == 0, said
    town.sender.at(NOTICED).does("deliver", "--to-folder", town.stick)
    recipient = town.recipient().at(NOTICED)
    assert recipient.does("receive", "--from-folder", town.stick).count("heeded") == 2
    card = known(recipient)
    assert card.confirmed
    assert card.card == town.sender.workspace.own.card().card
    assert {each.use for each in card.trust.revoked_keys} == {"signing", "encryption"}
    signing = before.signing_key(FOUNDED).verify_key.fingerprint()
    assert logged(recipient) == [(SENDER, signing)]
    assert logged(town.sender) == [(None, signing)]
    assert "revoked: signing key" in recipient.does("card", "show", SENDER)
    assert "revoked: signing key" in town.sender.does("card", "show")

    at_work = Office(thief.workspace, before, dt.datetime.fromisoformat(NEXT))
    agreement = Reference.to(thief.workspace.agreements.newest(AGREEMENT).agreement)
    post_letter(at_work, "gt-ntt", Suspension(kind="suspension", on=dt.date(2026, 10, 6)), "ntt", agreement)
    thief.does("deliver", "--to-folder", town.folder / "forged")
    assert recipient.at(NEXT).run("receive", "--from-folder", town.folder / "forged").codes == ["seal.revoked_key"]


def test_the_agreement_goes_on_with_the_new_keys(town: Town) -> None:
    loses(town.sender)
    town.sender.at(NOTICED).does("deliver", "--to-folder", town.stick)
    town.recipient().at(NOTICED).does("receive", "--from-folder", town.stick)
    shutil.rmtree(town.stick)
    bundle = Town.packed(town)
    assert "accepted" in town.recipient().does("receive", "--from-folder", bundle.parent)


@pytest.mark.parametrize("largest_first", [True, False])
def test_what_was_sealed_with_the_old_key_stays_here_and_is_packed_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, largest_first: bool
) -> None:
    """And the new bundle is opened, whether it or the card with its key is looked at first."""
    found = receiving._waiting
    monkeypatch.setattr(
        receiving, "_waiting", lambda office: sorted(found(office), key=lambda each: each.size, reverse=largest_first)
    )
    packing = ("pack", town.workbook, *town.job, "--note", "-")
    sender = town.sender.at(GONE)
    sender.does(*packing, stdin="Tidak ada perubahan.")
    sender.approves()
    loses(town.sender)
    sender = sender.at(NOTICED)
    sender.run("deliver", "--to-folder", town.stick)
    (waits,) = [each for each in sender.workspace.outbox.status() if each.parcel.kind == "bundle"]
    assert (waits.state, waits.code) == ("packed", "approval.sealed_with_revoked")
    release = sender.workspace.releases.find(f"sha256:{waits.parcel.sha256}")
    assert release
    assert sender.rejects(release.bundle).status == 0
    sender.does(*packing, stdin="Tidak ada perubahan.")
    sender.approves()
    sender.does("deliver", "--to-folder", town.stick)
    assert "accepted" in town.recipient().does("receive", "--from-folder", town.stick)


def test_a_letter_that_the_old_key_signed_stays_here_and_is_named(town: Town) -> None:
    """A suspension that its recipient puts aside in silence would be worse than none: all here would rely on it."""
    sender = town.sender.at(GONE)
    office = sender.office(dt.datetime.fromisoformat(GONE))
    agreement = Reference.to(sender.workspace.agreements.newest(AGREEMENT).agreement)
    post_letter(office, "gt-ntt", Suspension(kind="suspension", on=dt.date(2026, 10, 5)), "ntt", agreement)
    said = loses(sender, "--json")
    (named,) = said.json["letters"]
    assert named.startswith(f"gt-ntt: suspension ({AGREEMENT})")
    for _again in range(2):
        told = sender.at(NOTICED).run("deliver", "--to-folder", town.stick)
        assert "letter.sealed_with_revoked" in told.err
    assert sender.at(NOTICED).run("approve").status == 0
    recipient = town.recipient().at(NOTICED)
    came = recipient.run("receive", "--from-folder", town.stick)
    assert (came.codes, came.out.count("heeded")) == ([], 2)

    again = sender.office(dt.datetime.fromisoformat(NEXT))
    post_letter(again, "gt-ntt", Suspension(kind="suspension", on=dt.date(2026, 10, 6)), "ntt", agreement)
    sender.at(NEXT).run("deliver", "--to-folder", town.folder / "next")
    came = recipient.at(NEXT).run("receive", "--from-folder", town.folder / "next")
    assert (came.codes, came.out.count("heeded")) == ([], 1)


def test_the_same_revocation_comes_as_a_file_first_or_again(town: Town, tmp_path: Path) -> None:
    loses(town.sender)
    town.sender.does("card", "export", tmp_path)
    file, recipient = tmp_path / "yks.revocation.json", town.recipient().at(NOTICED)
    before = known(recipient)
    recipient.does("card", "add", file, "--dry-run")
    assert known(recipient) == before
    for _again in range(2):
        assert "revoked: signing key" in recipient.does("card", "add", file)
        assert len(logged(recipient)) == 1
    taken = known(recipient)
    town.sender.at(NOTICED).does("deliver", "--to-folder", town.stick)
    recipient.does("receive", "--from-folder", town.stick)
    assert known(recipient).trust == taken.trust
    assert len(logged(recipient)) == 1
    (signing,) = [each for each in taken.trust.revoked_keys if each.signs]
    assert signing.key in (tmp_path / "revoked").read_text()
    assert town.sender.run("card", "add", file).codes == ["usage.own_card"]
    (tmp_path / "other.json").write_text(file.read_text().replace("lost", "exposed"))
    assert recipient.run("card", "add", tmp_path / "other.json").codes == ["revocation.signature"]


def test_a_letter_that_revokes_the_keys_of_another_party_is_refused(town: Town) -> None:
    third = town.recipient("io-id")
    loses(third)
    own = third.workspace.own.revocation()
    assert own
    office = town.sender.office(dt.datetime.fromisoformat(NOTICED))
    post_letter(office, "gt-ntt", RevocationLetter(kind="revocation", revocation=own.to_bytes().decode()), "ntt")
    town.sender.at(NOTICED).does("deliver", "--to-folder", town.stick)
    recipient = town.recipient().at(NOTICED)
    assert recipient.run("receive", "--from-folder", town.stick).codes == ["letter.not_a_party"]
    assert not known(recipient, "io-id").trust.revoked_keys


def test_it_may_be_cut_off_anywhere_and_said_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    steps = (
        "exchange.audit.log.Log.append",
        "exchange.renewing.save_identity",
        "exchange.workspace.own.Own.save_revocation",
        "exchange.workspace.own.Own.save_card",
        "exchange.renewing.tell",
        "exchange.posting.post",
        "exchange.reports.lost_machine.drill_page",
    )
    for number, step in enumerate(steps):
        copy = Desk(shutil.copytree(town.sender.folder, town.folder / f"copy-{number}"), SENDER, NOTICED)
        command = ("card", "revoke", "--lost", "--person", PERSON)
        with monkeypatch.context() as faults:
            faults.setattr(step, lambda *_anything, **_more: 1 / 0)
            assert copy.run(*command).status == 70, step
        assert copy.at(NEXT).run(*command).status == 0, step
        identity = identity_of(copy)
        own = copy.workspace.own.revocation()
        assert own, step
        assert own.revocation.keys == identity.revoked, step
        assert copy.workspace.own.card().card.signing_keys == identity.certified_keys(), step
        assert PERSON not in {each.id for each in copy.workspace.own.card().card.people}, step
        assert not (copy.folder / f"people/{PERSON}.age").exists(), step
        if step != steps[0]:
            assert {each.since for each in identity.revoked} <= {
                dt.datetime.fromisoformat(at) for at in (NOTICED, NEXT)
            }
        copy.does("deliver", "--to-folder", copy.folder / "stick")
        for party in RECIPIENTS:
            theirs = folder_for(copy.office(dt.datetime.fromisoformat(NEXT)), party, copy.folder / "stick")
            assert len([*theirs.iterdir()]) >= 2, step


def test_the_page_says_what_to_do_in_both_languages_and_so_does_the_terminal(town: Town) -> None:
    said = loses(town.sender, "--person", PERSON)
    (page,) = (each.read_text() for each in (town.sender.folder / "pages").glob("lost-machine-*.html"))
    client = identity_of(town.sender).sftp_client
    assert client
    for text in (said.out, page):
        for needed in (
            client.verify_key.openssh(),
            "dpo@gt-ntt.example",
            "yks.revocation.json",
            AGREEMENT,
            PERSON,
        ):
            assert needed in text
    assert '<section id="id"' in page
    assert '<section id="en"' in page
    assert APPROVERS[1][0] in page, "whose key lies here too"
    document = loses(town.sender, "--json").json
    assert document["since"] == SINCE.isoformat()
    assert {each["party"] for each in document["call"]} == {*RECIPIENTS, "independent-auditor"}


def test_saying_it_again_makes_no_further_keys_and_writes_no_further_letter(town: Town) -> None:
    loses(town.sender)
    keys, letters = identity_of(town.sender).signing_keys, len(town.sender.workspace.outbox.status())
    assert letters == 2 * len(RECIPIENTS)
    assert loses(town.sender).status == 0
    assert identity_of(town.sender).signing_keys == keys
    assert len(town.sender.workspace.outbox.status()) == letters


def test_a_second_machine_is_never_taken_for_the_first(town: Town) -> None:
    """Months begin, people's time ends, keys are renewed: none of it says which loss is meant."""
    sender = town.sender.at("2026-10-05T08:00:00+08:00")
    sender.certifies("sementara.1", "Orang Contoh", "open")
    first = loses(sender, "--json").json
    assert first["new"]
    second_keys = signing_now(sender)
    for at in ("2026-10-05T10:00:00+08:00", "2026-11-02T09:00:00+08:00"):
        sender.at(at).does("receive")
        said = sender.at(at).run("card", "revoke", "--lost", "--json")
        assert said.status == 0, said
        assert dt.datetime.fromisoformat(said.json["since"]) == dt.datetime.fromisoformat(at)
        assert second_keys < {each["key"] for each in said.json["revoked"]}
        second_keys = signing_now(sender)
    again = loses(sender, "--json")
    assert (again.json["new"], "card.nothing_new" in again.err) == (False, True)
    assert signing_now(sender) == second_keys


def signing_now(desk: Desk) -> set[str]:
    """What a machine that is lost now has, and must not sign any more."""
    return {each.secret.verify_key.openssh() for each in identity_of(desk).signing_keys if each.retired is None}


@pytest.mark.parametrize("later", [False, True])
def test_what_was_interrupted_is_finished_and_another_day_it_is_another_machine(
    town: Town, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    quick(monkeypatch)
    with monkeypatch.context() as faults:
        faults.setattr("exchange.workspace.own.Own.save_card", lambda *_anything, **_more: 1 / 0)
        assert loses(town.sender, "--person", PERSON).status == 70
    made = signing_now(town.sender)
    at = NEXT.replace("-06T", "-26T") if later else NOTICED
    town.sender.at(at).does("card", "revoke", "--lost")
    revoked = {each.key: each.since for each in identity_of(town.sender).revoked}
    assert (made <= {*revoked}) is later
    assert SINCE in revoked.values()
    assert PERSON not in {each.id for each in town.sender.workspace.own.card().card.people}
    assert town.sender.workspace.recovery.begun_loss() is None


def test_the_drill_on_an_older_copy_reaches_partners_and_ends_keys_that_the_copy_never_saw(town: Town) -> None:
    """What the lost machine sent last, the copy does not know: neither its numbers nor its cards nor its keys."""
    copy = Desk(shutil.copytree(town.sender.folder, town.folder / "copy"), SENDER, NOTICED)
    for _twice in range(2):
        town.sender.does("card", "rotate")
    (stolen,) = (each for each in identity_of(town.sender).signing_keys if each.retired is None)
    town.sender.does("deliver", "--to-folder", town.stick)
    recipient = town.recipient().at(NOTICED)
    recipient.does("receive", "--from-folder", town.stick)
    assert known(recipient).card == town.sender.workspace.own.card().card

    copy.does("card", "revoke", "--lost")
    copy.does("deliver", "--to-folder", town.folder / "after")
    came = recipient.run("receive", "--from-folder", town.folder / "after")
    assert (came.status, came.codes) == (0, []), came
    assert known(recipient).card == copy.workspace.own.card().card
    assert stolen.secret.verify_key not in known(recipient).card.signers
    assert {each.key for each in known(recipient).trust.revoked_keys} == {
        each.key for each in identity_of(copy).revoked
    }

    thief = Desk(town.sender.folder, SENDER, NEXT)
    office = Office(thief.workspace, identity_of(thief), dt.datetime.fromisoformat(NEXT))
    agreement = Reference.to(thief.workspace.agreements.newest(AGREEMENT).agreement)
    post_letter(office, "gt-ntt", Suspension(kind="suspension", on=dt.date(2026, 10, 6)), "ntt", agreement)
    thief.does("deliver", "--to-folder", town.folder / "forged")
    forged = recipient.at(NEXT).run("receive", "--from-folder", town.folder / "forged")
    assert forged.codes == ["seal.wrong_signer"]


def test_a_root_in_doubt_ends_the_card_and_the_partners_status_says_what_to_do(town: Town) -> None:
    said = loses(town.sender, "--root-too")
    assert said.status == 0, said
    assert AGREEMENT in said.out.split("exchange -w NEW-FOLDER")[1]
    assert town.sender.run("card", "rotate").codes == ["identity.root_revoked"]
    town.sender.at(NOTICED).does("deliver", "--to-folder", town.stick)
    recipient = town.recipient().at(NOTICED)
    recipient.does("receive", "--from-folder", town.stick)
    assert not known(recipient).confirmed
    status = recipient.run("status")
    assert "card.revoked" in status.err
    assert AGREEMENT in status.err
    assert "card.revoked" not in town.recipient("io-id").run("status").err

    anew = founded(town.folder / "anew", SENDER, dt.date(2026, 10, 5))
    assert "yks" in recipient.does("card", "add", anew.card)
    assert not known(recipient).confirmed
    assert recipient.run("card", "add", town.sender.card).codes == ["card.other_root"]


def test_only_whoever_has_the_root_revokes_and_nothing_is_done_without(town: Town) -> None:
    save_identity(
        replace(identity_of(town.sender), root_apart=True),
        town.sender.workspace.identity_file,
        PASSPHRASE,
        work_factor=10,
    )
    assert loses(town.sender).codes == ["identity.root_apart"]
    assert town.sender.workspace.own.revocation() is None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), "usage.revoke"),
        (("gt-ntt", "--lost"), "usage.revoke"),
        (("gt-ntt", "--root-too"), "usage.revoke"),
        (("--lost", "--since", "yesterday"), "usage.moment"),
        (("--lost", "--since", "0001-01-01T00:00+14:00"), "usage.moment"),
        (("--lost", "--since", "2027-01-01T00:00Z"), "card.since_later"),
        (("--lost", "--person", "nobody.1"), "person.unknown"),
    ],
)
def test_what_is_not_meant_is_refused(one: Desk, options: tuple[str, ...], code: str) -> None:
    assert one.run("card", "revoke", *options).codes == [code]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return founded(tmp_path_factory.mktemp("one"), SENDER, FOUNDED)


def test_dry_runs_change_nothing(town: Town) -> None:
    before = files_of(town.sender.folder)
    assert loses(town.sender, "--person", PERSON, "--dry-run").status == 0
    town.sender.does("card", "revoke", "gt-ntt", "--dry-run")
    assert files_of(town.sender.folder) == before


def test_a_partner_that_we_stop_believing_is_logged_once(town: Town) -> None:
    for _again in range(2):
        town.sender.does("card", "revoke", "gt-ntt")
    assert logged(town.sender) == [("gt-ntt", known(town.sender, "gt-ntt").card.fingerprint)]


# --- people whose keys lay on it ---


def test_a_revoked_persons_approval_counts_no_more_for_what_has_not_left(town: Town) -> None:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    town.sender.does("approve", "--all", "--yes", "--as", PERSON)
    own = town.sender.workspace.own.card()
    revoked = next(each.key for each in own.card.people if each.id == PERSON)
    lost = RevokedKey(use="person", key=revoked, since=SINCE, reason="lost")
    identity = replace(identity_of(town.sender), revoked=(lost,))
    # As a crash between revocation and card leaves it: the card still certifies the person.
    town.sender.workspace.own.save_revocation(issue_revocation(identity, SINCE))
    assert town.sender.run("approve", "--all", "--yes", "--as", PERSON).codes == ["person.revoked"]
    (waiting,) = waits_at(town.sender)
    assert waiting.judged.people == ()
    assert [each.code for each in waiting.judged.problems] == ["approval.revoked"]


def waits_at(desk: Desk) -> tuple[Waiting, ...]:
    return waiting_of(desk.office(dt.datetime.fromisoformat(NEXT)))


@pytest.mark.parametrize(("since", "counts"), [("2026-08-25", False), ("2026-08-26", True)])
def test_a_persons_signature_under_an_agreement_counts_if_its_day_was_before(
    town: Town, since: str, counts: bool
) -> None:
    recipient = town.recipient()
    agreement = town.sender.workspace.agreements.newest(AGREEMENT)
    name = next(each.name for each in agreement.agreement.signatories if each.party == "gt-ntt")
    key = recipient.certifies("ketua.1", name, "sign")
    person = next(each for each in recipient.workspace.own.card().card.people if each.id == "ketua.1")
    word = recipient.workspace.people.certification(person)
    theirs = sign(agreement.agreement, "gt-ntt", key, dt.date(2026, 8, 25), certification=word)
    others = [each for each in agreement.signatures.entries if each.party != "gt-ntt"]
    signatures_path(agreement.file).write_bytes(Signatures.of(*others, theirs).to_json())
    assert not verify(agreement.agreement, town.sender.workspace.agreements.newest(AGREEMENT).signatures)

    town.sender.does("card", "add", recipient.card)
    at = dt.datetime.combine(dt.date.fromisoformat(since), dt.time(12), dt.UTC)
    lost = RevokedKey(use="person", key=key.verify_key.openssh(), since=at, reason="lost")
    signed = issue_revocation(replace(identity_of(recipient), revoked=(lost,)), at)
    town.sender.workspace.cards.take_revocation(signed, dt.datetime.fromisoformat(NEXT))
    left = town.sender.workspace.agreements.newest(AGREEMENT).signatures
    assert (not verify(agreement.agreement, left)) is counts
    file = town.folder / "signatures.json"
    file.write_bytes(Signatures.of(theirs).to_json())
    said = town.sender.run("agreement", "signatures", "import", file)
    assert said.codes == ([] if counts else ["agreement.signer_revoked"])
    again = sign(agreement.agreement, "gt-ntt", key, dt.date(2026, 8, 24), certification=word)
    file.write_bytes(Signatures.of(again).to_json())
    said = town.sender.run("agreement", "signatures", "import", file)
    assert said.codes == ["agreement.signer_revoked"], "whoever has the key writes any day"


@pytest.mark.parametrize("later", [0, 1])
def test_what_a_revoked_director_releases_is_refused_from_then_on(town: Town, later: int) -> None:
    sender, recipient = town.sender.at(NOTICED), town.recipient("io-id").at(NOTICED)
    key = sender.certifies("director.9", "Direktur Contoh", "director")
    recipient.does("card", "add", sender.card)
    job = ("urgent", "release", AGREEMENT, "--to", "io-id", "--as", "director.9", "--text", "-")
    sender.does(*job, stdin="Jangan hubungi nomor lama itu.")
    sender.does("deliver", "--to-folder", town.stick)
    since = dt.datetime.fromisoformat(NOTICED) + dt.timedelta(seconds=later)
    lost = RevokedKey(use="person", key=key.verify_key.openssh(), since=since.astimezone(dt.UTC), reason="lost")
    signed = issue_revocation(replace(identity_of(sender), revoked=(lost,)), SINCE)
    recipient.workspace.cards.take_revocation(signed, since)
    said = recipient.run("receive", "--from-folder", town.stick)
    assert said.codes == ([] if later else ["urgent.no_director"])


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.renewing.save_identity", partial(save_identity, work_factor=10))
