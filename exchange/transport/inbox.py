"""What has come: fetched once, kept privately and still sealed, until somebody opens it or it is put aside.

    new → opened → done
     ├→ held                  until what comes before it has come; it is looked at again every time
     └→ quarantined           with the code of the reason; may be taken up again (`again`), or be done

A file is fetched when its place, name, size and time were not seen before, and becomes new when its content was not.
So a name seen half or damaged and later whole is fetched again, and a replay under another name is noted and nothing
else. What was done and stands anew under its own name is new once more: its sender has put it there again, because
nothing told it that we have it. What came and made no sense is fetched once more: a disk or a server may have read it
wrongly. A line is written after the file lies there durably: a kill in between costs one more
download. One process receives at a time.

Anyone who has an account can send rubbish, so there are `Bounds`. They are shares: a flood on one road takes nothing
from what comes on another, and nothing that is put aside stands in the way of what is fetched. What is not kept for
want of room still lies where it came from.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport import arrivals
from exchange.transport.arrivals import ArrivalState, Arrived, Bounds, Share, not_now
from exchange.transport.fetching import Fetching, Round
from exchange.transport.journal import Journal, Meter
from exchange.transport.landing import disk_errors
from exchange.transport.ledger import Book, alone, private_folder
from exchange.transport.road import PART, Road, Watch, nobody_watches
from exchange.transport.telling import Telling


def _nobodys(_place: str) -> str:
    return ""


class Inbox:
    """What came, in `folder`, which is made if need be. Its methods raise TransportError.

    `journal`: where each event is written for whoever helps; `whose`: the party whose road it is, by its place.
    """

    def __init__(
        self,
        folder: Path,
        *,
        bounds: Bounds | None = None,
        journal: Journal | None = None,
        whose: Callable[[str], str] = _nobodys,
    ) -> None:
        self._telling = Telling(journal, whose)
        self._folder = private_folder(folder)
        self._files = private_folder(folder / "files")
        self._bounds = bounds or Bounds()
        self._book = Book(folder / "inbox.sqlite", arrivals.SCHEMA)

    def receive(
        self, road: Road, now: datetime, watch: Watch = nobody_watches, fetching: Round | None = None
    ) -> tuple[Arrived, ...]:
        """Fetch from an entered road what is whole and was not seen before, as much as one round may bring; what is
        new, as it came. `watch` sees what moves; `fetching`: a round that goes on after a link that broke.

        A file that cannot be fetched now does not keep others from being fetched; what went wrong is raised at the
        end, every problem at once, and what did come is in `waiting`. TransportError (transport.others_receive) where
        another process is at it.
        """
        with alone(self._folder / "lock.sqlite") as free, self.kept_open():
            if not free:
                raise TransportError(_others_receive())
            self._sweep()
            meter, fetching = Meter(watch), fetching or Round()
            run = Fetching(self._book, self._files, self._bounds, now, meter, fetching, self._telling)
            return run.fetch(road)

    def paused(self, road: Road, seconds: float, attempt: int, problem: Problem) -> None:
        """The link broke, and the road is entered again in so many seconds."""
        self._telling.paused(road.place, seconds, attempt, problem)

    def kept_open(self) -> contextlib.AbstractContextManager[None]:
        """A run with many files opens its book once."""
        return self._book.kept_open()

    def waiting(self) -> tuple[Arrived, ...]:
        """What is new: it came and nobody has opened it, now or before the last crash."""
        return tuple(arrived for arrived in self.status() if arrived.state == "new")

    def status(self) -> tuple[Arrived, ...]:
        """Everything that ever came, oldest first."""
        with self._book.transaction() as book:
            rows = arrivals.every(book)
        return tuple(Arrived.of(row, self._files) for row in rows)

    def opened(self, sha256: str, at: datetime) -> Arrived:
        """It was opened and is being taken in. Raises TransportError if it was opened before, or is unknown."""
        return self._move(sha256, "opened", at, allowed=("new", "held"))

    def done(self, sha256: str, at: datetime) -> Arrived:
        """It was taken in, answered or put away: the sealed file is no longer kept. Repeating it changes nothing."""
        return self._move(sha256, "done", at, allowed=("new", "opened", "held", "quarantined", "done"), keep=False)

    def quarantined(self, sha256: str, code: str, at: datetime) -> Arrived:
        """Put aside for the reason `code`. Where quarantine is full, the line is kept and the file is not."""
        room = self._has_room(self._line(sha256), "quarantined", self._bounds.quarantine)
        return self._move(
            sha256, "quarantined", at, allowed=("new", "opened", "held", "quarantined"), code=code, keep=room
        )

    def held(self, sha256: str, code: str, at: datetime) -> Arrived:
        """It waits for what must come before it, for the reason `code`; without room it is not kept: `fetch_held`."""
        room = self._has_room(self._line(sha256), "held", self._bounds.held)
        return self._move(sha256, "held", at, allowed=("new", "held"), code=code, keep=room)

    def fetch_held(self) -> None:
        """What waits and is not kept is forgotten, so that the next `receive` fetches it. Once at the beginning, not
        after each round, or it would be fetched again and again in place of what it waits for."""
        for arrived in self.status():
            if arrived.state == "held" and arrived.path is None:
                self._forget(arrived.sha256)

    def doubt(self, sha256: str) -> None:
        """What came makes no sense, and may have been read wrongly: the next `receive` fetches once more what stood
        under its names, where they still stand; not a third time."""
        with self._book.transaction() as book:
            arrivals.unsee_once(book, sha256)

    def again(self, sha256: str, at: datetime) -> Arrived:
        """Take up again what is in quarantine, or was opened when the machine stopped: it is new once more.

        What is no longer kept is forgotten instead, so that the next `receive` fetches it.
        """
        arrived = self._line(sha256)
        if arrived.path is not None:
            return self._move(sha256, "new", at, allowed=("opened", "quarantined"))
        if arrived.state != "quarantined":
            raise TransportError(not_now(arrived.name, arrived.state))
        self._forget(sha256)
        return arrived

    def round_is_full(self, came: Iterable[Arrived]) -> bool:
        """Whether so much of `came` is of one road that it must be judged before more is fetched."""
        size: Counter[str] = Counter()
        files: Counter[str] = Counter()
        for each in came:
            size[each.place] += each.size
            files[each.place] += 1
        return any(size[place] >= self._bounds.round or files[place] >= self._bounds.files for place in files)

    def clear(self, road: Road) -> int:
        """Remove from an entered road what is done; how many. For a drop box of our own, or where we may."""
        with self._book.transaction() as book:
            done = arrivals.done(book, road.place)
        if not done:
            return 0
        standing = [file.name for file in road.list() if file in done]
        for name in standing:
            road.remove(name)
        return len(standing)

    # --- steps ---

    def _sweep(self) -> None:
        """Remove what a killed process left, and what is no longer kept. Parts of what a broken link brought stay, the
        newest first, as much of them as one file may have."""
        kept = {arrived.sha256 for arrived in self.status() if arrived.path is not None}
        with disk_errors(self._files.name):
            parts = []
            for file in self._files.iterdir():
                if file.name.endswith(PART):
                    status = file.stat(follow_symlinks=False)
                    parts.append((status.st_mtime, status.st_size, file))
                elif file.name not in kept:
                    file.unlink(missing_ok=True)
            room = self._bounds.file
            for _time, size, part in sorted(parts, reverse=True):
                room -= size
                if room < 0:
                    part.unlink(missing_ok=True)

    def _has_room(self, arrived: Arrived, state: ArrivalState, share: Share) -> bool:
        with self._book.transaction() as book:
            return arrivals.has_room(book, arrived, state, share)

    def _forget(self, sha256: str) -> None:
        """As if it had never come: the next `receive` fetches it."""
        with self._book.transaction() as book:
            arrivals.forget(book, sha256)
        self._drop(sha256)

    def _drop(self, sha256: str) -> None:
        with contextlib.suppress(OSError):  # the next sweep will
            (self._files / sha256).unlink(missing_ok=True)

    def _move(
        self,
        sha256: str,
        state: ArrivalState,
        at: datetime,
        *,
        allowed: tuple[str, ...],
        code: str = "",
        keep: bool = True,
    ) -> Arrived:
        with self._book.transaction() as book:
            before = arrivals.move(book, sha256, state, at, code, allowed=allowed, keep=keep)
            after = Arrived.of(arrivals.row(book, sha256), self._files)
        if not keep:
            self._drop(sha256)
        if (before["state"], before["code"]) != (after.state, after.code):
            self._telling.stands(after)
        return after

    def _line(self, sha256: str) -> Arrived:
        with self._book.transaction() as book:
            return Arrived.of(arrivals.row(book, sha256), self._files)


def _others_receive() -> Problem:
    return Problem(
        "transport.others_receive",
        _("another process is receiving just now, so this one did nothing"),
        hint=_("let it end, then run the command again"),
    )
