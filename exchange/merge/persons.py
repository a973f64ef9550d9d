"""Person ids of our own, which stay when the reports are linked anew.

An id is random and says nothing. It stays with the group that shares most reports with what the person was before; a
report is known again by its identity (see `records`), which a correction does not change. Merges and splits are kept,
and why they came about (`changes`).
"""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic import TypeAdapter

from exchange.merge.changes import Change, Explaining
from exchange.merge.grouping import Groups
from exchange.merge.identities import IDENTITY_BYTES, Identities

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

ID_BYTES = 10  # sixteen letters of base32, without any padding
_CHANGES = TypeAdapter(tuple[Change, ...])
_ABOUT = b"data-sharing-exchange"


@dataclass(frozen=True, slots=True)
class Persons:
    """Who is known: `known` says for each identity (16 bytes, sorted) whose it is (text); and what changed when."""

    known: pa.Table
    changes: tuple[Change, ...] = ()

    @classmethod
    def nobody(cls) -> Self:
        return cls(_known([], []))

    def identities_of(self, person: str) -> tuple[str, ...]:
        """The reports by which this person is known, hexadecimal."""
        import pyarrow.compute as pc

        rows = self.known.filter(pc.equal(self.known.column("person"), person))
        return tuple(name.hex() for name in rows.column("identity").to_pylist())

    def to_bytes(self) -> bytes:
        """Parquet, the changes in its metadata: a million people take some tens of megabytes."""
        from pyarrow import parquet

        target = io.BytesIO()
        about = {_ABOUT: _CHANGES.dump_json(self.changes, exclude_defaults=True)}
        parquet.write_table(self.known.replace_schema_metadata(about), target, compression="zstd")
        return target.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made; the store has authenticated it."""
        import pyarrow as pa
        from pyarrow import parquet

        table = parquet.ParquetFile(pa.BufferReader(data)).read()
        changes = _CHANGES.validate_json(table.schema.metadata[_ABOUT])
        return cls(_known(table.column("identity"), table.column("person")), changes)

    def known_as(self, moved: Mapping[bytes, bytes]) -> Persons:
        """The same people, by the identities that their reports have now: those before → those now."""
        names = [moved.get(name, name) for name in self.known.column("identity").to_pylist()]
        both = dict(zip(names, self.known.column("person").to_pylist(), strict=True))
        return Persons(_known(sorted(both), [both[name] for name in sorted(both)]), self.changes)

    def within(self, here: Identities) -> Persons:
        """As far as reports of these identities know them: who has none left is forgotten with what changed about them
        alone, and so is every reason that rests on a report that is gone."""
        import pyarrow.compute as pc

        known = self.known.filter(pc.is_in(self.known.column("identity"), value_set=here.names))
        named = frozenset(known.column("person").unique().to_pylist())
        about = frozenset(name for change in self.changes for name in change.rests_on())
        gone = about - here.among(about)
        told = (each for each in self.changes if named & {each.person, *each.others})
        return Persons(known, tuple(each.without(gone) for each in told))


def _known(identities: Any, persons: Any) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([("identity", pa.binary(IDENTITY_BYTES)), ("person", pa.string())])
    return pa.table({"identity": identities, "person": persons}).cast(schema).combine_chunks()


def name_groups(
    before: Persons,
    known: Identities,
    groups: Groups,
    at: int,
    randomness: Callable[[int], bytes],
    explaining: Explaining | None = None,
) -> tuple[tuple[str, ...], Persons]:
    """An id for each group, and who is known now. `at`: the store's generation; `explaining`: why groups are as they
    are."""
    before = before.within(known)
    overlaps = _Overlaps.between(before, known, groups)
    names = _named(overlaps, groups.count, randomness)
    now = _known(*_now(known, groups, names))
    return tuple(names), Persons(now, (*before.changes, *_changes(overlaps, names, at, explaining)))


@dataclass(frozen=True, slots=True)
class _Overlaps:
    """How many identities a group shares with a person before: `group`, `person` (a place in `people`, which is
    sorted), `shared`; and each single identity of it, in `pairs`: identity, person, group."""

    people: list[str]
    group: Numbers
    person: Numbers
    shared: Numbers
    pairs: tuple[Numbers, Numbers, Numbers]

    @classmethod
    def between(cls, before: Persons, known: Identities, groups: Groups) -> _Overlaps:
        import numpy as np
        import pyarrow.compute as pc

        coded = before.known.column("person").combine_chunks().dictionary_encode()
        people = coded.dictionary.to_pylist()
        rank = np.argsort(np.argsort(np.array(people, dtype=object))) if people else np.zeros(0, np.int64)
        person = rank[coded.indices.to_numpy(zero_copy_only=False)]
        identity = pc.index_in(before.known.column("identity").combine_chunks(), value_set=known.names).to_numpy()
        parts = _parts(known, groups)
        first, after = (np.searchsorted(parts[0], identity, side=side) for side in ("left", "right"))
        times = after - first
        rows = np.repeat(first, times) + np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        person, group = np.repeat(person, times), parts[1][rows]
        keys, shared = np.unique(group * max(len(people), 1) + person, return_counts=True)
        pairs = (parts[0][rows], person, group)
        return cls(sorted(people), keys // max(len(people), 1), keys % max(len(people), 1), shared, pairs)


def _parts(known: Identities, groups: Groups) -> tuple[Numbers, Numbers]:
    """Each identity with each group in which it has a report, sorted."""
    import numpy as np

    keys = np.unique(known.of * max(groups.count, 1) + groups.group_of)
    return keys // max(groups.count, 1), keys % max(groups.count, 1)


def _now(known: Identities, groups: Groups, names: list[str]) -> tuple[pa.Array, pa.Array]:
    """Each identity and its person, sorted by what they are called, so that the same people are the same bytes."""
    import numpy as np
    import pyarrow as pa

    identity, group = _parts(known, groups)
    table = pa.table({"identity": known.names.take(pa.array(identity)), "group": group})
    order = table.sort_by("identity")
    person = pa.array(names, pa.string()).take(pa.array(order.column("group").to_numpy().astype(np.int64)))
    return order.column("identity"), person


def _named(overlaps: _Overlaps, groups: int, randomness: Callable[[int], bytes]) -> list[str]:
    kept = _kept(overlaps)
    fresh = iter(_fresh(groups - len(kept), frozenset(overlaps.people), randomness))
    return [overlaps.people[kept[place]] if place in kept else next(fresh) for place in range(groups)]


def _kept(overlaps: _Overlaps) -> dict[int, int]:
    """Group → person: the largest overlap first; no group has two names and no name two groups."""
    import numpy as np

    if not len(overlaps.group):
        return {}
    alone = (np.bincount(overlaps.group)[overlaps.group] == 1) & (np.bincount(overlaps.person)[overlaps.person] == 1)
    kept = dict(zip(overlaps.group[alone].tolist(), overlaps.person[alone].tolist(), strict=True))
    columns = [column[~alone] for column in (overlaps.group, overlaps.person, -overlaps.shared)]
    taken: set[int] = set()
    for at in np.lexsort(tuple(columns)).tolist():
        group, person = int(columns[0][at]), int(columns[1][at])
        if group not in kept and person not in taken:
            kept[group] = person
            taken.add(person)
    return kept


def _changes(overlaps: _Overlaps, names: list[str], at: int, explaining: Explaining | None) -> Iterator[Change]:
    came_from, went_to = _several(overlaps.group, overlaps.person), _several(overlaps.person, overlaps.group)
    of_group, of_person = (_by(overlaps, place, several) for place, several in ((2, came_from), (1, went_to)))
    for group, persons in sorted(came_from.items()):
        others = sorted({overlaps.people[each] for each in persons} - {names[group]})
        part_of = {identity: overlaps.people[person] for identity, person, _group in of_group[group]}
        why = explaining.between_parts(group, part_of) if explaining else ()
        yield Change(kind="merged", person=names[group], others=tuple(others), at=at, why=why)
    for person, now in sorted(went_to.items()):
        others = sorted({names[each] for each in now} - {overlaps.people[person]})
        why = explaining.between_groups(identity for identity, *_rest in of_person[person]) if explaining else ()
        yield Change(kind="split", person=overlaps.people[person], others=tuple(others), at=at, why=why)


def _several(of: Numbers, others: Numbers) -> dict[int, list[int]]:
    """Those that have more than one other, with all of these."""
    import numpy as np

    found: defaultdict[int, list[int]] = defaultdict(list)
    rows = np.flatnonzero(np.bincount(of)[of] > 1) if len(of) else np.zeros(0, np.int64)
    for row in rows.tolist():
        found[int(of[row])].append(int(others[row]))
    return dict(found)


def _by(overlaps: _Overlaps, column: int, those: dict[int, list[int]]) -> dict[int, list[tuple[int, int, int]]]:
    """For each of those (groups or persons) its identities, each with person and group."""
    import numpy as np

    found: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    rows = np.flatnonzero(np.isin(overlaps.pairs[column], list(those)))
    for identity, person, group in zip(*(each[rows].tolist() for each in overlaps.pairs), strict=True):
        found[(identity, person, group)[column]].append((identity, person, group))
    return found


def _fresh(number: int, taken: frozenset[str], randomness: Callable[[int], bytes]) -> list[str]:
    """So many new ids that nobody has."""
    found: dict[str, None] = {}
    while len(found) < number:
        missing = number - len(found)
        text = base64.b32encode(randomness(ID_BYTES * missing)).decode("ascii").lower()
        drawn = ("h" + text[at : at + 16] for at in range(0, 16 * missing, 16))
        found |= dict.fromkeys(name for name in drawn if name not in taken)
    return list(found)
