"""7. Was what was sent received whole, by whom, and when?

Whole is what both logs name by one digest: the sealed file is the same, byte for byte, and its signature was verified
before it was accepted. Who has acknowledged all the notices, as the agreement asks, is told beside it: that is leave
to read, and not yet reading (`readers` tells who did).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.asking.answer import Answer, Asked
from exchange.asking.deadlines import until
from exchange.asking.events import event
from exchange.asking.noted import Noted, day, evidence
from exchange.asking.sendings import Sending, sendings, without_agreement, without_recipients
from exchange.asking.shown import Shown
from exchange.audit.acknowledged import acknowledged_all
from exchange.audit.entries import Kind
from exchange.audit.findings import Finding
from exchange.audit.matches import ON_ITS_WAY
from exchange.locale import Said, counted_later, later

_NOT_TAKEN: tuple[Kind, ...] = ("bundle.refused", "bundle.quarantined")


@dataclass(frozen=True, slots=True)
class _Came:
    """What became of a bundle at its recipient; `readers`: who has acknowledged all its notices, the first first."""

    sending: Sending
    arrived: Noted | None
    accepted: Noted | None
    turned_away: Noted | None
    readers: tuple[str, ...]

    @property
    def by_word_of_sender(self) -> bool:
        """Whether only the sender's log tells that a receipt came."""
        return self.sending.came is None and any(self.sending.by_sender("bundle.acknowledged"))


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of what was delivered, and of what arrived though nobody showed that it left."""
    found = tuple(each for each in sendings(shown, asked) if each.delivered is not None or each.arrived is not None)
    came = [_came(shown, each) for each in found]
    return Answer(
        "received",
        asked,
        _sentence(came),
        tuple(_line(each) for each in came),
        evidence(at for each in came for at in _rests_on(each)),
        (
            *(one for each in came for one in _missed(shown, each)),
            *_unread(shown, came),
            *without_agreement(shown, found),
            *without_recipients(found),
        ),
    )


def _came(shown: Shown, sending: Sending) -> _Came:
    accepted = next(sending.by_recipient("bundle.accepted"), None)
    turned_away = next(sending.by_recipient(*_NOT_TAKEN), None) if accepted is None else None
    arrived = next(sending.by_recipient("bundle.received", "bundle.opened", "bundle.accepted", *_NOT_TAKEN), None)
    text = shown.agreement(sending.agreement)
    asked = () if text is None else text.agreement.delivery.receipt.acknowledges
    read = sending.by_recipient("notices.acknowledged") if sending.came else sending.by_sender("notices.acknowledged")
    return _Came(sending, arrived, accepted, turned_away, acknowledged_all((each.entry for each in read), asked))


def _rests_on(came: _Came) -> Iterator[Noted]:
    sending = came.sending
    yield from (each for each in (sending.delivered, came.arrived, came.accepted, came.turned_away) if each is not None)
    yield from sending.by_recipient("notices.acknowledged")
    if sending.came is None:
        yield from sending.by_sender("bundle.acknowledged", "notices.acknowledged")


def _missed(shown: Shown, came: _Came) -> Iterator[Finding]:
    """What left, and of which its recipient's log says nothing: as verifying has it, where it matches the logs."""
    left, there = came.sending.delivered, came.sending.came
    given_up = any(came.sending.by_sender("release.given_up"))  # its sender says itself that it never came
    if left is None or there is None or came.arrived is not None or given_up:
        return
    if left.entry.time + ON_ITS_WAY < until(there, shown):
        what = later("{recipient} does not say that {bundle} was received", **_names(came))
        yield left.finding("audit.delivered_not_received", what)
    else:
        what = later("{recipient} has not yet said that {bundle} was received", **_names(came))
        yield left.finding("audit.in_transit", what)


def _unread(shown: Shown, came: Sequence[_Came]) -> Iterator[Finding]:
    """Accepted, and the notices acknowledged by nobody in the days agreed for the receipt, which says who did."""
    for each in came:
        text = shown.agreement(each.sending.agreement)
        asked = None if text is None else text.agreement.delivery.receipt
        if each.accepted is not None and asked is not None and asked.acknowledges and not each.readers:
            within = dt.timedelta(days=asked.within_days)
            if each.accepted.entry.time + within < until(each.accepted.history, shown):
                what = later("nobody at {recipient} has acknowledged the notices of {bundle}", **_names(each))
                yield each.accepted.finding("audit.received_unread", what)


# --- what is said of it ---


def _names(came: _Came) -> dict[str, str]:
    return {"recipient": came.sending.recipient, "bundle": came.sending.bundle}


def _sentence(came: Sequence[_Came]) -> Said:
    return counted_later(
        "{count} bundle sent: {whole} received whole and accepted, {receipt} by the sender's word alone, "
        "{away} refused or put aside, {missing} not received, as far as was shown",
        "{count} bundles sent: {whole} received whole and accepted, {receipt} by the sender's word alone, "
        "{away} refused or put aside, {missing} not received, as far as was shown",
        len(came),
        whole=sum(each.accepted is not None for each in came),
        receipt=sum(each.by_word_of_sender for each in came),
        away=sum(each.turned_away is not None for each in came),
        missing=sum(each.arrived is None and not each.by_word_of_sender for each in came),
    )


def _line(came: _Came) -> Said:
    return later(
        "{bundle} for {recipient}, sent {sent}: {what}; notices acknowledged by {people}",
        **_names(came),
        sent=day(came.sending.delivered),
        what=_became(came),
        people=", ".join(came.readers) or later("nobody, as far as was shown"),
    )


def _became(came: _Came) -> Said:
    if came.accepted is not None:
        return later("received {day}, accepted {accepted}", day=day(came.arrived), accepted=day(came.accepted))
    if came.turned_away is not None:
        return later("received {day}, {what}", day=day(came.arrived), what=event(came.turned_away.entry))
    if came.arrived is not None:
        return later("received {day}, not accepted yet", day=day(came.arrived))
    receipt = next(came.sending.by_sender("bundle.acknowledged"), None)
    if receipt is not None:
        return later("its receipt came on {day}", day=day(receipt))
    return later("not received, as far as was shown")
