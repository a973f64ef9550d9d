"""Before anything is made: the workbook, and leave to send it.

A job is what a person asks for. It is checked whole, the agreement and the workbook at once, so that whoever asked
hears every reason against in one go; what comes out is an extract, and a permit for each recipient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit, Request, permit
from exchange.errors import (
    AgreementError,
    ExchangeError,
    ExtractError,
    Problem,
    UsageError,
)
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import load_mapping
from exchange.extracts.reading import read_extract
from exchange.locale import _
from exchange.office import Office
from exchange.protect.releases.releases import Release
from exchange.registers import notices
from exchange.workspace.agreements import SignedAgreement
from exchange.workspace.workspace import Workspace

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


def check(office: Office, job: Job) -> Checked:
    """The extract and a permit for every recipient; or every reason against, in the agreement and in the workbook at
    once. Changes nothing."""
    signed = office.workspace.agreements.newest(job.agreement)
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
    signed = office.workspace.agreements.newest(agreement_id)
    found = load_mapping(_mapping_file(signed, mapping))
    return read_extract(extract, found, signed.agreement.data, on=office.today(signed.agreement))


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
        workspace.registers.notices_file.exists()
        or workspace.registers.withdrawn_file.exists()
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


def check_note(agreement: Agreement, job: Job) -> None:
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
