"""Describe: a release becomes a bundle that explains itself.

Pure: the bundle's id, the time and the note are arguments; the same release gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from exchange.bundle import csv_text
from exchange.bundle.caveats import derive
from exchange.bundle.datapackage import package
from exchange.bundle.metadata import Metadata, tell
from exchange.bundle.parcel import Bundle, Member
from exchange.bundle.readme import readme
from exchange.bundle.workbook import workbook
from exchange.protect.protected import Protected, ReleasedTable

if TYPE_CHECKING:
    import pyarrow as pa

TOKENS_FILE = "tokens.csv"
README_FILE = "README.html"
CHECKPOINT_FILE = "log/checkpoint"


def describe(
    protected: Protected, *, bundle: str, created: dt.datetime, note: str = "", checkpoint: str = ""
) -> tuple[Bundle, Metadata]:
    """The bundle of a release, and its metadata.

    `bundle`: 32 hexadecimal digits, new for each bundle. `note`: the month's note, already through the last look.
    `checkpoint`: the sender's log as it stands, signed; "" leaves it out.
    """
    permit = protected.permit
    metadata = tell(protected, derive(protected), bundle=bundle, created=created, note=note)
    rows = None if protected.rows is None else _rows(protected.rows, permit.agreement.data.name)
    tokens = None if protected.match is None or rows is None else _tokens(protected)
    tables = tuple(_table(table) for table in protected.tables)
    others = tuple(_others(protected, metadata, checkpoint))
    members = (
        package(protected, metadata, rows, tokens, tables, others),
        *(member for member in (rows, *tables, tokens) if member is not None),
        *others,
    )
    made = Bundle(
        id=bundle,
        sender=permit.agreement.sender.id,
        recipient=permit.recipient.id,
        agreement=permit.reference,
        period=str(permit.period),
        replaces=permit.replaces,
        members=members,
    )
    return made, metadata


def _others(protected: Protected, metadata: Metadata, checkpoint: str) -> Iterator[Member]:
    if "xlsx" in protected.permit.tier.formats:
        yield Member(f"data/{protected.permit.agreement.data.name}.xlsx", workbook(protected, metadata))
    yield Member(README_FILE, readme(protected, metadata).encode("utf-8"))
    if checkpoint:
        yield Member(CHECKPOINT_FILE, checkpoint.encode("utf-8"))


def _rows(table: pa.Table, name: str) -> Member:
    columns = [table.column(name).to_pylist() for name in table.column_names]
    content = csv_text.write(table.column_names, zip(*columns, strict=True))
    return Member(f"data/{name}.csv", content)


def _tokens(protected: Protected) -> Member:
    rows = ((each.row_key, each.kind, each.token) for each in protected.tokens)
    return Member(TOKENS_FILE, csv_text.write(("row_key", "kind", "token"), rows))


def _table(table: ReleasedTable) -> Member:
    rows = ((*cell.values, "" if cell.count is None else str(cell.count)) for cell in table.cells)
    path = "data/by_" + "_".join(table.fields).lower() + ".csv"
    return Member(path, csv_text.write((*table.fields, "people"), rows))
