"""The agreement itself has days: by one it is reviewed, on another it expires."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import Entry
from exchange.duties.clock import Clock, Facts
from exchange.errors import Problem
from exchange.locale import _
from exchange.office import Office

WARN_DAYS = 60  # before the agreement expires: to agree on a new version and have it signed takes weeks


def reviewed(office: Office, agreement_id: str) -> None:
    """The parties have reviewed the agreement and leave it as it is; a change would be a new version."""
    agreement = office.workspace.agreements.newest(agreement_id).agreement
    office.note(agreement.network, office.entry("agreement.reviewed", agreement=Reference.to(agreement)))


def clocks(facts: Facts) -> Iterator[Clock]:
    """The review of this version, which a newer version begins anew."""
    term, zone = facts.agreement.term, ZoneInfo(facts.agreement.delivery.timezone)
    began, ends = (
        dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
        for day in (term.effective, term.review_by + dt.timedelta(days=1))
    )
    stopped = min((each.time for each in facts.of("agreement.reviewed") if _of_this(facts, each)), default=None)
    about = facts.agreement.version
    yield Clock("agreement.review", "term.review_by", facts.reference, facts.party, about, began, ends, stopped)


def warnings(agreement: Agreement, on: dt.date, entries: Iterable[Entry] = ()) -> tuple[Problem, ...]:
    """What is to be said of the agreement's days on the day `on`: agreement.review_due, agreement.expires_soon."""
    term, found = agreement.term, []
    done = any(each.kind == "agreement.reviewed" and _is(each, agreement) for each in entries)
    if on > term.review_by and not done:
        what = _("the agreement was to be reviewed by {day}").format(day=term.review_by)
        hint = _("review it together, then: exchange agreement reviewed {id}").format(id=agreement.id)
        found.append(Problem("agreement.review_due", what, agreement.id, hint))
    if term.expires - dt.timedelta(days=WARN_DAYS) <= on <= term.expires:
        what = _("the agreement expires on {day}").format(day=term.expires)
        hint = _("agree on a new version in time, and have all parties sign it; without one nothing may be sent")
        found.append(Problem("agreement.expires_soon", what, agreement.id, hint))
    return tuple(found)


def _of_this(facts: Facts, entry: Entry) -> bool:
    return _is(entry, facts.agreement)


def _is(entry: Entry, agreement: Agreement) -> bool:
    return entry.agreement is not None and entry.agreement.digest == agreement.digest
