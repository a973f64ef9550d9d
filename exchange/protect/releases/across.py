"""A release against all that its recipient holds of other periods: what the two together would tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exchange.errors import Problem
from exchange.locale import _
from exchange.matching.tokens import MatchTokens
from exchange.protect.drafts import compared
from exchange.protect.promise import Promise
from exchange.protect.protected import Across
from exchange.protect.releases.intersecting import Exposed, Told, exposed
from exchange.protect.releases.joining import Seen, by_person, same_people
from exchange.protect.releases.memory import Case, Kept, Memory, Shown
from exchange.protect.releases.subtracting import Reading, Table, cells_apart
from exchange.protect.tables.counting import Key
from exchange.protect.tables.published import lists_of
from exchange.redact.redacted import Redacted


@dataclass(frozen=True, slots=True)
class Found:
    """What a release and earlier ones tell together: of whom in the rows, and in which cells of the tables."""

    exposed: Exposed
    cells: frozenset[Key]

    def problems(self) -> Iterator[Problem]:
        """What keeps the release from leaving, in counts."""
        people = self.exposed
        for code, those, what in (
            ("protect.few_across_releases", people.few, _("people whom all releases leave among too few: {count}")),
            ("protect.pinned_across_releases", people.pinned, _("people of whom all releases tell a code: {count}")),
            ("protect.moved_across_releases", people.moved, _("people whose group differs by few: {count}")),
            ("protect.cells_across_releases", self.cells, _("cells of tables that differ by few: {count}")),
        ):
            if those:
                yield Problem(code, what.format(count=len(those)))


class Earlier:
    """What the recipient holds of other periods, person by person."""

    def __init__(self, redacted: Redacted, memory: Memory, promise: Promise, tokens: MatchTokens | None) -> None:
        agreed, data = redacted.permit.tier.protect.tables, redacted.permit.agreement.data
        self._period, self._promise, self._cases = redacted.permit.period, promise, memory.cases
        held = (*(each.shown for each in memory.earlier), *memory.replaced)
        self.epoch = "" if tokens is None else tokens.epoch
        self._tokens = {} if tokens is None else dict(zip(memory.cases, tokens.rows, strict=True))
        self._people = same_people([*map(Seen.of, held), Seen(memory.cases, self.epoch, self._tokens)])
        self.kept = tuple(Kept(each.period, by_person(each.shown, self._people)) for each in memory.earlier)
        self.reading: Reading | None = None
        if agreed is not None:
            lists, missing = lists_of(redacted.permit.agreement), frozenset(data.missing())
            self.reading = Reading(agreed.by, lists, missing, agreed.min_cell)
        now = compared(redacted)
        self._told = [Told(shown, promise, now) for shown in self.shown]
        self._tables = [] if self.reading is None else [Table(each, self.reading) for each in self.kept]

    def person(self, row: int) -> Case:
        return self._people[self._cases[row]]

    @property
    def shown(self) -> list[Shown]:
        return [each.shown for each in self.kept]

    @property
    def joined(self) -> list[Shown]:
        """Those of which the recipient can join the rows to new ones."""
        return [each for each in self.shown if each.tokens and each.epoch == self.epoch]

    def shares(self, rows: Sequence[int]) -> bool:
        """Whether anybody among these rows stands in what the recipient holds."""
        people = {self.person(row) for row in rows}
        return any(people & {*each.known, *(each.rows or {}), *each.people} for each in self.shown)

    def with_tokens(self, shown: Shown) -> Shown:
        """The release with every token that its rows could have: they join the most."""
        tokens = {case: self._tokens[case] for case in shown.rows or () if case in self._tokens}
        return replace(shown, tokens=tokens, epoch=self.epoch)

    def by_person(self, shown: Shown) -> Kept:
        return Kept(self._period, by_person(shown, self._people))

    def exposed(self, shown: Shown) -> Exposed:
        """Whom the rows of a release that shows this would expose."""
        return exposed(self._told, self.by_person(shown).shown, self._promise)

    def cells(self, shown: Shown) -> frozenset[Key]:
        """Cells of its tables that differ by few from earlier ones."""
        return frozenset() if self.reading is None else cells_apart(self._tables, self.by_person(shown), self.reading)

    def found(self, shown: Shown) -> Found:
        """All that a release that shows this would tell together with the earlier ones."""
        return Found(self.exposed(shown), self.cells(shown))

    def account(self, shown: Shown, found: Found, left_out: int) -> Across | None:
        """The figures for the sender; None where the recipient holds nothing of another period."""
        if not self.kept:
            return None
        new, before = self.by_person(shown).shown, set[Case]()
        for each in self.shown:
            before |= each.known.keys() | each.people.keys() | (each.rows or {}).keys()
        return Across(
            bundles=len(self.kept),
            again=len((new.known.keys() | new.people.keys()) & before),
            few=len(found.exposed.few),
            pinned=len(found.exposed.pinned),
            moved=len(found.exposed.moved),
            exposed=len(found.exposed.all),
            cells=len(found.cells),
            left_out=left_out,
        )
