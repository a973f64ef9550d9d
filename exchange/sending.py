"""The sender's half of the road, top to bottom: from a workbook to sealed bundles on their way.

    read → check → consent → redact → match → protect → describe → look once more → seal → wait for approvals

What people approve is a page, made of the same `Prepared` that is sealed: see `exchange.reports.preview`.

`prepare` is the road up to the last look, for one recipient; it changes nothing. `pack` goes it for every recipient of
a period, and seals only when all of them came through: a fault in one bundle stops them all.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit, Request, permit
from exchange.approving import check_approvers
from exchange.audit.entries import Counts, Entry, MaskCount
from exchange.bundle.describe import describe
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import Bundle
from exchange.consent.applying import apply_consent
from exchange.consent.columns import Rows
from exchange.consent.consented import Consented
from exchange.errors import (
    AgreementError,
    DisclosureError,
    ExchangeError,
    ExtractError,
    Problem,
    UsageError,
)
from exchange.extracts.extract import Extract, count_by_code
from exchange.extracts.mapping import load_mapping
from exchange.extracts.reading import read_extract
from exchange.locale import _
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.office import Office
from exchange.previewing import keep_page
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.releases import Release
from exchange.pseudonyms import keep_pseudonyms, keys_for, refuse_repeated
from exchange.redact.allowed import Allowed, allowed
from exchange.redact.chosen import tells
from exchange.redact.given import StandIn
from exchange.redact.identifiers import Identifiers, identifiers
from exchange.redact.keys import RedactKeys
from exchange.redact.last_look import last_look
from exchange.redact.notes.decisions import Scrubbing
from exchange.redact.notes.reading import read_notes
from exchange.redact.redact import redact
from exchange.redact.redacted import Redacted, all_masks
from exchange.redact.scrub import about_open, scrubbed_fields
from exchange.registers import case_key, network_secret, notices, withdrawals
from exchange.remembering import forget, locked, memory_for
from exchange.reports.preview import Preview, Sealed, preview_page
from exchange.scrubbing import scrubbing_for
from exchange.seal.sealing import SealedBundle
from exchange.workspace import PAGE, SignedAgreement, Workspace

NOTE = "note"
Found = TypeVar("Found")
Refusal = TypeVar("Refusal", bound=ExchangeError)
_NO_BUNDLE = ""  # what a correction of nothing replaces: `permit` refuses it


@dataclass(frozen=True, slots=True)
class Job:
    """What a person asks to have packed. `to`: recipients, () for all whose tier is sent at this pace; `corrects`:
    whether a period that was sent before is to be replaced; `note`: the month's note in the sender's words;
    `mapping`: another one than that which lies beside the agreement."""

    extract: Path
    agreement: str
    period: Period
    to: tuple[str, ...] = ()
    note: str = ""
    corrects: bool = False
    mapping: Path | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """An extract, and leave to send it to each of these recipients."""

    signed: SignedAgreement
    extract: Extract
    permits: tuple[Permit, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One recipient's bundle, ready to be sealed, and what each step says of it. `of_the_period`: how many rows of the
    extract are dated in the period itself, held back or not."""

    permit: Permit
    of_the_period: int
    consented: Consented
    protected: Protected
    bundle: Bundle
    metadata: Metadata
    pseudonyms: tuple[StandIn, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle that waits in the outbox for approvals."""

    prepared: Prepared
    sealed: SealedBundle


# --- the road ---


def check(office: Office, job: Job) -> Checked:
    """The extract and a permit for every recipient; or every reason against, in the agreement and in the workbook at
    once. Changes nothing."""
    signed = office.workspace.agreement(job.agreement)
    _check_sender(office, signed.agreement)
    if _something_is_locked(office.workspace, signed.agreement):
        office.unlock_ahead()
    # The workbook first: the keys, if any are needed, are unlocked meanwhile.
    extract = _or_refusal(ExtractError, lambda: read(office, job.agreement, job.extract, job.mapping))
    permits = _or_refusal(AgreementError, lambda: _permits(office, signed, job))
    if isinstance(permits, AgreementError):
        raise AgreementError(*permits.problems, *(extract.problems if isinstance(extract, ExtractError) else ()))
    if isinstance(extract, ExtractError):
        raise extract
    return Checked(signed, extract, permits)


def read(office: Office, agreement_id: str, extract: Path, mapping: Path | None = None) -> Extract:
    """A workbook of ours in the words of the agreement's dictionary, by the mapping that lies beside it or another."""
    signed = office.workspace.agreement(agreement_id)
    found = load_mapping(_mapping_file(signed, mapping))
    return read_extract(extract, found, signed.agreement.data, on=office.today(signed.agreement))


def consented(office: Office, checked: Checked, leave: Permit) -> Consented:
    """The rows of the extract that this recipient may have. Changes nothing."""
    return apply_consent(
        checked.extract,
        leave,
        withdrawals(office, leave.agreement.id),
        _counted_before(office, checked.extract, leave),
    )


def open_marks(office: Office, checked: Checked, rows: Consented) -> Problem | None:
    """What keeps this recipient's case notes from leaving: words on which nobody has decided. Changes nothing."""
    leave = rows.permit
    scrubbing = _scrubbing(office, checked, leave)
    if scrubbing is None:
        return None
    notes = read_notes(rows.table, leave.agreement.data, scrubbed_fields(leave.tier), scrubbing.staff)
    return about_open(notes, scrubbing.decisions, leave)


def of_the_period(extract: Extract, leave: Permit) -> int:
    """How many rows are dated in the period itself: none of them, where somebody took another month's workbook."""
    data = leave.agreement.data
    days = Rows(extract.table, frozenset(data.missing())).days(data.period.field)
    return int(((days >= leave.first.toordinal()) & (days <= leave.last.toordinal())).sum())


def prepare(office: Office, checked: Checked, leave: Permit, note: str = "") -> Prepared:
    """Everything between the extract and the seal, for one recipient. Changes nothing.

    DisclosureError, with every place, where the last look finds a direct identifier in what would leave.
    """
    agreement = leave.agreement
    rows = consented(office, checked, leave)
    keys = keys_for(office, agreement, leave.recipient.id, rows.table.column(agreement.data.key).to_pylist())
    redacted = redact(rows, keys, office.randomness, _scrubbing(office, checked, leave))
    named, known = identifiers(checked.extract, agreement.data), allowed(agreement)
    DisclosureError.raise_all(_telling(redacted, keys, named, known))
    tokens = encode(rows, _secret(office, agreement)) if leave.tier.match else None
    protected = protect(redacted, tokens, secrets.SystemRandom(), memory_for(office, leave, rows))
    bundle, metadata = describe(
        protected,
        bundle=office.new_id(),
        created=office.now,
        note=note,
        checkpoint=office.checkpoint(agreement.network),
        earlier=office.workspace.releases.all_to(agreement.id, leave.recipient.id),
    )
    of_it = of_the_period(checked.extract, leave)
    prepared = Prepared(leave, of_it, rows, protected, bundle, metadata, redacted.pseudonyms)
    files = ((member.path, member.content) for member in bundle.members)
    page = (PAGE, preview_page(preview_of(prepared)))  # it does not leave, but lies here for people to look at
    made = {each.token for each in protected.tokens}
    DisclosureError.raise_all(last_look((*files, (NOTE, note), page), named, known, made))
    return prepared


def preview_of(prepared: Prepared, sealed: SealedBundle | None = None) -> Preview:
    """What the page of a release is made of; `sealed`: once it is."""
    import pyarrow.compute as pc

    rows = prepared.consented
    return Preview(
        protected=prepared.protected,
        metadata=prepared.metadata,
        held_back=rows.held_back.by_reason,
        rows=rows.table,
        in_rows=rows.table.filter(pc.invert(rows.tables_only)),
        members=prepared.bundle.members,
        sealed=None if sealed is None else _named(sealed),
    )


def _named(sealed: SealedBundle) -> Sealed:
    return Sealed(sealed.name, sealed.size, sealed.ciphertext, sealed.envelope.sequence)


def pack(office: Office, job: Job) -> tuple[Packed, ...]:
    """A sealed bundle in the outbox for every recipient of the period; all of them, or none and every reason.

    One process packs at a time: two would each find that the period was not sent yet."""
    with office.workspace.turn("packing"):
        return _packed_all(office, job)


def _packed_all(office: Office, job: Job) -> tuple[Packed, ...]:
    office.resume()
    checked = check(office, job)
    _check_note(checked.signed.agreement, job)
    check_approvers(office, checked.signed.agreement)
    forget(office, checked.signed.agreement)
    office.note(checked.signed.agreement.network, _checked_entry(office, checked, job))
    prepared = _all_prepared(office, checked, job)
    return tuple(Packed(each, _sealed(office, each)) for each in prepared)


def rehearse(office: Office, job: Job) -> tuple[Prepared, ...]:
    """What `pack` would seal, for every recipient; or every reason against. Nothing is sealed or remembered."""
    checked = check(office, job)
    _check_note(checked.signed.agreement, job)
    check_approvers(office, checked.signed.agreement)
    return _all_prepared(office, checked, job)


# --- check ---


def _check_sender(office: Office, agreement: Agreement) -> None:
    if office.party != agreement.sender.id:
        what = _("{party} does not send under this agreement").format(party=office.party)
        hint = _("it has one sender: {party}").format(party=agreement.sender.id)
        raise AgreementError(Problem("agreement.not_the_sender", what, where=agreement.id, hint=hint))


def _or_refusal(kind: type[Refusal], step: Callable[[], Found]) -> Found | Refusal:
    """What a step finds, or why it was refused: kept, so that all that is wrong is said at once."""
    try:
        return step()
    except kind as error:
        return error


def _something_is_locked(workspace: Workspace, agreement: Agreement) -> bool:
    """Whether there is anything that only our keys open and that a permit or consent asks for: notices, who withdrew,
    and which cases were released before."""
    return (
        workspace.notices_file.exists()
        or workspace.withdrawn_file.exists()
        or any(workspace.releases.current(agreement.id, party.id) for party in agreement.recipients)
    )


def _mapping_file(signed: SignedAgreement, mapping: Path | None) -> Path:
    if mapping is None and not signed.mapping_file.exists():
        what = _("no mapping of our workbooks lies beside the agreement")
        hint = _("put it there: exchange agreement add FILE --mapping FILE")
        raise ExtractError(Problem("mapping.absent", what, where=signed.agreement.id, hint=hint))
    return mapping or signed.mapping_file


def _permits(office: Office, signed: SignedAgreement, job: Job) -> tuple[Permit, ...]:
    problems: list[Problem] = []
    permits: list[Permit] = []
    for recipient in job.to or _recipients(office, signed.agreement, job):
        try:
            request = _request(office, signed, job, recipient)
            permits.append(permit(signed.agreement, signed.signatures, request, notices(office)))
        except AgreementError as error:
            problems += (problem for problem in error.problems if problem not in problems)
    AgreementError.raise_all(problems)
    return tuple(permits)


def _recipients(office: Office, agreement: Agreement, job: Job) -> tuple[str, ...]:
    """All whose tier is sent at this pace; without those who have it already, where packing was cut off half-way."""
    everybody = _recipients_at_this_pace(agreement, job.period)
    left = tuple(each for each in everybody if not _sent(office, agreement, each, job.period))
    return everybody if job.corrects else left or everybody


def _recipients_at_this_pace(agreement: Agreement, period: Period) -> tuple[str, ...]:
    found = tuple(party.id for party in agreement.recipients if agreement.tier_of(party.id).every == period.every)
    if not found:
        raise AgreementError(
            Problem(
                "agreement.wrong_cadence",
                _("no recipient of this agreement gets data for such a period"),
                where=str(period),
                hint=_("months are written 2026-10, quarters 2026-Q3"),
            )
        )
    return found


def _request(office: Office, signed: SignedAgreement, job: Job, recipient: str) -> Request:
    sent = office.workspace.releases.current(signed.agreement.id, recipient)
    same = _sent(office, signed.agreement, recipient, job.period)
    return Request(
        recipient=recipient,
        period=job.period,
        on=office.today(signed.agreement),
        sent=tuple(Period.read(release.period) for release in sent),
        replaces=(same[-1].bundle if same else _NO_BUNDLE) if job.corrects else None,
    )


def _sent(office: Office, agreement: Agreement, recipient: str, period: Period) -> list[Release]:
    current = office.workspace.releases.current(agreement.id, recipient)
    return [release for release in current if release.period == str(period)]


def _check_note(agreement: Agreement, job: Job) -> None:
    if agreement.delivery.monthly_note == "required" and not job.note.strip():
        raise UsageError(
            Problem(
                "pack.note_missing",
                _("the agreement asks for a note with every period"),
                hint=_(
                    "write what is missing from the period, what changed in method or staff, what could not be "
                    "collected and why, or that nothing of all this was; name no person; give it with --note"
                ),
            )
        )


def _checked_entry(office: Office, checked: Checked, job: Job) -> Entry:
    held = len(checked.extract.held())
    return office.entry(
        "extract.checked",
        agreement=Reference.to(checked.signed.agreement),
        period=str(job.period),
        counts=Counts(rows_in=len(checked.extract), held_back=held),
        codes=tuple(count_by_code(checked.extract.findings)),
    )


# --- between consent and protect ---


def _telling(redacted: Redacted, keys: RedactKeys, named: Identifiers, known: Allowed) -> Iterator[Problem]:
    """Chosen pseudonyms that are the name of somebody in this extract: the last look would find them too, and could not
    say what to do."""
    key, chosen = redacted.permit.agreement.data.key, frozenset(keys.given.chosen.values())
    for each in redacted.pseudonyms:
        if each.pseudonym in chosen:
            yield from tells(each.pseudonym, key, named, known, redacted.permit.recipient.id)


def _scrubbing(office: Office, checked: Checked, leave: Permit) -> Scrubbing | None:
    return scrubbing_for(office, checked.extract, leave) if scrubbed_fields(leave.tier) else None


def _secret(office: Office, agreement: Agreement) -> NetworkSecret:
    found = network_secret(office, agreement.network)
    if found is None:
        raise DisclosureError(
            Problem(
                "network.no_secret",
                _("the secret of the network is not here, so no match tokens can be made"),
                where=agreement.network,
                hint=_("ask the coordinator of the network for it, or make it: exchange network new"),
            )
        )
    return found


def _counted_before(office: Office, extract: Extract, leave: Permit) -> frozenset[str]:
    """Case numbers of the extract that went to this recipient in another period: they are no late entries.

    Behind a gate, a case that ever went in another period stays out of this one, though a correction took it out of
    there: so releases of different periods have nobody in common, and there is nothing to subtract.
    """
    agreement, recipient = leave.agreement, leave.recipient.id
    before = office.workspace.releases.counted_before(
        agreement.id, recipient, str(leave.period), ever=leave.tier.protect.across_releases == "gate"
    )
    if not before:
        return frozenset()
    cases = frozenset(extract.table.column(agreement.data.key).to_pylist())
    return frozenset(case for case in cases if case_key(office, agreement.id, recipient, case) in before)


# --- seal ---


def _all_prepared(office: Office, checked: Checked, job: Job) -> tuple[Prepared, ...]:
    errors: list[ExchangeError] = []
    prepared: list[Prepared] = []
    for leave in checked.permits:
        try:
            office.workspace.cards.get(leave.recipient.id, office.now.date())  # before the first is sealed, not after
            prepared.append(prepare(office, checked, leave, job.note))
        except ExchangeError as error:
            errors.append(error)
    if errors:
        raise type(errors[0])(*(problem for error in errors for problem in error.problems))
    made = ((each.permit.recipient.id, each.pseudonyms) for each in prepared)
    refuse_repeated(office, checked.signed.agreement, made)
    return tuple(prepared)


def _sealed(office: Office, prepared: Prepared) -> SealedBundle:
    leave, agreement = prepared.permit, prepared.permit.agreement

    def remember(sealed: SealedBundle) -> None:
        page = keep_page(office, prepared.bundle.id, preview_page(preview_of(prepared, sealed)))
        office.note(agreement.network, _packed_entry(office, prepared, sealed, page))
        shown = prepared.protected.shown
        if shown is None:
            raise AssertionError("what leaves is remembered")
        cases = _released(prepared)
        keep_pseudonyms(office, agreement, leave.recipient.id, cases, prepared.pseudonyms)
        office.workspace.releases.record(
            Release(
                bundle=prepared.bundle.id,
                ciphertext=sealed.ciphertext,
                agreement=leave.reference,
                recipient=leave.recipient.id,
                period=str(leave.period),
                created=office.now,
                replaces=leave.replaces,
            ),
            (case_key(office, agreement.id, leave.recipient.id, case) for case in cases),
            locked(office, prepared.bundle.id, shown),
        )

    return office.post(prepared.bundle, awaits_receipt=True, noting=remember)


def _released(prepared: Prepared) -> list[str]:
    """The case numbers that count as sent: of a correction behind a gate, without those who wait for another period."""
    leave, protected = prepared.permit, prepared.protected
    numbers: list[str] = prepared.consented.table.column(leave.agreement.data.key).to_pylist()
    if leave.replaces is None or leave.tier.protect.across_releases == "report":
        return numbers
    return [numbers[place] for place in protected.counted]


def _packed_entry(office: Office, prepared: Prepared, sealed: SealedBundle, page: str) -> Entry:
    account, scrubbed = prepared.protected.account, all_masks(prepared.protected.changes)
    return office.entry(
        "bundle.packed",
        counterpart=prepared.permit.recipient.id,
        agreement=prepared.permit.reference,
        period=str(prepared.permit.period),
        bundle=prepared.bundle.id,
        ciphertext=sealed.ciphertext,
        page=page,
        counts=Counts(
            rows_in=len(prepared.consented),
            rows_out=account.rows_out,
            held_back=prepared.consented.held_back.total,
            k_asked=account.k_asked,
            k_reached=account.k_reached,
            values_withheld=sum(count for _field, count in account.cells_withheld),
            tables=len(prepared.protected.tables),
            cells_withheld=account.table_cells_withheld,
            marks_kept=None if scrubbed is None else scrubbed.kept,
            masks=None if scrubbed is None else tuple(MaskCount(kind=k, count=n) for k, n in scrubbed.by_kind),
            bytes=sealed.size,
        ),
    )
