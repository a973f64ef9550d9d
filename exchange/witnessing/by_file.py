"""A witness who is no party of the data: an auditor is shown logs by file, and what she has cosigned is taken back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from exchange.audit.checkpoint import Checkpoint, cosignatures, log_origin, network_of, party_of
from exchange.audit.heads import Heads
from exchange.audit.notes import Note
from exchange.audit.proofs import Showing
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _
from exchange.office import Office
from exchange.witnessing.contradictions import note_contradictions
from exchange.witnessing.logs import opened, witnesses_of
from exchange.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A head that we have cosigned, for its party."""

    party: str
    network: str
    size: int
    note: bytes


@dataclass(frozen=True, slots=True)
class CosignedOfOurs:
    """How many entries of our log are cosigned, and by whom: parties, and the keys of their witnesses."""

    size: int
    by: tuple[str, ...]
    witnesses: tuple[tuple[str, VerifyKey], ...]


def head_shown(data: bytes) -> Checkpoint:
    """Which log is shown, and how many entries it has; nothing is verified."""
    return Checkpoint.parse(Note.parse(Showing.parse(data).note).text)


def cosign_shown(office: Office, data: bytes) -> Cosigned:
    """Witness a log that is shown in a file: verify, store, cosign.

    AuditError: audit.network_unknown where nothing here is of its network, since a name that somebody made up would be
    watched for good; what contradicts, which is kept; audit.proof_missing, and as `Showing.parse` and
    `open_checkpoint`.
    KeyringError where the party's card is not believed.
    """
    shown = Showing.parse(data)
    origin = Checkpoint.parse(Note.parse(shown.note).text).origin
    party, network = party_of(origin), network_of(origin)
    if network not in _known_networks(office.workspace):
        what, hint = (
            _("no network of this name is known here"),
            _("take one of its agreements first: exchange agreement add"),
        )
        raise AuditError(Problem("audit.network_unknown", what, where=origin, hint=hint))
    key = office.workspace.cards.believed(party, office.now.date()).card.log_verify_key
    others = witnesses_of(office.workspace, shown.note, network, party, office.now)
    with office.workspace.witnesses.open(network) as witness:
        try:
            seen = witness.see(shown, key, signer=office.identity.log, at=office.now, witnesses=others)
        except AuditError:
            told = note_contradictions(office, network, party, witness)
            AuditError.raise_all(told)
            raise
        return Cosigned(party, network, seen.checkpoint.size, witness.cosigned(origin))


def _known_networks(workspace: Workspace) -> set[str]:
    """Those of agreements that lie here, of logs that we keep or watch, and of which somebody may vouch for cards."""
    agreed = {each.agreement.network for each in workspace.agreements.all()}
    vouched = {each.network for each in workspace.cards.vouchings()}
    return {*agreed, *vouched, *workspace.logs.networks(), *workspace.witnesses.networks()}


def cosigned_of_ours(workspace: Workspace, note: bytes, now: dt.datetime) -> CosignedOfOurs:
    """What a note that came back by file says of our log.

    AuditError: audit.cosignature_absent where nobody whose card is believed has cosigned it; audit.foreign_log; as
    `open_checkpoint`.
    """
    network = network_of(Checkpoint.parse(Note.parse(note).text).origin)
    signed = opened(note, workspace.own.card().card.log_verify_key, log_origin(workspace.party, network))
    witnesses = witnesses_of(workspace, note, network, workspace.party, now)
    by = tuple(each.witness.partition(".")[0] for each in cosignatures(signed, witnesses))
    if not by:
        what = _("nobody whose card is believed here has cosigned this")
        raise AuditError(Problem("audit.cosignature_absent", what, hint=_("confirm the auditor's card first")))
    return CosignedOfOurs(signed.checkpoint.size, by, tuple(witnesses))


def take_cosigned(workspace: Workspace, note: bytes, now: dt.datetime) -> None:
    """Keep these cosignatures on a checkpoint of ours. AuditError: as `cosigned_of_ours` and
    `Heads.add_cosignatures`."""
    found = cosigned_of_ours(workspace, note, now)
    with workspace.logs.open(network_of(Checkpoint.parse(Note.parse(note).text).origin)) as log:
        Heads(log).add_cosignatures(note, workspace.own.card().card.log_verify_key, found.witnesses)
