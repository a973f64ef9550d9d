"""A workbook comes back with its findings at their cells, and otherwise as it was."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from extracts.case_sheets import SHEET, TODAY, case, column_of, data, mapping, put, write
from openpyxl.workbook.workbook import Workbook

from exchange.errors import ExtractError
from exchange.extracts.marking import loses, marked
from exchange.extracts.reading import Examined, examine
from exchange.extracts.sheet import letter
from exchange.locale import speaking


def found(path: Path) -> Examined:
    return examine(path, mapping(), data(), on=TODAY)


def given_back(path: Path, read: Examined | None = None) -> Workbook:
    findings = (read or found(path)).findings
    return openpyxl.load_workbook(io.BytesIO(marked(path, findings, 2)))


def at(label: str, row: int) -> str:
    return f"{letter(column_of(label))}{row}"


def test_each_finding_has_its_colour_and_its_words_at_its_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [case(1), case(2, Gender="Wanita?", NIK="x"), case(2)])
    sheet = given_back(path)[SHEET]
    held, warned, refused = (sheet[at(*place)] for place in (("Gender", 4), ("NIK", 4), ("Nomor kasus", 5)))
    assert "extract.not_in_list" in held.comment.text
    assert "pick list" in held.comment.text
    assert "extract.identity_unreadable" in warned.comment.text
    assert "extract.duplicate" in refused.comment.text
    colours = {cell.fill.fgColor.rgb for cell in (held, warned, refused)}
    assert len(colours) == 3
    assert sheet[at("Gender", 3)].comment is None


def test_the_list_holds_every_finding_in_the_language_spoken(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [case(1, Gender="Wanita?"), case(2, Birthdate="32/13/1990")])
    read = found(path)
    english = given_back(path, read).worksheets[-1]
    assert [row[0] for row in english.iter_rows(min_row=2, values_only=True)] == [each.code for each in read.findings]
    with speaking("id"):
        indonesian = given_back(path).worksheets[-1]
    assert indonesian.title != english.title
    assert [row[:5] for row in indonesian.iter_rows(min_row=2, values_only=True)] == [
        row[:5] for row in english.iter_rows(min_row=2, values_only=True)
    ]
    assert indonesian["G2"].value != english["G2"].value


def test_everything_else_stays(tmp_path: Path) -> None:
    def then(book: Any, page: Any) -> None:
        page.set_column(2, 2, 33)
        page.freeze_panes(2, 1)
        page.data_validation(2, 3, 50, 3, {"validate": "list", "source": ["Perempuan", "Laki-laki"]})
        page.write_formula(5, column_of("Salutation"), "=1+1", None, 2)
        page.write_string(6, column_of("Salutation"), "=1+1")
        page.write_comment(2, column_of("Gender"), "tanya lagi")
        book.add_worksheet("lain").write_string(0, 0, "tetap")

    path = write(tmp_path / "k.xlsx", [case(1, Gender="Wanita?")], then=then)
    before, after = openpyxl.load_workbook(path), given_back(path)
    assert after.sheetnames[:2] == before.sheetnames
    for sheet in before.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                there = after[sheet.title][cell.coordinate]
                assert (there.value, there.data_type, there.number_format) == (
                    cell.value,
                    cell.data_type,
                    cell.number_format,
                )
    sheet = after[SHEET]
    assert sheet.column_dimensions["C"].width == pytest.approx(33, abs=1)
    assert sheet.freeze_panes == "B3"
    assert len(sheet.data_validations.dataValidation) == 1
    assert (sheet[at("Salutation", 6)].data_type, sheet[at("Salutation", 7)].data_type) == ("f", "s")
    assert sheet[at("Gender", 3)].comment.text.startswith("tanya lagi")


def test_the_original_is_not_touched_and_the_marked_one_reads_with_the_same_findings(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [case(1, Gender="Wanita?"), case(2)])
    original = path.read_bytes()
    again = tmp_path / "marked.xlsx"
    again.write_bytes(marked(path, found(path).findings, 2))
    assert path.read_bytes() == original
    assert found(again).findings == found(path).findings


def test_faults_of_columns_are_marked_at_their_label_and_merged_cells_do_no_harm(tmp_path: Path) -> None:
    def then(book: Any, page: Any) -> None:
        put(page, 1, 30, "Catatan lain")
        page.merge_range(2, 5, 3, 5, "Indonesia")

    path = write(tmp_path / "k.xlsx", [case(1), case(2)], then=then)
    sheet = given_back(path)[SHEET]
    assert "extract.unknown_column" in sheet["AE2"].comment.text


def test_no_name_of_a_sheet_becomes_a_formula(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [case(1, Gender="Wanita?")], sheet="=1+1")
    read = examine(path, mapping(sheet="=1+1"), data(), on=TODAY)
    listed = given_back(path, read).worksheets[-1]
    assert (listed["B2"].value, listed["B2"].data_type) != ("=1+1", "f")


def test_text_files_and_huge_workbooks_are_not_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "k.csv"
    text.write_text("Nomor kasus\n1\n")
    with pytest.raises(ExtractError) as refused:
        marked(text, (), 1)
    assert refused.value.problems[0].code == "extract.not_markable"
    path = write(tmp_path / "k.xlsx", [case(1)])
    monkeypatch.setattr("exchange.extracts.marking._LARGEST", 1000)
    with pytest.raises(ExtractError) as refused:
        marked(path, (), 2)
    assert refused.value.problems[0].code == "extract.not_markable"


def test_that_pictures_and_macros_stay_behind_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [case(1)])
    assert not loses(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", b"x")
    assert loses(path)


def test_pick_lists_of_another_sheet_stay_behind_and_it_can_be_said(tmp_path: Path) -> None:
    def then(book: Any, page: Any) -> None:
        book.add_worksheet("validation").write_column(0, 0, ["Perempuan", "Laki-laki"])
        page.data_validation(2, 3, 50, 3, {"validate": "list", "source": "=validation!$A$1:$A$2"})

    path = write(tmp_path / "k.xlsx", [case(1)], then=then)
    assert not loses(path)  # written the old way, they stay
    assert len(given_back(path)[SHEET].data_validations.dataValidation) == 1
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"<worksheet><extLst><x14:dataValidations/></extLst></worksheet>")
    assert loses(path)
