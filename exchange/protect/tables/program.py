"""The integer program over the cells of a release: what else could be true, and at what price.

Solved by HiGHS (https://highs.dev). Its answers are rounded and checked in whole numbers before anybody relies on them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int64]  # a count for each cell
MOST_NODES = 2_000  # of the search: a good answer will do, and the same one every time


@dataclass(frozen=True, slots=True)
class Sum:
    """`least` ≤ sum of the cells in `plus` − the cell `total` ≤ `most`; None where there is no bound."""

    plus: tuple[int, ...]
    total: int
    least: int | None
    most: int | None

    def holds(self, cells: Cells) -> bool:
        off = int(cells[list(self.plus)].sum() - cells[self.total])
        return (self.least is None or off >= self.least) and (self.most is None or off <= self.most)


class Program:
    """Counts that fit all `sums`, as close to the truth as can be.

    `prices`: for each published cell, what it costs that its count differs from the truth: so much is lost by
    withholding it. `fixed`: cells that cannot differ. All others are free, up to 2 × `reach` above the most people.
    `small`: cells that one may hope to see at `reach`.
    """

    def __init__(
        self,
        truth: Cells,
        sums: Sequence[Sum],
        prices: Mapping[int, int],
        fixed: Collection[int],
        small: Sequence[int],
        reach: int,
    ) -> None:
        self._truth, self._sums, self._prices, self._fixed = truth, sums, dict(prices), frozenset(fixed)
        self._top = int(truth.max(initial=0)) + 2 * reach
        self._switch = {cell: len(truth) + n for n, cell in enumerate(self._prices)}  # 1 where its count differs
        hopes = len(truth) + len(self._switch)
        self._hope = {cell: hopes + n for n, cell in enumerate(small)}  # its count, as far as `reach`
        self._reach = reach
        self._much = 2.0 * reach * (len(small) + 1)  # any price is more than all hopes together
        self._highs = self._write()

    def _write(self) -> Any:
        import highspy

        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # its stubs leave it open
        for option, value in (("output_flag", False), ("threads", 1), ("mip_max_nodes", MOST_NODES)):
            highs.setOptionValue(option, value)
        lowest, highest = np.zeros(len(self._truth)), np.full(len(self._truth), float(self._top))
        known = sorted(self._fixed)
        lowest[known] = highest[known] = self._truth[known]
        switches = len(self._switch)
        highs.addVars(len(lowest), lowest, highest)
        highs.addVars(switches, np.zeros(switches), np.ones(switches))
        hopes = len(self._hope)
        every = np.arange(len(lowest) + switches, dtype=np.int32)
        highs.changeColsIntegrality(len(every), every, np.full(len(every), highspy.HighsVarType.kInteger))
        highs.addVars(hopes, np.zeros(hopes), np.full(hopes, float(self._reach)))
        for cell, hope in self._hope.items():
            self._add_row(highs, None, 0, {hope: 1.0, cell: -1.0})
        for each in self._sums:
            self._add_row(highs, each.least, each.most, {**dict.fromkeys(each.plus, 1.0), each.total: -1.0})
        for cell, switch in self._switch.items():
            true = int(self._truth[cell])
            highs.changeColCost(switch, self._much * self._prices[cell])
            self._add_row(highs, None, true, {cell: 1.0, switch: float(true - self._top)})
            self._add_row(highs, true, None, {cell: 1.0, switch: float(true)})
        return highs

    @staticmethod
    def _add_row(highs: Any, least: int | None, most: int | None, entries: Mapping[int, float]) -> None:
        low = -highs.inf if least is None else float(least)
        high = highs.inf if most is None else float(most)
        places = np.fromiter(entries.keys(), dtype=np.int32)
        highs.addRow(low, high, len(entries), places, np.fromiter(entries.values(), dtype=np.float64))

    def free(self, cell: int) -> None:
        """Withhold a published cell: from now on its count may differ at no price."""
        self._prices.pop(cell)
        self._highs.changeColCost(self._switch[cell], 0.0)

    def published(self) -> tuple[int, ...]:
        return tuple(self._prices)

    def differing(self, cells: Cells) -> tuple[int, ...]:
        """The published cells in which `cells` are not the truth."""
        return tuple(n for n in self._prices if cells[n] != self._truth[n])

    def nearest(self, cell: int, goal: int, hoping: Collection[int] = ()) -> Cells | None:
        """Counts in which `cell` has come from the truth to `goal` or beyond, and that differ from the truth in
        published cells at the lowest price; None where the search finds none. At the same price, those in which the
        cells `hoping`, all small, have come as far in the same direction."""
        up = goal > self._truth[cell]
        wished = [self._hope[each] if up else each for each in hoping]
        self._price(wished, -1.0 if up else self._reach / self._top)
        self._highs.changeColBounds(cell, float(goal if up else 0), float(self._top if up else goal))
        found = self._solve()
        self._highs.changeColBounds(cell, 0.0, float(self._top))
        self._price(wished, 0.0)
        return found

    def _price(self, variables: Sequence[int], price: float) -> None:
        for variable in variables:
            self._highs.changeColCost(variable, price)

    def farthest(self, cell: int, goal: int) -> Cells | None:
        """Counts in which `cell` has come as far from the truth towards `goal` as may be, whatever the price."""
        up = goal > self._truth[cell]
        for switch in self._switch.values():
            self._highs.changeColCost(switch, 0.0)
        self._highs.changeColCost(cell, -1.0 if up else 1.0)
        self._highs.changeColBounds(cell, float(0 if up else goal), float(goal if up else self._top))
        found = self._solve()
        self._highs.changeColBounds(cell, 0.0, float(self._top))
        self._highs.changeColCost(cell, 0.0)
        for published, price in self._prices.items():
            self._highs.changeColCost(self._switch[published], self._much * price)
        return found

    def _solve(self) -> Cells | None:
        self._highs.run()
        solution = self._highs.getSolution()
        if not solution.value_valid:
            return None
        cells = np.rint(np.array(solution.col_value[: len(self._truth)])).astype(np.int64)
        fits = all(each.holds(cells) for each in self._sums) and (cells >= 0).all()
        return cells if fits and all(cells[n] == self._truth[n] for n in self._fixed) else None
