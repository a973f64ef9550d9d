"""What changed about who is one person, and why: which links, or which decision, in words that anybody can check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from exchange.merge.components import Careful
from exchange.merge.decisions import IdentityName, Two, two
from exchange.merge.places import Places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from exchange.merge.decisions import Decisions
    from exchange.merge.grouping import Groups
    from exchange.merge.identities import Identities
    from exchange.merge.linking.linking import Links

Cause = Literal["link", "decision", "held", "gone"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(_Part):
    """Why two parts are together, or are not.

    "link": the pair's `probability`, and what each witness that is not silent weighs (`weights`, in bits: log2 of the
    Bayes factor). "decision": what people decided about the pair. "held": the group had grown beyond reason.
    "gone": no link holds the parts together any more.
    """

    cause: Cause
    left: IdentityName | None = None
    right: IdentityName | None = None
    probability: float | None = None
    weights: tuple[tuple[str, float], ...] = ()

    @property
    def pair(self) -> Two | None:
        return None if self.left is None or self.right is None else (self.left, self.right)


class Change(_Part):
    """`merged`: `person` took in `others`. `split`: from `person` came `others`. `at`: the store's generation then."""

    kind: Literal["merged", "split"]
    person: str
    others: tuple[str, ...]
    at: int
    why: tuple[Reason, ...] = ()

    def rests_on(self) -> frozenset[str]:
        """The identities that it names."""
        return frozenset(name for reason in self.why for name in reason.pair or ())

    def without(self, gone: frozenset[str]) -> Change:
        """As it is told when the reports of these identities are gone: no reason names them any more."""
        if not gone & self.rests_on():
            return self
        why = tuple(reason for reason in self.why if not gone & set(reason.pair or ()))
        return self.model_copy(update={"why": why})


@dataclass(frozen=True, slots=True)
class _Edge:
    one: int
    other: int
    reason: Reason


class Explaining:
    """What the groups of one merge rest on: asked for the few that have changed."""

    def __init__(self, known: Identities, links: Links, decisions: Decisions, groups: Groups) -> None:
        self._known, self._links, self._decisions, self._groups = known, links, decisions, groups

    def of_group(self, number: int) -> tuple[Reason, ...]:
        """What holds a group together: decisions first, then the strongest links, and none that is not needed."""
        return self.between_parts(number, {})

    def between_parts(self, number: int, part_of: Mapping[int, str]) -> tuple[Reason, ...]:
        """What unites the parts of a group; `part_of`: identity → who it was before. What only joins new reports to
        one part explains nothing, and is left out."""
        reports = self._by_group.of(number)
        identities = set(self._known.of[reports].tolist())
        careful = Careful(identities)
        first: dict[str, int] = {}
        for identity, part in part_of.items():
            if identity in identities:
                careful.unite(first.setdefault(part, identity), identity)
        edges = [*self._decided(identities, "same"), *self._linked(reports)]
        tree = [edge for edge in edges if careful.unite(edge.one, edge.other)]
        return tuple(edge.reason for edge in (_needed(tree, part_of) if part_of else tree))

    def between_groups(self, identities: Iterable[int]) -> tuple[Reason, ...]:
        """Why the reports of these identities, once of one person, are of several."""
        import numpy as np

        identities = set(identities)
        reports = np.concatenate([self._known.reports(each) for each in sorted(identities)])
        decided = tuple(edge.reason for edge in self._decided(identities, "different"))
        if decided:
            return decided
        links = [edge.reason for edge in self._linked(reports, across=True)]
        if links and not self._groups.held & set(reports.tolist()):
            return (links[0],)
        return (Reason(cause="held" if links else "gone", **self._apart(identities)),)

    def _apart(self, identities: set[int]) -> dict[str, str]:
        """Two of them that are in two groups now: by this pair a person can bring the parts together again."""
        by_group = {min(self._known.of_each(self._groups.group_of, each)): each for each in sorted(identities)}
        if len(by_group) < 2:
            return {}
        one, other = (self._known.name(by_group[group]) for group in sorted(by_group)[:2])
        return dict(zip(("left", "right"), two(one, other), strict=True))

    def link_of(self, pair: Two) -> Reason | None:
        """What the links say of two identities, None where they say nothing."""
        import numpy as np

        here = [number for number in self._known.numbers(pair).tolist() if number >= 0]
        reports = np.concatenate([self._known.reports(each) for each in here]) if here else np.zeros(0, np.int64)
        edges = [*self._linked(reports), *self._linked(reports, across=True)]
        return next((edge.reason for edge in edges if edge.reason.pair == pair), None)

    def _decided(self, identities: set[int], verdict: Literal["same", "different"]) -> list[_Edge]:
        found = (edge for each in sorted(identities) for edge in self._decisions_at[verdict].get(each, ()))
        return [edge for edge in found if edge.other in identities]

    @cached_property
    def _decisions_at(self) -> dict[str, dict[int, list[_Edge]]]:
        """By verdict and the first identity of each pair."""
        found: dict[str, dict[int, list[_Edge]]] = {"same": {}, "different": {}}
        decided = [(pair, each.verdict) for pair, each in sorted(self._decisions.standings.items()) if each.verdict]
        numbers = self._known.numbers([name for pair, _verdict in decided for name in pair]).reshape(-1, 2).tolist()
        for (pair, verdict), (one, other) in zip(decided, numbers, strict=True):
            reason = Reason(cause="decision", left=pair[0], right=pair[1])
            found[verdict].setdefault(one, []).append(_Edge(one, other, reason))
        return found

    def _linked(self, reports: NDArray[np.int64], *, across: bool = False) -> list[_Edge]:
        """Links among these reports, the strongest first: within groups, or across them. One of each two identities."""
        import numpy as np

        group_of, (left, right) = self._groups.group_of, self._sides
        rows = np.concatenate([self._by_left.of(report) for report in reports.tolist()])
        rows = rows[np.isin(right[rows], reports)]
        rows = rows[(group_of[left[rows]] != group_of[right[rows]]) == across]
        edges = (self._edge(row) for row in self._links.pairs.take(rows).to_pylist())
        found: dict[Two | None, _Edge] = {}
        for edge in sorted(edges, key=lambda edge: (-(edge.reason.probability or 0), edge.reason.pair or ("", ""))):
            if edge.one != edge.other:
                found.setdefault(edge.reason.pair, edge)
        return list(found.values())

    @cached_property
    def _by_group(self) -> Places:
        return Places.in_(self._groups.group_of)

    @cached_property
    def _by_left(self) -> Places:
        return Places.in_(self._sides[0])

    @cached_property
    def _sides(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return self._links.pairs.column("left").to_numpy(), self._links.pairs.column("right").to_numpy()

    def _edge(self, row: Mapping[str, Any]) -> _Edge:
        one, other = (int(self._known.of[row[side]]) for side in ("left", "right"))
        left, right = two(self._known.name(one), self._known.name(other))
        weights = weights_of(self._links, row)
        reason = Reason(cause="link", left=left, right=right, probability=row["probability"], weights=weights)
        return _Edge(one, other, reason)


def weights_of(links: Links, row: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """What each witness says of a row of `Links.pairs`, in bits; whoever is silent is left out."""
    told: Sequence[float | None] = row.get("weights") or ()
    names = [witness.name for witness in links.learned.witnesses] if told else []
    return tuple(
        (name, round(bits, 2)) for name, bits in zip(names, told, strict=True) if bits is not None and bits == bits
    )


def _needed(tree: Sequence[_Edge], part_of: Mapping[int, str]) -> list[_Edge]:
    """The edges between parts: ends that lead to nobody known before are cut, again and again."""
    left = list(tree)
    while True:
        ends: defaultdict[int | str, int] = defaultdict(int)
        for edge in left:
            for node in _nodes(edge, part_of):
                ends[node] += 1
        kept = [edge for edge in left if not any(_is_new_end(node, ends) for node in _nodes(edge, part_of))]
        if len(kept) == len(left):
            return kept
        left = kept


def _nodes(edge: _Edge, part_of: Mapping[int, str]) -> Iterable[int | str]:
    return part_of.get(edge.one, edge.one), part_of.get(edge.other, edge.other)


def _is_new_end(node: int | str, ends: Mapping[int | str, int]) -> bool:
    return isinstance(node, int) and ends[node] == 1
