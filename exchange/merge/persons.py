"""Person ids of our own, which stay when the reports are linked anew.

An id is random and says nothing. It stays with the group that shares most reports with what the person was before; a
report is known again by its identity (see `records`), which a correction does not change. Merges and splits are kept.
"""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

ID_BYTES = 10


class Change(BaseModel):
    """`merged`: `person` took in `others`. `split`: from `person` came `others`. `at`: the store's generation then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["merged", "split"]
    person: str
    others: tuple[str, ...]
    at: int


class Persons(BaseModel):
    """Who is known: for each person the identities of the reports (hexadecimal, sorted), and what changed when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known: dict[str, tuple[str, ...]] = {}
    changes: tuple[Change, ...] = ()


def within(persons: Persons, identities: Collection[str]) -> Persons:
    """`persons` as far as reports of these identities (hexadecimal) know them: who has none left is forgotten."""
    left = {name: tuple(each for each in known if each in identities) for name, known in persons.known.items()}
    known = {name: those for name, those in left.items() if those}
    return Persons(known=known, changes=tuple(each for each in persons.changes if each.person in known))


def name_groups(
    before: Persons, groups: Sequence[frozenset[str]], at: int, randomness: Callable[[int], bytes]
) -> tuple[tuple[str, ...], Persons]:
    """An id for each group of identities, and who is known now. `at`: the store's generation."""
    overlaps = _overlaps(before, groups)
    names = _kept(overlaps)
    taken = {*before.known, *names.values()}
    for place in range(len(groups)):
        if place not in names:
            names[place] = _fresh(randomness, taken)
            taken.add(names[place])
    known = {names[place]: tuple(sorted(group)) for place, group in enumerate(groups)}
    changes = (*before.changes, *_changes(overlaps, names, at))
    return tuple(names[place] for place in range(len(groups))), Persons(
        known=dict(sorted(known.items())), changes=changes
    )


def _overlaps(before: Persons, groups: Sequence[frozenset[str]]) -> Counter[tuple[int, str]]:
    """(group, person before) → how many reports they share."""
    persons: defaultdict[str, list[str]] = defaultdict(list)
    for person, identities in before.known.items():
        for identity in identities:
            persons[identity].append(person)
    return Counter(
        (place, person)
        for place, group in enumerate(groups)
        for identity in group
        for person in persons.get(identity, ())
    )


def _kept(overlaps: Counter[tuple[int, str]]) -> dict[int, str]:
    """The largest overlap first; no group has two names and no name two groups."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for (place, person), _shared in sorted(overlaps.items(), key=lambda each: (-each[1], each[0][1], each[0][0])):
        if place not in names and person not in taken:
            names[place] = person
            taken.add(person)
    return names


def _changes(overlaps: Counter[tuple[int, str]], names: dict[int, str], at: int) -> Iterator[Change]:
    came_from: defaultdict[int, set[str]] = defaultdict(set)
    went_to: defaultdict[str, set[str]] = defaultdict(set)
    for place, person in overlaps:
        came_from[place].add(person)
        went_to[person].add(names[place])
    for place, persons in sorted(came_from.items()):
        if len(persons) > 1:
            yield Change(kind="merged", person=names[place], others=tuple(sorted(persons - {names[place]})), at=at)
    for person, now in sorted(went_to.items()):
        if len(now) > 1:
            yield Change(kind="split", person=person, others=tuple(sorted(now - {person})), at=at)


def _fresh(randomness: Callable[[int], bytes], taken: set[str]) -> str:
    while (name := "h" + base64.b32encode(randomness(ID_BYTES)).decode("ascii").lower()) in taken:
        pass
    return name
