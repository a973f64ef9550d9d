"""Which characters of a note are spoken for: each belongs to the first recogniser that takes it."""

from __future__ import annotations

from exchange.redact.notes.found import Found, Kind
from exchange.redact.notes.plain import Note


class Taken:
    """What was found so far, in the plain text. What `stays` is spoken for as well, and found by nobody."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._marks = bytearray(len(note.text))
        self._found: list[Found] = []

    def is_free(self, start: int, end: int) -> bool:
        return self._marks.find(1, start, end) < 0

    def take(self, start: int, end: int, kind: Kind, *, sure: bool = True) -> bool:
        """Whether the span was free, and is now taken."""
        if start >= end or not self.is_free(start, end):
            return False
        self._found.append(Found(start, end, kind, sure))
        self.stays(start, end)
        return True

    def take_what_stayed(self, start: int, end: int, kind: Kind) -> None:
        """Of a span that was said to stay, once it turns out to belong to somebody."""
        self._found.append(Found(start, end, kind, sure=True))

    def stays(self, start: int, end: int) -> None:
        self._marks[start:end] = b"\1" * (end - start)

    def in_order(self) -> tuple[Found, ...]:
        """As they stand in the note as it came."""
        spans = ((self._note.original(one.start, one.end), one) for one in self._found)
        return tuple(sorted((Found(*span, one.kind, one.sure) for span, one in spans), key=lambda one: one.start))
