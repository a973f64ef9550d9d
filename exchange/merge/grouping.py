"""Links become groups: reports that hang together are of one person, unless a group grows beyond reason.

Linked in a chain, strangers can end up in one group. One with more than `LARGEST` different reports is taken apart
again, first along the strongest links only, and held for a person to look at; until then it counts as its parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exchange.merge.linking.linking import Links
from exchange.merge.linking.model import LINK
from exchange.merge.records import Records

LARGEST = 25
STRONGEST = 0.9999


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reports by number and the probability that they are of one person; `agreed` as in `Links`."""

    left: int
    right: int
    probability: float
    agreed: str


@dataclass(frozen=True, slots=True)
class Groups:
    """`group_of`: for each report the number of its group, from 0. `held`: reports of groups that grew beyond reason.

    `undecided`: pairs between groups that a person should look at.
    """

    group_of: tuple[int, ...]
    held: frozenset[int]
    undecided: tuple[Pair, ...]


def group(records: Records, links: Links) -> Groups:
    """The groups of all reports; one that is linked to no other is a group of its own."""
    pairs = [Pair(**row) for row in links.pairs.to_pylist()]
    certain = _one_case(records)
    linked = [(pair.left, pair.right) for pair in pairs if pair.probability >= LINK]
    roots = _components(len(records), [*certain, *linked])
    held = _too_large(roots, records)
    if held:
        strong = [(pair.left, pair.right) for pair in pairs if pair.probability >= STRONGEST]
        kept = [*certain, *_outside(linked, held)]
        roots = _components(len(records), [*kept, *strong])
        still = _too_large(roots, records)
        if still:
            roots = _components(len(records), [*kept, *_alike(records), *_outside(strong, still)])
    undecided = tuple(pair for pair in pairs if roots[pair.left] != roots[pair.right])
    number = {root: place for place, root in enumerate(dict.fromkeys(roots))}
    return Groups(tuple(number[root] for root in roots), held, undecided)


def _outside(pairs: Sequence[tuple[int, int]], held: frozenset[int]) -> list[tuple[int, int]]:
    return [pair for pair in pairs if pair[0] not in held]


def _one_case(records: Records) -> list[tuple[int, int]]:
    """Reports under one pseudonym of one agreement are of one case, whatever their tokens say."""
    return _same(records.reports.column("case").to_pylist())


def _alike(records: Records) -> list[tuple[int, int]]:
    return _same(records.reports.column("identity").to_pylist())


def _same(names: Sequence[object | None]) -> list[tuple[int, int]]:
    """Each report with the first of its name, None being no name."""
    first: dict[object, int] = {}
    return [(first.setdefault(name, at), at) for at, name in enumerate(names) if name is not None]


def _components(reports: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """For each report the smallest one of its component (union-find)."""
    parent = list(range(reports))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for left, right in pairs:
        a, b = sorted((root(left), root(right)))
        parent[b] = a
    return [root(at) for at in range(reports)]


def _too_large(roots: Sequence[int], records: Records) -> frozenset[int]:
    """The reports of groups with more than `LARGEST` different ones; a report sent 500 times is one."""
    different: defaultdict[int, set[object]] = defaultdict(set)
    for root, identity in zip(roots, records.reports.column("identity").to_pylist(), strict=True):
        different[root].add(identity)
    large = {root for root, those in different.items() if len(those) > LARGEST}
    return frozenset(at for at, root in enumerate(roots) if root in large)
