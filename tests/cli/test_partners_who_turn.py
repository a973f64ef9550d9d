"""Parties whose cards are confirmed and who turn: letters that say what is not theirs to say, bundles that nobody
agreed to, logs of somebody else. And machines that stop half-way, which must harm nobody else's parcels."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cli.organisations import PACKING, Desk
from cli.town import AGREEMENT, OFFICERS, SENDER, Town
from seal.forging import for_, locked, unlocked

from exchange.agreements.agreement import Reference
from exchange.agreements.period import Period
from exchange.agreements.tiers import Tier
from exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from exchange.bundle.letters import (
    BreachNotice,
    LetterBody,
    NetworkSecretLetter,
    Receipt,
    Refusal,
    Suspension,
    Termination,
    Withdrawal,
)
from exchange.by_hand import folder_for
from exchange.checking import Job, check
from exchange.delivering import deliver
from exchange.errors import KeyringError, Problem, TransportError
from exchange.keyring.card_book import CardBook
from exchange.merge.segment_files import SegmentFiles
from exchange.merging import open_store
from exchange.office import Office
from exchange.posting import post, post_letter
from exchange.preparing import prepare
from exchange.receiving import receive
from exchange.registers import network_secret, notices
from exchange.sending import pack
from exchange.taking_in import Taken
from exchange.transport.folder import FolderRoad
from exchange.transport.outbox import Outbox
from exchange.transport.refusals import refused

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)


@pytest.fixture
def sender(town: Town) -> Office:
    return town.sender.office(NOW)


@pytest.fixture
def recipient(town: Town) -> Office:
    return town.recipient("gt-ntt").office(NOW)


def reference(office: Office) -> Reference:
    return Reference.to(office.workspace.agreements.newest(AGREEMENT).agreement)


def carried(town: Town, office: Office, to: str) -> Path:
    """What `office` has to say goes by hand, and whoever turns asks nobody to approve; the folder that is for `to`."""
    stick = town.stick / f"from-{office.party}"
    stick.mkdir(parents=True, exist_ok=True)
    for standing in office.workspace.outbox.status():
        office.workspace.outbox.release(standing.parcel.sha256, office.now)
    nothing = {"objection": mock.DEFAULT, "_against": mock.DEFAULT}
    with mock.patch.multiple("exchange.delivering", **nothing) as asked:
        for each in asked.values():
            each.return_value = None
        deliver(office, folder=stick)
    return folder_for(office, to, stick)


def told(town: Town, office: Office, to: Office, body: LetterBody, agreement: Reference | None) -> Taken:
    post_letter(office, to.party, body, "ntt", agreement)
    (taken,) = receive(to, folder=carried(town, office, to.party)).taken
    return taken


def state_of_the_bundle(office: Office) -> str:
    (state,) = (each.state for each in office.workspace.outbox.status() if each.parcel.kind == "bundle")
    return state


def codes(taken: Taken) -> tuple[str, ...]:
    return tuple(problem.code for problem in taken.problems)


def job(town: Town, *to: str) -> Job:
    return Job(town.workbook, AGREEMENT, Period.read("2026-09"), to=to, note="Tidak ada perubahan.")


def logged(office: Office) -> list[str]:
    with office.workspace.logs.open("ntt") as log:
        return [record.opening.entry.kind for record in log.records() if record.opening]


# --- letters ---


@pytest.mark.parametrize("party", ["gt-ntt", "independent-auditor"])
def test_a_network_secret_of_whoever_receives_or_audits_is_not_kept(town: Town, sender: Office, party: str) -> None:
    """With a secret of its own making under our tokens, a recipient could try every NIK there is."""
    body = NetworkSecretLetter(kind="network_secret", network="ntt", epoch="2027", secret="ab" * 32)
    taken = told(town, town.recipient(party).office(NOW), sender, body, None)
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.secret_not_for_us",))
    secret = network_secret(sender, "ntt")
    assert secret is not None
    assert secret.epoch == "2026"


def test_a_secret_of_an_unknown_network_waits_and_makes_no_log(town: Town, sender: Office, recipient: Office) -> None:
    body = NetworkSecretLetter(kind="network_secret", network="elsewhere", epoch="2026", secret="ab" * 32)
    taken = told(town, sender, recipient, body, None)
    assert (taken.outcome, codes(taken)) == ("quarantined", ("network.not_ours",))
    assert network_secret(recipient, "elsewhere") is None
    assert "elsewhere" not in recipient.workspace.logs.networks()


def test_nobody_refuses_what_went_to_somebody_else(town: Town, sender: Office) -> None:
    pack(sender, job(town, "gt-ntt"))
    (waiting,) = sender.workspace.outbox.status()
    body = Refusal(kind="refusal", ciphertext=f"sha256:{waiting.parcel.sha256}", reason="seal.expired", received=NOW)
    taken = told(town, town.recipient("dinas-p3a").office(NOW), sender, body, reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.foreign_receipt",))
    assert state_of_the_bundle(sender) == "packed"


@pytest.mark.parametrize(
    "body",
    [
        Suspension(kind="suspension", on=dt.date(2026, 10, 1)),
        Termination(kind="termination", on=dt.date(2026, 10, 1), ground="risk_to_survivor"),
    ],
)
def test_an_auditor_ends_no_agreement_and_no_log_says_so(town: Town, sender: Office, body: LetterBody) -> None:
    auditor = town.recipient("independent-auditor").office(NOW)
    taken = told(town, auditor, sender, body, reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.not_a_party",))
    assert notices(sender) == ()
    assert not {"agreement.ended", "agreement.suspended"} & set(logged(sender))


def test_only_the_sender_of_data_has_it_erased(town: Town, recipient: Office) -> None:
    body = Withdrawal(kind="withdrawal", pseudonym="p" * 20, earlier=(), erase_by=NOW + dt.timedelta(days=30))
    other = town.recipient("io-id").office(NOW)
    taken = told(town, other, recipient, body, reference(recipient))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.not_a_party",))
    assert "erasure.certified" not in logged(recipient)


def test_a_receipt_shows_no_log_of_somebody_else(town: Town, sender: Office, recipient: Office) -> None:
    """Kept, it would look before an auditor as if the other party had two histories under two keys."""
    (packed,) = pack(sender, job(town, "gt-ntt"))
    carried(town, sender, "gt-ntt")
    head = Checkpoint("io-id.ntt/exchange-log", 3, b"\1" * 32)
    body = Receipt(
        kind="receipt",
        bundle=packed.prepared.bundle.id,
        ciphertext=packed.sealed.ciphertext,
        acknowledged=(),
        received=NOW,
        checkpoint=sign_checkpoint(head, recipient.identity.log).data.decode(),
    )
    taken = told(town, recipient, sender, body, reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("audit.foreign_log",))
    assert sender.workspace.witnesses.held_checkpoints("ntt") == ()


@pytest.mark.parametrize("wrong", ["recipient", "bundle", "digest"])
def test_nobody_acknowledges_what_went_to_somebody_else(town: Town, sender: Office, wrong: str) -> None:
    (packed,) = pack(sender, job(town, "gt-ntt"))
    carried(town, sender, "gt-ntt")
    other = town.recipient("io-id" if wrong == "recipient" else "gt-ntt").office(NOW)
    body = Receipt(
        kind="receipt",
        bundle="0" * 32 if wrong == "bundle" else packed.prepared.bundle.id,
        ciphertext="sha256:" + "0" * 64 if wrong == "digest" else packed.sealed.ciphertext,
        acknowledged=(),
        received=NOW,
        checkpoint=other.checkpoint("ntt"),
    )
    taken = told(town, other, sender, body, reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.foreign_receipt",))
    assert state_of_the_bundle(sender) == "delivered"


@pytest.mark.parametrize("says_no", [False, True])
def test_nobody_answers_for_what_never_left(town: Town, sender: Office, recipient: Office, says_no: bool) -> None:
    """Its digest may have leaked; nobody can have got it."""
    (packed,) = pack(sender, job(town, "gt-ntt"))
    yes = Receipt(
        kind="receipt",
        bundle=packed.prepared.bundle.id,
        ciphertext=packed.sealed.ciphertext,
        acknowledged=(),
        received=NOW,
        checkpoint=recipient.checkpoint("ntt"),
    )
    no = Refusal(kind="refusal", ciphertext=packed.sealed.ciphertext, reason="seal.damaged", received=NOW)
    taken = told(town, recipient, sender, no if says_no else yes, reference(sender))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.foreign_receipt",))
    assert state_of_the_bundle(sender) == "packed"
    assert "bundle.acknowledged" not in logged(sender)


def test_two_offices_do_not_refuse_each_others_refusals_for_ever(town: Town, sender: Office, recipient: Office) -> None:
    body = Refusal(kind="refusal", ciphertext="sha256:" + "0" * 64, reason="seal.expired", received=NOW)
    taken = told(town, recipient, sender, body, reference(sender))
    assert taken.outcome == "refused"
    assert sender.workspace.outbox.status() == ()


# --- bundles ---


def test_a_bundle_under_a_version_that_not_all_have_signed_waits(town: Town, sender: Office, recipient: Office) -> None:
    """The sender signs what the recipient has only been shown as a draft."""
    text = sender.workspace.agreements.newest(AGREEMENT).file.read_bytes()
    draft = text.replace(b"version: 1.1.0", b"version: 1.2.0", 1)
    assert draft != text
    checked = check(sender, job(town, "gt-ntt"))
    newer = sender.workspace.agreements.add(draft).agreement
    recipient.workspace.agreements.add(draft)
    leave = replace(checked.permits[0], agreement=newer)
    post(sender, prepare(sender, checked, leave, "x").bundle, awaits_receipt=True)
    (taken,) = receive(recipient, folder=carried(town, sender, "gt-ntt")).taken
    assert (taken.outcome, codes(taken)) == ("quarantined", ("seal.other_agreement",))


def test_a_bundle_for_an_auditor_is_refused(town: Town, sender: Office) -> None:
    """Who audits sees no row, not even one that a sender would like to show."""
    checked = check(sender, job(town, "gt-ntt"))
    bundle = prepare(sender, checked, checked.permits[0], "x").bundle
    post(sender, replace(bundle, recipient="independent-auditor"), awaits_receipt=True)
    auditor = town.recipient("independent-auditor").office(NOW)
    (taken,) = receive(auditor, folder=carried(town, sender, auditor.party)).taken
    assert (taken.outcome, codes(taken)) == ("refused", ("seal.not_a_party",))


def test_a_bundle_encrypted_anew_gets_its_first_receipt_again_and_no_entry(
    town: Town, sender: Office, recipient: Office
) -> None:
    """Only whoever can read a file can encrypt it anew; the receipt goes on naming the one that was delivered."""
    pack(sender, job(town, "gt-ntt"))
    folder = carried(town, sender, "gt-ntt")
    (bundle,) = folder.iterdir()
    again = locked(unlocked(bundle.read_bytes(), recipient.identity), for_(recipient.identity))
    receive(recipient, folder=folder)
    (folder / "again.age").write_bytes(again)
    (taken,) = receive(recipient, folder=folder).taken
    assert taken.outcome == "repeated"
    assert logged(recipient).count("bundle.accepted") == 1
    answers = receive(sender, folder=carried(town, recipient, SENDER)).taken
    assert [(each.outcome, each.kind) for each in answers] == [("heeded", "receipt")] * 2


@pytest.mark.parametrize("field", ["row_fields", "table_fields"])
def test_fields_that_the_agreement_does_not_give_are_not_stored(
    town: Town, sender: Office, recipient: Office, field: str
) -> None:
    """The sender sends what it likes, correctly described, under an agreement that gives less."""
    pack(sender, job(town, "gt-ntt"))
    with mock.patch.object(Tier, field, new_callable=mock.PropertyMock, return_value=()):
        (taken,) = receive(recipient, folder=carried(town, sender, "gt-ntt")).taken
    assert (taken.outcome, codes(taken)[0]) == ("refused", "receive.fields_not_agreed")
    with open_store(recipient) as store:
        assert store.segments() == ()


def test_terms_other_than_those_signed_are_neither_stored_nor_shown(
    town: Town, sender: Office, recipient: Office, tmp_path: Path
) -> None:
    """The package and its page agree with each other that the data may be kept for a hundred years."""
    checked = check(sender, job(town, "gt-ntt"))
    bundle = prepare(sender, checked, checked.permits[0], "x").bundle
    package, *others = bundle.members
    longer = re.sub(rb'("months_after_receipt": )[0-9]+', rb"\g<1>1200", package.content)
    assert longer != package.content
    post(sender, replace(bundle, members=(replace(package, content=longer), *others)), awaits_receipt=True)
    folder = carried(town, sender, "gt-ntt")
    (file,) = folder.iterdir()
    opened = town.recipient("gt-ntt").run(
        "open", "--as", OFFICERS["gt-ntt"], file, "--out", tmp_path / "out", "--acknowledge"
    )
    assert opened.codes == ["receive.other_terms"]
    assert not (tmp_path / "out").exists()
    (taken,) = receive(recipient, folder=folder).taken
    assert (taken.outcome, codes(taken)) == ("refused", ("receive.other_terms",))


def test_a_file_is_judged_by_when_it_came_and_not_by_when_it_is_opened(
    town: Town, sender: Office, recipient: Office
) -> None:
    pack(sender, job(town, "gt-ntt"))
    folder = carried(town, sender, "gt-ntt")
    with mock.patch("exchange.taking_in.open_sealed", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        receive(recipient, folder=folder)
    late = replace(recipient, now=NOW + dt.timedelta(days=90))
    (taken,) = receive(late, folder=folder).taken
    assert taken.outcome == "accepted"


def test_a_receipt_that_a_crash_left_half_posted_goes_out(town: Town, sender: Office, recipient: Office) -> None:
    """Until it is on its way its series gives no number, and nothing else could be answered."""
    pack(sender, job(town, "gt-ntt"))
    folder = carried(town, sender, "gt-ntt")
    with mock.patch.object(Outbox, "queue", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        receive(recipient, folder=folder)
    (taken,) = receive(recipient, folder=folder).taken
    assert taken.outcome == "accepted"
    answers = receive(sender, folder=carried(town, recipient, SENDER)).taken
    assert {(each.outcome, each.kind) for each in answers} == {("heeded", "receipt")}


# --- what stops half-way, or for a reason of our own ---


def test_what_came_out_of_order_is_taken_in_at_once(town: Town, sender: Office, recipient: Office) -> None:
    """The outside names are random: of three letters the first seldom comes first."""
    body = Suspension(kind="suspension", on=dt.date(2026, 10, 1))
    for _number in range(6):
        post_letter(sender, "gt-ntt", body, "ntt", reference(sender))
    taken = receive(recipient, folder=carried(town, sender, "gt-ntt")).taken
    assert [each.outcome for each in taken] == ["heeded"] * 6


def test_a_machine_that_stops_before_the_receipt_still_logs_what_it_took_in(
    town: Town, sender: Office, recipient: Office
) -> None:
    pack(sender, job(town, "gt-ntt"))
    folder = carried(town, sender, "gt-ntt")
    with mock.patch("exchange.accepting.post_letter", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        receive(recipient, folder=folder)
    (taken,) = receive(recipient, folder=folder).taken
    assert taken.outcome == "accepted"
    assert [kind for kind in logged(recipient) if kind.startswith("bundle.")] == [
        "bundle.received",
        "bundle.opened",
        "bundle.accepted",
    ]
    with recipient.workspace.logs.open("ntt") as log:
        accepted = [r.opening.entry for r in log.records() if r.opening and r.opening.entry.kind == "bundle.accepted"]
    assert accepted[0].counts is not None
    assert accepted[0].counts.rows_in > 0
    (answer,) = receive(sender, folder=carried(town, recipient, SENDER)).taken
    assert (answer.outcome, answer.kind) == ("heeded", "receipt")
    assert sender.workspace.outbox.status()[0].state == "acknowledged"


@pytest.mark.parametrize("where", ["card", "disk"])
def test_a_fault_of_our_own_is_no_refusal_and_stops_nobody_else(
    town: Town, sender: Office, recipient: Office, where: str
) -> None:
    pack(sender, job(town, "gt-ntt"))
    folder = carried(town, sender, "gt-ntt")
    other = town.recipient("io-id").office(NOW)
    breach = BreachNotice(
        kind="breach_notice",
        breach="b" * 32,
        noticed=NOW,
        data_exposed="Rekaan.",
        when_and_how="Rekaan.",
        handling_and_recovery="Rekaan.",
        law_deadline=NOW + dt.timedelta(days=3),
    )
    post_letter(other, "gt-ntt", breach, "ntt", reference(other))
    for file in carried(town, other, "gt-ntt").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with failing(where):
        outcomes = {each.sender or "?": each.outcome for each in receive(recipient, folder=folder).taken}
    assert outcomes == {"?": "unfinished", "io-id": "heeded"}
    assert recipient.workspace.outbox.status() == ()
    assert "bundle.refused" not in logged(recipient)
    (again,) = receive(recipient, folder=folder).taken
    assert again.outcome in {"accepted", "repeated"}
    (answer,) = receive(sender, folder=carried(town, recipient, SENDER)).taken
    assert answer.kind == "receipt"


def failing(where: str) -> Any:
    if where == "card":
        expired = KeyringError(Problem("card.expired", "the card holds no key for this day"))
        return mock.patch.object(CardBook, "get", side_effect=expired)
    return mock.patch.object(SegmentFiles, "write", side_effect=OSError(28, "No space left on device"))


def test_a_folder_that_we_may_only_read_still_brings_what_is_new(
    town: Town, sender: Office, recipient: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_road: FolderRoad, name: str) -> None:
        raise TransportError(refused(3, name))

    monkeypatch.setattr(FolderRoad, "remove", forbidden)
    body = Suspension(kind="suspension", on=dt.date(2026, 10, 1))
    for _turn in range(3):
        post_letter(sender, "gt-ntt", body, "ntt", reference(sender))
        received = receive(recipient, folder=carried(town, sender, "gt-ntt"))
        assert ([each.outcome for each in received.taken], received.problems) == (["heeded"], ())


@pytest.mark.parametrize("command", ["receive", "deliver", "pack"])
def test_a_second_process_waits_for_its_turn(town: Town, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.transport.ledger.BUSY", 0.05)
    desk: Desk = town.sender
    given: dict[str, tuple[Any, ...]] = {
        "receive": ("receiving", "receive"),
        "deliver": ("posting", "deliver"),
        "pack": ("packing", "pack", town.workbook, *town.job, "--note", "-"),
    }
    turn, *arguments = given[command]
    enter: Callable[[Any], Any] = desk.workspace.turn
    with enter(turn):
        said = desk.run(*arguments, stdin="x")
    assert (said.status, said.codes) == (11, ["transport.queue_busy"])
    assert desk.workspace.outbox.status() == ()
