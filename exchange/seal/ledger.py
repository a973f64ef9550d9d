"""The ledger of numbers: which were given to what we sealed, and which were taken in from others.

A sender goes by this order, and after a crash goes on from where it was:

1. `place = next_place(parcel)`, `seal` into a private file that is on the disk before the next step;
2. `gave(sealed…)`: the number now belongs to this content for ever. Two processes that sealed under one number
   meet here, and the later one must seal again (seal.place_taken);
3. the file is queued to leave; only from here on may anybody else see it;
4. `queued(ciphertext)`.

A crash before 2 leaves no trace but a private file: the number is given anew, to something nobody else has seen. A
crash between 2 and 4 leaves the number in `unqueued()`: if the file is still there or the outbox has it, queue it
(again) and note it; if it is nowhere, nothing ever left under that number and `take_back` frees it. Until then the
series gives no further number (seal.unsettled). So no number ever belongs to two contents, and none is missing for
ever.

Before a queued file has left, people may decide that it never shall. Then its number, where it is the last one of its
series, becomes unsettled again (`reopen`), the outbox lets go of the file, and `take_back` frees the number.

A ledger that was lost, or restored from an old copy, goes on from what the other side has: `last` there, `resume` here.

A recipient notes what it accepted or refused (`took`) after that is durable elsewhere. A number that the sender gives
up for good – a disk died, the recipient has nothing of it – is closed by a letter of the sender: `close`.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from exchange.bundle.parcel import Parcel
from exchange.errors import Problem, SealError
from exchange.locale import _
from exchange.seal.envelope import Envelope
from exchange.seal.series import Place, Series

Outcome = Literal["accepted", "refused", "lost"]
_Row: TypeAlias = tuple[Any, ...]  # as SQLite gives it, from strict tables

_WAIT_SECONDS = 30.0
_KEY = "sender TEXT NOT NULL, recipient TEXT NOT NULL, agreement TEXT NOT NULL, kind TEXT NOT NULL, sequence INTEGER"
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS given ({_KEY}, envelope TEXT NOT NULL, parcel TEXT NOT NULL, ciphertext TEXT NOT NULL UNIQUE,
  queued INTEGER NOT NULL, PRIMARY KEY (sender, recipient, agreement, kind, sequence)) STRICT;
CREATE TABLE IF NOT EXISTS closed ({_KEY}, envelope TEXT NOT NULL,
  PRIMARY KEY (sender, recipient, agreement, kind, sequence)) STRICT;
CREATE TABLE IF NOT EXISTS taken ({_KEY}, envelope TEXT NOT NULL, parcel TEXT NOT NULL, ciphertext TEXT NOT NULL,
  outcome TEXT NOT NULL, PRIMARY KEY (sender, recipient, agreement, kind, sequence)) STRICT
"""
_SERIES = "sender, recipient, agreement, kind"
_OF = "sender = ? AND recipient = ? AND agreement = ? AND kind = ?"


@dataclass(frozen=True, slots=True)
class Given:
    """A number that belongs to a sealed file of ours. Digests: the envelope's as `sha256:…`, the file's in
    hexadecimal."""

    series: Series
    sequence: int
    envelope_digest: str
    parcel_id: str
    ciphertext_sha256: str
    queued: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A number that came in, and what became of it; both digests and the id are "" for what was lost, except for the
    envelope's digest, which the next one told."""

    series: Series
    sequence: int
    envelope_digest: str
    parcel_id: str
    ciphertext_sha256: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Last:
    """The last number of a series, and the digest of the envelope that has it."""

    series: Series
    sequence: int
    envelope_digest: str


class Ledger:
    """The ledger in `file`, which is made if need be, for this user only. Methods raise SealError (seal.ledger)."""

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

    # --- what we give ---

    def next_place(self, parcel: Parcel) -> Place:
        """The place of the next parcel in the series of `parcel`. It is not reserved: see `gave`. SealError
        (seal.unsettled): the number before is not known to be on its way."""
        series = Series.of(parcel)
        with self._open() as book:
            _check_settled(book, series)
            return _next(book, "given", series)

    def gave(self, envelope: Envelope, ciphertext_sha256: str) -> None:
        """The envelope's number belongs to this file. Repeating it changes nothing. SealError: seal.place_taken, the
        number is another one's by now and the parcel must be sealed again in its next place; seal.unsettled."""
        row = (*_columns(envelope), ciphertext_sha256, False)
        with self._open() as book:
            if _find(book, "given", Series.of(envelope), envelope.sequence)[:-1] == row[:-1]:
                return
            _check_next(book, "given", envelope)
            _check_settled(book, Series.of(envelope))
            book.execute("INSERT INTO given VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def queued(self, ciphertext_sha256: str) -> None:
        """The file is on its way: it will leave, now or later. Repeating it changes nothing."""
        with self._open() as book:
            book.execute("UPDATE given SET queued = 1 WHERE ciphertext = ?", (ciphertext_sha256,))

    def reopen(self, ciphertext_sha256: str) -> Given:
        """A queued file is not to leave after all: its number is unsettled again, until `queued` or `take_back`.
        Repeating it changes nothing. SealError (seal.given): it is unknown, or others came after it."""
        with self._open() as book:
            row = book.execute("SELECT * FROM given WHERE ciphertext = ?", (ciphertext_sha256,)).fetchone()
            if not row or not _is_last(book, _given(row)):
                raise _cannot_be_taken_back(_given(row) if row else None)
            book.execute("UPDATE given SET queued = 0 WHERE ciphertext = ?", (ciphertext_sha256,))
        return replace(_given(row), queued=False)

    def given(self, ciphertext_sha256: str) -> Given | None:
        """The number of a sealed file of ours; None where it has none."""
        with self._open() as book:
            row = book.execute("SELECT * FROM given WHERE ciphertext = ?", (ciphertext_sha256,)).fetchone()
        return _given(row) if row else None

    def is_last(self, given: Given) -> bool:
        """Whether none of its series came after it."""
        with self._open() as book:
            return _is_last(book, given)

    def unqueued(self) -> tuple[Given, ...]:
        """What has a number and is not known to be on its way, in the order of each series."""
        with self._open() as book:
            rows = book.execute("SELECT * FROM given WHERE NOT queued ORDER BY 1, 2, 3, 4, 5").fetchall()
        return tuple(_given(row) for row in rows)

    def number_given(self, series: Series) -> int:
        """How many parcels of a series are on their way, or have been, lost ones too."""
        with self._open() as book:
            query = f"SELECT coalesce(max(sequence), 0) FROM given WHERE {_OF} AND queued"  # noqa: S608  # ours
            return int(book.execute(query, _key(series)).fetchone()[0])

    def take_back(self, given: Given) -> None:
        """Free the last number of a series, whose file never left and is no more. SealError (seal.given): it is on
        its way, or others came after it."""
        with self._open() as book:
            found = _find(book, "given", given.series, given.sequence)
            if not found or _given(found) != given or given.queued or not _is_last(book, given):
                raise _cannot_be_taken_back(given)
            book.execute("DELETE FROM given WHERE ciphertext = ?", (given.ciphertext_sha256,))

    # --- what we take in ---

    def expected(self, series: Series) -> Place:
        """The place that the next parcel of a sender must have."""
        with self._open() as book:
            return _next(book, "taken", series)

    def taken(self, series: Series, sequence: int) -> Taken | None:
        """What came in under that number."""
        with self._open() as book:
            row = _find(book, "taken", series, sequence)
        return _taken(row) if row else None

    def took(self, envelope: Envelope, ciphertext_sha256: str, outcome: Literal["accepted", "refused"]) -> None:
        """The envelope's number is used up. Repeating it changes nothing. SealError (seal.place_taken): it is not the
        next one of its series; a letter's may be any that is free, and that of one which says keys any at all: where
        another has the number, the other keeps it."""
        row = (*_columns(envelope), ciphertext_sha256, outcome)
        with self._open() as book:
            if _find(book, "taken", Series.of(envelope), envelope.sequence) == row:
                return
            if Series.of(envelope).kind == "letter":
                if envelope.says_keys and _find(book, "taken", Series.of(envelope), envelope.sequence):
                    return
                _check_free(book, envelope)
            else:
                _check_next(book, "taken", envelope, chained=outcome == "accepted")
            book.execute("INSERT INTO taken VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            _pass_closed(book, Series.of(envelope))

    def close(self, series: Series, sequence: int, envelope_digest: str) -> None:
        """Under this number of a sender, which had that envelope, nothing comes any more: once all before it have come
        or are closed, the next one is expected. Repeating it changes nothing, nor where something has come under it.

        Should it come after all, it is refused (seal.given_up).
        """
        with self._open() as book:
            row = (*_key(series), sequence, envelope_digest)
            book.execute("INSERT OR IGNORE INTO closed VALUES (?, ?, ?, ?, ?, ?)", row)
            _pass_closed(book, series)

    def missing(self) -> tuple[tuple[Series, range], ...]:
        """Numbers that have not come though later ones of their series have: letters on their way, or lost."""
        with self._open() as book:
            rows = book.execute(f"SELECT DISTINCT {_SERIES}, sequence FROM taken ORDER BY 1, 2, 3, 4, 5").fetchall()  # noqa: S608  # ours
        found: list[tuple[Series, range]] = []
        before: tuple[Series | None, int] = (None, 0)
        for row in rows:
            series, sequence = Series(*row[:4]), row[4]
            last = before[1] if before[0] == series else 0
            if sequence > last + 1:
                found.append((series, range(last + 1, sequence)))
            before = (series, sequence)
        return tuple(found)

    # --- after a loss ---

    def last(self, party: str) -> tuple[Last, ...]:
        """Of each series between us and `party`: what we took from it last, what we gave to it last."""
        query = f"SELECT {_SERIES}, max(sequence), envelope FROM {{}} WHERE {{}} = ? {{}} GROUP BY 1, 2, 3, 4"  # noqa: S608
        with self._open() as book:
            rows = book.execute(query.format("taken", "sender", ""), (party,)).fetchall()
            rows += book.execute(query.format("given", "recipient", "AND queued"), (party,)).fetchall()
        return tuple(Last(Series(*row[:4]), row[4], row[5]) for row in sorted(rows))

    def resume(self, last: Last, *, as_sender: bool) -> bool:
        """Go on after what the other side of the series has: what came before is lost. False where we are as far or
        further. SealError: seal.numbers_differ where we have another envelope under that number; seal.unsettled."""
        table = "given" if as_sender else "taken"
        row = (*_key(last.series), last.sequence, last.envelope_digest, "")
        with self._open() as book:
            found = _find(book, table, last.series, last.sequence)
            if found and found[5] not in ("", last.envelope_digest):
                what = _("number {number} is another parcel's here").format(number=last.sequence)
                hint = _("go by what {party} reads to you, and begin with an empty ledger").format(
                    party=last.series.recipient if as_sender else last.series.sender
                )
                raise SealError(Problem("seal.numbers_differ", what, where=last.series.agreement, hint=hint))
            if _next(book, table, last.series).sequence > last.sequence:
                return False
            _check_settled(book, last.series)
            # Whatever was sealed under it is nowhere, so no real file has this digest.
            rest = (f"lost:{last.envelope_digest}", True) if as_sender else ("", "lost")
            book.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *rest))  # noqa: S608  # ours
        return True

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the block is kept, or none of it."""
        with self._connection() as book, self._errors():
            book.execute("BEGIN IMMEDIATE")
            try:
                yield book
                book.execute("COMMIT")
            except BaseException:
                if book.in_transaction:
                    book.execute("ROLLBACK")
                raise

    def _connection(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        return contextlib.nullcontext(self._kept) if self._kept else contextlib.closing(self._opened())

    def _opened(self) -> sqlite3.Connection:
        with self._errors():
            # Made here, so that neither it nor the journals that copy its rights can be read by others. Not opened
            # where it is there: closing it would drop the locks that this process holds on it (POSIX).
            if not self._file.exists():
                os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
            book = sqlite3.connect(self._file, timeout=_WAIT_SECONDS, isolation_level=None)
            try:
                book.execute("PRAGMA journal_mode = WAL")
                book.execute("PRAGMA synchronous = FULL")
                for statement in _SCHEMA.split(";"):
                    book.execute(statement)
            except sqlite3.Error:
                book.close()
                raise
            return book

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error):
            what = _("the ledger of numbers cannot be read or written: it is damaged, in use, or the disk is full")
            hint = _("make room and try again; never start a new one: the numbers of what was sent are in it")
            raise SealError(Problem("seal.ledger", what, where=self._file.name, hint=hint)) from None


def _next(book: sqlite3.Connection, table: str, series: Series) -> Place:
    query = f"SELECT sequence, envelope FROM {table} WHERE {_OF} ORDER BY sequence DESC LIMIT 1"  # noqa: S608  # ours
    row = book.execute(query, _key(series)).fetchone()
    return Place(row[0] + 1, row[1]) if row else Place(1, None)


def _pass_closed(book: sqlite3.Connection, series: Series) -> None:
    """What is closed and next counts as lost."""
    while row := _find(book, "closed", series, _next(book, "taken", series).sequence):
        book.execute("INSERT INTO taken VALUES (?, ?, ?, ?, ?, ?, '', '', 'lost')", row)


def _is_last(book: sqlite3.Connection, given: Given) -> bool:
    return given.sequence == _next(book, "given", given.series).sequence - 1


def _cannot_be_taken_back(given: Given | None) -> SealError:
    what = _("the number {number} cannot be taken back").format(number=given.sequence if given else "?")
    hint = _("send the file again, or tell the recipient by phone that it is lost")
    return SealError(Problem("seal.given", what, where=given.series.recipient if given else "", hint=hint))


def _find(book: sqlite3.Connection, table: str, series: Series, sequence: int) -> _Row:
    query = f"SELECT * FROM {table} WHERE {_OF} AND sequence = ?"  # noqa: S608  # ours
    return book.execute(query, (*_key(series), sequence)).fetchone() or ()


def _check_next(book: sqlite3.Connection, table: str, envelope: Envelope, *, chained: bool = True) -> None:
    # A refusal may be just that the chain is broken, so what is refused need not fit it.
    place = _next(book, table, Series.of(envelope))
    if envelope.sequence != place.sequence or (chained and envelope.previous != place.previous):
        raise _place_taken(envelope)


def _check_free(book: sqlite3.Connection, envelope: Envelope) -> None:
    if _find(book, "taken", Series.of(envelope), envelope.sequence):
        raise _place_taken(envelope)


def _place_taken(envelope: Envelope) -> SealError:
    what = _("the number {number} is not the next one any more").format(number=envelope.sequence)
    return SealError(Problem("seal.place_taken", what, hint=_("start again: nothing was sent or taken in")))


def _check_settled(book: sqlite3.Connection, series: Series) -> None:
    query = f"SELECT 1 FROM given WHERE {_OF} AND NOT queued"  # noqa: S608  # ours
    if book.execute(query, _key(series)).fetchone():
        what = _("the file before this one was interrupted on its way out, or is just being packed")
        raise SealError(Problem("seal.unsettled", what, where=series.recipient, hint=_("try again: exchange deliver")))


def _key(series: Series) -> tuple[str, str, str, str]:
    return series.sender, series.recipient, series.agreement, series.kind


def _columns(envelope: Envelope) -> _Row:
    return (*_key(Series.of(envelope)), envelope.sequence, envelope.digest, envelope.id)


def _given(row: _Row) -> Given:
    sender, recipient, agreement, kind, sequence, envelope, parcel, ciphertext, queued = row
    return Given(Series(sender, recipient, agreement, kind), sequence, envelope, parcel, ciphertext, bool(queued))


def _taken(row: _Row) -> Taken:
    sender, recipient, agreement, kind, sequence, envelope, parcel, ciphertext, outcome = row
    return Taken(Series(sender, recipient, agreement, kind), sequence, envelope, parcel, ciphertext, outcome)
