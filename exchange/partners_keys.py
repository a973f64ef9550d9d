"""What partners tell of their keys by letter: a new card. A root that is not the one confirmed is never believed."""

from __future__ import annotations

from exchange.bundle.letters import NewCard
from exchange.bundle.parcel import Letter
from exchange.errors import BundleError, KeyringError, Problem
from exchange.keyring.card import read_card
from exchange.locale import _
from exchange.office import Office


def take_card(office: Office, letter: Letter, new: NewCard) -> None:
    """A partner's new card takes the place of the one before, with its trust. One that is older than ours changes
    nothing: letters come in any order. BundleError for a card that is none, another party's, or under another root."""
    try:
        signed = read_card(new.card.encode("utf-8"))
        if signed.party != letter.sender:
            raise BundleError(Problem("letter.not_a_party", _("the card is another party's"), where=letter.sender))
        office.workspace.cards.add(signed, office.now.date())
    except KeyringError as error:
        if error.codes != ("card.older",):
            raise BundleError(*error.problems) from None
        return
    for network in office.workspace.networks():
        office.note(network, office.entry("card.rotated", counterpart=letter.sender, key=signed.card.fingerprint))
