"""A period's first release under `across_releases: gate`, with all that the recipient holds of other periods.

Rows are made by `staying`, tables by `sparing`; whom the check still finds exposed is left out, and it is asked again.
What cannot be made so goes down the agreed list: tables without rows, and at last nothing. Where nobody comes who stood
in an earlier release, there is nothing to join or to subtract, and the release is made as if it were the only one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from exchange.protect.columns import Rows, columns
from exchange.protect.drafts import Draft, compared, first, shown_by
from exchange.protect.gate import Gated, gate, gated_as, not_met
from exchange.protect.promise import Promise
from exchange.protect.releases.across import Earlier
from exchange.protect.releases.memory import Case, Kept, Memory, Shown
from exchange.protect.releases.sparing import apart, in_company, tables_apart
from exchange.protect.releases.staying import Left, Month, relieved, stay
from exchange.protect.tables.counting import Key
from exchange.redact.redacted import Redacted

ROUNDS = 6  # of leaving out people who keep company to the few by whom tables differ from rows
TABLE_ROUNDS = 12  # of withholding what the check still finds in the tables


def settled(
    redacted: Redacted, memory: Memory, promise: Promise, everyone: Rows, rows: Rows, earlier: Earlier
) -> Draft:
    """The release. `everyone` and `rows`: those who may be counted, and those who may stand in rows, shuffled.

    DisclosureError as `gate.gate` and `tables.published.release_tables` raise it.
    """
    if not earlier.shares(everyone.tolist()):
        return first(redacted, gate(redacted, promise, rows), everyone)
    return next(_Settling(redacted, memory, promise, everyone, rows, earlier).drafts())


@dataclass(frozen=True, slots=True)
class _Settling:
    redacted: Redacted
    memory: Memory
    promise: Promise
    everyone: Rows
    rows: Rows
    earlier: Earlier

    def drafts(self) -> Iterator[Draft]:
        """What keeps every promise, from the most to the least; nothing always does."""
        alone = gate(self.redacted, self.promise, self.rows)
        if alone.those is not None:
            yield from self._rows(alone)
        fallback = not_met(self.redacted.permit.tier, self.rows) if alone.those is not None else alone
        draft, cells = self._with_tables(fallback)
        lost = len(alone.rows) if alone.those is not None else 0
        if not cells:
            yield replace(draft, apart=lost)
        yield Draft(Gated("nothing", None, self.rows[:0]), self.everyone[:0], (), (), apart=lost)

    # --- rows ---

    def _rows(self, alone: Gated) -> Iterator[Draft]:
        without = set[Case]()
        for _round in range(ROUNDS):
            gated = self._unexposed(alone, without)
            if gated is None:
                return
            draft, cells = self._with_tables(gated)
            if not cells:
                yield replace(draft, apart=max(0, len(alone.rows) - len(gated.rows)))
                return
            if self.earlier.reading is None:
                return
            without |= in_company(self._held(draft), self.earlier.kept, self.earlier.reading, cells)

    def _unexposed(self, alone: Gated, without: set[Case]) -> Gated | None:
        """Rows that expose nobody; None where they keep too little for the agreed price."""
        month, joined = self._month(), self.earlier.joined
        left = stay(month, self.earlier.shown, joined, self._left(alone, month), without)
        while (gated := self._gated(month, left)) is not None:
            found = self.earlier.exposed(self._shown(Draft(gated, gated.rows, (), ())))
            if not found.all:
                return gated
            less = relieved(month, left, found.all, joined)
            if less == left:
                return None
            left = less
        return None

    def _left(self, alone: Gated, month: Month) -> Left:
        """The rows as they would leave if they were the only ones."""
        told = [each.texts() for each in alone.those or () if each.name in month.names]
        people = (self.earlier.person(row) for row in alone.rows.tolist())
        return dict(zip(people, zip(*told, strict=True), strict=True)) if told else {}

    def _month(self) -> Month:
        household = self.redacted.household.to_numpy(zero_copy_only=False)[self.rows].tolist()
        return Month(
            people=tuple(self.earlier.person(row) for row in self.rows.tolist()),
            those=tuple(each.take(self.rows) for each in columns(self.redacted.table, compared(self.redacted))),
            household=tuple(household),
            promise=self.promise,
            may_suppress=self.redacted.permit.tier.protect.method == "local_suppression",
        )

    def _gated(self, month: Month, left: Left) -> Gated | None:
        place = dict(zip(month.people, self.rows.tolist(), strict=True))
        rows = np.array([place[person] for person in left], dtype=np.int64)
        told = dict(zip(month.names, zip(*left.values(), strict=True), strict=True)) if left else {}
        return gated_as(self.redacted, self.promise, rows, told, len(self.rows) - len(rows), len(self.rows))

    # --- tables ---

    def _with_tables(self, gated: Gated) -> tuple[Draft, frozenset[Key]]:
        """The release of these rows, its tables without cells that earlier ones would open; and those still left."""
        draft, withheld = first(self.redacted, gated, self.everyone), set[Key]()
        cells = self.earlier.cells(self._shown(draft))
        for _round in range(TABLE_ROUNDS):
            if not cells or self.earlier.reading is None:
                break
            before = draft
            withheld |= cells | apart(self._held(draft), self.earlier.kept, self.earlier.reading)
            draft = self._without(draft, withheld)
            cells = self.earlier.cells(self._shown(draft))
            if draft.tables == before.tables:
                break  # the rows tell them
        return draft, cells

    def _held(self, draft: Draft) -> Kept:
        return self.earlier.by_person(self._shown(draft))

    def _without(self, draft: Draft, withheld: set[Key]) -> Draft:
        agreed = self.redacted.permit.tier.protect.tables
        if agreed is None:
            return draft
        in_rows = tuple(each.name for each in draft.gated.those or ())
        agreement = self.redacted.permit.agreement
        tables = tables_apart(draft.people, len(draft.counted), agreed, agreement, in_rows, withheld)
        return replace(draft, tables=tables)

    def _shown(self, draft: Draft) -> Shown:
        return self.earlier.with_tokens(shown_by(draft, self.redacted, self.memory))
