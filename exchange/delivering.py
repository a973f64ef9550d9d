"""The last step of the sender's half: what waits in the outbox goes, and what the server has is noted in the log.

A bundle goes only over a channel that its agreement lists. A letter goes over any: it holds no row, and a withdrawal, a
suspension or a breach must get through whatever else is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from exchange.agreements.agreement import Agreement
from exchange.agreements.state import state
from exchange.approving import objection, settle
from exchange.attaching import AttachmentRoad
from exchange.audit.entries import Counts
from exchange.by_hand import Handed, Hands, folder_for, nobodys_hands
from exchange.duties import withdrawal
from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.previewing import forget_pages
from exchange.protect.releases.releases import Release
from exchange.registers import notices
from exchange.roads import ByHand, Channel, channel, road_to
from exchange.transport.outbox import Event, Patience, Queued, Standing
from exchange.transport.road import Road

_ARRIVED = {"delivered", "overdue", "acknowledged", "refused"}


def deliver(
    office: Office, *, folder: Path | None = None, attachments: Path | None = None, hands: Hands = nobodys_hands
) -> tuple[Event, ...]:
    """Send what waits in the outbox; what happened, in order. Safe to repeat. `folder`: for what
    somebody carries; `attachments`: for what somebody sends by mail. What lies there counts as delivered, and `hands`
    is told what is for whom.

    A bundle leaves only with the approvals that its agreement asks. They are verified here, whoever released it; one
    that may not leave goes back to where bundles wait for approvals, with the reason.
    """
    office.resume()
    withdrawal.complete(office)
    settle(office)
    by_hand = _by_hand(folder, attachments)
    roads: dict[str, Road] = {}

    def road(party: str) -> Road:
        roads[party] = road_to(office, party, by_hand)
        return roads[party]

    events = office.workspace.outbox.deliver(
        road,
        office.now,
        at_once=True,
        against=partial(_against, office, channel(by_hand)),
        objection=lambda standing: (
            objection(office, standing) or withdrawal.objection(office, standing) or _stopped(office, standing)
        ),
        receipt_within=lambda parcel: _receipt_within(office, parcel),
    )
    _note_deliveries(office, events)
    _hand_over(office, events, roads, by_hand, hands)
    forget_pages(office)
    return events


def _by_hand(folder: Path | None, attachments: Path | None) -> ByHand | None:
    if attachments is not None:
        return ByHand(attachments, as_file=True)
    return None if folder is None else ByHand(folder)


def _hand_over(
    office: Office, events: Iterable[Event], roads: Mapping[str, Road], by_hand: ByHand | None, hands: Hands
) -> None:
    """Say what is for whom: nothing on the stick and no name of a file does."""
    if by_hand is None:
        return
    for party in sorted({event.parcel.recipient for event in events if event.state == "delivered"}):
        road = roads[party]
        if isinstance(road, AttachmentRoad) and road.made is not None:
            hands(Handed(party, road.made, road.made.stat().st_size))
        else:
            hands(Handed(party, folder_for(office, party, by_hand.folder)))


def not_agreed(agreement: Agreement, over: Channel) -> Problem | None:
    """What speaks against sending a bundle over this channel: the agreement does not list it."""
    agreed = agreement.delivery.channels
    if over in agreed:
        return None
    what = _("the agreement lets bundles travel by {agreed} only, not by {channel}")
    where = f"{agreement.id} {agreement.version}"
    return Problem("transport.channel_not_agreed", what.format(agreed=", ".join(agreed), channel=over), where)


def _stopped(office: Office, standing: Standing) -> Problem | None:
    """A bundle does not leave after its agreement was suspended or ended, whenever it was packed."""
    release = office.workspace.releases.find(f"sha256:{standing.parcel.sha256}")
    known = None if release is None else office.workspace.by_reference(release.agreement)
    if release is None or known is None:  # a letter; or `objection` said it
        return None
    now = state(known.agreement, known.signatures, office.today(known.agreement), notices(office))
    if now not in {"suspended", "terminated"}:
        return None
    return Problem(f"agreement.{now}", _("sending under the agreement has been stopped"), str(release.agreement))


def _against(office: Office, over: Channel, parcel: Queued) -> Problem | None:
    if parcel.kind == "letter":
        return None
    agreement = _agreement(office, parcel)
    if agreement is None:
        return Problem("agreement.unknown", _("the agreement of a bundle that waits is not here"), parcel.name)
    return not_agreed(agreement, over)


def _receipt_within(office: Office, parcel: Queued) -> dt.timedelta:
    """How long the agreement gives the recipient."""
    agreement = _agreement(office, parcel)
    return Patience().receipt if agreement is None else dt.timedelta(days=agreement.delivery.receipt.within_days)


def _agreement(office: Office, parcel: Queued) -> Agreement | None:
    """Under which a bundle was released; None for what is no bundle, or where it is not here."""
    release = office.workspace.releases.find(f"sha256:{parcel.sha256}")
    known = None if release is None else office.workspace.by_reference(release.agreement)
    return None if known is None else known.agreement


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
