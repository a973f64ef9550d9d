"""`exchange agreement new`: at a terminal, from a file of answers, through Excel and back; nothing typed is lost."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import openpyxl
import pytest
from agreements.any_answers import plain
from agreements.broken_workbooks import cell
from cli.dialogue import converse
from cli.organisations import Desk, founded
from cli.town import FOUNDED
from openpyxl.comments import Comment

END_OF_INPUT = "\x04"  # what Ctrl-C does as well, but that a signal may come between a prompt and its reading
# By the last words of a question, so that the same story is told in both languages.
OURS = [
    ("DSA-NTT-2026-004) [DSA-NTT-2026-001]: ", ""),
    ("[Ekstrak kasus bulanan TPPO NTT]: ", "Laporan: bulanan # 1"),
    ("[Monthly trafficking case extract, NTT]: ", ""),
    ("[yks (contoh)]: ", ""),
]
REPLIES = {
    "en": [("network of organisations [ntt]: ", "NTT"), ("network of organisations [ntt]: ", "ntt"), *OURS],
    "id": [("jaringan organisasi [ntt]: ", "NTT"), ("jaringan organisasi [ntt]: ", "ntt"), *OURS],
}
REASON = {"en": "is not written as this key needs it", "id": "tidak ditulis sebagaimana diperlukan kunci ini"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A sender that has confirmed one card."""
    ours, theirs = founded(tmp_path, "yks", FOUNDED), founded(tmp_path, "gt-ntt", FOUNDED)
    ours.does("card", "add", theirs.card)
    ours.workspace.cards.confirm("gt-ntt", FOUNDED)
    return ours.at("2026-08-20T09:00:00+08:00")


def answered(folder: Path, **changes: object) -> Path:
    file = folder / "answers.json"
    file.write_text(json.dumps(plain(**changes)), encoding="utf-8")
    return file


@pytest.mark.parametrize("tongue", ["en", "id"])
def test_a_person_stops_and_goes_on_where_it_was(desk: Desk, tmp_path: Path, tongue: str) -> None:
    out = tmp_path / "dsa.yaml"
    told = ("agreement", "new", out, "--language", tongue)
    status, screen = desk.talk(*told, replies=[*REPLIES[tongue], ("cso]: ", END_OF_INPUT)])
    assert status == 130, screen
    assert REASON[tongue] in screen
    kept = tmp_path / "dsa.yaml.draft"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["title.id"] == "Laporan: bulanan # 1"
    assert not out.exists()
    status, screen = converse(desk, told)
    assert status == 0, screen
    asked_before = [line for line in screen.splitlines() if line.startswith(REPLIES[tongue][0][0])]
    assert asked_before == []
    assert not kept.exists()
    said = desk.run("agreement", "check", out)
    assert set(said.codes) <= {"agreement.still_open", "agreement.impact_assessment"}
    text = out.read_text(encoding="utf-8")
    assert "id: 'Laporan: bulanan # 1'" in text
    assert desk.run("card", "show", "--json").json["fingerprint"] in text
    assert "no one else may open" in text


def test_going_back_asks_the_question_before_once_more(desk: Desk, tmp_path: Path) -> None:
    replies = [
        ("organisations [ntt]: ", "nnt"),
        ("[DSA-NNT-2026-001]: ", "<"),
        ("organisations [ntt]: ", "ntt"),
        ("[DSA-NTT-2026-001]: ", END_OF_INPUT),
    ]
    status, screen = desk.talk("agreement", "new", tmp_path / "dsa.yaml", replies=replies)
    assert status == 130, screen
    assert json.loads((tmp_path / "dsa.yaml.draft").read_text()) == {"network": "ntt"}


def test_a_draft_that_cannot_be_read_is_not_thrown_away(desk: Desk, tmp_path: Path) -> None:
    kept = tmp_path / "dsa.yaml.draft"
    kept.touch(mode=0o600)
    kept.write_text("[1, 2")
    status, screen = desk.talk("agreement", "new", tmp_path / "dsa.yaml", replies=[])
    assert (status, "usage.draft_damaged" in screen, kept.read_text()) == (2, True, "[1, 2")


def test_a_file_of_answers_becomes_an_agreement_that_checks(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "dsa.yaml"
    said = desk.run("agreement", "new", out, "--answers", answered(tmp_path), "--json")
    assert (said.status, said.json["open"]) == (0, [])
    assert desk.run("agreement", "check", out, "--json").json["digest"] == said.json["digest"]
    again = desk.run("agreement", "new", out, "--answers", answered(tmp_path))
    assert again.codes == ["usage.file_there"]


def test_wrong_answers_are_refused_all_at_once(desk: Desk, tmp_path: Path) -> None:
    wrong = answered(tmp_path, due_dai=3, timezone="Kupang", effective="soon")
    said = desk.run("agreement", "new", tmp_path / "dsa.yaml", "--answers", wrong)
    assert said.codes.count("agreement.bad_value") == 2
    assert "agreement.unknown_key" in said.codes
    assert (said.status, (tmp_path / "dsa.yaml").exists()) == (5, False)


def test_where_nobody_can_be_asked_it_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    said = desk.run("agreement", "new", tmp_path / "dsa.yaml")
    assert (said.status, said.codes) == (2, ["usage.nobody_to_ask"])
    assert "--answers" in said.err


def test_a_dry_run_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    file, before = answered(tmp_path), sorted(tmp_path.rglob("*"))
    book = tmp_path / "dsa.xlsx"
    desk.does("agreement", "new", tmp_path / "dsa.yaml", "--answers", file, "--to-xlsx", book, "--dry-run")
    assert sorted(tmp_path.rglob("*")) == before


def test_an_officer_fills_in_the_workbook_and_a_lawyer_remarks(desk: Desk, tmp_path: Path) -> None:
    out, book, new = tmp_path / "dsa.yaml", tmp_path / "dsa.xlsx", tmp_path / "new.yaml"
    desk.does("agreement", "new", out, "--to-xlsx", book)
    desk.does("agreement", "from-xlsx", book, tmp_path / "same.yaml", "--base", out)
    assert (tmp_path / "same.yaml").read_bytes() == out.read_bytes()
    edited = openpyxl.load_workbook(book)
    _fill_in(edited)
    cell(edited, "parties", "gt-ntt", "contact").comment = Comment("Tanyakan\nlagi\u202e!", "lawyer")
    cell(edited, "agreement", "term.expires", "comment").value = "too long?"
    edited.save(book)
    said = desk.run("agreement", "from-xlsx", book, new, "--base", out, "--notes")
    assert said.status == 0, said
    assert "the workbook has 2 remarks: agreement (1), parties (1)" in said.err
    assert "  agreement, D" in said.err
    assert "Tanyakan lagi�!" in said.err
    assert desk.run("agreement", "check", new).status == 0, desk.run("agreement", "check", new).err
    text = new.read_text(encoding="utf-8")
    assert "expires: 2027-09-30" in text
    assert "due_day: 9" in text
    assert {line.partition("#")[2] for line in out.read_text().splitlines()} == {
        line.partition("#")[2] for line in text.splitlines()
    }


def _fill_in(book: openpyxl.Workbook) -> None:
    """As spreadsheets save it: dates with a time, numbers with a point, empty rows at the end."""
    for sheet in book:
        for row in sheet.iter_rows(min_row=2):
            for each in row:
                if each.value == "…":
                    each.value = "Diisi"
                elif each.value == "to-be-named":
                    each.value = "data.officer"
        sheet.cell(sheet.max_row + 5, 1).value = ""
    cell(book, "agreement", "term.expires", "value").value = dt.datetime(2027, 9, 30)  # noqa: DTZ001  # as Excel has it
    cell(book, "agreement", "delivery.due_day", "value").value = 9.0
    first = book["agreement"]
    row = first.max_row + 1
    for at, (clause, value) in enumerate((("reference", "DPIA-1"), ("date", dt.datetime(2026, 8, 20)))):  # noqa: DTZ001
        first.cell(row + at, 1).value = f"impact_assessment.{clause}"
        first.cell(row + at, 3).value = value
