"""An attacker who holds releases, and asks a solver how many people there may be of what she is not told.

She thinks of every kind of person that the values allow, every set of codes included, and of every way in which a
person may go through the releases: of one kind in the first, of another or absent in the second. That is all she
shares with nobody: no line of `exchange.protect` is used here but the types of what she received.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import highspy

from exchange.protect.protected import ReleasedTable

Kind = tuple[str, ...]  # a value for each field; several codes are joined by ";"
Cell = dict[str, str]
Path = tuple[Kind | None, ...]  # of a person through the releases; None where absent


@dataclass(frozen=True)
class World:
    """What everybody knows: the fields, the values that occur, which fields take several codes, what is impossible."""

    fields: tuple[str, ...]
    values: tuple[frozenset[str], ...]
    lists: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ("", "UNKNOWN")
    possible: Callable[[Kind], bool] = lambda _kind: True

    @classmethod
    def of(cls, releases: Sequence[Sequence[Kind]], fields: Sequence[str], **more: Any) -> World:
        """In which all values of all releases occur."""
        everybody = [person for people in releases for person in people]
        return cls(tuple(fields), tuple(frozenset(p[n] for p in everybody) for n in range(len(fields))), **more)

    def kinds(self) -> list[Kind]:
        options = (self._options(name, set(told)) for name, told in zip(self.fields, self.values, strict=True))
        return [kind for kind in product(*options) if self.possible(kind)]

    def _options(self, name: str, told: set[str]) -> list[str]:
        if name not in self.lists:
            return sorted(told)
        codes = sorted({code for value in told if value not in self.missing for code in value.split(";")})
        sets = [";".join(chosen) for size in range(1, len(codes) + 1) for chosen in combinations(codes, size)]
        return [*sets, *sorted(told & set(self.missing))]

    def stands_in(self, kind: Kind | None, cell: Cell) -> bool:
        if kind is None:
            return False
        named = dict(zip(self.fields, kind, strict=True))
        return all(value in (named[n].split(";") if n in self.lists else [named[n]]) for n, value in cell.items())

    def cells(self, by: Sequence[Sequence[str]]) -> list[Cell]:
        """Every cell of tables by these breakdowns, whether it is listed or not."""
        codes = {
            name: sorted({c for v in told for c in (v.split(";") if name in self.lists else [v])})
            for name, told in zip(self.fields, self.values, strict=True)
        }
        found = (
            {n: v for n, v in zip(names, chosen, strict=True) if v != "*"}
            for names in by
            for chosen in product(*([*codes[name], "*"] for name in names))
        )
        return list({tuple(sorted(cell.items())): cell for cell in found}.values())


class Attacker:
    """`rows`: of each release the kinds of its rows over these fields, None where no rows left."""

    def __init__(self, world: World, releases: int) -> None:
        self._world = world
        kinds: list[Kind | None] = [*world.kinds(), *([None] if releases > 1 else [])]
        self.paths: list[Path] = [path for path in product(kinds, repeat=releases) if any(path)]
        self._solver: Any = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._number = [self._solver.addIntegral(lb=0, ub=10_000) for _path in self.paths]

    def learns(self, release: int, tables: Sequence[ReleasedTable]) -> None:
        for table in tables:
            for cell in table.cells:
                if cell.count is not None:
                    named = {n: v for n, v in zip(table.fields, cell.values, strict=True) if v != "*"}
                    self._constrain(self._standing(release, named), cell.count)

    def sees_rows(self, release: int, people: Sequence[Kind], fields: Sequence[str]) -> None:
        """The rows of a release, over some of the fields."""
        at = [self._world.fields.index(name) for name in fields]
        told = {tuple(kind[n] for n in at) for kind in self._world.kinds()}
        for row in told:
            behind = [n for n, path in enumerate(self.paths) if (k := path[release]) and tuple(k[i] for i in at) == row]
            self._constrain(behind, sum(tuple(person[n] for n in at) == row for person in people))

    def between(self, those: Callable[[Path], bool]) -> tuple[int, int]:
        """How few and how many people may go such a way."""
        which = [self._number[n] for n, path in enumerate(self.paths) if those(path)]
        if not which:
            return 0, 0
        self._solver.minimize(self._solver.qsum(which))
        assert self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        least = round(self._solver.getObjectiveValue())
        self._solver.maximize(self._solver.qsum(which))
        assert self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return least, round(self._solver.getObjectiveValue())

    def _standing(self, release: int, cell: Cell) -> list[int]:
        return [n for n, path in enumerate(self.paths) if self._world.stands_in(path[release], cell)]

    def _constrain(self, which: Sequence[int], count: int) -> None:
        if which:
            self._solver.addConstr(self._solver.qsum([self._number[n] for n in which]) == count)
        else:
            assert count == 0
