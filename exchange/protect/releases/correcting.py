"""The rows of a correction, made from the rows that it replaces, so that the two together point at nobody.

The recipient holds both, and match tokens join them row by row. People who looked alike in every bundle of the period
so far, absence being a look too, are one class; a correction may only split a class into parts that each keep the
tier's promise by themselves: those who leave it, those whose values change, those who newly come. A part that is too
small does not move. Its people keep the values that were released before (carried); newcomers wait, and come with the
next period as late entries; but one who may not be sent any more is never carried: others who looked alike leave with
that person.

As in `exchange.protect.rows.suppression`, the result is not trusted: `exchange.protect.releases.differences` judges it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from exchange.protect.columns import Column, Rows, to_table
from exchange.protect.gate import apply_suppression, people_of
from exchange.protect.promise import Promise
from exchange.protect.releases.memory import Case, Memory, Values
from exchange.protect.rows.groups import Group, People
from exchange.protect.rows.suppression import suppress
from exchange.protect.rows.verify import verify

# How much of what is new a correction takes in: all, all but changed values, nothing.
Effort = Literal["everything", "newcomers", "nothing_new"]
Class = tuple[object, ...]


@dataclass(slots=True)
class Corrected:
    """Which rows leave, by their place in the table that came, each with its values; and who does not, and why.

    `carried`: rows that leave as they left before. `stale`: of those, rows whose values have changed since. `waiting`:
    newcomers who are too few. `left_with`: rows that leave with others who must.
    """

    values: dict[int, Values] = field(default_factory=dict)
    carried: set[int] = field(default_factory=set)
    stale: int = 0
    waiting: set[int] = field(default_factory=set)
    left_with: int = 0


@dataclass(frozen=True, slots=True)
class Coming:
    """The rows that come: `rows` are their places in the table, `those` the columns that are compared, `household` and
    `memory.cases` go by place in the table. `may_suppress`: whether the tier withholds cells to keep its promise."""

    rows: Rows
    those: tuple[Column, ...]
    household: Sequence[int]
    memory: Memory
    promise: Promise
    may_suppress: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.those)


def correct(coming: Coming, effort: Effort) -> Corrected:
    """The rows of a correction. The earlier of two rows that would do equally well leaves first: shuffle them."""
    return _Correction(coming, effort).made()


class _Correction:
    def __init__(self, coming: Coming, effort: Effort) -> None:
        self._coming, self._effort = coming, effort
        self._earlier = [shown.rows for shown in coming.memory.replaced if shown.rows is not None]
        self._households = next(s.household for s in reversed(coming.memory.replaced) if s.rows is not None)
        self._last = self._earlier[-1]
        self._at = {coming.memory.cases[row]: place for place, row in enumerate(coming.rows.tolist())}
        texts = [each.texts() for each in coming.those]
        self._now: list[Values] = list(zip(*texts, strict=True)) if texts else [()] * len(coming.rows)
        self._made = Corrected()

    def made(self) -> Corrected:
        for cases in self._classes():
            if any(case in self._last for case in cases):
                self._again(cases)
            else:
                self._newly(cases)
        return self._made

    def _classes(self) -> Iterator[list[Case]]:
        """Everybody who is here or ever was, by what all bundles so far showed of them."""
        ever = dict.fromkeys(case for rows in self._earlier for case in rows)
        found: dict[Class, list[Case]] = defaultdict(list)
        for case in (*self._at, *(case for case in ever if case not in self._at)):
            found[self._look(case)].append(case)
        return iter(found.values())

    def _look(self, case: Case) -> Class:
        over = [self._coming.names.index(name) for name in self._coming.promise.over]
        look: list[object] = []
        before: Values | None = None
        for rows in self._earlier:
            values = rows.get(case)
            look.append(None if values is None else (tuple(values[at] for at in over), before not in (None, values)))
            before = values or before
        return tuple(look)

    # --- those whom the recipient has seen last time ---

    def _again(self, cases: list[Case]) -> None:
        staying = self._staying(cases)
        changed = [case for case in staying if self._has_changed(case)]
        moving = self._moving(staying, changed) if self._effort == "everything" else {}
        for case in staying:
            row = int(self._coming.rows[self._at[case]])
            if case in moving:
                self._made.values[row] = moving[case]
            else:
                self._made.values[row] = self._last[case]
                self._made.carried.add(row)
        self._made.stale += sum(case not in moving for case in changed)

    def _staying(self, cases: list[Case]) -> list[Case]:
        """Without those who are gone, and without as many others as it takes for them to be a crowd."""
        here = [case for case in cases if case in self._at]
        leaving = [case for case in cases if case not in self._at]
        if not leaving:
            return here
        staying = list(here)
        while staying and not (self._keeps(leaving) and self._keeps(staying)):
            leaving.append(staying.pop(0))
        self._made.left_with += len(here) - len(staying)
        return staying

    def _keeps(self, cases: Sequence[Case]) -> bool:
        """Whether these, as they were last shown, keep the promise as one group; nobody always does."""
        if not cases:
            return True
        promise, names = self._coming.promise, self._coming.names
        shown = tuple(Column.of_texts(name, [self._last[case][at] for case in cases]) for at, name in enumerate(names))
        people = people_of(shown, [self._households[case] for case in cases], promise)
        alike = People(people.quasi[:, :0], people.household, people.codes)
        return Group(alike, promise, range(len(cases))).lacking() == 0

    def _has_changed(self, case: Case) -> bool:
        """Whether a value that the recipient was shown is another one by now."""
        withheld = self._coming.promise.suppressed
        both = zip(self._last[case], self._now[self._at[case]], strict=True)
        return any(then not in (now, withheld) for then, now in both)

    def _moving(self, staying: list[Case], changed: list[Case]) -> dict[Case, Values]:
        moving = {case: values for case, values in self._protected(changed).items() if values != self._last[case]}
        return moving if self._keeps([case for case in staying if case not in moving]) else {}

    # --- those whom the recipient did not see last time ---

    def _newly(self, cases: list[Case]) -> None:
        here = [case for case in cases if case in self._at]
        coming = self._protected(here) if self._effort != "nothing_new" else {}
        absent = len(cases) - len(coming)
        if any(case in rows for rows in self._earlier for case in cases) and 0 < absent < self._coming.promise.k:
            coming = {}  # those of them who stay away would be the few
        for case in here:
            row = int(self._coming.rows[self._at[case]])
            if case in coming:
                self._made.values[row] = coming[case]
            else:
                self._made.waiting.add(row)

    def _protected(self, cases: Sequence[Case]) -> dict[Case, Values]:
        """Those of `cases` who can leave as groups of their own, with what is left of their values."""
        coming, promise = self._coming, self._coming.promise
        if not cases:
            return {}
        places = np.array([self._at[case] for case in cases], dtype=np.int64)
        those = tuple(each.take(places) for each in coming.those)
        household = [coming.household[row] for row in coming.rows[places].tolist()]
        kept = np.arange(len(cases))
        if coming.may_suppress:
            found = suppress(people_of(those, household, promise), promise)
            kept = np.flatnonzero(~found.left_out)
            those = tuple(each.take(kept) for each in apply_suppression(those, found, promise))
        if not len(kept) or verify(to_table(those), [household[place] for place in kept], promise):
            return {}
        values = zip(*(each.texts() for each in those), strict=True)
        return {cases[place]: told for place, told in zip(kept.tolist(), values, strict=True)}
