"""Merge: from the store to each person once.

records    all reports, side by side                 (`records`)
link       which are of one person, how surely       (`linking`)
group      what hangs together, within reason, and   (`grouping`)
           as people decided                         (`decisions`)
name       ids that stay from merge to merge         (`persons`)
measure    how often a link is wrong                 (`false_merges`)
view       one value per field, all others kept      (`people`)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from exchange.engines.sql import Database
from exchange.errors import MergeError
from exchange.merge.changes import Explaining
from exchange.merge.chosen.rules import LATEST, MergingRules
from exchange.merge.decisions import Decisions
from exchange.merge.false_merges import false_merge_rate
from exchange.merge.grouping import Groups, group
from exchange.merge.identities import Identities
from exchange.merge.linking.compared import Compared
from exchange.merge.linking.linking import Links, link
from exchange.merge.people import Merged, view
from exchange.merge.persons import Persons, name_groups
from exchange.merge.records import Records
from exchange.merge.store import Store


@dataclass(frozen=True, slots=True)
class Grouped:
    """The reports of a store, linked and grouped, as far as what was decided about them allows."""

    records: Records
    links: Links
    groups: Groups
    decisions: Decisions
    known: Identities

    @property
    def explaining(self) -> Explaining:
        return Explaining(self.known, self.links, self.decisions, self.groups)


def grouped(store: Store, database: Database | None = None) -> Grouped:
    """Changes nothing. `database`: where to link, else in memory here.

    MergeError: as `Store.segments`; `engine.memory`, `engine.failed`.
    """
    records = store.records()
    known = Identities.of_reports(records)
    decisions = still_here(decided(store), known)
    links = link(records, database, compared(store))
    return Grouped(records, links, group(records, links, decisions), decisions, known)


def merge(
    store: Store,
    randomness: Callable[[int], bytes] = os.urandom,
    rules: MergingRules = LATEST,
    database: Database | None = None,
) -> Merged:
    """Each person once, over all that the store holds. The ids given are kept in the store.

    `rules`: by which a person's values are chosen. `randomness(n)`: n random bytes, for new ids. `database`,
    MergeError: as `grouped`.
    """
    found = _grouped_at_rest(store, database)
    decide(store, partial(still_here, known=found.known))
    before = named(store)
    names, now = name_groups(before, found.known, found.groups, store.generation, randomness, found.explaining)
    _keep_persons(store, before, now)
    if found.links.compared.releases:
        store.keep("compared", found.links.compared.to_bytes())
    measured = false_merge_rate(found.links, found.known, found.decisions)
    merged = view(found.records, found.groups, names, now.changes, rules, found.links.pairs, measured)
    return replace(merged, counts=replace(merged.counts, checked=found.links.checked))


def _grouped_at_rest(store: Store, database: Database | None) -> Grouped:
    """As `grouped`, of a store that nobody changed meanwhile: what was erased while it was linked stays erased."""
    while True:
        generation = store.generation
        found = grouped(store, database)
        if store.generation == generation:
            return found


def forget(store: Store) -> None:
    """Forget everybody whose reports are no longer in the store, and what was decided about them. Where they cannot be
    read, everybody: ids are given anew with the next merge."""
    try:
        known = Identities.of_reports(store.records())
    except MergeError:
        known = Identities.none()
    decide(store, partial(still_here, known=known))
    before = named(store)
    _keep_persons(store, before, before.within(known))
    store.drop("compared")


def compared(store: Store) -> Compared | None:
    """What the last merge compared, with whatever is gone since."""
    kept = store.kept("compared")
    return None if kept is None else Compared.from_bytes(kept)


def known_as(store: Store, moved: Mapping[bytes, bytes]) -> None:
    """Reports have other identities than before, since their tokens were made anew: their people keep their ids, and
    what was decided about them stands."""
    if moved:
        before = named(store)
        _keep_persons(store, before, before.known_as(moved))
        names = {old.hex(): new.hex() for old, new in moved.items()}
        decide(store, lambda decisions: decisions.known_as(names))


def decided(store: Store) -> Decisions:
    """All that people decided about pairs of reports."""
    return _decisions(store.kept("decisions"))


def decide(store: Store, after: Callable[[Decisions], Decisions]) -> Decisions:
    """Keep what `after` makes of what was decided until now, and give it; nobody decides meanwhile."""
    kept: list[Decisions] = []

    def document(before: bytes | None) -> bytes | None:
        kept.append(after(_decisions(before)))
        return None if kept[-1] == _decisions(before) else kept[-1].model_dump_json(exclude_defaults=True).encode()

    store.alter("decisions", document)
    return kept[-1]


def _decisions(document: bytes | None) -> Decisions:
    return Decisions() if document is None else Decisions.model_validate_json(document)


def named(store: Store) -> Persons:
    """Who was known after the last merge."""
    kept = store.kept("people")
    return Persons.nobody() if kept is None else Persons.from_bytes(kept)


def _keep_persons(store: Store, before: Persons, now: Persons) -> None:
    if now != before:
        store.keep("people", now.to_bytes())


def still_here(decisions: Decisions, known: Identities) -> Decisions:
    """What was decided about reports that are here."""
    return decisions.within(known.among(decisions.identities()))
