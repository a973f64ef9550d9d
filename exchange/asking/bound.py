"""Which agreements bind a party, by the texts that were shown, and which were not shown."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import numbers
from exchange.asking.answer import finding
from exchange.asking.shown import Shown
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.locale import later


def bound(shown: Shown, log: History, agreement: str | None = None) -> dict[str, tuple[Agreement, ...]]:
    """Of each agreement (or of that one) the versions that all have signed and that bind the party of a log, the oldest
    first."""
    found: dict[str, list[Agreement]] = {}
    for each in shown.agreements.values():
        read = each.agreement
        if agreement in (None, read.id) and each.signed() and shown.binds(each, log):
            found.setdefault(read.id, []).append(read)
    return {name: tuple(sorted(those, key=lambda one: numbers(one.version))) for name, those in sorted(found.items())}


def not_theirs(shown: Shown, log: History) -> Iterator[Finding]:
    """A finding at whoever shows a text that is signed for the party of a log, which by its own account is not bound by
    it: nothing is judged by it there."""
    for text in shown.agreements.values():
        of_it = text.agreement.network == log.network and any(each.id == log.party for each in text.agreement.parties)
        if of_it and text.signed() and not shown.binds(text, log):
            told = {"agreement": str(text.reference), "party": log.party}
            what = later("{agreement} is shown as signed by {party}, and nothing of {party}'s own confirms it", **told)
            by = (each for each in shown.histories if each.origin in text.shown_by)
            first = min(by, key=lambda each: (each is log, each.origin))
            yield finding(first, "audit.agreement_not_theirs", what)


def agreement_id(entry: Entry) -> str | None:
    """Of the agreement that an entry is about."""
    return None if entry.agreement is None else entry.agreement.id


def not_shown(shown: Shown, history: History, agreement: str | None = None) -> Iterator[Finding]:
    """A finding for each version of an agreement that a log names and that nobody showed with the signatures of all:
    nothing is judged by it."""
    first: dict[AgreementRef, int] = {}
    for number, each in sorted(history.entries.items()):
        if each.agreement is not None and agreement in (None, each.agreement.id):
            first.setdefault(each.agreement, number)
    for named, number in first.items():
        text = shown.agreement(named)
        if text is None or not text.signed():
            what = later(
                "{agreement} was not shown with all its signatures: nothing is judged by it",
                agreement=f"{named.id} {named.version}",
            )
            yield finding(history, "audit.agreement_absent", what, number)
