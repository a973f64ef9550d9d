"""Workbooks as an organisation keeps them: the case sheet of IOM's HTCDS 2.0 template, its own columns appended.

The sheet is that of the single-select edition: HTCDS names in row 1, labels in row 2, row numbers in column A down to
row 1,002. The template's own faults are kept, because real files have them: `vic_TraffickinStatusDecisionMakingOrg`,
the address columns whose names are shifted against their labels, the missing name over "Reason for Outgoing
Referral". The cells hold labels, not codes. Template: UNMigration/HTCDS, CC BY 4.0; IOM does not endorse this project.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.demo.reports import Cell, Report

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SHEET = "Case Sheet"
NUMBERED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its HTCDS name in row 1 (may be empty), its label in row 2, and what a report has there."""

    name: str
    label: str
    cell: Callable[[Report], Cell]


def _nothing(report: Report) -> Cell:
    return ""


TEMPLATE = (
    Column("cas_CaseOwner", "Case Owner", lambda report: report.owner),
    Column("prs_Salutation", "Salutation", lambda report: report.told.salutation),
    Column("prs_FirstName", "First Name", lambda report: report.told.first_name),
    Column("prs_SecondName", "Second Name", lambda report: report.told.second_name),
    Column("con_Consent", "Consent", _nothing),
    Column("prs_Birthdate", "Birthdate", lambda report: report.told.birthdate),
    Column("prs_Gender", "Gender", lambda report: report.told.gender),
    Column("prs_Citizenship", "Citizenship", lambda report: report.told.citizenship),
    Column("prs_Title", "Title", _nothing),
    Column("prs_Email", "Email", lambda report: report.told.email),
    Column("prs_HomePhone", "Home Phone", _nothing),
    Column("prs_MobilePhone", "Mobile Phone", lambda report: report.told.phone),
    Column("prs_MailingCity", "Mailing Street", lambda report: report.told.street),
    Column("prs_MailingCountry", "Mailing City", _nothing),
    Column("prs_MailingState", "Mailing State/Province", _nothing),
    Column("prs_MailingStreet", "Mailing Zip/Postal Code", _nothing),
    Column("prs_MailingPostalCode", "Mailing Country", _nothing),
    Column("vic_TraffickingStatus", "Trafficking Status", lambda report: report.trafficking.status),
    Column(
        "vic_TraffickinStatusDecisionMakingOrg",
        "Trafficking Status Decision Making Organization",
        lambda report: report.trafficking.decided_by,
    ),
    Column("vic_MethodOfRecruitment", "Method of Recruitment", lambda report: report.trafficking.recruitment),
    Column("vic_LocationOfRecruitment", "Location of Recruitment", lambda report: report.trafficking.recruited_at),
    Column("vic_MethodsOfControl", "Methods of Control", lambda report: report.trafficking.control),
    Column("vic_TypeOfExploitation", "Type of Exploitation", lambda report: report.trafficking.exploitation),
    Column("vic_ForcedLabourIndustry", "Forced Labour Industry", lambda report: report.trafficking.industry),
    Column("vic_TypeOfSexExploitation", "Type of Sex Exploitation", lambda report: report.trafficking.sexual),
    Column("vic_LocationOfExploitation", "Location of Exploitation", _nothing),
    Column("cas_Status", "Status", lambda report: report.case_status),
    Column("cas_ReferringOrganisation", "Referring Organisation", lambda report: report.referred_by),
    Column("cas_IncomingReferralDate", "Incoming Referral Date", lambda report: report.referred_on),
    Column("cas_ReferringPrimaryCaseWorker", "Referring Primary Case Worker", _nothing),
    Column("cas_ReasonForIncomingReferral", "Reason for Incoming Referral", _nothing),
    Column("cas_IncomingReferralDetails", "Incoming Referral Details", lambda report: report.note.text),
    Column("cas_ReferredOrganisation", "Referred Organisation", _nothing),
    Column("cas_ReferredPrimaryCaseWorker", "Referred Primary Case Worker", _nothing),
    Column("", "Reason for Outgoing Referral", _nothing),
    Column("cas_OutgoingReferralDate", "Outgoing Referral Date", _nothing),
    Column("cas_OutgoingReferralDetails", "Outgoing Referral Details", _nothing),
    Column("cas_ReasonForCaseClosure", "Reason for Case Closure", _nothing),
)
APPENDED = (
    Column("", "Nomor kasus", lambda report: report.case_ref),
    Column("", "Nomor keluarga", lambda report: report.household_ref),
    Column("", "NIK", lambda report: report.told.identity),
    Column("", "Meninggal", lambda report: report.told.deceased),
    Column("", "Provinsi asal", lambda report: report.told.province),
    Column("", "Kabupaten asal", lambda report: report.told.regency),
    Column("", "Negara eksploitasi", lambda report: report.trafficking.country),
    Column("", "Layanan dibutuhkan", lambda report: report.services),
    Column("", "Status persetujuan", lambda report: report.consent.status),
    Column("", "Cakupan persetujuan", lambda report: report.consent.scope),
    Column("", "Tanggal persetujuan", lambda report: report.consent.given_on),
    Column("", "Versi formulir", lambda report: report.consent.form),
    Column("", "Bukti persetujuan", lambda report: report.consent.evidence),
    Column("", "Persetujuan orang dewasa", lambda report: report.consent.adult),
)
COLUMNS = (*TEMPLATE, *APPENDED)


def write_workbook(reports: Sequence[Report], path: Path) -> None:
    """Write the reports to an .xlsx file at `path`, in the order given. The same reports give the same bytes.

    Nothing is written anywhere else: XlsxWriter's temporary files, which would hold the rows, stay in memory.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2026, 9, 1)})  # noqa: DTZ001  # xlsx has no time zones
        sheet = workbook.add_worksheet(SHEET)
        about = workbook.add_worksheet("about")
        about.write_string(0, 0, "Microsoft Excel HTCDS 2.0")
        about.write_string(1, 0, "https://github.com/UNMigration/HTCDS", workbook.add_format())
        dates = workbook.add_format({"num_format": "dd/mm/yyyy"})
        _write_headers(sheet)
        for number, report in enumerate(reports, start=1):
            for at, column in enumerate(COLUMNS, start=1):
                _write_cell(sheet, number + 1, at, column.cell(report), dates)


def _write_headers(sheet: Worksheet) -> None:
    for at, column in enumerate(COLUMNS, start=1):
        sheet.write_string(0, at, column.name) if column.name else None
        sheet.write_string(1, at, column.label)
    for number in range(1, NUMBERED_ROWS + 1):
        sheet.write_number(number + 1, 0, number)


def _write_cell(sheet: Worksheet, row: int, at: int, cell: Cell, dates: Format) -> None:
    match cell:
        case "":
            return
        case str():
            sheet.write_string(row, at, cell)
        case date():
            sheet.write_datetime(row, at, datetime(cell.year, cell.month, cell.day), dates)  # noqa: DTZ001  # as above
        case int():
            sheet.write_number(row, at, cell)
