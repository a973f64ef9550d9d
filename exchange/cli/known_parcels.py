"""What our logs tell of sealed files, so that whoever looks at them sees more than a digest."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from exchange.errors import AuditError

if TYPE_CHECKING:
    from exchange.audit.entries import Entry
    from exchange.workspace.workspace import Workspace

_ANSWERS: dict[str, str] = {"bundle.acknowledged": "receipt", "bundle.refused": "refusal"}


@dataclass(frozen=True, slots=True)
class Known:
    """A parcel as our log names it: "bundle" or the kind of a letter; the other side; the period of a bundle, or "";
    who acknowledged all the notices of a bundle; how many people approved that it leaves, and when the last did."""

    kind: str
    counterpart: str
    period: str
    acknowledged_by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    approved_at: datetime | None = None


def known_parcels(workspace: Workspace) -> dict[str, Known]:
    """By the digests of the sealed files (`sha256:…`). A log that cannot be read tells nothing: `audit` says why."""
    from exchange.audit.acknowledged import acknowledged_all

    known: dict[str, Known] = {}
    about: dict[str, list[Entry]] = {}
    for network in workspace.logs.networks():
        with suppress(AuditError), workspace.logs.open(network) as log:
            for record in log.records():
                entry = record.opening.entry if record.opening else None
                if entry is not None and entry.ciphertext and entry.counterpart:
                    known[entry.ciphertext] = _known(entry, known.get(entry.ciphertext))
                    if entry.kind in _ANSWERS and entry.receipt:
                        known[entry.receipt] = Known(_ANSWERS[entry.kind], entry.counterpart, entry.period or "")
                    if entry.kind == "release.approved" and entry.person:
                        known[entry.ciphertext] = _approved(known[entry.ciphertext], entry)
                    if entry.kind == "notices.acknowledged":
                        about.setdefault(entry.ciphertext, []).append(entry)
    asked = _asked(workspace) if about else {}
    for ciphertext, entries in about.items():
        reference = entries[0].agreement
        wanted = None if reference is None else asked.get(reference.digest)
        people = () if wanted is None else acknowledged_all(entries, wanted)
        known[ciphertext] = replace(known[ciphertext], acknowledged_by=people)
    return known


def _approved(known: Known, entry: Entry) -> Known:
    people = tuple(dict.fromkeys((*known.approved_by, entry.person or "")))
    return replace(known, approved_by=people, approved_at=entry.happened)


def _asked(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """What each version of each agreement asks to acknowledge, by its digest; of one that is not here nobody knows."""
    agreements = (each.agreement for each in workspace.agreements.all())
    return {each.digest: each.delivery.receipt.acknowledges for each in agreements}


def _known(entry: Entry, before: Known | None) -> Known:
    """What an entry says, and where it says less than an earlier one, that."""
    kind = entry.note if entry.kind == "letter.sent" and entry.note else before.kind if before else ""
    if not kind and entry.kind in {"bundle.packed", "bundle.accepted"}:
        kind = "bundle"
    if entry.kind == "disposal.certified":  # one letter about several bundles, each with its period
        return Known("certificate", entry.counterpart or "", "")
    known = before or Known("", "", "")
    return replace(known, kind=kind, counterpart=entry.counterpart or "", period=entry.period or known.period)
