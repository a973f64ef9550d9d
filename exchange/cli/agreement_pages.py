"""`exchange agreement show --html`: an agreement as a document, as one page for a director, as a consent sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exchange.cli import console
from exchange.cli.agreement_workbook import put
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    import datetime as dt

    from exchange.agreements.agreement import Agreement
    from exchange.agreements.signatures import Signatures


def refuse_without_a_file(html: Path | None, *asked: str | bool | None) -> None:
    """The one-pager and the consent sheet are pages: without --html there is nowhere to put them."""
    if html is None and any(asked):
        hint = _("add --html FILE")
        raise UsageError(Problem("usage.no_file_named", _("it is not said where the page is to be written"), hint=hint))


def write_page(
    html: Path,
    agreement: Agreement,
    signatures: Signatures,
    on: dt.date,
    *,
    leaves: bool,
    sheet: bool,
    form: str | None,
) -> None:
    """Write the page that was asked for into a new file."""
    from exchange.reports.agreement_page import agreement_page, what_leaves_page
    from exchange.reports.consent_sheet import consent_sheet

    if leaves and sheet:
        raise UsageError(Problem("usage.two_pages", _("one page at a time: --what-leaves or --consent-sheet")))
    if sheet:
        text = consent_sheet(agreement, on, form)
    else:
        text = (what_leaves_page if leaves else agreement_page)(agreement, signatures, on)
    put(html, text.encode())
    console.answer({"file": html.name, "digest": agreement.digest}, [str(html)])
