"""5. Were those who withdrew consent told of, acknowledged, and erased, in time?

What ties the two logs together is the id of the letter by which a recipient was told. The clocks are those of
`exchange.duties.withdrawal`: the sender's, to tell; the recipient's, to erase, where its log was shown, else the
sender's, who waits for the certificate. No log tells when a letter was at its recipient's server: what was written in
time is taken as told in time; whether it came, `exchange.audit.letters` judges. Erasing is certified and never proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from exchange.asking.answer import Answer, Asked, drawn, grouped
from exchange.asking.deadlines import There, facts, first, in_time, there, until
from exchange.asking.erasures import Case, cases
from exchange.asking.noted import Noted, evidence
from exchange.asking.sendings import unshown
from exchange.asking.shown import Shown
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.duties import withdrawal
from exchange.duties.clock import Clock, ClockState
from exchange.locale import Said, counted_later, later

_Stands: TypeAlias = tuple[Clock, ClockState]
"""A clock, and how it stands at the end of its log."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A case with its clocks: to tell, and to erase by the one log and the other; None where no text or log is shown
    that makes them run."""

    case: Case
    tell: _Stands | None
    erase: _Stands | None
    certificate: _Stands | None

    @property
    def decides(self) -> _Stands | None:
        """The clock by which erasing is judged."""
        return self.erase or self.certificate

    @property
    def told_in_time(self) -> bool:
        written = self.case.written
        return written is not None and self.tell is not None and written.entry.time <= self.tell[0].ends

    @property
    def findings(self) -> Iterator[Finding]:
        yield from self._telling()
        yield from self._erasing()

    def _telling(self) -> Iterator[Finding]:
        case, written = self.case, self.case.written
        if self.tell is None or case.asked is None:
            return
        clock, state = self.tell
        names = {"recipient": case.recipient, "letter": case.letter, "due": f"{clock.ends:%Y-%m-%d %H:%M}"}
        if written is None and state == "overdue":
            what = later("no letter told {recipient} of withdrawal {letter} by {due} UTC", **names)
            yield case.asked.finding("audit.withdrawal_untold", what)
        elif written is not None and written.entry.time > clock.ends:
            what = later("{recipient} was told of withdrawal {letter} after {due} UTC", **names)
            yield written.finding("audit.withdrawal_late", what)

    def _erasing(self) -> Iterator[Finding]:
        if self.decides is None:
            return
        case, (clock, state) = self.case, self.decides
        names = {"recipient": case.recipient, "letter": case.letter, "due": f"{clock.ends:%Y-%m-%d}"}
        if state == "missed" and self.erase is not None and case.erased is not None:
            what = later("{recipient} certified the erasure of withdrawal {letter} after {due}", **names)
            yield case.erased.finding("audit.erasure_late", what)
        elif state == "missed" and self.erase is None and case.certified is not None:
            # When the letter came, and so until when there was time, its own log alone tells.
            what = later("the certificate of withdrawal {letter} came from {recipient} after {due}", **names)
            yield case.certified.finding("audit.erasure_open", what)
        elif state == "overdue" and self.erase is not None and case.came is not None:
            what = later("{recipient} has not certified the erasure of withdrawal {letter} by {due}", **names)
            yield case.came.finding("audit.erasure_late", what)
        elif self.certificate is not None and self.certificate[1] == "overdue":
            what = later("no certificate of the erasure of withdrawal {letter} has come from {recipient}", **names)
            yield case.at.finding("audit.erasure_open", what)


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of each recipient that is to erase somebody; those who get no personal data are told of nobody."""
    found = [each for each in cases(shown) if _asked_about(each, asked)]
    came = there(shown)
    judged = [_judged(shown, each, came) for each in found]
    withdrawn = list(_withdrawn(shown, asked))
    noted = [at for each in found for at in (*each.by_sender, *each.by_recipient)]
    erased = [each for each in found if each.erased or each.certified]
    return Answer(
        "withdrawals",
        asked,
        _sentence(withdrawn, judged),
        tuple(_line(each) for each in judged),
        evidence((*withdrawn, *noted)),
        (
            *(finding for each in judged for finding in each.findings),
            *unshown(shown, ((each.entry.agreement, each) for each in noted)),
            *_without_logs(found),
        ),
        _attested(withdrawn, erased) if withdrawn or erased else None,
        drawn((each.letter for each in erased), shown.histories),
    )


# --- what is asked about ---


def _withdrawn(shown: Shown, asked: Asked) -> Iterator[Noted]:
    for log in shown.histories:
        for number, each in log.of("consent.withdrawn"):
            named = each.agreement.id if each.agreement else None
            if asked.sender in (None, log.party) and asked.agreement in (None, named) and asked.within(each.time):
                yield Noted(log, number, each)


def _asked_about(case: Case, asked: Asked) -> bool:
    named = case.at.entry.agreement
    return (
        asked.sender in (None, case.sender)
        and asked.recipient in (None, case.recipient)
        and asked.agreement in (None, named and named.id)
        and asked.within(case.at.entry.time)
    )


# --- the clocks ---


def _judged(shown: Shown, case: Case, came: There) -> _Judged:
    ours, theirs = _clocks(shown, case.by_sender, came), _clocks(shown, case.by_recipient, came)
    return _Judged(
        case,
        tell=_stands(shown, case.told, first(ours, "withdrawal.tell")),
        erase=_stands(shown, case.erases, first(theirs, "withdrawal.erase")),
        certificate=_stands(shown, case.told, first(ours, "withdrawal.erase")),
    )


def _clocks(shown: Shown, noted: Sequence[Noted], came: There) -> tuple[Clock, ...]:
    text = shown.agreement(noted[0].entry.agreement) if noted else None
    if text is None:
        return ()
    return tuple(
        withdrawal.clocks(facts(shown, noted[0].history, text.agreement, came, (each.entry for each in noted)))
    )


def _stands(shown: Shown, log: History | None, clock: Clock | None) -> _Stands | None:
    return None if log is None or clock is None else (clock, clock.state(until(log, shown)))


# --- what is said of it ---


def _without_logs(found: Iterable[Case]) -> Iterator[Finding]:
    """A finding for each party whose log was not shown."""
    sides = ((each, side) for each in found for side in ((each.sender, each.told), (each.recipient, each.erases)))
    missing = ((party, each) for each, (party, log) in sides if log is None)
    for party, those in grouped(missing, lambda each: each[0]):
        what = counted_later(
            "no log of {party} was shown: what it tells of {count} withdrawal is not known",
            "no log of {party} was shown: what it tells of {count} withdrawals is not known",
            len(those),
            party=party,
        )
        yield those[0][1].at.finding("audit.pack_absent", what)


def _sentence(withdrawn: Sequence[Noted], judged: Sequence[_Judged]) -> Said:
    states = [each.decides[1] for each in judged if each.decides is not None]
    return counted_later(
        "{count} withdrawal; letters to recipients: {letters}, {told} in time; erased: {met} in time, {late} late, "
        "{open} not yet",
        "{count} withdrawals; letters to recipients: {letters}, {told} in time; erased: {met} in time, {late} late, "
        "{open} not yet",
        len(withdrawn),
        letters=len(judged),
        told=sum(each.told_in_time for each in judged),
        met=states.count("met"),
        late=states.count("missed"),
        open=states.count("running") + states.count("overdue"),
    )


def _line(judged: _Judged) -> Said:
    case = judged.case
    stands = judged.decides
    return later(
        "{letter} of {sender} to {recipient}: asked {asked}, written {written}, came {came}, erased {erased}; {said}",
        letter=case.letter,
        sender=case.sender,
        recipient=case.recipient,
        asked=_day(case.asked),
        written=_day(case.written),
        came=_day(case.came),
        erased=_day(case.erased or case.certified),
        said=later("by when is not known") if stands is None else in_time(*stands),
    )


def _day(noted: Noted | None) -> str:
    return "–" if noted is None else f"{noted.entry.time:%Y-%m-%d}"


def _attested(withdrawn: Iterable[Noted], erased: Sequence[Case]) -> Said:
    """Who holds somebody who withdrew is known to the sender alone; that she is erased, to who erased her."""
    senders = sorted({each.history.party for each in withdrawn} | {each.sender for each in erased})
    if not erased:
        return later("which recipients had to be told rests on the word of {senders} alone", senders=", ".join(senders))
    return later(
        "which recipients had to be told rests on the word of {senders} alone; that these people are erased is "
        "certified by {recipients} alone, and proved by nobody: look on site for those of the letters that are drawn",
        senders=", ".join(senders),
        recipients=", ".join(sorted({each.recipient for each in erased})),
    )
