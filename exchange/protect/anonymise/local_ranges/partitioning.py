"""Local recoding with ranges and sets: every group of look-alikes has the least labels that cover it.

First the table is cut from above as long as both halves hold (`cutting`), then combinations change their groups
as long as the whole loses less (`moving`). The amount of work is fixed by the table and the plan, never by a
clock, so the same table and plan give the same release on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exchange.protect.anonymise.alike import without_gaps
from exchange.protect.anonymise.coded import Coded, Numbers, QuasiIdentifier
from exchange.protect.anonymise.local_ranges.axes import Places, Table, table_of
from exchange.protect.anonymise.local_ranges.cutting import cut
from exchange.protect.anonymise.local_ranges.holding import holding
from exchange.protect.anonymise.local_ranges.labels import label
from exchange.protect.anonymise.local_ranges.moving import Region
from exchange.protect.anonymise.loss import CellLoss
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.recoded import Label, Recoded

_BLOCK = 300_000  # pairs of a combination and a group that are compared at once: a few megabytes
_REGION = 4_000_000  # pairs of a value and a group that are known at once
_SWEEPS = 2  # over all blocks, cutting between them; measured: the second wins a fortieth, a third one nothing much
_LARGE = 10_000  # combinations; a table of more is swept once: its second sweep costs half of all time


def local_ranges(coded: Coded, judge: Judge, loss: CellLoss, most_suppressed: int) -> Recoded | None:
    """Ranges for numbers and sets for categories, written as `labels` says. Nothing is suppressed where the
    whole table can be one group. None: more than `most_suppressed` rows would be."""
    members = holding(coded, judge)
    if coded.rows - int(coded.counts[members].sum()) > most_suppressed:
        return None
    groups = _groups(table_of(coded, judge, loss), members) if len(members) else members
    return _recoded(coded, members, groups)


def _groups(table: Table, members: Places) -> Places:
    """The group of each of `members`, numbers from 0."""
    blocks = _numbered(cut(table, np.zeros(len(members), dtype=np.int64), members, _BLOCK))
    groups = cut(table, blocks, members, 0)
    for _sweep in range(_SWEEPS if len(members) <= _LARGE else 1):
        for inside in _regions(table, blocks, groups):
            numbers, own = np.unique(blocks[inside] * len(members) + groups[inside], return_inverse=True)
            region = Region(table, members[inside], own, np.unique(blocks[inside], return_counts=True)[1])
            region.improve(_rounds(len(inside), len(numbers)))
            groups[inside] = (numbers % len(members))[region.groups]
        groups = cut(table, _numbered(groups), members, 0)
    return _numbered(groups)


def _regions(table: Table, blocks: Places, groups: Places) -> Iterator[Places]:
    """The places of the combinations, block after block, as many blocks at a time as `_REGION` allows."""
    values = sum(min(axis.domain, len(groups)) for axis in table.axes)
    most = max(1, _REGION // values)
    order = np.argsort(blocks, kind="stable")
    of_block = np.unique(blocks[np.unique(groups, return_index=True)[1]], return_counts=True)[1]
    region = np.cumsum(of_block) // most
    yield from np.split(order, np.flatnonzero(np.diff(region[blocks[order]])) + 1)


def _rounds(combinations: int, groups: int) -> int:
    """Each round a group can change by one combination only, so larger groups take more of them."""
    return int(np.ceil(2 * np.sqrt(combinations / groups)))


def _numbered(groups: Places) -> Places:
    return without_gaps(groups).astype(np.int64)


def _recoded(coded: Coded, members: Places, groups: Places) -> Recoded:
    numbers = np.zeros(coded.combinations.shape, dtype=np.int32)
    kept = np.zeros(len(coded.counts), dtype=np.bool_)
    kept[members] = True
    labels: list[tuple[Label, ...]] = []
    for place in range(len(coded.quasi)):
        written, of_group = _labels(coded, place, coded.combinations[members, place], groups)
        labels.append(written)
        numbers[members, place] = of_group[groups]
    return Recoded(tuple(labels), numbers, kept)


def _labels(coded: Coded, place: int, values: Numbers, groups: Places) -> tuple[tuple[Label, ...], Numbers]:
    """The labels of a quasi-identifier, each once, and for each group which is its own."""
    quasi = coded.quasi[place]
    owner, value = np.divmod(np.unique(groups * quasi.domain + values), quasi.domain)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    written = _Written(quasi)
    of_group = np.zeros(len(starts), dtype=np.int32)
    single = np.diff(starts, append=len(value)) == 1
    of_value = {held: written.number((held,)) for held in np.unique(value[starts[single]]).tolist()}
    of_group[single] = [of_value[held] for held in value[starts[single]].tolist()]
    ends = np.append(starts[1:], len(value))
    of_group[~single] = [
        written.number(tuple(value[begin:end].tolist()))
        for begin, end in zip(starts[~single].tolist(), ends[~single].tolist(), strict=True)
    ]
    return tuple(written.labels) or (label(quasi, range(quasi.domain)),), of_group


class _Written:
    """The labels of a quasi-identifier as they are met."""

    def __init__(self, quasi: QuasiIdentifier) -> None:
        self._quasi = quasi
        self._numbers: dict[tuple[int, ...], int] = {}
        self._of_text: dict[str, int] = {}
        self.labels: list[Label] = []

    def number(self, values: tuple[int, ...]) -> int:
        """Of the label for `values`, ascending."""
        if values not in self._numbers:
            new = label(self._quasi, values)
            if new.text not in self._of_text:
                self._of_text[new.text] = len(self.labels)
                self.labels.append(new)
            self._numbers[values] = self._of_text[new.text]
        return self._numbers[values]
