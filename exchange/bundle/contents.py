"""What a bundle holds, read by its recipient: metadata, rows, tables, tokens – or a refusal.

A bundle whose descriptor and data disagree is refused: another number of bytes, another hash, a column more or less, a
value outside its pick list, a token for a row that is not there, a file that nobody named; a workbook or a page that
says something else, and groups of look-alikes that are smaller than it says. Whether that is what was agreed: `agreed`.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Protocol, get_args

from exchange.agreements.agreement import Reference
from exchange.bundle import csv_text
from exchange.bundle.comparing import descriptor_disagrees, figures_disagree
from exchange.bundle.comparing_page import page_disagrees
from exchange.bundle.comparing_workbook import workbook_disagrees
from exchange.bundle.datapackage import PACKAGE_FILE, README_FILE, TOKEN_SCHEMA
from exchange.bundle.descriptor import Descriptor, File, Resource, Schema
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import SHOWING_FILE, Bundle
from exchange.crypto.canonical import digest_of_bytes
from exchange.errors import BundleError, Problem
from exchange.extracts import arrow
from exchange.locale import _
from exchange.matching.tokens import TokenKind
from exchange.protect.protected import Cell, ReleasedTable, RowToken

if TYPE_CHECKING:
    import pyarrow as pa

_MEMBER = re.compile(
    rf"data/[\w.-]+\.(?:csv|xlsx|pdf)|tokens\.csv|README\.html|log/checkpoint|{re.escape(SHOWING_FILE)}|"
    rf"{re.escape(PACKAGE_FILE)}"
)
_COUNT = re.compile(r"0|[1-9][0-9]{0,8}")  # no sender helps a thousand million people
Columns = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Contents:
    """A bundle as its recipient uses it.

    `rows`: one `dictionary<int32, string>` column per field, or None where no rows came. Made only by `read_contents`.
    """

    bundle: Bundle
    metadata: Metadata
    rows: pa.Table | None
    tables: tuple[ReleasedTable, ...]
    tokens: tuple[RowToken, ...]


def read_contents(bundle: Bundle) -> Contents:
    """The contents of `bundle`; BundleError `bundle.disagrees` if any part disagrees with another."""
    files = {member.path: member.content for member in bundle.members}
    told = _descriptor(files)
    check_envelope(told.metadata, bundle)
    _check_files(told, bundle)
    rows, tables = _rows(told, files), _tables(told, files)
    tokens = tuple(_tokens(told, files, rows))
    _compare(told, files, rows, tables)
    return Contents(
        bundle=bundle,
        metadata=told.metadata,
        rows=None if rows is None else _to_arrow(rows),
        tables=tables,
        tokens=tokens,
    )


def _descriptor(files: Mapping[str, bytes]) -> Descriptor:
    told = Descriptor.read(files.get(PACKAGE_FILE, b""))
    if told is None:
        raise _disagrees(_("its descriptor is missing, or is not of this version"))
    return told


class Signed(Protocol):
    """What is signed of a bundle before anything in it is read: of a `Bundle`, or of the envelope alone."""

    @property
    def id(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def agreement(self) -> Reference | None: ...
    @property
    def period(self) -> str | None: ...
    @property
    def replaces(self) -> str | None: ...


def check_envelope(said: Metadata, by: Signed) -> None:
    """BundleError `bundle.disagrees` where the metadata speak of another bundle."""
    signed = (by.id, by.sender, by.recipient, by.agreement, by.period, by.replaces)
    if signed != (said.bundle, said.sender.id, said.recipient.id, said.agreement, said.period, said.replaces):
        raise _disagrees(_("its metadata speak of another bundle than its envelope"))


def _check_files(told: Descriptor, bundle: Bundle) -> None:
    """Every file is named once, is there once, is the one that was named, and is of a kind that a bundle has: nobody
    shall be led to open a program."""
    named: tuple[File, ...] = (*told.resources, *told.files)
    paths = Counter(member.path for member in bundle.members)
    if paths != Counter([PACKAGE_FILE, *(each.path for each in named)]) or max(paths.values()) > 1:
        raise _disagrees(_("the files in the bundle are not those that it names"))
    kinds = Counter(path.rpartition(".")[2] for path in paths)
    if not all(_MEMBER.fullmatch(path) for path in paths) or max(kinds["xlsx"], kinds["pdf"]) > 1:
        raise _disagrees(_("it holds files that no bundle has"))
    members = {member.path: member.content for member in bundle.members}
    for each in named:
        content = members[each.path]
        if (each.bytes, each.hash) != (len(content), digest_of_bytes(content)):
            raise _disagrees(_("a file is not the one that the descriptor names"))


def _compare(
    told: Descriptor, files: Mapping[str, bytes], rows: _Rows | None, tables: tuple[ReleasedTable, ...]
) -> None:
    """What the parts say of one thing is the same."""
    schema, columns = (None, None) if rows is None else (rows.schema, rows.by_name())
    books = [content for path, content in files.items() if path.endswith(".xlsx")]
    named = [each for each in (*told.resources, *told.files) if each.path != README_FILE]
    different = chain(
        descriptor_disagrees(told),
        figures_disagree(told.metadata, schema, columns, tables),
        page_disagrees(files.get(README_FILE, b""), told.metadata, named),
        *(workbook_disagrees(book, told.metadata, schema, columns, tables) for book in books),
    )
    for what in different:
        raise _disagrees(what)


# --- rows ---


@dataclass(frozen=True, slots=True)
class _Rows:
    schema: Schema
    columns: Columns

    def by_name(self) -> dict[str, tuple[str, ...]]:
        return dict(zip(self.schema.names, self.columns, strict=True))

    def keys(self) -> frozenset[str]:
        """By which tokens name rows: the values of the primary key, none where there is no key."""
        if self.schema.primary_key is None:
            return frozenset()
        name = self.schema.primary_key[0]
        if name not in self.schema.names:
            raise _disagrees(_("its columns are not those that its metadata describe"))
        column = self.columns[self.schema.names.index(name)]
        if len(set(column)) != len(column):
            raise _disagrees(_("two rows have one key"))
        return frozenset(column)


def _rows(told: Descriptor, files: Mapping[str, bytes]) -> _Rows | None:
    found = _only(told, "rows")
    if found is None:
        return None
    described = sorted(field.name for field in told.metadata.fields if field.place == "rows")
    if sorted(found.schema_.names) != described or len(set(described)) != len(described):
        raise _disagrees(_("its columns are not those that its metadata describe"))
    columns = _columns(found, files)
    _check_values(found.schema_, columns)
    return _Rows(found.schema_, columns)


def _only(told: Descriptor, holds: str) -> Resource | None:
    found = [each for each in told.resources if each.holds == holds]
    if len(found) > 1:
        raise _disagrees(_("it holds two tables where there can be one"))
    return found[0] if found else None


def _check_values(schema: Schema, columns: Columns) -> None:
    missing = {each.value for each in schema.missing_values}
    for field, column in zip(schema.fields, columns, strict=True):
        if field.allowed is None:
            continue
        values = set(column) - missing
        codes = {code for value in values for code in value.split(";")} if field.type == "list" else values
        if not codes <= field.allowed:
            raise _disagrees(_("a column holds values that its pick list does not"))


def _to_arrow(rows: _Rows) -> pa.Table:
    import pyarrow as pa

    pairs = zip(rows.schema.names, rows.columns, strict=True)
    return pa.table({name: arrow.texts(column).dictionary_encode() for name, column in pairs})


# --- tables of counts, tokens ---


def _tables(told: Descriptor, files: Mapping[str, bytes]) -> tuple[ReleasedTable, ...]:
    released = {field.name for field in told.metadata.fields if field.place != "nowhere"}
    return tuple(_table(each, files, released) for each in told.resources if each.holds == "counts")


def _table(named: Resource, files: Mapping[str, bytes], released: set[str]) -> ReleasedTable:
    *fields, last = named.schema_.names
    if not fields or last != "people" or not set(fields) <= released:
        raise _disagrees(_("its columns are not those that its metadata describe"))
    *values, people = _columns(named, files)
    places = list(zip(*values, strict=True))
    if len(set(places)) != len(places):
        raise _disagrees(_("a table counts the same people twice"))
    return ReleasedTable(
        tuple(fields), tuple(Cell(place, _count(text)) for place, text in zip(places, people, strict=True))
    )


def _count(text: str) -> int | None:
    if text and not _COUNT.fullmatch(text):
        raise _disagrees(_("a table holds a count that is no number"))
    return int(text) if text else None


def _tokens(told: Descriptor, files: Mapping[str, bytes], rows: _Rows | None) -> Iterator[RowToken]:
    found = _only(told, "tokens")
    if (found is None) != (told.metadata.linking is None):
        raise _disagrees(_("its tokens are not those that its metadata describe"))
    if found is None:
        return
    keys = frozenset() if rows is None else rows.keys()
    if found.schema_ != TOKEN_SCHEMA:
        raise _disagrees(_("its tokens are not those that its metadata describe"))
    kinds: frozenset[str] = frozenset(get_args(TokenKind))
    for row_key, kind, token in zip(*_columns(found, files), strict=True):
        if row_key not in keys or kind not in kinds:
            raise _disagrees(_("its tokens belong to no rows"))
        yield RowToken(row_key, kind, token)


# --- files ---


def _columns(named: Resource, files: Mapping[str, bytes]) -> Columns:
    """The columns of a file, whose head is that of its schema."""
    try:
        head, lines = csv_text.read(files[named.path])
        rows = list(lines)
    except (ValueError, csv.Error):
        raise _disagrees(_("a file is not readable as CSV")) from None
    if tuple(head) != named.schema_.names:
        raise _disagrees(_("its columns are not those that its metadata describe"))
    if any(len(row) != len(head) for row in rows):
        raise _disagrees(_("a file has lines of unequal length"))
    return list(zip(*rows, strict=True)) or [()] * len(head)


def _disagrees(what: str) -> BundleError:
    return BundleError(
        Problem(
            "bundle.disagrees",
            what,
            hint=_("nothing was taken from it; ask the sender to pack it again with a current version"),
        )
    )
