"""Question 16: k asked and reached by rows, the smallest count by tables, and the risk across releases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking.books import Book, ask, at, codes, send, wrong
from simulator import SENDER, founded, quick_folder

from exchange.audit.entries import Counts

NO_TABLES = {"tables": 0, "cell_asked": None, "cell_reached": None}


def counts(**said: Any) -> Counts:
    tables = {"tables": 6, "cell_asked": 5, "cell_reached": 7}
    return Counts(**{"rows_in": 40, "rows_out": 38, "k_asked": 5, "k_reached": 6, **tables, **said})


def two_months(**second: Any) -> Book:
    """The second of two months, as it is told."""
    book = Book("yks")
    send(book, "gt-ntt", "2026-09", at("2026-10-05"), counts=counts())
    send(book, "gt-ntt", "2026-10", at("2026-11-05"), counts=counts(**{"exposed": 0, "cells_exposed": 0, **second}))
    return book


def tables_alone(**second: Any) -> Book:
    """Two quarters of statistics: no rows, so no k."""
    book = Book("yks")
    no_rows = {"rows_out": 0, "k_asked": None, "k_reached": None}
    send(book, "dinas-p3a", "2026-Q3", at("2026-10-05"), counts=counts(**no_rows))
    later = {"exposed": 0, "cells_exposed": 0, **no_rows, **second}
    send(book, "dinas-p3a", "2026-Q4", at("2026-12-30"), counts=counts(**later))
    return book


def test_an_honest_sender_reached_k() -> None:
    book = two_months()
    answer = ask("anonymity", book)
    assert str(answer.sentence) == (
        "2 bundles were packed; smallest k where k is a gate: 6 of 5; smallest count in tables: 7 of 5; "
        "0 people are singled out across releases; 0 cells of tables differ by too few"
    )
    assert not answer.findings
    assert book.proves(answer)
    assert str(answer.lines[1]) == (
        "2026-11-05: yks to gt-ntt, 2026-10, yks-gt-ntt-2026-10: k 6 of 5, a gate, smallest count in tables: 7 of 5, "
        "across releases 0, cells across releases 0"
    )
    assert answer.sample == ("yks-gt-ntt-2026-09", "yks-gt-ntt-2026-10")


@pytest.mark.parametrize("asked", [5, 2], ids=["as agreed", "less than agreed"])
def test_a_release_below_k_is_wrong(asked: int) -> None:
    book = two_months(k_asked=asked, k_reached=3)
    answer = ask("anonymity", book)
    assert codes(answer) == ["audit.k_below"]
    assert "left with k 3; asked was 5" in answer.findings[0].what
    assert wrong(answer)
    assert answer.findings[0].entry == 2


def test_people_who_are_singled_out_across_releases_are_wrong() -> None:
    answer = ask("anonymity", two_months(exposed=2))
    assert codes(answer) == ["audit.exposed_across"]
    assert "together single out 2 people" in answer.findings[0].what


@pytest.mark.parametrize("asked", [5, 2], ids=["as agreed", "less than agreed"])
@pytest.mark.parametrize("made", [two_months, tables_alone], ids=["beside rows", "alone"])
def test_a_table_that_tells_of_fewer_than_agreed_is_wrong(made: Callable[..., Book], asked: int) -> None:
    answer = ask("anonymity", made(cell_asked=asked, cell_reached=3))
    assert codes(answer) == ["audit.cell_below"]
    assert "left with a count of 3 in a table; the smallest asked was 5" in answer.findings[0].what
    assert wrong(answer)
    assert answer.findings[0].entry == 2
    assert "smallest count in tables: 3 of 5" in str(answer.sentence)


def test_cells_that_differ_by_few_across_releases_are_wrong() -> None:
    answer = ask("anonymity", tables_alone(cells_exposed=2))
    assert codes(answer) == ["audit.exposed_across"]
    assert "2 cells of the tables in yks-dinas-p3a-2026-Q4 differ from earlier ones" in answer.findings[0].what


def test_tables_alone_have_a_smallest_count_and_no_k() -> None:
    book = tables_alone()
    answer = ask("anonymity", book)
    assert not answer.findings
    assert str(answer.sentence) == (
        "2 bundles were packed; 2 bundles have no rows of people; smallest count in tables: 7 of 5; "
        "0 people are singled out across releases; 0 cells of tables differ by too few"
    )
    assert str(answer.lines[0]).endswith("no rows of people, smallest count in tables: 7 of 5")
    assert book.proves(answer)


def test_tables_of_which_every_count_is_withheld_tell_none() -> None:
    answer = ask("anonymity", tables_alone(cell_reached=None))
    assert not answer.findings
    assert "no rows of people, every count in its tables is withheld" in str(answer.lines[1])


def test_of_tables_logs_of_earlier_versions_do_not_tell_the_smallest_count() -> None:
    answer = ask("anonymity", tables_alone(cell_asked=None, cell_reached=None, cells_exposed=None))
    assert codes(answer) == ["audit.cell_untold", "audit.across_untold"]
    assert not wrong(answer)
    assert "of 1 bundle with tables no smallest count is told" in str(answer.sentence)
    assert "no smallest count of its tables is told" in str(answer.lines[1])


def test_what_is_told_of_no_figure_at_all_is_said_to_be_untold() -> None:
    book = Book("yks")
    send(book, "gt-ntt", "2026-09", at("2026-10-05"), counts=None)
    answer = ask("anonymity", book)
    assert codes(answer) == ["audit.k_untold", "audit.cell_untold"]
    assert str(answer.lines[0]).endswith("no k is told, no smallest count of its tables is told")


def test_a_tier_without_tables_owes_no_word_of_any() -> None:
    book = Book("yks")
    send(book, "io-id", "2026-09", at("2026-10-05"), counts=counts(k_asked=None, **{**NO_TABLES, "tables": None}))
    answer = ask("anonymity", book)
    assert not answer.findings
    assert "tables" not in str(answer.sentence) + str(answer.lines[0])


def test_of_personal_data_k_and_the_risk_across_releases_are_told_and_no_gate() -> None:
    book = Book("yks")
    reported = {"k_asked": None, "k_reached": 1, **NO_TABLES}
    send(book, "io-id", "2026-09", at("2026-10-05"), counts=counts(**reported))
    send(book, "io-id", "2026-10", at("2026-11-05"), counts=counts(**reported, exposed=2))
    answer = ask("anonymity", book)
    assert not answer.findings
    assert "smallest k where it is only reported: 1; 2 people are singled out" in str(answer.sentence)
    assert "a gate" not in str(answer.sentence)
    assert str(answer.lines[0]).endswith("k 1, only reported")


def test_logs_of_earlier_versions_do_not_tell_the_risk_across_releases() -> None:
    answer = ask("anonymity", two_months(exposed=None))
    assert codes(answer) == ["audit.across_untold"]
    assert not wrong(answer)
    assert str(answer.sentence).endswith("; of 1 bundle this is not told")


def test_rows_without_k_are_to_be_looked_at_and_no_rows_need_none() -> None:
    assert codes(ask("anonymity", two_months(k_reached=None))) == ["audit.k_untold"]
    empty = ask("anonymity", two_months(k_reached=None, rows_out=0))
    assert not empty.findings
    assert "1 bundle has no rows of people" in str(empty.sentence)
    assert "no rows of people" in str(empty.lines[1])


def test_what_never_left_is_no_release() -> None:
    book = two_months(k_reached=2)
    entry = book.openings[2].entry
    about = {"counterpart": "gt-ntt", "bundle": entry.bundle, "ciphertext": entry.ciphertext, "period": "2026-10"}
    book.note("release.rejected", at("2026-11-06"), person="officer.1", **about)
    answer = ask("anonymity", book)
    assert not answer.findings
    assert len(answer.evidence) == 1


def test_without_the_agreement_nothing_is_judged() -> None:
    book = two_months(k_reached=2, exposed=3, cell_reached=1)
    book.documents = {}
    answer = ask("anonymity", book)
    assert codes(answer) == ["audit.agreement_absent"]
    assert not wrong(answer)
    assert "smallest k where it is not known whether it is a gate: 2" in str(answer.sentence)


def test_only_what_is_asked_about_counts() -> None:
    book = two_months(k_reached=2)
    assert not ask("anonymity", book, until=dt.date(2026, 10, 31)).findings
    assert not ask("anonymity", book, recipient="io-id").evidence
    assert not ask("anonymity", book, sender="gt-ntt").evidence


def test_packing_writes_what_its_tables_tell(tmp_path: Path) -> None:
    with quick_folder(tmp_path) as folder:
        real = founded(folder)
        packed = {each.sealed.ciphertext: each.prepared for each in real.pack()}
        told = [(packed[str(each.ciphertext)], each.counts) for each in real.entries(SENDER, "bundle.packed")]
    assert len(told) == len(packed) > 1
    for prepared, figures in told:
        assert figures is not None
        asked, tables = prepared.permit.tier.protect.tables, prepared.protected.tables
        printed = [cell.count for table in tables for cell in table.cells if cell.count is not None]
        assert figures.tables == len(tables)
        assert figures.cell_asked == (asked.min_cell if asked and tables else None)
        assert figures.cell_reached == min(printed, default=None)
    assert any(figures.cell_reached for _prepared, figures in told if figures is not None)
