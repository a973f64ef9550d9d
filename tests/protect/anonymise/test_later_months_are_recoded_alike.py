"""A recoding that is kept: the same labels in later months, and the promise asked anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from protect.anonymise.solving import at_levels
from protect.anonymise.tables import Case, cases, plan_of, quasi

from exchange.errors import DisclosureError
from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.kept import keep, read_kept, repeat
from exchange.protect.anonymise.measuring.utility import query_error
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.recoded import Label, Recoded, ladder_labels
from exchange.protect.anonymise.table.ladders import quasi_identifier

FIELDS = {"place": quasi(ladder="places.csv"), "sex": quasi()}
PLAN = plan_of({"k": 2, "method": "local_labels"}, FIELDS)
HEAD = ("place", "sex")


def month(*rows: tuple[str, str]) -> Coded:
    return Case(PLAN, HEAD, rows).coded()[0]


def by_hand(coded: Coded, groups: dict[tuple[str, str], tuple[str, str]]) -> Recoded:
    """The recoding that gives each combination of texts the labels named, all from the ladders."""
    labels = tuple(
        tuple({label.text: label for level in range(each.levels) for label in ladder_labels(each, level)}.values())
        for each in coded.quasi
    )
    places = [[label.text for label in of_field] for of_field in labels]
    numbers = []
    for look in coded.combinations:
        texts = groups[tuple(q.values[n] for q, n in zip(coded.quasi, look, strict=True))]
        numbers.append([place.index(text) for place, text in zip(places, texts, strict=True)])
    return Recoded(labels, np.array(numbers, dtype=np.int32), np.ones(len(numbers), dtype=np.bool_))


def released(coded: Coded, recoded: Recoded) -> dict[tuple[str, ...], tuple[str, ...] | None]:
    found = {}
    for look, numbers, kept in zip(coded.combinations, recoded.numbers, recoded.kept, strict=True):
        texts = tuple(labels[n].text for labels, n in zip(recoded.labels, numbers, strict=True))
        found[tuple(q.values[n] for q, n in zip(coded.quasi, look, strict=True))] = texts if kept else None
    return found


OCTOBER = month(("Kupang", "f"), ("Kupang", "f"), ("Soe", "f"), ("Ende", "f"), ("Ende", "m"), ("Soe", "m"))
FOUND = by_hand(
    OCTOBER,
    {
        ("Kupang", "f"): ("Kupang", "f"),
        ("Soe", "f"): ("NTT", "f"),
        ("Ende", "f"): ("NTT", "f"),
        ("Ende", "m"): ("NTT", "m"),
        ("Soe", "m"): ("NTT", "m"),
    },
)


def repeated(coded: Coded, most_suppressed: int = 0) -> Recoded | None:
    kept = read_kept(keep(OCTOBER, FOUND).model_dump_json(), "october.json")
    return repeat(kept, coded, Judge(coded, PLAN.protect), most_suppressed)


def test_the_same_month_is_recoded_the_same() -> None:
    again = repeated(OCTOBER)
    assert again is not None
    assert released(OCTOBER, again) == released(OCTOBER, FOUND)


def test_a_group_that_is_too_small_now_joins_the_next_coarser_one() -> None:
    november = month(("Kupang", "f"), ("Maumere", "f"), ("Maumere", "m"), ("Ende", "m"))
    again = repeated(november)
    assert again is not None
    assert set(released(november, again).values()) == {("NTT", "f"), ("NTT", "m")}


def test_what_no_group_takes_is_suppressed_within_the_limit() -> None:
    november = month(("Bima", "f"), ("Kupang", "f"), ("Kupang", "f"))
    assert repeated(november) is None
    again = repeated(november, most_suppressed=1)
    assert again is not None
    assert released(november, again) == {("Bima", "f"): None, ("Kupang", "f"): ("Kupang", "f")}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"recoding": 2, "fields": [], "groups": []}', "nonsense"])
def test_a_file_that_is_no_recoding_is_refused(text: str) -> None:
    with pytest.raises(DisclosureError) as caught:
        read_kept(text, "october.json")
    assert caught.value.codes == ("recoding.unreadable",)


def test_a_label_that_covers_nothing_is_no_recoding() -> None:
    place, sex = keep(OCTOBER, FOUND).fields
    of_nothing = sex.model_copy(update={"labels": (sex.labels[0].model_copy(update={"covers": ()}),)})
    for field in (of_nothing, sex.model_copy(update={"labels": ()})):
        kept = keep(OCTOBER, FOUND).model_copy(update={"fields": (place, field), "groups": ()})
        with pytest.raises(DisclosureError) as caught:
            read_kept(kept.model_dump_json(), "october.json")
        assert caught.value.codes == ("recoding.unreadable",)


def test_a_group_that_names_a_label_that_is_not_there_is_refused() -> None:
    kept = keep(OCTOBER, FOUND)
    for groups in (((99, 0),), ((0,),)):
        with pytest.raises(DisclosureError):
            read_kept(kept.model_copy(update={"groups": groups}).model_dump_json(), "october.json")


def test_a_recoding_of_other_fields_is_refused() -> None:
    plan = plan_of({"k": 2, "method": "local_labels"}, {"sex": quasi(), "place": quasi(ladder="places.csv")})
    other = Case(plan, ("sex", "place"), (("f", "Soe"), ("f", "Soe"))).coded()[0]
    with pytest.raises(DisclosureError) as caught:
        repeated(other)
    assert caught.value.codes == ("recoding.other_fields",)


def test_a_recoding_by_levels_of_another_ladder_is_refused() -> None:
    kept = keep(OCTOBER, at_levels(OCTOBER, (1, 1), PLAN))
    other = quasi_identifier("place", 1, [("Kupang", "west"), ("Soe", "west"), ("Ende", "east")], ["Soe"], [""])
    november = replace(OCTOBER, quasi=(other, OCTOBER.quasi[1]))
    with pytest.raises(DisclosureError) as caught:
        repeat(kept, november, Judge(november, PLAN.protect), november.rows)
    assert caught.value.codes == ("recoding.other_fields",)


def test_a_label_that_covers_nobody_this_month_is_counted_as_nothing() -> None:
    plan = plan_of({"k": 2, "method": "local_ranges"}, {"sex": quasi()})
    october = Case(plan, ("sex",), (("f",), ("f",), ("m",), ("m",))).coded()[0]
    november = Case(plan, ("sex",), (("f",), ("f",))).coded()[0]
    kept = keep(october, replace(at_levels(october, (0,), plan), levels=None))
    again = repeat(kept, november, Judge(november, plan.protect), 0)
    assert again is not None
    assert [label.text for label in again.labels[0]] == ["f", "m"]
    assert query_error(november, again).mean == 0


@given(cases("full_domain"), cases("full_domain"))
def test_levels_that_were_kept_hold_for_every_other_month(first: Case, second: Case) -> None:
    october, _of_row = first.coded()
    levels = tuple(each.levels - 1 for each in october.quasi)
    labels = tuple(ladder_labels(each, level) for each, level in zip(october.quasi, levels, strict=True))
    nothing = np.zeros(october.combinations.shape, dtype=np.int32)
    kept = keep(october, Recoded(labels, nothing, np.ones(len(nothing), dtype=np.bool_), levels))
    november, _of_row = second.coded()
    asked = second.plan.protect.model_copy(update={"max_suppressed_rows_percent": 100.0})
    again = repeat(kept, november, Judge(november, asked), november.rows)
    assert again is not None
    assert not broken(november, again, asked)


def test_a_label_is_only_what_it_covers() -> None:
    lie = Recoded((*FOUND.labels[:1], (Label("f", np.array([1], dtype=np.int32)),)), FOUND.numbers * [1, 0], FOUND.kept)
    assert "protect.untrue_label" in {problem.code for problem in broken(OCTOBER, lie, PLAN.protect)}
