"""The page of `exchange anonymise`: charts with their figures beside them, for who sees colours and who does not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from protect.anonymise.solving import at_levels
from protect.anonymise.tables import Case, plan_of, quasi
from reports.checking import Page, is_sound

from exchange.protect.anonymise.measuring.report import Report, report_of
from exchange.protect.anonymise.measuring.risk import Groups, exposure
from exchange.protect.anonymise.measuring.utility import query_error
from exchange.protect.anonymise.plan import Population
from exchange.reports.anonymise_page import anonymise_page

HOSTILE = '<iframe src=x>"'
PLACES = ("Kupang", "Soe", "Ende", "Maumere", "Bima", "Dompu")
ROWS = [(place, str(age), "f" if age % 3 else "m") for place in PLACES for age in (12, 13, 14, 17, 17, 20)] * 40


@pytest.fixture(scope="module")
def report() -> Report:
    fields: dict[str, Any] = {"place": quasi(ladder="places.csv"), "age": quasi(ladder="ages.csv"), "sex": quasi()}
    plan = plan_of({"k": 50, "method": "full_domain"}, fields)
    plan = plan.model_copy(update={"population": Population(size=20_000)})
    table = Case(plan, tuple(fields), (*ROWS, ("Kupang", "23", "m"))).coded()[0]
    recoded = at_levels(table, (1, 1, 0), plan)
    return report_of(table, recoded, plan, query_error(table, recoded, 50))


def test_page_is_sound_and_in_both_languages(report: Report) -> None:
    assert is_sound(anonymise_page(report))
    assert is_sound(anonymise_page(replace(report, population=None)))


def test_every_chart_has_its_figures_in_a_table_beside_it(report: Report) -> None:
    text = anonymise_page(report)
    beside = re.findall(r'<div class="beside">(.*?)</div>', text, re.S)
    assert len(beside) == 2 * 4
    for part in beside:
        chart, table = part.split("</figure>")
        assert 'role="img" aria-label="' in chart
        figures = [shown for shown in re.findall(r"<text[^>]*>([^<]*)</text>", chart) if re.match(r"[\d,.]+%?$", shown)]
        cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", table)
        assert len(figures) >= 3
        if "Only ones by it alone" in table or "Satu-satunya olehnya saja" in table:
            continue  # the bars are differences to the table's last row: asked below
        assert set(figures) <= set(cells)


def test_bars_of_what_drives_the_risk_are_what_a_field_adds(report: Report) -> None:
    half = anonymise_page(report).split('<section id="en"')[1]
    chart = half.split("because of a field")[1].split("</figure>")[0]
    added = {each.field: report.before.rows_below_k - each.without.rows_below_k for each in report.before.fields}
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", chart)
    assert dict(zip(shown[::2], shown[1::2], strict=True)) == {name: f"{count:,}" for name, count in added.items()}
    assert shown[::2] == sorted(added, key=lambda name: (-added[name], *without(report, name), name))


def without(report: Report, field: str) -> tuple[float]:
    return (next(each.without.average for each in report.before.fields if each.field == field),)


def test_before_and_after_differ_without_colour(report: Report) -> None:
    text = anonymise_page(report)
    assert re.search(r"rect\.before \{[^}]*fill: #fff", text)  # hollow, and with a rim
    assert re.search(r"svg\.bars rect \{[^}]*fill: #0072b2", text)  # filled; Okabe and Ito's blue and vermilion
    assert "#d55e00" in text
    risk = text.split("<figure>")[1]
    assert risk.count('class="before"') == risk.count('class="after"') == 7  # six lines and the key


def test_the_figures_are_those_of_the_report(report: Report) -> None:
    words = Page(anonymise_page(report)).words["en"]
    assert f"{report.after.rows:,}" in words
    assert f"{report.utility.suppressed_rows}" in words
    assert "20,000 people" in words
    assert "Pitman" in words or "Zayatz" in words
    assert "Error of 50 random counts" in words


def test_no_value_of_the_table_stands_on_the_page(report: Report) -> None:
    text = anonymise_page(report)
    assert not [place for place in (*PLACES, "Timor", "NTT") if place in text]


def test_names_of_fields_are_escaped(report: Report) -> None:
    first, *rest = report.utility.fields
    drivers = tuple(replace(each, field=HOSTILE) for each in report.before.fields)
    hostile = replace(
        report,
        before=replace(report.before, fields=drivers),
        utility=replace(report.utility, fields=(replace(first, field=HOSTILE), *rest)),
    )
    assert is_sound(anonymise_page(hostile))
    assert "<iframe" not in anonymise_page(hostile)


def test_a_release_without_a_row_has_a_page_too(report: Report) -> None:
    nothing = Groups(np.zeros((0, 3), dtype=np.int32), (1, 1, 1), np.zeros(0, dtype=np.int64))
    assert is_sound(anonymise_page(replace(report, after=exposure(nothing, ["place", "age", "sex"], 50, 20_000))))
