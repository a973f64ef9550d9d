"""10. What was passed on: by whom, under which agreement, by whose leave?

A recipient that passes data on notes it, and names the agreement under which they go on. That it may, the sender's
approver says in a signed leave, which the program keeps and puts into packs beside the agreements
(`agreements/….onward.json`): so what is noted with its agreements, and shows no leave, had none. Tables that were
published are told as well: they need no leave. What was then sent under the other agreement is told in its order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from exchange.agreements.agreement import Agreement
from exchange.agreements.onward_approval import OnwardApproval, objections
from exchange.asking.answer import Answer, Asked, finding, joined
from exchange.asking.bound import agreement_id, not_shown
from exchange.asking.noted import Noted, evidence
from exchange.asking.shown import Shown, reference
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.errors import AgreementError
from exchange.locale import Said, counted_later, later

LEAVE = ".onward.json"
"""How the file of a leave ends."""
_ONWARD, _PUBLISHED = "onward", "published"  # the notes of an export


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the party that is asked about, or of all whose logs were shown."""
    logs = [each for each in shown.histories if asked.party in (None, each.party)]
    found = [each for log in logs for each in _passed_on(log) if _is_asked(each.entry, asked)]
    went = list(_went(found))
    held = leaves(shown)
    absent = (one for log in logs if any(each.history is log for each in found) for one in not_shown(shown, log))
    return Answer(
        "onward",
        asked,
        _sentence(found),
        tuple(_line(each, held) for each in sorted((*found, *went), key=_in_time)),
        evidence((*found, *went)),
        (*(one for each in found for one in _judged(shown, each, held)), *absent),
        later("a log tells what was passed on with the program; what went otherwise, only the people can say"),
    )


def leaves(shown: Shown) -> tuple[OnwardApproval, ...]:
    """Every leave that somebody showed, not yet verified; what cannot be read counts as not shown."""
    found: dict[OnwardApproval, None] = {}
    for history in shown.histories:
        for path, content in history.documents.items():
            if path.endswith(LEAVE):
                try:
                    found[OnwardApproval.from_json(content, path)] = None
                except AgreementError:
                    continue
    return tuple(found)


def _passed_on(log: History) -> Iterator[Noted]:
    return (each for each in Noted.of(log, "store.exported") if each.entry.note in {_ONWARD, _PUBLISHED})


def _went(found: Iterable[Noted]) -> Iterator[Noted]:
    """What a party sent, since it first passed data on under an agreement, under that agreement: each once, however
    often it passed on."""
    first: dict[tuple[str, str], Noted] = {}
    for each in found:
        if each.entry.onward is not None:
            first.setdefault((each.history.origin, each.entry.onward.id), each)
    for (_log, under), passed in first.items():
        for each in Noted.of(passed.history, "bundle.delivered"):
            if each.number > passed.number and agreement_id(each.entry) == under:
                yield each


def _in_time(noted: Noted) -> tuple[dt.datetime, str, int]:
    return noted.entry.time, noted.history.origin, noted.number


def _is_asked(entry: Entry, asked: Asked) -> bool:
    named = {each.id for each in (entry.agreement, entry.onward) if each is not None}
    return (asked.agreement is None or not named or asked.agreement in named) and asked.within(entry.time)


# --- by whose leave ---


def _judged(shown: Shown, passed: Noted, held: Sequence[OnwardApproval]) -> Iterator[Finding]:
    entry, log = passed.entry, passed.history
    if entry.note != _ONWARD:
        return
    if entry.agreement is None or entry.onward is None:
        what = later("data were passed on, and the log does not tell under which agreements")
        yield finding(log, "audit.onward_untold", what, passed.number)
        return
    under, to = _signed(shown, entry.agreement), _signed(shown, entry.onward)
    if to is not None and to.sender.id != log.party:
        what = later("{party} passed data on under {to}, under which it does not send", party=log.party, to=str(to.id))
        yield finding(log, "audit.onward_without_leave", what, passed.number)
    about = [each for each in held if _is_about(each, entry)]
    if not about or (under is not None and all(_against(each, under, entry) for each in about)):
        what = later(
            "no leave that was shown lets what came under {under} go on under {to} on that day",
            under=_name(entry.agreement),
            to=_name(entry.onward),
        )
        yield finding(log, "audit.onward_without_leave", what, passed.number)


def _signed(shown: Shown, named: AgreementRef) -> Agreement | None:
    text = shown.agreement(named)
    return text.agreement if text is not None and text.signed() else None


def _is_about(leave: OnwardApproval, entry: Entry) -> bool:
    """About these agreements in any version: which texts a leave names exactly is judged with it."""
    pair = (entry.agreement.id if entry.agreement else None, entry.onward.id if entry.onward else None)
    return (leave.statement.under.id, leave.statement.to.id) == pair


def _against(leave: OnwardApproval, under: Agreement, entry: Entry) -> bool:
    on = under.day(entry.time)
    return entry.onward is None or bool(objections(leave, under, reference(entry.onward), on))


# --- what is said of it ---


def _sentence(found: Sequence[Noted]) -> Said:
    onward = [each for each in found if each.entry.note == _ONWARD]
    published = counted_later(
        "tables were published {count} time", "tables were published {count} times", len(found) - len(onward)
    )
    if not onward:
        return joined((later("no data were passed on"), published))
    passed_on = counted_later(
        "{count} time data were passed on, by {parties}",
        "{count} times data were passed on, by {parties}",
        len(onward),
        parties=", ".join(sorted({each.history.party for each in onward})),
    )
    return joined((passed_on, published))


def _line(noted: Noted, held: Sequence[OnwardApproval]) -> Said:
    entry = noted.entry
    names = {"day": f"{entry.time:%Y-%m-%d}", "party": entry.party, "under": _name(entry.agreement)}
    if entry.kind == "bundle.delivered":
        return later(
            "{day}, {party}: sent to {recipient} under {under}: {period}",
            **names,
            recipient=entry.counterpart,
            period=entry.period or "–",
        )
    if entry.note == _PUBLISHED:
        return later(
            "{day}, {party}: {person} published tables of what came under {under}", **names, person=entry.person
        )
    leave = ", ".join(sorted({_named(each) for each in held if _is_about(each, entry)}))
    return later(
        "{day}, {party}: {person} passed on what came under {under}, under {to}, {leave}",
        **names,
        person=entry.person,
        to=_name(entry.onward),
        leave=later("by leave of {approvers}", approvers=leave) if leave else later("and no leave was shown"),
    )


def _named(leave: OnwardApproval) -> str:
    said = leave.statement
    return f"{said.party} ({said.signed_on}–{said.until})"


def _name(named: AgreementRef | None) -> str:
    return "–" if named is None else str(reference(named))
