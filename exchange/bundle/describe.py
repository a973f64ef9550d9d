"""Describe: a release becomes a bundle that explains itself.

Pure: the bundle's id, the time and the note are arguments; the same release gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import ValidationError

from exchange.bundle import csv_text
from exchange.bundle.caveats.deriving import derive
from exchange.bundle.datapackage import README_FILE, TOKEN_SCHEMA, count_schema, descriptor, resource, row_schema
from exchange.bundle.descriptor import File, Resource
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import SHOWING_FILE, Bundle, Member
from exchange.bundle.readme import readme
from exchange.bundle.released import ReleasedField, released_fields
from exchange.bundle.telling import tell
from exchange.bundle.workbook import workbook
from exchange.crypto.canonical import digest_of_bytes
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.protect.protected import Protected, ReleasedTable
from exchange.protect.releases.releases import Release

TOKENS_FILE = "tokens.csv"
CHECKPOINT_FILE = "log/checkpoint"
"""What bundles of earlier versions show of their sender's log: a bare checkpoint."""


def describe(
    protected: Protected,
    *,
    bundle: str,
    created: dt.datetime,
    note: str = "",
    showing: bytes = b"",
    earlier: Sequence[Release] = (),
) -> tuple[Bundle, Metadata]:
    """The bundle of a release, and its metadata.

    `bundle`: 32 hexadecimal digits, new for each bundle. `created`: with its time zone. `note`: the month's note.
    `showing`: the sender's log, for the recipient to witness; empty leaves it out. `earlier`: what the recipient got
    before under the agreement, in the order in which it was made. BundleError `bundle.note_unfit` for a note that is
    too long or holds what a reader cannot see, `bundle.too_long` for more rows than the agreed xlsx can hold.
    """
    permit, protected = protected.permit, _with_its_files(protected)
    released = released_fields(permit.agreement, permit.tier)
    metadata = _metadata(protected, released, bundle, created, note, earlier)
    tables = [*_tables(protected, released)]
    others = [*_others(protected, metadata, released, [named for _member, named in tables], showing)]
    files = [*(named for _member, named in tables), *map(_file, others)]
    page = Member(README_FILE, readme(protected, metadata, released, files))
    others.append(page)
    made = Bundle(
        id=bundle,
        sender=permit.agreement.sender.id,
        recipient=permit.recipient.id,
        agreement=permit.reference,
        period=str(permit.period),
        replaces=permit.replaces,
        members=(
            descriptor(metadata, permit.agreement.data.name, [named for _member, named in tables], others),
            *(member for member, _named in tables),
            *others,
        ),
    )
    return made, metadata


def _with_its_files(protected: Protected) -> Protected:
    """With rows, if only none: a month in which no rows leave has the same files as any other."""
    if protected.rows is not None or "rows" not in protected.permit.tier.protect.output:
        return protected
    import pyarrow as pa

    nothing = pa.array([], pa.string()).dictionary_encode()
    return replace(protected, rows=pa.table(dict.fromkeys(protected.permit.tier.row_fields, nothing)))


def _metadata(
    protected: Protected,
    released: Sequence[ReleasedField],
    bundle: str,
    created: dt.datetime,
    note: str,
    earlier: Sequence[Release],
) -> Metadata:
    if created.tzinfo is None:
        raise AssertionError("a time without its zone is not a time")
    when, plain = created.astimezone(dt.UTC), _plain(note)
    try:
        return tell(protected, derive(protected), released, bundle=bundle, created=when, note=plain, earlier=earlier)
    except ValidationError as error:
        if {problem["loc"] for problem in error.errors()} != {("note",)}:
            raise
    raise BundleError(
        Problem(
            "bundle.note_unfit",
            _("the note is too long, or holds characters that cannot be seen"),
            hint=_("write it in at most 8,000 characters; type it again rather than pasting it"),
        )
    )


def _plain(note: str) -> str:
    """With the line ends of one system, and spaces for tabs."""
    return note.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def _tables(protected: Protected, released: Sequence[ReleasedField]) -> Iterator[tuple[Member, Resource]]:
    """Every table of the package: rows, counts, tokens. Names of resources differ whatever the data are called."""
    data, tier = protected.permit.agreement.data, protected.permit.tier
    if protected.rows is not None:
        rows = Member(f"data/{data.name}.csv", csv_text.write_table(protected.rows))
        yield rows, resource(data.name, rows, "rows", row_schema(data, tier, released))
    for table in protected.tables:
        name = "by_" + "-".join(table.fields).lower()
        member = Member(f"data/{name}.csv", _counts(table))
        yield member, resource(name, member, "counts", count_schema(data, table))
    if protected.match is not None:
        tokens = Member(TOKENS_FILE, _tokens(protected))
        yield tokens, resource("match_tokens", tokens, "tokens", TOKEN_SCHEMA)


def _counts(table: ReleasedTable) -> bytes:
    values = [[cell.values[at] for cell in table.cells] for at in range(len(table.fields))]
    people = ["" if cell.count is None else str(cell.count) for cell in table.cells]
    return csv_text.write((*table.fields, "people"), [*values, people])


def _tokens(protected: Protected) -> bytes:
    those = protected.tokens
    return csv_text.write(
        TOKEN_SCHEMA.names,
        [[each.row_key for each in those], [each.kind for each in those], [each.token for each in those]],
    )


def _others(
    protected: Protected,
    metadata: Metadata,
    released: Sequence[ReleasedField],
    tables: Sequence[File],
    showing: bytes,
) -> Iterator[Member]:
    if "xlsx" in protected.permit.tier.formats:
        name = protected.permit.agreement.data.name
        yield Member(f"data/{name}.xlsx", workbook(protected, metadata, released))
    if "pdf" in protected.permit.tier.formats:
        from exchange.bundle.pdf import pdf

        name = protected.permit.agreement.data.name
        yield Member(f"data/{name}.pdf", pdf(protected, metadata, released, tables))
    if showing:
        yield Member(SHOWING_FILE, showing)


def _file(member: Member) -> File:
    return File(path=member.path, bytes=len(member.content), hash=digest_of_bytes(member.content))
