"""Tables of a correction together with everything that it replaces: what subtracting one from another would tell.

A version is a person with the values by which that person is counted; who is counted by other values in the correction
is another version. Versions that stand in the same bundles of the period are one part of everybody: those who stay,
those who are gone, those who are new. What a bundle counts is the sum of its parts, and a difference of two bundles is
a difference of parts. So the small cells of every part must stay as unknown as those of a release: one integer program
asks it of all parts and all bundles at once, and the cells that it may withhold are those of the correction.

That the parts exist, and which are empty, is taken as known to everybody: to know less could only tell less.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.columns import Column
from exchange.protect.releases.memory import Case, Values
from exchange.protect.tables.counting import Counts, count
from exchange.protect.tables.kinds import Asked, Key
from exchange.protect.tables.relations import enough
from exchange.protect.tables.withholding import Question, Told, also_withheld, price, told_by_rows

Part = frozenset[int]  # the bundles in which its versions stand, by their number
Named = tuple[str, Key]  # a part or a bundle, and a cell of it


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle's people by case, each with the values by which they are counted; the cells that were published of it
    (none yet, for the new one); and the fields of its rows, None where no rows left with it."""

    people: Mapping[Case, Values]
    cells: Mapping[Key, int]
    in_rows: Collection[str] | None

    def tells(self, cell: Key) -> bool:
        """Whether the bundle's rows tell a cell, whatever its tables withhold."""
        return told_by_rows(cell, self.in_rows)


@dataclass(frozen=True, slots=True)
class Overlap:
    """`bundles`, the new one last; `whole`: everybody who ever stood in one; `parts`: counted over the same cells."""

    bundles: tuple[Bundled, ...]
    whole: Counts
    parts: Mapping[Part, Mapping[Key, int]]

    @classmethod
    def of(cls, bundles: Sequence[Bundled], fields: Sequence[str], asked: Asked) -> Overlap:
        """DisclosureError `protect.tables_too_large`."""
        versions: dict[tuple[Case, Values], set[int]] = {}
        for number, bundle in enumerate(bundles):
            for version in bundle.people.items():
                versions.setdefault(version, set()).add(number)
        texts = [[values[at] for _case, values in versions] for at in range(len(fields))]
        people = [Column.of_texts(name, told) for name, told in zip(fields, texts, strict=True)]
        stands_in = [frozenset(numbers) for numbers in versions.values()]
        whole = count(people, len(versions), asked)
        parts: dict[Part, Mapping[Key, int]] = {}
        for part in dict.fromkeys(stands_in):
            rows = np.array([row for row, which in enumerate(stands_in) if which == part], dtype=np.int64)
            counted = count([each.take(rows) for each in people], len(rows), asked).people
            parts[part] = {cell: counted.get(cell, 0) for cell in whole.people}
        return cls(tuple(bundles), whole, parts)

    def counts(self, number: int) -> Counts:
        """What a bundle counts, over the cells of all."""
        mine = [cells for part, cells in self.parts.items() if number in part]
        return replace(self.whole, people={cell: sum(each[cell] for each in mine) for cell in self.whole.people})

    def sizes(self) -> tuple[int, ...]:
        """Of every part, the number of versions in it."""
        return tuple(cells[()] for cells in self.parts.values())

    def repeats_last(self) -> bool:
        """Whether the new bundle counts the same people by the same values as the one before it, in the same form."""
        before, new = self.bundles[-2:]
        return before.people == new.people and before.in_rows == new.in_rows

    def withheld(self, min_cell: int, seen: Collection[Key]) -> frozenset[Key]:
        """The cells among `seen` that the new bundle must withhold.

        DisclosureError `releases.contradict`: an earlier bundle published other counts than its people make.
        """
        new = len(self.bundles) - 1
        counts = {number: self.counts(number).people for number in range(len(self.bundles))}
        self._refuse_contradiction(counts)
        few = {cell for cell in seen if counts[new][cell] < min_cell or self._differs(counts, cell, min_cell)}
        truth, sums = self._adding_up(counts)
        known = {name for name in truth if self._is_known(name)}
        exempt = few | {cell for cell in seen if self.bundles[new].tells(cell)}
        question = Question(
            truth=truth,
            sums=sums,
            prices={(_bundle(new), cell): price(self.whole, cell, counts[new][cell]) for cell in set(seen) - exempt},
            known=known,
            small={n for n in truth if n[1] in seen and truth[n] < min_cell} - known,
            exact=self.whole.all_kinds,
        )
        also = also_withheld(question, min_cell)
        return frozenset(seen) if also is None else frozenset(few) | {cell for _name, cell in also}

    def _refuse_contradiction(self, counts: Mapping[int, Mapping[Key, int]]) -> None:
        """What was published is taken as known and true; were it not, nothing that follows from it would hold."""
        for number, bundle in enumerate(self.bundles[:-1]):
            if any(counts[number].get(cell) != people for cell, people in bundle.cells.items()):
                what = _("the tables that were sent before do not fit the people who are remembered in them")
                hint = _("restore the memory of releases from a copy; until then, let what was sent stand")
                raise DisclosureError(Problem("releases.contradict", what, hint=hint))

    def _differs(self, counts: Mapping[int, Mapping[Key, int]], cell: Key, min_cell: int) -> bool:
        """Whether subtracting the cell from one that the recipient holds would leave a few people."""
        return any(
            0 < abs(counts[len(self.bundles) - 1][cell] - counts[number][cell]) < min_cell
            for number, bundle in enumerate(self.bundles[:-1])
            if cell in bundle.cells or bundle.tells(cell)
        )

    def _adding_up(self, counts: Mapping[int, Mapping[Key, int]]) -> tuple[dict[Named, int], list[Told[Named]]]:
        truth: dict[Named, int] = {(_bundle(n), cell): c for n, cells in counts.items() for cell, c in cells.items()}
        truth |= {(_part(p), cell): count for p, cells in self.parts.items() for cell, count in cells.items()}
        sums = [
            Told(tuple((_part(part), cell) for cell in each.plus), (_part(part), each.total), each.least, each.most)
            for each in enough(self.whole)
            for part in self.parts
        ]
        for number in counts:
            mine = [part for part in self.parts if number in part]
            sums += (Told(tuple((_part(p), c) for p in mine), (_bundle(number), c), 0, 0) for c in self.whole.people)
        return truth, sums

    def _is_known(self, name: Named) -> bool:
        who, cell = name
        if who.startswith("part"):  # rows tell who stands in which bundle only where every bundle has them
            return all(bundle.tells(cell) for bundle in self.bundles)
        bundle = self.bundles[int(who.split()[1])]
        return cell in bundle.cells or bundle.tells(cell)


def _bundle(number: int) -> str:
    return f"bundle {number}"


def _part(part: Part) -> str:
    return "part " + " ".join(str(number) for number in sorted(part))
