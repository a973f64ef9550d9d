"""The last step of the sender's half: what waits in the outbox goes, and what the server has is noted in the log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from exchange.approving import WITHDRAWN_SINCE, objection, settle
from exchange.audit.entries import Counts
from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.protect.releases import Release
from exchange.registers import case_key, withdrawals
from exchange.roads import road_to
from exchange.transport.outbox import Event, Standing

_ARRIVED = {"delivered", "overdue", "acknowledged", "refused"}


def deliver(office: Office, *, folder: Path | None = None) -> tuple[Event, ...]:
    """Send what waits in the outbox; what happened, in order. Safe to repeat. `folder`: for what goes by hand.

    A bundle leaves only with the approvals that its agreement asks. They are verified here, whoever released it; one
    that may not leave goes back to where bundles wait for approvals, with the reason.
    """
    office.resume()
    settle(office)
    events = office.workspace.outbox.deliver(
        lambda party: road_to(office, party, folder),
        office.now,
        at_once=True,
        objection=lambda standing: objection(office, standing) or _withdrawn_since(office, standing),
    )
    _note_deliveries(office, events)
    return events


def _withdrawn_since(office: Office, standing: Standing) -> Problem | None:
    """Nothing about somebody who withdrew leaves any more. What was tried to send may have left, and is followed by the
    letter that asks to erase her, which goes after it."""
    release = office.workspace.releases.find(f"sha256:{standing.parcel.sha256}")
    if release is None or standing.attempts:
        return None
    agreement, recipient = release.agreement.id, release.recipient
    gone = (case_key(office, agreement, recipient, case) for case in withdrawals(office, agreement))
    if not office.workspace.releases.holds_any(release.bundle, gone):
        return None
    what = _("somebody who is in this bundle has withdrawn since it was packed")
    hint = _("pack the period again without her: exchange approve --reject {bundle} --as PERSON, then exchange pack")
    where = f"{release.recipient} {release.period}"
    return Problem(WITHDRAWN_SINCE, what, where, hint.format(bundle=release.bundle))


def _note_deliveries(office: Office, events: Iterable[Event]) -> None:
    """Note what was delivered just now, and what was delivered when a crash kept it from being noted."""
    now = {event.parcel.sha256 for event in events if event.state == "delivered"}
    noted = {each for network in office.workspace.networks() for each in office.noted(network, "bundle.delivered")}
    for standing in office.workspace.outbox.status():
        digest = f"sha256:{standing.parcel.sha256}"
        if standing.parcel.sha256 in now or (standing.state in _ARRIVED and digest not in noted):
            release = office.workspace.releases.find(digest)
            if release is not None:  # a letter is noted when it is written
                _note_delivery(office, release, standing)


def _note_delivery(office: Office, release: Release, standing: Standing) -> None:
    known = office.workspace.by_reference(release.agreement)
    if known is None:
        where = str(release.agreement)
        raise TransportError(Problem("agreement.unknown", _("the agreement of a delivered bundle is not here"), where))
    entry = office.entry(
        "bundle.delivered",
        counterpart=release.recipient,
        agreement=release.agreement,
        period=release.period,
        bundle=release.bundle,
        ciphertext=release.ciphertext,
        counts=Counts(attempts=standing.attempts, bytes=standing.parcel.size),
    )
    office.note(known.agreement.network, entry)
