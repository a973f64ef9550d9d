"""Case notes by commands alone: nothing leaves with an open word; masks are remembered, permissions are not."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cli.organisations import PACKING, PASSPHRASE, Said
from cli.town import AGREEMENT, OFFICERS, Town, built, some_reports

from exchange import scrubbing
from exchange.agreements.clause import Text
from exchange.agreements.period import Period
from exchange.checking import Job, check
from exchange.demo.reports import Note
from exchange.demo.workbooks import write_workbook
from exchange.scrubbing import scrubbing_for

NOTES = "cas_IncomingReferralDetails"
JOB = ("-a", AGREEMENT, "-p", "2026-09", "--to", "io-id")
REVIEWER = "caseworker.1"
AS = ("--as", REVIEWER)
_LINE = b"cas_Status: {rule: keep, for: [coordination]}"
_WITH_NOTES = (_LINE, _LINE + b"\n      " + NOTES.encode() + b": {rule: scrub, for: [coordination]}")
TWO = ("Klien melihat Zarquon di pelabuhan.", "Hari itu ZARQUON dan Blorptek pergi.")


@pytest.fixture(scope="module")
def _town_with_notes(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = built(tmp_path_factory.mktemp("town"), _WITH_NOTES)
    town.sender.certifies(REVIEWER, "Peninjau Contoh", "review")
    write(town, TWO)
    return town


@pytest.fixture
def town(_town_with_notes: Town, tmp_path: Path) -> Town:
    return _town_with_notes.copied(tmp_path / "town")


def write(town: Town, texts: Sequence[str]) -> None:
    """The workbook with these notes, one after the other, over and over; each with its row's own name and number."""
    reports, _identifiers = some_reports()
    town.workbook.unlink()
    noted = [
        replace(
            each, note=Note(f"{texts[at % len(texts)]} {each.told.first_name} {each.told.second_name} {each.case_ref}")
        )
        for at, each in enumerate(reports)
    ]
    write_workbook(noted, town.workbook)


def listed(town: Town) -> dict[str, Any]:
    """The marks, by their word."""
    said = town.sender.run("scrub", town.workbook, *JOB, *AS, "--list", "--json")
    assert said.status == 0, said
    return {each["word"].casefold(): each for each in said.json["words"]}


def decide(town: Town, **verdicts: str) -> Said:
    """The reviewer decides by a file; words that are not named are masked."""
    marks = listed(town)
    file = town.folder / "decisions.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({mark["id"]: verdicts.get(word, "mask") for word, mark in marks.items()}))
    said = town.sender.run("scrub", town.workbook, *JOB, *AS, "--decisions", file, "--json")
    assert said.status == 0, said
    return said


def packs(town: Town) -> Said:
    return town.sender.run("pack", town.workbook, *JOB, "--note", "-", stdin="Tidak ada perubahan.")


def received(town: Town) -> list[str]:
    """The notes that the recipient reads."""
    assert packs(town).status == 0
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    (bundle,) = town.folder_for("io-id").iterdir()
    town.recipient("io-id").does(
        "open", bundle, "--acknowledge", "--out", town.folder / "out", "--as", OFFICERS["io-id"]
    )
    with next((town.folder / "out" / "data").glob("*.csv")).open(encoding="utf-8", newline="") as rows:
        return [row[NOTES] for row in csv.DictReader(rows)]


def reviews(town: Town) -> list[Any]:
    with town.sender.workspace.logs.open("ntt") as log:
        entries = [record.opening.entry for record in log.records() if record.opening]
    assert "arquon" not in repr(entries)
    return [entry for entry in entries if entry.kind == "notes.reviewed"]


class Killed(BaseException):
    """Nothing after it is done."""


# --- the story ---


def test_nothing_leaves_before_a_person_has_decided_and_then_what_was_decided(town: Town) -> None:
    checked, packed = town.sender.run("check", town.workbook, *JOB), packs(town)
    for said in (checked, packed):
        assert (said.status, said.codes) == (8, ["notes.open_marks"])
        assert f"exchange scrub EXTRACT --agreement {AGREEMENT} --period 2026-09 --to io-id --as PERSON" in said.err
        assert "arquon" not in said.out + said.err
    assert town.sender.run("status", "--json").json["outbox"] == []
    marks = listed(town)
    assert marks["zarquon"]["notes"] > marks["blorptek"]["notes"]
    assert decide(town, zarquon="keep").json["open"] == 0
    assert town.sender.run("check", town.workbook, *JOB).status == 0
    notes = received(town)
    assert notes
    assert any("Zarquon" in note for note in notes)
    assert any("ZARQUON" in note for note in notes)
    assert not any("Blorptek" in note for note in notes)
    assert not [each for each in town.identifiers if any(each in note for note in notes)]
    (entry,) = reviews(town)
    assert (entry.person, entry.counterpart, entry.counts.marks_kept) == (REVIEWER, "io-id", 1)
    assert entry.counts.marks_masked == len(marks) - 1


def test_the_bundle_says_what_was_masked_and_kept(town: Town) -> None:
    decide(town, zarquon="keep")
    notes = received(town)
    told = json.loads((town.folder / "out" / "datapackage.json").read_text(encoding="utf-8"))["x-exchange"]
    (scrubbed,) = told["scrubbed"]
    assert (scrubbed["field"], scrubbed["kept"], scrubbed["notes"]) == (NOTES, 1, len(notes))
    assert sum(scrubbed["masks"].values()) >= sum(note.count("[") for note in notes)
    (caveat,) = (each for each in told["caveats"] if each["code"] == "scrubbed")
    assert caveat["figure"] == str(sum(scrubbed["masks"].values()))
    assert "stand because a person decided so" in caveat["text"]["en"]
    assert "catatan kasus" in caveat["text"]["id"]


def test_whoever_approves_sees_what_was_masked_and_kept(town: Town) -> None:
    decide(town, zarquon="keep")
    assert packs(town).status == 0
    (waiting,) = town.sender.run("approve", "--json").json
    counts, kinds = waiting["counts"], {each["kind"]: each["count"] for each in waiting["counts"]["masks"]}
    assert (counts["marks_kept"], kinds["name"] > 0) == (1, True)
    (line,) = (line for line in town.sender.run("approve").out.splitlines() if "masked in case notes" in line)
    assert f"{kinds['name']} names" in line
    assert line.endswith("decided to keep: 1")
    assert "arquon" not in line + repr(waiting)


def test_a_recipient_merges_and_exports_what_came(town: Town) -> None:
    decide(town)
    notes = received(town)
    recipient = town.recipient("io-id")
    recipient.does("receive", "--from-folder", town.stick)
    assert json.loads(recipient.does("merge", "--json"))["reports"] == len(notes)
    recipient.does("export", "--acknowledge", "--out", town.folder / "merged", "--as", OFFICERS["io-id"])


def test_next_month_masks_are_remembered_and_permissions_are_not(town: Town) -> None:
    decide(town, zarquon="keep")
    write(town, (*TWO, "Klien membutuhkan konseling."))
    assert {word: mark["verdict"] for word, mark in listed(town).items() if word in ("zarquon", "blorptek")} == {
        "zarquon": None,
        "blorptek": "mask",
    }
    assert packs(town).codes == ["notes.open_marks"]


def test_a_permission_for_one_extract_is_none_for_another_and_does_not_come_back(town: Town) -> None:
    first = town.workbook.read_bytes()
    decide(town, zarquon="keep")
    write(town, (*TWO, "Klien membutuhkan konseling."))
    decide(town, zarquon="keep")
    town.workbook.write_bytes(first)
    assert packs(town).codes == ["notes.open_marks"]


def test_a_permission_is_bound_to_the_text_of_the_agreement_the_recipient_the_period_and_the_notes(town: Town) -> None:
    decide(town, zarquon="keep")
    office = town.sender.office(dt.datetime.fromisoformat(PACKING))
    checked = check(office, Job(town.workbook, AGREEMENT, Period.read("2026-09"), to=("io-id",)))
    (leave,), extract = checked.permits, checked.extract
    assert scrubbing_for(office, extract, leave).decisions.kept
    retitled = leave.agreement.model_copy(update={"title": Text(id="Lain", en="Another")})
    others = (
        (extract, replace(leave, agreement=retitled)),
        (extract, replace(leave, recipient=leave.agreement.party("gt-ntt"))),
        (extract, replace(leave, period=Period.read("2026-10"))),
        (replace(extract, source=replace(extract.source, sha256="0" * 64)), leave),
        (replace(extract, table=extract.table.drop_columns([NOTES])), leave),
    )
    for another, where in others:
        decisions = scrubbing_for(office, another, where).decisions
        assert not decisions.kept
        assert decisions.masks
    renamed = leave.agreement.model_copy(update={"id": "DSA-NTT-2026-005"})
    assert not scrubbing_for(office, extract, replace(leave, agreement=renamed)).decisions.masks


def test_the_later_decision_counts(town: Town) -> None:
    decide(town, zarquon="keep")
    decide(town)
    assert listed(town)["zarquon"]["verdict"] == "mask"
    decide(town, zarquon="keep")
    assert listed(town)["zarquon"]["verdict"] == "keep"
    assert len(reviews(town)) == 3


# --- who may, and what is refused ---


def test_only_who_may_review_sees_a_note(town: Town) -> None:
    for options in (("--list",), ("--dry-run",), ()):
        for person in ((), ("--as", "director.1")):
            said = town.sender.run("scrub", town.workbook, *JOB, *person, *options)
            assert said.status == 4
            assert "arquon" not in said.out + said.err


def test_decisions_about_no_mark_here_are_refused_as_a_whole(town: Town) -> None:
    file = town.folder / "decisions.json"
    file.touch(mode=0o600)
    known = listed(town)["zarquon"]["id"]
    file.write_text(json.dumps({known: "mask", "m" + "a" * 26: "mask"}))
    said = town.sender.run("scrub", town.workbook, *JOB, *AS, "--decisions", file)
    assert said.codes == ["notes.unknown_mark"]
    assert listed(town)["zarquon"]["verdict"] is None
    for text in ("[]", "{", '{"zarquon": "mask"}', json.dumps({known: "perhaps"}), "[" * 100_000):
        file.write_text(text)
        said = town.sender.run("scrub", town.workbook, *JOB, *AS, "--decisions", file)
        assert (said.status, said.codes) == (2, ["usage.decisions"])
        assert "arquon" not in said.err
    file.chmod(0o644)
    assert town.sender.run("scrub", town.workbook, *JOB, *AS, "--decisions", file).codes == ["file.not_private"]


def test_a_recipient_without_case_notes_needs_no_review(town: Town) -> None:
    job = ("-a", AGREEMENT, "-p", "2026-09", "--to", "gt-ntt")
    assert town.sender.run("scrub", town.workbook, *job, *AS, "--list").codes == ["notes.none_leave"]
    assert town.sender.run("check", town.workbook, *job).status == 0


def test_where_there_is_nobody_to_ask_nothing_is_decided(town: Town) -> None:
    assert town.sender.run("scrub", town.workbook, *JOB, *AS).codes == ["usage.nobody_to_ask"]
    assert town.sender.run("scrub", town.workbook, *JOB, *AS, "--dry-run").status == 0
    assert not reviews(town)


# --- faults ---


def test_a_decision_that_is_not_in_the_log_does_not_count_until_it_is(town: Town) -> None:
    with (
        mock.patch("exchange.reviewing.settle", side_effect=[None, Killed]),
        pytest.raises(Killed),
    ):
        decide(town)
    assert not reviews(town)
    assert packs(town).codes == ["notes.open_marks"]
    town.sender.run("scrub", town.workbook, *JOB, *AS)  # settles first
    assert packs(town).status == 0
    assert len(reviews(town)) == 1


def test_a_crash_after_the_log_notes_nothing_twice(town: Town) -> None:
    kept: list[object] = []

    def once(*arguments: Any) -> None:
        kept.append(arguments)
        if len(kept) > 1:
            raise Killed
        real(*arguments)

    real = scrubbing._save
    with mock.patch.object(scrubbing, "_save", once), pytest.raises(Killed):
        decide(town)
    assert len(reviews(town)) == 1
    assert packs(town).codes == ["notes.open_marks"]
    decide(town, zarquon="keep")  # a second session of the same person at the same second
    assert [entry.counts.marks_kept for entry in reviews(town)] == [0, 1]


def test_a_register_that_somebody_swapped_is_refused(town: Town) -> None:
    decide(town)
    (register,) = (town.sender.folder / "reviews").iterdir()
    assert b"arquon" not in register.read_bytes()
    content = register.read_bytes()
    register.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert packs(town).status == 14


# --- at a terminal ---


def test_a_person_at_a_terminal_decides_word_by_word_in_indonesian(town: Town) -> None:
    replies = [
        ("frasa sandi: ", PASSPHRASE),
        ("samarkan, biarkan, nanti, akhiri?", "b"),
        ("samarkan, biarkan, nanti, akhiri?", "apa"),
        ("samarkan, biarkan, nanti, akhiri?", "akhiri"),
    ]
    status, screen = town.sender.talk("--language", "id", "scrub", town.workbook, *JOB, *AS, replies=replies)
    assert status == 0, screen
    assert "«Zarquon»" in screen
    assert "Klien melihat «Zarquon» di pelabuhan." in screen
    assert listed(town)["zarquon"]["verdict"] == "keep"
    assert len(reviews(town)) == 1
