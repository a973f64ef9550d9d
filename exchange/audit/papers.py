"""The papers that a log names: the receipts and certificates that came, as those signed them who gave them.

An entry names the sealed file in which such a letter came. Its party keeps the letter under that digest, and shows it
in its pack under that name, so that what the log only attests is proved by the other side's own signature. No
other letter is kept: these two name bundles, letters, counts and people who act for organisations; a withdrawal names
somebody.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from exchange.audit.entries import Entry, Kind
from exchange.audit.history import History

SUFFIX = ".paper"
FOLDERS = ("receipts", "certificates")
"""Where they lie, in a pack and with who keeps them."""
OF_RECEIPTS: tuple[Kind, ...] = ("bundle.acknowledged", "notices.acknowledged")
OF_CERTIFICATES: tuple[Kind, ...] = ("disposal.certified", "erasure.certified", "filters.certified")


@dataclass(frozen=True, slots=True)
class Proved:
    """Of one log how many of the receipts and certificates that it says came are proved by who gave them."""

    origin: str
    receipts: int
    receipts_proved: int
    certificates: int
    certificates_proved: int


def paper_of(entry: Entry) -> str | None:
    """The path of the paper that came with what an entry tells, in a pack and where it is kept; None where none did."""
    if entry.kind in OF_RECEIPTS:
        return _path(FOLDERS[0], entry.receipt)
    return _path(FOLDERS[1], entry.ciphertext) if entry.kind in OF_CERTIFICATES else None


def papers_named(log: History) -> dict[str, list[int]]:
    """By its path each paper of others that a log names, with the entries that do. What its party certified itself is
    none of them: then the entry names no letter, or one that it answers and did not write."""
    own = {entry.letter for _number, entry in log.of("letter.sent")} - {None}
    found: dict[str, list[int]] = {}
    for number, entry in log.of(*OF_RECEIPTS, *OF_CERTIFICATES):
        path = paper_of(entry)
        of_another = entry.letter is not None if entry.kind == "disposal.certified" else entry.letter in own
        came = entry.kind in OF_RECEIPTS or of_another
        if path is not None and came:
            found.setdefault(path, []).append(number)
    return found


def proved(log: History, good: AbstractSet[str]) -> Proved:
    """How many there are, and how many of them by one of the `good` papers, each of which was verified."""
    receipts = [paper_of(entry) for _number, entry in log.of("bundle.acknowledged")]
    certificates = [each for each in papers_named(log) if each.startswith("certificates/")]
    return Proved(
        log.origin,
        len(receipts),
        sum(each in good for each in receipts),
        len(certificates),
        sum(each in good for each in certificates),
    )


def _path(folder: str, digest: str | None) -> str | None:
    return None if digest is None else f"{folder}/{digest.removeprefix('sha256:')}{SUFFIX}"
