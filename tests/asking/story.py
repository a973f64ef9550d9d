"""A month between an honest sender and an honest recipient, as their logs tell it, under the example agreement.

Logs are kept in memory, with the papers that a pack would hold; the agreement and the cards are really signed. A test
changes one thing. Every number here is invented.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from agreements.example import SIGNED_ON, TEXT, key
from asking.books import Book, ask, digest, papers, read

from exchange.agreements.agreement import Reference
from exchange.asking.answer import Answer
from exchange.audit.entries import AgreementRef, Counts, Kind, KindCount
from exchange.keyring.card import SignedCard, issue_card
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.people import certify
from exchange.keyring.shapes import Names, Person, Role

SENDER, RECIPIENT = "yks", "gt-ntt"
PACKED = dt.datetime(2026, 10, 5, 2, tzinfo=dt.UTC)
MADE = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
APPROVERS = ("director.1", "officer.1")
NOTICES = ("confidentiality", "caveats", "prohibited")
FIELDS = ("x_CaseRef", "prs_Birthdate", "prs_Gender", "vic_TypeOfExploitation")


def reference(text: str = TEXT) -> AgreementRef:
    return AgreementRef(**Reference.to(read(text)).model_dump())


@cache
def identity_of(root: str, on: dt.date) -> Identity:
    names = Names(id="Yayasan (contoh)", en="Foundation (example)")
    return new_identity(SENDER, names, "dpo@yks.example", on, root=key(root))


def card(
    *people: str, roles: tuple[Role, ...] = ("approve",), on: dt.date = SIGNED_ON, root: str = SENDER
) -> SignedCard:
    """The sender's card as of a day, which certifies these people."""
    identity = identity_of(root, on)
    last = SIGNED_ON + dt.timedelta(days=400)
    for each in people:
        public = key(each).verify_key.openssh()
        known = Person(id=each, name="Orang (contoh)", roles=roles, key=public, not_before=SIGNED_ON, not_after=last)
        identity = certify(identity, known)
    return issue_card(identity, on)


@dataclass
class Told(Book):
    """A log whose entries are about no agreement unless they name one."""

    made: dt.datetime = MADE

    def note(self, kind: Kind, time: dt.datetime, **said: Any) -> int:
        return super().note(kind, time, **{"agreement": None, **said})


@dataclass
class Story:
    """`yks` and `gt-ntt`, whose logs begin empty."""

    text: str = TEXT
    yks: Told = field(default_factory=lambda: Told(SENDER))
    recipient: Told = field(default_factory=lambda: Told(RECIPIENT))

    def __post_init__(self) -> None:
        both = papers(self.text)
        self.yks.documents = both | {"cards/yks.card.json": card(*APPROVERS).to_bytes()}
        self.recipient.documents = dict(both)

    def send(
        self,
        bundle: str = "b-00000001",
        at: dt.datetime = PACKED,
        *,
        lost: Collection[Kind] = (),
        late: dict[Kind, dt.timedelta] | None = None,
        file: str = "",
        approvers: Collection[str] = APPROVERS,
        **changes: dict[str, Any],
    ) -> None:
        """One bundle goes all the way. `lost`: what is never noted; `late`: by how much more later; `changes`: by the
        kind with `_` for its dot, what its entry says instead."""
        other = self.recipient.party
        about = {"agreement": reference(self.text), "period": "2026-09", "bundle": bundle}
        about["ciphertext"] = digest(file or bundle)
        receipt, page = digest(f"receipt of {bundle}"), digest(f"page of {bundle}")
        counts = Counts(rows_in=10, rows_out=9, held_back=2, reasons=(KindCount(kind="status", count=2),), tables=1)
        checked = {"agreement": about["agreement"], "period": "2026-09", "counts": Counts(rows_in=12, held_back=0)}
        steps: list[tuple[Told, Kind, dt.timedelta, dict[str, Any]]] = [
            (self.yks, "extract.checked", -HOUR, checked),
            (self.yks, "bundle.packed", 0 * HOUR, {**about, "page": page, "counts": counts, "fields": FIELDS}),
            *((self.yks, "release.approved", HOUR, {**about, "page": page, "person": each}) for each in approvers),
            (self.yks, "bundle.queued", 2 * HOUR, about),
            (self.yks, "bundle.delivered", 3 * HOUR, about),
            (self.recipient, "bundle.received", 4 * HOUR, {"ciphertext": about["ciphertext"]}),
            (self.recipient, "bundle.opened", 5 * HOUR, about),
            (self.recipient, "bundle.accepted", 5 * HOUR, {**about, "receipt": receipt, "counts": Counts(rows_in=9)}),
            (self.recipient, "notices.acknowledged", 6 * HOUR, {**about, "person": "reader.1", "codes": NOTICES}),
            (self.yks, "bundle.acknowledged", 7 * HOUR, {**about, "receipt": receipt}),
        ]
        for log, kind, after, said in steps:
            if kind not in lost:
                towards = {"counterpart": other if log is self.yks else SENDER}
                whole = said if kind in ("extract.checked", "bundle.received") else towards | said
                when = at + after + (late or {}).get(kind, 0 * HOUR)
                log.note(kind, when, **{**whole, **changes.get(kind.replace(".", "_"), {})})

    def ask(self, question: str, *logs: Told, now: dt.datetime = MADE, **about: Any) -> Answer:
        return ask(question, *(logs or (self.yks, self.recipient)), now=now, **about)

    def proves(self, answer: Answer) -> bool:
        """Whether all that an answer rests on is proved."""
        origins = {each.origin for each in answer.evidence}
        logs = [each for each in (self.yks, self.recipient) if each.origin in origins]
        return len(logs) == len(origins) > 0 and all(each.proves(answer) for each in logs)
