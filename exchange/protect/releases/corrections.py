"""A release that replaces others under `across_releases: gate`: the most that can be corrected without pointing at few.

Several are drafted, from the one that takes in everything that is new to the one that repeats what was said before;
the first that passes `exchange.protect.releases.differences` is taken. Where none does, the earlier bundle stands, and
that is said to the sender: a refusal tells the recipient nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from exchange.agreements.tiers import Tables
from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.columns import Rows, columns
from exchange.protect.drafts import Draft, compared, people_of_tables, shown_by
from exchange.protect.gate import Gated, Outcome, gate, gated_as, not_met
from exchange.protect.promise import Promise
from exchange.protect.releases.across import Earlier
from exchange.protect.releases.correcting import Coming, Corrected, Effort, correct
from exchange.protect.releases.differences import cells_differ, known_cells, rows_differ
from exchange.protect.releases.memory import Case, Memory, Shown, form_of
from exchange.protect.releases.overlap import Bundled, Overlap
from exchange.protect.tables.published import asked_of, lists_of, people_names, tables_without
from exchange.protect.tables.relations import relations
from exchange.redact.redacted import Redacted

LEAST_KEPT = 0.5  # of the cells that were published before: a correction that says less than that mends nothing
_NOBODY: Rows = np.array([], dtype=np.int64)


def corrected(
    redacted: Redacted, memory: Memory, promise: Promise, everyone: Rows, rows: Rows, earlier: Earlier
) -> Draft:
    """The correction. `everyone` and `rows`: those who may be counted, and those who may stand in rows, shuffled;
    `earlier`: what the recipient holds of other periods, with which it must be compared too.

    DisclosureError: `disclosure.differs_by_few`; `disclosure.another_form`, where the tier gave other things before;
    `disclosure.cases_alike`, where two rows cannot be told apart by their case number.
    """
    _refuse_incomparable(redacted, memory)
    return _Correcting(redacted, memory, promise, everyone, rows, earlier).made()


@dataclass(frozen=True, slots=True)
class _Correcting:
    redacted: Redacted
    memory: Memory
    promise: Promise
    everyone: Rows
    rows: Rows
    earlier: Earlier

    def made(self) -> Draft:
        for draft, least in self._drafts():
            if draft is not None and self._says_enough(draft, least) and not self._differs(draft):
                return draft
        raise _differs_by_few(self)

    @property
    def last(self) -> Shown:
        return self.memory.replaced[-1]

    def _drafts(self) -> Iterator[tuple[Draft | None, float]]:
        """What could be sent, from the most to the least, each with the share of cells that it must publish again."""
        protect = self.redacted.permit.tier.protect
        if "rows" in protect.output:
            if any(shown.rows is not None for shown in self.memory.replaced):
                yield self._rows("everything"), LEAST_KEPT
                yield self._rows("newcomers"), LEAST_KEPT
                yield self._rows("nothing_new"), 0
            else:
                yield self._first_rows(), LEAST_KEPT
        fallback = not_met(self.redacted.permit.tier, self.rows)
        outcome: Outcome = "tables" if "rows" in protect.output else "no_rows_agreed"
        if protect.tables is not None and (outcome == "no_rows_agreed" or fallback.outcome == "tables"):
            gated = Gated(outcome, None, _NOBODY)
            yield self._with_tables(gated, self.everyone), LEAST_KEPT
            yield self._as_before(gated), LEAST_KEPT

    # --- rows ---

    def _first_rows(self) -> Draft | None:
        gated = gate(self.redacted, self.promise, self.rows)
        return None if gated.those is None else self._with_tables(gated, gated.rows)

    def _rows(self, effort: Effort) -> Draft | None:
        coming = Coming(
            self.rows,
            tuple(each.take(self.rows) for each in columns(self.redacted.table, compared(self.redacted))),
            self.redacted.household.to_pylist(),
            self.memory,
            self.promise,
            may_suppress=self.redacted.permit.tier.protect.method == "local_suppression",
        )
        found = correct(coming, effort)
        gated = self._gated(coming, found)
        if gated is None:
            return None
        last = next(shown for shown in reversed(self.memory.replaced) if shown.rows is not None)
        told = _told(last, {row: self.memory.cases[row] for row in found.carried})
        draft = self._drafted(gated, gated.rows, told)
        if draft is None:
            return None
        return replace(
            draft,
            carried=frozenset(found.carried),
            stale=found.stale,
            waiting=len(found.waiting),
            left_with=found.left_with,
        )

    def _gated(self, coming: Coming, found: Corrected) -> Gated | None:
        """Those rows, None where they do not keep the tier's promise, or not at the agreed price."""
        rows = np.array([*found.values], dtype=np.int64)
        if not len(rows):
            return None
        told = dict(zip(coming.names, zip(*found.values.values(), strict=True), strict=True))
        return gated_as(self.redacted, self.promise, rows, told, 0, len(self.rows))

    # --- tables ---

    def _with_tables(self, gated: Gated, counted: Rows) -> Draft | None:
        return self._drafted(gated, counted, {})

    def _as_before(self, gated: Gated) -> Draft | None:
        """Everybody who was counted last time and may still be, as then; nobody else."""
        people, cases = self.last.people, self.memory.cases
        there = np.array([row for row in self.everyone.tolist() if cases[row] in people], dtype=np.int64)
        told = _told(self.last, {row: cases[row] for row in there.tolist()})
        draft = self._drafted(gated, there, told)
        if draft is None:
            return None
        now = people_of_tables(self.redacted, gated, there)
        then = zip(*(each.texts() for each in draft.people), strict=True)
        stale = sum(a != b for a, b in zip(then, zip(*(each.texts() for each in now), strict=True), strict=True))
        return replace(draft, stale=stale, waiting=len(self.everyone) - len(there))

    def _drafted(self, gated: Gated, counted: Rows, told: Mapping[int, Mapping[str, str]]) -> Draft | None:
        """The release of these rows with its tables; None where its tables could only be empty."""
        agreed = self.redacted.permit.tier.protect.tables
        people = people_of_tables(self.redacted, gated, counted, told)
        draft = Draft(gated, counted, people, (), carried=frozenset(told))
        if agreed is None:
            return draft
        overlap = self._overlap(self._shown(draft, counting=True))
        if gated.those is None and any(0 < size < agreed.min_cell for size in overlap.sizes()):
            return None  # what stays, goes or comes is so few that every total would tell them
        counts = overlap.counts(len(overlap.bundles) - 1)
        seen = {cell for breakdown in agreed.by for cell in counts.cells(breakdown)}
        if overlap.repeats_last():
            withheld = frozenset(seen - self.last.cells.keys())
        else:
            withheld = overlap.withheld(agreed.min_cell, seen)
        return replace(draft, tables=tables_without(withheld, counts, agreed.by))

    def _overlap(self, new: Shown) -> Overlap:
        agreement, agreed = self.redacted.permit.agreement, self._agreed()
        in_rows = {
            name for shown in (*self.memory.replaced, new) if shown.rows is not None for name in shown.row_fields
        }
        return Overlap.of(
            [_bundled(shown) for shown in (*self.memory.replaced, new)],
            people_names(agreed),
            asked_of(agreed, agreement, in_rows),
        )

    def _agreed(self) -> Tables:
        agreed = self.redacted.permit.tier.protect.tables
        assert agreed is not None  # noqa: S101  # asked by callers
        return agreed

    # --- judging ---

    def _shown(self, draft: Draft, *, counting: bool = False) -> Shown:
        return shown_by(draft, self.redacted, self.memory, counting=counting)

    def _says_enough(self, draft: Draft, least: float) -> bool:
        new = self._shown(draft)
        if new.says_nothing and not self.last.says_nothing:
            return False
        return len(new.cells) >= least * len(self.last.cells)

    def _differs(self, draft: Draft) -> tuple[Problem, ...]:
        new = self._shown(draft)
        found = rows_differ((*self.memory.replaced, new), self.promise)
        found += (*self.earlier.found(self.earlier.with_tokens(new)).problems(),)
        if self.redacted.permit.tier.protect.tables is None:
            return found
        lines = [*relations(self._overlap(new).whole)]
        lists = lists_of(self.redacted.permit.agreement)
        missing = frozenset(self.redacted.permit.agreement.data.missing())
        for old in self.memory.replaced:
            known = [known_cells(each, lines, lists, missing) for each in (old, new)]
            both = frozenset(old.row_fields) if old.rows is not None and new.rows is not None else None
            found += cells_differ(known[0], known[1], lines, self._agreed().min_cell, both)
        return found


def _told(shown: Shown, places: Mapping[int, Case]) -> dict[int, dict[str, str]]:
    """By what values those at `places` were counted then, where they were."""
    return {
        row: dict(zip(shown.table_fields, shown.people[case], strict=True))
        for row, case in places.items()
        if case in shown.people
    }


def _bundled(shown: Shown) -> Bundled:
    return Bundled(shown.people, shown.cells, None if shown.rows is None else shown.row_fields)


def _refuse_incomparable(redacted: Redacted, memory: Memory) -> None:
    where = redacted.permit.recipient.id
    if len(set(memory.cases)) != len(memory.cases):
        what = _("two rows have case numbers that differ only in how they are typed")
        hint = _("give each case a number of its own, and correct the period again")
        raise DisclosureError(Problem("disclosure.cases_alike", what, where=where, hint=hint))
    if any(shown.form != form_of(redacted.permit.tier) for shown in memory.replaced):
        what = _("this recipient got the period in another form, so that the two cannot be compared person by person")
        hint = _("let what was sent stand; the form that is agreed now begins with the next period")
        raise DisclosureError(Problem("disclosure.another_form", what, where=where, hint=hint))


def _differs_by_few(tried: _Correcting) -> DisclosureError:
    tier, last = tried.redacted.permit.tier, tried.last
    cases = {tried.memory.cases[row] for row in tried.everyone.tolist()}
    there = last.rows if last.rows is not None else last.people
    what = _("the correction differs by too few people from what was sent: {new} are new, {gone} are gone")
    return DisclosureError(
        Problem(
            "disclosure.differs_by_few",
            what.format(new=len(cases - there.keys()), gone=len(there.keys() - cases)),
            where=tried.redacted.permit.recipient.id,
            hint=_(
                "what was sent stands; collect corrections until at least {few} people are new, changed or gone, and "
                "name the other recipients with --to"
            ).format(few=tier.protect.k or (tier.protect.tables.min_cell if tier.protect.tables else 0)),
        )
    )
