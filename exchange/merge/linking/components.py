"""What hangs together: connected components of a graph, without a loop over its nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


def components(nodes: int, left: Places, right: Places) -> Places:
    """For each of `nodes` the smallest node of its component, given the edges between `left` and `right`.

    Labels spread along edges and jump to their label's label (Y. Shiloach, U. Vishkin, J. Algorithms 3:1, 1982), so
    that few rounds are needed, however long a chain is.
    """
    label = np.arange(nodes, dtype=np.int64)
    while True:
        one, other = label[left], label[right]
        apart = one != other
        if not apart.any():
            return label
        left, right = left[apart], right[apart]
        low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        np.minimum.at(label, high, low)
        while (label != label[label]).any():
            label = label[label]
