"""The journal: what the queues did, a line for each event, for whoever helps when something does not arrive.

It proves nothing (the log does), nothing is read from it, and it may be deleted. It never stands in the way: where it
cannot be written, the line is missing and what was to travel travels. Its format stands in JOURNAL.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Literal

from exchange.errors import Problem, TransportError
from exchange.transport.landing import sync_folder
from exchange.transport.ledger import alone
from exchange.transport.road import Watch

LARGEST = 5 << 20  # bytes; a journal that is longer is put aside and a new one begun
SHOWN = 12  # digits of a digest
KEPT = 3  # journals that were put aside
_OPAQUE = re.compile(r"[0-9a-f]{32}\.age", re.ASCII)
Direction = Literal["out", "in"]


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event. `state`: of a parcel or an arrival, or "paused", "not_fetched"; `counterpart`: whose road it is, ""
    where nobody knows; `file`: the name on the road; `sha256`: the first digits of the sealed file's; `attempt`: which;
    `seconds`: how long it took, or takes; `rate`: bytes per second of what moved. What is not known is left out."""

    time: str = ""
    direction: Direction
    state: str
    counterpart: str = ""
    file: str = ""
    sha256: str = ""
    bytes: int | None = None
    code: str = ""
    attempt: int | None = None
    seconds: float | None = None
    rate: int | None = None

    def known(self) -> dict[str, str | int | float]:
        """What is known of the event, by name."""
        found = ((each, getattr(self, each)) for each in self.__slots__)
        return {name: value for name, value in found if value not in ("", None)}


def paused(direction: Direction, counterpart: str, seconds: float, attempt: int, problem: Problem) -> Line:
    """The link broke; in so many seconds it is tried again, for the `attempt`th time in this run."""
    return Line(
        direction=direction,
        state="paused",
        counterpart=counterpart,
        code=problem.code,
        attempt=attempt,
        seconds=round(seconds, 3),
    )


class Journal:
    """The journal in `file`, whose folder is there; for this user alone. `clock`: the time, with its zone."""

    def __init__(
        self, file: Path, *, largest: int = LARGEST, kept: int = KEPT, clock: Callable[[], datetime] = _now
    ) -> None:
        self._file = file
        self._largest = largest
        self._kept = kept
        self._clock = clock

    def note(self, line: Line) -> None:
        """Write a line, if it can be written."""
        name = line.file if _OPAQUE.fullmatch(line.file) else ""  # a stranger's name may say anything
        written = replace(line, time=self._clock().isoformat(timespec="seconds"), file=name)
        text = json.dumps(written.known())
        with contextlib.suppress(OSError):
            if self._append(text.encode("ascii") + b"\n") > self._largest:
                self._put_aside()

    def last(self, count: int) -> tuple[Line, ...]:
        """The last lines, oldest first. A line that was cut off is left out."""
        lines: deque[Line] = deque(maxlen=count)
        for file in (*reversed(self._aside()), self._file):
            with contextlib.suppress(OSError):
                lines.extend(_lines(file))
        return tuple(lines)

    def _append(self, text: bytes) -> int:
        """In one piece, so that two processes never mix their lines; how long the journal is now."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._file, flags, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size:
                os.lseek(descriptor, size - 1, os.SEEK_SET)
                if os.read(descriptor, 1) != b"\n":  # a full disk took half of the line before
                    text = b"\n" + text
            return size + os.write(descriptor, text)
        finally:
            os.close(descriptor)

    def _put_aside(self) -> None:
        """One process at a time; another that finds it done writes into the new one."""
        with contextlib.suppress(TransportError), alone(self._file.with_suffix(".lock")) as free:
            if not free or self._file.stat().st_size <= self._largest:
                return
            names = [self._file, *self._aside()]
            for older, newer in reversed([*zip(names[1:], names, strict=False)]):
                if newer.exists():
                    newer.replace(older)
            sync_folder(self._file.parent)

    def _aside(self) -> list[Path]:
        """Those that were put aside, the newest first."""
        return [self._file.with_name(f"{self._file.name}.{number}") for number in range(1, self._kept + 1)]


class Meter:
    """A watch that passes on what it is told, and knows of each file how long it took and how fast it went."""

    def __init__(self, watch: Watch, clock: Callable[[], float] = monotonic) -> None:
        self._watch = watch
        self._clock = clock
        self._begun: dict[str, float] = {}
        self._moved: dict[str, tuple[int, int]] = {}

    def begin(self, name: str) -> None:
        """An attempt at a file begins."""
        self._begun[name] = self._clock()
        self._moved.pop(name, None)

    def __call__(self, name: str, done: int, size: int) -> None:
        # The first word tells what was there before, unless the road says nothing until a file is whole.
        first, _last = self._moved.get(name, (done if done < size else 0, 0))
        self._moved[name] = (first, done)
        self._watch(name, done, size)

    def end(self, name: str, *, moved: bool = True) -> tuple[float | None, int | None]:
        """Seconds since it began, and bytes per second; None for what is not known. `moved`: whether anything did."""
        first, last = self._moved.pop(name, (0, 0))
        begun = self._begun.pop(name, None)
        if begun is None:
            return None, None
        seconds = self._clock() - begun
        return round(seconds, 3), round((last - first) / seconds) if moved and last > first and seconds else None


def _lines(file: Path) -> Iterator[Line]:
    from pydantic import TypeAdapter, ValidationError

    reader = TypeAdapter(Line)
    with file.open("rb") as content:
        for text in content:
            with contextlib.suppress(ValidationError):
                yield reader.validate_json(text)
