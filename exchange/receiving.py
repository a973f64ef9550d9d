"""The recipient's half of the road, top to bottom: from sealed files to the store, and the answers to their senders.

    collect → open → accept a bundle, or heed a letter → acknowledge

Here files are collected, and taken in one by one until none is left that waits for another. What is done with one, and
why nothing is taken in twice, wherever it was cut off, stands in `taking_in`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from exchange.agent.station import forget_due
from exchange.attaching import take_out
from exchange.by_hand import Carried
from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.posting import resume
from exchange.roads import roads_in
from exchange.taking_in import Taken, known_agreements, opening_facts, take_file
from exchange.transport.arrivals import Arrived
from exchange.transport.fetching import Round
from exchange.transport.ledger import nobody_is_told
from exchange.transport.persistence import Pausing, Persistence, nobody_waits
from exchange.transport.road import Road, Watch, nobody_watches

ROUNDS = 20  # of fetching and judging in one run
_SAYS_KEYS = frozenset({"card", "revocation"})


@dataclass(frozen=True, slots=True)
class Received:
    """What `receive` did: every file that was waiting, what went wrong on the roads, and how much that was carried here
    was left as it lies, being somebody else's as far as one can see."""

    taken: tuple[Taken, ...]
    problems: tuple[Problem, ...]
    left: int = 0


class Watching(Protocol):
    """Gives the watch for what comes on the road of a party; "" where nobody knows whose it is."""

    def __call__(self, party: str) -> Watch: ...


def _nobody(party: str) -> Watch:
    return nobody_watches


def receive(
    office: Office,
    *,
    folder: Path | None = None,
    files: Iterable[Path] = (),
    watching: Watching = _nobody,
    pausing: Pausing = nobody_waits,
    waits: Callable[[], None] = nobody_is_told,
    persistence: Persistence | None = None,
) -> Received:
    """Collect what has come on every road, and take it in. Safe to repeat. `folder`: also what somebody carried
    here in it; `files`: also what came attached to mail, as it was saved. `watching` and `pausing` see what moves and
    when nothing does; `waits` is told that another process is at it.

    Names are random, so what belongs together comes in any order: what is held is looked at again after each round
    that took something in, and a key that nobody knows yet may stand on a card that comes with it. What came is judged
    before more is fetched, so that rubbish never fills the disk; whoever keeps bringing more does not keep others from
    getting their receipts, since a run has an end. One process is here at a time; another waits for its turn
    (transport.queue_busy).
    """
    how = _Fetching(watching, pausing, persistence or Persistence())
    with office.workspace.turn("receiving", waits), office.workspace.kept_open():
        resume(office)
        office.workspace.inbox.fetch_held()
        taken: dict[str, Taken] = {}
        carried = None if folder is None else Carried(office, folder)
        attached = office.workspace.attached_folder()
        not_found = take_out(files, attached, office.identity)
        for _round in range(ROUNDS):
            problems = _collect(office, roads_in(office, carried, attached), how)
            came = [each for each in _waiting(office) if each.sha256 not in taken]
            _take_all(office, taken)
            if not came or not office.workspace.inbox.round_is_full(came):
                break
        else:
            problems = (*problems, _more_waits())
        forget_due(office)
        shutil.rmtree(attached, ignore_errors=True)  # whoever saved them has them still
        left = 0 if carried is None else len(carried.left)
        outcomes = (*_outcomes(taken, held=False), *_outcomes(taken, held=True))
        return Received(outcomes, (*not_found, *problems), left)


def _more_waits() -> Problem:
    return Problem(
        "receive.more_waits",
        _("more lies there than one run takes"),
        hint=_("run the command again; if it stays so, see in exchange status who brings so much"),
    )


# --- collect ---


@dataclass(frozen=True, slots=True)
class _Fetching:
    """How what comes is fetched: seen by whom, over links that break."""

    watching: Watching
    pausing: Pausing
    persistence: Persistence


def _collect(office: Office, roads: Iterable[Road], how: _Fetching) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for road in roads:
        try:
            _fetch(office, road, how)
        except TransportError as error:
            problems += error.problems
    return tuple(problems)


def _fetch(office: Office, road: Road, how: _Fetching) -> None:
    """A round from one road, which is entered anew while its link is gone."""
    inbox, fetching = office.workspace.inbox, Round()

    def receive(watch: Watch) -> None:
        with road:
            try:
                inbox.receive(road, office.now, watch, fetching)
            finally:  # one file that cannot be fetched keeps no other from being removed
                with suppress(TransportError):  # where we may only read, what is done stays until its owner removes it
                    inbox.clear(road)

    def pausing(seconds: float, attempt: int, problem: Problem) -> None:
        inbox.paused(road, seconds, attempt, problem)
        how.pausing(seconds, attempt, problem)

    how.persistence.on(receive, how.watching(office.workspace.whose(road.place)), pausing)


def _take_all(office: Office, taken: dict[str, Taken]) -> None:
    """Until nothing but what must wait is left; into `taken`, by the files' digests."""
    last = False
    facts = opening_facts(office, office.now)
    while True:
        waiting = [
            each for each in _waiting(office) if each.sha256 not in taken or taken[each.sha256].outcome == "held"
        ]
        came: dict[str, Taken] = {}
        for each in waiting:
            came[each.sha256] = take_file(office, each, replace(facts, now=each.arrived_at), last=last)
            if came[each.sha256].kind in _SAYS_KEYS:  # what somebody has revoked signs no agreement any more
                facts = replace(facts, agreements=known_agreements(office))
        taken |= came
        stuck = all(each.outcome == "held" for each in came.values())
        if last and stuck:
            return
        last = stuck


def _outcomes(taken: dict[str, Taken], *, held: bool) -> tuple[Taken, ...]:
    return tuple(each for each in taken.values() if (each.outcome == "held") is held)


def _waiting(office: Office) -> Iterator[Arrived]:
    """What is new or held, and what was being taken in when the machine stopped."""
    inbox = office.workspace.inbox
    for arrived in inbox.status():
        if arrived.state == "opened":
            yield inbox.again(arrived.sha256, office.now)
        elif arrived.state == "new" or (arrived.state == "held" and arrived.path is not None):
            yield arrived
