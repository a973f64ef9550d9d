"""A letter that can never be believed, since the key that signed it is revoked, is written anew with today's keys.

A sealed file opens for its recipient alone, so what it said comes from what we keep: letters that people wrote, what
the log noted in one piece with the letter, registers. It keeps its id, so whoever has both does what it asks once. The
new one is queued before the old one is given up: a crash between leaves both, never none. It has a number of its own;
letters wait for none before them.
"""

from __future__ import annotations

from exchange.acknowledging import receipt
from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import Entry
from exchange.bundle.letters import (
    Certificate,
    LetterBody,
    NetworkSecretLetter,
    Refusal,
    Resumption,
    Suspension,
    Termination,
)
from exchange.duties.correspondence import KeptLetter
from exchange.duties.withdrawal import letter_again
from exchange.errors import Problem, TransportError
from exchange.giving_up import give_up_letter
from exchange.locale import _
from exchange.office import Office
from exchange.posting import post_letter
from exchange.registers import network_secret
from exchange.seal.sealing import SealedBundle
from exchange.transport.parcels import Standing


def write_again(office: Office, standing: Standing) -> SealedBundle:
    """Queue the letter anew, and give up the one that waits. TransportError (letter.not_kept) where nothing here tells
    what it said, (transport.others_deliver) where it may be on its way just now."""
    network, before, sent = _noted(office, standing)
    known = None if sent.agreement is None else office.workspace.agreements.find(_reference(sent))
    body = _said(office, network, known.agreement if known else None, before, sent)
    if body is None:
        raise _not_kept(standing)
    reference = None if sent.agreement is None else _reference(sent)
    office.workspace.outbox.step_aside(standing.parcel.sha256)
    sealed = post_letter(
        office, sent.counterpart or "", body, network, reference, letter_id=sent.letter, period=sent.period
    )
    give_up_letter(office, standing)
    return sealed


def _noted(office: Office, standing: Standing) -> tuple[str, list[Entry], Entry]:
    """The network in whose log the letter stands, all before it there, and its own entry."""
    for network in office.workspace.logs.networks():
        entries = list(office.every_entry(network))
        for at, entry in enumerate(entries):
            if (entry.kind, entry.ciphertext) == ("letter.sent", f"sha256:{standing.parcel.sha256}"):
                return network, entries[:at], entry
    raise _not_kept(standing)


def _said(
    office: Office, network: str, agreement: Agreement | None, before: list[Entry], sent: Entry
) -> LetterBody | None:
    kept = office.load_register(office.workspace.registers.letter_file(sent.letter)) if sent.letter else None
    if kept is not None:
        return KeptLetter.model_validate_json(kept).body
    if sent.note == "network_secret":
        return _secret(office, network)
    if agreement is None:
        return None
    if sent.note == "withdrawal" and sent.letter:
        return letter_again(office, agreement, sent.letter)
    return _notice(agreement, before, sent) or _answer(office, agreement, before, sent)


def _secret(office: Office, network: str) -> LetterBody | None:
    """The newest is the one that counts, whichever the letter brought."""
    found = network_secret(office, network)
    if found is None:
        return None
    return NetworkSecretLetter(kind="network_secret", network=network, epoch=found.epoch, secret=found.secret.hex())


def _notice(agreement: Agreement, before: list[Entry], sent: Entry) -> LetterBody | None:
    """The last that we noted of this kind is what the letter told."""
    for each in reversed(before):
        if each.agreement != sent.agreement or each.note != sent.note or each.counterpart not in (None, each.party):
            continue
        on, ground = agreement.day(each.time), next(iter(each.codes), None)
        match each.kind, sent.note:
            case "agreement.suspended", "suspension":
                return Suspension(kind="suspension", on=on)
            case "agreement.resumed", "resumption":
                return Resumption(kind="resumption", on=on)
            case "agreement.ended", "termination":
                return Termination.model_validate({"kind": "termination", "on": on, "ground": ground})
    return None


def _answer(office: Office, agreement: Agreement, before: list[Entry], sent: Entry) -> LetterBody | None:
    """What was noted in one piece with an answer stands just before it."""
    done = before[-1] if before else None
    if done is None or done.counterpart != sent.counterpart or done.ciphertext is None:
        return None
    match sent.note, done.kind:
        case "receipt", "bundle.accepted" | "notices.acknowledged" if done.bundle:
            return receipt(office, agreement, done.bundle, done.ciphertext)
        case "refusal", "bundle.refused" if done.codes:
            return Refusal(kind="refusal", ciphertext=done.ciphertext, reason=done.codes[0], received=done.time)
        case "certificate", "erasure.certified" | "filters.certified" if done.letter and done.counts:
            erased = done.counts.reports or 0
            return Certificate(
                kind="certificate", letter=done.letter, bundles=(), erased=done.time, reports_erased=erased
            )
    return None


def _reference(entry: Entry) -> Reference:
    assert entry.agreement is not None  # noqa: S101  # asked before
    return Reference.model_validate(entry.agreement.model_dump())


def _not_kept(standing: Standing) -> TransportError:
    what = _("nothing here tells what this letter said, so it cannot be written again")
    hint = _("tell the recipient by phone what it said; then let go of it: exchange deliver --give-up {file}")
    hint = hint.format(file=standing.parcel.name[:12])
    return TransportError(Problem("letter.not_kept", what, standing.parcel.recipient, hint))
