"""From the whole table down: a group is cut in two along the axis on which both halves need the least of a label.

A greedy search in the manner of LeFevre, DeWitt, Ramakrishnan, Mondrian Multidimensional k-Anonymity, ICDE 2006, with
each cut chosen for what it gains and not at the median. All groups are cut at once, level by level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exchange.protect.anonymise.local_ranges.axes import Axis, Chosen, Places, Table
from exchange.protect.anonymise.loss import Costs


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Of each group a cut along `axis`: what lies behind `last` goes. `gain`: 0 where there is none."""

    axis: int
    gain: Costs
    last: Places


def cut(table: Table, groups: Places, members: Places, enough: int) -> Places:
    """`groups`, numbers from 0 of each of `members`, cut as long as both halves hold; new groups get new numbers.

    A group that has at most `enough` pairs of a combination and a group of k that it might yet become is not cut.
    """
    groups = groups.copy()
    count = int(groups.max()) + 1
    active = np.arange(len(members))
    while len(active):
        _numbers, group = np.unique(groups[active], return_inverse=True)
        rows = np.bincount(group, weights=table.counts[members[active]])
        large = (rows >= 2 * table.judge.k) & (np.bincount(group) * rows > enough * table.judge.k)
        active, group = active[large[group]], (np.cumsum(large) - 1)[group[large[group]]]
        goes, is_cut = _halves(table, members[active], group, int(large.sum()))
        groups[active[goes]] = (np.cumsum(is_cut) - 1 + count)[group[goes]]
        count += int(is_cut.sum())
        active = active[is_cut[group]]
    return groups


def _halves(table: Table, members: Places, group: Places, count: int) -> tuple[Chosen, Chosen]:
    """Which members go into a new group, and which groups were cut: by the cut that gains most of those that hold."""
    goes, is_cut = np.zeros(len(members), dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    if not count:
        return goes, is_cut
    cuts = [each for axis in range(len(table.axes)) for each in _along(table, axis, members, group, count)]
    axes = np.array([each.axis for each in cuts])
    gains, lasts = np.stack([each.gain for each in cuts]), np.stack([each.last for each in cuts])
    every = np.arange(count)
    for best in np.argsort(-gains, axis=0, kind="stable"):
        wanted = ~is_cut & (gains[best, every] > 0)
        if not wanted.any():
            break
        behind = table.at[members, axes[best][group]] > lasts[best, every][group]
        if not table.judge.only_k:
            halves = (group * 2 + behind).astype(np.int32)
            wanted &= table.judge.holds(halves, count * 2, members.astype(np.int32)).reshape(count, 2).all(axis=1)
        goes |= behind & wanted[group]
        is_cut |= wanted
    return goes, is_cut


def _along(table: Table, number: int, members: Places, group: Places, count: int) -> Iterator[_Cuts]:
    """The cut of each group along an axis that gains most; and, where more than k is asked, the evenest."""
    axis = table.axes[number]
    order, key = _sorted(group * axis.domain + table.at[members, number])
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    owner, place = np.divmod(key[first], axis.domain)
    start = np.searchsorted(owner, np.arange(count))
    rows = _running(np.add.reduceat(table.counts[members[order]], first).astype(np.float64), start, owner)
    all_rows = rows[_ends(start, owner)][owner]
    left, right, whole = (axis.parts(sizes) for sizes in _sizes(axis, place, start, owner))
    others = all_rows - rows
    gain = all_rows * whole - rows * left - others * right
    possible = (rows >= table.judge.k) & (others >= table.judge.k)
    gain = np.where(possible, gain, 0.0)
    yield _first_best(number, gain, gain, place, start, owner)
    if not table.judge.only_k:
        even = np.where(possible, -np.abs(rows - others), -np.inf)
        yield _first_best(number, even, gain, place, start, owner)


def _sorted(key: Places) -> tuple[Places, Places]:
    """The order that sorts, stable, and the sorted keys. Faster than an argsort, where both fit into one number."""
    if int(key.max()) >= (1 << 62) // len(key):
        order = np.argsort(key, kind="stable")
        return order, key[order]
    both = key * len(key) + np.arange(len(key))
    both.sort()
    sorted_key, order = np.divmod(both, len(key))
    return order, sorted_key


def _ends(start: Places, owner: Places) -> Places:
    return np.append(start[1:], len(owner)) - 1


def _running(values: Costs, start: Places, owner: Places) -> Costs:
    """Sums from each group's start on, the place itself within."""
    total = np.cumsum(values)
    sums: Costs = total - (total[start] - values[start])[owner]
    return sums


def _sizes(axis: Axis, place: Places, start: Places, owner: Places) -> tuple[Costs, Costs, Costs]:
    """For a cut behind each place: the sizes of the labels of what lies before, of what lies behind, and of both."""
    end = _ends(start, owner)
    if axis.ranged:
        low, high = place[start][owner], place[end][owner]
        behind = np.minimum(np.append(place[1:], axis.domain), high)  # behind the last place of a group lies nothing
        return axis.ranges(low, place), axis.ranges(behind, high), axis.ranges(low, high)
    left = _running(axis.sizes[place], start, owner)
    whole = left[end][owner]
    return left, whole - left, whole


def _first_best(axis: int, score: Costs, gain: Costs, place: Places, start: Places, owner: Places) -> _Cuts:
    best = np.flatnonzero(score == np.maximum.reduceat(score, start)[owner])
    chosen = best[np.searchsorted(owner[best], np.arange(len(start)))]
    return _Cuts(axis, gain[chosen], place[chosen])
