"""What can be wrong with an extract, in one table: how much it weighs, what is said, and what to do next.

A fault names rows of one column; it becomes one finding per cell. No fault or finding holds a cell's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from exchange.errors import Problem
from exchange.extracts.extract import Finding, Weight
from exchange.locale import _

WEIGHTS: Mapping[str, Weight] = MappingProxyType(
    {
        "extract.no_header": "refuse",
        "extract.unknown_column": "refuse",
        "extract.unlabelled_column": "refuse",
        "extract.column_twice": "refuse",
        "extract.column_absent": "refuse",
        "extract.column_shifted": "refuse",
        "extract.duplicate": "refuse",
        "extract.error_cell": "hold",
        "extract.merged_cell": "hold",
        "extract.required": "hold",
        "extract.no_key": "hold",
        "extract.reserved": "hold",
        "extract.control_character": "hold",
        "extract.too_long": "hold",
        "extract.not_in_list": "hold",
        "extract.not_true_or_false": "hold",
        "extract.not_a_number": "hold",
        "extract.not_a_date": "hold",
        "extract.two_digit_year": "hold",
        "extract.day_or_month": "hold",
        "extract.out_of_range": "hold",
        "extract.future_date": "hold",
        "extract.impossible_age": "hold",
        "extract.unknown_place": "hold",
        "extract.place_elsewhere": "hold",
        "extract.name_and_label": "warn",
        "extract.hidden_row": "warn",
        "extract.dates_swapped": "warn",
        "extract.nik_broken": "warn",
        "extract.nik_birthdate": "warn",
        "extract.nik_gender": "warn",
        "extract.identity_unreadable": "warn",
        "extract.phone_unreadable": "warn",
        "extract.late_entry": "warn",
        "extract.outside_period": "warn",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, in one column: `rows` of the sheet, or () for the whole column or sheet. `label`: what the
    mapping calls a column that is not there."""

    code: str
    rows: Sequence[int] = ()
    column: str = ""
    field: str = ""
    label: str = ""


def findings_of(faults: Iterable[Fault], sheet: str) -> tuple[Finding, ...]:
    """One finding per cell, in the order of the sheet: rows, then columns; the whole sheet first."""
    words = texts()
    found = [
        Finding(
            fault.code, WEIGHTS[fault.code], *_said(fault, *words[fault.code]), sheet, row, fault.column, fault.field
        )
        for fault in faults
        for row in (fault.rows or (0,))
    ]
    return tuple(sorted(found, key=lambda f: (f.row, len(f.column), f.column, f.code, f.field)))


def _said(fault: Fault, what: str, hint: str) -> tuple[str, str]:
    return (what.format(label=fault.label) if fault.label else what), hint


def problem_of(finding: Finding) -> Problem:
    """A finding as a problem, with its place in words."""
    return Problem(finding.code, finding.what, place_of(finding), finding.hint)


def place_of(finding: Finding) -> str:
    """ "sheet Case Sheet, row 12, column G (prs_Birthdate)"."""
    parts = [
        _("sheet {sheet}").format(sheet=finding.sheet) if finding.sheet else "",
        _("row {row}").format(row=finding.row) if finding.row else "",
        _("column {column}").format(column=finding.column) if finding.column else "",
    ]
    place = ", ".join(part for part in parts if part)
    return f"{place} ({finding.field})".lstrip() if finding.field else place


def weight_word(weight: Weight) -> str:
    """What a finding of this weight does."""
    words: dict[Weight, str] = {
        "refuse": _("the extract is refused"),
        "hold": _("the row is held back"),
        "warn": _("look"),
    }
    return words[weight]


def texts() -> dict[str, tuple[str, str]]:
    """For each code, what is said and the hint, in the language being spoken."""
    pick = _("use a code or label of the list, or add a line under values in the mapping")
    day_first = _("make it a date cell, or write it as 2026-10-31")
    compare = _("compare with the document; other papers than a person's own are common, so the row goes on")
    return {
        "extract.no_header": (_("the header row is empty"), _("look at sheet and header_rows in the mapping")),
        "extract.unknown_column": (
            _("a column that the mapping does not know"),
            _("map it under columns, or list it under stays_here"),
        ),
        "extract.unlabelled_column": (
            _("a column that holds something but has no label"),
            _("give it a label that the mapping knows, or empty it"),
        ),
        "extract.column_twice": (_("two columns have the label of one field"), _("keep one of them")),
        "extract.column_absent": (
            _("no column has the label “{label}”, which is mapped to this field"),
            _("put the column back with its label, or change the mapping"),
        ),
        "extract.column_shifted": (
            _("the values fit the name in the first header row, not the label below it"),
            _("columns may have been shifted against their labels: put them right"),
        ),
        "extract.duplicate": (
            _("the same value stands in another row, and each may be there only once"),
            _("one row per case: merge the rows, or correct the number"),
        ),
        "extract.error_cell": (_("the cell holds an Excel error"), _("mend the formula, or type the value")),
        "extract.merged_cell": (
            _("the cell is merged with one above or beside it and is empty by itself"),
            _("unmerge the cells and fill in each"),
        ),
        "extract.required": (_("a required value is missing"), _("fill it in, or write UNKNOWN if nobody knows")),
        "extract.no_key": (_("the row has no case number"), _("give it one")),
        "extract.reserved": (
            _("this word is kept for cells that the program withholds"),
            _("write what is known, or UNKNOWN"),
        ),
        "extract.control_character": (_("the cell holds invisible characters"), _("type the value again")),
        "extract.too_long": (_("the text is too long"), _("shorten it")),
        "extract.not_in_list": (_("the value is not in the pick list"), pick),
        "extract.not_true_or_false": (_("neither true nor false"), pick),
        "extract.not_a_number": (_("not a number"), _("write digits only, with a point for decimals")),
        "extract.not_a_date": (_("not a date that can be read"), day_first),
        "extract.two_digit_year": (_("the year has two digits"), _("write all four digits of the year")),
        "extract.day_or_month": (
            _("day and month cannot be told apart: the column holds both orders"),
            day_first,
        ),
        "extract.out_of_range": (
            _("outside the limits that the agreement sets for this field"),
            _("correct it, or write UNKNOWN"),
        ),
        "extract.future_date": (_("the date lies in the future"), _("correct it")),
        "extract.impossible_age": (
            _("the birth date gives an age that cannot be"),
            _("compare birth date and referral date"),
        ),
        "extract.unknown_place": (
            _("not a place of the list, or a name that several places have"),
            _("write the official name, with Kabupaten or Kota"),
        ),
        "extract.place_elsewhere": (
            _("the regency is not known in the province of the same row"),
            _("correct the province or the regency"),
        ),
        "extract.name_and_label": (
            _("the name in the first header row is that of another field than the label"),
            _("the label counts; see that the values belong to it"),
        ),
        "extract.hidden_row": (_("the row is hidden but is read like any other"), _("unhide it and look at it")),
        "extract.dates_swapped": (
            _("days and months may be swapped: every real date has a day up to 12, every later day is text"),
            _("Excel has read the dates as month first: see whether they are right"),
        ),
        "extract.nik_broken": (
            _("Excel has damaged the NIK, and it is left out"),
            _("format the column as text and type the 16 digits again"),
        ),
        "extract.nik_birthdate": (_("the NIK says another birth date"), compare),
        "extract.nik_gender": (_("the NIK says another sex"), compare),
        "extract.identity_unreadable": (_("neither a NIK nor a passport number"), compare),
        "extract.phone_unreadable": (_("not one phone number"), _("write one number, beginning with 0 or +62")),
        "extract.late_entry": (_("belongs to an earlier period and is entered late"), ""),
        "extract.outside_period": (
            _("belongs to another period, and will not be sent with this one"),
            _("compare the date with the period"),
        ),
    }
