"""Suspending, resuming and terminating: signed letters that stop sending at once.

A party tells those whom it concerns: a sender all its recipients, a recipient the sender. Each keeps the notice, and
`exchange.agreements.permit` refuses from that day on.
"""

from __future__ import annotations

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.state import Ground, Notice
from exchange.audit.entries import Kind
from exchange.bundle.letters import Suspension, Termination
from exchange.office import Office
from exchange.registers import keep_notice
from exchange.seal.sealing import SealedBundle


def suspend(office: Office, agreement_id: str, *, lifts: bool = False) -> tuple[SealedBundle, ...]:
    """Stop sending under an agreement, or lift our own suspension; the letters that tell the others."""
    agreement = office.workspace.agreement(agreement_id).agreement
    return _give(office, agreement, Suspension(kind="suspension", on=office.today(agreement), lifts=lifts))


def terminate(office: Office, agreement_id: str, ground: Ground | None = None) -> tuple[SealedBundle, ...]:
    """End an agreement: after its days of notice, or at once on a ground that it lists; the letters that say so."""
    agreement = office.workspace.agreement(agreement_id).agreement
    return _give(office, agreement, Termination(kind="termination", on=office.today(agreement), ground=ground))


def take_notice(office: Office, party: str, agreement: Reference, given: Suspension | Termination) -> None:
    """Keep a notice that `party` gave, and note it in the log."""
    if isinstance(given, Termination):
        kept = Notice("termination", agreement, party, given.on, given.ground)
    else:
        kept = Notice("resumption" if given.lifts else "suspension", agreement, party, given.on)
    keep_notice(office, kept)
    known = office.workspace.by_reference(agreement)
    if known is not None:
        kind: Kind = "agreement.ended" if kept.kind == "termination" else "agreement.suspended"
        entry = office.entry(kind, counterpart=party, agreement=agreement, note=kept.kind)
        office.note(known.agreement.network, entry)


def _give(office: Office, agreement: Agreement, notice: Suspension | Termination) -> tuple[SealedBundle, ...]:
    reference = Reference.to(agreement)
    take_notice(office, office.party, reference, notice)  # ours counts from now on, whoever gets the letters when
    return tuple(office.write(party, notice, agreement.network, reference) for party in _concerned(office, agreement))


def _concerned(office: Office, agreement: Agreement) -> tuple[str, ...]:
    if office.party == agreement.sender.id:
        return tuple(party.id for party in agreement.recipients)
    return (agreement.sender.id,)
