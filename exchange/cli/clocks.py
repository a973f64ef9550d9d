"""Clocks as people read them: what is owed, by when, and what to do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from exchange.cli import console
from exchange.errors import AuditError, Problem
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.agreements.period import Period
    from exchange.duties.clock import Clock, ClockState
    from exchange.office import Office
    from exchange.workspace.workspace import Workspace


def clock_words() -> dict[str, tuple[str, str]]:
    """Of each duty what must be done, and what whoever waits for it or owes it does. Each new duty adds its line."""
    return {
        "withdrawal.stop": (_("a person withdrew: nothing of them leaves"), _("nothing: it has stopped")),
        "withdrawal.tell": (_("a person withdrew: the recipient must be told"), _("send the letter: exchange deliver")),
        "withdrawal.erase": (
            _("a person withdrew: the data must be erased, and that certified"),
            _("call the recipient: its signed certificate has not come"),
        ),
        "reporting.bundle": (_("the bundle of the period"), _("exchange pack, exchange approve, exchange deliver")),
        "reporting.receipt": (_("the receipt of a bundle"), _("call the recipient: nobody has confirmed it")),
        "agreement.review": (
            _("the parties review the agreement"),
            _("review it together, then: exchange agreement reviewed {id}"),
        ),
        "rights.answer": (_("answer the person"), _("answer, then: exchange rights answered LETTER")),
        "rights.forward": (_("forward the request"), _("send the letter: exchange deliver")),
        "breach.tell": (_("tell the parties"), _("send the letters, and call whoever cannot be written to")),
        "breach.report": (_("tell the authority"), _("tell it, then: exchange breach reported LETTER")),
        "urgent.review": (_("review by somebody else"), _("exchange urgent review LETTER")),
        "compelled.tell": (_("tell the sender"), _("send the letter: exchange deliver")),
        "feedback.give": (_("give feedback"), _("exchange feedback {id}")),
        "retention.destroy": (_("destroy what was kept as long as was agreed"), _("exchange dispose")),
        "linking.delete": (
            _("a linking agent deletes the filters that came"),
            _("exchange link, or exchange receive; then: exchange deliver"),
        ),
        "linking.certify": (
            _("the linking agent certifies that it has deleted the filters"),
            _("call the linking agent: its signed certificate has not come"),
        ),
        "retention.certify": (
            _("certify that it was destroyed"),
            _("send the certificate: exchange dispose, exchange deliver"),
        ),
    }


def clock_word(clock: Clock, now: dt.datetime) -> str:
    """How a clock stands, in a line."""
    words: dict[ClockState, str] = {
        "running": _("until {when}"),
        "overdue": _("OVERDUE since {when}"),
        "met": _("done in time"),
        "missed": _("done too late"),
    }
    return f"{clock_words()[clock.code][0]}: {words[clock.state(now)].format(when=console.local(clock.ends))}"


def open_clocks(workspace: Workspace, now: dt.datetime) -> list[dict[str, Any]]:
    """The clocks that run or are overdue, those that end soonest first. A log that cannot be read is said, and
    stops no `status`."""
    from exchange.duties.overview import all_clocks

    try:
        return [clock_document(each, now, workspace.party) for each in all_clocks(workspace, now) if each.open]
    except AuditError as error:
        for problem in error.problems:
            console.warn(problem)
        return []


def clock_document(clock: Clock, now: dt.datetime, us: str) -> dict[str, Any]:
    what, ours = clock_words().get(clock.code, (clock.code, ""))
    theirs = _("ask {party} about it").format(party=clock.party) if clock.state(now) == "overdue" else ""
    do = ours if us in (clock.party, clock.owed_to) else theirs
    return {
        "code": clock.code,
        "clause": clock.clause,
        "agreement": clock.agreement.id,
        "version": clock.agreement.version,
        "party": clock.party,
        "owed_to": clock.owed_to,
        "about": clock.about,
        "began": clock.began.isoformat(),
        "ends": clock.ends.isoformat(),
        "stopped": clock.stopped.isoformat() if clock.stopped else None,
        "state": clock.state(now),
        "what": what,
        "to_do": do.format(id=clock.agreement.id),
    }


def clock_lines(documents: list[dict[str, Any]]) -> Iterator[str]:
    words = {"overdue": _("overdue"), "running": _("running")}
    head = (_("state"), _("by"), _("who"), _("for whom"), _("what"), _("about"), _("what to do"))
    rows = [
        (
            words[each["state"]],
            console.local(dt.datetime.fromisoformat(each["ends"])),
            each["party"],
            each["owed_to"],
            each["what"],
            each["about"][:12],
            each["to_do"],
        )
        for each in documents
    ]
    yield from (f"  {line}" for line in console.table(head, rows))


def warn_of_overdue(documents: list[dict[str, Any]]) -> None:
    """One line for whoever reads nothing but what went wrong; the exchange goes on."""
    late = sum(each["state"] == "overdue" for each in documents)
    if late:
        what = ngettext("{count} clock is overdue", "{count} clocks are overdue", late).format(count=late)
        console.warn(Problem("clocks.overdue", what, hint=_("what to do stands under Clocks")))


def about_the_agreement(office: Office, agreement_id: str) -> list[Problem]:
    """That it was to be reviewed, or expires soon."""
    from exchange.duties.overview import entries_of
    from exchange.duties.review import warnings

    agreement = office.workspace.agreements.newest(agreement_id).agreement
    return list(warnings(agreement, office.today(agreement), entries_of(office.workspace, agreement.network)))


def about_earlier_periods(
    office: Office, agreement_id: str, recipients: Iterable[str], period: Period
) -> list[Problem]:
    """That an earlier period is owed to the same recipient, and nothing was packed for it."""
    from exchange.agreements.period import Period
    from exchange.duties.reporting import never_sent

    agreement, found = office.workspace.agreements.newest(agreement_id).agreement, []
    for recipient in recipients:
        sent = [Period.read(each.period) for each in office.workspace.releases.current(agreement_id, recipient)]
        missing = never_sent(agreement, recipient, period, sent)
        if missing:
            what = _("earlier periods are owed to {party} and were never packed: {periods}").format(
                party=recipient, periods=", ".join(str(each) for each in missing)
            )
            hint = _("a period without cases is owed as well: pack it with a workbook that has no rows of it")
            found.append(Problem("pack.earlier_owed", what, recipient, hint))
    return found
