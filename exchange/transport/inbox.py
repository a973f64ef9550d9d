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
import hashlib
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport.journal import SHOWN, Journal, Line, Meter, paused
from exchange.transport.landing import disk_errors
from exchange.transport.ledger import Book, alone, private_folder, time_text
from exchange.transport.road import (
    PART,
    Fetched,
    NotFetched,
    RemoteFile,
    Road,
    Wanted,
    Watch,
    nobody_watches,
    part_name,
)

FEW = 10
ArrivalState = Literal["new", "opened", "held", "quarantined", "done"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS arrived (
  sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, place TEXT NOT NULL, size INTEGER NOT NULL, arrived_at TEXT NOT NULL,
  state TEXT NOT NULL, since TEXT NOT NULL, code TEXT NOT NULL, kept INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seen (
  place TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (place, name, size, mtime)) STRICT;
CREATE INDEX IF NOT EXISTS kept ON arrived (state, place, size, sha256) WHERE kept;
CREATE TABLE IF NOT EXISTS doubted (
  place TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
  PRIMARY KEY (place, name, size, mtime)) STRICT
"""


@dataclass(frozen=True, slots=True)
class Share:
    """In bytes: what may be kept of what came on one road, and in all."""

    road: int
    total: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """In bytes, but for `files`. `file`: the largest that is fetched. `round`, `files`: after how much of one road, and
    how many of its files, what came is judged before more is fetched. `spare`: what must stay free on the disk, a tenth
    of it where that is less. `quarantine`: beyond it what is put aside is noted and not kept. `held`: beyond it what
    must wait is not kept, and fetched again next time.
    """

    file: int = 4 << 30
    round: int = 1 << 30
    files: int = 1000
    spare: int = 256 << 20
    quarantine: Share = Share(256 << 20, 1 << 30)
    held: Share = Share(2 << 30, 8 << 30)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One sealed file that came. `path` holds it (0600), None once it is no longer kept; `place` is its road's."""

    sha256: str
    name: str
    place: str
    size: int
    arrived_at: datetime
    state: ArrivalState
    since: datetime
    code: str
    path: Path | None


@dataclass(slots=True)
class Round:
    """One round of fetching from one road, over however many connections: what came, what is on its way, and what went
    wrong on the last of them."""

    came: list[Arrived] = field(default_factory=list)
    size: int = 0
    coming: dict[str, RemoteFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def is_full(self, bounds: Bounds) -> bool:
        """What is on its way counts as what came: it may be new."""
        size = self.size + sum(each.size for each in self.coming.values())
        return size >= bounds.round or len(self.coming) + len(self.came) >= bounds.files


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
        self._journal = journal
        self._whose = whose
        self._folder = private_folder(folder)
        self._files = private_folder(folder / "files")
        self._bounds = bounds or Bounds()
        self._book = Book(folder / "inbox.sqlite", _SCHEMA)

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
            return self._receive(road, now, Meter(watch), fetching or Round())

    def paused(self, road: Road, seconds: float, attempt: int, problem: Problem) -> None:
        """The link broke, and the road is entered again in so many seconds."""
        self._write(paused("in", self._whose(road.place), seconds, attempt, problem))

    def kept_open(self) -> contextlib.AbstractContextManager[None]:
        """A run with many files opens its book once."""
        return self._book.kept_open()

    def waiting(self) -> tuple[Arrived, ...]:
        """What is new: it came and nobody has opened it, now or before the last crash."""
        return tuple(arrived for arrived in self.status() if arrived.state == "new")

    def status(self) -> tuple[Arrived, ...]:
        """Everything that ever came, oldest first."""
        with self._book.transaction() as book:
            rows = book.execute("SELECT * FROM arrived ORDER BY arrived_at, name, sha256").fetchall()
        return tuple(self._arrived(row) for row in rows)

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
        columns = "place, name, size, mtime"
        with self._book.transaction() as book:
            new = book.execute(
                f"SELECT {columns} FROM seen WHERE sha256 = ? EXCEPT SELECT {columns} FROM doubted",  # noqa: S608  # ours
                (sha256,),
            ).fetchall()
            book.executemany("INSERT INTO doubted VALUES (?, ?, ?, ?)", new)
            book.executemany("DELETE FROM seen WHERE place = ? AND name = ? AND size = ? AND mtime = ?", new)

    def again(self, sha256: str, at: datetime) -> Arrived:
        """Take up again what is in quarantine, or was opened when the machine stopped: it is new once more.

        What is no longer kept is forgotten instead, so that the next `receive` fetches it.
        """
        arrived = self._line(sha256)
        if arrived.path is not None:
            return self._move(sha256, "new", at, allowed=("opened", "quarantined"))
        if arrived.state != "quarantined":
            raise TransportError(_not_now(arrived.name, arrived.state))
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
            rows = book.execute(
                "SELECT seen.name, seen.size, seen.mtime FROM seen JOIN arrived USING (sha256)"
                " WHERE seen.place = ? AND state = 'done'",
                (road.place,),
            ).fetchall()
        done = {(row["name"], row["size"], row["mtime"]) for row in rows}
        if not done:
            return 0
        standing = [file.name for file in road.list() if (file.name, file.size, file.mtime) in done]
        for name in standing:
            road.remove(name)
        return len(standing)

    # --- receiving; only one process is here at a time ---

    def _receive(self, road: Road, now: datetime, meter: Meter, fetching: Round) -> tuple[Arrived, ...]:
        fetching.coming.clear()
        fetching.problems.clear()
        for outcome in road.get(self._wanted(road, fetching, meter), meter):
            file = fetching.coming.pop(outcome.name)
            seconds, rate = meter.end(file.name)
            try:
                came = self._taken(road.place, file, outcome, now)
            except TransportError as error:
                self._not_fetched(road.place, file, error, fetching, seconds)
            else:
                for each in came:
                    self._told(each, seconds, rate)
                fetching.came += came
                fetching.size += sum(each.size for each in came)
        TransportError.raise_all(_told_briefly(fetching.problems))
        return tuple(fetching.came)

    def _not_fetched(
        self, place: str, file: RemoteFile, error: TransportError, fetching: Round, seconds: float | None = None
    ) -> None:
        fetching.problems += error.problems
        line = Line(
            direction="in",
            state="not_fetched",
            counterpart=self._whose(place),
            file=file.name,
            bytes=file.size,
            code=error.codes[0],
            seconds=seconds,
        )
        self._write(line)

    def _wanted(self, road: Road, fetching: Round, meter: Meter) -> Iterator[Wanted]:
        """What stands there and was not seen before, for as long as the round has room; each is `coming` from when it
        is begun."""
        place = road.place
        seen = self._seen(place)
        for file in road.list():
            if file in seen or file.name in fetching.coming:  # a server may list a name twice
                continue
            if fetching.is_full(self._bounds):
                return
            try:
                self._check(place, file, fetching.coming.values())
            except TransportError as error:
                self._not_fetched(place, file, error, fetching)
                continue
            fetching.coming[file.name] = file
            meter.begin(file.name)
            yield Wanted(file.name, self._files / _key(place, file), file.size)

    def _check(self, place: str, file: RemoteFile, coming: Iterable[RemoteFile]) -> None:
        if file.size > self._bounds.file:
            raise TransportError(_too_large(file.name))
        with disk_errors(self._files.name):
            disk = shutil.disk_usage(self._files)
            needed = sum(self._still_to_come(place, each) for each in (file, *coming))
        if disk.free - needed < min(self._bounds.spare, disk.total // 10):
            raise TransportError(_no_room(file.name))

    def _still_to_come(self, place: str, file: RemoteFile) -> int:
        """How many of its bytes are not on our disk yet."""
        fetched = self._files / _key(place, file)
        for each in (fetched, fetched.with_name(part_name(fetched.name))):
            with contextlib.suppress(FileNotFoundError):
                return max(0, file.size - each.stat().st_size)
        return file.size

    def _taken(self, place: str, file: RemoteFile, outcome: Fetched | NotFetched, now: datetime) -> tuple[Arrived, ...]:
        """The file, if its content is new."""
        if isinstance(outcome, NotFetched):
            raise outcome.error
        fetched, digest = self._files / _key(place, file), outcome.sha256
        with disk_errors(file.name):
            if outcome.size != file.size:  # it grew or shrank since it was listed
                fetched.unlink()
                return ()
            if self._is_new(place, file, digest):
                fetched.replace(self._files / digest)
            else:
                fetched.unlink()
        return (self._line(digest),) if self._note(place, file, digest, now) else ()

    def _note(self, place: str, file: RemoteFile, digest: str, now: datetime) -> bool:
        """Write down that `file` was seen; whether it is new."""
        at = time_text(now)
        with self._book.transaction() as book:
            new = _is_new(book, place, file, digest)
            book.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)", (place, file.name, file.size, file.mtime, digest)
            )
            book.execute(
                "INSERT OR IGNORE INTO arrived VALUES (?, ?, ?, ?, ?, 'new', ?, '', 1)",
                (digest, file.name, place, file.size, at, at),
            )
            if new:
                book.execute("UPDATE arrived SET state = 'new', since = ?, kept = 1 WHERE sha256 = ?", (at, digest))
        return new

    def _seen(self, place: str) -> set[RemoteFile]:
        with self._book.transaction() as book:
            rows = book.execute("SELECT name, size, mtime FROM seen WHERE place = ?", (place,)).fetchall()
        return {RemoteFile(row["name"], row["size"], row["mtime"]) for row in rows}

    def _is_new(self, place: str, file: RemoteFile, digest: str) -> bool:
        with self._book.transaction() as book:
            return _is_new(book, place, file, digest)

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

    # --- lines of the book ---

    def _has_room(self, arrived: Arrived, state: ArrivalState, share: Share) -> bool:
        query = (
            "SELECT coalesce(sum(size), 0) AS total, coalesce(sum(size) FILTER (WHERE place = ?), 0) AS road"
            " FROM arrived WHERE state = ? AND kept AND sha256 <> ?"
        )
        with self._book.transaction() as book:
            kept = book.execute(query, (arrived.place, state, arrived.sha256)).fetchone()
        return bool(kept["road"] + arrived.size <= share.road and kept["total"] + arrived.size <= share.total)

    def _forget(self, sha256: str) -> None:
        """As if it had never come: the next `receive` fetches it."""
        with self._book.transaction() as book:
            book.execute("DELETE FROM seen WHERE sha256 = ?", (sha256,))
            book.execute("DELETE FROM arrived WHERE sha256 = ?", (sha256,))
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
            before = _row(book, sha256)
            if before["state"] not in allowed:
                raise TransportError(_not_now(before["name"], before["state"]))
            book.execute(
                "UPDATE arrived SET state = ?, since = ?, code = ?, kept = kept AND ? WHERE sha256 = ?",
                (state, time_text(at), code, keep, sha256),
            )
            after = self._arrived(_row(book, sha256))
        if not keep:
            self._drop(sha256)
        if (before["state"], before["code"]) != (after.state, after.code):
            self._told(after)
        return after

    def _told(self, arrived: Arrived, seconds: float | None = None, rate: int | None = None) -> None:
        line = Line(
            direction="in",
            state=arrived.state,
            counterpart=self._whose(arrived.place),
            file=arrived.name,
            sha256=arrived.sha256[:SHOWN],
            bytes=arrived.size,
            code=arrived.code,
            seconds=seconds,
            rate=rate,
        )
        self._write(line)

    def _write(self, line: Line) -> None:
        if self._journal is not None:
            self._journal.note(line)

    def _line(self, sha256: str) -> Arrived:
        with self._book.transaction() as book:
            return self._arrived(_row(book, sha256))

    def _arrived(self, row: sqlite3.Row) -> Arrived:
        return Arrived(
            row["sha256"],
            row["name"],
            row["place"],
            row["size"],
            datetime.fromisoformat(row["arrived_at"]),
            row["state"],
            datetime.fromisoformat(row["since"]),
            row["code"],
            self._files / row["sha256"] if row["kept"] else None,
        )


def _key(place: str, file: RemoteFile) -> str:
    """The name of what is being fetched: what a broken link left of it is gone on with only for the same file."""
    return hashlib.sha256(repr((place, file.name, file.size, file.mtime)).encode()).hexdigest()[:32]


def _is_new(book: sqlite3.Connection, place: str, file: RemoteFile, digest: str) -> bool:
    """Whether the content never came, or was done and stands anew where it stood."""
    before = book.execute("SELECT * FROM arrived WHERE sha256 = ?", (digest,)).fetchone()
    return before is None or (before["place"], before["name"], before["state"]) == (place, file.name, "done")


def _row(book: sqlite3.Connection, sha256: str) -> sqlite3.Row:
    row: sqlite3.Row | None = book.execute("SELECT * FROM arrived WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise TransportError(_not_now(sha256[:12], "?"))
    return row


def _told_briefly(problems: Iterable[Problem]) -> Iterator[Problem]:
    """A link that goes takes many files with it, and is told once; of thousands that have one fault, a few are told."""
    count: Counter[str] = Counter()
    for each in dict.fromkeys(problems):
        count[each.code] += 1
        if count[each.code] <= FEW:
            yield each
    for code, all_of_it in count.items():
        if all_of_it > FEW:
            what = _("so it is with {count} more files").format(count=all_of_it - FEW)
            yield Problem(code, what, hint=_("ask whoever brings them, or whoever runs the server"))


def _others_receive() -> Problem:
    return Problem(
        "transport.others_receive",
        _("another process is receiving just now, so this one did nothing"),
        hint=_("let it end, then run the command again"),
    )


def _too_large(name: str) -> Problem:
    return Problem(
        "transport.too_large",
        _("the file is larger than anything that is expected here, and was not fetched"),
        where=name,
        hint=_("ask the sender what it is; have it removed from the server"),
    )


def _no_room(name: str) -> Problem:
    return Problem(
        "transport.no_space",
        _("the file was not fetched: the disk would be almost full"),
        where=name,
        hint=_("make room, then run it again"),
    )


def _not_now(name: str, state: str) -> Problem:
    return Problem(
        "transport.not_now",
        _("this is not possible for what is '{state}'").format(state=state),
        where=name,
        hint=_("look at its state first; it may have been handled already"),
    )
