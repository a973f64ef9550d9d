"""Stages of a stream that work beside each other: reading, the cipher, hashing, writing.

What a stage gives comes in its order, and it is never more than DEPTH items before or behind its neighbours, so that
memory stays bounded. What it raises is raised where its next item is asked for, after those that came before. No thread
outlives its stage: it ends with the last item, or when the stage is closed.

Where little is to be done, a thread costs more than it gives; so the first items of a stage are made without one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

DEPTH = 4
WORKERS = min(4, os.cpu_count() or 1)
"""Threads of a stage whose items do not depend on each other."""

T = TypeVar("T")
R = TypeVar("R")
_END = object()


def ahead(items: Generator[T], *, after: int = 0) -> Generator[T]:
    """The same items, made in one thread once the first `after` are given out. Closing it closes `items`."""
    with closing(items):
        yield from islice(items, after)
        pool = _threads(1)
        try:
            waiting = deque(pool.submit(next, items, _END) for _place in range(DEPTH))
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(pool.submit(next, items, _END))
                yield item  # type: ignore[misc]  # the end is never given out
        finally:
            pool.shutdown(cancel_futures=True)


def mapped(work: Callable[[T], R], items: Generator[T], *, after: int = 0) -> Generator[R]:
    """`work` of every item, on several threads once the first `after` are given out. Closing it closes `items`."""
    with closing(items):
        yield from map(work, islice(items, after))
        pool = _threads(WORKERS)
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) == DEPTH:
                    yield _first(waiting)
        except Exception:
            yield from _results(waiting)  # what came before the failure
            raise
        else:
            yield from _results(waiting)
        finally:
            pool.shutdown(cancel_futures=True)


def _results(waiting: deque[Future[R]]) -> Generator[R]:
    while waiting:
        yield _first(waiting)


def _first(waiting: deque[Future[R]]) -> R:
    try:
        return waiting.popleft().result()
    except BaseException:
        waiting.clear()  # nothing is given out from behind a gap
        raise


class Behind(Generic[T, R]):
    """Gives `work` of every item that is put into it to `take`, in order: `work` on several threads, `take` on one,
    once the first `after` items are through.

    What either raises is raised by a later `put` or by `close`; from then on nothing more is taken.
    """

    def __init__(self, work: Callable[[T], R], take: Callable[[R], object], *, after: int = 0) -> None:
        self._work = work
        self._take = take
        self._after = after
        self._pools: tuple[ThreadPoolExecutor, ...] = ()
        self._waiting: deque[Future[None]] = deque()
        self._failure: BaseException | None = None

    def put(self, item: T) -> None:
        if self._after:
            self._after -= 1
            self._take_one(lambda: self._work(item))
            return
        self._pools = self._pools or (_threads(WORKERS), _threads(1))
        if len(self._waiting) == DEPTH:
            self._waiting.popleft().result()
        workers, taker = self._pools
        self._waiting.append(taker.submit(self._take_one, workers.submit(self._work, item).result))

    def close(self) -> None:
        """Return once everything is taken."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
            if self._failure:
                raise self._failure
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Take nothing more; return once every thread has ended."""
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)

    def _take_one(self, made: Callable[[], R]) -> None:
        if self._failure:
            raise self._failure  # what follows a gap is not to be taken
        try:
            self._take(made())
        except BaseException as failure:
            self._failure = failure
            raise


class Beside:
    """One thread, for one of two things that are done at once."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def both(self, there: Callable[[], object], here: Callable[[], object]) -> None:
        """Do `there` in the thread and `here` in the caller's; return, or raise what one of them raises, when both are
        through."""
        self._pool = self._pool or _threads(1)
        waiting = self._pool.submit(there)
        try:
            here()
        finally:
            waiting.result()

    def close(self) -> None:
        """Return once the thread has ended."""
        if self._pool:
            self._pool.shutdown()


class Buffers:
    """Buffers of `size` bytes that are used again and again: fresh memory for every item would cost as much as the
    cipher."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free: deque[bytearray] = deque()

    def take(self) -> memoryview:
        """One that is nobody's; it holds whatever was in it."""
        try:
            return memoryview(self._free.pop())
        except IndexError:
            return memoryview(bytearray(self._size))

    def give(self, view: memoryview) -> None:
        """Nobody looks any more at the buffer of which this is a part. To give none back is no fault."""
        buffer: Any = view.obj
        self._free.append(buffer)


def _threads(number: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(number)
