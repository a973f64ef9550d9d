"""A segment: what one bundle brought, as Parquet bytes in memory, everything in one piece.

The rows' fields are its columns, untouched; `.tokens` stands beside them (no field may begin with a dot), and where a
linking agent has told which rows are of one person, `.person`.
Metadata, tables and the time of receipt lie in the file's own metadata.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Collection, Iterable, Mapping
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


class _About(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    received: dt.datetime
    metadata: Metadata
    schema_: RowSchema | None
    round: Round | None = None
    tables: tuple[tuple[tuple[str, ...], tuple[tuple[tuple[str, ...], int | None], ...]], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One applied bundle. `rows` and `schema` are None where it had no rows; `tokens` name rows by their key.

    `persons`: row key → the person's key in `round`, of which the linking agent told last.
    """

    received: dt.datetime
    metadata: Metadata
    schema: RowSchema | None
    rows: pa.Table | None
    tokens: tuple[RowToken, ...]
    tables: tuple[ReleasedTable, ...]
    round: Round | None = None
    persons: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, contents: Contents, received: dt.datetime) -> Self:
        """What `contents` bring; `received` has a time zone."""
        schema = None if contents.rows is None else _schema(contents)
        return cls(received, contents.metadata, schema, contents.rows, contents.tokens, contents.tables)

    @property
    def row_count(self) -> int:
        return 0 if self.rows is None else int(self.rows.num_rows)

    @property
    def pseudonymised(self) -> bool:
        """Whether a row's key is the same in every release, so that it names a case."""
        if self.schema is None or self.schema.key is None:
            return False
        return any(each.name == self.schema.key and each.rule == "pseudonymise" for each in self.metadata.fields)

    def row_keys(self) -> list[str]:
        """For each row its key, or its place in the segment where it has none."""
        if self.rows is None or self.schema is None:
            return []
        if self.schema.key is None:
            return [f"#{place}" for place in range(self.row_count)]
        keys: list[str] = self.rows.column(self.schema.key).to_pylist()
        return keys

    def without(self, keys: Collection[str]) -> Self:
        """The segment as if the rows named by `keys` had never come."""
        if self.rows is None or not keys:
            return self
        import pyarrow as pa

        kept = pa.array([key not in keys for key in self.row_keys()], pa.bool_())
        tokens = tuple(each for each in self.tokens if each.row_key not in keys)
        persons = {key: person for key, person in self.persons.items() if key not in keys}
        return replace(self, rows=_forgetful(self.rows.filter(kept)), tokens=tokens, persons=persons)

    def linked(self, made: Round, persons: Mapping[str, str]) -> Self:
        """With what an agent told in the round `made`, in place of any round before."""
        return replace(self, round=made, persons=dict(persons))

    def encoded_anew(self, network: str, epoch: str, tokens: Iterable[RowToken]) -> Self:
        """With these tokens, made under another epoch's secret, in place of those it had."""
        metadata = self.metadata.model_copy(update={"linking": Linking(network=network, epoch=epoch)})
        return replace(self, metadata=metadata, tokens=tuple(tokens))

    def to_bytes(self) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        about = _About(
            received=self.received,
            metadata=self.metadata,
            schema_=self.schema,
            round=self.round,
            tables=tuple((t.fields, tuple((cell.values, cell.count) for cell in t.cells)) for t in self.tables),
        )
        found: dict[str, list[dict[str, str]]] = {}
        for each in self.tokens:
            found.setdefault(each.row_key, []).append({"kind": each.kind, "token": each.token})
        beside = pa.array([found.get(key, []) for key in self.row_keys()], _token_type())
        table = pa.table({_TOKENS: beside}) if self.rows is None else self.rows.append_column(_TOKENS, beside)
        if self.round is not None:
            persons = [self.persons.get(key) for key in self.row_keys()]
            table = table.append_column(_PERSON, pa.array(persons, pa.string()))
        target = io.BytesIO()
        parquet.write_table(table.replace_schema_metadata({_ABOUT: about.model_dump_json()}), target)
        return target.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made; the store has authenticated it."""
        import pyarrow as pa
        from pyarrow import parquet

        table = parquet.ParquetFile(pa.BufferReader(data)).read()
        about = _About.model_validate_json(table.schema.metadata[_ABOUT])
        ours = [name for name in (_TOKENS, _PERSON) if name in table.column_names]
        rows = None if about.schema_ is None else table.drop_columns(ours).replace_schema_metadata(None)
        bare = cls(about.received, about.metadata, about.schema_, rows, (), _tables(about), about.round)
        beside = table.column(_TOKENS).to_pylist()
        tokens = (
            RowToken(key, t["kind"], t["token"]) for key, row in zip(bare.row_keys(), beside, strict=False) for t in row
        )
        named = table.column(_PERSON).to_pylist() if _PERSON in ours else []
        persons = {key: person for key, person in zip(bare.row_keys(), named, strict=False) if person is not None}
        return replace(bare, tokens=tuple(tokens), persons=persons)


def _tables(about: _About) -> tuple[ReleasedTable, ...]:
    return tuple(
        ReleasedTable(fields, tuple(Cell(values, count) for values, count in cells)) for fields, cells in about.tables
    )


def _forgetful(rows: pa.Table) -> pa.Table:
    """`rows` whose dictionaries hold no value of a row that is gone."""
    import pyarrow as pa

    columns = {name: rows.column(name).cast(pa.string()).dictionary_encode() for name in rows.column_names}
    return pa.table(columns)


def _token_type() -> pa.DataType:
    import pyarrow as pa

    return pa.list_(pa.struct([("kind", pa.string()), ("token", pa.string())]))


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
