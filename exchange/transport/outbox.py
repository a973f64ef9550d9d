"""What is to be sent: queued durably before the first byte leaves, and kept until the recipient's signed receipt.

    queued → sending → delivered → acknowledged        the server has it; the receipt names its digest
                          ├→ refused                   the recipient's signed refusal names its digest
                          └→ overdue                   no receipt in time; one may still come
    queued → failed                                    only a person can help: see the reason, then `retry`
    any of these → given_up                            a person decides that it goes no more; an answer may still come

What awaits an approval begins before that, and whoever calls `release` answers for it:

    packed → queued                                    it was released
       └───→ rejected                                  it never leaves

A parcel in state packed is never sent. What was released is asked about once more just before it is sent: where
`objection` finds a reason, it is packed again, with that reason.

A letter that awaits no receipt (a receipt is one) is done when it is delivered. A failed attempt goes back to the
queue with its reason and a pause that doubles, with jitter. Everything is safe to repeat for ever and to kill at any
moment: an attempt that was cut off is made again, and the road recognises by its digest what had arrived. One process
delivers at a time; another that tries meanwhile does nothing, and says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport import parcels
from exchange.transport.departures import Departures, as_queued, forget_file, line_of
from exchange.transport.journal import Journal, Meter
from exchange.transport.landing import altered, disk_errors, landing, name_taken
from exchange.transport.ledger import Book, alone, private_folder
from exchange.transport.parcels import Event, Patience, Queued, Standing, State
from exchange.transport.persistence import Pausing, Persistence, nobody_waits
from exchange.transport.road import BLOCK, Road, Watch, check_name, nobody_watches, sha256_of

Objection = Callable[[Standing], Problem | None]
ReceiptWithin = Callable[[Queued], timedelta]


def _none(_standing: Standing) -> Problem | None:
    return None


def _nothing_against(_parcel: Queued) -> Problem | None:
    return None


class Outbox:
    """The queue in `folder`, which is made if need be. Its methods raise TransportError.

    `patience`: the pauses between runs; `persistence`: how long one run goes on over a link that breaks; `journal`:
    where each event is written for whoever helps.
    """

    def __init__(
        self,
        folder: Path,
        *,
        patience: Patience | None = None,
        persistence: Persistence | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._folder = private_folder(folder)
        self._files = private_folder(folder / "files")
        self._patience = patience or Patience()
        self._persistence = persistence or Persistence()
        self._journal = journal
        self._book = Book(folder / "outbox.sqlite", parcels.SCHEMA)

    def queue(self, source: Path, parcel: Queued) -> None:
        """Keep a copy of `source` and a line for it, both durable on return. Repeating it changes nothing."""
        check_name(parcel.name)
        with disk_errors(source.name):
            if (source.stat().st_size, sha256_of(source)) != (parcel.size, parcel.sha256):
                raise TransportError(altered(parcel.name))
        queued: Event | None = None
        with self._book.transaction() as book:
            known = parcels.like(book, parcel)
            if not known:
                _copy(source, self._files / parcel.name)
                queued = parcels.insert(book, parcel)
            elif any((each.id, each.name, each.sha256) != (parcel.id, parcel.name, parcel.sha256) for each in known):
                raise TransportError(name_taken(parcel.name))
        self._told(queued)

    def deliver(
        self,
        road_for: Callable[[str], Road],
        now: datetime,
        *,
        at_once: bool = False,
        against: Callable[[Queued], Problem | None] = _nothing_against,
        objection: Objection = _none,
        receipt_within: ReceiptWithin | None = None,
        watch: Watch = nobody_watches,
        pausing: Pausing = nobody_waits,
    ) -> tuple[Event, ...]:
        """Send what is due, recipient by recipient; what happened, in order.

        `road_for` gives the road to a recipient. `at_once`: a person asked, so pauses between attempts are skipped.
        `against`: what speaks against sending a parcel on these roads; it then stays in the queue, untried.
        `objection`: why a parcel may not leave after all, asked just before it would; None if it may. `receipt_within`:
        how long its receipt may take. `watch` sees what moves, `pausing` when nothing does. What fails goes back to the
        queue with its reason; nothing is raised for it. TransportError (transport.others_deliver) where another process
        is at it.
        """
        with alone(self._folder / "lock.sqlite") as free, self._book.kept_open():
            if not free:
                raise TransportError(_others_deliver())
            self._sweep()
            waiting = [each for each in self.status() if each.state in {"queued", "sending"}]
            departures = Departures(
                self._book.transaction,
                self._files,
                self._patience,
                self._persistence,
                now,
                road_for,
                against,
                objection,
                Meter(watch),
                pausing,
                self._journal,
            )
            departures.send([each for each in waiting if at_once or each.due <= now])
            departures.note_overdue(receipt_within or self._usual)
            return tuple(departures.events)

    def kept_open(self) -> AbstractContextManager[None]:
        """A run with many parcels opens its book once."""
        return self._book.kept_open()

    def release(self, sha256: str, at: datetime) -> Event | None:
        """The parcel of this digest may leave. None if it is not in state packed."""
        with self._book.transaction() as book:
            standing = parcels.by_digest(book, sha256)
            event = parcels.release(book, standing, at) if standing and standing.state == "packed" else None
        return self._told(event)

    def hold(self, sha256: str, at: datetime, problem: Problem) -> Event | None:
        """The parcel of this digest is packed again, for this reason, also while another process is about to send it.
        None if it is not on its way."""
        with self._book.transaction() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is None or standing.state not in {"packed", "queued", "sending", "failed"}:
                return None
            event = Event(standing.parcel, "packed", at, standing.attempts, problem.code, problem.what)
            parcels.record(book, event, standing.due)
        return self._told(event)

    def reject(self, sha256: str, at: datetime) -> Event | None:
        """The parcel of this digest never leaves. None if it is not in state packed, or may be at the server."""
        with self._book.transaction() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is None or standing.state != "packed" or standing.maybe_there:
                return None
            event = Event(standing.parcel, "rejected", at, standing.attempts)
            parcels.record(book, event, due=at)
        forget_file(self._files, event.parcel)
        return self._told(event)

    def step_aside(self, sha256: str) -> None:
        """Another parcel is to bear the id of the parcel of this digest, which is known by its name from then on."""
        with self._book.transaction() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is not None:
                parcels.change_id(book, standing.parcel, standing.parcel.name)

    def never_came(self, sha256: str, at: datetime) -> None:
        """Somebody answers for it that the recipient has nothing of the packed parcel of this digest."""
        with self._book.transaction() as book:
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
        """Queue again what failed, or has no receipt: a stick gets lost, and what a server has it is not given twice.
        None if it is neither."""
        with self._book.transaction() as book:
            standing = parcels.by_id(book, parcel_id)
            if standing is None or not standing.may_go_again:
                return None
            event = Event(standing.parcel, "queued", at, standing.attempts)
            parcels.record(book, event, due=at)
        return self._told(event)

    def give_up(self, sha256: str, at: datetime) -> Event | None:
        """Somebody answers for it that the parcel of this digest goes no more. None if it is unknown or finished, or
        given up before. TransportError (transport.others_deliver) where it may be on its way just now."""
        with alone(self._folder / "lock.sqlite") as free:
            if not free:
                raise TransportError(_others_deliver())
            return self._finish(sha256, "given_up", at)

    def status(self) -> tuple[Standing, ...]:
        """Every parcel ever queued, oldest first."""
        with self._book.transaction() as book:
            return parcels.standings(book)

    def delivered(self) -> dict[str, datetime]:
        """When the server had each parcel that it ever had, by its digest."""
        with self._book.transaction() as book:
            return parcels.first_there(book)

    def altered(self, parcel: Queued) -> Problem | None:
        """What is wrong with the file that is kept of a parcel; None if it is the one that was queued."""
        return None if as_queued(self._files, parcel) else altered(parcel.name)

    def history(self, parcel_id: str) -> tuple[Event, ...]:
        """What happened to one parcel, oldest first."""
        with self._book.transaction() as book:
            return parcels.history(book, parcel_id)

    # --- finishing ---

    def _finish(self, sha256: str, state: State, at: datetime, code: str = "", reason: str = "") -> Event | None:
        with self._book.transaction() as book:
            standing = parcels.by_digest(book, sha256)
            if standing is None or (standing.done and (standing.state != "given_up" or state == "given_up")):
                return None
            event = Event(standing.parcel, state, at, standing.attempts, code, reason)
            parcels.record(book, event, standing.due)
        forget_file(self._files, standing.parcel)
        return self._told(event)

    def _told(self, event: Event | None) -> Event | None:
        """The event, once the journal has it."""
        if event is not None and self._journal is not None:
            self._journal.note(line_of(event))
        return event

    def _sweep(self) -> None:
        """Remove what a killed process left: files of finished parcels, parts, files that never got their line."""
        with self._book.transaction() as book, disk_errors(self._files.name):  # `queue` copies inside the book as well
            needed = {each.parcel.name for each in parcels.standings(book) if not each.done}
            for file in self._files.iterdir():
                if file.name not in needed:
                    file.unlink(missing_ok=True)

    def _usual(self, _parcel: Queued) -> timedelta:
        return self._patience.receipt


def _others_deliver() -> Problem:
    return Problem(
        "transport.others_deliver",
        _("another process is delivering just now, so this one did nothing"),
        hint=_("let it end; exchange status shows how far it is"),
    )


def _copy(source: Path, kept: Path) -> None:
    with disk_errors(source.name), source.open("rb") as content, landing(kept) as file:
        shutil.copyfileobj(content, file, BLOCK)
