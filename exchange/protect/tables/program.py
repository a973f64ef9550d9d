"""The integer program over the cells of a release: what else could be true, and at what price.

Solved by HiGHS (https://highs.dev): as a linear program first, which mostly has whole numbers for an answer, and else
as an integer program over the cells that the linear one would change. Answers are rounded and checked in whole numbers
before anybody relies on them. All limits count steps, not seconds: the same tables come out on every machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int64]  # a count for each cell
MOST_NODES = 200  # of one search: a good answer will do
MOST_STEPS = 100_000  # of the simplex method, in all searches together: then nothing is found any more
NEARLY = 1e-6  # what is so near to a whole number is taken for it, and checked


@dataclass(frozen=True, slots=True)
class Sum:
    """`least` ≤ sum of the cells in `plus` − the cell `total` ≤ `most`; None where there is no bound."""

    plus: tuple[int, ...]
    total: int
    least: int | None
    most: int | None

    def off(self, cells: Cells) -> int:
        return int(cells[list(self.plus)].sum() - cells[self.total])

    def holds(self, cells: Cells) -> bool:
        off = self.off(cells)
        return (self.least is None or off >= self.least) and (self.most is None or off <= self.most)


class Program:
    """Counts that fit all `sums`, as close to the truth as can be.

    `prices`: for each published cell, what it costs for each person by which its count differs from the truth. `fixed`:
    cells that cannot differ. All others are free, up to 2 × `reach` above the most people. `small`: cells that one may
    hope to see at `reach`.

    Every cell that can differ has three columns: how many fewer there are than in truth; how many more; and, for small
    cells, how many of those more come before `reach`.
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
        self._reach, self._top = reach, int(truth.max(initial=0)) + 2 * reach
        self._free = np.array([n for n in range(len(truth)) if n not in self._fixed], dtype=np.int64)
        places = np.full(len(truth), -1, dtype=np.int64)
        places[self._free] = np.arange(len(self._free))
        self._fewer, self._more = places, places + len(self._free)
        hopes = [cell for cell in small if cell not in self._fixed]
        self._hope = {cell: 2 * len(self._free) + n for n, cell in enumerate(hopes)}
        self._columns = 2 * len(self._free) + len(hopes)
        self._most = np.concatenate([truth[self._free], self._top - truth[self._free], reach - truth[hopes]])
        self._most = np.maximum(self._most, 0).astype(np.float64)
        self._steps = 0
        self._rows = [*self._written()]
        self._linear = self._write()

    # --- writing it down ---

    def _written(self) -> Iterator[tuple[float, float, dict[int, float]]]:
        """Each sum over the columns, as what may come to it beside the truth."""
        for each in self._sums:
            entries: dict[int, float] = {}
            for cell, sign in (*((cell, 1.0) for cell in each.plus), (each.total, -1.0)):
                if cell not in self._fixed:
                    entries[int(self._more[cell])] = sign
                    entries[int(self._fewer[cell])] = -sign
                    if cell in self._hope:
                        entries[self._hope[cell]] = sign
            if entries:
                off = each.off(self._truth)
                low = -np.inf if each.least is None else float(each.least - off)
                high = np.inf if each.most is None else float(each.most - off)
                yield low, high, entries

    def _write(self) -> Any:
        import highspy

        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # its stubs leave it open
        options = {"output_flag": False, "threads": 1, "mip_max_nodes": MOST_NODES, "random_seed": 1, "presolve": "off"}
        for option, value in options.items():
            highs.setOptionValue(option, value)
        highs.addVars(self._columns, np.zeros(self._columns), self._most)
        for cell, price in self._prices.items():
            for column in self._of(cell):
                highs.changeColCost(column, float(price))
        for low, high, entries in self._rows:
            columns = np.fromiter(entries.keys(), dtype=np.int32)
            values = np.fromiter(entries.values(), dtype=np.float64)
            highs.addRow(max(low, -highs.inf), min(high, highs.inf), len(entries), columns, values)
        return highs

    def _of(self, cell: int) -> tuple[int, ...]:
        both = (int(self._fewer[cell]), int(self._more[cell]))
        return (*both, self._hope[cell]) if cell in self._hope else both

    # --- what is published ---

    def free(self, cell: int) -> None:
        """Withhold a published cell: from now on its count may differ at no price."""
        self._prices.pop(cell)
        for column in self._of(cell):
            self._linear.changeColCost(column, 0.0)

    def published(self) -> tuple[int, ...]:
        return tuple(self._prices)

    def differing(self, cells: Cells) -> tuple[int, ...]:
        """The published cells in which `cells` are not the truth."""
        return tuple(n for n in self._prices if cells[n] != self._truth[n])

    @property
    def exhausted(self) -> bool:
        """Whether so many steps were taken that nothing is looked for any more."""
        return self._steps > MOST_STEPS

    # --- asking ---

    def nearest(self, cell: int, goal: int, hoping: Collection[int] = ()) -> Cells | None:
        """Counts in which `cell` has come from the truth to `goal` or beyond, and that differ from the truth in
        published cells at a low price; None where the search finds none. Where it costs nothing more, those in which
        the cells `hoping`, all small, have come as far in the same direction."""
        if cell in self._fixed:
            return None
        up = goal > self._truth[cell]
        wished = [self._hope[each] if up else int(self._fewer[each]) for each in hoping]
        with self._bounds(self._towards(cell, goal)):
            with self._costs(dict.fromkeys(wished, -0.01 / max(1, len(wished)))):
                found = self._whole(self._solved(self._linear))
            if found is None:
                found = self._whole(by_parts := self._solved(self._linear))
                if found is None and by_parts is not None:
                    found = self._in_whole_numbers(by_parts)
        return None if found is None or (found[cell] < goal if up else found[cell] > goal) else found

    def farthest(self, cell: int, goal: int) -> Cells | None:
        """Counts in which `cell` has come as far from the truth towards `goal` as may be, whatever the price; None
        where it is not certain how far that is."""
        if cell in self._fixed:
            return None
        up = goal > self._truth[cell]
        column = self._hope[cell] if up else int(self._fewer[cell])
        idle = int(self._fewer[cell]), int(self._more[cell])
        still = {n: (0.0, 0.0) for n in idle if n != column}
        free = dict.fromkeys((n for priced in self._prices for n in self._of(priced)), 0.0)
        with self._bounds(still), self._costs({**free, column: -1.0}):
            return self._whole(self._solved(self._integer(None, exact=True), certain=True))

    def _towards(self, cell: int, goal: int) -> dict[int, tuple[float, float]]:
        by = abs(goal - int(self._truth[cell]))
        fewer, more = int(self._fewer[cell]), int(self._more[cell])
        if goal < self._truth[cell]:
            bounds = {fewer: (float(by), float(self._most[fewer])), more: (0.0, 0.0)}
            return bounds | ({self._hope[cell]: (0.0, 0.0)} if cell in self._hope else {})
        bounds = {fewer: (0.0, 0.0)}
        return bounds | {self._hope[cell]: (float(by), float(self._most[self._hope[cell]]))}

    @contextmanager
    def _bounds(self, bounds: Mapping[int, tuple[float, float]]) -> Iterator[None]:
        for column, (low, high) in bounds.items():
            self._linear.changeColBounds(column, low, high)
        yield
        for column in bounds:
            self._linear.changeColBounds(column, 0.0, float(self._most[column]))

    @contextmanager
    def _costs(self, costs: Mapping[int, float]) -> Iterator[None]:
        price = {column: float(price) for cell, price in self._prices.items() for column in self._of(cell)}
        for column, cost in costs.items():
            self._linear.changeColCost(column, cost)
        yield
        for column in costs:
            self._linear.changeColCost(column, price.get(column, 0.0))

    # --- solving ---

    def _solved(self, highs: Any, *, certain: bool = False) -> NDArray[np.float64] | None:
        """The columns of the answer; `certain`: only if there is none better."""
        import highspy

        if self.exhausted:
            return None
        highs.run()
        self._steps += max(0, highs.getInfo().simplex_iteration_count)
        solution = highs.getSolution()
        optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if not solution.value_valid or (certain and not optimal):
            return None
        return np.array(solution.col_value)

    def _whole(self, columns: NDArray[np.float64] | None) -> Cells | None:
        """The counts that an answer stands for, if they are whole and fit."""
        if columns is None:
            return None
        off = np.zeros(len(self._truth))
        off[self._free] = columns[self._more[self._free]] - columns[self._fewer[self._free]]
        for cell, column in self._hope.items():
            off[cell] += columns[column]
        if np.abs(off - np.rint(off)).max(initial=0) > NEARLY:
            return None
        cells = self._truth + np.rint(off).astype(np.int64)
        return cells if (cells >= 0).all() and all(each.holds(cells) for each in self._sums) else None

    def _in_whole_numbers(self, by_parts: NDArray[np.float64]) -> Cells | None:
        """An answer in whole numbers that changes no other published cells than this one; failing that, any."""
        unused = [n for n in self._prices if not any(by_parts[column] > NEARLY for column in self._of(n))]
        still = {column for cell in unused for column in self._of(cell)}
        found = self._whole(self._solved(self._integer(still)))
        return self._whole(self._solved(self._integer(None))) if found is None else found

    def _integer(self, still: Collection[int] | None, *, exact: bool = False) -> Any:
        """The program as it stands, in whole numbers; the columns `still` do not move."""
        import highspy

        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        highs.passModel(self._linear.getModel())
        options = {"threads": 1, "mip_max_nodes": MOST_NODES, "random_seed": 1, "mip_rel_gap": 0.0 if exact else 0.05}
        for option, value in options.items():
            highs.setOptionValue(option, value)
        every = np.arange(self._columns, dtype=np.int32)
        highs.changeColsIntegrality(len(every), every, np.full(len(every), highspy.HighsVarType.kInteger))
        if still:
            unmoved = np.array(sorted(still), dtype=np.int32)
            zeros = np.zeros(len(unmoved))
            highs.changeColsBounds(len(unmoved), unmoved, zeros, zeros)
        return highs
