"""By which keys logs and witnesses are judged, and whose log a head is of."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import islice

from exchange.audit.checkpoint import SignedCheckpoint, log_origin, open_checkpoint, party_of, witness_name
from exchange.audit.notes import Note
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, KeyringError, Problem
from exchange.locale import _
from exchange.workspace.workspace import Workspace

_WITNESS = "/exchange-witness"
_MOST_WITNESSES = 64
"""Under one head: for each a card is read, and anybody may write names under a head of its own."""


def log_key_of(workspace: Workspace, party: str, now: dt.datetime) -> VerifyKey | None:
    """None where its card is not here, damaged or not believed."""
    try:
        known = workspace.cards.find(party)
    except KeyringError:
        return None
    return known.card.log_verify_key if known is not None and known.believed(now.date()) else None


def witnesses_of(
    workspace: Workspace, note: bytes, network: str, whose: str, now: dt.datetime
) -> list[tuple[str, VerifyKey]]:
    """Who may have cosigned this checkpoint of the log of `whose`, by name and key: those named under it whose card is
    believed, of the first `_MOST_WITNESSES` that are named in this network. AuditError as `Note.parse`."""
    ending, found = f".{network}{_WITNESS}", []
    names = (each.name for each in Note.parse(note).signatures if each.name.endswith(ending))
    parties = dict.fromkeys(name.removesuffix(ending) for name in names)
    for party in islice((each for each in parties if each != whose), _MOST_WITNESSES):
        with suppress(AuditError):  # a name that no party has
            origin, key = log_origin(party, network), log_key_of(workspace, party, now)
            if key is not None:
                found.append((witness_name(origin), key))
    return found


def opened(note: bytes, key: VerifyKey, origin: str) -> SignedCheckpoint:
    """AuditError: audit.foreign_log where it is a head of another log; as `open_checkpoint`."""
    signed = open_checkpoint(note, key)
    if signed.checkpoint.origin != origin:
        raise AuditError(
            Problem(
                "audit.foreign_log", _("the checkpoint is of another log than its sender's"), where=party_of(origin)
            )
        )
    return signed
