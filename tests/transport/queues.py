"""Parcels, roads that misbehave, and processes that are killed, for the tests of outbox and inbox."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from transport.contract import a_file, digest

from exchange.errors import Problem, TransportError
from exchange.transport.folder import FolderRoad
from exchange.transport.outbox import Outbox
from exchange.transport.parcels import Queued
from exchange.transport.persistence import Persistence
from exchange.transport.road import Delivery, Fetched, Outgoing, Wanted

ONCE = Persistence(tries=0, chance=lambda: 0.0)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def queued(
    outbox: Outbox, folder: Path, name: str, recipient: str = "gt-ntt", *, size: int = 10_000, **changes: Any
) -> Queued:
    """A parcel in the outbox, as packing puts it there."""
    file = a_file(folder, size, f"packed-{name}")
    parcel = Queued(
        f"id-{name}",
        name,
        recipient,
        "bundle",
        "2026-10",
        size,
        digest(file),
        NOW,
        awaits_approval=False,
        awaits_receipt=True,
    )
    parcel = replace(parcel, **changes)
    outbox.queue(file, parcel)
    file.unlink()
    return parcel


def an_outbox(folder: Path, **options: Any) -> Outbox:
    return Outbox(folder / "outbox", **({"persistence": ONCE} | options))


class Interrupted(FolderRoad):
    """A road that does something else at one of its verbs."""

    def __init__(self, path: Path, *, before: Callable[[], Any] | None = None, after: Callable[[], Any] | None = None):
        super().__init__(path, settle=0)
        self._before = before or (lambda: None)
        self._after = after or (lambda: None)

    def put_file(self, outgoing: Outgoing) -> Delivery:
        self._before()
        delivery = super().put_file(outgoing)
        self._after()
        return delivery

    def get_file(self, wanted: Wanted) -> Fetched:
        self._before()
        fetched = super().get_file(wanted)
        self._after()
        return fetched


def raising(code: str) -> Callable[[], None]:
    def fail() -> None:
        raise TransportError(Problem(code, "it failed"))

    return fail


def die() -> None:
    """As by SIGKILL: nothing is tidied up."""
    os._exit(9)


def in_another_process(work: Callable[[], Any]) -> multiprocessing.Process:
    process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    process.start()
    return process  # type: ignore[return-value]  # a fork process is one
