"""The page that people approve: kept beside its bundle's approvals, compared with what was packed, gone when that left.

Its digest is noted in the log with the sealed file's, in one entry, and each approval signs both. So whoever swaps the
page, the file or the entry after the first approval makes that approval one of another bundle; and until then the page
is not the one that was noted. The page is private to the user (0600) and in the clear, so that whoever may approve can
look at it without the organisation's passphrase; what may therefore stand on it says `exchange.reports.before_after`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from exchange.crypto.canonical import digest_of_bytes
from exchange.errors import KeyringError, Problem
from exchange.keyring.private_files import read_private, write_private
from exchange.locale import _
from exchange.office import Office
from exchange.transport.parcels import Standing

_SALT_BYTES = 16
LEFT = {"delivered", "acknowledged", "overdue", "refused", "rejected", "given_up"}
"""The states of a parcel in which nobody is asked about it any more."""


def keep_page(office: Office, bundle: str, page: str) -> str:
    """Keep the page of a bundle until that has left; its digest, which the log and every approval name. Random bytes
    stand at its end, seen by nobody: so who reads the log cannot confirm a guess at what stands on the page."""
    content = f"{page}<!-- {office.randomness(_SALT_BYTES).hex()} -->\n".encode()
    write_private(office.workspace.approvals.page_file(bundle), content)
    return digest_of_bytes(content)


def page_of(office: Office, bundle: str, digest: str | None) -> bytes:
    """The page of a bundle, exactly as it was when it was packed. KeyringError: page.not_noted, page.changed;
    file.missing and others of `read_private`."""
    hint = _("do not approve it; reject it, and pack the period again: exchange approve --reject BUNDLE --as PERSON")
    if digest is None:
        what = _("no page of what is in it was noted when it was packed")
        raise KeyringError(Problem("page.not_noted", what, where=bundle, hint=hint))
    content = read_private(office.workspace.approvals.page_file(bundle))
    if digest_of_bytes(content) != digest:
        what = _("the page of what is in it is not the one that was made when it was packed")
        raise KeyringError(Problem("page.changed", what, where=bundle, hint=hint))
    return content


def about_page(office: Office, standing: Standing, bundle: str, digest: str | None) -> Problem | None:
    """What is wrong with the page of a bundle that has not left. Once everybody has approved, nobody needs to see it
    any more: then it may be gone, but not be another."""
    try:
        page_of(office, bundle, digest)
    except KeyringError as error:
        if error.codes == ("file.missing",) and standing.state != "packed":
            return None
        return error.problems[0]
    return None


def forget_pages(office: Office) -> None:
    """Delete the pages of bundles that have left, were rejected, or were never finished. One that we remember to have
    packed, and that a crash kept from the outbox, is finished by `posting.resume`: people must see its page."""
    if not _stale(office):
        return
    with office.workspace.turn("posting"):  # what is being packed just now has a page, and no place in the outbox yet
        for file in _stale(office):
            file.unlink(missing_ok=True)


def _stale(office: Office) -> list[Path]:
    states = {each.parcel.id: each.state for each in office.workspace.outbox.status()}
    pages = ((file, file.parent.name) for file in office.workspace.approvals.kept_pages())
    return [file for file, bundle in pages if states.get(bundle) in LEFT or _is_nothing(office, bundle, states)]


def _is_nothing(office: Office, bundle: str, states: Mapping[str, str]) -> bool:
    return bundle not in states and office.workspace.releases.find(bundle) is None
