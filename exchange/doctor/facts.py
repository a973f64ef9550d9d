"""What was seen of a server from outside. `judging.py` says what of it is right and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchange.doctor.hello import Hello
from exchange.errors import Problem
from exchange.transport.sftp.knocking import Doors


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as our account has it. `lists`: it may ask for the names there, and did not; `takes`: it may make a
    file."""

    name: str
    there: bool
    lists: bool
    takes: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """A file of random bytes that was put and taken away again, under hidden names that no program takes for a bundle.

    `read_back`: whether it read as it was written; "refused" where we may not read. `renames`, `replaces`: what the
    plain rename does; `clock`: seconds by which the server's is ahead; `up`, `down`: bytes a second.
    """

    read_back: Literal["same", "other", "refused"]
    renames: bool
    replaces: bool
    clock: float | None
    up: float
    down: float | None


@dataclass(frozen=True, slots=True)
class Inside:
    """What was seen with our key. `trip`: seconds from a question to its answer; `block`: bytes in one request;
    `free`: bytes, None where the server does not tell; `sees_server`: it is not locked into its folder; `refused`: why
    no file could be tried; `doors`: None where no answer came when they were tried."""

    trip: float
    extensions: tuple[str, ...]
    block: int
    free: int | None
    sees_server: bool
    incoming: Folder
    outgoing: Folder
    trial: Trial | None
    refused: Problem | None
    doors: Doors | None


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`through`: the jump hosts on the way, behind which name and greeting are not seen. `addresses`: what its name
    stands for. `hello`: None where it does not greet as SSH does. `kept_out`: why we did not get in, or not to the end;
    `inside`: what we saw there, else None. `left`: files of ours that could not be removed."""

    where: str
    user: str
    through: tuple[str, ...]
    addresses: tuple[str, ...]
    hello: Hello | None
    kept_out: Problem | None
    inside: Inside | None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose server it is, for hints. `ours`: it is our own; `contact`: of its organisation, as its card says."""

    party: str
    contact: str
    ours: bool
