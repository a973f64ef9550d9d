"""What hangs together, over arrays: millions of reports and links take seconds.

Where nothing stands between reports, groups are the components of the graph of links. Only where two reports of one
component must stay apart does the order of the links matter, and only there are they taken one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


def components(nodes: int, left: Numbers, right: Numbers) -> Numbers:
    """For each node the smallest one of its component: each hooks itself to its smallest neighbour, then all paths are
    shortened (Shiloach and Vishkin, J. Algorithms 3, 1982), until no edge joins two."""
    import numpy as np

    parent = np.arange(nodes, dtype=np.int64)
    while True:
        one, other = parent[left], parent[right]
        open_ = one != other
        if not open_.any():
            return parent
        left, right, one, other = left[open_], right[open_], one[open_], other[open_]
        np.minimum.at(parent, np.maximum(one, other), np.minimum(one, other))
        while (above := parent[parent]).tobytes() != parent.tobytes():
            parent = above


class Careful:
    """Union-find that never unites what must stay apart; groups are named by their smallest node."""

    def __init__(self, nodes: Iterable[int]) -> None:
        self._parent = {node: node for node in nodes}
        self._apart: dict[int, set[int]] = {}

    def root(self, node: int) -> int:
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def keep_apart(self, one: int, other: int) -> None:
        """From now on no union joins the groups of these two. To be said after what must be together is."""
        one, other = self.root(one), self.root(other)
        if one != other:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def unite(self, one: int, other: int) -> bool:
        """Whether that joined two groups: not where they are one, or must stay apart."""
        one, other = sorted((self.root(one), self.root(other)))
        if one == other or other in self._apart.get(one, ()):
            return False
        self._parent[other] = one
        for foe in self._apart.pop(other, set()):
            self._apart[foe].discard(other)
            self._apart[foe].add(one)
            self._apart.setdefault(one, set()).add(foe)
        return True
