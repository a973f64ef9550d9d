"""What a linking leaves for the next one, so that a month that is added is compared and what was there before is not.

It is made of what the store holds and is kept in it, encrypted as everything else. It holds as long as every bundle
that it rests on is there as it was: a correction, a withdrawal or a disposal makes it worthless, and `forget` destroys
it.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Self

import numpy as np

from exchange.engines.opening import EngineName
from exchange.engines.sql import Database
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

Releases = tuple[tuple[str, str, int], ...]
"""Bundles in the order of their reports: which, of which period, how many reports each has."""
_ABOUT = b"releases"
FORMAT = 4
"""Raised with every change of what is compared, or how nodes are made."""


def releases_of(records: Records) -> Releases:
    """Reports of one bundle stand together."""
    named = zip(*(records.reports.column(name).to_pylist() for name in ("release", "period")), strict=True)
    return tuple((*each, len(list(those))) for each, those in groupby(named))


@dataclass(frozen=True, slots=True)
class Compared:
    """`nodes`: the table `profiles` of `token_nodes`; `looks`: report, profile; `pairs`: l, r, and a column for each
    comparison. `made_by`: what engine of what version made the numbers; those of another mean nothing."""

    releases: Releases
    made_by: str
    nodes: pa.Table
    looks: pa.Table
    pairs: pa.Table

    @classmethod
    def of(cls, database: Database, releases: Releases) -> Self:
        tables = (database.run(f"SELECT * FROM {name}") for name in ("profiles", "looks", "compared"))  # noqa: S608  # names of our own
        return cls(releases, _made_by(database.name), *tables)

    def among(self, releases: Releases, engine: EngineName) -> Compared | None:
        """With reports numbered as they are now. None where it holds no more: another engine made it, a bundle is gone
        or not as it was, or one has come since for a period that is not later than all of these."""
        first, at = {}, 0
        for release in releases:
            first[release] = at
            at += release[2]
        old, new = set(self.releases), set(first) - set(self.releases)
        last = max((period for _name, period, _count in old), default="")
        if self.made_by != _made_by(engine) or not old <= set(first) or any(period <= last for _n, period, _c in new):
            return None
        now = [first[each] + np.arange(each[2]) for each in self.releases]
        number = np.concatenate(now) if now else np.zeros(0, dtype=np.int64)
        return replace(
            self,
            nodes=_renumbered(self.nodes, "first_report", number),
            looks=_renumbered(self.looks, "report", number),
        )

    def reports(self) -> NDArray[np.int64]:
        """The reports that were there before, by number."""
        return np.asarray(self.looks.column("report"), dtype=np.int64)

    def to_bytes(self) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        parts = [_bytes(each) for each in (self.nodes, self.looks, self.pairs)]
        table = pa.table({"part": pa.array(parts, pa.large_binary())})
        about = json.dumps({"releases": self.releases, "made_by": self.made_by})
        target = io.BytesIO()
        parquet.write_table(table.replace_schema_metadata({_ABOUT: about}), target, compression="none")
        return target.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made; the store has authenticated it."""
        import pyarrow as pa
        from pyarrow import parquet

        table = parquet.ParquetFile(pa.BufferReader(data)).read()
        about = json.loads(table.schema.metadata[_ABOUT])
        parts = [parquet.ParquetFile(pa.BufferReader(part.as_buffer())).read() for part in table.column("part")]
        return cls(tuple((name, period, count) for name, period, count in about["releases"]), about["made_by"], *parts)


def _renumbered(table: pa.Table, column: str, number: NDArray[np.int64]) -> pa.Table:
    import pyarrow as pa

    told = pa.array(number[np.asarray(table.column(column), dtype=np.int64)], pa.int32())
    return table.set_column(table.column_names.index(column), column, told)


def _bytes(table: pa.Table) -> bytes:
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(table, target, compression="zstd", compression_level=1)
    return target.getvalue()


def _made_by(engine: EngineName) -> str:
    """Tokens' numbers are the engine's own, and what is compared is this version's."""
    return f"{engine} {version('duckdb' if engine == 'duckdb' else 'pyspark')} {FORMAT}"
