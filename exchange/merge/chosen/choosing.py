"""For each person and field the report whose value is taken, by the rule that the recipient has set.

Each rule is a rank: of a person's reports that say something of the field the one with the highest rank is taken, and
of several with the same rank the one received last. The order in which reports stand decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.merge.chosen.rules import MergingRules
from exchange.merge.chosen.told import Coded, Places, coded, first_of_each
from exchange.merge.records import Records

# How exactly a rule of an agreement lets a value be told; what stands nowhere here is told as it was recorded.
_EXACT = 9
_LEVELS = {
    "district": 8,
    "regency": 7,
    "province": 6,
    "island": 5,
    "country": 4,
    "subregion": 3,
    "region": 2,
    "month": 7,
    "quarter": 6,
    "year": 5,
    "sector": 4,
    "broad_sector": 3,
}
_COARSER = 5  # a band, an interval, a level of a ladder of the parties' own
_RULES = {"keep": _EXACT, "scrub": _EXACT, "mask": 1}


@dataclass(frozen=True, slots=True)
class Told:
    """What the reports tell of each field, and by what a rule chooses between them. Reports by number.

    `turn`: the place of each report from the first received to the last; ties are decided by what the report is, not by
    where it stands. `level`: of each field, how coarse each report tells it, as numbers that are equal where two values
    can be compared, and the words for them. `hushed`: the reports of sensitive sources.
    """

    fields: dict[str, Coded]
    level: dict[str, Coded]
    source: Coded
    hushed: NDArray[np.bool_]
    turn: Places
    lists: frozenset[str]

    def of(self, reports: Places, fields: Iterable[str]) -> Told:
        """The same of these reports alone, for those of `fields` that are there."""
        names = [name for name in fields if name in self.fields]
        return Told(
            fields={name: self.fields[name].take(reports) for name in names},
            level={name: self.level[name].take(reports) for name in names},
            source=self.source.take(reports),
            hushed=self.hushed[reports],
            turn=self.turn[reports],
            lists=self.lists,
        )


def told(records: Records, fields: Sequence[str], person: Places, rules: MergingRules) -> Told:
    """What `records` tell of `fields`; a sensitive source says nothing."""
    source, release = coded(records.reports.column("source")), coded(records.reports.column("release"))
    hushed = np.isin(source.numbers, [n for n, name in enumerate(source.values) if name in rules.sensitive])
    return Told(
        fields={name: coded(records.values.column(name), records.missing).silent_where(hushed) for name in fields},
        level={name: _levels(records, name, release) for name in fields},
        source=source,
        hushed=hushed,
        turn=_turn(records, person, release),
        lists=records.lists,
    )


def chosen(told: Told, field: str, person: Places, people: int, rules: MergingRules) -> Places:
    """For each of so many people the report whose value of `field` is taken, -1 where none says anything.

    `person`: for each report its person, -1 where it is nobody's.
    """
    return last_of_each(ranked(told, field, person, rules), person, people)


def ranked(told: Told, field: str, person: Places, rules: MergingRules) -> Places:
    """The reports that say something of `field` and are somebody's, the one to be taken before all others last. Whose
    they are counts only under `majority`."""
    telling = np.flatnonzero((told.fields[field].numbers >= 0) & (person >= 0))
    rank = _rank(told, field, telling, person, rules)
    return telling[np.lexsort((told.turn[telling], *rank[::-1]))]


def last_of_each(order: Places, person: Places, people: int) -> Places:
    """For each person the last of theirs in `order`, -1 where there is none."""
    found = np.full(people, -1, dtype=np.int64)
    found[person[order]] = order  # of several the last stays
    return found


def _rank(told: Told, field: str, telling: Places, person: Places, rules: MergingRules) -> tuple[Places, ...]:
    """By what the reports `telling` are compared before the time of receipt, the most important first."""
    match rules.of(field):
        case "latest":
            return ()
        case "most_complete":
            return _exactness(told, field)[telling], _codes(told, field)[telling]
        case "most_trusted":
            place = {name: len(rules.trusted) - n for n, name in enumerate(rules.trusted)}
            trust = np.array([place.get(name, 0) for name in told.source.values], dtype=np.int64)
            return (trust[told.source.numbers[telling]],)
        case "majority":
            return (_votes(told, field, telling, person),)


def _exactness(told: Told, field: str) -> Places:
    level = told.level[field]
    return np.array([exactness(words) for words in level.values] + [0], dtype=np.int64)[level.numbers]


def exactness(level: str) -> int:
    """How exactly a value is told at a level as `Records.levels` has it ("generalise month"): more is finer."""
    rule, _space, name = level.partition(" ")
    return _LEVELS.get(name) or _RULES.get(rule, _COARSER)


def _codes(told: Told, field: str) -> Places:
    """How many codes a value has: one, but in a list."""
    values = told.fields[field]
    several = field in told.lists
    counts = [value.count(";") + 1 if several else 1 for value in values.values]
    return np.array([*counts, 0], dtype=np.int64)[values.numbers]


def _votes(told: Told, field: str, telling: Places, person: Places) -> Places:
    """For each telling report how many sources told its value last of its person."""
    value, source = told.fields[field].numbers[telling], told.source.numbers[telling]
    who, turn = person[telling], told.turn[telling]
    order = np.lexsort((turn, source, who))
    last = np.roll(first_of_each([who[order], source[order]]), -1)  # the next one begins another source or person
    voting = order[last]
    key = who * (len(told.fields[field].values) + 1) + value
    ballots, votes = np.unique(key[voting], return_counts=True)
    place = np.searchsorted(ballots, key)
    place[place == len(ballots)] = 0
    return np.where(ballots[place] == key, votes[place], 0) if len(ballots) else np.zeros(len(key), dtype=np.int64)


def _levels(records: Records, field: str, release: Coded) -> Coded:
    words = [records.levels.get((name, field), "") for name in release.values]
    values = tuple(sorted(set(words)))
    place = {each: n for n, each in enumerate(values)}
    return Coded(np.array([place[each] for each in words] or [0], dtype=np.int64)[release.numbers], values)


def _turn(records: Records, person: Places, release: Coded) -> Places:
    """Received, then made, then by bundle, then by row key: the last only where one bundle tells twice of a person."""
    received, made = (records.reports.column(name).cast("int64").to_numpy() for name in ("received", "created"))
    order = np.lexsort((_by_row_key(records, person, release), release.numbers, made, received))
    turn = np.empty(len(order), dtype=np.int64)
    turn[order] = np.arange(len(order))
    return turn


def _by_row_key(records: Records, person: Places, release: Coded) -> Places:
    order = np.lexsort((release.numbers, person))
    new = first_of_each([person[order], release.numbers[order]])
    again = ~(new & np.roll(new, -1)) if len(order) else new
    twice = order[again]
    keys = records.reports.column("row_key").take(twice).to_pylist()
    rank = np.zeros(len(records), dtype=np.int64)
    for place, (_key, row) in enumerate(sorted(zip(keys, twice.tolist(), strict=True))):
        rank[row] = place
    return rank
