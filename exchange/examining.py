"""Which server `exchange doctor` looks at, and as whom: as we come to deliver."""

from __future__ import annotations

from exchange.doctor.facts import Asked
from exchange.doctor.probing import Examination
from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.roads import INCOMING, OUTGOING
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.target import SftpTarget


def examination_of(office: Office, party: str | None) -> tuple[Examination, Asked]:
    """Of the server on the card of `party`; None: on our own. TransportError: transport.no_address, transport.no_key;
    KeyringError where the card is not believed."""
    ours = party is None or party == office.party
    if party is None or ours:
        card = office.workspace.own_card().card
    else:
        card = office.workspace.cards.believed(party, office.now.date()).card
    address, client = card.sftp, office.identity.sftp_client
    if address is None:
        hint = _("ours is named with: exchange card sftp; that of another party it names itself, on a new card")
        raise TransportError(Problem("transport.no_address", _("the card names no server"), card.party, hint))
    if client is None:
        what, hint = _("this identity has no key for SFTP servers"), _("make a new identity")
        raise TransportError(Problem("transport.no_key", what, hint=hint))
    incoming, outgoing = (
        name if address.directory == "." else f"{address.directory}/{name}" for name in (INCOMING, OUTGOING)
    )
    target = SftpTarget(address.host, address.port, address.user or office.party, incoming, address.host_key)
    examination = Examination(target, outgoing, client.openssh_private(), Deadlines())
    return examination, Asked(card.party, card.contact, ours)
