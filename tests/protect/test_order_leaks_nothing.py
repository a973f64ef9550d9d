"""From what leaves, nobody learns in which order people stood in the sheet."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

from protect.people import Person, month, permit, redacted, row_texts, tokens_for

from exchange.protect.protected import Protected
from exchange.protect.protecting import protect


def sent(people: list[Person], household: list[int], order: list[int], seed: int = 5) -> Protected:
    people, household = [people[n] for n in order], [household[n] for n in order]
    return protect(redacted(permit("gt-ntt"), people, household), tokens_for(people), random.Random(seed))


def test_the_same_people_in_another_order_leave_exactly_the_same() -> None:
    people, household = month(150, 8)
    order = list(range(150))
    first = sent(people, household, order)
    for seed in range(4):
        random.Random(seed).shuffle(order)
        other = sent(people, household, order)
        assert other.rows is not None
        assert first.rows is not None
        assert other.rows.equals(first.rows)
        assert (other.tokens, other.tables, other.account) == (first.tokens, first.tables, first.account)


def test_rows_leave_in_an_order_that_the_randomness_decides() -> None:
    people, household = month(150, 8)
    order = list(range(150))
    one, two = (sent(people, household, order, seed) for seed in (1, 2))
    assert row_texts(one, "vic_TypeOfExploitation") != row_texts(two, "vic_TypeOfExploitation")
    came = [person["x_CaseRef"] for person in people]
    assert one.rows is not None
    left = [came.index(key) for key in one.rows["x_CaseRef"].to_pylist()]
    assert left != sorted(left)
    assert 0.25 < sum(a < b for a, b in pairwise(left)) / len(left) < 0.75


def test_who_lost_a_cell_is_not_seen_from_the_place_in_the_table() -> None:
    people, household = month(100, 8)
    places: Counter[bool] = Counter()
    for seed in range(20):
        out = sent(people, household, list(range(100)), seed)
        for place, row in enumerate(row_texts(out)):
            if "SUPPRESSED" in row:
                places[place < 50] += 1
    assert 0.4 < places[True] / places.total() < 0.6


def test_who_of_those_alike_loses_a_cell_stands_anywhere_among_them() -> None:
    """Four men need a fifth row to hide among: one of twelve women lends hers, and it is not always the first."""
    forms = ("forcedLabour", "sexualExploitation")
    people = [
        {"x_CaseRef": f"{gender}-{n}", "prs_Birthdate": "18-29", "prs_Gender": gender, "vic_TypeOfExploitation": form}
        for gender, times in (("Feminine", 6), ("Masculine", 2))
        for form in forms
        for n in (f"{form}-{time}" for time in range(times))
    ]
    ranks = set()
    for seed in range(12):
        out = sent(people, list(range(16)), list(range(16)), seed)
        assert out.rows is not None
        keys = out.rows["x_CaseRef"].to_pylist()
        lent = [key for key, row in zip(keys, row_texts(out), strict=True) if "SUPPRESSED" in row and key[0] == "F"]
        for key in lent:
            alike = [each for each in keys if each.rpartition("-")[0] == key.rpartition("-")[0]]
            ranks.add(alike.index(key))
    assert len(ranks) > 2


def test_who_of_several_loses_a_cell_is_decided_by_the_randomness() -> None:
    """Else it would be whoever comes first by value: and a withheld cell would say what stood in it."""
    people, household = month(100, 8)
    losers = set()
    for seed in range(4):
        out = sent(people, household, list(range(100)), seed)
        assert out.rows is not None
        keys = out.rows["x_CaseRef"].to_pylist()
        losers.add(frozenset(key for key, row in zip(keys, row_texts(out), strict=True) if "SUPPRESSED" in row))
    assert len(losers) > 1


def test_dictionaries_hold_what_occurs_in_the_order_of_the_text() -> None:
    people, household = month(150, 8)
    out = sent(people, household, list(range(150)))
    assert out.rows is not None
    for name in out.rows.column_names:
        column = out.rows[name].combine_chunks()
        words = column.dictionary.to_pylist()
        assert words == sorted(set(out.rows[name].to_pylist()))
