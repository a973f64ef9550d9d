"""Going on after a link that broke, within one run: for as long as something moves, and a little longer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from exchange.errors import Problem, TransportError
from exchange.transport.road import LINK_GONE, Watch

# What a link that stood a moment ago may answer while a network changes.
_WORTH_WAITING = LINK_GONE | {"transport.no_connection"}


class Pausing(Protocol):
    """Is told before each pause how long it takes in seconds, which try of this run comes after it (the first was 1),
    and why."""

    def __call__(self, seconds: float, attempt: int, problem: Problem) -> None: ...


def nobody_waits(seconds: float, attempt: int, problem: Problem) -> None:
    """Nobody wants to know."""


WORTH = 64 * 1024  # bytes; a server that confirms one more each time, and hangs up, brings nobody on


@dataclass(frozen=True, slots=True)
class Persistence:
    """`tries` in a row in which nothing worth it moves end a run, and `most` in all, or one server could hold up those
    that come after it for ever. The pause before each doubles from `first` to `longest` seconds, less up to half of it,
    by `chance` in [0, 1), so that many senders do not come back at once."""

    tries: int = 5
    most: int = 100
    first: float = 1
    longest: float = 16
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def on(self, attempt: Callable[[Watch], None], watch: Watch, pausing: Pausing = nobody_waits) -> None:
        """Make `attempt`, and again while it fails because the link is gone. What it fails with at last is raised.

        A first attempt that finds no server at all is not repeated: whoever waits at the screen should be told.
        """
        progress, idle, number, begun = _Progress(watch), 0, 1, False
        while True:
            try:
                return attempt(progress)
            except TransportError as error:
                idle = 0 if progress.moved() else idle + 1
                begun |= bool(progress.best) or bool(LINK_GONE & set(error.codes))
                if not (begun and _WORTH_WAITING & set(error.codes)) or idle >= self.tries or number >= self.most:
                    raise
                problem = error.problems[0]
            pause = min(self.first * 2**idle, self.longest) * (0.5 + self.chance() / 2)
            number += 1
            pausing(pause, number, problem)
            self.sleep(pause)


class _Progress:
    """Passes on what a watch is told, and remembers whether any file got further than ever before."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._moved = False
        self.best: dict[str, int] = {}

    def __call__(self, name: str, done: int, size: int) -> None:
        best = self.best.get(name, 0)
        if done >= best + WORTH or best < done == size:
            self.best[name], self._moved = done, True
        self._watch(name, done, size)

    def moved(self) -> bool:
        """Since this was asked last."""
        moved, self._moved = self._moved, False
        return moved
