"""How long a linking agent may have filters: three days from their coming, then it must have deleted them and said so.

The hours are those of the program (`FORGETS_WITHIN_HOURS`): an agreement that links through an agent agrees to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from exchange.agreements.parties import FORGETS_WITHIN_HOURS
from exchange.audit.entries import Entry
from exchange.duties.clock import Clock, Facts

DELETE, CERTIFY = "linking.delete", "linking.certify"
_CLAUSE = "tiers.*.match.via"
_WITHIN = dt.timedelta(hours=FORGETS_WITHIN_HOURS)
_DAY = dt.timedelta(days=1)


def taken_in(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Of letters that came, those that brought filters."""
    return (each for each in entries if each.note == "match_filters" and each.letter is not None)


def clocks(facts: Facts) -> Iterator[Clock]:
    """The agent: delete. The sender: the agent's certificate, for which the letter has a day to come."""
    if facts.agreement.agent is not None and facts.party == facts.agreement.agent.id:
        for entry in taken_in(facts.of("letter.received")):
            stopped = _first(facts, "filters.destroyed", entry.letter)
            yield facts.clock(DELETE, _CLAUSE, entry, _WITHIN, owed_to=entry.counterpart or "", stopped=stopped)
    if facts.party == facts.agreement.sender.id:
        for entry in facts.of("letter.sent", "match_filters"):
            left = facts.left(entry)
            if left is not None:
                certified = _first(facts, "filters.certified", entry.letter)
                began = entry.model_copy(update={"time": left})
                by = entry.counterpart or ""
                yield facts.clock(
                    CERTIFY, _CLAUSE, began, _WITHIN + _DAY, by=by, owed_to=facts.party, stopped=certified
                )


def _first(facts: Facts, kind: str, letter: str | None) -> dt.datetime | None:
    found = (each.time for each in facts.entries if each.kind == kind and each.letter == letter)
    return min(found, default=None)
