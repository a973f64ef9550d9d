"""The last step of the sender's half: what waits in the outbox goes, and what the server has is noted in the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from exchange.approving import objection, settle
from exchange.audit.entries import Counts
from exchange.duties import withdrawal
from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.protect.releases import Release
from exchange.roads import road_to
from exchange.transport.outbox import Event, Patience, Queued, Standing

_ARRIVED = {"delivered", "overdue", "acknowledged", "refused"}


def deliver(office: Office, *, folder: Path | None = None) -> tuple[Event, ...]:
    """Send what waits in the outbox; what happened, in order. Safe to repeat. `folder`: for what goes by hand.

    A bundle leaves only with the approvals that its agreement asks. They are verified here, whoever released it; one
    that may not leave goes back to where bundles wait for approvals, with the reason.
    """
    office.resume()
    withdrawal.complete(office)
    settle(office)
    events = office.workspace.outbox.deliver(
        lambda party: road_to(office, party, folder),
        office.now,
        at_once=True,
        objection=lambda standing: objection(office, standing) or withdrawal.objection(office, standing),
        receipt_within=lambda parcel: _receipt_within(office, parcel),
    )
    _note_deliveries(office, events)
    return events


def _receipt_within(office: Office, parcel: Queued) -> dt.timedelta:
    """How long the agreement gives the recipient."""
    release = office.workspace.releases.find(f"sha256:{parcel.sha256}")
    known = None if release is None else office.workspace.by_reference(release.agreement)
    return Patience().receipt if known is None else dt.timedelta(days=known.agreement.delivery.receipt.within_days)


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
