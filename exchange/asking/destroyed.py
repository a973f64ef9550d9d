"""9. Was what came destroyed, and its destruction certified, in time?

The clocks are those of `exchange.duties.retention`, by the version under which a bundle came: the recipient's own,
where its log was shown; else the sender's, who waits for the certificate. That nothing is left is certified and never
proved: a sample is drawn to be looked for on site.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.asking.answer import Answer, Asked, drawn
from exchange.asking.deadlines import There, facts, in_time, there, until
from exchange.asking.events import event
from exchange.asking.noted import Noted, evidence
from exchange.asking.sendings import Sending, sendings, without_agreement, without_recipients
from exchange.asking.shown import Shown
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.findings import Finding
from exchange.duties import retention
from exchange.duties.clock import Clock, ClockState
from exchange.locale import Said, counted_later, later

_WORST: tuple[ClockState, ...] = ("overdue", "missed", "running", "met")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A bundle that came, by the log that tells most of its end: the recipient's, else the sender's. `clocks`: what is
    owed for it, with how each stands."""

    sending: Sending
    at: Noted
    ends: tuple[Noted, ...]
    clocks: tuple[tuple[Clock, ClockState], ...]

    @property
    def worst(self) -> ClockState:
        return min((state for _clock, state in self.clocks), key=_WORST.index, default="running")

    @property
    def certified(self) -> bool:
        return any(each.entry.kind == "disposal.certified" for each in self.ends)


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of what was accepted; the lines are those of what has ended, or should have."""
    found = tuple(each for each in sendings(shown, asked) if _came(each) is not None)
    came = there(shown)
    kept = [_kept(shown, each, at, came) for each in found if (at := _came(each)) is not None]
    told = [each for each in kept if each.ends or each.worst != "running"]
    certified = [each for each in kept if each.certified]
    return Answer(
        "destroyed",
        asked,
        _sentence(kept),
        tuple(_line(each) for each in told),
        evidence(at for each in told for at in (each.at, *each.ends)),
        (
            *(finding for each in kept for finding in _findings(each)),
            *without_agreement(shown, found),
            *without_recipients(found),
        ),
        _attested(certified) if certified else None,
        drawn((each.sending.bundle for each in certified), shown.histories),
    )


def _came(sending: Sending) -> Noted | None:
    """The entry from which its time runs."""
    # Where the recipient's log was not shown, or says nothing of it, the sender has its receipt.
    own = next(sending.by_recipient("bundle.accepted"), None)
    return own or next(sending.by_sender("bundle.acknowledged"), None)


def _kept(shown: Shown, sending: Sending, at: Noted, came: There) -> _Kept:
    log, text = at.history, shown.agreement(_under(at, sending))
    ours = tuple(sending.by_recipient() if log is sending.came else sending.by_sender())
    ends = tuple(each for each in ours if each.entry.kind in ("disposal.done", "disposal.certified"))
    if text is None:
        return _Kept(sending, at, ends, ())
    ended = (each for _number, each in log.of("agreement.ended") if _is_about(each, text.agreement.id))
    told = (each.entry.model_copy(update={"bundle": sending.bundle}) for each in ours)
    clocks = retention.clocks(facts(shown, log, text.agreement, came, (*ended, *told)))
    now = until(log, shown)
    return _Kept(sending, at, ends, tuple((each, each.state(now)) for each in clocks))


def _under(at: Noted, sending: Sending) -> AgreementRef | None:
    """The version that the log itself names."""
    ours = sending.by_recipient() if at.history is sending.came else sending.by_sender()
    return next((each.entry.agreement for each in (at, *ours) if each.entry.agreement), None)


def _is_about(entry: Entry, agreement: str) -> bool:
    return entry.agreement is not None and entry.agreement.id == agreement


# --- what is said of it ---


def _findings(kept: _Kept) -> Iterator[Finding]:
    """Of each code one: what was not destroyed was not certified either."""
    said: set[str] = set()
    for clock, state in kept.clocks:
        code = {"missed": "audit.destruction_late", "overdue": "audit.destruction_open"}.get(state)
        if code is not None and code not in said:
            said.add(code)
            names = {"recipient": clock.party, "bundle": kept.sending.bundle, "due": f"{clock.ends:%Y-%m-%d}"}
            at = _entry_of(kept, clock) if state == "missed" else kept.at
            yield at.finding(code, _what(clock, state, names))


def _entry_of(kept: _Kept, clock: Clock) -> Noted:
    return next((each for each in kept.ends if each.entry.time == clock.stopped), kept.at)


def _what(clock: Clock, state: ClockState, names: dict[str, str]) -> Said:
    match clock.code, state:
        case retention.DESTROY, "missed":
            return later("{recipient} destroyed {bundle} after {due}", **names)
        case retention.DESTROY, _:
            return later("{recipient} has not destroyed {bundle} by {due}", **names)
        case _, "missed":
            return later("{recipient} certified the destruction of {bundle} after {due}", **names)
        case _:
            return later("{recipient} has not certified the destruction of {bundle} by {due}", **names)


def _sentence(kept: Sequence[_Kept]) -> Said:
    return counted_later(
        "{count} bundle came: destroyed and certified {met} in time, {late} late; {overdue} overdue, {open} not due",
        "{count} bundles came: destroyed and certified {met} in time, {late} late; {overdue} overdue, {open} not due",
        len(kept),
        met=sum(each.worst == "met" for each in kept),
        late=sum(each.worst == "missed" for each in kept),
        overdue=sum(each.worst == "overdue" for each in kept),
        open=sum(each.worst == "running" for each in kept),
    )


def _line(kept: _Kept) -> Said:
    """As it ended, and how that stands with the clock of the certificate."""
    last = kept.ends[-1] if kept.ends else kept.at
    worst = next((clock for clock, state in kept.clocks if state == kept.worst), None)
    return later(
        "{day}, {party}: {bundle} {what}; {said}",
        day=f"{last.entry.time:%Y-%m-%d}",
        party=kept.sending.recipient,
        bundle=kept.sending.bundle,
        what=event(last.entry),
        said=later("by when is not known") if worst is None else in_time(worst, kept.worst),
    )


def _attested(certified: Sequence[_Kept]) -> Said:
    recipients = ", ".join(sorted({each.sending.recipient for each in certified}))
    return later(
        "that nothing is left of them is certified by {recipients} alone, and proved by nobody: look on site for the "
        "bundles that are drawn",
        recipients=recipients,
    )
