"""A month between an honest sender and an honest recipient, as their logs tell it, under the example agreement.

Logs are kept in memory, with the papers that a pack would hold; the agreement and the cards are really signed. A test
changes one thing. Every number here is invented.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from agreements.example import SIGNED_ON, TEXT, key, signed

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.reading import read_agreement
from exchange.asking.answer import Answer, Asked
from exchange.asking.questions import BY_NAME
from exchange.asking.shown import Shown
from exchange.audit.checkpoint import Checkpoint, log_origin, sign_checkpoint
from exchange.audit.entries import AgreementRef, Counts, Entry, Kind, KindCount, Opening
from exchange.audit.history import History
from exchange.audit.proofs import verify_entry_proof
from exchange.audit.tree import Tree
from exchange.crypto.signing import SigningKey
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


def digest(what: str) -> str:
    return "sha256:" + hashlib.sha256(what.encode()).hexdigest()


@cache
def read(text: str = TEXT) -> Agreement:
    return read_agreement(text, "dsa.yaml")


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


def papers(text: str = TEXT, *parties: str) -> dict[str, bytes]:
    """The agreement as a pack holds it, signed by these parties or by all."""
    document = read(text)
    name = f"agreements/{document.id}-{document.version}"
    return {f"{name}.yaml": text.encode(), f"{name}.signatures.json": signed(document, *parties).to_json()}


@dataclass
class Told:
    """The log of one party, and what lies beside it in its pack."""

    party: str
    documents: dict[str, bytes] = field(default_factory=papers)
    made: dt.datetime = MADE
    openings: list[Opening] = field(default_factory=list)

    @property
    def key(self) -> SigningKey:
        return SigningKey(hashlib.sha256(f"log of {self.party}".encode()).digest())

    def note(self, kind: Kind, at: dt.datetime, **said: Any) -> int:
        entry = Entry(time=at, kind=kind, party=self.party, **said)
        self.openings.append(Opening(entry, hashlib.sha256(str(len(self.openings)).encode()).digest()[:16]))
        return len(self.openings) - 1

    @property
    def history(self) -> History:
        tree = Tree(each.leaf for each in self.openings)
        head = sign_checkpoint(Checkpoint(self.origin, tree.size, tree.root()), self.key)
        entries = {number: each.entry for number, each in enumerate(self.openings)}
        return History(self.origin, entries, head, tree.node, self.documents, f"{self.party}.tar", self.made)

    @property
    def origin(self) -> str:
        return log_origin(self.party, read().network)

    def proves(self, answer: Answer) -> bool:
        """Whether all that an answer takes from this log is proved to be in it."""
        mine = [each for each in answer.evidence if each.origin == self.origin]
        for each in mine:
            opening = self.openings[each.number]
            number, proved, _head = verify_entry_proof(each.proof, opening.data, self.key.verify_key)
            if (number, proved.entry) != (each.number, each.entry):
                return False
        return bool(mine)


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
        shown = logs or (self.yks, self.recipient)
        return BY_NAME[question].answer(Shown.of([each.history for each in shown], now), Asked(**about))

    def proves(self, answer: Answer) -> bool:
        """Whether all that an answer rests on is proved."""
        origins = {each.origin for each in answer.evidence}
        logs = [each for each in (self.yks, self.recipient) if each.origin in origins]
        return len(logs) == len(origins) > 0 and all(each.proves(answer) for each in logs)


def codes(answer: Answer) -> list[str]:
    return [each.code for each in answer.findings]


def wrong(answer: Answer) -> list[str]:
    return [each.code for each in answer.findings if each.weight == "wrong"]


def lines(answer: Answer) -> list[str]:
    return [str(each) for each in answer.lines]
