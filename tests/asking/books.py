"""Logs of a small network, kept in memory, with the papers of their packs: what auditors ask.

The agreement is the example, really signed; every other organisation and number is invented.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from agreements.example import TEXT, agreement, key, signed

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.reading import read_agreement
from exchange.asking.answer import Answer, Asked
from exchange.asking.questions import BY_NAME
from exchange.asking.shown import Shown
from exchange.audit.checkpoint import Checkpoint, log_origin, sign_checkpoint
from exchange.audit.entries import AgreementRef, Entry, Kind, Opening
from exchange.audit.history import History
from exchange.audit.proofs import verify_entry_proof
from exchange.audit.tree import Tree
from exchange.crypto.signing import SigningKey
from exchange.keyring.card import issue_card
from exchange.keyring.identity import new_identity
from exchange.keyring.people import certify
from exchange.keyring.shapes import Names, Person

NEW_YEAR = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


def digest(what: str) -> str:
    return "sha256:" + hashlib.sha256(what.encode()).hexdigest()


def at(day: str, hour: int = 3) -> dt.datetime:
    """An hour of a day in UTC: `at("2026-10-05")`."""
    return dt.datetime.fromisoformat(day).replace(hour=hour, tzinfo=dt.UTC)


@cache
def read(text: str = TEXT) -> Agreement:
    return read_agreement(text, "dsa.yaml")


def papers(text: str = TEXT, *parties: str, unsigned: bool = False) -> dict[str, bytes]:
    """The agreement as a pack holds it, signed by these parties or by all."""
    document = read(text)
    name = f"agreements/{document.id}-{document.version}"
    found = {f"{name}.yaml": text.encode()}
    if not unsigned:
        found[f"{name}.signatures.json"] = signed(document, *parties).to_json()
    return found


@dataclass
class Book:
    """The log of one party in the example's network."""

    party: str
    documents: dict[str, bytes] = field(default_factory=papers)
    made: dt.datetime = NEW_YEAR
    under: Agreement = field(default_factory=agreement)
    openings: list[Opening] = field(default_factory=list)
    held: tuple[bytes, ...] = ()

    @property
    def key(self) -> SigningKey:
        return SigningKey(hashlib.sha256(f"log of {self.party}".encode()).digest())

    @property
    def reference(self) -> AgreementRef:
        return AgreementRef(**Reference.to(self.under).model_dump())

    def note(self, kind: Kind, time: dt.datetime, **said: Any) -> int:
        """The number of the entry. It is about the agreement unless another, or None, is named."""
        said = {"agreement": self.reference, **said}
        entry = Entry(time=time, kind=kind, party=self.party, **said)
        self.openings.append(Opening(entry, hashlib.sha256(str(len(self.openings)).encode()).digest()[:16]))
        return len(self.openings) - 1

    def head(self, size: int | None = None) -> bytes:
        """What somebody keeps of the log when it has so many entries."""
        return self.history(size).head.data

    @property
    def origin(self) -> str:
        return log_origin(self.party, self.under.network)

    def history(self, size: int | None = None) -> History:
        openings = self.openings[:size]
        tree = Tree(each.leaf for each in openings)
        head = sign_checkpoint(Checkpoint(self.origin, tree.size, tree.root()), self.key)
        entries = {number: each.entry for number, each in enumerate(openings)}
        return History(
            self.origin,
            entries,
            head,
            tree.node,
            self.documents,
            f"{self.party}.tar",
            self.made,
            self.key.verify_key,
            self.held,
        )

    def proves(self, answer: Answer) -> bool:
        """Whether everything from this log on which an answer rests is proved to be in it."""
        mine = [each for each in answer.evidence if each.origin == self.origin]
        for each in mine:
            number, opening, _head = verify_entry_proof(
                each.proof, self.openings[each.number].data, self.key.verify_key
            )
            if (number, opening.entry) != (each.number, each.entry):
                return False
        return bool(mine)


def send(sender: Book, recipient: str, period: str, time: dt.datetime, **said: Any) -> int:
    """The sender packs and delivers what it owes for a period; the number of the delivery."""
    name = f"{sender.party}-{recipient}-{period}"
    about = {"counterpart": recipient, "bundle": name, "ciphertext": digest(name), "period": period, **said}
    sender.note("bundle.packed", time, **about)
    return sender.note("bundle.delivered", time, **{**about, "counts": None})


def ask(
    question: str, *books: Book | History, now: dt.datetime = NEW_YEAR, kept: Sequence[bytes] = (), **about: Any
) -> Answer:
    histories = [each.history() if isinstance(each, Book) else each for each in books]
    return BY_NAME[question].answer(Shown.of(histories, now, kept), Asked(**about))


def codes(answer: Answer) -> list[str]:
    return [each.code for each in answer.findings]


def wrong(*answers: Answer) -> list[str]:
    return [each.code for answer in answers for each in answer.findings if each.weight == "wrong"]


def lines(answer: Answer) -> list[str]:
    return [str(each) for each in answer.lines]


def cards(party: str, *people: str, on: dt.date = dt.date(2026, 9, 1), last: dt.date | None = None) -> dict[str, bytes]:
    """The party's card as a pack holds it, with the root that the example names for it and the log's key of `Book`."""
    names = Names(id=party, en=party)
    identity = new_identity(party, names, f"dpo@{party}.example", on, sftp_client=False, root=key(party))
    identity = replace(identity, log=Book(party).key)
    for person in people:
        theirs = a_key_of(person).verify_key.openssh()
        until = last or on + dt.timedelta(days=300)
        one = Person(id=person, name=person, roles=("open", "approve"), key=theirs, not_before=on, not_after=until)
        identity = certify(identity, one)
    return {f"cards/{party}.card.json": issue_card(identity, on).to_bytes()}


def a_key_of(person: str) -> SigningKey:
    return SigningKey(hashlib.sha256(f"key of {person}".encode()).digest())
