"""The recipient's half of the road, top to bottom: from sealed files to the store, and the answers to their senders.

    collect → open → accept a bundle, or heed a letter → acknowledge

Each file is taken in once, whenever and however often `receive` runs and wherever it was cut off: applying a bundle
twice changes nothing, and its number is noted before its receipt is written, so that a file that comes again is
answered again. What cannot be opened is put aside as it came; only a confirmed sender who meant us is told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.signatures import verify
from exchange.audit.checkpoint import log_origin, open_checkpoint
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
from exchange.errors import AuditError, BundleError, ExchangeError, Problem, TransportError
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

Outcome = Literal["accepted", "heeded", "refused", "held", "quarantined", "repeated", "unfinished"]

# What a parcel is refused for besides a BundleError. Every other failure is ours: its sender is told nothing.
_ITS_FAULT = frozenset({"store.corrected_twice", "store.no_descriptor", "network.other_secret"})
_UNKNOWN_NETWORK = "network.not_ours"


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


@dataclass(frozen=True, slots=True)
class Received:
    """What `receive` did: every file that was waiting, and what went wrong on the roads."""

    taken: tuple[Taken, ...]
    problems: tuple[Problem, ...]


# --- the road ---


def receive(office: Office, *, folder: Path | None = None) -> Received:
    """Collect what has come on every road, and take it in. Safe to repeat. `folder`: also what lies there by hand.

    Names are random, so what belongs together comes in any order: what is held is looked at again after each round
    that took something in. One process is here at a time; another waits for its turn (transport.queue_busy).
    """
    with office.workspace.turn("receiving"):
        office.resume()
        problems = _collect(office, folder)
        taken: list[Taken] = []
        while True:
            gone = {each.file for each in taken}
            came = [_take(office, each) for each in _waiting(office) if each.sha256 not in gone]
            held = [each for each in came if each.outcome == "held"]
            taken += (each for each in came if each.outcome != "held")
            if len(held) == len(came):
                return Received((*taken, *held), problems)


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
    known = tuple(KnownAgreement.of(each) for each in _signed_agreements(office))
    return OpeningFacts(first_seen, known, office.workspace.ledger)


# --- collect ---


def _collect(office: Office, folder: Path | None) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for road in roads_in(office, folder):
        try:
            with road:
                office.workspace.inbox.receive(road, office.now)
                with suppress(TransportError):  # where we may only read, what is done stays until its owner removes it
                    office.workspace.inbox.clear(road)
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
    """What fails for a reason of our own (a disk, a card, the log) stays, and keeps nothing else from coming."""
    try:
        return _judged(office, arrived)
    except ExchangeError as error:
        return Taken(arrived.sha256, "unfinished", problems=error.problems)


def _judged(office: Office, arrived: Arrived) -> Taken:
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
        if isinstance(error, BundleError) or _ITS_FAULT & set(error.codes):
            return _refuse(office, arrived, opened.envelope, error)
        raise
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
    if (envelope.agreement is not None and network is None) or reason == _UNKNOWN_NETWORK:
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
    """It was taken in before: its receipt was lost, or the machine stopped before it was written. Nothing is taken in
    again; what the log does not say yet is noted now."""
    taken = office.workspace.ledger.taken(Series.of(envelope), envelope.sequence)
    if envelope.kind == "bundle" and envelope.agreement is not None and taken is not None:
        agreement = _agreement(office, envelope.agreement)
        ciphertext = f"sha256:{taken.ciphertext_sha256}"
        if _is_noted(office, agreement.network, ciphertext):
            receipt = _receipt(office, agreement, envelope, ciphertext)
            office.write(envelope.sender, receipt, agreement.network, envelope.agreement)
        else:
            _acknowledge(office, agreement, envelope, ciphertext, _rows_of(office, envelope))
    office.workspace.inbox.done(arrived.sha256, office.now)
    return Taken(arrived.sha256, "repeated", envelope.kind, envelope.sender, envelope.period or "")


def _is_noted(office: Office, network: str, ciphertext: str) -> bool:
    with office.workspace.open_log(network) as log:
        entries = (record.opening.entry for record in log.records() if record.opening is not None)
        return any((each.kind, each.ciphertext) == ("bundle.accepted", ciphertext) for each in entries)


def _rows_of(office: Office, envelope: Envelope) -> int:
    with open_store(office) as store:
        return sum(each.row_count for each in store.segments() if each.metadata.bundle == envelope.id)


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
    _acknowledge(office, agreement, envelope, f"sha256:{sha256}", applied.rows)
    return applied


def _acknowledge(office: Office, agreement: Agreement, envelope: Envelope, ciphertext: str, rows: int) -> None:
    """A receipt for its sender, and the log's entries about a bundle that is in the store."""
    receipt = _receipt(office, agreement, envelope, ciphertext)
    sealed = office.write(envelope.sender, receipt, agreement.network, envelope.agreement)
    about = partial(office.entry, counterpart=envelope.sender, agreement=envelope.agreement, ciphertext=ciphertext)
    office.note(
        agreement.network,
        about("bundle.received"),
        about("bundle.opened", bundle=envelope.id),
        about(
            "bundle.accepted",
            period=envelope.period,
            bundle=envelope.id,
            receipt=sealed.ciphertext,
            counts=Counts(rows_in=rows, corrections=1 if envelope.replaces else 0),
        ),
    )


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
    for member in bundle.members:
        if member.path == CHECKPOINT_FILE:
            _keep_checkpoint(office, bundle.sender, agreement.network, member.content)


def _keep_checkpoint(office: Office, party: str, network: str, note: bytes) -> None:
    """Only of the party's own log: kept under another's name, it would accuse whom it names before an auditor."""
    key = office.workspace.cards.confirmed(party).card.root_key
    try:
        signed = open_checkpoint(note, key)
    except AuditError as error:
        raise BundleError(*error.problems) from None
    if signed.checkpoint.origin != log_origin(party, network):
        raise BundleError(
            Problem("audit.foreign_log", _("the checkpoint is of another log than its sender's"), where=party)
        )
    office.workspace.keep_checkpoint(network, signed.data)


def _receipt(office: Office, agreement: Agreement, envelope: Envelope, ciphertext: str) -> Receipt:
    return Receipt(
        kind="receipt",
        bundle=envelope.id,
        ciphertext=ciphertext,
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
            reference = _reference(letter)
            _check_may_say(letter, [party.id for party in _agreement(office, reference).parties])
            take_notice(office, letter.sender, reference, given)


def _heed_receipt(office: Office, letter: Letter, receipt: Receipt, ciphertext: str) -> None:
    release = office.workspace.releases.find(receipt.ciphertext)
    if release is None or (release.recipient, release.bundle) != (letter.sender, receipt.bundle):
        raise _foreign_receipt(letter.sender)
    network = _letters_network(office, letter)
    _keep_checkpoint(office, letter.sender, network, receipt.checkpoint.encode("utf-8"))
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


def _foreign_receipt(party: str) -> BundleError:
    return BundleError(
        Problem(
            "letter.foreign_receipt",
            _("the receipt is for a bundle that never went to its sender"),
            where=party,
            hint=_("ask its sender to look at its log; nothing was acknowledged"),
        )
    )


def _heed_refusal(office: Office, letter: Letter, refusal: Refusal) -> None:
    network = _letters_network(office, letter)
    reason, digest = _("{party} refused it").format(party=letter.sender), refusal.ciphertext.removeprefix("sha256:")
    sent = [each.parcel for each in office.workspace.outbox.status() if each.parcel.sha256 == digest]
    if [each.recipient for each in sent] != [letter.sender]:
        raise _foreign_receipt(letter.sender)
    office.workspace.outbox.refuse(digest, office.now, refusal.reason, reason)
    entry = office.entry(
        "bundle.refused", counterpart=letter.sender, ciphertext=refusal.ciphertext, codes=(refusal.reason,)
    )
    office.note(network, entry)


def _heed_withdrawal(office: Office, letter: Letter, withdrawal: Withdrawal) -> None:
    """Erase, then certify: the certificate says what was done, and nobody can prove more."""
    reference = _reference(letter)
    _check_may_say(letter, [_agreement(office, reference).sender.id])
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
    """Only senders of a network share its secret. Whoever could give us one of its own making could undo every token:
    so none is taken from who receives or audits, and none for a network in which we are not known to send only."""
    agreements = [each.agreement for each in office.workspace.agreements()]
    ours = [each for each in agreements if each.network == brought.network]
    if not ours:
        what = _("this is no network in which we only send")
        raise BundleError(Problem(_UNKNOWN_NETWORK, what, where=letter.sender))
    if any(agreement.sender.id != office.party for agreement in ours):
        raise _no_secret(_("a recipient of this network must never hold its secret"), letter.sender)
    if any(_gets_or_audits(letter.sender, each) for each in agreements):
        raise _no_secret(_("whoever receives or audits must never hold the secret"), letter.sender)
    keep_network_secret(office, NetworkSecret(brought.network, brought.epoch, bytes.fromhex(brought.secret)))
    office.note(brought.network, office.entry("letter.received", counterpart=letter.sender, note=letter.kind))


def _gets_or_audits(party: str, agreement: Agreement) -> bool:
    known = {each.id for each in agreement.recipients} | {each.id for each in agreement.audit.auditors}
    return party in known


def _no_secret(what: str, party: str) -> BundleError:
    hint = _("it was not kept; tell its sender, who must begin a new epoch")
    return BundleError(Problem("letter.secret_not_for_us", what, where=party, hint=hint))


# --- what a parcel belongs to ---


def _signed_agreements(office: Office) -> tuple[Agreement, ...]:
    """Under which we accept anything: what some have not signed yet binds nobody."""
    return tuple(
        each.agreement for each in office.workspace.agreements() if not verify(each.agreement, each.signatures)
    )


def _known(office: Office, reference: Reference) -> Agreement | None:
    return next((each for each in _signed_agreements(office) if Reference.to(each) == reference), None)


def _agreement(office: Office, reference: Reference) -> Agreement:
    known = _known(office, reference)
    if known is None:
        raise BundleError(Problem("receive.no_agreement", _("the agreement is not here"), where=str(reference)))
    return known


def _network(office: Office, envelope: Envelope) -> str | None:
    """None also where the agreement is not here: that is no reason to stop receiving what else has come."""
    known = None if envelope.agreement is None else _known(office, envelope.agreement)
    return None if known is None else known.network


def _reference(letter: Letter) -> Reference:
    if letter.agreement is None:
        raise BundleError(
            Problem("letter.no_agreement", _("such a letter must name its agreement"), where=letter.sender)
        )
    return letter.agreement


def _check_may_say(letter: Letter, parties: Collection[str]) -> None:
    """An auditor is in the agreement as well, and other recipients are: not everybody may say everything."""
    if letter.sender not in parties:
        what = _("the agreement does not let {party} send this to us").format(party=letter.sender)
        raise BundleError(Problem("letter.not_a_party", what, where=letter.sender))


def _letters_network(office: Office, letter: Letter) -> str:
    return _agreement(office, _reference(letter)).network
