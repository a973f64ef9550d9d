"""The recipient's half of the road, top to bottom: from sealed files to the store, and the answers to their senders.

    collect → open → accept a bundle, or heed a letter → acknowledge

Each file is taken in once, whenever and however often `receive` runs and wherever it was cut off: applying a bundle
twice changes nothing, and its number is noted before its receipt is written, so that a file that comes again is
answered again. What cannot be opened is put aside as it came; only a confirmed sender who meant us is told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.checkpoint import open_checkpoint
from exchange.audit.entries import Counts
from exchange.bundle.contents import Contents, read_contents
from exchange.bundle.describe import CHECKPOINT_FILE
from exchange.bundle.letters import (
    Certificate,
    NetworkSecretLetter,
    Receipt,
    Refusal,
    Suspension,
    Termination,
    Withdrawal,
    read_letter,
)
from exchange.bundle.parcel import Bundle, Letter
from exchange.errors import BundleError, ExchangeError, Problem, TransportError
from exchange.locale import _
from exchange.matching.secret import NetworkSecret
from exchange.merge.merging import merge
from exchange.merge.people import Merged
from exchange.merge.store import Applied, Store
from exchange.notices import take_notice
from exchange.office import Office
from exchange.registers import keep_network_secret
from exchange.roads import roads_in
from exchange.seal.envelope import Envelope
from exchange.seal.facts import KnownAgreement, OpeningFacts
from exchange.seal.opening import Opened, open_sealed
from exchange.seal.refusals import OpeningError
from exchange.seal.series import Series
from exchange.transport.inbox import Arrived

Outcome = Literal["accepted", "heeded", "refused", "held", "quarantined", "repeated"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file that came. `kind`, `sender` and `period` are "" where nothing may be believed of it;
    `problems` say why it was not taken in."""

    file: str
    outcome: Outcome
    kind: str = ""
    sender: str = ""
    period: str = ""
    rows: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What `receive` did: every file that was waiting, and what went wrong on the roads."""

    taken: tuple[Taken, ...]
    problems: tuple[Problem, ...]


# --- the road ---


def receive(office: Office, *, folder: Path | None = None) -> Received:
    """Collect what has come on every road, and take it in. Safe to repeat. `folder`: also what lies there by hand."""
    problems = _collect(office, folder)
    taken: list[Taken] = []
    while waiting := [each for each in _waiting(office) if each.sha256 not in {t.file for t in taken}]:
        taken += (_take(office, arrived) for arrived in waiting)
    return Received(tuple(taken), problems)


def open_store(office: Office) -> Store:
    """What was received, locked under a key of our identity."""
    return Store.open(office.workspace.store_folder, office.identity.key_for("store"))


def merge_received(office: Office) -> Merged:
    """The merged view of all that was received, each person once; noted in the log of every network of ours."""
    with open_store(office) as store:
        merged = merge(store)
    counts = Counts(reports=merged.counts.reports, people=merged.counts.people)
    for network in office.workspace.networks():
        office.note(network, office.entry("store.merged", counts=counts))
    return merged


def opening_facts(office: Office, first_seen: dt.datetime) -> OpeningFacts:
    """What we know when we open something: when it came here, our agreements, the numbers that came before."""
    known = tuple(KnownAgreement.of(each.agreement) for each in office.workspace.agreements())
    return OpeningFacts(first_seen, known, office.workspace.ledger)


# --- collect ---


def _collect(office: Office, folder: Path | None) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for road in roads_in(office, folder):
        try:
            with road:
                office.workspace.inbox.clear(road)
                office.workspace.inbox.receive(road, office.now)
        except TransportError as error:
            problems += error.problems
    return tuple(problems)


def _waiting(office: Office) -> Iterator[Arrived]:
    """What is new, and what was being taken in when the machine stopped."""
    inbox = office.workspace.inbox
    for arrived in inbox.status():
        if arrived.state == "opened":
            yield inbox.again(arrived.sha256, office.now)
        elif arrived.state == "new":
            yield arrived


# --- open ---


def _take(office: Office, arrived: Arrived) -> Taken:
    inbox = office.workspace.inbox
    if arrived.path is None:
        return Taken(arrived.sha256, "quarantined")
    try:
        with arrived.path.open("rb") as source:
            opened = open_sealed(
                source, office.identity, office.workspace.cards, opening_facts(office, arrived.arrived_at)
            )
    except OpeningError as error:
        return _not_opened(office, arrived, error)
    except OSError:
        return _put_aside(office, arrived, Problem("receive.unreadable", _("the file cannot be read"), arrived.name))
    inbox.opened(arrived.sha256, office.now)
    try:
        taken = _take_in(office, arrived, opened)
    except ExchangeError as error:
        return _refuse(office, arrived, opened.envelope, error)
    inbox.done(arrived.sha256, office.now)
    return taken


def _not_opened(office: Office, arrived: Arrived, error: OpeningError) -> Taken:
    envelope = error.envelope
    if envelope is None or error.answer == "silence":
        return _put_aside(office, arrived, *error.problems)
    if error.answer == "hold":
        return Taken(arrived.sha256, "held", envelope.kind, envelope.sender, envelope.period or "", 0, error.problems)
    if error.answer == "receipt" and _was_accepted(office, envelope):
        return _repeat(office, arrived, envelope)
    return _refuse(office, arrived, envelope, error)


def _put_aside(office: Office, arrived: Arrived, *problems: Problem) -> Taken:
    """In silence: whoever sent it learns nothing. It stays as it came, until somebody looks at it."""
    office.workspace.inbox.quarantined(arrived.sha256, problems[0].code, office.now)
    for network in office.workspace.networks():
        office.note(
            network,
            office.entry(
                "bundle.quarantined",
                ciphertext=f"sha256:{arrived.sha256}",
                codes=tuple(sorted({problem.code for problem in problems})),
            ),
        )
    return Taken(arrived.sha256, "quarantined", problems=problems)


def _refuse(office: Office, arrived: Arrived, envelope: Envelope, error: ExchangeError) -> Taken:
    """Tell a confirmed sender that its parcel was not accepted, with the code of the reason and nothing else."""
    ciphertext = f"sha256:{arrived.sha256}"
    network = _network(office, envelope)
    reason = error.problems[0].code
    if envelope.agreement is not None and network is None:
        return _put_aside(office, arrived, *error.problems)  # once the agreement is here, it can be taken up again
    if office.workspace.ledger.taken(Series.of(envelope), envelope.sequence) is None:
        office.workspace.ledger.took(envelope, arrived.sha256, "refused")
    if network is not None:
        office.note(
            network,
            office.entry("bundle.refused", counterpart=envelope.sender, ciphertext=ciphertext, codes=(reason,)),
        )
        if envelope.kind != "refusal":  # or two offices would refuse each other's refusals for ever
            body = Refusal(kind="refusal", ciphertext=ciphertext, reason=reason, received=office.now)
            office.write(envelope.sender, body, network, envelope.agreement)
    office.workspace.inbox.quarantined(arrived.sha256, reason, office.now)
    return Taken(arrived.sha256, "refused", envelope.kind, envelope.sender, envelope.period or "", 0, error.problems)


def _was_accepted(office: Office, envelope: Envelope) -> bool:
    """What was refused before the machine stopped is refused again, and never acknowledged."""
    taken = office.workspace.ledger.taken(Series.of(envelope), envelope.sequence)
    return taken is not None and taken.outcome == "accepted"


def _repeat(office: Office, arrived: Arrived, envelope: Envelope) -> Taken:
    """It was taken in before: its receipt was lost, or never written. Nothing is taken in again."""
    network = _network(office, envelope)
    if envelope.kind == "bundle" and network is not None and envelope.agreement is not None:
        agreement = _agreement(office, envelope.agreement)
        office.write(
            envelope.sender, _receipt(office, agreement, envelope, arrived.sha256), network, envelope.agreement
        )
    office.workspace.inbox.done(arrived.sha256, office.now)
    return Taken(arrived.sha256, "repeated", envelope.kind, envelope.sender, envelope.period or "")


def _take_in(office: Office, arrived: Arrived, opened: Opened) -> Taken:
    envelope = opened.envelope
    if isinstance(opened.parcel, Bundle):
        applied = _accept(office, opened.parcel, envelope, arrived.sha256)
        return Taken(arrived.sha256, "accepted", "bundle", envelope.sender, envelope.period or "", applied.rows)
    _heed(office, opened.parcel, arrived.sha256)
    office.workspace.ledger.took(envelope, arrived.sha256, "accepted")
    return Taken(arrived.sha256, "heeded", envelope.kind, envelope.sender)


# --- accept a bundle ---


def _accept(office: Office, bundle: Bundle, envelope: Envelope, sha256: str) -> Applied:
    agreement = _agreement(office, bundle.agreement)
    contents = read_contents(bundle)
    _check_against_agreement(office, contents, agreement)
    _witness(office, bundle, agreement)
    with open_store(office) as store:
        applied = store.apply(contents, office.now)
    office.workspace.ledger.took(envelope, sha256, "accepted")
    ciphertext = f"sha256:{sha256}"
    receipt = _receipt(office, agreement, envelope, sha256)
    sealed = office.write(bundle.sender, receipt, agreement.network, bundle.agreement)
    office.note(
        agreement.network,
        office.entry("bundle.received", counterpart=bundle.sender, agreement=bundle.agreement, ciphertext=ciphertext),
        office.entry(
            "bundle.opened",
            counterpart=bundle.sender,
            agreement=bundle.agreement,
            bundle=bundle.id,
            ciphertext=ciphertext,
        ),
        office.entry(
            "bundle.accepted",
            counterpart=bundle.sender,
            agreement=bundle.agreement,
            period=bundle.period,
            bundle=bundle.id,
            ciphertext=ciphertext,
            receipt=sealed.ciphertext,
            counts=Counts(rows_in=applied.rows, corrections=1 if bundle.replaces else 0),
        ),
    )
    return applied


def _check_against_agreement(office: Office, contents: Contents, agreement: Agreement) -> None:
    """Nothing is stored that the agreement does not give us, even if its sender sent it."""
    tier = agreement.tier_of(office.party)
    problems = []
    columns = set(contents.rows.column_names) if contents.rows is not None else set()
    if not columns <= set(tier.row_fields):
        problems.append(
            Problem(
                "receive.fields_not_agreed",
                _("the rows hold fields that the agreement does not give us"),
                hint=_("nothing was stored; tell the sender and keep the file as it is"),
            )
        )
    if any(not set(table.fields) <= set(tier.table_fields) for table in contents.tables):
        problems.append(Problem("receive.fields_not_agreed", _("a table counts by fields that were not agreed")))
    BundleError.raise_all(problems)


def _witness(office: Office, bundle: Bundle, agreement: Agreement) -> None:
    """Keep the sender's log as the bundle shows it: should it ever be rewritten, an auditor will see."""
    card = office.workspace.cards.confirmed(bundle.sender).card
    for member in bundle.members:
        if member.path == CHECKPOINT_FILE:
            signed = open_checkpoint(member.content, card.root_key)
            office.workspace.keep_checkpoint(agreement.network, signed.data)


def _receipt(office: Office, agreement: Agreement, envelope: Envelope, sha256: str) -> Receipt:
    return Receipt(
        kind="receipt",
        bundle=envelope.id,
        ciphertext=f"sha256:{sha256}",
        acknowledges=agreement.delivery.receipt.acknowledges,
        received=office.now,
        checkpoint=office.checkpoint(agreement.network),
    )


# --- heed a letter ---


def _heed(office: Office, letter: Letter, sha256: str) -> None:
    match read_letter(letter):
        case Receipt() as receipt:
            _heed_receipt(office, letter, receipt, f"sha256:{sha256}")
        case Refusal() as refusal:
            _heed_refusal(office, letter, refusal)
        case Withdrawal() as withdrawal:
            _heed_withdrawal(office, letter, withdrawal)
        case Certificate() as certificate:
            network = _letters_network(office, letter)
            counts = Counts(reports=certificate.reports_erased)
            office.note(network, office.entry("erasure.certified", counterpart=letter.sender, counts=counts))
        case NetworkSecretLetter() as brought:
            _heed_secret(office, letter, brought)
        case Suspension() | Termination() as given:
            take_notice(office, letter.sender, _reference(letter), given)


def _heed_receipt(office: Office, letter: Letter, receipt: Receipt, ciphertext: str) -> None:
    release = office.workspace.releases.find(receipt.ciphertext)
    if release is None or (release.recipient, release.bundle) != (letter.sender, receipt.bundle):
        raise BundleError(
            Problem(
                "letter.foreign_receipt",
                _("the receipt is for a bundle that never went to its sender"),
                where=letter.sender,
                hint=_("ask its sender to look at its log; nothing was acknowledged"),
            )
        )
    card = office.workspace.cards.confirmed(letter.sender).card
    network = _letters_network(office, letter)
    checkpoint = open_checkpoint(receipt.checkpoint.encode("utf-8"), card.root_key)
    office.workspace.keep_checkpoint(network, checkpoint.data)
    office.workspace.outbox.acknowledge(receipt.ciphertext.removeprefix("sha256:"), office.now)
    office.note(
        network,
        office.entry(
            "bundle.acknowledged",
            counterpart=letter.sender,
            agreement=release.agreement,
            period=release.period,
            bundle=release.bundle,
            ciphertext=release.ciphertext,
            receipt=ciphertext,
        ),
    )


def _heed_refusal(office: Office, letter: Letter, refusal: Refusal) -> None:
    network = _letters_network(office, letter)
    reason = _("{party} refused it").format(party=letter.sender)
    office.workspace.outbox.refuse(refusal.ciphertext.removeprefix("sha256:"), office.now, refusal.reason, reason)
    entry = office.entry(
        "bundle.refused", counterpart=letter.sender, ciphertext=refusal.ciphertext, codes=(refusal.reason,)
    )
    office.note(network, entry)


def _heed_withdrawal(office: Office, letter: Letter, withdrawal: Withdrawal) -> None:
    """Erase, then certify: the certificate says what was done, and nobody can prove more."""
    reference = _reference(letter)
    network = _letters_network(office, letter)
    with open_store(office) as store:
        erased = store.withdraw(letter.sender, reference.id, withdrawal.pseudonym)
    office.note(
        network,
        office.entry("letter.received", counterpart=letter.sender, agreement=reference, note=letter.kind),
        office.entry("erasure.certified", counterpart=letter.sender, counts=Counts(reports=erased)),
    )
    body = Certificate(kind="certificate", letter=letter.id, erased=office.now, reports_erased=erased)
    office.write(letter.sender, body, network, reference)


def _heed_secret(office: Office, letter: Letter, brought: NetworkSecretLetter) -> None:
    """Only senders of a network share its secret: it is refused where we are a recipient in that network."""
    ours = [each.agreement for each in office.workspace.agreements() if each.agreement.network == brought.network]
    if any(agreement.sender.id != office.party for agreement in ours):
        raise BundleError(
            Problem(
                "letter.secret_not_for_us",
                _("a recipient of this network must never hold its secret"),
                where=letter.sender,
                hint=_("it was not kept; tell its sender, who must begin a new epoch"),
            )
        )
    keep_network_secret(office, NetworkSecret(brought.network, brought.epoch, bytes.fromhex(brought.secret)))
    office.note(brought.network, office.entry("letter.received", counterpart=letter.sender, note=letter.kind))


# --- what a parcel belongs to ---


def _agreement(office: Office, reference: Reference) -> Agreement:
    known = office.workspace.by_reference(reference)
    if known is None:
        raise BundleError(Problem("receive.no_agreement", _("the agreement is not here"), where=str(reference)))
    return known.agreement


def _network(office: Office, envelope: Envelope) -> str | None:
    """None also where the agreement is not here: that is no reason to stop receiving what else has come."""
    known = None if envelope.agreement is None else office.workspace.by_reference(envelope.agreement)
    return None if known is None else known.agreement.network


def _reference(letter: Letter) -> Reference:
    if letter.agreement is None:
        raise BundleError(
            Problem("letter.no_agreement", _("such a letter must name its agreement"), where=letter.sender)
        )
    return letter.agreement


def _letters_network(office: Office, letter: Letter) -> str:
    return _agreement(office, _reference(letter)).network
