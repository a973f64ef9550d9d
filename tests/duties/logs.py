"""A log of one agreement, written entry by entry, and the clocks that are read off it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from agreements.example import agreement

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.duties.clock import Clock, Facts
from exchange.duties.overview import read_clocks

START = dt.datetime(2026, 10, 1, 1, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def an_id(number: int) -> str:
    return f"{number:032x}"


def a_digest(number: int) -> str:
    return f"sha256:{number:064x}"


@dataclass
class Notebook:
    """`party`'s log under `document`, and when the server had which file."""

    party: str = "yks"
    document: Agreement = field(default_factory=agreement)
    entries: list[Entry] = field(default_factory=list)
    there: dict[str, dt.datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reference = AgreementRef(**Reference.to(self.document).model_dump())

    def note(self, kind: Kind, at: dt.datetime, **said: Any) -> Entry:
        entry = Entry(time=at, kind=kind, party=self.party, agreement=self.reference, **said)
        self.entries.append(entry)
        return entry

    def facts(self, now: dt.datetime) -> Facts:
        return Facts(self.document, self.party, now, tuple(self.entries), dict(self.there))

    def clocks(self, now: dt.datetime, code: str = "") -> list[Clock]:
        return [each for each in read_clocks(self.facts(now)) if each.code.startswith(code)]


def asked(notebook: Notebook, number: int, recipient: str, at: dt.datetime) -> None:
    """Somebody withdrew, and one recipient of personal data is told by a letter."""
    notebook.note("consent.withdrawn", at, letter=an_id(1000 + number))
    notebook.note("erasure.asked", at, counterpart=recipient, letter=an_id(number))
    sent = {"letter": an_id(number), "ciphertext": a_digest(number), "note": "withdrawal"}
    notebook.note("letter.sent", at, counterpart=recipient, **sent)


def certified(notebook: Notebook, number: int, by: str, at: dt.datetime) -> None:
    notebook.note("erasure.certified", at, counterpart=by, letter=an_id(number), ciphertext=a_digest(9000 + number))
