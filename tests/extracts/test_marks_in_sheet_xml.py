"""The marks that calamine leaves out are found in a sheet's XML however its program writes it."""

from __future__ import annotations

import io

import pytest

from exchange.extracts import marks
from exchange.extracts.marks import Look, look
from exchange.extracts.sheet import letter


def seen(rows: str, tail: str = "", prefix: str = "") -> Look:
    xml = f'<?xml version="1.0"?><worksheet xmlns="x"><sheetData>{rows}</sheetData>{tail}</worksheet>'
    if prefix:
        xml = (
            xml.replace("</", "\0")
            .replace("<", f"<{prefix}:")
            .replace("\0", f"</{prefix}:")
            .replace(f"<{prefix}:?", "<?")
        )
    return look(io.BytesIO(xml.encode()))


def test_an_empty_sheet_reaches_nowhere() -> None:
    assert (seen("").height, seen("").width) == (0, 0)
    assert seen('<row r="9"><c r="XFD9" s="3"/></row>').height == 0  # a format is no value


def test_values_reach_as_far_as_the_last_row_and_the_widest() -> None:
    there = seen('<row r="1"><c r="AC1"><v>1</v></c><c r="XFD1" s="3"/></row><row r="70"><c r="B70"><v>1</v></c></row>')
    assert (there.height, there.width) == (70, 29)


@pytest.mark.parametrize("prefix", ["", "x"])
def test_errors_are_found_under_any_prefix(prefix: str) -> None:
    rows = """<row r="1"/><row r="2"><c r="C2" t="e"><v>#N/A</v></c></row>"""
    rows += """<row r="4"><c r="A4" t='e'><f>1/0</f><v/></c></row>"""
    assert seen(rows, prefix=prefix).marks.errors == {(2, 2), (4, 0)}


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("<c r='B1'><v>5301075708900010</v></c>", True),
        ('<c r="B1" s="4"><v>530107570890001</v></c>', True),
        ('<c r="B1" t="n"><v>5.30108E+15</v></c>', True),
        ('<c r="B1"><f>A1</f><v>5301075708900010.0</v></c>', True),
        ('<c r="B1" t="str"><f>A1</f><v>5301075708900010</v></c>', False),
        ('<c r="B1" t="inlineStr"><is><t>5301075708900010</t></is></c>', False),
        ('<c r="B1"><v>81200000001</v></c>', False),
    ],
)
def test_long_numbers_are_those_in_number_cells(cell: str, found: bool) -> None:
    assert seen(f'<row r="1"><c r="A1"><v>1</v></c>{cell}</row>').marks.long_numbers == ({(1, 1)} if found else set())


def test_hidden_rows_and_merged_cells() -> None:
    merged = '<mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells>'
    there = seen(
        '<row r="2" hidden="1"><c r="B2"><v>1</v></c></row><row r="3" hidden="0"><c r="A3"><v>1</v></c></row>', merged
    )
    assert there.marks.hidden == {2}
    assert there.marks.merged == {(2, 2), (3, 1), (3, 2)}


def test_rows_and_cells_without_addresses_are_counted() -> None:
    there = seen('<row><c><v>1</v></c></row><row><c/><c t="e"><v>#N/A</v></c></row>')
    assert there.marks.errors == {(2, 1)}
    assert (there.height, there.width) == (2, 2)


def test_rows_may_lie_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="e"><v>#N/A</v></c><c r="B{n}"><v>2</v></c></row>' for n in range(1, 50)
    )
    whole = seen(rows)
    monkeypatch.setattr(marks, "_BLOCK", 61)
    assert seen(rows) == whole
    assert len(whole.marks.errors) == 49


@pytest.mark.parametrize(
    "xml", ["", "<html/>", "<worksheet><sheetData></row>", '<worksheet><mergeCell ref="A1:XFD1048576"/>']
)
def test_what_is_no_sheet_is_no_sheet(xml: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        look(io.BytesIO(xml.encode()))


def test_letters_are_excels() -> None:
    assert [letter(index) for index in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
