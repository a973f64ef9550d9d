"""What two logs tell of one withdrawal and one recipient that is to erase: tied by the id of the letter to it.

A case is what either of both claims of itself; a claim of others under the same letter is a case of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from exchange.asking.noted import Noted
from exchange.asking.shown import Shown
from exchange.audit.entries import Entry
from exchange.audit.history import History

_Claim: TypeAlias = tuple[str, str, str, str]
"""Network, letter, who asks and who is to erase, as one of both says."""


@dataclass(frozen=True, slots=True)
class Case:
    """`told`, `erases`: the logs of sender and recipient, None where nobody showed them; `by_sender`, `by_recipient`:
    what each tells of the letter, in its order."""

    letter: str
    sender: str
    recipient: str
    told: History | None
    erases: History | None
    by_sender: tuple[Noted, ...]
    by_recipient: tuple[Noted, ...]

    @property
    def at(self) -> Noted:
        """The first that is told of it."""
        return (self.by_sender or self.by_recipient)[0]

    @property
    def asked(self) -> Noted | None:
        return _first(self.by_sender, "erasure.asked")

    @property
    def written(self) -> Noted | None:
        """The letter as it was first written; None where the last that is told of it is that it never leaves."""
        last = [each for each in self.by_sender if each.entry.kind in ("letter.sent", "letter.given_up")]
        gone = bool(last) and last[-1].entry.kind == "letter.given_up"
        return None if gone else _first(self.by_sender, "letter.sent")

    @property
    def came(self) -> Noted | None:
        return _first(self.by_recipient, "letter.received")

    @property
    def erased(self) -> Noted | None:
        """By its own log."""
        return _first(self.by_recipient, "erasure.certified")

    @property
    def certified(self) -> Noted | None:
        """When the certificate was at the sender."""
        return _first(self.by_sender, "erasure.certified")


def cases(shown: Shown) -> tuple[Case, ...]:
    """The oldest first. A case is known by each who tells of it: who asks for erasure, or who got the letter."""
    about: dict[tuple[str, str], list[Noted]] = {}
    claims: set[_Claim] = set()
    for log, number, each in shown.entries():
        if each.letter:
            about.setdefault((log.network, each.letter), []).append(Noted(log, number, each))
            if each.counterpart and _begins(each):
                asks = each.kind == "erasure.asked"
                both = (log.party, each.counterpart) if asks else (each.counterpart, log.party)
                claims.add((log.network, each.letter, *both))
    found = (_case(shown, claim, about[claim[:2]]) for claim in claims)
    return tuple(sorted(found, key=lambda each: (each.at.entry.time, each.letter, each.sender, each.recipient)))


def _case(shown: Shown, claim: _Claim, noted: list[Noted]) -> Case:
    network, letter, sender, recipient = claim
    logs = {each.party: each for each in shown.histories if each.network == network}
    return Case(
        letter=letter,
        sender=sender,
        recipient=recipient,
        told=logs.get(sender),
        erases=logs.get(recipient),
        by_sender=tuple(_between(noted, sender, recipient)),
        by_recipient=tuple(_between(noted, recipient, sender)),
    )


def _between(noted: Iterable[Noted], ours: str, other: str) -> Iterator[Noted]:
    return (each for each in noted if each.history.party == ours and each.entry.counterpart in (other, None))


def _begins(entry: Entry) -> bool:
    return entry.kind == "erasure.asked" or (entry.kind, entry.note) == ("letter.received", "withdrawal")


def _first(noted: Iterable[Noted], kind: str) -> Noted | None:
    return next((each for each in noted if each.entry.kind == kind), None)
