"""The memory of releases, opened: what a recipient holds already, for the release that is being made.

What was shown of whom is locked with our identity. It is kept until the recipient must have certified that it destroyed
what it got, and then forgotten: from then on the period cannot be corrected any more.
"""

from __future__ import annotations

import datetime as dt
import zlib

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.consent.consented import Consented
from exchange.consent.days import months_before
from exchange.crypto import box
from exchange.errors import CryptoError, DisclosureError, Problem
from exchange.locale import _
from exchange.office import Office
from exchange.posting import LIFETIME
from exchange.protect.protecting import forgotten
from exchange.protect.releases.memory import Kept, Memory, Shown
from exchange.protect.releases.releases import Release
from exchange.registers import case_key
from exchange.seal.series import Series


def memory_for(office: Office, leave: Permit, rows: Consented) -> Memory:
    """What protect compares a release of `rows` with: what it replaces, and every bundle of another period that the
    recipient need not have destroyed yet.

    DisclosureError: `releases.forgotten`; `releases.lost`, where more was sent than is remembered; `releases.unknown`.
    """
    agreement, recipient = leave.agreement, leave.recipient.id
    _refuse_lost(office, agreement, recipient)
    numbers = rows.table.column(agreement.data.key).to_pylist()
    cases = tuple(case_key(office, agreement.id, recipient, number) for number in numbers)
    chain = office.workspace.releases.replaced_by(leave.replaces)
    if chain and chain[0].replaces is not None:
        raise forgotten(recipient)
    return Memory(cases, tuple(opened(office, release) for release in chain), _earlier(office, leave))


def _earlier(office: Office, leave: Permit) -> tuple[Kept, ...]:
    """What the recipient holds of other periods, replaced bundles included, the oldest first."""
    agreement, recipient = leave.agreement, leave.recipient.id
    destroyed = destroyed_before(office, agreement, recipient)
    return tuple(
        Kept(Period.read(release.period), opened(office, release))
        for release in office.workspace.releases.all_to(agreement.id, recipient)
        if release.period != str(leave.period) and release.created >= destroyed
    )


def locked(office: Office, bundle: str, shown: Shown) -> bytes:
    """What a release showed, for `Releases.record`."""
    return box.lock(_key(office), zlib.compress(shown.to_bytes()), context=_context(bundle))


def forget(office: Office, agreement: Agreement) -> None:
    """Forget what recipients must have destroyed by now, and have certified."""
    for party in agreement.recipients:
        office.workspace.releases.forget(agreement.id, party.id, destroyed_before(office, agreement, party.id))


def destroyed_before(office: Office, agreement: Agreement, recipient: str) -> dt.datetime:
    """What was made before this moment, the recipient must have destroyed by now, and have certified."""
    clause = agreement.retention[recipient]
    day = months_before(office.today(agreement), clause.keep_months)
    return dt.datetime.combine(day, dt.time(), dt.UTC) - LIFETIME - dt.timedelta(clause.certificate_within_days)


def opened(office: Office, release: Release) -> Shown:
    """What a release showed. DisclosureError (releases.forgotten)."""
    kept = office.workspace.releases.shown(release.bundle)
    if kept is None:
        raise forgotten(release.recipient)
    try:
        plain = box.unlock(_key(office), kept, context=_context(release.bundle))
    except CryptoError:
        raise forgotten(release.recipient) from None
    return Shown.from_bytes(zlib.decompress(plain))


def _refuse_lost(office: Office, agreement: Agreement, recipient: str) -> None:
    """The numbers of sealed bundles are kept apart from the memory: a memory that holds fewer is not the whole. After a
    recovery both may be old, and only the recipient knows how many it got."""
    if office.workspace.recovery.numbers_unknown(recipient):
        what = _("our workspace was recovered, and how many bundles {party} has got is not known here")
        hint = _("ask it: exchange card numbers {party} --take FILE")
        raise DisclosureError(
            Problem(
                "releases.unknown", what.format(party=recipient), where=recipient, hint=hint.format(party=recipient)
            )
        )
    if is_lost(office, agreement, recipient):
        what = _("more was sent to this recipient than the memory of releases holds")
        hint = _("restore releases.sqlite from a copy; without it nothing may leave")
        raise DisclosureError(Problem("releases.lost", what, where=recipient, hint=hint))


def is_lost(office: Office, agreement: Agreement, recipient: str) -> bool:
    """Whether more was sent to a recipient than is remembered."""
    sent = office.workspace.ledger.number_given(Series(office.party, recipient, agreement.id, "bundle"))
    return office.workspace.releases.number(agreement.id, recipient) < sent


def _key(office: Office) -> bytes:
    return office.identity.key_for("releases/shown")


def _context(bundle: str) -> bytes:
    return f"shown {bundle}".encode()
