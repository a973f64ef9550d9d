"""What is on its way, shown at a terminal while it moves: in all, each file that moves, and a pause with its reason.

Only at a terminal that can draw, and never with `--json`; elsewhere nothing is said. What is left on the screen when
the command ends is its result alone.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exchange.cli import console
from exchange.errors import Problem
from exchange.locale import _

if TYPE_CHECKING:
    from rich.live import Live

WINDOW = 10.0  # seconds that the rate is the mean of
ENOUGH = 1.0  # seconds of moving after which a rate means something
CALM = 0.4  # seconds after which something is drawn: what is over sooner does not flash up
MOST = 4  # files that are shown on lines of their own
_DIGITS = 12  # of a name, which are enough to know it by
_UNITS = ("B", "kB", "MB", "GB", "TB")
Clock = Callable[[], float]


class Rate:
    """Bytes per second over the last seconds: also over those in which nothing moved."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._total = 0
        self._seen: deque[tuple[float, int]] = deque()

    def moved(self, count: int) -> None:
        self._total += count
        self._seen.append((self._clock(), self._total))

    def now(self) -> float | None:
        """None while too little was seen to tell, and where nothing moves any more."""
        moment = self._clock()
        while len(self._seen) > 1 and self._seen[1][0] <= moment - WINDOW:
            self._seen.popleft()
        if not self._seen:
            return None
        since, before = self._seen[0]
        seconds = moment - since
        return (self._total - before) / seconds if seconds >= ENOUGH and self._total > before else None


@dataclass(slots=True)
class _File:
    counterpart: str
    size: int
    done: int = 0
    moves: bool = False

    @property
    def whole(self) -> bool:
        return self.moves and self.done >= self.size


@dataclass(frozen=True, slots=True)
class _Pause:
    until: float
    attempt: int
    problem: Problem


class Travel:
    """What is known of everything that travels in this run, and the lines that say it. `expected`: by name, whom each
    file is to or from and its size, where that is known before."""

    def __init__(
        self,
        direction: Literal["out", "in"],
        expected: Mapping[str, tuple[str, int]] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._direction = direction
        self._clock = clock
        self._rate = Rate(clock)
        self._files = {name: _File(party, size) for name, (party, size) in (expected or {}).items()}
        self._foreseen = bool(expected)
        self._pause: _Pause | None = None
        self._begun: float | None = None

    def moved(self, name: str, done: int, size: int, counterpart: str = "") -> None:
        file = self._files.setdefault(name, _File(counterpart, size))
        self._begun = self._clock() if self._begun is None else self._begun
        # The first word of each attempt tells what was there before: that took no time of the link's.
        begins = not file.moves or done < file.done
        self._rate.moved(0 if begins else done - file.done)
        file.done, file.size, file.moves = done, size, True
        self._pause = None

    def paused(self, seconds: float, attempt: int, problem: Problem) -> None:
        self._pause = _Pause(self._clock() + seconds, attempt, problem)
        for file in [*self._files.values()]:
            file.moves = file.whole

    @property
    def lasts(self) -> bool:
        """Whether it goes on for long enough that somebody wants to see it."""
        begun = self._begun is not None and self._clock() - self._begun >= CALM
        return self._pause is not None or (begun and not all(each.whole for each in self._files.values()))

    def lines(self) -> list[str]:
        files = [*self._files.items()]  # another thread draws
        moving = [(name, each) for name, each in files if each.moves and not each.whole][:MOST]
        return [self._in_all([each for _name, each in files]), *(self._one(*each) for each in moving), *self._waits()]

    def _in_all(self, files: list[_File]) -> str:
        whole, size = sum(each.whole for each in files), sum(each.size for each in files)
        done, rate = sum(min(each.done, each.size) for each in files), self._rate.now()
        begin = _("sending") if self._direction == "out" else _("fetching")
        parts = [
            _("{done} of {all} files").format(done=whole, all=len(files)),
            _("{done} of {all}").format(done=amount(done), all=amount(size)),
            _("{rate}/s").format(rate=amount(rate)) if rate else _("rate not known yet"),
        ]
        if rate and done < size and not self._pause and (self._foreseen or len(files) == 1):
            parts.append(_("{time} left").format(time=span((size - done) / rate)))
        return f"{begin}: {', '.join(parts)}"

    def _one(self, name: str, file: _File) -> str:
        words = _("to {party}") if self._direction == "out" else _("from {party}")
        whose = f"{words.format(party=file.counterpart)}, " if file.counterpart else ""
        moved = _("{done} of {all}").format(done=amount(file.done), all=amount(file.size))
        return f"  {100 * file.done // max(file.size, 1):3}% {whose}{name[:_DIGITS]}, {moved}"

    def _waits(self) -> Iterator[str]:
        # The time comes first: a narrow terminal cuts off the end.
        pause = self._pause
        if pause is not None:
            left = round(pause.until - self._clock())
            what = _("again in {seconds} s, attempt {number}: {problem}")
            if left <= 0:
                what = _("connecting again, attempt {number}: {problem}")
            yield "  " + what.format(problem=pause.problem.what, seconds=left, number=pause.attempt)


def amount(count: float) -> str:
    """A number of bytes as people read it, with three digits at most before the unit."""
    unit = 0
    while count >= 999.5 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 or count >= 99.5 else f"{count:.1f} {_UNITS[unit]}"


def span(seconds: float) -> str:
    """A time as h:mm:ss, or m:ss."""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress:
    """A `Travel` that is drawn while something moves, and gone whenever something is said or asked."""

    def __init__(self, travel: Travel) -> None:
        self._travel = travel
        self._live: Live | None = None

    def moved(self, name: str, done: int, size: int, counterpart: str = "") -> None:
        self._travel.moved(name, done, size, counterpart)
        self._draw()

    def paused(self, seconds: float, attempt: int, problem: Problem) -> None:
        self._travel.paused(seconds, attempt, problem)
        self._draw()
        if self._live is not None:  # the pause may be shorter than the time between two pictures
            self._live.refresh()

    def hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self) -> None:
        if self._live is None and self._travel.lasts:
            self._live = self._drawn()
            self._live.start(refresh=True)

    def _drawn(self) -> Live:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        def picture() -> Text:
            return Text("\n".join(self._travel.lines()), no_wrap=True, overflow="ellipsis")

        return Live(
            get_renderable=picture,
            console=Console(file=sys.stderr, highlight=False, markup=False),
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )


class Unseen(Progress):
    """Nobody is there who could see it."""

    def _draw(self) -> None:
        return None


@contextmanager
def shown(direction: Literal["out", "in"], expected: Mapping[str, tuple[str, int]] | None = None) -> Iterator[Progress]:
    """What moves inside the block is shown, where somebody can see it."""
    progress = (Progress if console.draws() else Unseen)(Travel(direction, expected))
    with console.hiding(progress.hide):
        try:
            yield progress
        finally:
            progress.hide()
