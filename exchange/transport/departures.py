"""One run of the outbox: recipient by recipient, over one connection each, several parcels at once."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from exchange.errors import ExchangeError, Problem, TransportError
from exchange.locale import _
from exchange.transport import parcels
from exchange.transport.journal import SHOWN, Journal, Line, Meter, paused
from exchange.transport.landing import altered
from exchange.transport.parcels import NO_PROBLEM, Event, Patience, Queued, Standing, State
from exchange.transport.persistence import Pausing, Persistence
from exchange.transport.road import LINK_GONE, Delivery, NotPut, NotThereError, Outgoing, Road, Watch, sha256_of

Book = Callable[[], contextlib.AbstractContextManager[sqlite3.Connection]]


@dataclass(frozen=True, slots=True)
class Departures:
    """`road_for` gives the road to a recipient; `against` and `objection` as in `Outbox.deliver`. What happens is noted
    in `book` first, and stands in `events`, in its order."""

    book: Book
    files: Path
    patience: Patience
    persistence: Persistence
    now: datetime
    road_for: Callable[[str], Road]
    against: Callable[[Queued], Problem | None]
    objection: Callable[[Standing], Problem | None]
    meter: Meter
    pausing: Pausing
    journal: Journal | None
    events: list[Event] = field(default_factory=list)

    def send(self, due: list[Standing]) -> None:
        """Send what is due. What fails goes back to the queue with its reason; nothing is raised for it."""
        may_go = [each for each in due if not self._objected(each)]
        for recipient, group in groupby(sorted(may_go, key=_recipient), key=_recipient):
            self._send_to(recipient, [each for each in group if not self._put_off(each)])

    def _objected(self, standing: Standing) -> bool:
        problem = self.objection(standing)
        if problem is not None:
            self._note(standing, "packed", problem=problem)
        return problem is not None

    def _put_off(self, standing: Standing) -> bool:
        problem = self.against(standing.parcel)
        if problem is not None:
            self._note(standing, "queued", problem=problem)
        return problem is not None

    def _send_to(self, recipient: str, waiting: list[Standing]) -> None:
        """All of one recipient's parcels; what cannot be sent for want of a connection is put back."""
        left = {each.parcel.name: each for each in waiting}

        def send(watch: Watch) -> None:
            if left:
                with self.road_for(recipient) as road:
                    self._send_over(road, left, watch)

        def pausing(seconds: float, attempt: int, problem: Problem) -> None:
            self._write(paused("out", recipient, seconds, attempt, problem))
            self.pausing(seconds, attempt, problem)

        try:
            self.persistence.on(send, self.meter, pausing)
        except ExchangeError as error:
            for standing in left.values():
                self._put_back(standing, error)

    def _send_over(self, road: Road, left: dict[str, Standing], watch: Watch) -> None:
        """What is sent or refused is taken out of `left`. Raises TransportError when the link is gone."""
        gone: TransportError | None = None
        before = dict(left)
        for outcome in road.put(self._leaving(left), watch):
            if isinstance(outcome, NotPut) and isinstance(outcome.error, NotThereError):
                left[outcome.name] = before[outcome.name]
            if isinstance(outcome, NotPut) and LINK_GONE & set(outcome.error.codes):
                gone = outcome.error
            else:
                self._note_outcome(left.pop(outcome.name), outcome)
        if gone is not None:
            raise gone

    def _leaving(self, left: dict[str, Standing]) -> Iterator[Outgoing]:
        """Each parcel, when there is room for it on the road. Asked once more whether it may leave: sending what came
        before may have taken an hour. From here on it may be there, until its outcome says that it is not: something
        of ours may fail before there is one."""
        for name, standing in list(left.items()):
            if self._objected(standing) or not self._begin(standing):
                del left[name]
            else:
                self.meter.begin(name)
                left[name] = replace(standing, maybe_there=True)
                yield Outgoing(self.files / name, name, standing.parcel.sha256)

    def _begin(self, standing: Standing) -> bool:
        """A disk may lose or change what it kept; what is not what was queued never leaves. False also where it was
        held back or finished while we were about to."""
        if not as_queued(self.files, standing.parcel):
            self._note(standing, "failed", problem=altered(standing.parcel.name))
            return False
        return self._note(standing, "sending", attempts=standing.attempts + 1, maybe_there=True)

    def _note_outcome(self, standing: Standing, outcome: Delivery | NotPut) -> None:
        tries = standing.attempts + 1
        if isinstance(outcome, NotPut):
            self._put_back(standing, outcome.error)
            return
        if outcome.sha256 != standing.parcel.sha256:
            self._note(standing, "failed", attempts=tries, problem=altered(standing.parcel.name))
            return
        noted = self._note(standing, "delivered", attempts=tries, already_there=outcome.already_there)
        if noted and not standing.parcel.awaits_receipt:
            forget_file(self.files, standing.parcel)

    def _put_back(self, standing: Standing, error: ExchangeError) -> None:
        problem, tries = error.problems[0], standing.attempts + 1
        state: State = "failed" if problem.code == "transport.name_taken" else "queued"
        due = self.now + self.patience.pause(tries, self.persistence.chance())
        self._note(standing, state, attempts=tries, due=due, problem=problem, maybe_there=standing.maybe_there)

    def note_overdue(self, receipt_within: Callable[[Queued], timedelta]) -> None:
        """Which parcels the recipient should have answered by now."""
        with self.book() as book:
            standings = parcels.standings(book)
        for standing in standings:
            waits = standing.state == "delivered" and standing.parcel.awaits_receipt
            if waits and standing.since + receipt_within(standing.parcel) < self.now:
                self._note(standing, "overdue", problem=_no_receipt(standing.parcel))

    def _note(
        self,
        standing: Standing,
        state: State,
        *,
        attempts: int | None = None,
        due: datetime | None = None,
        problem: Problem = NO_PROBLEM,
        maybe_there: bool | None = None,
        already_there: bool = False,
    ) -> bool:
        """Whether it was noted; not, if a receipt finished the parcel meanwhile, or it was held back."""
        tries = standing.attempts if attempts is None else attempts
        event = Event(standing.parcel, state, self.now, tries, problem.code, problem.what)
        with self.book() as book:
            noted = parcels.record(book, event, due or standing.due, maybe_there=maybe_there)
        if noted:
            self.events.append(event)
            self._write(line_of(event, *self._timed(event, already_there=already_there)))
        return noted

    def _timed(self, event: Event, *, already_there: bool) -> tuple[float | None, int | None]:
        """How long an attempt took that has ended, and how fast it was."""
        if event.state == "sending":
            return None, None
        return self.meter.end(event.parcel.name, moved=not already_there)

    def _write(self, line: Line) -> None:
        if self.journal is not None:
            self.journal.note(line)


def line_of(event: Event, seconds: float | None = None, rate: int | None = None) -> Line:
    """An event as the journal has it."""
    parcel = event.parcel
    return Line(
        direction="out",
        state=event.state,
        counterpart=parcel.recipient,
        file=parcel.name,
        sha256=parcel.sha256[:SHOWN],
        bytes=parcel.size,
        code=event.code,
        attempt=event.attempts or None,
        seconds=seconds,
        rate=rate,
    )


def as_queued(files: Path, parcel: Queued) -> bool:
    """Whether the file that is kept of a parcel is the one that was queued."""
    with contextlib.suppress(OSError):
        return sha256_of(files / parcel.name) == parcel.sha256
    return False


def forget_file(files: Path, parcel: Queued) -> None:
    """It is no longer needed."""
    with contextlib.suppress(OSError):  # the next sweep will
        (files / parcel.name).unlink(missing_ok=True)


def _recipient(standing: Standing) -> str:
    """Each one's parcels stay in the order in which they were queued, as they are kept."""
    return standing.parcel.recipient


def _no_receipt(parcel: Queued) -> Problem:
    return Problem(
        "transport.no_receipt",
        _("no receipt has come"),
        where=parcel.name,
        hint=_("call the recipient: the server has it, and nobody has confirmed it"),
    )
