"""17. Which months (or quarters) came late, and which never came, by sender?

What is owed, and by when, is worked out by the clock that also warns a sender (`exchange.duties.reporting`), up to the
moment to which the sender's log tells. Where an agreement asks for no nil report, a month without cases and one that
was forgotten look alike, and that is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.asking.answer import Answer, Asked, Evidence, finding, grouped
from exchange.asking.bound import bound, not_shown
from exchange.asking.deadlines import There, facts, there, until
from exchange.asking.shown import Shown
from exchange.audit.entries import Entry
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.duties import reporting
from exchange.duties.clock import Clock, Facts
from exchange.locale import Said, counted_later, later


@dataclass(frozen=True, slots=True)
class _Owed:
    """One period that a sender owed a recipient by the day `due`, as the log of `history` has it at `now`. `number`:
    the entry by which it arrived."""

    history: History
    clock: Clock
    due: dt.date
    now: dt.datetime
    number: int | None

    @property
    def missing(self) -> bool:
        return self.clock.state(self.now) == "overdue"

    @property
    def late(self) -> bool:
        return self.clock.state(self.now) == "missed"

    @property
    def told_by_sender(self) -> bool:
        return self.history.party == self.clock.party


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the periods whose last day in time lies within the days that are asked about. From the sender's log; where
    only a recipient's was shown, what has not reached it is to be looked at: nobody can tell whether it was sent."""
    owed: list[_Owed] = []
    silent: list[Said] = []
    came = there(shown)
    for log in sorted(shown.histories, key=lambda each: each.origin):
        for versions in bound(shown, log, asked.agreement).values():
            found = list(_of_agreement(shown, log, versions, asked, came))
            owed += found
            silent += [_no_nil_report(versions[-1])] if found and _says_nothing_of_none(versions[-1]) else []
    absent = (each for history in shown.histories for each in not_shown(shown, history, asked.agreement))
    arrived = dict.fromkeys((each.history.origin, each.number) for each in owed if each.number is not None)
    logs = {each.origin: each for each in shown.histories}
    return Answer(
        "months",
        asked,
        _sentence(owed),
        (*_lines(owed), *dict.fromkeys(silent)),
        tuple(Evidence.of(logs[origin], number) for origin, number in arrived),
        (*_wrong(owed), *_unsure(owed), *absent),
    )


# --- what was owed ---


def _of_agreement(
    shown: Shown, log: History, versions: Sequence[Agreement], asked: Asked, came: There
) -> Iterator[_Owed]:
    """By the log of the sender, of each recipient; by a recipient's only where no log of the sender was shown, and of
    itself. The versions are those that bind the party of the log."""
    sender = versions[-1].sender.id
    logs = {each.party for each in shown.histories if each.network == log.network}
    if asked.sender not in (None, sender) or (log.party != sender and sender in logs):
        return
    recipients = sorted({each.id for one in versions for each in one.recipients})
    now = until(log, shown)
    for recipient in recipients:
        if log.party in (sender, recipient) and asked.recipient in (None, recipient):
            for clock in _clocks(shown, log, versions, recipient, came):
                if asked.within(_last_moment(clock)):
                    due = versions[-1].day(_last_moment(clock))
                    yield _Owed(log, clock, due, now, _arrival(log, clock))


def _clocks(
    shown: Shown, history: History, versions: Sequence[Agreement], recipient: str, came: There
) -> Iterator[Clock]:
    """Each version asks for the periods that end before the next one takes effect."""
    for version, newer in zip(versions, (*versions[1:], None), strict=True):
        if version.term.effective <= version.day(until(history, shown)):
            for clock in _of_version(facts(shown, history, version, came)):
                last = Period.read(clock.about).last
                if clock.owed_to == recipient and (newer is None or last < newer.term.effective):
                    yield clock


def _of_version(told: Facts) -> list[Clock]:
    """Once sending has been stopped, nothing more is owed; but what was overdue by then stays overdue."""
    clocks = _bundles(told)
    stopped = _stopped(told)
    if stopped is None:
        return clocks
    known = {(each.owed_to, each.about) for each in clocks}
    before = replace(told, now=stopped, entries=tuple(each for each in told.entries if each.time < stopped))
    overdue = (each for each in _bundles(before) if each.state(stopped) == "overdue")
    return [*clocks, *(each for each in overdue if (each.owed_to, each.about) not in known)]


def _bundles(told: Facts) -> list[Clock]:
    return [each for each in reporting.clocks(told) if each.code == "reporting.bundle"]


def _stopped(told: Facts) -> dt.datetime | None:
    """Since when nobody may send, where nobody may."""
    if not told.stopped_sending:
        return None
    ends = [each.time for each in told.of("agreement.ended")]
    last: dict[str, Entry] = {}
    for each in told.entries:
        if each.kind in {"agreement.suspended", "agreement.resumed"}:
            last[each.counterpart or each.party] = each
    return min([*ends, *(each.time for each in last.values() if each.kind == "agreement.suspended")])


def _arrival(history: History, clock: Clock) -> int | None:
    """The entry that stopped the clock."""
    if clock.stopped is None:
        return None
    other = clock.owed_to if history.party == clock.party else clock.party
    return next(
        number
        for number, each in history.of("bundle.delivered", "bundle.accepted")
        if (each.time, each.period, each.counterpart) == (clock.stopped, clock.about, other)
    )


def _last_moment(clock: Clock) -> dt.datetime:
    return clock.ends - dt.timedelta(seconds=1)


def _says_nothing_of_none(agreement: Agreement) -> bool:
    return agreement.delivery.nil_report != "required"


# --- what is said of it ---


def _wrong(owed: Sequence[_Owed]) -> Iterator[Finding]:
    for each in (one for one in owed if one.told_by_sender):
        names = {"period": each.clock.about, "recipient": each.clock.owed_to, "day": each.due}
        if each.late:
            text = later("{period} reached {recipient} only after {day}", **names)
            yield finding(each.history, "audit.month_late", text, each.number)
        elif each.missing:
            text = later("nothing has gone to {recipient} for {period}, which was due by {day}", **names)
            yield finding(each.history, "audit.month_missing", text)


def _unsure(owed: Sequence[_Owed]) -> Iterator[Finding]:
    """For each sender whose log was not shown: a recipient tells when it accepted something, and not when it came."""
    by_others = [each for each in owed if not each.told_by_sender]
    for sender, those in grouped((each for each in by_others if each.missing), lambda each: each.clock.party):
        what = later(
            "no log of {sender} was shown; by the recipients' there came nothing for {periods}",
            sender=sender,
            periods=", ".join(sorted({each.clock.about for each in those})),
        )
        yield finding(those[0].history, "audit.pack_absent", what)
    for sender, those in grouped((each for each in by_others if each.late), lambda each: each.clock.party):
        what = later(
            "no log of {sender} was shown; the recipients accepted only after the day: {periods}",
            sender=sender,
            periods=", ".join(sorted({each.clock.about for each in those})),
        )
        yield finding(those[0].history, "audit.pack_absent", what)


def _sentence(owed: Sequence[_Owed]) -> Said:
    due = _due(owed)
    return counted_later(
        "{count} period was due: {late} late, {missing} missing",
        "{count} periods were due: {late} late, {missing} missing",
        len(due),
        late=sum(each.late for each in due),
        missing=sum(each.missing for each in due),
    )


def _due(owed: Sequence[_Owed]) -> list[_Owed]:
    return [each for each in owed if each.clock.state(each.now) != "running"]


def _lines(owed: Sequence[_Owed]) -> Iterator[Said]:
    """One for each sender and recipient of whom something was due."""
    of: dict[tuple[str, str, str], list[_Owed]] = {}
    for each in _due(owed):
        of.setdefault((each.clock.party, each.clock.owed_to, each.clock.agreement.id), []).append(each)
    for (sender, recipient, agreement), those in sorted(of.items()):
        yield later(
            "{sender} to {recipient} under {agreement}: {met} in time; late: {late}; missing: {missing}",
            sender=sender,
            recipient=recipient,
            agreement=agreement,
            met=sum(each.clock.state(each.now) == "met" for each in those),
            late=_periods(each for each in those if each.late),
            missing=_periods(each for each in those if each.missing),
        )


def _periods(owed: Iterable[_Owed]) -> str:
    return ", ".join(each.clock.about for each in owed) or "–"


def _no_nil_report(agreement: Agreement) -> Said:
    return later(
        "{agreement} asks for no report of a month without cases: no log can tell it from one that was forgotten",
        agreement=agreement.id,
    )
