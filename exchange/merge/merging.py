"""Merge: from the store to each person once.

records    all reports, side by side                 (`records`)
link       which are of one person, how surely       (`linking`)
group      what hangs together, within reason        (`grouping`)
name       ids that stay from merge to merge         (`persons`)
view       one value per field, all others kept      (`people`)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from exchange.errors import MergeError
from exchange.merge.grouping import Groups, group
from exchange.merge.linking.linking import link
from exchange.merge.people import Merged, view
from exchange.merge.persons import Persons, name_groups, within
from exchange.merge.records import Records
from exchange.merge.store import Store


def merge(store: Store, randomness: Callable[[int], bytes] = os.urandom) -> Merged:
    """Each person once, over all that the store holds. The ids given are kept in the store.

    `randomness(n)`: n random bytes, for new ids. MergeError: as `Store.segments`; `engine.memory`, `engine.failed`.
    """
    records = store.records()
    groups = group(records, link(records))
    before = _before(store)
    names, now = name_groups(before, _identities(records, groups), store.generation, randomness)
    if now != before:
        store.keep("people", now.model_dump_json().encode())
    return view(records, groups, names, now.changes)


def forget(store: Store) -> None:
    """Forget everybody whose reports are no longer in the store. Where they cannot be read, everybody: ids are given
    anew with the next merge."""
    before = _before(store)
    try:
        identities = {each.hex() for each in store.records().reports.column("identity").to_pylist()}
    except MergeError:
        identities = set()
    now = within(before, identities)
    if now != before:
        store.keep("people", now.model_dump_json().encode())


def known_as(store: Store, moved: Mapping[bytes, bytes]) -> None:
    """Reports have other identities than before, since their tokens were made anew: their people keep their ids."""
    before, names = _before(store), {old.hex(): new.hex() for old, new in moved.items()}
    known = {person: tuple(sorted({names.get(e, e) for e in those})) for person, those in before.known.items()}
    now = before.model_copy(update={"known": known})
    if now != before:
        store.keep("people", now.model_dump_json().encode())


def _before(store: Store) -> Persons:
    kept = store.kept("people")
    return Persons() if kept is None else Persons.model_validate_json(kept)


def _identities(records: Records, groups: Groups) -> list[frozenset[str]]:
    """For each group what its reports are known by."""
    found: list[set[str]] = [set() for _ in range(max(groups.group_of, default=-1) + 1)]
    for number, identity in zip(groups.group_of, records.reports.column("identity").to_pylist(), strict=True):
        found[number].add(identity.hex())
    return [frozenset(each) for each in found]
