"""A road: one directory at a place where a party puts files or fetches them.

Every road has the same four verbs, whether it is an SFTP server, a USB stick or a shared drive, and every road passes
the same tests (`tests/transport/contract.py`). A road carries opaque files: it knows names, sizes and digests. Putting
and getting take many files, since a far server is waited for less when several are on their way at once.

What all roads promise:

- a file stands under its final name only when every byte of it is there (it grows under a hidden `.<name>.part`);
- a file that stands under a final name is never replaced; names are random, so another content there is an error;
- a listing shows whole files only, and only names that `check_name` accepts: a server may lie;
- what was carried when a link broke is gone on with, as far as it agrees with what it is to become;
- whatever fails is a `TransportError`, and repeating any verb is safe.
"""

from __future__ import annotations

import hashlib
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from exchange.errors import Problem, TransportError
from exchange.locale import _

BLOCK = 1 << 20  # bytes; how much of a file is held in memory at a time
PART = ".part"
SETTLE = 0.2  # seconds after which a file that somebody writes has grown
# Codes after which a road carries nothing more until it is entered anew.
LINK_GONE = frozenset({"transport.connection_lost", "transport.stalled", "transport.garbled"})
# Short enough that `.<name>.part` fits in the 255 bytes that file systems allow.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file that stands under its final name. `already_there`: it had been delivered before, with this content."""

    name: str
    size: int
    sha256: str
    already_there: bool


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A whole file at the far end; `size` in bytes, `mtime` in seconds since 1970 by the far end's clock."""

    name: str
    size: int
    mtime: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file of ours to be put under `name`. `sha256`: what it must be, in hexadecimal; None: whatever it is."""

    source: Path
    name: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class NotPut:
    """The file did not come under its final name, or nobody knows whether it did; `error` says why."""

    name: str
    error: TransportError


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be fetched into `target`. `most` bytes are believed: a server may list one size and send another.

    What a broken link left of `target` is gone on with: the caller gives the same target to the same file only.
    """

    name: str
    target: Path
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that lies whole and durable in its target; `sha256` is of what lies there."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class NotFetched:
    """The target did not come into being; `error` says why."""

    name: str
    error: TransportError


class Watch(Protocol):
    """Is told how much of a file the other side has confirmed: `done` of `size` bytes; again and again, and last with
    both equal. What was there already counts as done."""

    def __call__(self, name: str, done: int, size: int) -> None: ...


def nobody_watches(name: str, done: int, size: int) -> None:
    """Nobody wants to know."""


class NotThereError(TransportError):
    """Bringing a file failed before it got its name: nobody can take it, whatever came of its parts."""


class Road(Protocol):
    """Four verbs on one directory. Use it as a context manager: the connection is made on entering."""

    @property
    def place(self) -> str:
        """Which directory this is; stays the same from one connection to the next."""
        ...

    def put(self, files: Iterable[Outgoing], watch: Watch = nobody_watches) -> Iterator[Delivery | NotPut]:
        """Bring files durably under their names, each once it is pulled from `files`, several at once where that is
        sooner; what became of each, in the order in which they end. Repeating one is recognised by its digest.

        A refusal of one keeps no other from going. When the link is gone (LINK_GONE), those on their way are not put,
        no further one is pulled, and the road must be entered anew.
        """
        ...

    def list(self) -> tuple[RemoteFile, ...]:
        """The whole files that stand there, by name: none hidden, partial or still growing. Raises TransportError."""
        ...

    def get(self, files: Iterable[Wanted], watch: Watch = nobody_watches) -> Iterator[Fetched | NotFetched]:
        """Fetch files durably into their targets, which appear only when they are whole; otherwise as `put`."""
        ...

    def remove(self, name: str) -> None:
        """Remove `name`; that it is gone already is no error. Raises TransportError."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def is_name(name: str) -> bool:
    """Whether `name` may be used on a road and on our disk: no path, not hidden, not partial."""
    return _NAME.fullmatch(name) is not None and not name.endswith(PART)


def check_name(name: str) -> str:
    """`name`, if it may be used. Raises TransportError otherwise."""
    if not is_name(name):
        problem = Problem(
            "transport.bad_name",
            _("this is no name of a file that travels"),
            where=ascii(name[:60]),
            hint=_("names are letters, digits, '.', '_' and '-', and begin with a letter or a digit"),
        )
        raise TransportError(problem)
    return name


def part_name(name: str) -> str:
    """The hidden name under which `name` grows."""
    return f".{name}{PART}"


def settled(
    look: Callable[[], tuple[RemoteFile, ...]], pause: float | None, known: set[RemoteFile]
) -> tuple[RemoteFile, ...]:
    """The files that look the same twice, `pause` seconds apart (None: SETTLE).

    Other people's tools write straight to the final name. What this misses, because its writer was slow, is taken
    half and refused by its seal; grown, it has another size, and is fetched anew. `known`: what was found to be so
    on this road before, for which nobody waits again; what is found now is added.
    """
    there = set(look())
    if not there <= known:
        time.sleep(SETTLE if pause is None else pause)
        there &= set(look())
        known |= there
    return tuple(sorted(there, key=lambda file: file.name))


class OneByOne(ABC):
    """What a road that carries one file after the other makes of its two verbs for one file."""

    @abstractmethod
    def put_file(self, outgoing: Outgoing) -> Delivery:
        """Bring one file. Raises TransportError."""

    @abstractmethod
    def get_file(self, wanted: Wanted) -> Fetched:
        """Fetch one file. Raises TransportError."""

    def put(self, files: Iterable[Outgoing], watch: Watch = nobody_watches) -> Iterator[Delivery | NotPut]:
        """As of `Road`."""
        for outgoing in files:
            try:
                delivery = self.put_file(outgoing)
            except TransportError as error:
                yield NotPut(outgoing.name, error)
                if LINK_GONE & set(error.codes):
                    return
            else:
                watch(delivery.name, delivery.size, delivery.size)
                yield delivery

    def get(self, files: Iterable[Wanted], watch: Watch = nobody_watches) -> Iterator[Fetched | NotFetched]:
        """As of `Road`."""
        for wanted in files:
            try:
                fetched = self.get_file(wanted)
            except TransportError as error:
                yield NotFetched(wanted.name, error)
                if LINK_GONE & set(error.codes):
                    return
            else:
                watch(fetched.name, fetched.size, fetched.size)
                yield fetched


def put_one(road: Road, source: Path, name: str) -> Delivery:
    """Bring one file. Raises TransportError."""
    (outcome,) = road.put([Outgoing(source, name)])
    if isinstance(outcome, NotPut):
        raise outcome.error
    return outcome


def get_one(road: Road, name: str, target: Path, most: int | None = None) -> Fetched:
    """Fetch one file. Raises TransportError."""
    (outcome,) = road.get([Wanted(name, target, most)])
    if isinstance(outcome, NotFetched):
        raise outcome.error
    return outcome


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
