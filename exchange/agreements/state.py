"""The state of an agreement, derived from its signatures, its dates and the notices given; never typed.

A suspension or termination stops sending on the day it is given. A termination ends the agreement when its days of
notice have passed, or at once for a reason that the agreement lists under `immediate_if`; until then it is suspended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import PartyId
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.signatures import Signatures, signed_by, verify

# `signed`: by all, but not yet in effect.
State = Literal["draft", "part-signed", "signed", "active", "suspended", "expired", "superseded", "terminated"]
Ground = Literal["breach_unreported", "onward_transfer_without_approval", "risk_to_survivor"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a party told the others about an agreement, in a signed letter that has been verified.

    `resumption` lifts the suspensions of the party that gives it, and no one else's. `supersession` is made by
    `supersession` from a newer version. `ground`: why, for a termination at once.
    """

    kind: Literal["suspension", "resumption", "termination", "supersession"]
    agreement: Reference
    by: PartyId
    on: dt.date
    ground: Ground | None = None


def state(agreement: Agreement, signatures: Signatures, on: dt.date, notices: Iterable[Notice] = ()) -> State:
    """The state on the day `on`. Notices about another text, by others than parties, or of a later day do not count."""
    if verify(agreement, signatures, on):
        return "part-signed" if signed_by(agreement, signatures, on) else "draft"
    given = _given(agreement, on, notices)
    if any(_terminates(each, agreement, on) for each in given):
        return "terminated"
    if any(each.kind == "supersession" for each in given):
        return "superseded"
    if on > agreement.term.expires:
        return "expired"
    if any(each.kind == "termination" for each in given) or _suspended(given):
        return "suspended"
    return "active" if on >= agreement.term.effective else "signed"


def end(agreement: Agreement, notices: Iterable[Notice] = ()) -> dt.date:
    """The first day on which the agreement no longer binds: the day after it expires, or on which a termination that
    was given takes effect. A version that another replaces goes on in that one: ask this of the newest."""
    expired = agreement.term.expires + dt.timedelta(days=1)
    given = _given(agreement, dt.date.max, notices)
    return min([expired, *(_takes_effect(each, agreement) for each in given if each.kind == "termination")])


def supersession(newer: Agreement, signatures: Signatures, on: dt.date) -> Notice | None:
    """The notice that `newer` gives to the version it replaces, once all have signed it and it is in effect."""
    replaced = newer.term.supersedes
    if replaced is None or on < newer.term.effective or check_agreement(newer) or verify(newer, signatures, on):
        return None
    older = Reference(id=newer.id, version=replaced.version, digest=replaced.digest)
    return Notice("supersession", older, newer.sender.id, newer.term.effective)


def _given(agreement: Agreement, on: dt.date, notices: Iterable[Notice]) -> list[Notice]:
    reference, parties = Reference.to(agreement), {party.id for party in agreement.parties}
    counted = (each for each in notices if each.agreement == reference and each.by in parties and each.on <= on)
    return sorted(counted, key=lambda each: each.on)


def _terminates(notice: Notice, agreement: Agreement, on: dt.date) -> bool:
    return notice.kind == "termination" and on >= _takes_effect(notice, agreement)


def _takes_effect(termination: Notice, agreement: Agreement) -> dt.date:
    rule = agreement.term.termination
    at_once = termination.ground is not None and termination.ground in rule.immediate_if
    return termination.on if at_once else termination.on + dt.timedelta(days=rule.notice_days)


def _suspended(given: list[Notice]) -> bool:
    """Whether any party's last word is a suspension; on the same day a suspension outweighs a resumption."""
    last: dict[PartyId, Notice] = {}
    for each in given:
        if each.kind == "suspension" or (each.kind == "resumption" and not _same_day(last.get(each.by), each)):
            last[each.by] = each
    return any(each.kind == "suspension" for each in last.values())


def _same_day(earlier: Notice | None, later: Notice) -> bool:
    return earlier is not None and earlier.on == later.on
