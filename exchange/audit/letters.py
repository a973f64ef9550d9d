"""Do several organisations tell of the same letters? Each that was written with what its recipient says, and back.

What ties two logs together is the digest of the sealed file; a letter that is sealed once more keeps its id. A log
notes a letter when it is written, and not when it left. What came is noted by what it did, and where it was put aside
or refused as well; it accuses its sender only where its signature was verified and it was heeded.

Receipts are matched with their bundles (`exchange.audit.matches`). Of a party without a pack nothing is concluded, and
nothing is said: letters go to auditors, too, of whom nobody asks one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.lines import as_text
from exchange.audit.matches import ON_ITS_WAY, knows_of
from exchange.audit.reading import ReadLog
from exchange.audit.scope import agreement_of
from exchange.locale import Said, counted_later, later

WAITS = 3 * ON_ITS_WAY
"""How long ago a letter must have been written before it is missed: it may wait for a road that is closed, or for who
carries it."""

_HEEDED: tuple[Kind, ...] = (
    "letter.received",
    "agreement.suspended",
    "agreement.resumed",
    "agreement.ended",
    "disposal.certified",
    "bundle.refused",
)
_CAME: tuple[Kind, ...] = (
    *_HEEDED,
    "erasure.certified",
    "filters.certified",
    "card.rotated",
    "card.revoked",
    "bundle.quarantined",
)
_OF_KEYS = ("card", "revocation")
"""Letters that the recipient notes in the log of every network, and the sender in one. Their root key speaks for
them."""
_Named: TypeAlias = tuple[str | None, str]
"""The other side, None where nobody knows who sent it, and what names a letter."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One log, and the letters that it says were sent to the others whose logs are here, and came from them."""

    log: ReadLog
    sent: Mapping[_Named, Entry]
    came: Mapping[_Named, Entry]

    @classmethod
    def of(cls, log: ReadLog, others: Collection[str]) -> _Side:
        return cls(log, _named(log, others, "letter.sent"), _named(log, (*others, None), *_CAME))

    def says_it_sent(self, party: str, entry: Entry) -> bool:
        return any((party, name) in self.sent for name in _names(entry))

    def came_as(self, party: str, entry: Entry) -> Entry | None:
        """How this log tells that a letter of `party` came; None where it does not."""
        told = (self.came.get((who, name)) for name in _names(entry) for who in (party, None))
        return next((each for each in told if each is not None), None)

    def was_kept(self, moment: datetime) -> bool:
        """Whether there was such a log then: what came before its first entry stands in none. A log that does not show
        its first entry excuses nothing by it."""
        first = next(self.log.entries.times(), None)
        return first is None or first[0] > 0 or first[1] <= as_text(moment)

    def may_withhold(self, entry: Entry) -> bool:
        """Whether what this log tells of the letter may be among what its pack leaves out, under another agreement."""
        return bool(self.log.withheld) and agreement_of(entry) is None

    def found(self, code: str, said: Said, number: int) -> Finding:
        return Finding(code, said, self.log.pack, self.log.origin, number)


_Sides = Mapping[str, _Side]  # by party


def match_letters(logs: Sequence[ReadLog]) -> list[Finding]:
    """What does not fit of the letters between `logs` (one log a party)."""
    parties = {log.party for log in logs}
    if len(parties) < 2:
        return []  # nobody to compare with: a long log is not read for it
    sides = {log.party: _Side.of(log, parties - {log.party}) for log in logs}
    return [each for side in sides.values() for each in (*_judge_sent(side, sides), *_judge_came(side, sides))]


def _named(log: ReadLog, others: Collection[str | None], *kinds: Kind) -> dict[_Named, Entry]:
    told = (entry for _number, entry in log.entries.of(*kinds) if entry.counterpart in others)
    return {(entry.counterpart, name): entry for entry in told for name in _names(entry)}


def _names(entry: Entry) -> Iterator[str]:
    """Its files; and its id, which a letter of another sort may have, too."""
    yield from (each for each in (entry.ciphertext, entry.receipt) if each is not None)
    if entry.letter is not None and entry.note is not None:
        yield f"{entry.note} {entry.letter}"


# --- what was sent ---


def _judge_sent(sender: _Side, sides: _Sides) -> Iterator[Finding]:
    under_way: dict[str, list[int]] = {}
    for number, entry in _left(sender.log):
        recipient = sides.get(entry.counterpart or "")
        if recipient is None:
            continue
        came = recipient.came_as(sender.log.party, entry)
        if came is not None:
            yield from _judge_sameness(sender, number, entry, recipient, came)
            continue
        if not recipient.was_kept(entry.time) or recipient.may_withhold(entry):
            continue
        who = recipient.log.party
        if not recipient.log.tells_of(sender.log.party):
            yield _untold(sender, number, recipient)
        elif knows_of(recipient.log, entry.time, WAITS):
            what = later("{recipient} does not say that this letter came: {sort}", recipient=who, sort=entry.note)
            if recipient.log.withheld:
                what = later(
                    "{recipient} does not say under these agreements that this letter came: {sort}",
                    recipient=who,
                    sort=entry.note,
                )
            yield sender.found("audit.letter_not_received", what, number)
        else:
            under_way.setdefault(who, []).append(number)
    for who, numbers in under_way.items():
        what = counted_later(
            "{recipient} does not yet say that {count} letter came",
            "{recipient} does not yet say that {count} letters came",
            len(numbers),
            recipient=who,
        )
        yield sender.found("audit.in_transit", what, numbers[0])


def _judge_sameness(sender: _Side, number: int, entry: Entry, recipient: _Side, came: Entry) -> Iterator[Finding]:
    """One file is one letter: of one sort, under one agreement."""
    if came.kind != "letter.received" or came.ciphertext != entry.ciphertext:
        return
    agreements = {entry.agreement, came.agreement} - {None}
    if None not in (entry.note, came.note) and (entry.note != came.note or len(agreements) > 1):
        what = later(
            "{recipient} notes this letter as another: {sort} there, {own} here",
            recipient=recipient.log.party,
            sort=came.note,
            own=entry.note,
        )
        yield sender.found("audit.letter_differs", what, number)


def _untold(judged: _Side, number: int, silent: _Side) -> Finding:
    names = {"recipient": silent.log.party, "sender": judged.log.party}
    return judged.found(
        "audit.pack_absent", later("{recipient} shows nothing that names {sender} and no agreement", **names), number
    )


def _left(log: ReadLog) -> Iterator[tuple[int, Entry]]:
    """The letters that were to leave, without receipts and those that were given up."""
    given_up = {entry.ciphertext for _number, entry in log.entries.of("letter.given_up")}
    for number, entry in log.entries.of("letter.sent"):
        if entry.ciphertext is not None and entry.ciphertext not in given_up and entry.note != "receipt":
            yield number, entry


# --- what came ---


def _judge_came(recipient: _Side, sides: _Sides) -> Iterator[Finding]:
    too_early: dict[str, list[int]] = {}
    for number, entry in _heeded(recipient.log):
        sender = sides.get(entry.counterpart or "")
        if sender is None or sender.says_it_sent(recipient.log.party, entry) or sender.may_withhold(entry):
            continue
        who = sender.log.party
        if not sender.log.tells_of(recipient.log.party):
            yield _untold(recipient, number, sender)
        elif knows_of(sender.log, entry.time):
            what = later("{sender} does not say that it sent this letter: {sort}", sender=who, sort=_sort(entry))
            if sender.log.withheld:
                what = later(
                    "{sender} does not say under these agreements that it sent this letter: {sort}",
                    sender=who,
                    sort=_sort(entry),
                )
            yield recipient.found("audit.letter_not_sent", what, number)
        else:
            too_early.setdefault(who, []).append(number)
    for who, numbers in too_early.items():
        what = counted_later(
            "{sender}'s pack was made before {count} letter came",
            "{sender}'s pack was made before {count} letters came",
            len(numbers),
            sender=who,
        )
        yield recipient.found("audit.in_transit", what, numbers[0])


def _heeded(log: ReadLog) -> Iterator[tuple[int, Entry]]:
    """The letters that were heeded, each once."""
    told: set[str] = set()
    for number, entry in log.entries.of(*_HEEDED):
        file = entry.receipt if entry.kind == "bundle.refused" else entry.ciphertext if entry.letter else None
        if file is not None and file not in told and entry.note not in ("receipt", *_OF_KEYS):
            told.add(file)
            yield number, entry


def _sort(entry: Entry) -> str:
    """The kind of letter, where the entry tells what it did instead."""
    of_answers: dict[Kind, str] = {"disposal.certified": "certificate", "bundle.refused": "refusal"}
    return entry.note or of_answers.get(entry.kind, "")
