"""Which server `exchange doctor` looks at, and as whom: as we come to deliver."""

from __future__ import annotations

from exchange.doctor.facts import Asked
from exchange.doctor.probing import Examination
from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.roads import INCOMING, OUTGOING, way_to
from exchange.transport.sftp.line import Deadlines


def examination_of(office: Office, party: str | None) -> tuple[Examination, Asked]:
    """Of the server on the card of `party`; None: on our own. TransportError: transport.no_address, transport.no_key;
    KeyringError where the card is not believed, or the route to it cannot be read."""
    ours = party is None or party == office.party
    if party is None or ours:
        card = office.workspace.own.card().card
    else:
        card = office.workspace.cards.believed(party, office.now.date()).card
    if card.sftp is None:
        hint = _("ours is named with: exchange card sftp; that of another party it names itself, on a new card")
        raise TransportError(Problem("transport.no_address", _("the card names no server"), card.party, hint))
    way, back = (way_to(office, card.party, card.sftp, folder) for folder in (INCOMING, OUTGOING))
    examination = Examination(way.target, back.target.directory, way.login, Deadlines(), via=way.via)
    return examination, Asked(card.party, card.contact, ours)
