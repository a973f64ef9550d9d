"""What a linking leaves for the next one, so that a month that is added is compared and what was there before is not.

It is made of what the store holds and is kept in it, encrypted as everything else: each month its own part, and nothing
that was there before is written again. It holds as long as every bundle that it rests on is there as it was: a
correction, a withdrawal or a disposal makes it worthless, and `forget` destroys it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from exchange.engines.opening import EngineName
    from exchange.engines.sql import Database
    from exchange.merge.linking.scoring import Scored
    from exchange.merge.records import Records

Releases = tuple[tuple[str, str, int], ...]
"""Bundles in the order of their reports: which, of which period, how many reports each has."""
_ABOUT = b"releases"
FORMAT = 5
"""Raised with every change of what is compared, of how nodes are made, or of how this is kept."""
AT_ONCE = 2**16
"""Rows that are packed together."""


def releases_of(records: Records) -> Releases:
    """Reports of one bundle stand together."""
    named = zip(*(records.reports.column(name).to_pylist() for name in ("release", "period")), strict=True)
    return tuple((*each, len(list(those))) for each, those in groupby(named))


@dataclass(frozen=True, slots=True)
class Compared:
    """`nodes`: the table `node` of `token_nodes`, in the order of unique_id; `looks`: report, profile; `common`: code,
    source; `pairs`: l, r, a column for each comparison, and `shared` (see `linking`), of pairs that are not `others`:
    these are only counted (see `scoring`). Reports are numbered in the order of `releases`. `made_by`: what engine of
    what version made the numbers; those of another mean nothing."""

    releases: Releases
    made_by: str
    nodes: pa.Table
    looks: pa.Table
    pairs: pa.Table
    others: pa.Table
    common: pa.Table

    @classmethod
    def of(
        cls, database: Database, releases: Releases, found: Scored, shared: NDArray[np.int16], known: int = 0
    ) -> Self:
        """What was compared now. `known`: so many nodes were there before."""
        import pyarrow as pa

        nodes = database.run(f"SELECT * FROM node WHERE unique_id >= {known} ORDER BY unique_id")  # noqa: S608  # names of our own
        looks, common = (database.run(f"SELECT * FROM {name}") for name in ("looks", "common"))  # noqa: S608  # names of our own
        pairs = found.likely.append_column("shared", pa.array(shared, pa.int16()))
        return cls(releases, _made_by(database.name), nodes, looks, pairs, found.others, common)

    def among(self, releases: Releases, engine: EngineName) -> Compared | None:
        """With reports numbered as they are now. None where it holds no more: another engine made it, a bundle is gone
        or not as it was, or one has come since for a period that is not later than all of these."""
        first = _first(releases)
        old, new = set(self.releases), set(first) - set(self.releases)
        last = max((period for _name, period, _count in old), default="")
        if self.made_by != _made_by(engine) or not old <= set(first) or any(period <= last for _n, period, _c in new):
            return None
        now = [first[each] + np.arange(each[2]) for each in self.releases]
        return self._renumbered(np.concatenate(now) if now else np.zeros(0, dtype=np.int64))

    def since(self, before: Compared) -> Compared:
        """As it is kept beside what was there before: with the releases that came since, and their reports numbered as
        if no other were there."""
        releases = tuple(each for each in self.releases if each not in set(before.releases))
        first, number = _first(self.releases), np.zeros(_count(self.releases), dtype=np.int64)
        for each, at in _first(releases).items():
            number[first[each] : first[each] + each[2]] = at + np.arange(each[2])
        return replace(self._renumbered(number), releases=releases)

    def and_(self, more: Compared, releases: Releases) -> Compared:
        """With what was compared after it; reports of both are numbered in the order of `releases`."""
        return replace(
            self,
            releases=releases,
            nodes=_joined(self.nodes, more.nodes),
            looks=_joined(self.looks, more.looks),
            pairs=_joined(self.pairs, more.pairs),
            others=_joined(self.others, more.others),
        )

    def reports(self) -> NDArray[np.int64]:
        """The reports that were there before, by number."""
        return np.asarray(self.looks.column("report"), dtype=np.int64)

    def _renumbered(self, number: NDArray[np.int64]) -> Compared:
        return replace(
            self,
            nodes=_with_numbers(self.nodes, "first_report", number),
            looks=_with_numbers(self.looks, "report", number),
        )

    # --- as bytes ---

    def to_bytes(self) -> bytes:
        """Arrow, packed: a million reports take some 150 MB. What is in it is nearly all random."""
        import pyarrow as pa

        parts = [_bytes(each) for each in (self.nodes, self.looks, self.pairs, self.others, self.common)]
        table = pa.table({"part": pa.array(parts, pa.large_binary())})
        about = json.dumps({"releases": self.releases, "made_by": self.made_by})
        return _bytes(table.replace_schema_metadata({_ABOUT: about}), None)

    @classmethod
    def of_parts(cls, parts: Sequence[bytes], engine: EngineName) -> Compared | None:
        """What `to_bytes` made of one linking after the other, each time of what was new (`since`); the store has
        authenticated it. None where another version made it, or there is nothing."""
        import pyarrow as pa

        try:
            read = [cls._of_bytes(each, engine) for each in parts]
        except (pa.ArrowInvalid, LookupError, ValueError):
            return None
        found = next(iter(read), None)
        for part in read[1:]:
            if found is None or part is None:
                return None
            number = _count(found.releases) + np.arange(_count(part.releases))
            found = found.and_(part._renumbered(number), (*found.releases, *part.releases))
        return found

    @classmethod
    def _of_bytes(cls, data: bytes, engine: EngineName) -> Compared | None:
        table = _read(data)
        about = json.loads(table.schema.metadata[_ABOUT])
        if about["made_by"] != _made_by(engine):
            return None
        parts = [_read(part.as_buffer()) for part in table.column("part")]
        releases = tuple((name, period, count) for name, period, count in about["releases"])
        return cls(releases, about["made_by"], *parts)


def _first(releases: Releases) -> dict[tuple[str, str, int], int]:
    """Of each the number of its first report."""
    counts = [count for _name, _period, count in releases]
    return dict(zip(releases, accumulate(counts, initial=0), strict=False))


def _count(releases: Releases) -> int:
    return sum(count for _name, _period, count in releases)


def _with_numbers(table: pa.Table, column: str, number: NDArray[np.int64]) -> pa.Table:
    import pyarrow as pa

    told = pa.array(number[np.asarray(table.column(column), dtype=np.int64)], pa.int32())
    return table.set_column(table.column_names.index(column), column, told)


def _joined(one: pa.Table, other: pa.Table) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables([one, other.cast(one.schema)])


def _bytes(table: pa.Table, packed: str | None = "zstd") -> bytes:
    import pyarrow as pa

    target = io.BytesIO()
    with pa.ipc.new_stream(target, table.schema, options=pa.ipc.IpcWriteOptions(compression=packed)) as stream:
        stream.write_table(table, max_chunksize=AT_ONCE)
    return target.getvalue()


def _read(data: Any) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(data)) as stream:
        return stream.read_all()


def _made_by(engine: EngineName) -> str:
    """Tokens' numbers are the engine's own, and what is compared is this version's."""
    return f"{engine} {version('duckdb' if engine == 'duckdb' else 'pyspark')} {FORMAT}"
