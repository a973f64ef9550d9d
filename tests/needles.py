"""Many texts looked for in many bytes at once: one by one, thousands in megabytes take longer than what made them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

START = 3  # bytes by which a text is found; 2^24 of them fit in a table


class Needles:
    """Texts of at least three bytes."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._by_start: dict[bytes, list[bytes]] = defaultdict(list)
        for text in texts:
            if len(text) < START:
                raise ValueError("too short to be looked for")
            self._by_start[text[:START]].append(text)
        self._known = np.zeros(1 << 8 * START, dtype=bool)
        self._known[[int.from_bytes(start, "little") for start in self._by_start]] = True

    def in_(self, content: bytes) -> set[bytes]:
        """Those that stand somewhere in `content`."""
        one = np.frombuffer(content, dtype=np.uint8).astype(np.uint32)
        starts = one[:-2] | one[1:-1] << 8 | one[2:] << 16
        return {
            text
            for place in np.flatnonzero(self._known[starts]).tolist()
            for text in self._by_start[content[place : place + START]]
            if content.startswith(text, place)
        }
