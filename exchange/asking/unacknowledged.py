"""8. What was sent and never acknowledged, or later than the agreement's clock allows?

The clock is the sender's (`exchange.duties.reporting`): from the delivery until the receipt is there, a refusal, or the
word that it goes no more. Where the recipient's log says that it answered in time, its receipt may be on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.asking.answer import Answer, Asked
from exchange.asking.deadlines import There, facts, first, in_time, there, until
from exchange.asking.noted import Noted, evidence
from exchange.asking.sendings import Sending, sendings, without_agreement, without_recipients, without_senders
from exchange.asking.shown import Shown
from exchange.audit.entries import Kind
from exchange.audit.findings import Finding
from exchange.duties import reporting
from exchange.duties.clock import Clock, ClockState
from exchange.locale import Said, counted_later, later

_ANSWERS: tuple[Kind, ...] = ("bundle.acknowledged", "bundle.refused", "release.given_up")


@dataclass(frozen=True, slots=True)
class _Waits:
    """A delivery and the first answer to it in the sender's log; its clock, None where nobody showed the agreement."""

    sending: Sending
    delivered: Noted
    answered: Noted | None
    clock: Clock | None
    state: ClockState
    said: Said

    @property
    def told_in_time(self) -> bool:
        """Whether the recipient's log says that it answered before the clock ended."""
        answers = self.sending.by_recipient("bundle.accepted", "bundle.refused")
        ends = None if self.clock is None else self.clock.ends
        return any(ends is None or each.entry.time <= ends for each in answers)


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of what was delivered; the lines are those of what waits or came late."""
    found = sendings(shown, asked)
    came = there(shown)
    sent = [_waits(shown, each, at, came) for each in found if (at := each.delivered) is not None]
    left = [each for each in sent if each.answered is None or each.state == "missed"]
    return Answer(
        "unacknowledged",
        asked,
        _sentence(sent),
        tuple(_line(each) for each in left),
        evidence(at for each in left for at in (each.delivered, each.answered) if at is not None),
        (
            *(finding for each in left for finding in _findings(each)),
            *without_agreement(shown, found),
            *without_senders(found),
            *without_recipients(each.sending for each in left if each.answered is None),
        ),
    )


def _waits(shown: Shown, sending: Sending, delivered: Noted, came: There) -> _Waits:
    text = shown.agreement(delivered.entry.agreement)
    told = (each.entry for each in sending.by_sender())
    clock = None
    if text is not None:
        clock = first(
            reporting.clocks(facts(shown, delivered.history, text.agreement, came, told)), "reporting.receipt"
        )
    answered = next(sending.by_sender(*_ANSWERS), None)
    state: ClockState = "running" if clock is None else clock.state(until(delivered.history, shown))
    said = later("by when is not known") if clock is None else in_time(clock, state)
    return _Waits(sending, delivered, answered, clock, state, said)


def _findings(waits: _Waits) -> Iterator[Finding]:
    names = {"bundle": waits.sending.bundle, "recipient": waits.sending.recipient}
    due = "–" if waits.clock is None else f"{waits.clock.ends:%Y-%m-%d}"
    if waits.state == "missed" and waits.answered is not None and waits.told_in_time:
        what = later(
            "{recipient} says that it answered {bundle} in time, and the answer came after {due}", **names, due=due
        )
        yield waits.answered.finding("audit.unacknowledged", what)
    elif waits.state == "missed" and waits.answered is not None:
        what = later("the answer of {recipient} to {bundle} came after {due}", **names, due=due)
        yield waits.answered.finding("audit.receipt_late", what)
    elif waits.answered is None and waits.told_in_time:
        what = later("{recipient} says that it answered {bundle}, and no answer has come", **names)
        yield waits.delivered.finding("audit.unacknowledged", what)
    elif waits.state == "overdue":
        what = later("{recipient} has not answered {bundle} by {due}", **names, due=due)
        yield waits.delivered.finding("audit.receipt_late", what)
    elif waits.clock is None:
        what = later("{recipient} has not answered {bundle}; by when it must is not known", **names)
        yield waits.delivered.finding("audit.unacknowledged", what)


def _sentence(sent: Sequence[_Waits]) -> Said:
    return counted_later(
        "{count} bundle sent: {never} not answered, {overdue} of them overdue; {late} answered late",
        "{count} bundles sent: {never} not answered, {overdue} of them overdue; {late} answered late",
        len(sent),
        never=sum(each.answered is None for each in sent),
        overdue=sum(each.state == "overdue" for each in sent),
        late=sum(each.state == "missed" for each in sent),
    )


def _line(waits: _Waits) -> Said:
    return later(
        "{day}, {party}: {bundle} for {recipient}, {period}: {said}",
        day=f"{waits.delivered.entry.time:%Y-%m-%d}",
        party=waits.sending.sender,
        bundle=waits.sending.bundle,
        recipient=waits.sending.recipient,
        period=waits.sending.period,
        said=waits.said,
    )
