"""Do several organisations tell the same story? Every sending with its reception, every acknowledgement with a receipt.

What ties two logs together is the digest of the ciphertext, which both sides have seen, and the digest of the signed
receipt. A log can only attest; where the other side's pack was not given, that is said, and nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.reading import ReadLog
from exchange.locale import Said, later

_ANSWERED: tuple[Kind, ...] = ("bundle.accepted", "bundle.refused")


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

    def number(self, kind: Kind) -> int | None:
        return self.by_kind[kind][0] if kind in self.by_kind else None

    def first_of(self, kinds: Sequence[Kind]) -> tuple[int, Entry] | None:
        return next((self.by_kind[kind] for kind in kinds if kind in self.by_kind), None)


_Story = dict[str, _Told]  # by ciphertext


def match_logs(logs: Sequence[ReadLog]) -> tuple[list[Match], list[Finding]]:
    """The matches of all deliveries in `logs` (one log a party), and what does not fit."""
    stories = {log.party: _story(log) for log in logs}
    by_party = {log.party: log for log in logs}
    matches: list[Match] = []
    findings: list[Finding] = []
    for log in logs:
        absent: dict[str, int] = {}
        for ciphertext, told in stories[log.party].items():
            if "bundle.delivered" not in told.by_kind:
                continue
            match = _match(log, ciphertext, told, stories)
            matches.append(match)
            if match.recipient in by_party:
                findings += _judge(match, log, by_party[match.recipient], stories)
            else:
                absent[match.recipient] = absent.get(match.recipient, 0) + 1
        findings += [_absent(log, party, count) for party, count in absent.items()]
        findings += _judge_acknowledgements(log, stories, by_party)
        findings += _judge_receptions(log, stories)
    return matches, findings


def _story(log: ReadLog) -> _Story:
    story: _Story = {}
    for number, entry in sorted(log.entries.items()):
        if entry.ciphertext and entry.kind.startswith("bundle."):
            story.setdefault(entry.ciphertext, _Told({})).by_kind.setdefault(entry.kind, (number, entry))
    return story


def _match(log: ReadLog, ciphertext: str, told: _Told, stories: dict[str, _Story]) -> Match:
    number, entry = told.by_kind["bundle.delivered"]
    recipient = entry.counterpart or ""
    other = stories.get(recipient, {}).get(ciphertext, _Told({}))
    outcome = other.first_of(("bundle.accepted", "bundle.refused", "bundle.quarantined", "bundle.opened"))
    return Match(
        ciphertext=ciphertext,
        sender=log.party,
        recipient=recipient,
        delivered=number,
        received=other.number("bundle.received"),
        outcome=outcome[0] if outcome else None,
        outcome_kind=outcome[1].kind if outcome else None,
        acknowledged=told.number("bundle.acknowledged"),
    )


def _judge(match: Match, sender: ReadLog, recipient: ReadLog, stories: dict[str, _Story]) -> Iterator[Finding]:
    delivered, who = sender.entries[match.delivered], match.recipient

    def found(code: str, said: Said) -> Finding:
        return Finding(code, said, sender.pack, sender.origin, match.delivered)

    elsewhere = [party for party in stories if party not in (match.sender, match.recipient)]
    for party in elsewhere:
        if "bundle.received" in stories[party].get(match.ciphertext, _Told({})).by_kind:
            yield found(
                "audit.misdelivered",
                later("what was for {recipient} has reached somebody else", recipient=who),
            )
    if match.received is None:
        if recipient.made is not None and recipient.made <= delivered.time:
            yield found(
                "audit.in_transit",
                later("{recipient}'s pack was made before this was delivered", recipient=who),
            )
        else:
            yield found(
                "audit.delivered_not_received",
                later("{recipient} does not say that this was received", recipient=who),
            )
        return
    if match.outcome is None:
        yield found("audit.in_transit", later("{recipient} has received this and not yet opened it", recipient=who))
        return
    answer = recipient.entries[match.outcome]
    if answer.agreement is not None and answer.agreement != delivered.agreement:
        yield found(
            "audit.agreement_differs",
            later("{recipient} names another agreement, or another version of it", recipient=who),
        )
    if match.outcome_kind == "bundle.accepted" and match.acknowledged is None:
        yield found(
            "audit.unacknowledged",
            later("{recipient} has accepted this and no receipt has come back", recipient=who),
        )


def _judge_acknowledgements(
    log: ReadLog, stories: dict[str, _Story], by_party: dict[str, ReadLog]
) -> Iterator[Finding]:
    for ciphertext, told in stories[log.party].items():
        if "bundle.acknowledged" not in told.by_kind:
            continue
        number, entry = told.by_kind["bundle.acknowledged"]

        def found(code: str, said: Said, number: int = number) -> Finding:
            return Finding(code, said, log.pack, log.origin, number)

        if entry.receipt not in log.receipts:
            yield found("audit.receipt_absent", later("the receipt that is named here is not among the receipts"))
        if entry.counterpart not in stories:
            continue
        other = stories[entry.counterpart].get(ciphertext, _Told({}))
        given = {answer.receipt for kind in _ANSWERED if (answer := other.by_kind.get(kind, (0, None))[1]) is not None}
        if entry.receipt not in given | _receipts_written(by_party[entry.counterpart], to=log.party):
            yield found("audit.receipt_unmatched", later("the other side does not say that it gave this receipt"))


def _receipts_written(log: ReadLog, to: str) -> set[str | None]:
    """A receipt that was lost on its way is written again: then the one that came is not the one of the acceptance."""
    sent = (entry for entry in log.entries.values() if entry.kind == "letter.sent" and entry.counterpart == to)
    return {entry.ciphertext for entry in sent if entry.note == "receipt"}


def _judge_receptions(log: ReadLog, stories: dict[str, _Story]) -> Iterator[Finding]:
    for ciphertext, told in stories[log.party].items():
        opened = told.first_of(("bundle.accepted", "bundle.opened"))
        if opened is None or opened[1].counterpart not in stories:
            continue
        sent = stories[opened[1].counterpart].get(ciphertext)
        if sent is None or not {"bundle.delivered", "bundle.queued", "bundle.packed"} & sent.by_kind.keys():
            what = later("the sender does not say that this was sent")
            yield Finding("audit.received_not_delivered", what, log.pack, log.origin, opened[0])


def _absent(log: ReadLog, party: str, count: int) -> Finding:
    what = later("no pack of {party} was given: {count} of its deliveries stay unmatched", party=party, count=count)
    return Finding("audit.pack_absent", what, log.pack, log.origin)
