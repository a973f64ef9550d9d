"""One round of the inbox: what stands on an entered road and was not seen before is fetched, while there is room."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport import arrivals
from exchange.transport.arrivals import Arrived, Bounds
from exchange.transport.journal import Meter
from exchange.transport.landing import disk_errors
from exchange.transport.ledger import Book
from exchange.transport.road import Fetched, NotFetched, RemoteFile, Road, Wanted, part_name
from exchange.transport.telling import Telling

FEW = 10


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


@dataclass(frozen=True, slots=True)
class Fetching:
    """What comes is noted in `book` once it lies in `files`, which both are the inbox's."""

    book: Book
    files: Path
    bounds: Bounds
    now: datetime
    meter: Meter
    round: Round
    telling: Telling

    def fetch(self, road: Road) -> tuple[Arrived, ...]:
        """What stands there and is new, as much as the round has room for; what went wrong is raised at the end."""
        fetching, meter = self.round, self.meter
        fetching.coming.clear()
        fetching.problems.clear()
        for outcome in road.get(self._wanted(road), meter):
            file = fetching.coming.pop(outcome.name)
            seconds, rate = meter.end(file.name)
            try:
                came = self._taken(road.place, file, outcome)
            except TransportError as error:
                self._not_fetched(road.place, file, error, seconds)
            else:
                for each in came:
                    self.telling.stands(each, seconds, rate)
                fetching.came += came
                fetching.size += sum(each.size for each in came)
        TransportError.raise_all(_told_briefly(fetching.problems))
        return tuple(fetching.came)

    def _not_fetched(self, place: str, file: RemoteFile, error: TransportError, seconds: float | None = None) -> None:
        self.round.problems += error.problems
        self.telling.not_fetched(place, file, error.codes[0], seconds)

    def _wanted(self, road: Road) -> Iterator[Wanted]:
        """What stands there and was not seen before, for as long as the round has room; each is `coming` from when it
        is begun."""
        place, fetching = road.place, self.round
        with self.book.transaction() as book:
            seen = arrivals.seen(book, place)
        for file in road.list():
            if file in seen or file.name in fetching.coming:  # a server may list a name twice
                continue
            if fetching.is_full(self.bounds):
                return
            try:
                self._check(place, file, fetching.coming.values())
            except TransportError as error:
                self._not_fetched(place, file, error)
                continue
            fetching.coming[file.name] = file
            self.meter.begin(file.name)
            yield Wanted(file.name, self.files / _key(place, file), file.size)

    def _check(self, place: str, file: RemoteFile, coming: Iterable[RemoteFile]) -> None:
        if file.size > self.bounds.file:
            raise TransportError(_too_large(file.name))
        with disk_errors(self.files.name):
            disk = shutil.disk_usage(self.files)
            needed = sum(self._still_to_come(place, each) for each in (file, *coming))
        if disk.free - needed < min(self.bounds.spare, disk.total // 10):
            raise TransportError(_no_room(file.name))

    def _still_to_come(self, place: str, file: RemoteFile) -> int:
        """How many of its bytes are not on our disk yet."""
        fetched = self.files / _key(place, file)
        for each in (fetched, fetched.with_name(part_name(fetched.name))):
            with contextlib.suppress(FileNotFoundError):
                return max(0, file.size - each.stat().st_size)
        return file.size

    def _taken(self, place: str, file: RemoteFile, outcome: Fetched | NotFetched) -> tuple[Arrived, ...]:
        """The file, if its content is new."""
        if isinstance(outcome, NotFetched):
            raise outcome.error
        fetched, digest = self.files / _key(place, file), outcome.sha256
        with disk_errors(file.name):
            if outcome.size != file.size:  # it grew or shrank since it was listed
                fetched.unlink()
                return ()
            with self.book.transaction() as book:
                new = arrivals.is_new(book, place, file, digest)
            if new:
                fetched.replace(self.files / digest)
            else:
                fetched.unlink()
        with self.book.transaction() as book:
            new = arrivals.note(book, place, file, digest, self.now)
            return (Arrived.of(arrivals.row(book, digest), self.files),) if new else ()


def _key(place: str, file: RemoteFile) -> str:
    """The name of what is being fetched: what a broken link left of it is gone on with only for the same file."""
    return hashlib.sha256(repr((place, file.name, file.size, file.mtime)).encode()).hexdigest()[:32]


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
