"""How the room keeps its SQLite files: private, durable, whole; and every failure is an AuditError."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.errors import AuditError, Problem
from exchange.locale import _

_WAIT_SECONDS = 60.0
"""How long one process waits for another's write lock."""


def create_private(path: Path) -> None:
    """An empty file that its owner alone can read, where there is none. Raises AuditError `audit.log_unusable`."""
    if path.exists():  # opening and closing it would drop the locks that this process holds on it (POSIX)
        return
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError:
        raise unusable(path.name) from None


def connect(path: Path) -> sqlite3.Connection:
    """Open the file for durable work: a committed transaction is on the disk."""
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # an erased opening leaves no copy in free pages
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. IMMEDIATE takes the write lock first, so that what is read inside is what is written upon."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself where the disk was full
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn every failure of SQLite into AuditError `audit.log_unusable`."""
    try:
        yield
    except sqlite3.Error:
        raise unusable(name) from None


def unusable(name: str) -> AuditError:
    return AuditError(
        Problem(
            "audit.log_unusable",
            _("the log cannot be read or written: it is damaged, in use, or the disk is full"),
            where=name,
            hint=_("nothing was written; keep the file as it is, make room, and try again"),
        )
    )
