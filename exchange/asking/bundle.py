"""2. For one bundle: who approved it, who packed, sent and received it, and when?

Approvals count as the agreement has them: given after it was packed and before it left, for this very file and page, by
different people whom the sender's card certified on that day, each with a key of their own: two names for one key are
one person. A card shows who is certified when it is issued, and not who was before: so a person that is on no card is
unknown only where the card of that very day was shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from exchange.agreements.agreement import Agreement
from exchange.asking.answer import Answer, Asked, grouped
from exchange.asking.events import line
from exchange.asking.noted import Noted, day, evidence
from exchange.asking.people import People
from exchange.asking.sendings import (
    Sending,
    claimed_besides,
    name_of,
    sendings,
    without_agreement,
    without_recipients,
    without_senders,
)
from exchange.asking.shown import Shown
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.keyring.card import Card
from exchange.locale import Said, counted_later, later


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the bundles that are asked about; of all of them, where none is named."""
    found = sendings(shown, asked)
    return Answer(
        "bundle",
        asked,
        _sentence(found),
        tuple(_lines(found)),
        evidence(noted for each in found for noted in each.noted),
        (
            *(wrong for each in found for wrong in _approved(shown, each)),
            *_left_twice(found),
            *claimed_besides(shown, found),
            *_unsure(shown, found),
            *without_agreement(shown, found),
            *without_senders(found),
            *without_recipients(found),
        ),
    )


# --- was it approved as the agreement asks? ---


def approvals(sending: Sending) -> tuple[Noted, ...]:
    """The first approval of each person, of what was packed and before it left."""
    packed, left = next(sending.by_sender("bundle.packed"), None), sending.delivered
    counted: dict[str, Noted] = {}
    for each in sending.by_sender("release.approved"):
        too_late = left is not None and each.number > left.number
        if each.entry.person and not too_late and _of_what_was_packed(each, packed):
            counted.setdefault(each.entry.person, each)
    return tuple(counted.values())


def _of_what_was_packed(approval: Noted, packed: Noted | None) -> bool:
    if packed is None:
        return True
    pages = {approval.entry.page, packed.entry.page} - {None}
    return packed.number < approval.number and len(pages) < 2


def _of_one_key(people: People, given: Sequence[Noted]) -> Iterator[tuple[Noted, Noted]]:
    """Each approval with a key with which somebody of another name had approved already, behind that one."""
    keys = [people.keys(each.entry.person, each.entry.time) for each in given]
    for place, each in enumerate(given):
        before = (one for one, theirs in zip(given[:place], keys, strict=False) if theirs & keys[place])
        yield from ((one, each) for one in list(before)[:1])


def _approved(shown: Shown, sending: Sending) -> Iterator[Finding]:
    left, given = sending.delivered, approvals(sending)
    if sending.sent is None or left is None:
        return
    text = shown.agreement(left.entry.agreement)
    doubled = list(_of_one_key(People.of(shown, sending.sent), given))
    for first, again in doubled:
        names = {"person": first.entry.person, "other": again.entry.person, "bundle": sending.bundle}
        what = later("{person} and {other}, who approved {bundle}, had one key: they count as one", **names)
        yield again.finding("audit.same_key", what)
    for each in given:
        if _certified(shown, sending.sent, text.agreement if text else None, each) == "no":
            names = {"person": each.entry.person, "bundle": sending.bundle}
            what = later("{person}, who approved {bundle}, was not certified for it on that day", **names)
            yield each.finding("audit.approver_unknown", what)
    count = len(given) - len(doubled)
    if text is not None and count < text.agreement.approval.people:
        yield left.finding(
            "audit.not_approved",
            later(
                "{bundle} left with {count} of {asked} approvals",
                bundle=sending.bundle,
                count=count,
                asked=text.agreement.approval.people,
            ),
        )


def _certified(
    shown: Shown, log: History, agreement: Agreement | None, approval: Noted
) -> Literal["yes", "no", "untold"]:
    """Whether the sender had certified this person to approve on the day of the approval."""
    person, day = approval.entry.person, approval.entry.time.date()
    kinds = log.of("person.certified", "person.dismissed")
    told = [each for number, each in kinds if each.person == person and number < approval.number]
    if told and (told[-1].kind == "person.dismissed" or (told[-1].until or day) < day):
        return "no"
    if told and told[-1].codes and "approve" not in told[-1].codes:  # certified for something else
        return "no"
    cards = [each.card for each in shown.cards.get(log.party, ()) if _is_bound(each.card, agreement)]
    if any(_certifies(card, person, day) for card in cards):
        return "yes"
    if cards and _was_the_card(log, cards[-1], day, shown):
        return "no"
    if told:
        return "yes"
    return "no" if People.of(shown, log).knows(approval.entry.time) else "untold"


def _is_bound(card: Card, agreement: Agreement | None) -> bool:
    """Whether the card is by the root key that the agreement names."""
    return agreement is None or (card.party, card.fingerprint) == (agreement.sender.id, agreement.sender.key)


def _certifies(card: Card, person: str | None, day: dt.date) -> bool:
    return any(each.id == person and "approve" in each.roles and each.covers(day) for each in card.people)


def _was_the_card(log: History, newest: Card, day: dt.date, shown: Shown) -> bool:
    """Whether this was the party's card on that day: it is the newest in its own pack, and was issued before."""
    own = next(each for each in shown.cards[log.party] if each.card == newest).to_bytes()
    return newest.issued <= day and own in log.documents.values()


# --- what else is not in order ---


def _left_twice(found: Iterable[Sending]) -> Iterator[Finding]:
    first: dict[tuple[str, str], Sending] = {}
    for each in found:
        before = each if each.delivered is None else first.setdefault((each.sender, each.bundle), each)
        if each.delivered is not None and before.ciphertext != each.ciphertext:
            what = later("{bundle} has left in two different files", bundle=each.bundle)
            yield each.delivered.finding("audit.left_twice", what)


def _unsure(shown: Shown, found: Iterable[Sending]) -> Iterator[Finding]:
    """One finding for each sender of whose people no card tells."""
    given = ((shown.agreement(each.agreement), one) for each in found if each.sent for one in approvals(each))
    unsure = (
        one for text, one in given if _certified(shown, one.history, text.agreement if text else None, one) == "untold"
    )
    for sender, those in grouped(unsure, lambda each: each.history.party):
        what = later(
            "no card of {sender} that was shown tells whether it certified {people} on the day of the approval",
            sender=sender,
            people=", ".join(sorted({str(each.entry.person) for each in those})),
        )
        yield those[0].finding("audit.approver_untold", what)


# --- what is said of it ---


def _sentence(found: Sequence[Sending]) -> Said:
    if len(found) == 1:
        return _story(found[0])
    return counted_later(
        "{count} bundle: {sent} sent, {arrived} of them told to have arrived",
        "{count} bundles: {sent} sent, {arrived} of them told to have arrived",
        len(found),
        sent=sum(each.delivered is not None for each in found),
        arrived=sum(each.arrived is not None for each in found),
    )


def _story(sending: Sending) -> Said:
    people = ", ".join(str(each.entry.person) for each in approvals(sending))
    return later(
        "{bundle} of {sender} for {recipient} ({period}, {agreement}): packed {packed}; approved by {people}; "
        "sent {sent}; received {received}; accepted {accepted}",
        bundle=sending.bundle,
        sender=sending.sender,
        recipient=sending.recipient,
        period=sending.period,
        agreement=name_of(sending.agreement),
        people=people or later("nobody, as far as was shown"),
        packed=day(next(sending.by_sender("bundle.packed"), None)),
        sent=day(sending.delivered),
        received=day(sending.arrived),
        accepted=day(next(sending.by_recipient("bundle.accepted"), None)),
    )


def _lines(found: Sequence[Sending]) -> Iterator[Said]:
    """One for each event; under the name of its bundle, where there are several."""
    for each in found:
        for noted in each.noted:
            yield line(noted) if len(found) == 1 else later("{bundle}: {line}", bundle=each.bundle, line=line(noted))
