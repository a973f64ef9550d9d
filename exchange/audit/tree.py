"""The Merkle tree of the log, as pure functions over hashes: RFC 6962 section 2.1, checked as RFC 9162 says.

The hash of leaves `[index << level, (index + 1) << level)` is called a perfect node. Whoever can look perfect nodes up
(a table, a list) gets roots of any size, inclusion paths and consistency paths from here in O(log² n) look-ups at most.
Nothing here knows what a leaf holds. Hashes are 32 bytes, sizes and numbers count from 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Self

from exchange.errors import AuditError, Problem
from exchange.locale import _

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
_STEP = 8192 * HASH_BYTES
"""How much of a level is hashed at once: each hash is an object of its own before they are joined."""

PerfectNode = Callable[[int, int], bytes]
"""(level, index) → hash; level 0 is the leaves."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data): RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def join(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(size: int, node: PerfectNode, leaves: Sequence[bytes]) -> Iterator[tuple[int, int, list[bytes]]]:
    """The perfect nodes that `leaves` complete in a tree of `size`: level, index of the first, hashes.

    Of the tree as it was, only those peaks are looked up that new nodes join: one an append on average.
    """
    level, first, fresh = 0, size, [*leaves]
    while fresh:
        yield level, first, fresh
        if first & 1:
            first, fresh = first - 1, [node(level, first - 1), *fresh]
        fresh = [join(left, right) for left, right in zip(fresh[::2], fresh[1::2], strict=False)]
        level, first = level + 1, first >> 1


class Tree:
    """A tree held in memory, 64 bytes a leaf: what a verifier builds from the leaves that it was given."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self.extend(b"".join(leaves))

    @classmethod
    def over(cls, leaves: bytearray) -> Self:
        """The tree over these leaf hashes, one after the other. It keeps `leaves` as its own: nothing is copied."""
        tree = cls()
        tree._levels[0] = leaves
        tree._complete()
        return tree

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    @property
    def leaves(self) -> bytearray:
        """The leaf hashes, one after the other. Not to be changed."""
        return self._levels[0]

    def append(self, leaf: bytes) -> None:
        self.extend(leaf)

    def extend(self, leaves: bytes) -> None:
        """Add leaf hashes, one after the other."""
        self._levels[0] += leaves
        self._complete()

    def _complete(self) -> None:
        """Every perfect node whose two halves are there, level by level."""
        level = 0
        while len(self._levels[level]) >= 2 * HASH_BYTES:
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            lower, upper = self._levels[level], self._levels[level + 1]
            for start in range(2 * len(upper), len(lower), _STEP):
                upper += join_pairs(lower[start : start + _STEP])
            level += 1

    def node(self, level: int, index: int) -> bytes:
        start = index * HASH_BYTES
        return bytes(self._levels[level][start : start + HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves, or over all."""
        return root_at(self.size if size is None else size, self.node)


def join_pairs(hashes: bytes | bytearray) -> bytes:
    """The hashes of a level's nodes, two by two, as the level above has them; one that is left over waits."""
    pair, sha256 = 2 * HASH_BYTES, hashlib.sha256
    starts = range(0, len(hashes) - pair + 1, pair)
    return b"".join([sha256(b"\x01" + hashes[start : start + pair]).digest() for start in starts])


def root_at(size: int, node: PerfectNode) -> bytes:
    """The root over the first `size` leaves."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, node: PerfectNode) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves: RFC 6962 section 2.1.1."""
    return next(inclusion_paths([index], size, node))


def inclusion_paths(numbers: Iterable[int], size: int, node: PerfectNode) -> Iterator[list[bytes]]:
    """As `inclusion_path`, for many leaves of one tree: what stands at its ragged right edge is worked out once."""
    ragged = cache(lambda level, index: _range_root(index << level, min(index + 1 << level, size), node))

    def known(level: int, index: int) -> bytes:
        return node(level, index) if index + 1 << level <= size else ragged(level, index)

    return (_path(number, size, known) for number in numbers)


def consistency_path(first: int, second: int, node: PerfectNode) -> list[bytes]:
    """The proof that the tree of `second` leaves begins with the tree of `first`: RFC 6962 section 2.1.2.

    Sizes 0 and `second` need no proof: the path is empty.
    """
    if not 0 <= first <= second:
        raise _refused("audit.proof_out_of_range", _("a log cannot be proved to continue a longer one"))
    if first in (0, second):
        return []
    path: list[bytes] = []
    start, end = 0, second
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    if start:  # otherwise the verifier holds this hash already: it is the earlier root
        path.append(_range_root(start, end, node))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check an inclusion path: RFC 9162 section 2.1.3.2. Raises AuditError `audit.inclusion_unproven`."""
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        raise _inclusion_unproven()
    left, last, top = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise _inclusion_unproven()
        if left & 1 or left == last:
            top = join(sibling, top)
            left, last = _climb_to_right_child(left, last)
        else:
            top = join(top, sibling)
        left, last = left >> 1, last >> 1
    if last != 0 or top != root:
        raise _inclusion_unproven()


def verify_consistency(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> None:
    """Check a consistency path: RFC 9162 section 2.1.4.2. Raises AuditError `audit.inconsistent`.

    `first` is at least 1: a proof that something continues nothing would prove nothing.
    """
    if not 1 <= first <= second:
        raise _inconsistent()
    if first == second:
        if path or first_root != second_root:
            raise _inconsistent()
        return
    if not path:
        raise _inconsistent()
    seed, *rest = path if first & (first - 1) else [first_root, *path]
    left, last = first - 1, second - 1
    while left & 1:
        left, last = left >> 1, last >> 1
    earlier = later = seed
    for sibling in rest:
        if last == 0:
            raise _inconsistent()
        if left & 1 or left == last:
            earlier, later = join(sibling, earlier), join(sibling, later)
            left, last = _climb_to_right_child(left, last)
        else:
            later = join(later, sibling)
        left, last = left >> 1, last >> 1
    if last != 0 or earlier != first_root or later != second_root:
        raise _inconsistent()


def _path(index: int, size: int, known: PerfectNode) -> list[bytes]:
    """`known` gives every node, also those at the right edge that are not perfect."""
    if not 0 <= index < size:
        raise _refused("audit.proof_out_of_range", _("there is no such entry in a log of this size"))
    path: list[bytes] = []
    level, last = 0, size - 1
    while last:
        neighbour = index ^ 1
        if neighbour <= last:  # one without a neighbour rises as it is
            path.append(known(level, neighbour))
        index, last, level = index >> 1, last >> 1, level + 1
    return path


def _range_root(start: int, end: int, node: PerfectNode) -> bytes:
    """The root over leaves [start, end), where start is a multiple of the width that RFC 6962 gives the range."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(width)
    return join(_range_root(start, middle, node), _range_root(middle, end, node))


def _split(width: int) -> int:
    """The largest power of two below `width` (which is at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def _climb_to_right_child(left: int, last: int) -> tuple[int, int]:
    while left and not left & 1:
        left, last = left >> 1, last >> 1
    return left, last


def _refused(code: str, what: str) -> AuditError:
    return AuditError(Problem(code, what))


def _inclusion_unproven() -> AuditError:
    return _refused("audit.inclusion_unproven", _("the proof does not show that the entry is in the log"))


def _inconsistent() -> AuditError:
    return _refused("audit.inconsistent", _("the later log is not proved to continue the earlier one"))
