"""What the logs show: for an auditor, findings first, then every log and every sending, and what no log can prove."""

from __future__ import annotations

import base64
import datetime as dt
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.audit.checkpoint import party_of
from exchange.audit.entries import Entry, Kind
from exchange.audit.history import History
from exchange.audit.matches import Match
from exchange.audit.verify import Verdict
from exchange.locale import Language, _, language
from exchange.reports.page import page, render

if TYPE_CHECKING:
    from markupsafe import Markup


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
    answer: str
    acknowledged: _Step | None


def audit_page(verdicts: Mapping[Language, Verdict], histories: Sequence[History], made: dt.datetime) -> str:
    """The page about one verdict.

    `verdicts`: what `verify` gave under `speaking(tongue)` for each tongue, because findings are sentences.
    `histories`: of the packs that could be read; without one, its entries are named by number alone.
    """
    return page(lambda: _title(verdicts), lambda: _half(verdicts[language()], histories, made))


def _title(verdicts: Mapping[Language, Verdict]) -> str:
    return _("Audit of {count} logs").format(count=len(verdicts[language()].logs))


def _half(verdict: Verdict, histories: Sequence[History], made: dt.datetime) -> Markup:
    sendings = [_sending(match, histories) for match in verdict.matches]
    return render(
        "exchange.reports",
        "audit.html.j2",
        verdict=verdict,
        wrong=[each for each in verdict.findings if each.weight == "wrong"],
        look=[each for each in verdict.findings if each.weight == "look"],
        logs=[(log, base64.b64encode(log.root).decode()) for log in verdict.logs],
        sendings=sorted(
            sendings, key=lambda each: (str(each.delivered.at or ""), each.match.sender, each.match.ciphertext)
        ),
        complete=sum(match.complete for match in verdict.matches),
        attested=_attested(histories),
        command=shlex.join(("exchange", "audit", "verify", *(log.pack for log in verdict.logs))),
        made=made,
    )


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
    found = (each.entries.get(number) for each in histories if party_of(each.origin) == party)
    return next((entry for entry in found if entry is not None and entry.ciphertext == ciphertext), None)


def _answer(kind: Kind | None) -> str:
    match kind:
        case "bundle.accepted":
            return _("accepted")
        case "bundle.refused":
            return _("refused")
        case "bundle.quarantined":
            return _("put aside unopened")
        case "bundle.opened":
            return _("opened, not answered")
        case _:
            return _("no answer shown")


def _attested(histories: Iterable[History]) -> list[tuple[str, int]]:
    """What organisations say in their logs and nobody can prove, with how often they say it."""
    kinds = [entry.kind for each in histories for entry in each.entries.values()]
    said: tuple[tuple[Kind, str], ...] = (
        ("extract.checked", _("An extract was checked, and consent was as its sender recorded it")),
        ("consent.withdrawn", _("A person withdrew consent")),
        ("erasure.asked", _("A recipient was asked to erase a person who withdrew")),
        ("erasure.certified", _("Data of a person who withdrew were erased")),
        ("filters.certified", _("A linking agent deleted the filters that it had compared")),
        ("disposal.certified", _("Data were destroyed at the end of their time")),
        ("disclosure.urgent", _("Data were given out because a life was at risk")),
        ("disclosure.reviewed", _("Somebody else looked at what was given out because a life was at risk")),
        ("disclosure.compelled", _("Data were given out because the law compelled it")),
        ("breach.noticed", _("A breach was noticed")),
        ("breach.reported", _("A breach was reported to the authority")),
        ("rights.requested", _("A person asked for her rights")),
        ("rights.answered", _("A person who asked for her rights was answered")),
    )
    return [(text, kinds.count(kind)) for kind, text in said]
