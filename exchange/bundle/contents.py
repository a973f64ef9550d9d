"""What a bundle holds, read by its recipient: metadata, rows, tables, tokens – or a refusal.

A bundle whose descriptor and data disagree is refused: another number of bytes, another hash, a column more or less, a
value outside its pick list, a token for a row that is not there, a file that nobody named.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from pydantic import ValidationError

from exchange.bundle import csv_text
from exchange.bundle.datapackage import PACKAGE_FILE
from exchange.bundle.describe import TOKENS_FILE
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import Bundle
from exchange.crypto.canonical import digest_of_bytes
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.matching.tokens import TokenKind
from exchange.protect.protected import Cell, ReleasedTable, RowToken

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Contents:
    """A bundle as its recipient uses it.

    `rows`: one `dictionary<int32, string>` column per field, or None where no rows came. `schema` is the Table Schema
    of the rows as the descriptor has it, None likewise.
    """

    bundle: Bundle
    metadata: Metadata
    rows: pa.Table | None
    tables: tuple[ReleasedTable, ...]
    tokens: tuple[RowToken, ...]


def read_contents(bundle: Bundle) -> Contents:
    """The contents of `bundle`; BundleError if any part disagrees with another."""
    files = {member.path: member.content for member in bundle.members}
    descriptor = _descriptor(files)
    metadata = _metadata(descriptor, bundle)
    resources = {str(each["path"]): each for each in descriptor["resources"]}
    named = {*resources, *(str(each["path"]) for each in descriptor["x-files"]), PACKAGE_FILE}
    if named != files.keys():
        _refuse(_("the files in the bundle are not those that it names"))
    for each in (*resources.values(), *descriptor["x-files"]):
        _check_hash(each, files[each["path"]])
    rows = _rows(files, resources, metadata)
    tables = tuple(_table(files[path], resource) for path, resource in resources.items() if path.startswith("data/by_"))
    return Contents(bundle, metadata, rows, tables, tuple(_tokens(files, _row_keys(rows, resources))))


def _descriptor(files: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        descriptor = json.loads(files[PACKAGE_FILE])
        for each in (*descriptor["resources"], *descriptor["x-files"]):
            str(each["path"]), int(each["bytes"]), str(each["hash"])
    except (KeyError, TypeError, ValueError, RecursionError):
        _refuse(_("its descriptor is missing or cannot be read"))
    if not isinstance(descriptor, dict):
        _refuse(_("its descriptor is missing or cannot be read"))
    return descriptor


def _metadata(descriptor: dict[str, Any], bundle: Bundle) -> Metadata:
    try:
        metadata = Metadata.model_validate(descriptor.get("x-exchange"))
    except ValidationError:
        _refuse(_("its metadata are not those of this version"))
    signed = (bundle.id, bundle.sender, bundle.recipient, bundle.agreement, bundle.period, bundle.replaces)
    said = (
        metadata.bundle,
        metadata.sender.id,
        metadata.recipient.id,
        metadata.agreement,
        metadata.period,
        metadata.replaces,
    )
    if signed != said:
        _refuse(_("its metadata speak of another bundle than its envelope"))
    return metadata


def _check_hash(named: dict[str, Any], content: bytes) -> None:
    if named["bytes"] != len(content) or named["hash"] != digest_of_bytes(content):
        _refuse(_("a file is not the one that the descriptor names"))


def _rows(files: Mapping[str, bytes], resources: Mapping[str, dict[str, Any]], metadata: Metadata) -> pa.Table | None:
    found = [path for path in resources if path != TOKENS_FILE and not path.startswith("data/by_")]
    if not found:
        return None
    if len(found) > 1:
        _refuse(_("it holds more than one table of rows"))
    head, lines = _parsed(files[found[0]])
    told = [field["name"] for field in resources[found[0]]["schema"]["fields"]]
    if head != told or set(head) != {field.name for field in metadata.fields if field.place == "rows"}:
        _refuse(_("its columns are not those that its metadata describe"))
    columns = list(zip(*_rectangular(lines, len(head)), strict=True)) or [()] * len(head)
    _check_values(columns, resources[found[0]])
    import pyarrow as pa

    return pa.table(
        {name: pa.array(column, pa.string()).dictionary_encode() for name, column in zip(head, columns, strict=True)}
    )


def _check_values(columns: list[tuple[str, ...]], resource: dict[str, Any]) -> None:
    schema = resource["schema"]
    missing = {str(each["value"]) for each in schema["missingValues"]}
    for field, column in zip(schema["fields"], columns, strict=True):
        allowed = field.get("constraints", {}).get("enum")
        if allowed is not None and not set(column) <= {*allowed, *missing}:
            _refuse(_("a column holds values that its pick list does not"))


def _table(content: bytes, resource: dict[str, Any]) -> ReleasedTable:
    head, lines = _parsed(content)
    if [field["name"] for field in resource["schema"]["fields"]] != head or len(head) < 2:
        _refuse(_("its columns are not those that its metadata describe"))
    cells = []
    for *values, people in _rectangular(lines, len(head)):
        if people and not (people.isascii() and people.isdigit()):
            _refuse(_("a table holds a count that is no number"))
        cells.append(Cell(tuple(values), int(people) if people else None))
    return ReleasedTable(tuple(head[:-1]), tuple(cells))


def _row_keys(rows: pa.Table | None, resources: Mapping[str, dict[str, Any]]) -> frozenset[str]:
    """The values by which tokens name rows: those of the rows' primary key."""
    keys = [each["schema"]["primaryKey"][0] for each in resources.values() if "primaryKey" in each["schema"]]
    if rows is None or len(keys) != 1 or keys[0] not in rows.column_names:
        return frozenset()
    column = rows.column(keys[0]).to_pylist()
    if len(set(column)) != len(column):
        _refuse(_("two rows have one key"))
    return frozenset(column)


def _tokens(files: Mapping[str, bytes], row_keys: frozenset[str]) -> Iterator[RowToken]:
    if TOKENS_FILE not in files:
        return
    head, lines = _parsed(files[TOKENS_FILE])
    if head != ["row_key", "kind", "token"]:
        _refuse(_("its tokens belong to no rows"))
    for row_key, kind, token in _rectangular(lines, 3):
        if row_key not in row_keys or kind not in get_args(TokenKind):
            _refuse(_("its tokens belong to no rows"))
        yield RowToken(row_key, kind, token)  # type: ignore[arg-type]  # checked on the line above


def _parsed(content: bytes) -> tuple[list[str], Iterator[list[str]]]:
    try:
        return csv_text.read(content)
    except (ValueError, csv.Error):
        _refuse(_("a file is not readable as CSV"))


def _rectangular(lines: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    try:
        for line in lines:
            if len(line) != width:
                _refuse(_("a file has lines of unequal length"))
            yield line
    except csv.Error:
        _refuse(_("a file is not readable as CSV"))


def _refuse(what: str) -> NoReturn:
    raise BundleError(
        Problem(
            "bundle.disagrees",
            what,
            hint=_("nothing was taken from it; ask the sender to pack it again with a current version"),
        )
    )
