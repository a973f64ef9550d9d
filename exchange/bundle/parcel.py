"""The two things that travel: a `Bundle` of data with its story, and a `Letter`. Both are members of one tar.

The seal knows nothing of what the members say; it packs them in this order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from exchange.agreements.agreement import Reference
from exchange.errors import BundleError, Problem
from exchange.locale import _

LetterKind = Literal[
    "receipt",
    "refusal",
    "withdrawal",
    "certificate",
    "feedback",
    "card",
    "revocation",
    "suspension",
    "resumption",
    "termination",
    "rights_request",
    "urgent_disclosure",
    "compelled_disclosure",
    "breach_notice",
    "network_secret",
    "given_up",
    "match_filters",
    "match_links",
    "match_tokens",
]

SHOWING_FILE = "log/showing.json"
"""What every parcel under an agreement carries beside what it says: its sender's log, for the other side to witness
(`exchange.audit.proofs.Showing`)."""
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a payload: a relative POSIX path (`data/cases.csv`) and its bytes."""

    path: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def blocks(self) -> Iterator[bytes]:
        yield self.content


@dataclass(frozen=True, slots=True)
class FileMember:
    """A member whose bytes lie in `file`, which may be larger than memory. They are read when they are wanted, and must
    be as they were until the parcel is sealed: `size` is what the file had when the member was made."""

    path: str
    file: Path
    size: int

    @classmethod
    def of(cls, path: str, file: Path) -> FileMember:
        """The file as it is now. BundleError (bundle.unreadable)."""
        with _readable(path):
            return cls(path, file, file.stat().st_size)

    @property
    def content(self) -> bytes:
        return b"".join(self.blocks())

    def blocks(self) -> Iterator[bytes]:
        """The bytes, in their order. BundleError: bundle.unreadable; bundle.file_changed, where it has another size."""
        left = self.size
        with _readable(self.path), self.file.open("rb", buffering=0) as source:
            while left and (block := source.read(min(left, _BLOCK))):
                left -= len(block)
                yield block
            if left or source.read(1):
                raise file_changed(self.path)


AnyMember: TypeAlias = Member | FileMember


def file_changed(path: str) -> BundleError:
    """A file of a parcel is not what it was."""
    hint = _("let nobody write to it, and pack again")
    return BundleError(Problem("bundle.file_changed", _("the file changed while it was being sealed"), path, hint))


@contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise BundleError(Problem("bundle.unreadable", _("the file cannot be read"), where=path)) from None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A data package for one recipient: `datapackage.json`, `data/*`, `tokens.csv`, `README.html`.

    `id` is random and new for each bundle; `period` as written ("2026-10"); `replaces` the id of the bundle that it
    corrects. Made only by `exchange.bundle.describe` (from a `Protected`) and by `exchange.seal.open`.
    """

    id: str
    sender: str
    recipient: str
    agreement: Reference
    period: str
    replaces: str | None
    members: tuple[AnyMember, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of a closed list of kinds, from one party to another; `members` hold `letter.json`,
    and with three kinds a table: see `exchange.bundle.match_tables`.

    `agreement` is None for letters that stand outside any agreement (a card, a network's secret).
    """

    id: str
    kind: LetterKind
    sender: str
    recipient: str
    agreement: Reference | None
    members: tuple[AnyMember, ...]


Parcel = Bundle | Letter


def shown_in(parcel: Parcel) -> bytes | None:
    """What the parcel shows of its sender's log, unread; None of an earlier version, and outside any agreement."""
    return next((each.content for each in parcel.members if each.path == SHOWING_FILE), None)
