"""The released file: suppressed rows say nothing, direct identifiers and households stay, order tells nothing."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any

from protect.anonymise.tables import Case, plan_of, quasi

from exchange.protect.anonymise.recoded import Recoded, ladder_labels
from exchange.protect.anonymise.table.writing import released

FIELDS: dict[str, Any] = {
    "house": {"class": "household"},
    "sex": quasi(),
    "form": {"class": "sensitive"},
    "remark": {"class": "attribute"},
}
ASKED: dict[str, Any] = {
    "k": 2,
    "method": "full_domain",
    "l_diversity": {"form": {"distinct": 1 + 1}},
    "households": {"at_least": 2, "none_above_percent": 50},
}
ROWS = (("h1", "f", "a", "x, y"), ("h2", "f", "b", 'z"'), ("h3", "m", "a", "*"), ("h4", "f", "a", "=1"))


def lines_of(output: dict[str, str], seed: int = 1) -> list[list[str]]:
    case = Case(plan_of(ASKED, FIELDS, output), tuple(FIELDS), ROWS)
    coded, of_row = case.coded()
    recoded = Recoded((ladder_labels(coded.quasi[0], 0),), coded.combinations, coded.counts >= 2)
    text = "".join(released(case.source, case.plan, of_row, recoded, seed.to_bytes(16, "big")))
    return list(csv.reader(text.splitlines()))


def test_a_suppressed_row_is_all_stars_and_nobody_s_house_is_written() -> None:
    assert lines_of({"suppressed": "star", "order": "input"}) == [
        ["sex", "form", "remark"],
        ["f", "a", "x, y"],
        ["f", "b", 'z"'],
        ["*", "*", "*"],
        ["f", "a", "=1"],
    ]


def test_a_suppressed_row_is_left_out_where_nothing_is_said() -> None:
    assert ["*"] * 3 not in lines_of({})
    assert len(lines_of({})) == 4


def test_every_order_of_rows_is_as_likely_as_any_other() -> None:
    orders = Counter(tuple(line[2] for line in lines_of({}, seed)[1:]) for seed in range(600))
    assert len(orders) == 6
    assert min(orders.values()) > 60
