"""What a reviewer sees of two reports, and what not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from merge.received import KEY, START, bundle

from exchange.merge.chosen.rules import LATEST, MergingRules
from exchange.merge.decisions import two
from exchange.merge.merging import grouped
from exchange.merge.sides import Sides, side_by_side
from exchange.merge.store import Store

MARK = "ForcedLabour"
ROW = {"x_CaseRef": "pbenciae", "vic_TypeOfExploitation": MARK, "prs_Gender": "Feminine"}


def sides(folder: Path, rules: MergingRules) -> Sides:
    with Store.open(folder / "store", KEY) as store:
        for sender, agreement in (("yks", "DSA-1"), ("rpk", "DSA-2")):
            tokens = {"pbenciae": {"nik": "same"}}
            came = bundle(sender, [ROW], sender=sender, agreement=agreement, tokens=tokens)
            store.apply(came, START + dt.timedelta(hours=1))
        found = grouped(store)
    one, other = (name.hex() for name in found.records.reports.column("identity").to_pylist())
    return side_by_side(found, two(one, other), rules)


def test_values_and_whether_they_agree_are_shown_and_no_token(tmp_path: Path) -> None:
    found = sides(tmp_path, LATEST)
    assert [
        (line.left, line.right, line.likeness) for line in found.fields if line.field == "vic_TypeOfExploitation"
    ] == [(MARK, MARK, "agree")]
    assert dict(found.tokens)["nik"] == "agree"


@pytest.mark.parametrize("hidden", [("yks",), ("rpk",), ("yks", "rpk")])
def test_of_a_sensitive_source_no_value_is_shown(tmp_path: Path, hidden: tuple[str, ...]) -> None:
    found = sides(tmp_path, MergingRules(sensitive=hidden))
    shown = [value for line in found.fields for value in (line.left, line.right) if value is not None]
    assert len(shown) == (2 if len(hidden) == 1 else 0)
    assert {line.likeness for line in found.fields} == {"not_known"}
