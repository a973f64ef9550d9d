"""Everybody watches the logs of those with whom data are shared, so that nobody can rewrite one unseen.

    Office.showing    what a parcel of ours shows of our log, and of theirs as we have cosigned it
    take              what a parcel of theirs shows: verified, stored, then cosigned; a contradiction is kept
    keep_checkpoint   the bare head in a receipt, or in a bundle of an earlier version: kept

Nothing that is shown stops a parcel: what it brings, and the people in it, are not to suffer from a log. A receipt that
names another's log as its sender's is the exception: kept under another's name, it would accuse whom it names.
"""

from __future__ import annotations

from exchange.audit.checkpoint import Checkpoint, bare, cosignatures, log_origin, witness_name
from exchange.audit.heads import Heads
from exchange.audit.notes import Note
from exchange.audit.proofs import Showing
from exchange.bundle.parcel import Parcel, shown_in
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, BundleError, Problem
from exchange.locale import _
from exchange.office import Office
from exchange.witnessing.contradictions import OWN, note_contradictions
from exchange.witnessing.logs import log_key_of, opened, witnesses_of

_TOLD_ELSEWHERE = {"audit.proof_missing", "audit.rolled_back", "audit.forked", "audit.inconsistent"}
"""Nothing, or a contradiction, which is told as long as it is kept."""


def take(office: Office, parcel: Parcel, network: str) -> tuple[Problem, ...]:
    """Take what a parcel shows; what is wrong with it, for people to be told first. It is no reason to refuse the
    parcel."""
    data, key = shown_in(parcel), log_key_of(office.workspace, parcel.sender, office.now)
    if data is None or key is None:
        return ()
    try:
        shown = Showing.parse(data)
    except AuditError as error:
        return _from(parcel.sender, error)
    try:
        about = (office, network, parcel.sender, key, shown)
        return (*_see(*about), *_take_back(*about))
    except AuditError as error:  # our own disk, or our own log: what comes next will say so
        return _from(parcel.sender, error)


def _see(office: Office, network: str, party: str, key: VerifyKey, shown: Showing) -> tuple[Problem, ...]:
    """Witness the log of a party. What is not proved yet, since something was lost on the way, is kept and no more: the
    party learns from what we send how far we have seen its log, and proves it from there."""
    workspace = office.workspace
    try:
        head = opened(shown.note, key, log_origin(party, network))
    except AuditError as error:
        return _from(party, error)
    others = witnesses_of(workspace, shown.note, network, party, office.now)
    with workspace.witnesses.open(network) as witness:
        try:
            witness.see(shown, key, signer=office.identity.log, at=office.now, witnesses=others)
        except AuditError as error:
            workspace.witnesses.keep_checkpoint(network, bare(head, key).data)
            told = note_contradictions(office, network, party, witness)
            return told if error.codes[0] in _TOLD_ELSEWHERE else _from(party, error)
        return note_contradictions(office, network, party, witness)  # of which a crash kept us from telling


def _take_back(office: Office, network: str, party: str, key: VerifyKey, shown: Showing) -> tuple[Problem, ...]:
    """Our own head as the other side has cosigned it. One that is not in our log was signed with our key: our workspace
    was restored from an older copy, or somebody else has the key."""
    if not shown.seen:
        return ()
    ours, name = office.identity.log.verify_key, witness_name(log_origin(party, network))
    with office.workspace.logs.open(network) as log:
        try:
            if not cosignatures(opened(shown.seen, ours, log.origin), [(name, key)]):
                return ()
            Heads(log).add_cosignatures(shown.seen, ours, [(name, key)])
        except AuditError as error:
            if error.codes != ("audit.checkpoint_unknown",):
                return _from(party, error)
            held = Heads(log).checkpoints(ours)[-1:]
        else:
            return ()
    with office.workspace.witnesses.open(network) as witness:
        newest, strange = held[0].data if held else b"", _cosigned_alone(shown.seen, name)
        office.workspace.witnesses.keep_checkpoint(network, strange)  # it goes along in our pack, for the auditor
        witness.accuse(OWN, log_origin(office.party, network), newest, strange, office.now)
        return note_contradictions(office, network, party, witness)


def keep_checkpoint(office: Office, party: str, network: str, note: bytes) -> None:
    """Keep what a party shows of its own log in a network. BundleError where it is another's."""
    key = office.workspace.cards.believed(party, office.now.date()).card.log_verify_key
    try:
        head = opened(note, key, log_origin(party, network))
    except AuditError as error:
        raise BundleError(*error.problems) from None
    office.workspace.witnesses.keep_checkpoint(network, bare(head, key).data)


def _cosigned_alone(note: bytes, name: str) -> bytes:
    read = Note.parse(note)
    origin = Checkpoint.parse(read.text).origin
    return Note(read.text, tuple(each for each in read.signatures if each.name in {origin, name})).data


def _from(party: str, error: AuditError) -> tuple[Problem, ...]:
    hint = _("what it shows of its log was not taken; what came with it was")
    return tuple(Problem(each.code, each.what, party, hint) for each in error.problems)
