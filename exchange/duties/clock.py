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
    owed_to: str = ""
    """For whom it must be done; "" for nobody in particular."""

    @property
    def open(self) -> bool:
        return self.stopped is None

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
    reference: Reference = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", Reference.to(self.agreement))  # once: it takes a digest of the whole text

    def clock(
        self,
        code: str,
        clause: str,
        began: Entry,
        lasts: dt.timedelta,
        *,
        by: str = "",
        owed_to: str = "",
        stopped: dt.datetime | None = None,
    ) -> Clock:
        """The clock that an entry began, about the letter or bundle that it names; of our own deed, or of that of
        `by`."""
        about = began.letter or began.bundle or ""
        ends = began.time + lasts
        return Clock(code, clause, self.reference, by or self.party, about, began.time, ends, stopped, owed_to)

    @property
    def stopped_sending(self) -> bool:
        """Whether the agreement has been ended, or some party's last word is a suspension: then nobody may send."""
        last: dict[str, str] = {}
        for each in self.entries:
            if each.kind in {"agreement.suspended", "agreement.resumed"}:
                last[each.counterpart or each.party] = each.kind
        return "agreement.suspended" in last.values() or any(self.of("agreement.ended"))

    def of(self, kind: Kind, note: str | None = None) -> Iterator[Entry]:
        """The entries of a kind; of letters only those of the kind of letter that `note` names."""
        return (each for each in self.entries if each.kind == kind and note in (None, each.note))

    def left(self, entry: Entry) -> dt.datetime | None:
        """When what an entry tells was out of the house: a letter once it is delivered and unless it is refused there,
        anything else at once."""
        if entry.ciphertext in {each.ciphertext for each in self.of("bundle.refused")} - {None}:
            return None
        return entry.happened if entry.ciphertext is None else self.delivered.get(entry.ciphertext)


def about(agreement: Agreement, entry: Entry) -> bool:
    """Whether an entry is about any version of the agreement: a new version does not stop an old clock."""
    named: AgreementRef | None = entry.agreement
    return named is not None and named.id == agreement.id


def about_or_all(agreement: Agreement, entry: Entry) -> bool:
    """The same of an entry about what is done to a whole store; it names an agreement where it is known which."""
    return entry.agreement is None or about(agreement, entry)
