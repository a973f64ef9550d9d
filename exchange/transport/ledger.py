"""The book that a queue is kept in: one SQLite file beside the files it speaks of.

Why SQLite: a line in it is there whole or not at all, through a kill or a power cut (WAL, `synchronous=FULL`); it is
in the standard library; and its locks work on Windows too and die with the process that held them, so that no stale
lock file ever stops a queue. The folder belongs on a disk of this machine: SQLite's locks do not cross a network.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport.landing import disk_errors

BUSY = 30.0  # seconds to wait for another process to finish its line


class Book:
    """The book in `file`. Its methods raise TransportError."""

    def __init__(self, file: Path, schema: str) -> None:
        self._file = file
        self._schema = schema
        self._kept: sqlite3.Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block is kept, or none of it."""
        with self._connection() as book, book_errors(self._file.parent.name):
            book.execute("BEGIN IMMEDIATE")
            try:
                yield book
                book.execute("COMMIT")
            except BaseException:
                if book.in_transaction:  # SQLite has rolled back by itself where the disk was full
                    book.execute("ROLLBACK")
                raise

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """A run with many transactions opens the file once: each opening and closing costs as much as ten lines."""
        with self._connection() as book:
            before, self._kept = self._kept, book
            try:
                yield
            finally:
                self._kept = before

    def _connection(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        return contextlib.nullcontext(self._kept) if self._kept else self._opened()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(_open(self._file)) as book:
            with book_errors(self._file.parent.name):
                book.execute("PRAGMA journal_mode = WAL")
                book.execute("PRAGMA synchronous = FULL")
                for statement in filter(str.strip, self._schema.split(";")):
                    book.execute(statement)
            yield book


@contextmanager
def alone(file: Path) -> Iterator[bool]:
    """Whether this process is the only one inside such a block; the lock ends with the block or with the process."""
    with book_errors(file.parent.name), contextlib.closing(_open(file, wait=0)) as lock:
        yield _is_free(lock)


def _is_free(lock: sqlite3.Connection) -> bool:
    """Whether this process has the lock now."""
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def nobody_is_told() -> None:
    """Nobody wants to know that they wait."""


@contextmanager
def in_turn(file: Path, waits: Callable[[], None] = nobody_is_told) -> Iterator[None]:
    """Only one process at a time is inside such a block; others wait, and `waits` says so. TransportError
    (transport.queue_busy) after BUSY seconds; the lock ends with the block or with the process."""
    with contextlib.closing(_open(file, wait=0)) as lock:
        with book_errors(file.parent.name):
            if not _is_free(lock):
                waits()
                lock.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
                lock.execute("BEGIN EXCLUSIVE")
        yield


def private_folder(folder: Path) -> Path:
    """`folder`, made if need be, for this user only."""
    with disk_errors(folder.name):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def time_text(time: datetime) -> str:
    """In UTC, so that text sorts as time does. Raises ValueError for a time without a zone: a bug of ours."""
    if time.tzinfo is None:
        raise ValueError("a time needs its zone")
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _open(file: Path, wait: float | None = None) -> sqlite3.Connection:
    with disk_errors(file.name):
        # Made here, so that neither it nor the journals that copy its rights can be read by others. Not opened where it
        # is there: closing it would drop the locks that this process holds on it (POSIX).
        if not file.exists():
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    book = sqlite3.connect(file, timeout=BUSY if wait is None else wait, isolation_level=None)
    book.row_factory = sqlite3.Row
    return book


@contextmanager
def book_errors(where: str) -> Iterator[None]:
    """Turn what SQLite refuses into a TransportError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TransportError(_PROBLEMS.get(_code(error), _damaged)(where)) from error
    except sqlite3.DatabaseError as error:
        raise TransportError(_damaged(where)) from error


def _damaged(where: str) -> Problem:
    return Problem(
        "transport.queue_damaged",
        _("the book of the queue cannot be read or written"),
        where,
        _("check the disk and the rights of the folder; restore it from a backup if it is damaged"),
    )


def _full(where: str) -> Problem:
    return Problem("transport.no_space", _("the disk is full"), where, _("make room, then run it again"))


def _busy(where: str) -> Problem:
    return Problem(
        "transport.queue_busy",
        _("another program holds the book of the queue"),
        where,
        _("wait until it has ended, then run the command again"),
    )


_PROBLEMS = {sqlite3.SQLITE_FULL: _full, sqlite3.SQLITE_BUSY: _busy}


def _code(error: sqlite3.OperationalError) -> int:
    """SQLite's primary result code; 0 for what Python's own module raises."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
