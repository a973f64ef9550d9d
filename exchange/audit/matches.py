"""Do several organisations tell the same story? Every sending with its reception, every acknowledgement with a receipt.

What ties two logs together is the digest of the ciphertext, which both sides have seen, and the digest of the receipt.
A log can only attest; where the other side's pack was not given, or was made too early to know, that is said, and
nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.reading import ReadLog
from exchange.locale import Said, later

ON_ITS_WAY = timedelta(days=7)
"""How long a bundle may be under way before it is missed: agreements give a receipt about as long."""

_OUTCOMES: tuple[Kind, ...] = ("bundle.accepted", "bundle.refused", "bundle.quarantined", "bundle.opened")
# A file that was refused or put aside has come, too.
_CAME: tuple[Kind, ...] = ("bundle.received", *_OUTCOMES)
_OF_FILES: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind.startswith(("bundle.", "release.")))
_NEVER_LEAVES: tuple[Kind, ...] = ("release.rejected", "release.taken_back", "release.given_up")


@dataclass(frozen=True, slots=True)
class Match:
    """One sealed file on its way. Numbers are entries: `delivered` and `acknowledged` of the sender's log,
    `received` and `outcome` (of kind `outcome_kind`) of the recipient's; None is what nobody has shown."""

    ciphertext: str
    sender: str
    recipient: str
    delivered: int
    received: int | None = None
    outcome: int | None = None
    outcome_kind: Kind | None = None
    acknowledged: int | None = None

    @property
    def complete(self) -> bool:
        """Delivered, received, answered and acknowledged, as both sides say."""
        return None not in (self.received, self.outcome, self.acknowledged)


@dataclass(slots=True)
class _Told:
    """What one log says of one sealed file: the first entry of each kind."""

    by_kind: dict[Kind, tuple[int, Entry]]

    def first_of(self, kinds: Sequence[Kind]) -> tuple[int, Entry] | None:
        return next((self.by_kind[kind] for kind in kinds if kind in self.by_kind), None)

    def tells_agreement(self) -> bool:
        """Whether any entry says under which agreement the file went."""
        return any(entry.agreement is not None for _number, entry in self.by_kind.values())

    def number(self, *kinds: Kind) -> int | None:
        found = self.first_of(kinds)
        return None if found is None else found[0]


_NOTHING = _Told({})


@dataclass(frozen=True, slots=True)
class _Side:
    """One log, and what it says of every sealed file, by ciphertext. `again`: the receipts it wrote once more, each
    with whom it was for: where one was lost on its way, what came is not the one of the acceptance."""

    log: ReadLog
    told: Mapping[str, _Told]
    again: frozenset[tuple[str | None, str | None]]

    @classmethod
    def of(cls, log: ReadLog) -> _Side:
        told: dict[str, _Told] = {}
        for number, entry in log.entries.of(*_OF_FILES):
            if entry.ciphertext:
                told.setdefault(entry.ciphertext, _Told({})).by_kind.setdefault(entry.kind, (number, entry))
        letters = (entry for _number, entry in log.entries.of("letter.sent") if entry.note == "receipt")
        return cls(log, told, frozenset((each.counterpart, each.ciphertext) for each in letters))

    def of_file(self, ciphertext: str) -> _Told:
        return self.told.get(ciphertext, _NOTHING)

    def knows_of(self, moment: datetime, within: timedelta = timedelta()) -> bool:
        return knows_of(self.log, moment, within)

    def found(self, code: str, said: Said, number: int) -> Finding:
        return Finding(code, said, self.log.pack, self.log.origin, number)


_Sides = Mapping[str, _Side]  # by party


def knows_of(log: ReadLog, moment: datetime, within: timedelta = timedelta()) -> bool:
    """Whether the pack was made late enough to tell what followed upon something at `moment` elsewhere."""
    return log.made is None or log.made > moment + within


def match_logs(logs: Sequence[ReadLog]) -> tuple[list[Match], list[Finding]]:
    """The matches of all deliveries in `logs` (one log a party), and what does not fit."""
    sides = {log.party: _Side.of(log) for log in logs}
    matches: list[Match] = []
    findings: list[Finding] = []
    for side in sides.values():
        absent: dict[str, int] = {}
        for ciphertext, told in side.told.items():
            if "bundle.delivered" not in told.by_kind:
                findings += _judge_undelivered(side, ciphertext, told, sides)
                continue
            match = _match(side, ciphertext, told, sides)
            matches.append(match)
            if match.recipient in sides:
                findings += _judge(match, told, sides)
            else:
                absent[match.recipient] = absent.get(match.recipient, 0) + 1
        findings += [_absent(side.log, party, count) for party, count in absent.items()]
        findings += _judge_acknowledgements(side, sides)
        findings += _judge_receptions(side, sides)
    return matches, findings


def _match(sender: _Side, ciphertext: str, told: _Told, sides: _Sides) -> Match:
    number, entry = told.by_kind["bundle.delivered"]
    recipient = entry.counterpart or ""
    other = sides[recipient].of_file(ciphertext) if recipient in sides else _NOTHING
    outcome = other.first_of(_OUTCOMES)
    return Match(
        ciphertext=ciphertext,
        sender=sender.log.party,
        recipient=recipient,
        delivered=number,
        received=other.number(*_CAME),
        outcome=outcome[0] if outcome else None,
        outcome_kind=outcome[1].kind if outcome else None,
        acknowledged=told.number("bundle.acknowledged"),
    )


# --- what was delivered ---


def _has_taken(told: _Told) -> bool:
    """Whether a file came to who could not open it, and was not put aside: a carrier can bring anything anywhere."""
    return told.first_of(_CAME) is not None and told.first_of(("bundle.quarantined", "bundle.refused")) is None


def _judge(match: Match, told: _Told, sides: _Sides) -> Iterator[Finding]:
    sender, recipient, who = sides[match.sender], sides[match.recipient], match.recipient
    delivered = sender.log.entries[match.delivered]
    for party, side in sides.items():
        if party not in (match.sender, who) and _has_taken(side.of_file(match.ciphertext)):
            what = later("what was for {recipient} has reached somebody else", recipient=who)
            yield sender.found("audit.misdelivered", what, match.delivered)
    if match.received is None:
        yield from _judge_unreceived(match, told, delivered, sides)
    elif match.outcome is None:
        what = later("{recipient} has received this and not yet opened it", recipient=who)
        yield sender.found("audit.in_transit", what, match.delivered)
    else:
        yield from _judge_answer(match, told, recipient.log.entries[match.outcome], sender)


def _judge_unreceived(match: Match, told: _Told, delivered: Entry, sides: _Sides) -> Iterator[Finding]:
    if "release.given_up" in told.by_kind:
        return  # its sender says itself that it never came
    sender, recipient, who = sides[match.sender], sides[match.recipient], match.recipient
    if not recipient.knows_of(delivered.time):
        what = later("{recipient}'s pack was made before this was delivered", recipient=who)
        yield sender.found("audit.in_transit", what, match.delivered)
    elif not recipient.knows_of(delivered.time, ON_ITS_WAY):
        what = later("{recipient} has not yet said that this was received", recipient=who)
        yield sender.found("audit.in_transit", what, match.delivered)
    elif not recipient.log.tells_of(match.sender):
        what = later(
            "{recipient} shows nothing that names {sender} and no agreement", recipient=who, sender=match.sender
        )
        yield sender.found("audit.pack_absent", what, match.delivered)
    elif recipient.log.withheld:
        what = later("{recipient} does not say under these agreements that this was received", recipient=who)
        yield sender.found("audit.delivered_not_received", what, match.delivered)
    else:
        what = later("{recipient} does not say that this was received", recipient=who)
        yield sender.found("audit.delivered_not_received", what, match.delivered)


def _judge_answer(match: Match, told: _Told, answer: Entry, sender: _Side) -> Iterator[Finding]:
    delivered, who = sender.log.entries[match.delivered], match.recipient
    if answer.agreement is not None and answer.agreement != delivered.agreement:
        what = later("{recipient} names another agreement, or another version of it", recipient=who)
        yield sender.found("audit.agreement_differs", what, match.delivered)
    if match.outcome_kind != "bundle.accepted" or match.acknowledged is not None:
        return
    refused = told.by_kind.get("bundle.refused")
    if refused is not None:
        what = later("{recipient} says that it accepted this, and not that it refused it", recipient=who)
        yield sender.found("audit.receipt_unmatched", what, refused[0])
    elif sender.knows_of(answer.time):
        what = later("{recipient} has accepted this and no receipt has come back", recipient=who)
        yield sender.found("audit.unacknowledged", what, match.delivered)


# --- what was not delivered, as its sender says ---


def _judge_undelivered(sender: _Side, ciphertext: str, told: _Told, sides: _Sides) -> Iterator[Finding]:
    """Whoever has the file proves that it left; else it waits, or was stopped, or nobody knows."""
    packed = told.by_kind.get("bundle.packed")
    if packed is None:
        return
    came = [
        (side, found)
        for party, side in sides.items()
        if party != sender.log.party and (found := side.of_file(ciphertext).first_of(_CAME)) is not None
    ]
    for side, (number, entry) in came:
        yield _not_said(sender, side, number, entry)
    decided = told.first_of(("bundle.queued", "release.approved"))
    stopped = told.first_of(_NEVER_LEAVES) is not None
    if not came and not stopped and decided is not None and sender.knows_of(decided[1].time, ON_ITS_WAY):
        what = later("this was approved long ago and has neither left nor been given up")
        yield sender.found("audit.not_delivered", what, packed[0])


def _judge_receptions(recipient: _Side, sides: _Sides) -> Iterator[Finding]:
    """What was taken in and of which its sender says nothing at all."""
    for ciphertext, told in recipient.told.items():
        opened = told.first_of(("bundle.accepted", "bundle.opened"))
        sender = None if opened is None else sides.get(opened[1].counterpart or "")
        if opened is not None and sender is not None:
            sent = sender.of_file(ciphertext).by_kind
            if "bundle.delivered" not in sent and "bundle.packed" not in sent:
                yield _not_said(sender, recipient, *opened)


def _not_said(sender: _Side, recipient: _Side, number: int, entry: Entry) -> Finding:
    if not sender.knows_of(entry.time):
        what = later("{sender}'s pack was made before this came", sender=sender.log.party)
        return recipient.found("audit.in_transit", what, number)
    if sender.log.withheld:
        what = later("{sender} does not say under these agreements that this was sent", sender=sender.log.party)
    else:
        what = later("{sender} does not say that this was sent", sender=sender.log.party)
    return recipient.found("audit.received_not_delivered", what, number)


# --- what was acknowledged ---


def _judge_acknowledgements(sender: _Side, sides: _Sides) -> Iterator[Finding]:
    for ciphertext, told in sender.told.items():
        acknowledged = told.by_kind.get("bundle.acknowledged")
        other = None if acknowledged is None else sides.get(acknowledged[1].counterpart or "")
        if acknowledged is None or other is None or not other.knows_of(acknowledged[1].time):
            continue
        accepted = other.of_file(ciphertext).by_kind.get("bundle.accepted")
        if accepted is None and other.log.withheld and not told.tells_agreement():
            continue  # what it says may be among what is withheld
        receipt = acknowledged[1].receipt
        again = (sender.log.party, receipt) in other.again
        if not again and (accepted is None or receipt != accepted[1].receipt):
            what = later("the other side does not say that it gave this receipt")
            yield sender.found("audit.receipt_unmatched", what, acknowledged[0])


def _absent(log: ReadLog, party: str, count: int) -> Finding:
    what = later(
        "no pack of {party} that is in order was given: {count} of its deliveries stay unmatched",
        party=party,
        count=count,
    )
    return Finding("audit.pack_absent", what, log.pack, log.origin)
