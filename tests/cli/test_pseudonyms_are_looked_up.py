"""A certified person goes back from a recipient's pseudonym to the case number; nobody else does; the log has it."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from cli.organisations import PACKING, Desk
from cli.town import AGREEMENT, OFFICERS, Town

from exchange.agreements.agreement import Reference
from exchange.bundle.letters import Withdrawal
from exchange.posting import post_letter
from exchange.pseudonyms import keep_pseudonyms, known_as, register
from exchange.redact.keys import redact_keys
from exchange.redact.pseudonymise import pseudonym_of

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)
KEEPER = "keeper.1"
LOOKUP = ("--agreement", AGREEMENT, "--to", "io-id")


@pytest.fixture(scope="module")
def _opened(_one_town: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town where io-id has opened a month."""
    town = _one_town.copied(tmp_path_factory.mktemp("opened") / "town")
    town.sender.does(
        "pack", town.workbook, "-a", AGREEMENT, "-p", "2026-09", "--to", "io-id", "--note", "-", stdin="Tidak ada."
    )
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    (bundle,) = town.folder_for("io-id").iterdir()
    out = town.folder / "open"
    town.recipient("io-id").does("open", bundle, "--acknowledge", "--out", out, "--as", OFFICERS["io-id"])
    town.sender.certifies(KEEPER, "Penjaga (contoh)", "look_up")
    return town


@pytest.fixture
def pseudonyms(town: Town, _opened: Town) -> list[str]:
    """What stands under the case number in the rows that io-id opened."""
    town.becomes(_opened)
    (rows,) = (town.folder / "open").rglob("cases*.csv")
    with rows.open(encoding="utf-8", newline="") as file:
        return [row["x_CaseRef"] for row in csv.DictReader(file)]


def attempts(desk: Desk) -> list[dict[str, Any]]:
    return [each for each in desk.run("audit", "entries", "--json").json if each["kind"] == "pseudonym.looked_up"]


def looked_up(desk: Desk) -> list[tuple[Any, ...]]:
    return [(each.get("person"), each["counterpart"], tuple(each.get("codes", ()))) for each in attempts(desk)]


def test_a_certified_person_is_told_the_case_number_and_nothing_else(town: Town, pseudonyms: list[str]) -> None:
    said = town.sender.run("lookup", pseudonyms[0], *LOOKUP, "--as", KEEPER, "--json")
    assert said.status == 0, said
    assert list(said.json) == ["case"]
    case = said.json["case"]
    office = town.sender.office(NOW)
    keys = redact_keys(office.identity.key_for("pseudonyms"), AGREEMENT, "io-id")
    assert pseudonym_of(keys, "x_CaseRef", case) == pseudonyms[0]
    assert looked_up(town.sender) == [(KEEPER, "io-id", ())]
    told = town.sender.run("audit", "entries", "--json").out
    assert case not in told
    assert pseudonyms[0] not in told


def test_what_the_log_tells_of_one_person_is_answered_in_the_house_only(
    town: Town, pseudonyms: list[str], tmp_path: Path
) -> None:
    question = ("audit", "query", "pseudonym", pseudonyms[0], *LOOKUP)
    said = town.sender.run(*question, "--as", KEEPER, "--json")
    assert said.status == 0, said
    kinds = [each["kind"] for each in said.json["evidence"]]
    assert {"bundle.packed", "release.approved", "bundle.delivered"} <= set(kinds)
    assert len({each["bundle"] for each in said.json["evidence"]}) == 1
    case = town.sender.run("lookup", pseudonyms[0], *LOOKUP, "--as", KEEPER, "--json").json["case"]
    assert case not in said.out
    assert looked_up(town.sender)[0] == (KEEPER, "io-id", ())

    town.sender.does("withdraw", "-", "--agreement", AGREEMENT, stdin=f"{case}\n")
    after = [each["kind"] for each in town.sender.run(*question, "--as", KEEPER, "--json").json["evidence"]]
    assert {"consent.withdrawn", "erasure.asked", "letter.sent"} <= set(after)

    town.sender.does("audit", "export", tmp_path / "pack", "--for", "independent-auditor")
    before = looked_up(town.sender)
    asked = town.sender.run(*question, "--pack", tmp_path / "pack", "--json").json
    assert (asked["evidence"], asked["findings"]) == ([], [])
    assert "yks alone can tell" in asked["sentence"]["en"]
    assert looked_up(town.sender) == before
    assert town.sender.run(*question, "--as", "stranger").codes == ["person.unknown"]
    assert looked_up(town.sender)[-1] == (None, "io-id", ("person.unknown",))


def test_every_pseudonym_that_left_leads_back_to_another_case(town: Town, pseudonyms: list[str]) -> None:
    office = town.sender.office(NOW)
    kept = {each.pseudonym: each.case for each in register(office)}
    assert set(pseudonyms) <= set(kept)
    assert len(set(kept.values())) == len(kept)


def test_whoever_may_not_is_refused_and_the_log_says_so(town: Town, pseudonyms: list[str]) -> None:
    town.sender.certifies("director.9", "Direktur (contoh)", "sign", "approve", "open", "review", "prepare", "director")
    for who, code in (
        (("--as", "director.9"), "person.may_not"),
        (("--as", "stranger"), "person.unknown"),
        ((), "person.none"),
    ):
        for dry in ((), ("--dry-run",)):
            said = town.sender.run("lookup", pseudonyms[0], *LOOKUP, *who, *dry)
            assert said.codes == [code]
            assert said.out == ""
            assert looked_up(town.sender)[-1] == (None, "io-id", (code,))
    assert len(looked_up(town.sender)) == 6


def test_what_was_never_given_is_unknown_and_the_log_says_who_asked(town: Town, pseudonyms: list[str]) -> None:
    for wrong in ("p" + "a" * 26, pseudonyms[0][:-1], "", "YKS-1"):
        said = town.sender.run("lookup", wrong, *LOOKUP, "--as", KEEPER)
        assert said.codes == ["lookup.unknown"]
        assert looked_up(town.sender)[-1] == (KEEPER, "io-id", ("lookup.unknown",))


@pytest.mark.parametrize("to", ["gt-ntt", "dinas-p3a", "yks", "nobody"])
def test_who_gets_no_pseudonyms_has_none_to_look_up_and_the_log_has_it(
    town: Town, pseudonyms: list[str], to: str
) -> None:
    said = town.sender.run("lookup", pseudonyms[0], "--agreement", AGREEMENT, "--to", to, "--as", KEEPER)
    assert said.codes == ["lookup.no_pseudonyms"]
    (entry,) = attempts(town.sender)
    assert (entry.get("counterpart"), entry["codes"]) == (None if to == "nobody" else to, ["lookup.no_pseudonyms"])


def test_a_recipient_has_no_way_back_and_its_own_log_has_the_attempt(town: Town, pseudonyms: list[str]) -> None:
    recipient = town.recipient("io-id")
    recipient.certifies(KEEPER, "Penjaga (contoh)", "look_up")
    assert recipient.run("lookup", pseudonyms[0], *LOOKUP, "--as", KEEPER).codes == ["lookup.not_ours"]
    assert [each["codes"] for each in attempts(recipient)] == [["lookup.not_ours"]]


def test_what_somebody_typed_for_an_agreement_is_not_in_the_log_and_the_attempt_is(
    town: Town, pseudonyms: list[str]
) -> None:
    typed = ("lookup", pseudonyms[0], "--agreement", "DSA-Maria", "--to", "io-id", "--as", KEEPER)
    assert town.sender.run(*typed).codes == ["agreement.unknown"]
    (entry,) = attempts(town.sender)
    assert entry["codes"] == ["agreement.unknown"]
    assert not {"agreement", "counterpart", "person"} & entry.keys()


@pytest.mark.parametrize("whose", ["passphrase", "person.passphrase"])
def test_a_wrong_passphrase_is_an_attempt_too(town: Town, pseudonyms: list[str], whose: str) -> None:
    file = town.folder / f"{town.sender.party}.{whose}"
    right = file.read_text()
    file.write_text("sesuatu yang lain sama sekali\n")
    said = town.sender.run("lookup", pseudonyms[0], *LOOKUP, "--as", KEEPER)
    assert (said.codes, said.out) == (["passphrase.wrong"], "")
    file.write_text(right)
    assert looked_up(town.sender) == [(None, "io-id", ("passphrase.wrong",))]


def test_a_key_that_is_not_here_is_an_attempt_too(town: Town, pseudonyms: list[str]) -> None:
    town.sender.workspace.people.key_file(KEEPER).unlink()
    assert town.sender.run("lookup", pseudonyms[0], *LOOKUP, "--as", KEEPER).codes == ["person.no_key"]
    assert looked_up(town.sender) == [(None, "io-id", ("person.no_key",))]


def test_a_dry_run_shows_and_notes_nothing(town: Town, pseudonyms: list[str]) -> None:
    said = town.sender.run("lookup", pseudonyms[0], *LOOKUP, "--as", KEEPER, "--dry-run")
    assert (said.status, said.out) == (0, "")
    assert looked_up(town.sender) == []


def test_the_register_is_locked_and_forgets_when_the_recipient_must_have_destroyed(
    town: Town, pseudonyms: list[str]
) -> None:
    office = town.sender.office(NOW)
    content = office.workspace.registers.pseudonyms_file.read_bytes()
    assert not any(each.encode() in content for each in pseudonyms)
    agreement = office.workspace.agreements.newest(AGREEMENT).agreement
    later = dataclasses.replace(office, now=office.now.replace(year=office.now.year + 12))
    keep_pseudonyms(later, agreement, "io-id", ["K-1"])
    assert [each.case for each in register(later)] == ["K-1"]


def test_a_recipient_is_told_every_pseudonym_of_a_case_when_epochs_change(town: Town, pseudonyms: list[str]) -> None:
    office = town.sender.office(NOW)
    agreement = office.workspace.agreements.newest(AGREEMENT).agreement
    before = next(each for each in register(office) if each.pseudonym == pseudonyms[0])
    tier = agreement.tiers["case-coordination"]
    rule = tier.release["x_CaseRef"].model_copy(update={"epoch": "2027"})
    moved = tier.model_copy(update={"release": {**tier.release, "x_CaseRef": rule}})
    later = agreement.model_copy(update={"tiers": {**agreement.tiers, "case-coordination": moved}})
    today, *earlier = known_as(office, later, "io-id", before.case.lower())
    assert earlier == [pseudonyms[0]]
    assert today not in pseudonyms
    assert known_as(office, agreement, "io-id", before.case) == (pseudonyms[0],)


def test_a_recipient_erases_what_it_holds_under_the_pseudonym_of_an_earlier_epoch(
    town: Town, pseudonyms: list[str]
) -> None:
    recipient, office = town.recipient("io-id"), town.sender.office(NOW)
    recipient.does("receive", "--from-folder", town.stick)
    agreement = office.workspace.agreements.newest(AGREEMENT).agreement
    erase_by = NOW + dt.timedelta(days=30)
    body = Withdrawal(kind="withdrawal", pseudonym="p" + "z" * 26, earlier=(pseudonyms[0],), erase_by=erase_by)
    post_letter(office, "io-id", body, agreement.network, Reference.to(agreement))
    town.sender.does("deliver", "--to-folder", town.stick)
    recipient.does("receive", "--from-folder", town.stick)
    entries = recipient.run("audit", "entries", "--json").json
    assert [each["counts"]["reports"] for each in entries if each["kind"] == "erasure.certified"] == [1]


def test_a_request_under_a_pseudonym_says_how_to_look_it_up(town: Town, pseudonyms: list[str], tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("Minta data.", encoding="utf-8")
    said = town.sender.run(
        "rights",
        "request",
        AGREEMENT,
        "--right",
        "access",
        "--pseudonym",
        pseudonyms[0],
        "--text",
        tmp_path / "said.txt",
    )
    assert said.status == 0, said
    assert f"exchange lookup {pseudonyms[0]} --agreement {AGREEMENT}" in said.err
