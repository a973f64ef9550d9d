"""A clock: what must have happened by when, by which clause; and the facts from which every clock is read.

Pure: the log, the state of the outbox and the time come in as arguments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import AgreementRef, Entry, Kind

ClockState = Literal["running", "overdue", "met", "missed"]


@dataclass(frozen=True, slots=True)
class Clock:
    """`code` names the duty ("withdrawal.erase"), `clause` what asks for it ("consent.withdrawal.erase_within_days").

    `began` started it, by `ends` it must be done, `stopped` is when it was; None while it runs. `party`: whose deed it
    waits for. `about`: the period ("2026-10") or the id of the letter or bundle that it is about; never a person.
    """

    code: str
    clause: str
    agreement: Reference
    party: str
    about: str
    began: dt.datetime
    ends: dt.datetime
    stopped: dt.datetime | None = None

    def state(self, now: dt.datetime) -> ClockState:
        if self.stopped is None:
            return "overdue" if now > self.ends else "running"
        return "missed" if self.stopped > self.ends else "met"


@dataclass(frozen=True, slots=True)
class Facts:
    """What we know at `now` of one agreement: the entries of our log about it, oldest first; and for each sealed file
    (`sha256:…`) that left, when the server had it."""

    agreement: Agreement
    party: str
    now: dt.datetime
    entries: tuple[Entry, ...]
    delivered: Mapping[str, dt.datetime] = field(default_factory=dict)

    @property
    def reference(self) -> Reference:
        return Reference.to(self.agreement)

    def of(self, kind: Kind, note: str | None = None) -> Iterator[Entry]:
        """The entries of a kind; of letters only those of the kind of letter that `note` names."""
        return (each for each in self.entries if each.kind == kind and note in (None, each.note))


def about(agreement: Reference, entry: Entry) -> bool:
    """Whether an entry is about any version of the agreement: a new version does not stop an old clock."""
    named: AgreementRef | None = entry.agreement
    return named is not None and named.id == agreement.id
