"""The tree as C2SP tlog-tiles has it: files of 256 hashes, so that stock tools find and check every node.

Tile (level L, number N) holds the perfect nodes of level 8·L from 256·N on; the last one of a level may be partial
and says its width in its name. Hashes of unfinished subtrees are in no tile.

Entry bundle N holds what the leaves of tile (0, N) commit to. An entry that was erased stands there with no bytes at
all: its leaf is in the tile, and a tool that hashes nothing instead will say that it does not fit, as it should.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal

from exchange.audit.tree import PerfectNode

TILE_WIDTH = 256
_TILE_HEIGHT = 8


def tiles(size: int, node: PerfectNode) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every tile of the tree of `size` leaves, level by level."""
    level, hashes = 0, size
    while hashes:
        for number in range(-(-hashes // TILE_WIDTH)):
            width = min(TILE_WIDTH, hashes - number * TILE_WIDTH)
            first = number * TILE_WIDTH
            content = b"".join(node(level * _TILE_HEIGHT, first + place) for place in range(width))
            yield tile_path(level, number, width), content
        level, hashes = level + 1, hashes // TILE_WIDTH


def entry_bundles(entries: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of every entry bundle of the log with these `entries`, none longer than 65,535 bytes."""
    number, left = 0, iter(entries)
    while bundle := tuple(islice(left, TILE_WIDTH)):
        content = b"".join(len(each).to_bytes(2, "big") + each for each in bundle)
        yield tile_path("entries", number, len(bundle)), content
        number += 1


def tile_path(level: int | Literal["entries"], number: int, width: int = TILE_WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]`, N in groups of three digits: tile 1234067 is `x001/x234/067`."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < TILE_WIDTH else "")


def leaf_tiles(size: int) -> Iterator[tuple[str, int, int]]:
    """(path, first leaf, how many) of the tiles that hold the leaves of a tree of `size`."""
    for number in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - number * TILE_WIDTH)
        yield tile_path(0, number, width), number * TILE_WIDTH, width
