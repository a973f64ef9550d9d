"""What the inbox did, told to the journal for whoever helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exchange.errors import Problem
from exchange.transport.arrivals import Arrived
from exchange.transport.journal import SHOWN, Journal, Line, paused
from exchange.transport.road import RemoteFile


@dataclass(frozen=True, slots=True)
class Telling:
    """`journal`: where it is written, if anywhere; `whose`: the party whose road it is, by its place."""

    journal: Journal | None
    whose: Callable[[str], str]

    def stands(self, arrived: Arrived, seconds: float | None = None, rate: int | None = None) -> None:
        """How a file that came stands now; with how long it took to fetch, and how many bytes a second."""
        line = Line(
            direction="in",
            state=arrived.state,
            counterpart=self.whose(arrived.place),
            file=arrived.name,
            sha256=arrived.sha256[:SHOWN],
            bytes=arrived.size,
            code=arrived.code,
            seconds=seconds,
            rate=rate,
        )
        self._write(line)

    def not_fetched(self, place: str, file: RemoteFile, code: str, seconds: float | None = None) -> None:
        line = Line(
            direction="in",
            state="not_fetched",
            counterpart=self.whose(place),
            file=file.name,
            bytes=file.size,
            code=code,
            seconds=seconds,
        )
        self._write(line)

    def paused(self, place: str, seconds: float, attempt: int, problem: Problem) -> None:
        """The link broke, and the road is entered again in so many seconds."""
        self._write(paused("in", self.whose(place), seconds, attempt, problem))

    def _write(self, line: Line) -> None:
        if self.journal is not None:
            self.journal.note(line)
