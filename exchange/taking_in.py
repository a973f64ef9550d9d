"""One file that came: opened, noted, then accepted or heeded; or refused, held, put aside, with an answer or without.

Nothing is taken in twice: a number is noted last of all, so that a crash leaves a file that is taken in again, each
step of which does its work once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Literal

from exchange.accepting import accept
from exchange.acknowledging import receipt
from exchange.agreed import agreement_of, known_agreement, signed_agreements
from exchange.audit.entries import Entry, Kind
from exchange.bundle.letters import Refusal
from exchange.bundle.parcel import Bundle, Parcel
from exchange.errors import BundleError, ExchangeError, Problem
from exchange.giving_up import heed_given_up
from exchange.heeding.heed import WAITING, heed
from exchange.locale import _
from exchange.office import Office
from exchange.papers import keep_paper
from exchange.posting import post_letter
from exchange.seal.envelope import Envelope
from exchange.seal.facts import KnownAgreement, OpeningFacts
from exchange.seal.opening import Opened, open_sealed
from exchange.seal.refusals import OpeningError
from exchange.seal.series import Series
from exchange.transport.arrivals import Arrived
from exchange.witnessing.taking import take

Outcome = Literal["accepted", "heeded", "refused", "held", "quarantined", "repeated", "unfinished"]


# What a parcel is refused for besides a BundleError. Every other failure is ours: its sender is told nothing.
_ITS_FAULT = frozenset(
    {
        "store.corrected_twice",
        "store.no_descriptor",
        "network.other_secret",
        "network.epoch_over",
        "match.epoch_over",
        "links.older_round",
        "links.foreign_bundle",
        "links.foreign_row",
    }
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file that came. `kind`, `sender` and `period` are "" where nothing may be believed of it;
    `problems` say why it was not taken in. "unfinished": for a reason of our own; `receive` tries it again."""

    file: str
    outcome: Outcome
    kind: str = ""
    sender: str = ""
    period: str = ""
    rows: int = 0
    problems: tuple[Problem, ...] = ()


def opening_facts(office: Office, first_seen: dt.datetime) -> OpeningFacts:
    """What we know when we open something: when it came here, our agreements, the numbers that came before."""
    return OpeningFacts(first_seen, known_agreements(office), office.workspace.ledger)


def known_agreements(office: Office) -> tuple[KnownAgreement, ...]:
    return tuple(KnownAgreement.of(each) for each in signed_agreements(office))


def take_file(office: Office, arrived: Arrived, facts: OpeningFacts, *, last: bool) -> Taken:
    """What fails for a reason of our own (a disk, a card, the log) stays, and keeps nothing else from coming. `last`:
    nothing else comes that could tell more of it."""
    try:
        return _judged(office, arrived, facts, last=last)
    except ExchangeError as error:
        return Taken(arrived.sha256, "unfinished", problems=error.problems)


def _judged(office: Office, arrived: Arrived, facts: OpeningFacts, *, last: bool) -> Taken:
    inbox = office.workspace.inbox
    if arrived.path is None:
        return Taken(arrived.sha256, "quarantined")
    try:
        with arrived.path.open("rb") as source:
            opened = open_sealed(source, office.identity, office.workspace.cards, facts)
    except OpeningError as error:
        if error.codes == ("seal.wrong_signer",) and not last:
            return Taken(arrived.sha256, "held", problems=error.problems)
        return _not_opened(office, arrived, error)
    except OSError:
        return _put_aside(office, arrived, Problem("receive.unreadable", _("the file cannot be read"), arrived.name))
    inbox.opened(arrived.sha256, office.now)
    _note_received(office, arrived, opened.envelope)
    try:
        taken = _take_in(office, arrived, opened)
    except ExchangeError as error:
        if isinstance(error, BundleError) or _ITS_FAULT & set(error.codes):
            return _refuse(office, arrived, opened.envelope, error)
        raise
    inbox.done(arrived.sha256, office.now)
    return taken


def _not_opened(office: Office, arrived: Arrived, error: OpeningError) -> Taken:
    envelope = error.envelope
    if envelope is None or error.answer == "silence":
        office.workspace.inbox.doubt(arrived.sha256)
        return _put_aside(office, arrived, *error.problems)
    _note_received(office, arrived, envelope)
    if error.answer == "hold":
        office.workspace.inbox.held(arrived.sha256, error.problems[0].code, office.now)
        return Taken(arrived.sha256, "held", envelope.kind, envelope.sender, envelope.period or "", 0, error.problems)
    if error.answer == "receipt" and _was_accepted(office, envelope):
        return _repeat(office, arrived, envelope)
    return _refuse(office, arrived, envelope, error)


def _note_received(office: Office, arrived: Arrived, envelope: Envelope) -> None:
    """A bundle is here whose sender is known for certain, whatever becomes of it: noted once, in the log of its
    network, also where it comes again or waits for others."""
    network, ciphertext = _network_of(office, envelope), f"sha256:{arrived.sha256}"
    if envelope.kind == "bundle" and network and ciphertext not in office.noted(network, "bundle.received"):
        office.note(network, _entry(office, "bundle.received", envelope, ciphertext))


def _entry(office: Office, kind: Kind, envelope: Envelope, ciphertext: str, codes: tuple[str, ...] = ()) -> Entry:
    """About a parcel whose sender is known for certain. It names no agreement that is not here: whoever sends what we
    never agreed to would make our log one that nobody may inspect."""
    known = envelope.agreement is not None and known_agreement(office, envelope.agreement) is not None
    about = partial(office.entry, kind, counterpart=envelope.sender, ciphertext=ciphertext, codes=codes)
    named = partial(about, agreement=envelope.agreement if known else None, period=envelope.period)
    return named(bundle=envelope.id) if envelope.kind == "bundle" else named(letter=envelope.id, note=envelope.kind)


def _put_aside(office: Office, arrived: Arrived, *problems: Problem, envelope: Envelope | None = None) -> Taken:
    """In silence: whoever sent it learns nothing. It stays as it came, until somebody looks at it. `envelope`: where
    its sender is known for certain; else every log of ours says that something came."""
    ciphertext, codes = f"sha256:{arrived.sha256}", tuple(sorted({problem.code for problem in problems}))
    network = None if envelope is None else _network_of(office, envelope)
    if envelope is not None and network is not None:
        office.note(network, _entry(office, "bundle.quarantined", envelope, ciphertext, codes))
    else:
        for each in office.workspace.logs.networks():
            office.note(each, office.entry("bundle.quarantined", ciphertext=ciphertext, codes=codes))
    office.workspace.inbox.quarantined(arrived.sha256, problems[0].code, office.now)
    return Taken(arrived.sha256, "quarantined", problems=problems)


def _refuse(office: Office, arrived: Arrived, envelope: Envelope, error: ExchangeError) -> Taken:
    """Tell a confirmed sender that its parcel was not accepted, with the code of the reason and nothing else."""
    network, ledger = _network(office, envelope), office.workspace.ledger
    reason = error.problems[0].code
    if (envelope.agreement is not None and network is None) or reason in WAITING:
        # Once a person has mended it, it is taken up again.
        return _put_aside(office, arrived, *error.problems, envelope=envelope)
    if network is not None and f"sha256:{arrived.sha256}" not in office.noted(network, "bundle.refused"):
        _answer_no(office, f"sha256:{arrived.sha256}", envelope, network, reason)
    if envelope.agreement is None:
        _note_refused(office, f"sha256:{arrived.sha256}", envelope, reason)
    if ledger.taken(Series.of(envelope), envelope.sequence) is None:
        ledger.took(envelope, arrived.sha256, "refused")
    office.workspace.inbox.quarantined(arrived.sha256, reason, office.now)
    return Taken(arrived.sha256, "refused", envelope.kind, envelope.sender, envelope.period or "", 0, error.problems)


def _answer_no(office: Office, ciphertext: str, envelope: Envelope, network: str, reason: str) -> None:
    entry = _entry(office, "bundle.refused", envelope, ciphertext, (reason,))
    if envelope.kind == "refusal":  # or two offices would refuse each other's refusals for ever
        office.note(network, entry)
        return
    body = Refusal(kind="refusal", ciphertext=ciphertext, reason=reason, received=office.now)
    post_letter(office, envelope.sender, body, network, envelope.agreement, noting=lambda _sealed: (entry,))


def _note_refused(office: Office, ciphertext: str, envelope: Envelope, reason: str) -> None:
    """A letter under no agreement: it may be of any network, and no answer could go to it."""
    for network in office.workspace.logs.networks():
        if ciphertext not in office.noted(network, "bundle.refused"):
            office.note(network, _entry(office, "bundle.refused", envelope, ciphertext, (reason,)))


def _was_accepted(office: Office, envelope: Envelope) -> bool:
    """What was refused before the machine stopped is refused again, and never acknowledged."""
    taken = office.workspace.ledger.taken(Series.of(envelope), envelope.sequence)
    return taken is not None and taken.outcome == "accepted"


def _repeat(office: Office, arrived: Arrived, envelope: Envelope) -> Taken:
    """It was taken in before, and its sender asks again because our receipt was lost. Nothing is taken in again."""
    taken = office.workspace.ledger.taken(Series.of(envelope), envelope.sequence)
    if envelope.kind == "bundle" and envelope.agreement is not None and taken is not None:
        agreement = agreement_of(office, envelope.agreement)
        answer = receipt(office, agreement, envelope.id, f"sha256:{taken.ciphertext_sha256}")
        post_letter(office, envelope.sender, answer, agreement.network, envelope.agreement)
    office.workspace.inbox.done(arrived.sha256, office.now)
    return Taken(arrived.sha256, "repeated", envelope.kind, envelope.sender, envelope.period or "")


def _take_in(office: Office, arrived: Arrived, opened: Opened) -> Taken:
    envelope, rows = opened.envelope, 0
    shown = _witness(office, opened.parcel)  # before it is answered: the answer brings our cosignature back
    if isinstance(opened.parcel, Bundle):
        rows = accept(office, opened.parcel, envelope, f"sha256:{arrived.sha256}")
    else:
        does = heed_given_up if opened.parcel.kind == "given_up" else heed
        does(office, opened.parcel, f"sha256:{arrived.sha256}")
        _tell_of_letter(office, envelope, f"sha256:{arrived.sha256}")
        keep_paper(office, opened)  # whose log entry there is now, so that nobody fills a disk with them
    # Last of all: a crash before leaves a parcel that is taken in again, and each step of it does its work once.
    office.workspace.ledger.took(envelope, arrived.sha256, "accepted")
    outcome: Outcome = "accepted" if envelope.kind == "bundle" else "heeded"
    return Taken(arrived.sha256, outcome, envelope.kind, envelope.sender, envelope.period or "", rows, shown)


def _tell_of_letter(office: Office, envelope: Envelope, ciphertext: str) -> None:
    """Note also a letter that left nothing to do: its sender's log says that it was sent."""
    network = _network(office, envelope)
    if network is not None and not office.tells_of_letter(network, envelope.sender, envelope.id, ciphertext):
        office.note(network, _entry(office, "letter.received", envelope, ciphertext))


def _witness(office: Office, parcel: Parcel) -> tuple[Problem, ...]:
    """Take what it shows of its sender's log; what is wrong with that, which stops nothing."""
    agreement = None if parcel.agreement is None else known_agreement(office, parcel.agreement)
    return () if agreement is None else take(office, parcel, agreement.network)


# --- what a parcel belongs to ---


def _network(office: Office, envelope: Envelope) -> str | None:
    """None also where the agreement is not here: that is no reason to stop receiving what else has come."""
    known = None if envelope.agreement is None else known_agreement(office, envelope.agreement)
    return None if known is None else known.network


def _network_of(office: Office, envelope: Envelope) -> str | None:
    """Also by another version of its agreement, which is always of the same network; None where none is here."""
    named = None if envelope.agreement is None else envelope.agreement.id
    return next(
        (each.agreement.network for each in office.workspace.agreements.all() if each.agreement.id == named), None
    )
