"""What is to be sent: queued durably before the first byte leaves, and kept until the recipient's signed receipt.

    queued → sending → delivered → acknowledged        the server has it; the receipt names its digest
                          ├→ refused                   the recipient's signed refusal names its digest
                          └→ overdue                   no receipt in time; one may still come
    queued → failed                                    only a person can help: see the reason, then `retry`

What awaits an approval begins before that, and whoever calls `release` answers for it:

    packed → queued                                    it was released
       └───→ rejected                                  it never leaves

A parcel in state packed is never sent. What was released is asked about once more just before it is sent: where
`objection` finds a reason, it is packed again, with that reason.

A letter that awaits no receipt (a receipt is one) is done when it is delivered. A failed attempt goes back to the
queue with its reason and a pause that doubles, with jitter. Everything is safe to repeat for ever and to kill at any
moment: an attempt that was cut off is made again, and the road recognises by its digest what had arrived. One process
delivers at a time; another that tries meanwhile does nothing.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path

from exchange.errors import ExchangeError, Problem, TransportError
from exchange.locale import _
from exchange.transport import parcels
from exchange.transport.landing import disk_errors, landing, name_taken
from exchange.transport.ledger import alone, ledger, private_folder
from exchange.transport.parcels import Event, Patience, Queued, Standing, State
from exchange.transport.road import BLOCK, LINK_GONE, NotThereError, Road, check_name, sha256_of

__all__ = ["Event", "Outbox", "Patience", "Queued", "Standing"]

NO_PROBLEM = Problem("", "")
Objection = Callable[[Standing], Problem | None]
ReceiptWithin = Callable[[Queued], timedelta]


def _none(_standing: Standing) -> Problem | None:
    return None


def _nothing_against(_parcel: Queued) -> Problem | None:
    return None


class Outbox:
    """The queue in `folder`, which is made if need be. Its methods raise TransportError.

    `chance` gives numbers in [0, 1) for the jitter of pauses.
    """

    def __init__(
        self,
        folder: Path,
        *,
        patience: Patience | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._folder = private_folder(folder)
        self._files = private_folder(folder / "files")
        self._patience = patience or Patience()
        self._chance = chance or secrets.SystemRandom().random

    def queue(self, source: Path, parcel: Queued) -> None:
        """Keep a copy of `source` and a line for it, both durable on return. Repeating it changes nothing."""
        check_name(parcel.name)
        with disk_errors(source.name):
            if (source.stat().st_size, sha256_of(source)) != (parcel.size, parcel.sha256):
                raise TransportError(_altered(parcel.name))
        with self._book() as book:
            known = parcels.like(book, parcel)
            if not known:
                _copy(source, self._files / parcel.name)
                parcels.insert(book, parcel)
            elif any((each.id, each.name, each.sha256) != (parcel.id, parcel.name, parcel.sha256) for each in known):
                raise TransportError(name_taken(parcel.name))

    def deliver(
        self,
        road_for: Callable[[str], Road],
        now: datetime,
        *,
        at_once: bool = False,
        against: Callable[[Queued], Problem | None] = _nothing_against,
        objection: Objection = _none,
        receipt_within: ReceiptWithin | None = None,
    ) -> tuple[Event, ...]:
        """Send what is due, recipient by recipient; what happened, in order.

        `road_for` gives the road to a recipient. `at_once`: a person asked, so pauses between attempts are skipped.
        `against`: what speaks against sending a parcel on these roads; it then stays in the queue, untried.
        `objection`: why a parcel may not leave after all, asked just before it would; None if it may. `receipt_within`:
        how long its receipt may take. What fails goes back to the queue with its reason; nothing is raised for it.
        """
        with alone(self._folder / "lock.sqlite") as free:
            if not free:
                return ()
            self._sweep()
            sent = tuple(self._deliver(road_for, now, objection, against, at_once=at_once))
            return (*sent, *self._look_for_overdue(now, receipt_within or self._usual))

    def release(self, sha256: str, at: datetime) -> Event | None:
        """The parcel of this digest may leave. None if it is not in state packed."""
        with self._book() as book:
            standing = parcels.by_digest(book, sha256)
            return parcels.release(book, standing, at) if standing and standing.state == "packed" else None

    def hold(self, sha256: str, at: datetime, problem: Problem) -> Event | None:
        """The parcel of this digest is packed again, for this reason, also while another process is about to send it.
        None if it is not on its way."""
        with self._book() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is None or standing.state not in {"packed", "queued", "sending", "failed"}:
                return None
            event = Event(standing.parcel, "packed", at, standing.attempts, problem.code, problem.what)
            parcels.record(book, event, standing.due)
            return event

    def reject(self, sha256: str, at: datetime) -> Event | None:
        """The parcel of this digest never leaves. None if it is not in state packed, or may be at the server."""
        with self._book() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is None or standing.state != "packed" or standing.maybe_there:
                return None
            event = Event(standing.parcel, "rejected", at, standing.attempts)
            parcels.record(book, event, due=at)
        self._forget_file(event.parcel)
        return event

    def never_came(self, sha256: str, at: datetime) -> None:
        """Somebody answers for it that the recipient has nothing of the packed parcel of this digest."""
        with self._book() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is not None and standing.state == "packed" and standing.maybe_there:
                event = Event(standing.parcel, "packed", at, standing.attempts, standing.code, standing.reason)
                parcels.record(book, event, standing.due, maybe_there=False)

    def acknowledge(self, sha256: str, at: datetime) -> Event | None:
        """A signed receipt names this digest: it leaves the queue. None if it is unknown or was finished before."""
        return self._finish(sha256, "acknowledged", at)

    def refuse(self, sha256: str, at: datetime, code: str, reason: str) -> Event | None:
        """A signed refusal names this digest: it leaves the queue. None as for `acknowledge`."""
        return self._finish(sha256, "refused", at, code, reason)

    def retry(self, parcel_id: str, at: datetime) -> Event | None:
        """Queue again what failed or is overdue. None if it is neither."""
        with self._book() as book:
            standing = parcels.by_id(book, parcel_id)
            if standing is None or standing.state not in {"failed", "overdue"}:
                return None
            event = Event(standing.parcel, "queued", at, standing.attempts)
            parcels.record(book, event, due=at)
            return event

    def status(self) -> tuple[Standing, ...]:
        """Every parcel ever queued, oldest first."""
        with self._book() as book:
            return parcels.standings(book)

    def delivered(self) -> dict[str, datetime]:
        """When the server had each parcel that it ever had, by its digest."""
        with self._book() as book:
            return parcels.first_there(book)

    def altered(self, parcel: Queued) -> Problem | None:
        """What is wrong with the file that is kept of a parcel; None if it is the one that was queued."""
        return self._not_as_queued(self._files / parcel.name, parcel)

    def history(self, parcel_id: str) -> tuple[Event, ...]:
        """What happened to one parcel, oldest first."""
        with self._book() as book:
            return parcels.history(book, parcel_id)

    # --- delivering; only one process is here at a time ---

    def _deliver(
        self,
        road_for: Callable[[str], Road],
        now: datetime,
        objection: Objection,
        against: Callable[[Queued], Problem | None],
        *,
        at_once: bool,
    ) -> Iterator[Event]:
        waiting = [standing for standing in self.status() if standing.state in {"queued", "sending"}]
        due = []
        for standing in (each for each in waiting if at_once or each.due <= now):
            objected = list(self._objected(standing, objection, now))
            yield from objected
            due += [] if objected else [standing]
        for recipient, group in groupby(sorted(due, key=_order), key=lambda each: each.parcel.recipient):
            may_go = []
            for standing in group:
                problem = against(standing.parcel)
                if problem is None:
                    may_go.append(standing)
                else:
                    yield from self._note(standing, "queued", now, problem=problem)
            if may_go:
                yield from self._deliver_to(partial(road_for, recipient), may_go, now, objection)

    def _objected(self, standing: Standing, objection: Objection, now: datetime) -> Iterator[Event]:
        problem = objection(standing)
        if problem is not None:
            yield from self._note(standing, "packed", now, problem=problem)

    def _deliver_to(
        self, road_to: Callable[[], Road], waiting: list[Standing], now: datetime, objection: Objection
    ) -> Iterator[Event]:
        """All of one recipient's parcels over one connection; what cannot be sent for want of one is put back."""
        left = list(waiting)
        try:
            with road_to() as road:
                while left:
                    # Asked again: sending what came before may have taken an hour.
                    objected = list(self._objected(left[0], objection, now))
                    yield from objected
                    standing = left.pop(0)
                    if not objected:
                        yield from self._send(road, standing, now)
        except ExchangeError as error:
            for standing in left:
                yield from self._put_back(standing, error, now)

    def _send(self, road: Road, standing: Standing, now: datetime) -> Iterator[Event]:
        kept, tries = self._files / standing.parcel.name, standing.attempts + 1
        problem = self._not_as_queued(kept, standing.parcel)
        if problem is not None:
            yield from self._note(standing, "failed", now, problem=problem)
            return
        sending = list(self._note(standing, "sending", now, attempts=tries, maybe_there=True))
        yield from sending
        if not sending:
            return  # held back or finished while we were about to
        try:
            delivery = road.put(kept, standing.parcel.name)
        except ExchangeError as error:
            yield from self._put_back(standing, error, now)
            if LINK_GONE & set(error.codes):
                raise  # what is left is put back for the same reason
            return
        if delivery.sha256 != standing.parcel.sha256:  # our own disk changed it while it was sent
            yield from self._note(standing, "failed", now, attempts=tries, problem=_altered(standing.parcel.name))
            return
        yield from self._note(standing, "delivered", now, attempts=tries)
        if not standing.parcel.awaits_receipt:
            self._forget_file(standing.parcel)

    def _put_back(self, standing: Standing, error: ExchangeError, now: datetime) -> Iterator[Event]:
        problem, tries = error.problems[0], standing.attempts + 1
        state: State = "failed" if problem.code == "transport.name_taken" else "queued"
        due = now + self._patience.pause(tries, self._chance())
        there = standing.maybe_there if isinstance(error, NotThereError) else None
        yield from self._note(standing, state, now, attempts=tries, due=due, problem=problem, maybe_there=there)

    def _usual(self, _parcel: Queued) -> timedelta:
        return self._patience.receipt

    def _look_for_overdue(self, now: datetime, receipt_within: ReceiptWithin) -> Iterator[Event]:
        for standing in self.status():
            late = standing.since + receipt_within(standing.parcel) < now
            if standing.state == "delivered" and standing.parcel.awaits_receipt and late:
                yield from self._note(standing, "overdue", now, problem=_no_receipt(standing.parcel))

    def _note(
        self,
        standing: Standing,
        state: State,
        now: datetime,
        *,
        attempts: int | None = None,
        due: datetime | None = None,
        problem: Problem = NO_PROBLEM,
        maybe_there: bool | None = None,
    ) -> Iterator[Event]:
        """The event, once it is in the book; none if a receipt finished the parcel meanwhile, or it was held back."""
        event = Event(
            standing.parcel,
            state,
            now,
            standing.attempts if attempts is None else attempts,
            problem.code,
            problem.what,
        )
        with self._book() as book:
            kept = parcels.record(book, event, due or standing.due, maybe_there=maybe_there)
        if kept:
            yield event

    def _not_as_queued(self, kept: Path, parcel: Queued) -> Problem | None:
        """A disk may lose or change what it kept; what is not what was queued never leaves."""
        with contextlib.suppress(OSError):
            if sha256_of(kept) == parcel.sha256:
                return None
        return _altered(parcel.name)

    # --- finishing ---

    def _finish(self, sha256: str, state: State, at: datetime, code: str = "", reason: str = "") -> Event | None:
        with self._book() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is None or standing.done:
                return None
            event = Event(standing.parcel, state, at, standing.attempts, code, reason)
            parcels.record(book, event, standing.due)
        self._forget_file(standing.parcel)
        return event

    def _sweep(self) -> None:
        """Remove what a killed process left: files of finished parcels, parts, files that never got their line."""
        with self._book() as book, disk_errors(self._files.name):  # `queue` copies inside the book as well
            needed = {each.parcel.name for each in parcels.standings(book) if not each.done}
            for file in self._files.iterdir():
                if file.name not in needed:
                    file.unlink(missing_ok=True)

    def _forget_file(self, parcel: Queued) -> None:
        with contextlib.suppress(OSError):  # the next sweep will
            (self._files / parcel.name).unlink(missing_ok=True)

    def _book(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        return ledger(self._folder / "outbox.sqlite", parcels.SCHEMA)


def _order(standing: Standing) -> str:
    """By recipient; each one's parcels stay in the order in which they were queued, as they are kept."""
    return standing.parcel.recipient


def _copy(source: Path, kept: Path) -> None:
    with disk_errors(source.name), source.open("rb") as content, landing(kept) as file:
        shutil.copyfileobj(content, file, BLOCK)


def _altered(name: str) -> Problem:
    return Problem(
        "transport.altered",
        _("the file is not the one that was queued"),
        where=name,
        hint=_("pack it again; if this comes back, check the disk"),
    )


def _no_receipt(parcel: Queued) -> Problem:
    return Problem(
        "transport.no_receipt",
        _("no receipt has come"),
        where=parcel.name,
        hint=_("call the recipient: the server has it, and nobody has confirmed it"),
    )
