"""The last step of the sender's half: what waits in the outbox goes, and what the server has is noted in the log.

A bundle goes only over a channel that its agreement lists. A letter goes over any: it holds no row, and a withdrawal, a
suspension or a breach must get through whatever else is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from exchange.agreements.agreement import Agreement
from exchange.agreements.state import state
from exchange.approving import objection, settle, why_it_waits
from exchange.attaching import AttachmentRoad
from exchange.audit.entries import Counts
from exchange.by_hand import Handed, Hands, folder_for, nobodys_hands
from exchange.duties import withdrawal
from exchange.errors import KeyringError, Problem, TransportError
from exchange.linking_rounds import due, send
from exchange.locale import _
from exchange.office import Office
from exchange.posting import resume
from exchange.previewing import forget_pages
from exchange.protect.releases.releases import Release
from exchange.registers import notices
from exchange.roads import OUTGOING, ByHand, Channel, channel, road_to
from exchange.transport.parcels import Event, Patience, Queued, Standing
from exchange.transport.persistence import Pausing, nobody_waits
from exchange.transport.road import Road, Watch, nobody_watches

_ARRIVED = {"delivered", "overdue", "acknowledged", "refused"}


def deliver(
    office: Office,
    *,
    folder: Path | None = None,
    attachments: Path | None = None,
    hands: Hands = nobodys_hands,
    at_once: bool = True,
    watch: Watch = nobody_watches,
    pausing: Pausing = nobody_waits,
) -> tuple[Event, ...]:
    """Send what waits in the outbox; what happened, in order. Safe to repeat. `folder`: for what somebody carries;
    `attachments`: for what somebody sends by mail. What lies there counts as delivered, and `hands` is told what is for
    whom. `at_once`: also what failed and pauses. `watch` sees what moves, `pausing` when nothing does.

    A bundle leaves only with the approvals that its agreement asks. They are verified here, whoever released it; one
    that may not leave goes back to where bundles wait for approvals, with the reason.
    TransportError (transport.others_deliver) where another process is at it.
    """
    by_hand = hands_of(folder, attachments)
    roads: dict[str, Road] = {}

    def road(party: str) -> Road:
        roads[party] = road_to(office, party, by_hand)
        return roads[party]

    with office.workspace.kept_open():
        resume(office)
        withdrawal.complete(office)
        settle(office)
        go = partial(
            office.workspace.outbox.deliver,
            road,
            office.now,
            against=partial(_against, office, channel(by_hand)),
            objection=partial(_objection, office),
            receipt_within=lambda parcel: _receipt_within(office, parcel),
            watch=watch,
            pausing=pausing,
        )
        events = go(at_once=at_once)
        _note_deliveries(office, events)
        if send(office, due(office))[0]:  # of what has left just now, the linking agent hears in the same run
            events += go(at_once=False)
        _hand_over(office, events, roads, by_hand, hands)
        forget_pages(office)
        return events


def _objection(office: Office, standing: Standing) -> Problem | None:
    """Why a parcel may not leave; None if it may."""
    return objection(office, standing) or withdrawal.objection(office, standing) or _stopped(office, standing)


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of a parcel: over which channel it would go, and to where, "" where no road leads there; what
    would hold it back."""

    standing: Standing
    channel: Channel
    where: str
    held_back: Problem | None


def plan(office: Office, by_hand: ByHand | None = None, *, also: Collection[str] = ()) -> tuple[Planned, ...]:
    """What `deliver` would do now with all that has not left, and with the parcels `also`, by their ids."""
    with office.workspace.kept_open():
        waits = (
            each
            for each in office.workspace.outbox.status()
            if each.state in {"packed", "queued", "sending", "failed"} or each.parcel.id in also
        )
        return tuple(_planned(office, each, by_hand, again=each.parcel.id in also) for each in waits)


def _planned(office: Office, standing: Standing, by_hand: ByHand | None, *, again: bool) -> Planned:
    over = channel(by_hand)
    try:
        where, no_road = _where_to(office, standing.parcel.recipient, by_hand), None
    except (TransportError, KeyringError) as error:
        where, no_road = "", error.problems[0]
    held = why_it_waits(office, standing) if standing.state == "packed" else _objection(office, standing)
    if standing.state == "failed" and not again:
        held = held or Problem(standing.code, standing.reason, standing.parcel.name)
    return Planned(standing, over, where, held or _against(office, over, standing.parcel) or no_road)


def _where_to(office: Office, party: str, by_hand: ByHand | None) -> str:
    """Where the road of `road_to` leads, without entering it or making anything. Raises as that."""
    known = office.workspace.cards.believed(party, office.now.date())
    if by_hand is not None and by_hand.as_file:
        return by_hand.folder.name
    if by_hand is not None:
        return f"{by_hand.folder.name}/{folder_for(office, party, by_hand.folder).name}"
    if known.card.sftp is not None:
        return f"{known.card.sftp.host}:{known.card.sftp.port}"
    if party in office.workspace.dropbox_senders():
        return f"{office.workspace.dropbox.name}/{OUTGOING}/{party}"
    road_to(office, party)  # says why there is none
    return ""


def hands_of(folder: Path | None, attachments: Path | None) -> ByHand | None:
    """Into whose hands it is given; None: nobody's."""
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
            hands(Handed(party, road.made, road.made_size))
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
    known = None if release is None else office.workspace.agreements.find(release.agreement)
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
    known = None if release is None else office.workspace.agreements.find(release.agreement)
    return None if known is None else known.agreement


def _note_deliveries(office: Office, events: Iterable[Event]) -> None:
    """Note what was delivered just now, and what was delivered when a crash kept it from being noted."""
    now = {event.parcel.sha256 for event in events if event.state == "delivered"}
    noted = {each for network in office.workspace.logs.networks() for each in office.noted(network, "bundle.delivered")}
    for standing in office.workspace.outbox.status():
        digest = f"sha256:{standing.parcel.sha256}"
        if standing.parcel.sha256 in now or (standing.state in _ARRIVED and digest not in noted):
            release = office.workspace.releases.find(digest)
            if release is not None:  # a letter is noted when it is written
                _note_delivery(office, release, standing)


def _note_delivery(office: Office, release: Release, standing: Standing) -> None:
    known = office.workspace.agreements.find(release.agreement)
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
