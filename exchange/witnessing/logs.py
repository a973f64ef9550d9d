"""By which keys logs and witnesses are judged, and whose log a head is of."""

from __future__ import annotations

import datetime as dt

from exchange.audit.checkpoint import SignedCheckpoint, log_origin, open_checkpoint, party_of, witness_name
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _
from exchange.workspace import Workspace


def log_key_of(workspace: Workspace, party: str, now: dt.datetime) -> VerifyKey | None:
    known = workspace.cards.find(party)
    return known.card.log_verify_key if known is not None and known.believed(now.date()) else None


def other_witnesses(workspace: Workspace, network: str, party: str, now: dt.datetime) -> list[tuple[str, VerifyKey]]:
    """Whose cosignatures on the log of `party` we can judge."""
    known = (each for each in workspace.cards.all() if each.believed(now.date()) and each.signed.party != party)
    return [(witness_name(log_origin(each.signed.party, network)), each.card.log_verify_key) for each in known]


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
