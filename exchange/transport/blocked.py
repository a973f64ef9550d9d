"""A road on which nobody can set out, so that what is wrong with the way to one party keeps nothing of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NoReturn, Self

from exchange.errors import ExchangeError, TransportError
from exchange.transport.road import Outgoing, Wanted, Watch, nobody_watches


class BlockedRoad:
    """A `Road` that says why, as a TransportError, when somebody enters it."""

    def __init__(self, place: str, why: ExchangeError) -> None:
        self.place = place
        self._why = why

    def put(self, files: Iterable[Outgoing], watch: Watch = nobody_watches) -> Iterator[NoReturn]:
        self._refuse()

    def list(self) -> NoReturn:
        self._refuse()

    def get(self, files: Iterable[Wanted], watch: Watch = nobody_watches) -> Iterator[NoReturn]:
        self._refuse()

    def remove(self, name: str) -> None:
        self._refuse()

    def __enter__(self) -> Self:
        self._refuse()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def _refuse(self) -> NoReturn:
        raise TransportError(*self._why.problems) from self._why
