"""What the logs show: for an auditor, findings first, each with the command that shows it again.

Then the answers to her questions, who sent what to whom month by month, what happened when, every log, every sending,
and what no log proves.
"""

from __future__ import annotations

import base64
import datetime as dt
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.asking.answer import Answer
from exchange.asking.examining import with_answers
from exchange.asking.questions import BY_NAME, QUESTIONS, Question
from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding, as_told
from exchange.audit.history import History
from exchange.audit.matches import Match
from exchange.audit.verify import Verdict
from exchange.locale import Said, _, later
from exchange.reports.audit_months import Year, years
from exchange.reports.audit_time_line import time_line
from exchange.reports.page import page, render

if TYPE_CHECKING:
    from markupsafe import Markup

_MUST_BE_TOLD = {"recipient": "PARTY", "since": "DAY", "until": "DAY", "agreement": "ID"}


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found out about `packs`, judged by `keys`, by what was `kept` from before and by the authorities of the
    files `roots`, as they were named to the command, of the `agreements` examined, or of all. `answers`: to the
    questions that were asked. Entries of a log that is not in order are named by number alone."""

    packs: tuple[str, ...]
    keys: tuple[str, ...]
    verdict: Verdict
    answers: tuple[Answer, ...]
    made: dt.datetime
    kept: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[tuple[Finding, str], ...]:
        """Every finding, those of the logs first, with the command that shows it again."""
        verify = self.command("verify")
        asked = {each: self.asking(answer) for answer in self.answers for each in answer.findings}
        told = as_told(with_answers(self.verdict.findings, self.answers))
        return tuple((each, asked.get(each, verify)) for each in told)

    def command(self, verb: str, *more: str) -> str:
        """What is typed for a verb about these packs."""
        by = (word for key in self.keys for word in ("--key", key))
        believed = (word for root in self.roots for word in ("--tsa", root))
        examined = (word for each in self.agreements for word in ("--agreement", each))
        return shlex.join(("exchange", "audit", verb, *self.packs, *more, *by, *believed, *examined))

    def asking(self, answer: Answer) -> str:
        """What is typed to get this answer."""
        return BY_NAME[answer.question].command(answer.asked.told, self.packs, self.keys, self.kept)


@dataclass(frozen=True, slots=True)
class _Step:
    """One entry by its number; `at` is None where the log could not be read that far."""

    number: int
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Sending:
    """One sealed file on its way; a step is None where nobody has shown it."""

    match: Match
    agreement: str
    period: str
    delivered: _Step
    received: _Step | None
    answer: Said
    acknowledged: _Step | None


def audit_page(audit: Audit) -> str:
    """The page, in both languages."""
    return page(lambda: _title(audit), lambda: _half(audit))


def _title(audit: Audit) -> str:
    return _("Audit of {count} logs").format(count=len(audit.verdict.logs))


def _half(audit: Audit) -> Markup:
    found = audit.found
    return render(
        "exchange.reports",
        "audit.html.j2",
        verdict=audit.verdict,
        wrong=[each for each in found if each[0].weight == "wrong"],
        look=[each for each in found if each[0].weight == "look"],
        questions=list(_questions(audit)) if audit.answers else [],
        years=_years(audit),
        events=time_line(audit.verdict.histories),
        logs=[(log, base64.b64encode(log.root).decode()) for log in audit.verdict.logs],
        sendings=sorted(_sendings(audit), key=lambda each: (str(each.delivered.at or ""), each.match.ciphertext)),
        complete=sum(match.complete for match in audit.verdict.matches),
        attested=_attested(audit.verdict.histories),
        command=audit.command("report", "--out", "audit.html", *(w for each in audit.kept for w in ("--kept", each))),
        made=audit.made,
    )


def _questions(audit: Audit) -> Iterator[tuple[Question, Answer | None, str]]:
    """In the order that auditors know. One that must be told something has no answer here, and how it is asked."""
    answers = {each.question: each for each in audit.answers}
    for question in QUESTIONS:
        if question.name in answers:
            yield question, answers[question.name], audit.asking(answers[question.name])
        else:
            told = {name: _MUST_BE_TOLD[name] for name in question.needs}
            yield question, None, question.command(told, audit.packs, audit.keys, audit.kept)


def _years(audit: Audit) -> tuple[Year, ...]:
    return years((each.match, each.period) for each in _sendings(audit))


def _sendings(audit: Audit) -> Iterator[_Sending]:
    return (_sending(match, audit.verdict.histories) for match in audit.verdict.matches)


def _sending(match: Match, histories: Sequence[History]) -> _Sending:
    def entry(party: str, number: int | None) -> Entry | None:
        return None if number is None else _entry(histories, party, number, match.ciphertext)

    def step(party: str, number: int | None) -> _Step | None:
        found = entry(party, number)
        return None if number is None else _Step(number, found.time if found else None)

    sent = entry(match.sender, match.delivered)
    return _Sending(
        match=match,
        agreement=f"{sent.agreement.id} {sent.agreement.version}" if sent and sent.agreement else "",
        period=(sent.period or "") if sent else "",
        delivered=_Step(match.delivered, sent.time if sent else None),
        received=step(match.recipient, match.received),
        answer=_answer(match.outcome_kind),
        acknowledged=step(match.sender, match.acknowledged),
    )


def _entry(histories: Sequence[History], party: str, number: int, ciphertext: str) -> Entry | None:
    """The entry `number` of a log of `party`, if it is about this file: a party has one log in each network."""
    found = (each.entries.get(number) for each in histories if each.party == party)
    return next((entry for entry in found if entry is not None and entry.ciphertext == ciphertext), None)


def _answer(kind: Kind | None) -> Said:
    match kind:
        case "bundle.accepted":
            return later("accepted")
        case "bundle.refused":
            return later("refused")
        case "bundle.quarantined":
            return later("put aside unopened")
        case "bundle.opened":
            return later("opened, not answered")
        case _:
            return later("no answer shown")


def _attested(histories: Sequence[History]) -> list[tuple[Said, int]]:
    """What organisations say in their logs and nobody can prove, with how often they say it."""
    kinds = [entry.kind for each in histories for entry in each.entries.values()]
    said: tuple[tuple[Kind, Said], ...] = (
        ("extract.checked", later("An extract was checked, and consent was as its sender recorded it")),
        ("consent.withdrawn", later("A person withdrew consent")),
        ("erasure.asked", later("A recipient was asked to erase a person who withdrew")),
        ("erasure.certified", later("Data of a person who withdrew were erased")),
        ("filters.certified", later("A linking agent deleted the filters that it had compared")),
        ("disposal.certified", later("Data were destroyed at the end of their time")),
        ("disclosure.urgent", later("Data were given out because a life was at risk")),
        ("disclosure.reviewed", later("Somebody else looked at what was given out because a life was at risk")),
        ("disclosure.compelled", later("Data were given out because the law compelled it")),
        ("breach.noticed", later("A breach was noticed")),
        ("breach.reported", later("A breach was reported to the authority")),
        ("rights.requested", later("A person asked for her rights")),
        ("rights.answered", later("A person who asked for her rights was answered")),
    )
    return [(text, kinds.count(kind)) for kind, text in said]
