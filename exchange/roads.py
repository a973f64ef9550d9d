"""Which road leads to a party, and which ones bring something: by its card, by our own drop box, or by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exchange.errors import Problem, TransportError
from exchange.keyring.shapes import SftpAddress as CardAddress
from exchange.locale import _
from exchange.office import Office
from exchange.transport.folder import FolderRoad
from exchange.transport.road import Road

INCOMING, OUTGOING = "incoming", "outgoing"


def road_to(office: Office, party: str, by_hand: Path | None = None) -> Road:
    """The road by which `party` gets something from us.

    Its server, if its card names one; else its folder at our own drop box, if it has one; else the folder `by_hand`.
    TransportError (transport.no_address) where there is none of these.
    """
    known = office.workspace.cards.confirmed(party)
    if known.card.sftp is not None:
        return _sftp(office, known.card.sftp, INCOMING)
    if party in office.workspace.dropbox_senders():
        return FolderRoad(office.workspace.dropbox / OUTGOING / party)
    if by_hand is not None:
        return FolderRoad(by_hand)
    raise TransportError(
        Problem(
            "transport.no_address",
            _("the card of {party} names no server, and it has no folder at our drop box").format(party=party),
            where=party,
            hint=_("give it the files by hand: exchange deliver --to-folder FOLDER"),
        )
    )


def roads_in(office: Office, by_hand: Path | None = None) -> Iterator[Road]:
    """Every road that may bring something to us."""
    for party in office.workspace.dropbox_senders():
        yield FolderRoad(office.workspace.dropbox / INCOMING / party)
    for known in office.workspace.cards.all():
        if known.confirmed and known.card.sftp is not None and known.card.party != office.party:
            yield _sftp(office, known.card.sftp, OUTGOING)
    if by_hand is not None:
        yield FolderRoad(by_hand)


def _sftp(office: Office, address: CardAddress, folder: str) -> Road:
    from exchange.transport.sftp import SftpAddress, SftpRoad

    if office.identity.sftp_client is None:
        raise TransportError(
            Problem("transport.no_key", _("this identity has no key for SFTP servers"), hint=_("make a new identity"))
        )
    directory = folder if address.directory == "." else f"{address.directory}/{folder}"
    target = SftpAddress(address.host, address.port, address.user or office.party, directory, address.host_key)
    return SftpRoad(target, office.identity.sftp_client.openssh_private())
