"""Releases of the demo's months under the example agreement, down the real road; and releases made by hand.

All people are invented. Randomness is seeded: equal arguments give equal releases.
"""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.reading import load_agreement
from exchange.agreements.tiers import Keep
from exchange.bundle.describe import describe
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import Bundle
from exchange.bundle.released import released_fields
from exchange.consent.applying import apply_consent
from exchange.demo.reports import Report
from exchange.demo.scenario import Scenario, build
from exchange.demo.workbooks import write_workbook
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import load_mapping
from exchange.extracts.reading import read_extract
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.protect.protected import Account, Cell, Protected, ReleasedTable, RowToken
from exchange.protect.protecting import protect
from exchange.redact.keys import redact_keys
from exchange.redact.redact import redact
from exchange.redact.redacted import Change

DEMO = Path(__file__).parents[2] / "exchange" / "demo"
AGREEMENT = load_agreement(DEMO / "dsa-ntt.yaml")
MADE = dt.datetime(2026, 11, 5, 3, 30, tzinfo=dt.UTC)
BUNDLE = "0123456789abcdef" * 2
OTHER_BUNDLE = "fedcba9876543210" * 2
# Every tier of the example, by its recipient.
TIERS = {"gt-ntt": "2026-09", "dinas-p3a": "2026-Q3", "io-id": "2026-09"}
Randomness = Callable[[int], bytes]


@cache
def scenario() -> Scenario:
    return build()


@cache
def month(cso: str, name: str, take: int | None = None) -> Extract:
    """The first `take` reports of one organisation's month, read from the workbook that the demo writes."""
    return extract_of(scenario().workbook(cso, name).reports[:take])


def extract_of(reports: Sequence[Report]) -> Extract:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cases.xlsx"
        write_workbook(tuple(reports), path)
        mapping = load_mapping(DEMO / "mapping-htcds.yaml")
        return read_extract(path, mapping, AGREEMENT.data, on=dt.date(2026, 11, 5))


def permit(
    recipient: str, period: str, agreement: Agreement = AGREEMENT, replaces: str | None = None, late: bool = False
) -> Permit:
    return Permit(agreement, agreement.party(recipient), Period.read(period), MADE.date(), replaces, late)


def release(
    extract: Extract, leave: Permit, seed: int = 1, withdrawn: frozenset[str] = frozenset(), epoch: str = "2026"
) -> Protected:
    """The road from the extract to what may leave."""
    chance = random.Random(seed)
    consented = apply_consent(extract, leave, withdrawn)
    redacted = redact(consented, redact_keys(b"s" * 32, leave.agreement.id, leave.recipient.id), chance.randbytes)
    secret = NetworkSecret.new("ntt", epoch, lambda n: b"n" * n)
    return protect(redacted, encode(consented, secret) if leave.tier.match else None, random.Random(seed))


@cache
def released(recipient: str, cso: str = "yks", name: str = "2026-09", take: int | None = None) -> Protected:
    period = TIERS[recipient] if name == "2026-09" else name
    if AGREEMENT.tier_of(recipient).every == "quarter" and not period.endswith(("Q3", "Q4")):
        period = "2026-Q4"
    return release(month(cso, name, take), permit(recipient, period))


def described(
    protected: Protected, *, bundle: str = BUNDLE, note: str = "Tidak ada perubahan.", created: dt.datetime = MADE
) -> tuple[Bundle, Metadata]:
    return describe(protected, bundle=bundle, created=created, note=note, showing=b'{"checkpoint":"log\\n1\\nroot\\n"}')


@cache
def bundle_of(recipient: str) -> Bundle:
    return described(released(recipient))[0]


def files(bundle: Bundle) -> dict[str, bytes]:
    return {member.path: member.content for member in bundle.members}


# --- releases made by hand, for what the demo never says ---


@dataclass(frozen=True)
class ByHand:
    """What a release holds, however unlikely."""

    agreement: Agreement
    recipient: str
    rows: Mapping[str, Sequence[str]] | None
    tables: tuple[ReleasedTable, ...] = ()
    tokens: tuple[RowToken, ...] = ()


def by_hand(what: ByHand, *, leave: Permit | None = None, **account: object) -> Protected:
    """A release as `protect` makes it, of values that no extract would let through."""
    leave = leave or permit(what.recipient, "2026-10", what.agreement)
    names = leave.tier.row_fields
    rows = None
    if what.rows is not None:
        rows = pa.table({n: pa.array(list(what.rows[n]), pa.string()).dictionary_encode() for n in names})
    told = {
        "rows_in": 0 if rows is None else rows.num_rows,
        "rows_out": 0 if rows is None else rows.num_rows,
        "over": (),
        "k_asked": None,
        "k_reached": None if rows is None or not rows.num_rows else 1,
        "gate": "reported",
        "cells_withheld": (),
        "rows_withheld": 0,
        "unique_rows": 0,
        "table_cells_withheld": sum(table.withheld for table in what.tables),
        **account,
    }
    return Protected(
        permit=leave,
        rows=rows,
        tokens=what.tokens,
        match=("ntt", "2026") if rows is not None and leave.tier.match else None,
        tables=what.tables,
        account=Account(**told),  # type: ignore[arg-type]  # figures by name
        changes=changes(leave),
        held_back_total=0,
        considered=told["rows_in"],  # type: ignore[arg-type]  # a figure
        late_entries=0,
    )


def changes(leave: Permit) -> tuple[Change, ...]:
    found = []
    for field in leave.agreement.data.fields:
        rule = leave.tier.release.get(field.name)
        found.append(Change(field.name, "drop" if rule is None else rule.rule, values=1, changed=1))
    return tuple(found)


def counts(fields: tuple[str, ...], *cells: tuple[tuple[str, ...], int | None]) -> ReleasedTable:
    return ReleasedTable(fields, tuple(Cell(values, count) for values, count in cells))


def spread(recipient: str, values: Sequence[str], agreement: Agreement = AGREEMENT) -> dict[str, list[str]]:
    """Columns of a tier that take any text hold `values`; those with a list or a key hold what they may."""
    tier = agreement.tier_of(recipient)
    closed = {each.field.name: each.values for each in released_fields(agreement, tier)}
    columns = {}
    for name in tier.row_fields:
        if tier.release[name].rule in {"row_key", "pseudonymise"} and name == agreement.data.key:
            columns[name] = [f"r{number:026d}" for number in range(len(values))]
        elif (of := closed[name]) is not None:
            columns[name] = [of[number % len(of)] for number in range(len(values))]
        else:
            columns[name] = list(values)
    return columns


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    """The sheets of a workbook as openpyxl reads them, formulas as formulas."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), data_only=False)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def with_free_text() -> Agreement:
    """The example, but its tier of personal data also keeps a field that takes any text, and comes as xlsx too."""
    tier = AGREEMENT.tiers["case-coordination"]
    any_text = Keep.model_validate({"rule": "keep", "for": ["coordination"]})
    changed = tier.model_copy(
        update={"release": {**tier.release, "cas_ReferringOrganisation": any_text}, "formats": ("csv", "xlsx")}
    )
    return AGREEMENT.model_copy(update={"tiers": {**AGREEMENT.tiers, "case-coordination": changed}})


FREE = with_free_text()


def hostile(values: Sequence[str]) -> Protected:
    """A release in which a kept field, and a household's pseudonym, hold whatever `values` are."""
    return by_hand(ByHand(FREE, "io-id", spread("io-id", values, FREE)))
