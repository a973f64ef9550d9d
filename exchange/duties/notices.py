"""Suspending, resuming and terminating: signed letters that stop sending at once.

A party tells those whom it concerns: a sender all the others, everybody else the sender. Each keeps the notice, and
`exchange.agreements.permit` refuses from that day on.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.state import Ground, Notice
from exchange.audit.entries import Entry, Kind
from exchange.bundle.letters import Resumption, Suspension, Termination
from exchange.duties.correspondence import binding
from exchange.errors import KeyringError
from exchange.office import Office
from exchange.posting import post_letter
from exchange.registers import keep_notice
from exchange.seal.sealing import SealedBundle

Given = Suspension | Resumption | Termination
_ENTRY: dict[str, Kind] = {
    "suspension": "agreement.suspended",
    "resumption": "agreement.resumed",
    "termination": "agreement.ended",
}


def suspend(office: Office, agreement_id: str) -> tuple[SealedBundle, ...]:
    """Stop sending under an agreement; the letters that tell the others."""
    agreement = binding(office, agreement_id)
    return _give(office, agreement, Suspension(kind="suspension", on=office.today(agreement)))


def resume(office: Office, agreement_id: str) -> tuple[SealedBundle, ...]:
    """Lift our own suspension of an agreement; the letters that tell the others."""
    agreement = binding(office, agreement_id)
    return _give(office, agreement, Resumption(kind="resumption", on=office.today(agreement)))


def terminate(office: Office, agreement_id: str, ground: Ground | None = None) -> tuple[SealedBundle, ...]:
    """End an agreement: after its days of notice, or at once on a ground that it lists; the letters that say so."""
    agreement = binding(office, agreement_id)
    return _give(office, agreement, Termination(kind="termination", on=office.today(agreement), ground=ground))


def take_notice(
    office: Office,
    party: str,
    agreement: Reference,
    given: Given,
    *,
    letter: str | None = None,
    ciphertext: str | None = None,
) -> None:
    """Keep a notice that `party` gave, and note it in the log; `letter`, `ciphertext`: the id of the letter that
    brought it, and the digest of the file in which that came."""
    kept = Notice(given.kind, agreement, party, given.on, given.ground if isinstance(given, Termination) else None)
    keep_notice(office, kept)
    known = office.workspace.agreements.find(agreement)
    if known is not None:
        kind = _ENTRY[given.kind]
        codes = (kept.ground,) if kept.ground else ()
        about = partial(office.entry, kind, counterpart=party, agreement=agreement, codes=codes, note=kept.kind)
        office.note(known.agreement.network, about(letter=letter, ciphertext=ciphertext))


def noted(agreement: Agreement, entries: Iterable[Entry]) -> tuple[Notice, ...]:
    """The notices about exactly this text as the log tells of them, of the day on which they were noted: nothing is
    unlocked to say how an agreement stands."""
    reference = Reference.to(agreement)
    return tuple(
        Notice(kind, reference, each.counterpart or each.party, agreement.day(each.time), next(iter(each.codes), None))  # type: ignore[arg-type]
        for each in entries
        for kind, of_entry in _ENTRY.items()
        if (each.kind, each.note) == (of_entry, kind)
        and each.agreement is not None
        and each.agreement.digest == agreement.digest
    )


def _give(office: Office, agreement: Agreement, notice: Given) -> tuple[SealedBundle, ...]:
    reference = Reference.to(agreement)
    take_notice(office, office.party, reference, notice)  # ours counts from now on, whoever gets the letters when
    written, errors = [], []
    for party in _concerned(office, agreement):
        try:
            written.append(post_letter(office, party, notice, agreement.network, reference))
        except KeyringError as error:  # the others are told all the same
            errors.append(error)
    if errors:
        raise KeyringError(*(problem for error in errors for problem in error.problems))
    return tuple(written)


def _concerned(office: Office, agreement: Agreement) -> tuple[str, ...]:
    if office.party == agreement.sender.id:
        return tuple(party.id for party in agreement.parties if party.role != "sender")
    return (agreement.sender.id,)
