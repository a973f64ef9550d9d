"""The memory of what left: for every release, to whom, for which period, and which cases were in it.

Cases are kept as keyed references (HMAC under a key of the sender), so the file alone names nobody; it is personal
data all the same, and treated so. What each release showed of them is kept beside, locked by the sender's identity
before it comes here, until the recipient must have destroyed it. The memory answers whether a period was sent, which
bundle is the current one and what it replaced, whether a late entry has been counted before, and what the recipient
holds that a new release would be compared with.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from exchange.agreements.agreement import Reference
from exchange.errors import DisclosureError, Problem
from exchange.locale import _

_SCHEMA = """
CREATE TABLE IF NOT EXISTS releases (
  bundle TEXT PRIMARY KEY, ciphertext TEXT NOT NULL UNIQUE, agreement TEXT NOT NULL, version TEXT NOT NULL,
  digest TEXT NOT NULL, recipient TEXT NOT NULL, period TEXT NOT NULL, created TEXT NOT NULL, replaces TEXT) STRICT;
CREATE TABLE IF NOT EXISTS cases (
  bundle TEXT NOT NULL REFERENCES releases (bundle), keyed BLOB NOT NULL, PRIMARY KEY (bundle, keyed)) STRICT;
CREATE TABLE IF NOT EXISTS shown (bundle TEXT PRIMARY KEY REFERENCES releases (bundle), locked BLOB NOT NULL) STRICT;
"""
_CURRENT = "bundle NOT IN (SELECT replaces FROM releases WHERE replaces IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class Release:
    """One bundle that left, the digest of its sealed file, and the bundle that it replaced, if any."""

    bundle: str
    ciphertext: str
    agreement: Reference
    recipient: str
    period: str
    created: dt.datetime
    replaces: str | None


class Releases:
    """The memory in one SQLite file, which is made if need be. Its methods raise DisclosureError."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: sqlite3.Connection | None = None

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """A run that asks many times opens the file once."""
        with self._connection() as book:
            before, self._kept = self._kept, book
            try:
                yield
            finally:
                self._kept = before

    def record(self, release: Release, cases: Iterable[bytes], shown: bytes) -> None:
        """Remember a release, its keyed case references and, locked, what it showed: durably, and all or nothing.
        Repeating it changes nothing."""
        with self._book() as book:
            known = book.execute("SELECT 1 FROM releases WHERE bundle = ?", (release.bundle,)).fetchone()
            if known:
                return
            book.execute(
                "INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    release.bundle,
                    release.ciphertext,
                    release.agreement.id,
                    release.agreement.version,
                    release.agreement.digest,
                    release.recipient,
                    release.period,
                    release.created.isoformat(),
                    release.replaces,
                ),
            )
            book.executemany("INSERT INTO cases VALUES (?, ?)", ((release.bundle, keyed) for keyed in set(cases)))
            book.execute("INSERT INTO shown VALUES (?, ?)", (release.bundle, shown))

    def show_anew(self, bundle: str, shown: bytes) -> None:
        """What a release showed is another thing now: its recipient has got other tokens for its rows."""
        with self._book() as book:
            book.execute("UPDATE shown SET locked = ? WHERE bundle = ?", (shown, bundle))

    def shown(self, bundle: str) -> bytes | None:
        """What a release showed, locked; None where it was never known or is forgotten."""
        with self._book() as book:
            row = book.execute("SELECT locked FROM shown WHERE bundle = ?", (bundle,)).fetchone()
        return None if row is None else bytes(row[0])

    def replaced_by(self, bundle: str | None) -> tuple[Release, ...]:
        """The release `bundle` and all that it replaced, one after the other, the oldest first."""
        found: list[Release] = []
        while bundle is not None and bundle not in {each.bundle for each in found}:
            release = self.find(bundle)
            if release is None:
                break
            found.append(release)
            bundle = release.replaces
        return tuple(reversed(found))

    def number(self, agreement: str, recipient: str) -> int:
        """How many releases to a recipient under an agreement are remembered."""
        with self._book() as book:
            query = "SELECT count(*) FROM releases WHERE agreement = ? AND recipient = ?"
            return int(book.execute(query, (agreement, recipient)).fetchone()[0])

    def forget(self, agreement: str, recipient: str, before: dt.datetime) -> None:
        """Forget what releases made before a moment showed: their recipient must have destroyed it."""
        with self._book() as book:
            book.execute(
                "DELETE FROM shown WHERE bundle IN "
                "(SELECT bundle FROM releases WHERE agreement = ? AND recipient = ? AND created < ?)",
                (agreement, recipient, before.astimezone(dt.UTC).isoformat()),
            )

    def take_back(self, bundle: str) -> None:
        """The release of this bundle never left and never will. Repeating it changes nothing."""
        with self._book() as book:
            book.execute("DELETE FROM cases WHERE bundle = ?", (bundle,))
            book.execute("DELETE FROM shown WHERE bundle = ?", (bundle,))
            book.execute("DELETE FROM releases WHERE bundle = ?", (bundle,))

    def holds_any(self, bundle: str, keyed: Iterable[bytes]) -> bool:
        """Whether any of these cases, each by its keyed reference, is in the release of this bundle."""
        asked = "SELECT 1 FROM cases WHERE bundle = ? AND keyed = ?"
        with self._book() as book:
            return any(book.execute(asked, (bundle, each)).fetchone() for each in keyed)

    def current(self, agreement: str, recipient: str) -> tuple[Release, ...]:
        """The releases to a recipient under an agreement that nothing has replaced, in the order of their periods."""
        with self._book() as book:
            rows = book.execute(
                f"SELECT * FROM releases WHERE agreement = ? AND recipient = ? AND {_CURRENT} ORDER BY period",  # noqa: S608  # a constant
                (agreement, recipient),
            ).fetchall()
        return tuple(_release(row) for row in rows)

    def all_to(self, agreement: str, recipient: str) -> tuple[Release, ...]:
        """Every release to a recipient under an agreement, replaced ones too, in the order in which they were made."""
        with self._book() as book:
            query = "SELECT * FROM releases WHERE agreement = ? AND recipient = ? ORDER BY created, rowid"
            rows = book.execute(query, (agreement, recipient)).fetchall()
        return tuple(_release(row) for row in rows)

    def find(self, bundle_or_ciphertext: str) -> Release | None:
        """The release with this bundle id, or with this digest of its sealed file (`sha256:…`)."""
        with self._book() as book:
            row = book.execute(
                "SELECT * FROM releases WHERE bundle = ?1 OR ciphertext = ?1", (bundle_or_ciphertext,)
            ).fetchone()
        return None if row is None else _release(row)

    def recipients_of(self, agreement: str, keyed_by_recipient: Iterable[tuple[str, bytes]]) -> tuple[str, ...]:
        """Of these recipients, each with a case's reference keyed for it, those who ever got the case."""
        with self._book() as book:
            return tuple(
                recipient
                for recipient, keyed in keyed_by_recipient
                if book.execute(
                    "SELECT 1 FROM cases JOIN releases USING (bundle) "
                    "WHERE agreement = ? AND recipient = ? AND keyed = ?",
                    (agreement, recipient, keyed),
                ).fetchone()
            )

    def counted_before(self, agreement: str, recipient: str, period: str, *, ever: bool = False) -> frozenset[bytes]:
        """The keyed references of all cases in current releases of other periods; `ever`: in replaced ones too."""
        which = "TRUE" if ever else _CURRENT
        with self._book() as book:
            rows = book.execute(
                "SELECT keyed FROM cases JOIN releases USING (bundle) "  # noqa: S608  # a constant
                f"WHERE agreement = ? AND recipient = ? AND period <> ? AND {which}",
                (agreement, recipient, period),
            ).fetchall()
        return frozenset(row[0] for row in rows)

    @contextmanager
    def _book(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as book, _errors(self._file.name), book:
            yield book

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return nullcontext(self._kept) if self._kept else closing(self._opened())

    def _opened(self) -> sqlite3.Connection:
        with _errors(self._file.name):
            if not self._file.exists():
                self._file.touch(mode=0o600)
            book = sqlite3.connect(self._file, timeout=20)
            try:
                pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                book.executescript(pragmas + _SCHEMA)
            except sqlite3.Error:
                book.close()
                raise
            return book


@contextmanager
def _errors(where: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError):
        raise DisclosureError(
            Problem(
                "releases.unusable",
                _("the memory of earlier releases cannot be read or written"),
                where=where,
                hint=_("is the disk full? otherwise restore the file from a copy; without it nothing may leave"),
            )
        ) from None


def _release(row: tuple[str, ...]) -> Release:
    bundle, ciphertext, agreement, version, digest, recipient, period, created, replaces = row
    return Release(
        bundle=bundle,
        ciphertext=ciphertext,
        agreement=Reference(id=agreement, version=version, digest=digest),
        recipient=recipient,
        period=period,
        created=dt.datetime.fromisoformat(created),
        replaces=replaces,
    )
