"""The matrix of the audit page: who sent what to whom, month by month."""

from __future__ import annotations

from exchange.audit.matches import Match
from exchange.reports.audit_months import Cell, years


def match(sender: str, recipient: str, **told: object) -> Match:
    whole = {"received": 1, "outcome": 2, "outcome_kind": "bundle.accepted", "acknowledged": 3}
    return Match("sha256:" + "0" * 64, sender, recipient, 0, **(whole | told))  # type: ignore[arg-type]


def test_each_year_has_a_table_and_each_pair_a_row() -> None:
    sent = [
        (match("yks", "gt-ntt"), "2026-10"),
        (match("yks", "gt-ntt"), "2026-10"),
        (match("peduli", "gt-ntt", acknowledged=None), "2026-09"),
        (match("yks", "gt-ntt"), "2027-01"),
        (match("yks", "gt-ntt"), ""),
    ]
    first, second = years(sent)
    assert (first.name, first.periods) == ("2026", ("2026-09", "2026-10"))
    assert [(row.sender, row.cells) for row in first.rows] == [
        ("peduli", (Cell(1, "open"), None)),
        ("yks", (None, Cell(2, "whole"))),
    ]
    assert second.periods == ("2027-01",)


def test_the_worst_of_several_files_is_shown() -> None:
    refused = match("yks", "gt-ntt", outcome_kind="bundle.refused", acknowledged=None)
    whole, lost = match("yks", "gt-ntt"), match("yks", "gt-ntt", received=None, outcome=None, outcome_kind=None)
    assert years([(whole, "2026-10"), (refused, "2026-10")])[0].rows[0].cells == (Cell(2, "refused"),)
    assert years([(refused, "2026-10"), (lost, "2026-10")])[0].rows[0].cells == (Cell(2, "open"),)


def test_nothing_sent_is_no_table() -> None:
    assert years([]) == ()
