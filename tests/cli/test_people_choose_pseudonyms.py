"""A person chooses the name by which a recipient knows her: by command, into the bundle, and back again."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cli.organisations import PACKING, Desk, Said
from cli.town import AGREEMENT, OFFICERS, Town, built

from exchange.errors import DisclosureError, Problem
from exchange.keyring.private_files import write_private
from exchange.pseudonyms import known_as, register

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)
KEEPER = "keeper.1"
TO = ("--agreement", AGREEMENT, "--to", "io-id")
AS = ("--as", KEEPER)
PACK = ("-a", AGREEMENT, "--to", "io-id", "--note", "-")


@pytest.fixture(scope="module")
def _chosen_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town whose agreement lets people choose for io-id, and who holds the keeper's key."""
    old = b"x_CaseRef: {rule: pseudonymise, for: [coordination]}"
    town = built(tmp_path_factory.mktemp("town"), (old, old.replace(b"pseudonymise,", b"pseudonymise, kind: chosen,")))
    town.sender.certifies(KEEPER, "Penjaga (contoh)", "look_up")
    return town


@pytest.fixture
def chosen_town(_chosen_town: Town, tmp_path: Path) -> Town:
    return _chosen_town.copied(tmp_path / "town")


def choosing(desk: Desk, name: str, case: str, *more: str | Path) -> Said:
    return desk.run("pseudonym", "choose", name, "--case", "-", *TO, *AS, *more, stdin=f"{case}\n")


def rows_of(town: Town, period: str, folder: Path) -> dict[str, dict[str, str]]:
    """What io-id opens of one month, by pseudonym."""
    town.sender.does("pack", town.workbook, "-p", period, *PACK, stdin="Tidak ada.")
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    (bundle,) = town.folder_for("io-id").iterdir()
    town.recipient("io-id").does("open", bundle, "--acknowledge", "--out", folder, "--as", OFFICERS["io-id"])
    (rows,) = folder.rglob("cases*.csv")
    with rows.open(encoding="utf-8", newline="") as file:
        return {row["x_CaseRef"]: row for row in csv.DictReader(file)}


def noted(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return [each for each in desk.run("audit", "entries", "--json").json if each["kind"] == kind]


def test_a_chosen_name_leaves_leads_back_and_is_named_when_she_withdraws(chosen_town: Town, tmp_path: Path) -> None:
    town, sender = chosen_town, chosen_town.sender
    rows = rows_of(town, "2026-09", tmp_path / "first")
    assert all(len(each) == 27 for each in rows)  # nobody has chosen: everybody's is random
    before = sorted(rows)[0]
    case = sender.run("lookup", before, *TO, *AS, "--json").json["case"]

    said = choosing(sender, "Melati", case.lower(), "--json")
    assert said.status == 0, said
    assert said.json == {"pseudonym": "Melati", "known_before": True}
    assert sender.run("lookup", "Melati", *TO, *AS).codes == ["lookup.unknown"]  # nobody knows her by it yet

    sender.does("pack", town.workbook, "-p", "2026-09", *PACK, "--corrects", stdin="Tidak ada.")
    assert sender.run("lookup", "melati", *TO, *AS).out.strip() == case.lower()
    agreement = sender.workspace.agreements.newest(AGREEMENT).agreement
    assert known_as(sender.office(NOW), agreement, "io-id", case) == ("Melati", before)
    listed = sender.run("pseudonym", "list", *TO, *AS, "--json").json
    assert [(each["case"], each["pseudonym"]) for each in listed] == [(case.lower(), "Melati")]

    (entry,) = noted(sender, "pseudonym.chosen")
    assert (entry["person"], entry["counterpart"]) == (KEEPER, "io-id")
    assert len(noted(sender, "pseudonym.listed")) == 1
    told = sender.run("audit", "entries", "--json").out
    assert "elati" not in told
    assert case not in told


def test_a_recipient_erases_her_under_the_name_that_she_chose(chosen_town: Town, tmp_path: Path) -> None:
    town, sender, recipient = chosen_town, chosen_town.sender, chosen_town.recipient("io-id")
    case = _a_case(town)
    assert choosing(sender, "Bunga-Kecil", case).status == 0
    assert "Bunga-Kecil" in rows_of(town, "2026-09", tmp_path / "open")
    recipient.does("receive", "--from-folder", town.stick)
    sender.does("withdraw", "-", "-a", AGREEMENT, stdin=case)
    sender.does("deliver", "--to-folder", town.stick)
    recipient.does("receive", "--from-folder", town.stick)
    (erased,) = noted(recipient, "erasure.certified")
    assert erased["counts"]["reports"] == 1


def _a_case(town: Town) -> str:
    """Of somebody who goes to io-id, found by a rehearsal of the road itself."""
    from exchange.agreements.period import Period
    from exchange.checking import Job
    from exchange.sending import rehearse

    job = Job(town.workbook, AGREEMENT, Period.read("2026-09"), to=("io-id",), note="Tidak ada.")
    (prepared,) = rehearse(town.sender.office(NOW), job)
    rows = prepared.consented
    numbers: list[str] = rows.table.column("x_CaseRef").to_pylist()
    alive = zip(numbers, rows.tables_only.to_pylist(), strict=True)
    return next(number for number, counted_only in alive if not counted_only)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("=cmd", "pseudonym.malformed"),
        ("Me", "pseudonym.malformed"),
        ("Melati 2", "pseudonym.malformed"),
        ("1E5", "pseudonym.malformed"),
        ("+62812", "pseudonym.malformed"),
        ("Мелати", "pseudonym.malformed"),
        ("Melati-", "pseudonym.malformed"),
        ("M" * 41, "pseudonym.malformed"),
        ("p" + "a" * 26, "pseudonym.like_key"),
        ("True", "pseudonym.read_otherwise"),
        ("Unknown", "pseudonym.read_otherwise"),
        ("NULL", "pseudonym.read_otherwise"),
        ("YKS-Satu", "pseudonym.tells"),
    ],
)
def test_a_name_that_is_no_name_is_refused_and_the_log_says_why(chosen_town: Town, name: str, code: str) -> None:
    said = choosing(chosen_town.sender, name, "YKS-2026-0001")
    assert said.codes == [code]
    assert f"{name}:" not in said.err
    assert f" {name} " not in said.err
    (entry,) = noted(chosen_town.sender, "pseudonym.chosen")
    assert (entry["person"], entry["codes"]) == (KEEPER, [code])
    assert register(chosen_town.sender.office(NOW)) == ()


def test_a_name_is_hers_alone(chosen_town: Town) -> None:
    sender = chosen_town.sender
    assert choosing(sender, "Melati", "YKS-2026-0001").status == 0
    for again in ("Melati", "MELATI", "Mélati"):
        assert choosing(sender, again, "YKS-2026-0002").codes == ["pseudonym.taken"]
    assert choosing(sender, "Melati", "yks 2026 0001").status == 0  # hers already
    assert choosing(sender, "Mawar", "YKS-2026-0001").status == 0
    assert choosing(sender, "Melati", "YKS-2026-0002").codes == ["pseudonym.taken"]  # hers for good


def test_a_dry_run_says_what_is_wrong_and_keeps_nothing(chosen_town: Town) -> None:
    sender = chosen_town.sender
    assert choosing(sender, "Melati", "YKS-2026-0001", "--dry-run").status == 0
    assert register(sender.office(NOW)) == ()
    assert choosing(sender, "Mel4ti", "YKS-2026-0001", "--dry-run").codes == ["pseudonym.malformed"]
    assert [each["codes"] for each in noted(sender, "pseudonym.chosen")] == [["pseudonym.malformed"]]


def test_a_name_of_somebody_in_the_workbook_is_refused_at_once_and_when_packing(
    chosen_town: Town, tmp_path: Path
) -> None:
    town, sender = chosen_town, chosen_town.sender
    case = _a_case(town)
    names = {each for each in town.identifiers if each.isalpha() and 5 < len(each) < 20}
    told = [choosing(sender, each, case, "--extract", town.workbook) for each in sorted(names)[:3]]
    assert [each.codes for each in told] == [["pseudonym.tells"]] * 3
    assert choosing(sender, "Melati", "YKS-1999-1", "--extract", town.workbook).codes == ["pseudonym.no_such_case"]
    assert register(sender.office(NOW)) == ()

    assert choosing(sender, sorted(names)[0], case).status == 0  # without the workbook nobody could know
    said = sender.run("pack", town.workbook, "-p", "2026-09", *PACK, stdin="Tidak ada.")
    assert said.codes == ["pseudonym.tells"]
    assert sorted(names)[0] not in said.err
    assert not town.folder_for("io-id").exists()


def test_whoever_may_not_neither_chooses_nor_sees_the_list(chosen_town: Town) -> None:
    sender = chosen_town.sender
    sender.certifies("director.9", "Direktur (contoh)", "sign", "approve", "director")
    for who, code in ((("--as", "director.9"), "person.may_not"), ((), "person.none")):
        choose = ("pseudonym", "choose", "Melati", "--case", "YKS-1", *TO, *who)
        assert sender.run(*choose).codes == [code]
        assert sender.run("pseudonym", "list", *TO, *who).codes == [code]
    for kind in ("pseudonym.chosen", "pseudonym.listed"):
        assert [each["codes"] for each in noted(sender, kind)] == [["person.may_not"], ["person.none"]]
        assert not any("person" in each for each in noted(sender, kind))


def test_nobody_chooses_where_the_agreement_does_not_say_so(town: Town) -> None:
    town.sender.certifies(KEEPER, "Penjaga (contoh)", "look_up")
    assert choosing(town.sender, "Melati", "YKS-1").codes == ["pseudonym.not_chosen"]
    assert town.sender.run("pseudonym", "list", *TO, *AS).codes == ["pseudonym.not_chosen"]


def test_a_lost_register_stops_the_next_month(chosen_town: Town, tmp_path: Path) -> None:
    town, sender = chosen_town, chosen_town.sender
    rows_of(town, "2026-09", tmp_path / "open")
    again = ("pack", town.workbook, "-p", "2026-09", *PACK, "--corrects")
    file = sender.workspace.registers.pseudonyms_file
    kept = file.rename(file.with_suffix(".kept"))
    assert sender.run(*again, stdin="Tidak ada.").codes == ["pseudonyms.lost"]
    kept.rename(file)
    assert sender.run(*again, stdin="Tidak ada.").status == 0


def test_a_withdrawal_waits_for_a_lost_register_and_draws_no_false_certificate(
    chosen_town: Town, tmp_path: Path
) -> None:
    """Under a made-up pseudonym the recipient would find nothing, certify that, and hold her still."""
    town, sender, recipient = chosen_town, chosen_town.sender, chosen_town.recipient("io-id")
    case = _a_case(town)
    assert choosing(sender, "Bunga-Kecil", case).status == 0
    old = sender.workspace.registers.pseudonyms_file.read_bytes()  # a copy from before it was given
    rows_of(town, "2026-09", tmp_path / "open")
    recipient.does("receive", "--from-folder", town.stick)
    file = sender.workspace.registers.pseudonyms_file
    kept = file.rename(file.with_suffix(".kept"))

    said = sender.run("withdraw", "-", "-a", AGREEMENT, "--json", stdin=case)
    assert (said.json["told"], said.json["owed"], said.json["gated"]) == ([], ["io-id"], [])
    assert [each["code"] for each in said.json["warnings"]] == ["pseudonyms.lost"]
    assert not noted(sender, "letter.sent")
    for lost in (None, old):
        if lost is not None:
            write_private(file, lost)
        sender.does("deliver", "--to-folder", town.stick)
        assert not noted(sender, "letter.sent")
        with pytest.raises(DisclosureError, match="register"):
            known_as(sender.office(NOW), sender.workspace.agreements.newest(AGREEMENT).agreement, "io-id", case)

    kept.replace(file)
    sender.does("deliver", "--to-folder", town.stick)
    recipient.does("receive", "--from-folder", town.stick)
    (erased,) = noted(recipient, "erasure.certified")
    assert erased["counts"]["reports"] == 1


def test_where_both_memories_are_lost_nobody_guesses_a_name(chosen_town: Town, tmp_path: Path) -> None:
    town, sender = chosen_town, chosen_town.sender
    case = _a_case(town)
    rows_of(town, "2026-09", tmp_path / "open")
    sender.workspace.registers.pseudonyms_file.unlink()
    for file in sender.folder.glob("releases.sqlite*"):
        file.unlink()
    said = sender.run("withdraw", "-", "-a", AGREEMENT, "--json", stdin=case)
    assert (said.json["told"], said.json["owed"]) == ([], ["io-id"])


def test_a_lost_register_stops_a_month_where_only_the_household_is_random(tmp_path: Path) -> None:
    """No line is of a case there: that the file is gone must be enough."""
    drop = b"x_CaseRef: {rule: pseudonymise, for: [coordination]}"
    key = drop.replace(b"pseudonymise", b"row_key")
    house = b"x_HouseholdRef: {rule: pseudonymise"
    town = built(tmp_path, (drop, key), (house, house + b", kind: random"))
    rows_of(town, "2026-09", tmp_path / "open")
    again = ("pack", town.workbook, "-p", "2026-09", *PACK, "--corrects")
    file = town.sender.workspace.registers.pseudonyms_file
    kept = file.rename(file.with_suffix(".kept"))
    assert town.sender.run(*again, stdin="Tidak ada.").codes == ["pseudonyms.lost"]
    kept.rename(file)
    assert town.sender.run(*again, stdin="Tidak ada.").status == 0


def test_a_name_that_nobody_chose_does_not_pass_for_a_pseudonym(chosen_town: Town) -> None:
    request = ("rights", "request", AGREEMENT, "--right", "access", "--text", "-", "--pseudonym")
    assert choosing(chosen_town.sender, "Melati", "YKS-2026-0001").status == 0
    for name in ("Yuliana", "YKS-2026-0001", "Melati2"):
        assert chosen_town.sender.run(*request, name, stdin="Minta data.").codes == ["rights.pseudonym"]
    assert chosen_town.sender.run(*request, "melati", stdin="Minta data.").status == 0


def test_what_repeats_is_refused_before_the_first_bundle_is_sealed(chosen_town: Town) -> None:
    town, repeats = chosen_town, DisclosureError(Problem("redact.randomness", "rekaan"))
    with mock.patch("exchange.sending.refuse_repeated", side_effect=repeats):
        every = ("pack", town.workbook, "-p", "2026-09", "-a", AGREEMENT, "--note", "-")
        assert town.sender.run(*every, stdin="Tidak ada.").codes == ["redact.randomness"]
    assert town.sender.run("--json", "status").json["outbox"] == []
    assert town.sender.does("pack", *every[1:], stdin="Tidak ada.")
