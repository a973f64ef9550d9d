"""Links become groups: reports that hang together are of one person, unless a group grows beyond reason.

What people decided goes before what links say: a pair decided to be one person always is, and no link, however strong,
unites two groups between which a pair stands that was decided to be two. Where that makes links compete, the more
probable one wins.

Linked in a chain, strangers can end up in one group. One with more than `LARGEST` different reports is taken apart
again, first along the strongest links only, and held for a person to look at; until then it counts as its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from exchange.merge.components import Careful, components
from exchange.merge.decisions import Decisions
from exchange.merge.identities import Identities
from exchange.merge.linking.linking import Links
from exchange.merge.linking.model import LINK
from exchange.merge.records import Records

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

LARGEST = 25
STRONGEST = 0.9999
NOTHING_DECIDED = Decisions()


@dataclass(frozen=True, slots=True)
class Groups:
    """`group_of`: for each report the number of its group, from 0. `held`: reports of groups that grew beyond reason.

    `undecided`: the rows of `Links.pairs` that a person should look at: between groups that no decision keeps apart.
    """

    group_of: NDArray[np.int64]
    held: frozenset[int]
    undecided: pa.Table

    @property
    def count(self) -> int:
        return int(self.group_of.max()) + 1 if len(self.group_of) else 0


@dataclass(frozen=True, slots=True)
class _Edges:
    """Pairs of reports; `probability` is 1 where they are certain."""

    left: Numbers
    right: Numbers
    probability: NDArray[np.float64]

    def where(self, kept: NDArray[np.bool_]) -> _Edges:
        return _Edges(self.left[kept], self.right[kept], self.probability[kept])

    def outside(self, those: NDArray[np.bool_]) -> _Edges:
        """Of which neither report is one of those."""
        return self.where(~(those[self.left] | those[self.right]))

    def and_(self, more: _Edges) -> _Edges:
        import numpy as np

        return _Edges(
            np.concatenate((self.left, more.left)),
            np.concatenate((self.right, more.right)),
            np.concatenate((self.probability, more.probability)),
        )


def group(records: Records, links: Links, decisions: Decisions = NOTHING_DECIDED) -> Groups:
    """The groups of all reports; one that is linked to no other is a group of its own."""
    import numpy as np

    known = Identities.of_reports(records)
    apart = _numbered(known, decisions, "different")
    certain = _one_case(records).and_(_decided_same(known, decisions))
    linked = _linked(links).and_(_one_person_to_the_agent(records))
    roots = _united(known, certain, linked, apart)
    held = _too_large(roots, known)
    if held.any():
        strong, kept = linked.where(linked.probability >= STRONGEST), linked.outside(held)
        roots = _united(known, certain, kept.and_(strong), apart)
        still = _too_large(roots, known)
        if still.any():
            alike = _together(np.where(still, known.of, -1))
            roots = _united(known, certain.and_(alike), kept.and_(strong.outside(still)), apart)
    group_of = _in_order(roots)
    undecided = links.pairs.filter(_between(links, group_of, known, apart))
    return Groups(group_of, frozenset(np.flatnonzero(held).tolist()), undecided)


# --- edges ---


def _linked(links: Links) -> _Edges:
    import numpy as np

    left, right = (links.pairs.column(name).to_numpy().astype(np.int64) for name in ("left", "right"))
    edges = _Edges(left, right, links.pairs.column("probability").to_numpy())
    return edges.where(edges.probability >= LINK)


def _one_case(records: Records) -> _Edges:
    """Reports under one pseudonym of one agreement are of one case, whatever their tokens say."""
    coded = records.reports.column("case").combine_chunks().dictionary_encode()
    return _together(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype("int64"))


def _one_person_to_the_agent(records: Records) -> _Edges:
    """Reports that a linking agent holds for one person. What it saw is not seen here, so that it counts as a strong
    link, which a decision may part."""
    coded = records.reports.column("person_key").combine_chunks().dictionary_encode()
    return _together(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype("int64"))


def _decided_same(known: Identities, decisions: Decisions) -> _Edges:
    """All reports under both identities of each pair that was decided to be one person."""
    import numpy as np

    pairs = _numbered(known, decisions, "same")
    all_of = _together(np.where(np.isin(known.of, pairs), known.of, -1))
    return all_of.and_(_certain(known.first[pairs[:, 0]], known.first[pairs[:, 1]]))


def _together(names: Numbers) -> _Edges:
    """Each report with the first of its name, -1 being no name."""
    import numpy as np

    named = np.flatnonzero(names >= 0)
    _names, first, of = np.unique(names[named], return_index=True, return_inverse=True)
    return _certain(named[first][of], named)


def _certain(left: Numbers, right: Numbers) -> _Edges:
    import numpy as np

    return _Edges(left, right, np.ones(len(left)))


def _numbered(known: Identities, decisions: Decisions, verdict: str) -> Numbers:
    """The so decided pairs of which both are here: two columns of numbers of identities."""
    pairs = decisions.pairs("same" if verdict == "same" else "different")
    columns = known.numbers([name for pair in pairs for name in pair]).reshape(-1, 2)
    return columns[(columns >= 0).all(axis=1)]


# --- groups ---


def _united(known: Identities, certain: _Edges, linked: _Edges, apart: Numbers) -> Numbers:
    """For each report the smallest of its group: what is certain together, then links as far as `apart` allows."""
    import numpy as np

    every = certain.and_(linked)
    roots = components(len(known.of), every.left, every.right)
    contested = _common_roots(known, roots, apart)
    if contested:
        inside = np.isin(roots, contested)
        careful = Careful(np.flatnonzero(inside).tolist())
        for left, right in _sorted(certain.where(inside[certain.left]), known):
            careful.unite(left, right)
        for one, other in apart.tolist():
            sides = [{careful.root(at) for at in known.reports(each).tolist() if inside[at]} for each in (one, other)]
            for left, right in product(*sides):
                careful.keep_apart(left, right)
        for left, right in _sorted(linked.where(inside[linked.left]), known):
            careful.unite(left, right)
        for report in np.flatnonzero(inside).tolist():
            roots[report] = careful.root(report)
    return roots


def _common_roots(known: Identities, roots: Numbers, apart: Numbers) -> list[int]:
    """Groups in which both identities of a pair stand that must be apart. An identity may have reports in several."""
    return [root for one, other in apart.tolist() for root in known.of_each(roots, one) & known.of_each(roots, other)]


def _sorted(edges: _Edges, known: Identities) -> list[tuple[int, int]]:
    """The most probable first; ties by what the reports are known by, whatever order they came in."""
    rows = zip(edges.left.tolist(), edges.right.tolist(), edges.probability.tolist(), strict=True)

    def place(row: tuple[int, int, float]) -> tuple[object, ...]:
        left, right, probability = row
        return -probability, *sorted((known.name(int(known.of[left])), known.name(int(known.of[right])))), left, right

    return [(left, right) for left, right, _probability in sorted(rows, key=place)]


def _too_large(roots: Numbers, known: Identities) -> NDArray[np.bool_]:
    """Which reports are in a group of more than `LARGEST` different ones; a report sent 500 times is one."""
    import numpy as np

    different = np.unique(roots * max(len(known), 1) + known.of) // max(len(known), 1)
    sizes = np.bincount(different, minlength=len(roots))
    return sizes[roots] > LARGEST


def _in_order(roots: Numbers) -> Numbers:
    """Groups numbered in the order in which reports first meet them."""
    import numpy as np

    return np.unique(roots, return_inverse=True)[1].astype(np.int64)  # a root is the first report of its group


def _between(links: Links, group_of: Numbers, known: Identities, apart: Numbers) -> pa.BooleanArray:
    """Which pairs are of two groups that no decision keeps apart."""
    import numpy as np
    import pyarrow as pa

    left, right = (group_of[links.pairs.column(name).to_numpy()] for name in ("left", "right"))
    settled = [
        min(first, second) * len(group_of) + max(first, second)
        for one, other in apart.tolist()
        for first, second in product(known.of_each(group_of, one), known.of_each(group_of, other))
    ]
    keys = np.minimum(left, right) * len(group_of) + np.maximum(left, right)
    return pa.array((left != right) & ~np.isin(keys, np.array(settled, dtype=np.int64)))
