"""One month of the demo's first organisation, all the way to what leaves, for tests of what the pages say of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import pyarrow.compute as pc
from agreements.example import agreement, signed

from exchange.agreements.period import Period
from exchange.agreements.permit import Request, permit
from exchange.bundle.contents import read_contents
from exchange.bundle.describe import describe
from exchange.consent.applying import apply_consent
from exchange.demo.scenario import Scenario, build
from exchange.demo.workbooks import write_workbook
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import load_mapping
from exchange.extracts.reading import read_extract
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.merge.segment import Segment
from exchange.protect.protecting import protect
from exchange.redact.keys import redact_keys
from exchange.redact.redact import redact
from exchange.reports.leaving import Leaving
from exchange.reports.preview import Preview, Sealed

MADE = dt.datetime(2026, 10, 5, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Month:
    scenario: Scenario
    leavings: tuple[Leaving, ...]
    segments: tuple[Segment, ...]
    previews: tuple[Preview, ...]
    extract: Extract

    @property
    def of_people(self) -> tuple[str, ...]:
        """Every text that points at a person of the demo and is long enough to be no ordinary word."""
        books = (self.scenario.workbook("yks", month) for month in ("2026-09", "2026-10"))
        numbers = {text for book in books for row in book.reports for text in (row.case_ref, row.household_ref)}
        return tuple(text for text in {*self.scenario.direct_identifiers(), *numbers} if len(text) >= 5)


def month(folder: Path) -> Month:
    """September 2026 of the example agreement's sender, for its three recipients."""
    scenario = build()
    path = folder / "2026-09.xlsx"
    write_workbook(scenario.workbook("yks", "2026-09").reports, path)
    with as_file(files("exchange.demo").joinpath("mapping-htcds.yaml")) as mapping:
        extract = read_extract(path, load_mapping(mapping), agreement().data, on=MADE.date())
    made = [
        _leaving(extract, *each) for each in (("gt-ntt", "2026-09"), ("io-id", "2026-09"), ("dinas-p3a", "2026-Q3"))
    ]
    leavings, segments, previews = zip(*made, strict=True)
    return Month(scenario, leavings, segments, previews, extract)


def _leaving(extract: Extract, recipient: str, period: str) -> tuple[Leaving, Segment, Preview]:
    leave = permit(agreement(), signed(agreement()), Request(recipient, Period.read(period), MADE.date()))
    consented = apply_consent(extract, leave, frozenset())
    redacted = redact(consented, redact_keys(b"x" * 32, agreement().id, recipient), _bytes)
    tokens = encode(consented, _secret()) if leave.tier.match else None
    protected = protect(redacted, tokens, random.Random(7))
    bundle, metadata = describe(protected, bundle=_bytes(16).hex(), created=MADE, note="Tidak ada perubahan.")
    ciphertext = "sha256:" + hashlib.sha256(recipient.encode()).hexdigest()
    leaving = Leaving(protected, metadata, consented.held_back.by_reason, 4, 262_000, ciphertext)
    preview = Preview(
        protected,
        metadata,
        consented.held_back.by_reason,
        rows=consented.table,
        in_rows=consented.table.filter(pc.invert(consented.tables_only)),
        members=bundle.members,
        sealed=Sealed("0" * 32 + ".age", 262_000, ciphertext, 4),
    )
    return leaving, Segment.of(read_contents(bundle), MADE), preview


_RANDOM = random.Random(2026)


def _bytes(count: int) -> bytes:
    return _RANDOM.randbytes(count)


@cache
def _secret() -> NetworkSecret:
    return NetworkSecret.new("ntt", "2026", _bytes)
