"""The pairs that a person should look at, the most valuable first, with a few linked ones among them to measure.

The value of a pair is how much its decision can change what is counted: p (1 - p), the variance that leaving it open
adds to the number of people, times the number of reports that would come under another person, which are those of the
smaller of its two groups; with each of them every table changes in which that report's source, month or values are
counted. Where a group has grown beyond reason its probabilities are not believed, and count as a half.

Of the pairs between two groups the most probable one stands for all: once it is decided, so are they. Every fifth pair
is one of the sample of linked pairs (`false_merges`) as long as that lasts; whoever looks cannot tell which.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from exchange.merge.decisions import Decisions, Two, two
from exchange.merge.false_merges import sample
from exchange.merge.merging import Grouped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

EVERY = 5
"""One in so many pairs is of the sample."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reports, by their identities. `sampled`: they are linked already. `value`: see above, 0 where sampled."""

    identities: Two
    value: float
    sampled: bool


def to_review(found: Grouped, person: str) -> Iterator[Pair]:
    """What this person has not looked at yet, in the order in which it should be; the same whenever it is asked for."""
    decided = {
        pair for pair, standing in found.decisions.standings.items() if standing.state in {"decided", "disputed"}
    }
    seen = decided | _said(found.decisions, person)
    sampled = [pair for pair in sample(found.links, found.known, found.decisions.seed) if pair not in seen]
    return _among(_undecided(found, person, seen), [Pair(pair, 0.0, sampled=True) for pair in sampled])


def _said(decisions: Decisions, person: str) -> set[Two]:
    """The pairs on which this person's word stands, also where it is "unsure"."""
    last = {(each.pair, each.person): each.verdict for each in decisions.given}
    return {pair for (pair, who), verdict in last.items() if who == person and verdict != "taken_back"}


def _among(undecided: Iterator[Pair], sampled: Sequence[Pair]) -> Iterator[Pair]:
    """In each `EVERY` pairs one of the sample, at a place that its identities tell; what is left of it at the end."""
    left = iter(sampled)
    while block := list(islice(undecided, EVERY - 1)):
        measured = next(left, None)
        if measured is not None:
            block.insert(int(measured.identities[0][:8], 16) % (len(block) + 1), measured)
        yield from block
    yield from chain(left)


def _undecided(found: Grouped, person: str, seen: set[Two]) -> Iterator[Pair]:
    import numpy as np

    rows = found.groups.undecided
    left, right = (rows.column(side).to_numpy().astype(np.int64) for side in ("left", "right"))
    probability = np.where(_held(found, left) | _held(found, right), 0.5, rows.column("probability").to_numpy())
    value = probability * (1 - probability) * _moved(found, left, right)
    order = np.lexsort((right, left, -value))
    order = order[_can_be_named(found, left[order], right[order])]
    order = _first_of_each(order, *(found.groups.group_of[side[order]] for side in (left, right)))
    known = found.known
    for at in order[np.argsort(-value[order], kind="stable")].tolist():
        pair = two(known.name(int(known.of[left[at]])), known.name(int(known.of[right[at]])))
        if pair not in seen:
            yield Pair(pair, float(value[at]), sampled=False)


def _moved(found: Grouped, left: Numbers, right: Numbers) -> Numbers:
    """How many reports would come under another person: those of the smaller group."""
    import numpy as np

    sizes = np.bincount(found.groups.group_of, minlength=1)
    return np.minimum(sizes[found.groups.group_of[left]], sizes[found.groups.group_of[right]])


def _held(found: Grouped, reports: Numbers) -> NDArray[np.bool_]:
    import numpy as np

    held: NDArray[np.bool_] = np.isin(reports, list(found.groups.held))
    return held


def _can_be_named(found: Grouped, left: Numbers, right: Numbers) -> NDArray[np.bool_]:
    """Whether the two have identities of their own, each with all its reports in one group: a decision names reports
    by these alone, and would mean other reports too."""
    import numpy as np

    known, group_of = found.known, found.groups.group_of
    parts = np.unique(known.of * max(found.groups.count, 1) + group_of) // max(found.groups.count, 1)
    whole = np.bincount(parts, minlength=len(known)) == 1
    one, other = known.of[left], known.of[right]
    named: NDArray[np.bool_] = (one != other) & whole[one] & whole[other]
    return named


def _first_of_each(order: Numbers, one: Numbers, other: Numbers) -> Numbers:
    """Of `order` the first between each two groups."""
    import numpy as np

    if not len(order):
        return order
    keys = np.minimum(one, other) * (max(int(one.max()), int(other.max())) + 1) + np.maximum(one, other)
    return order[np.sort(np.unique(keys, return_index=True)[1])]
