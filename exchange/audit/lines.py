"""The lines of entries.jsonl, a million in 60 MB: where each begins, what it hashes to, its kind and its time.

An entry is read whole only when somebody asks for it, again from the pack; it must still hash to its leaf. That every
line is a canonical opening was seen before, by `canonical_lines` or, for the rare rest, by `Opening.read`.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import accumulate, groupby
from pathlib import Path
from typing import get_args

from exchange.audit.canonical_lines import Canonical, Told, canonical_lines
from exchange.audit.entries import MAX_OPENING, Entry, Kind, Opening
from exchange.audit.tree import HASH_BYTES, leaf_hash
from exchange.errors import AuditError, Problem
from exchange.locale import _

_KINDS: tuple[Kind, ...] = get_args(Kind)
_NUMBER_OF = {kind.encode(): number for number, kind in enumerate(_KINDS)}
_WITHHELD, _ERASED, _UNREADABLE = 253, 254, 255
_HIDDEN = {b"withheld": _WITHHELD, b"erased": _ERASED}
_HIDING = tuple(b'{"%s":' % word for word in _HIDDEN)
_HIDDEN_LINE = re.compile(rb'\{"(withheld|erased)":"([0-9a-f]{64})"\}')
_NO_TIME = b"0" * len("2026-10-01T08:00:00Z")
_WINDOW = 64 * 1024
"""How much of the pack is read at once, and kept, when entries are asked for: a line at least."""
_KEPT = 10_000
"""How many entries of a log stay read."""
_MOST_UNREADABLE = 100_000


@dataclass(slots=True)
class Lines:
    """What the lines hold, by line. `own` is the party whose entries these should be; `foreign` those of others;
    `in_order`: no entry is dated before the one that it follows; `latest` is the last of their times."""

    own: bytes
    starts: array[int] = field(default_factory=lambda: array("q"))
    leaves: bytearray = field(default_factory=bytearray)
    problems: dict[int, Problem] = field(default_factory=dict)
    foreign: set[int] = field(default_factory=set)
    in_order: bool = True
    latest: bytes = _NO_TIME
    _kinds: bytearray = field(default_factory=bytearray)
    _times: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, blocks: Iterable[tuple[int, bytes]], own: str) -> Lines:
        """`blocks` of lines with newlines between them, and the byte at which each block begins. Reading ends where
        more than 100,000 lines were no openings."""
        read, canonical = cls(own.encode()), canonical_lines()
        for start, block in blocks:
            lines = block.split(b"\n")
            starts = accumulate((len(line) + 1 for line in lines[:-1]), initial=start)
            for _hidden, run in groupby(zip(starts, lines, strict=True), key=_is_hidden):
                read._add_run([*run], canonical)
            if read.overrun:
                break
        return read

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def overrun(self) -> bool:
        """More lines were no openings than anybody would read."""
        return len(self.problems) > _MOST_UNREADABLE

    def leaf(self, line: int) -> bytes:
        return bytes(self.leaves[line * HASH_BYTES : (line + 1) * HASH_BYTES])

    def time(self, line: int) -> bytes:
        """When its entry was written. Moments as text stand in their order."""
        return bytes(self._times[line * len(_NO_TIME) : (line + 1) * len(_NO_TIME)])

    def is_entry(self, line: int) -> bool:
        return self._kinds[line] < _WITHHELD

    def of_kinds(self, kinds: Iterable[Kind]) -> set[int]:
        """The lines with entries of these kinds."""
        return {line for kind in kinds for line in self._of(_NUMBER_OF[kind.encode()])}

    def erased(self) -> set[int]:
        """The lines that stand for an opening that is gone."""
        return set(self._of(_ERASED))

    def withheld(self) -> set[int]:
        """The lines that stand for an opening that lies outside of the pack's scope."""
        return set(self._of(_WITHHELD))

    def _of(self, kind: int) -> Iterator[int]:
        line = self._kinds.find(kind)
        while line >= 0:
            yield line
            line = self._kinds.find(kind, line + 1)

    def _add_run(self, run: Sequence[tuple[int, bytes]], canonical: Canonical) -> None:
        """Lines with their starts, all of them hidden or none."""
        starts, lines = zip(*run, strict=True)
        told = canonical.told(b"\n".join(lines)) if max(map(len, lines)) <= MAX_OPENING else None
        if told is not None:
            self._add(starts, lines, told)
            return
        for start, line in run:  # one of them is hidden, or rare, or wrong
            self._add_alone(start, line, canonical)

    def _add(self, starts: Iterable[int], lines: Sequence[bytes], told: Told) -> None:
        """Lines that are canonical openings."""
        before = len(self)
        self.starts.extend(starts)
        self.leaves += b"".join([sha256(b"\0" + line).digest() for line in lines])  # as `leaf_hash`
        self._kinds += bytes(map(_NUMBER_OF.__getitem__, told.kinds))
        self._times += b"".join(told.times)
        if told.parties.count(self.own) < len(lines):
            self.foreign |= {line for line, party in enumerate(told.parties, before) if party != self.own}
        ordered = sorted([self.latest, *told.times])
        self.in_order = self.in_order and ordered[0] == self.latest and ordered[1:] == [*told.times]
        self.latest = ordered[-1]

    def _add_alone(self, start: int, line: bytes, canonical: Canonical) -> None:
        told = canonical.told(line) if len(line) <= MAX_OPENING else None
        if told is not None:
            self._add([start], [line], told)
            return
        self.starts.append(start)
        hidden = _HIDDEN_LINE.fullmatch(line)
        self.leaves += bytes.fromhex(hidden[2].decode()) if hidden else leaf_hash(line)
        kind, time = (_HIDDEN[hidden[1]], _NO_TIME) if hidden else self._read(line)
        self._kinds.append(kind)
        self._times += time
        if kind < _WITHHELD:
            self.in_order = False  # rare enough to be looked at one by one

    def _read(self, line: bytes) -> tuple[int, bytes]:
        """Kind and time of a line that `Opening.read` may take all the same."""
        number = len(self) - 1
        try:
            entry = Opening.read(line if len(line) <= MAX_OPENING else b"").entry
        except AuditError as error:
            self.problems[number] = error.problems[0]
            return _UNREADABLE, _NO_TIME
        if entry.party.encode() != self.own:
            self.foreign.add(number)
        return _NUMBER_OF[entry.kind.encode()], as_text(entry.time)


def _is_hidden(place: tuple[int, bytes]) -> bool:
    return place[1].startswith(_HIDING)


def as_text(moment: datetime) -> bytes:
    """A moment as `Lines.time` gives it."""
    return moment.isoformat()[: len(_NO_TIME) - 1].encode() + b"Z"


class Entries(Mapping[int, Entry]):
    """The entries of a pack by number, each read when it is asked for.

    Raises AuditError `audit.pack_changed` where the pack is no longer what it was when it was verified.
    """

    def __init__(self, lines: Lines, places: Sequence[int], path: Path, offset: int) -> None:
        """`places`: the line of each number, -1 where there is none; `path`, `offset`: where the lines begin."""
        self._lines, self._places = lines, places
        self._path, self._offset = path, offset
        self._window = (0, b"")
        self._read: dict[int, Entry] = {}

    @classmethod
    def none(cls) -> Entries:
        return cls(Lines(b""), (), Path(), 0)

    def __len__(self) -> int:
        return sum(1 for _number in self)

    def __iter__(self) -> Iterator[int]:
        return (number for number, _line in self.places())

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._line(number) is not None

    def __getitem__(self, number: int) -> Entry:
        known = self._read.get(number)
        if known is None:
            line = self._line(number)
            if line is None:
                raise KeyError(number)
            if len(self._read) >= _KEPT:
                self._read.clear()
            known = self._read[number] = self._entry(line)
        return known

    def of(self, *kinds: Kind) -> Iterator[tuple[int, Entry]]:
        """The entries of these kinds with their numbers, oldest first; only they are read."""
        wanted = self._lines.of_kinds(kinds)
        numbers = (number for number, line in enumerate(self._places) if line in wanted) if wanted else ()
        return ((number, self[number]) for number in numbers)

    def without(self, numbers: Collection[int]) -> Entries:
        """The same, without these."""
        places = (-1 if number in numbers else line for number, line in enumerate(self._places))
        return Entries(self._lines, array("q", places), self._path, self._offset)

    def places(self) -> Iterator[tuple[int, int]]:
        """The number of every entry, ascending, and the line on which it stands."""
        lines = self._lines
        return ((number, line) for number, line in enumerate(self._places) if line >= 0 and lines.is_entry(line))

    def times(self) -> Iterator[tuple[int, bytes]]:
        """The number of every entry, ascending, and when it was written, as `Lines.time` gives it: none is read."""
        return ((number, self._lines.time(line)) for number, line in self.places())

    def _line(self, number: int) -> int | None:
        line = self._places[number] if 0 <= number < len(self._places) else -1
        return line if line >= 0 and self._lines.is_entry(line) else None

    def _entry(self, line: int) -> Entry:
        data = self._data(line)
        if leaf_hash(data) != self._lines.leaf(line):
            raise _changed(self._path)
        return Opening.reread(data).entry

    def _data(self, line: int) -> bytes:
        """The line without its newline, from the part of the file that was read last, if it stands there."""
        start = self._lines.starts[line]
        began, window = self._window
        if not began <= start < began + len(window):
            began, window = self._window = start, self._from(start)
        end = window.find(b"\n", start - began)
        if end < 0:
            began, window = self._window = start, self._from(start)
            end = window.find(b"\n")
        return window[start - began : end]

    def _from(self, start: int) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset + start)
                return file.read(_WINDOW + 1)
        except OSError:
            raise _changed(self._path) from None


def _changed(path: Path) -> AuditError:
    return AuditError(
        Problem(
            "audit.pack_changed",
            _("the pack is no longer what it was when it was verified"),
            where=path.name,
            hint=_("verify it again"),
        )
    )
