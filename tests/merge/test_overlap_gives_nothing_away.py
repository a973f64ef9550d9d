"""How many people two sources know together: true where shown, and no small count can be worked out of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from merge.received import KEY, START, bundle
from merge.test_only_tables_are_published import merged

from exchange.merge.counting.overlap import MANY, Overlap, Sources, overlap, shown
from exchange.merge.counts import count_people
from exchange.merge.merging import merge
from exchange.merge.store import Store

NAMES = ("a", "b", "c")
SETS = tuple(each for size in (1, 2, 3) for each in combinations(NAMES, size))
Cells = dict[tuple[str, ...], int | None]


def cells(told: Overlap) -> Cells:
    found: Cells = {("people",): told.people}
    found |= {("source", name): known for name, known in zip(told.sources, told.known, strict=True)}
    found |= {("both", *pair): count for pair, count in told.both.items()}
    return found | {("of", str(n)): count for n, count in enumerate(told.of, 1)}


def true_count(cell: tuple[str, ...], people: Counter[Sources]) -> int:
    def holds(known: Sources) -> bool:
        match cell:
            case ("people",):
                return True
            case ("source", name):
                return name in known
            case ("both", one, other):
                return one in known and other in known
        return min(len(known), MANY) == int(cell[1])

    return sum(count for known, count in people.items() if holds(known))


def everybody(sizes: tuple[int, ...]) -> Counter[Sources]:
    return Counter({each: size for each, size in zip(SETS, sizes, strict=True) if size})


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.sampled_from([0, 1, 2, 3, 5, 20])] * 7), st.integers(2, 4))
def test_what_is_shown_is_true_and_never_small(sizes: tuple[int, ...], least: int) -> None:
    people = everybody(sizes)
    for cell, count in cells(shown(people, least)).items():
        assert count is None or (count == true_count(cell, people) and count >= least)


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.integers(0, 3)] * 7).filter(
        lambda sizes: all(any(n in s for s, c in zip(SETS, sizes, strict=True) if c) for n in NAMES)
    )
)
def test_an_attacker_who_tries_everybody_there_could_be_finds_no_small_count(sizes: tuple[int, ...]) -> None:
    """The attacker knows how many people there are in all, and all that is shown together."""
    least, people = 2, everybody(sizes)
    total = sum(sizes)
    if total > 8:
        sizes = tuple(min(each, 1) for each in sizes)
        people, total = everybody(sizes), sum(sizes)
    told = cells(shown(people, least))
    if told["people",] is None:
        return
    fitting = [
        each
        for each in (everybody(guess) for guess in product(range(total + 1), repeat=7) if sum(guess) == total)
        if all(count is None or true_count(cell, each) == count for cell, count in told.items())
    ]
    for cell, count in told.items():
        if count is None and true_count(cell, people) < least:
            possible = {true_count(cell, each) for each in fitting}
            assert 0 in possible, cell
            assert max(possible) >= least, cell


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("FM"), st.sampled_from([("a",), ("b",), ("a", "b")])), min_size=3, max_size=8)
)
def test_tables_and_overlap_together_give_no_small_count_away(people: list[tuple[str, Sources]]) -> None:
    """They are protected one by one; whoever puts them side by side learns no more."""
    least = 2
    told = cells(shown(Counter(known for _gender, known in people), least))
    (table,) = count_people(
        merged([(gender,) for gender, _known in people], ("prs_Gender",)), [("prs_Gender",)], least
    ).tables
    genders = {cell.values[0]: cell.count for cell in table.cells}
    kinds = list(product("FM", [("a",), ("b",), ("a", "b")]))
    fitting = [each for each in guesses(len(people), len(kinds)) if fits(kinds, each, told, genders)]
    for cell, count in told.items():
        if count is None and true_count(cell, Counter(known for _g, known in people)) < least:
            possible = {true_count(cell, by_sources(kinds, each)) for each in fitting}
            assert (min(possible), max(possible) >= least) == (0, True), cell
    for gender in "FM":
        if sum(person[0] == gender for person in people) in range(1, least):
            possible = {sum(n for (g, _k), n in zip(kinds, each, strict=True) if g == gender) for each in fitting}
            assert (min(possible), max(possible) >= least) == (0, True), gender


def guesses(total: int, kinds: int) -> Iterator[tuple[int, ...]]:
    if kinds == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in guesses(total - first, kinds - 1))


def by_sources(kinds: list[tuple[str, Sources]], guess: tuple[int, ...]) -> Counter[Sources]:
    found: Counter[Sources] = Counter()
    for (_gender, known), number in zip(kinds, guess, strict=True):
        found[known] += number
    return found


def fits(kinds: list[tuple[str, Sources]], guess: tuple[int, ...], told: Cells, genders: dict[str, int | None]) -> bool:
    known = by_sources(kinds, guess)
    by_gender = {g: sum(n for (gender, _k), n in zip(kinds, guess, strict=True) if gender == g) for g in "FM"}
    return all(count is None or true_count(cell, known) == count for cell, count in told.items()) and all(
        count is None or gender == "*" or by_gender[gender] == count for gender, count in genders.items()
    )


def test_twelve_sources_keep_most_of_their_overlap() -> None:
    names = [f"s{n:02}" for n in range(12)]
    people = Counter({(name,): 200 + n for n, name in enumerate(names)})
    people.update(dict.fromkeys(combinations(names, 2), 20))
    people.update({(*names[:3],): 30, (*names[5:9],): 1})
    told = shown(people, 11)
    assert told.withheld < 8
    assert told.of[0] == sum(200 + n for n in range(12))


def test_people_known_to_two_sources_are_counted_once_and_seen_in_both(tmp_path: Path) -> None:
    held = {f"p{n}": {"nik": f"n{n}", "name_dob": f"d{n}", "name_year_regency": f"y{n}"} for n in range(20)}
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(bundle("a", [{"x_CaseRef": key} for key in held], tokens=held), START)
        some = {key: held[key] for key in list(held)[:12]}
        rows = [{"x_CaseRef": key} for key in some]
        store.apply(bundle("b", rows, sender="rpk", agreement="DSA-2", tokens=some), START)
        told = overlap(merge(store), 5)
    assert (told.people, told.sources, told.known) == (20, ("rpk", "yks"), (12, 20))
    assert told.both == {("rpk", "yks"): 12}
    assert told.of == (8, 12)
