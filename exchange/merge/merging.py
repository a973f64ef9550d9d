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
from typing import TYPE_CHECKING, Literal

from exchange.engines.sql import Database
from exchange.errors import MergeError
from exchange.merge.before import NOTHING_BEFORE, Before, compared_before
from exchange.merge.changes import Explaining
from exchange.merge.chosen.rules import LATEST, MergingRules
from exchange.merge.decisions import Decisions
from exchange.merge.false_merges import false_merge_rate
from exchange.merge.grouping import Groups, group
from exchange.merge.identities import Identities
from exchange.merge.linking.linking import Links, link
from exchange.merge.people import Merged, view
from exchange.merge.persons import Persons, name_groups
from exchange.merge.records import Records
from exchange.merge.store import Store

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Grouped:
    """The reports of a store, linked and grouped, as far as what was decided about them allows."""

    records: Records
    links: Links
    groups: Groups
    decisions: Decisions
    known: Identities
    before: Before = NOTHING_BEFORE

    @property
    def explaining(self) -> Explaining:
        return Explaining(self.known, self.links, self.decisions, self.groups)

    @property
    def weighed(self) -> pa.Table:
        """Of every pair left, right and probability: 1 where people or the linking agent say that it is one person, and
        without those that people say are two."""
        import numpy as np
        import pyarrow as pa

        pairs = self.links.pairs.select(["left", "right", "probability"])
        left, right = (pairs.column(side).to_numpy() for side in ("left", "right"))
        key = self.records.reports.column("person_key").combine_chunks().dictionary_encode().indices
        to_the_agent = key.fill_null(-1).to_numpy(zero_copy_only=False)
        sure = (to_the_agent[left] >= 0) & (to_the_agent[left] == to_the_agent[right])
        sure |= self._decided("same", left, right)
        told = np.where(sure, 1.0, pairs.column("probability").to_numpy())
        apart = self._decided("different", left, right)
        return pairs.set_column(2, "probability", pa.array(told)).filter(pa.array(~apart))

    def _decided(
        self, verdict: Literal["same", "different"], left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which pairs of reports stand under a pair of identities that was so decided."""
        import numpy as np

        named = self.decisions.pairs(verdict)
        numbers = np.sort(self.known.numbers([name for pair in named for name in pair]).reshape(-1, 2), axis=1)
        ends = np.sort(np.stack([self.known.of[left], self.known.of[right]], axis=1), axis=1)
        count = len(self.known) + 1  # -1 is nobody here
        return np.isin(ends @ [count, 1], numbers[numbers[:, 0] >= 0] @ [count, 1])


def grouped(store: Store, database: Database | None = None) -> Grouped:
    """Changes nothing. `database`: where to link, else in memory here.

    MergeError: as `Store.segments`; `engine.memory`, `engine.failed`.
    """
    records = store.records()
    known = Identities.of_reports(records)
    decisions = still_here(decided(store), known)
    before = compared_before(store, "duckdb" if database is None else database.name)
    links = link(records, database, before.compared)
    return Grouped(records, links, group(records, links, decisions), decisions, known, before)


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
    found.before.keep(store, found.links)
    measured = false_merge_rate(found.links, found.known, found.decisions)
    merged = view(found.records, found.groups, names, now.changes, rules, found.weighed, measured)
    counts = replace(merged.counts, checked=found.links.checked, anew=found.before.lost)
    return replace(merged, counts=counts)


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
