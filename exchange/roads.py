"""Which road leads to a party, and which ones bring something: by its card, by our own drop box, or by hand.

Where a party's server is, its card says; how we get there – as whom, with which key, over which jump hosts – is our own
matter, and stands in our workspace (`keyring/routes.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from exchange.attaching import AttachmentRoad
from exchange.by_hand import Carried, road_for
from exchange.errors import ExchangeError, KeyringError, Problem, TransportError
from exchange.keyring.routes import AGENT, PASSWORD
from exchange.keyring.shapes import SftpAddress
from exchange.keyring.ssh_agent import login_key
from exchange.locale import _
from exchange.office import Office
from exchange.transport.blocked import BlockedRoad
from exchange.transport.folder import FolderRoad
from exchange.transport.road import Road
from exchange.transport.sftp.login import AgentKey, Login, Password, PrivateKey

if TYPE_CHECKING:
    from exchange.transport.sftp.target import JumpHost, SftpTarget

INCOMING, OUTGOING = "incoming", "outgoing"
Channel = Literal["sftp", "folder", "email"]


@dataclass(frozen=True, slots=True)
class ByHand:
    """What waits is given to a person: in a `folder` to carry, or as files in it to attach to mail."""

    folder: Path
    as_file: bool = False


def channel(by_hand: ByHand | None) -> Channel:
    """How what waits travels, in the words of agreements. Our own drop box is an SFTP server: its users fetch there."""
    if by_hand is None:
        return "sftp"
    return "email" if by_hand.as_file else "folder"


def road_to(office: Office, party: str, by_hand: ByHand | None = None) -> Road:
    """The road by which `party` gets something from us.

    A person's hands, where somebody carries what waits: all of it, since a server that is there may be out of reach.
    Else its server, if its card names one; else its folder at our own drop box, if it has one.
    TransportError (transport.no_address) where there is none of these.
    """
    known = office.workspace.cards.believed(party, office.now.date())
    if by_hand is not None:
        return AttachmentRoad(by_hand.folder) if by_hand.as_file else road_for(office, party, by_hand.folder)
    if known.card.sftp is not None:
        return _sftp(office, party, known.card.sftp, INCOMING)
    if party in office.workspace.dropbox_senders():
        return FolderRoad(office.workspace.dropbox / OUTGOING / party)
    raise TransportError(
        Problem(
            "transport.no_address",
            _("the card of {party} names no server, and it has no folder at our drop box").format(party=party),
            where=party,
            hint=_("give it the files by hand: exchange deliver --to-folder FOLDER"),
        )
    )


def roads_in(office: Office, carried: Carried | None, attached: Path) -> Iterator[Road]:
    """Every road that may bring something to us. `attached`: where what came by mail was taken out."""
    for party in office.workspace.dropbox_senders():
        yield FolderRoad(office.workspace.dropbox / INCOMING / party)
    for party in _those_we_send_to(office):
        with suppress(KeyringError):  # nothing of it would be opened; `exchange status` tells of a damaged card
            known = office.workspace.cards.believed(party, office.now.date())
            if known.card.sftp is not None:
                yield _sftp_or_why_not(office, party, known.card.sftp, OUTGOING)
    if carried is not None:
        yield from carried.roads()
    yield FolderRoad(attached, settle=0)


def _those_we_send_to(office: Office) -> tuple[str, ...]:
    """Where we have an account: at the servers of those who get our bundles, and answer there."""
    ours = (each.agreement for each in office.workspace.agreements.all() if each.agreement.sender.id == office.party)
    return tuple(dict.fromkeys(party.id for agreement in ours for party in agreement.recipients))


def _sftp_or_why_not(office: Office, party: str, address: SftpAddress, folder: str) -> Road:
    try:
        return _sftp(office, party, address, folder)
    except ExchangeError as error:
        return BlockedRoad(party, error)


@dataclass(frozen=True, slots=True)
class Way:
    """How we come to a folder of a server: where it is, as whom, over which jump hosts."""

    target: SftpTarget
    login: Login
    via: tuple[JumpHost, ...]


def _sftp(office: Office, party: str, address: SftpAddress, folder: str) -> Road:
    from exchange.transport.sftp.road import SftpRoad

    way = way_to(office, party, address, folder)
    return SftpRoad(way.target, way.login, via=way.via)


def way_to(office: Office, party: str, address: SftpAddress, folder: str) -> Way:
    """KeyringError: route.malformed, file.not_private; TransportError: transport.no_key."""
    from exchange.transport.sftp.target import JumpHost, SftpTarget

    route = office.workspace.routes.to(party)
    directory = folder if address.directory == "." else f"{address.directory}/{folder}"
    user = route.user or address.user or office.party
    target = SftpTarget(address.host, address.port, user, directory, address.host_key)
    via = (JumpHost(each.host, each.port, each.user, each.host_key, _login(office, each.login)) for each in route.via)
    return Way(target, _login(office, route.login), tuple(via))


def _login(office: Office, way: str) -> Login:
    if way == PASSWORD:
        return Password(office.passwords)
    if way.startswith(AGENT):
        return AgentKey(partial(login_key, way.removeprefix(AGENT), os.environ))
    if office.identity.sftp_client is None:
        raise TransportError(
            Problem("transport.no_key", _("this identity has no key for SFTP servers"), hint=_("make a new identity"))
        )
    return PrivateKey(office.identity.sftp_client.openssh_private())
