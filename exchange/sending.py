"""The sender's half of the road, top to bottom: from a workbook to sealed bundles on their way.

    read → check → consent → redact → match → protect → describe → look once more → seal → wait for approvals

`exchange.checking` is its beginning, `exchange.preparing` the road up to the last look, for one recipient; neither
changes anything. `pack` goes it for every recipient of a period, and seals only when all of them came through: a fault
in one bundle stops them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.agreements.agreement import Reference
from exchange.approving import check_approvers
from exchange.audit.entries import Counts, Entry, KindCount
from exchange.checking import Checked, Job, check, check_note
from exchange.errors import ExchangeError
from exchange.extracts.extract import count_by_code, held_by_code
from exchange.kept_marks import forget_marks, keep_marks
from exchange.office import Office
from exchange.posting import post, resume
from exchange.preparing import Prepared, prepare, preview_of
from exchange.previewing import keep_page
from exchange.protect.releases.releases import Release
from exchange.protect.tables.published import published
from exchange.pseudonyms import keep_pseudonyms, refuse_repeated
from exchange.redact.redacted import all_masks
from exchange.registers import case_key
from exchange.remembering import forget, locked
from exchange.reports.preview import preview_page
from exchange.seal.sealing import SealedBundle


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle that waits in the outbox for approvals."""

    prepared: Prepared
    sealed: SealedBundle


# --- the road ---


def pack(office: Office, job: Job) -> tuple[Packed, ...]:
    """A sealed bundle in the outbox for every recipient of the period; all of them, or none and every reason.

    One process packs at a time: two would each find that the period was not sent yet."""
    with office.workspace.turn("packing"):
        return _packed_all(office, job)


def _packed_all(office: Office, job: Job) -> tuple[Packed, ...]:
    resume(office)
    checked = check(office, job)
    check_note(checked.signed.agreement, job)
    check_approvers(office, checked.signed.agreement)
    forget(office, checked.signed.agreement)
    forget_marks(office, checked.signed.agreement)
    office.note(checked.signed.agreement.network, _checked_entry(office, checked, job))
    prepared = _all_prepared(office, checked, job, leaves=True)
    return tuple(Packed(each, _sealed(office, each)) for each in prepared)


def rehearse(office: Office, job: Job) -> tuple[Prepared, ...]:
    """What `pack` would seal, for every recipient; or every reason against. Nothing is sealed or remembered."""
    checked = check(office, job)
    check_note(checked.signed.agreement, job)
    check_approvers(office, checked.signed.agreement)
    return _all_prepared(office, checked, job, leaves=False)


def _checked_entry(office: Office, checked: Checked, job: Job) -> Entry:
    reasons = held_by_code(checked.extract.findings)
    return office.entry(
        "extract.checked",
        agreement=Reference.to(checked.signed.agreement),
        period=str(job.period),
        counts=Counts(
            rows_in=len(checked.extract), held_back=len(checked.extract.held()), reasons=_by_kind(reasons.items())
        ),
        codes=tuple(count_by_code(checked.extract.findings)),
    )


# --- seal ---


def _all_prepared(office: Office, checked: Checked, job: Job, *, leaves: bool) -> tuple[Prepared, ...]:
    """`leaves`: not just to be looked at. Then it shows our log, of which a checkpoint is made."""
    errors: list[ExchangeError] = []
    prepared: list[Prepared] = []
    for leave in checked.permits:
        try:
            office.workspace.cards.get(leave.recipient.id, office.now.date())  # before the first is sealed, not after
            showing = office.showing(leave.agreement.network, leave.recipient.id) if leaves else b""
            prepared.append(prepare(office, checked, leave, job.note, showing))
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
        if prepared.marks is not None:
            keep_marks(office, prepared.bundle.id, prepared.marks)
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

    return post(office, prepared.bundle, awaits_receipt=True, noting=remember)


def _released(prepared: Prepared) -> list[str]:
    """The case numbers that count as sent: of a correction behind a gate, without those who wait for another period."""
    leave, protected = prepared.permit, prepared.protected
    numbers: list[str] = prepared.consented.table.column(leave.agreement.data.key).to_pylist()
    if leave.replaces is None or leave.tier.protect.across_releases == "report":
        return numbers
    return [numbers[place] for place in protected.counted]


def _packed_entry(office: Office, prepared: Prepared, sealed: SealedBundle, page: str) -> Entry:
    account, scrubbed = prepared.protected.account, all_masks(prepared.protected.changes)
    held_back, rows, tables = prepared.consented.held_back, prepared.protected.rows, prepared.protected.tables
    asked, across = prepared.permit.tier.protect.tables, account.across
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
            held_back=held_back.total,
            reasons=_by_kind(held_back.by_reason),
            k_asked=account.k_asked,
            k_reached=account.k_reached,
            exposed=None if across is None else across.exposed,
            values_withheld=sum(count for _field, count in account.cells_withheld),
            tables=len(tables),
            cell_asked=asked.min_cell if asked is not None and tables else None,
            cell_reached=min(published(tables).values(), default=None),
            cells_exposed=None if across is None else across.cells,
            cells_withheld=account.table_cells_withheld,
            marks_kept=None if scrubbed is None else scrubbed.kept,
            masks=None if scrubbed is None else _by_kind(scrubbed.by_kind),
            bytes=sealed.size,
        ),
        fields=() if rows is None else tuple(rows.column_names),
    )


def _by_kind(counted: Iterable[tuple[str, int]]) -> tuple[KindCount, ...]:
    return tuple(KindCount(kind=kind, count=count) for kind, count in counted)
