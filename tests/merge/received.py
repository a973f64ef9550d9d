"""Bundles as a recipient has opened them, made without the road that leads there; everybody in them is invented."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal

import pyarrow as pa

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import Text
from exchange.bundle.contents import Contents
from exchange.bundle.datapackage import descriptor, resource
from exchange.bundle.descriptor import Missing, Resource, Schema, SchemaField
from exchange.bundle.metadata import (
    Area,
    CaveatLine,
    Dating,
    Days,
    FieldStory,
    Identified,
    Keeping,
    Linking,
    Metadata,
    Organisation,
    PassingOn,
    Protection,
)
from exchange.bundle.parcel import Bundle, Member
from exchange.merge.segment import Segment
from exchange.protect.protected import ReleasedTable, RowToken

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
START = dt.datetime(2026, 10, 10, 8, tzinfo=dt.UTC)
SEVERAL = ("vic_TypeOfExploitation",)
MISSING = ("", "UNKNOWN", "SUPPRESSED")
Row = Mapping[str, str]
Tokens = Mapping[str, Mapping[str, str | Sequence[str]]]  # row key → kind → its token, or several


def bundle_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def bundle(
    name: str,
    rows: Sequence[Row] | None,
    *,
    sender: str = "yks",
    agreement: str = "DSA-1",
    period: str = "2026-09",
    replaces: str | None = None,
    tokens: Tokens | None = None,
    tables: tuple[ReleasedTable, ...] = (),
    key_rule: Literal["pseudonymise", "row_key"] = "pseudonymise",
    epoch: str = "1",
    levels: Mapping[str, str] | None = None,
    created: dt.datetime = START,
) -> Contents:
    """What the bundle called `name` holds. Rows name themselves in `x_CaseRef`."""
    names = list(dict.fromkeys(column for row in rows or () for column in row))
    told = _metadata(name, sender, agreement, period, replaces, names, key_rule, epoch, levels or {}, created)
    member = descriptor(told, "cases", [_rows(names)] if rows is not None else [], [])
    parcel = Bundle(told.bundle, sender, "io-id", told.agreement, period, told.replaces, (member,))
    columns = {c: pa.array([row.get(c, "") for row in rows or ()], pa.string()).dictionary_encode() for c in names}
    flat = tuple(
        RowToken(key, kind, token)  # type: ignore[arg-type]  # the kinds are written out in each test
        for key, held in (tokens or {}).items()
        for kind, those in held.items()
        for token in ([those] if isinstance(those, str) else those)
    )
    return Contents(parcel, told, None if rows is None else pa.table(columns), tables, flat)


def told_tokens(segment: Segment) -> set[RowToken]:
    """The tokens of a segment as its bundle told them."""
    keys = segment.row_keys().to_pylist()
    return {RowToken(keys[each["row"]], each["kind"], each["token"]) for each in segment.tokens.to_pylist()}


def _rows(names: Sequence[str]) -> Resource:
    fields = (SchemaField(name=n, type="list" if n in SEVERAL else "string", description=n) for n in names or ["none"])
    schema = Schema(
        fields=tuple(fields),
        missing_values=tuple(Missing(value=value, label="missing") for value in MISSING),
        primary_key=("x_CaseRef",) if "x_CaseRef" in names else None,
    )
    return resource("cases", Member("data/cases.csv", b""), "rows", schema)


def _metadata(
    name: str,
    sender: str,
    agreement: str,
    period: str,
    replaces: str | None,
    names: Sequence[str],
    key_rule: str,
    epoch: str,
    levels: Mapping[str, str],
    created: dt.datetime,
) -> Metadata:
    text = Text(id="contoh", en="example")
    party = Organisation(id=sender, name=sender.upper(), contact="a@b.example")
    return Metadata(
        bundle=bundle_id(name),
        sender=party,
        recipient=Organisation(id="io-id", name="IO", contact="a@b.example"),
        agreement=Reference(id=agreement, version="1.0.0", digest="sha256:" + "0" * 64),
        title=text,
        period=period,
        covers=Days(first=dt.date(2026, 9, 1), last=dt.date(2026, 9, 30)),
        dating=Dating(field="cas_IncomingReferralDate", late_entries_days=60),
        corrections=(),
        source=text,
        collected=text,
        sampling=text,
        is_not=text,
        belonging=(),
        area=Area(jurisdiction="ID-NT", fields=()),
        missing=(),
        created=created,
        made=created.date(),
        replaces=None if replaces is None else bundle_id(replaces),
        row_means=text,
        population=text,
        identification=Identified(tool="t", standard="s", decided_by="panel"),
        purposes=(),
        prohibited=(),
        fields=tuple(
            FieldStory(
                name=column,
                label=column,
                description=column,
                kind="attribute",
                how=text,
                why=text,
                legal_basis=(),
                rule=key_rule if column == "x_CaseRef" else "keep",
                level=levels.get(column, ""),
                purposes=(),
                place="rows",
            )
            for column in names
        ),
        protection=Protection(
            treated_as="personal_data",
            held_back=None,
            min_cell=None,
            diversity={},
            households=None,
            k_asked=None,
            k_reached=None,
            over=(),
            cells_withheld={},
            highest_risk=None,
            against=None,
            table_cells_withheld=0,
        ),
        linking=Linking(network="ntt", epoch=epoch),
        caveats=(CaveatLine(code=f"C-{sender}", kind="population", text=text),),
        note="",
        confidentiality=text,
        acknowledge=(),
        keeping=Keeping(months_after_receipt=36, certificate_within_days=14, survives_end=True),
        scrubbed=(),
        country="ID",
        cross_border=None,
        passing_on=PassingOn(approval_by=sender, approver=sender, publish="tables", min_cell=11, quote_caveats=True),
    )
