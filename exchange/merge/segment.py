"""A segment: what one bundle brought, as Parquet bytes in memory, everything in one piece.

The rows' fields are its columns, untouched; a column `.tokens` stands beside them (no field may begin with a dot), a
list for each row, and where a linking agent has told which rows are of one person, `.person`. Metadata, tables and the
time of receipt lie in the file's own metadata. Nothing here walks over rows in Python where no agent links: a store of
a million reports opens in seconds.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict

from exchange.bundle.contents import Contents
from exchange.bundle.datapackage import PACKAGE_FILE
from exchange.bundle.descriptor import Descriptor
from exchange.bundle.metadata import Linking, Metadata
from exchange.errors import MergeError, Problem
from exchange.locale import _
from exchange.protect.protected import Cell, ReleasedTable, RowToken

if TYPE_CHECKING:
    import pyarrow as pa

_TOKENS, _PERSON = ".tokens", ".person"
_ABOUT = b"data-sharing-exchange"


class RowSchema(BaseModel):
    """What the descriptor says of the rows that counting needs.

    `key`: the field that names a row (row key or pseudonym), None where none was released. `missing`: the written
    forms of "we do not know". `lists`: fields of several codes, joined by ";".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str | None
    missing: tuple[str, ...]
    lists: tuple[str, ...]


class Round(BaseModel):
    """One round of a linking agent: its id, and when it was made. Keys of two rounds cannot be compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: str
    id: str
    made: dt.datetime


class About(BaseModel):
    """What stands in a segment's file beside its rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    received: dt.datetime
    metadata: Metadata
    schema_: RowSchema | None
    round: Round | None = None
    tables: tuple[tuple[tuple[str, ...], tuple[tuple[tuple[str, ...], int | None], ...]], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One applied bundle. `rows` and `schema` are None where it had no rows.

    `tokens`: row (int32, the place in `rows`), kind (dictionary), token (text), in the order of all three, so that two
    bundles that say the same of a row say it in the same words. `persons`: row key → the person's key in `round`, of
    which the linking agent told last.
    """

    received: dt.datetime
    metadata: Metadata
    schema: RowSchema | None
    rows: pa.Table | None
    tokens: pa.Table
    tables: tuple[ReleasedTable, ...]
    round: Round | None = None
    persons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, contents: Contents, received: dt.datetime) -> Self:
        """What `contents` bring; `received` has a time zone."""
        schema = None if contents.rows is None else _schema(contents)
        bare = cls(received, contents.metadata, schema, contents.rows, token_type().empty_table(), contents.tables)
        return replace(bare, tokens=_placed(contents.tokens, bare.row_keys()))

    @property
    def row_count(self) -> int:
        return 0 if self.rows is None else int(self.rows.num_rows)

    @property
    def pseudonymised(self) -> bool:
        """Whether a row's key is the same in every release, so that it names a case."""
        if self.schema is None or self.schema.key is None:
            return False
        return any(each.name == self.schema.key and each.rule == "pseudonymise" for each in self.metadata.fields)

    def row_keys(self) -> pa.Array:
        """For each row its key (text), or its place in the segment where it has none."""
        import pyarrow as pa

        if self.rows is None or self.schema is None:
            return pa.array([], pa.string())
        if self.schema.key is None:
            return pa.array([f"#{place}" for place in range(self.row_count)], pa.string())
        return self.rows.column(self.schema.key).combine_chunks().cast(pa.string())

    def without(self, keys: Collection[str]) -> Self:
        """The segment as if the rows named by `keys` had never come."""
        if self.rows is None or not keys:
            return self
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        kept = pc.invert(pc.is_in(self.row_keys(), pa.array(list(keys), pa.string())))
        place = np.cumsum(kept.to_numpy(zero_copy_only=False), dtype=np.int32) - 1  # of each row that stays
        tokens = self.tokens.filter(kept.take(self.tokens.column("row")))
        moved = pa.array(place[tokens.column("row").to_numpy()], pa.int32())
        tokens = tokens.set_column(0, "row", moved)
        persons = {key: person for key, person in self.persons.items() if key not in keys}
        return replace(self, rows=_forgetful(self.rows.filter(kept)), tokens=tokens, persons=persons)

    def linked(self, made: Round, persons: Mapping[str, str]) -> Self:
        """With what an agent told in the round `made`, in place of any round before."""
        return replace(self, round=made, persons=dict(persons))

    def encoded_anew(self, network: str, epoch: str, tokens: Sequence[RowToken]) -> Self:
        """With these tokens, made under another epoch's secret, in place of those it had."""
        metadata = self.metadata.model_copy(update={"linking": Linking(network=network, epoch=epoch)})
        return replace(self, metadata=metadata, tokens=_placed(tokens, self.row_keys()))

    def to_bytes(self) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        said = About(
            received=self.received,
            metadata=self.metadata,
            schema_=self.schema,
            round=self.round,
            tables=tuple((t.fields, tuple((cell.values, cell.count) for cell in t.cells)) for t in self.tables),
        )
        beside = self._beside()
        table = pa.table({_TOKENS: beside}) if self.rows is None else self.rows.append_column(_TOKENS, beside)
        if self.round is not None:
            persons = [self.persons.get(key) for key in self.row_keys().to_pylist()]
            table = table.append_column(_PERSON, pa.array(persons, pa.string()))
        target = io.BytesIO()
        parquet.write_table(table.replace_schema_metadata({_ABOUT: said.model_dump_json()}), target)
        return target.getvalue()

    def token_ends(self) -> pa.Array:
        """Where in `tokens` those of each row begin, and the last end."""
        import numpy as np
        import pyarrow as pa

        each = np.bincount(self.tokens.column("row").to_numpy(), minlength=self.row_count)
        return pa.array(np.concatenate(([0], np.cumsum(each))), pa.int32())

    def _beside(self) -> pa.Array:
        """For each row the list of its tokens."""
        import pyarrow as pa

        pair = [self.tokens.column(name).cast(pa.string()).combine_chunks() for name in ("kind", "token")]
        return pa.ListArray.from_arrays(self.token_ends(), pa.StructArray.from_arrays(pair, ["kind", "token"]))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made; the store has authenticated it."""
        import pyarrow as pa
        from pyarrow import parquet

        table = parquet.ParquetFile(pa.BufferReader(data)).read()
        said = About.model_validate_json(table.schema.metadata[_ABOUT])
        ours = [name for name in (_TOKENS, _PERSON) if name in table.column_names]
        rows = None if said.schema_ is None else table.drop_columns(ours).replace_schema_metadata(None)
        tokens = _read_tokens(table.column(_TOKENS).combine_chunks())
        bare = cls(said.received, said.metadata, said.schema_, rows, tokens, _tables(said), said.round)
        if _PERSON not in ours:
            return bare
        told = zip(bare.row_keys().to_pylist(), table.column(_PERSON).to_pylist(), strict=True)
        return replace(bare, persons={key: person for key, person in told if person is not None})


def about(data: bytes) -> tuple[About, int]:
    """What a segment's bytes say of themselves, and how many rows they hold, without reading one."""
    import pyarrow as pa
    from pyarrow import parquet

    file = parquet.ParquetFile(pa.BufferReader(data))
    said = About.model_validate_json(file.schema_arrow.metadata[_ABOUT])
    return said, 0 if said.schema_ is None else int(file.metadata.num_rows)


def token_type() -> pa.Schema:
    """The columns of a segment's tokens."""
    import pyarrow as pa

    return pa.schema([("row", pa.int32()), ("kind", pa.dictionary(pa.int32(), pa.string())), ("token", pa.string())])


def _placed(tokens: Sequence[RowToken], row_keys: pa.Array) -> pa.Table:
    """The tokens of a bundle, each with the place of its row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not tokens:
        return token_type().empty_table()
    rows = pc.index_in(pa.array([each.row_key for each in tokens], pa.string()), row_keys)
    kinds, texts = ([getattr(each, name) for each in tokens] for name in ("kind", "token"))
    table = pa.table({"row": rows, "kind": pa.array(kinds), "token": pa.array(texts)})
    return table.sort_by([(name, "ascending") for name in table.column_names]).cast(token_type())


def _read_tokens(lists: pa.ListArray) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = pc.list_parent_indices(lists).cast(pa.int32())
    kinds, tokens = lists.flatten().flatten()
    return pa.table([rows, kinds.dictionary_encode(), tokens], schema=token_type())


def _tables(said: About) -> tuple[ReleasedTable, ...]:
    return tuple(
        ReleasedTable(fields, tuple(Cell(values, count) for values, count in cells)) for fields, cells in said.tables
    )


def _forgetful(rows: pa.Table) -> pa.Table:
    """`rows` whose dictionaries hold no value of a row that is gone."""
    import pyarrow as pa

    columns = {name: rows.column(name).cast(pa.string()).dictionary_encode() for name in rows.column_names}
    return pa.table(columns)


def _schema(contents: Contents) -> RowSchema:
    """From the descriptor, which `read_contents` has compared with the data."""
    package = next((each.content for each in contents.bundle.members if each.path == PACKAGE_FILE), b"")
    told = Descriptor.read(package)
    schema = next((each.schema_ for each in told.resources if each.holds == "rows"), None) if told else None
    if schema is None:
        raise MergeError(Problem("store.no_descriptor", _("rows have come without a description")))
    return RowSchema(
        key=None if schema.primary_key is None else schema.primary_key[0],
        missing=tuple(each.value for each in schema.missing_values),
        lists=tuple(field.name for field in schema.fields if field.type == "list"),
    )
