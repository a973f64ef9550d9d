"""What partners tell of their keys: a new card, and keys that are revoked. A root that is not the one known is never
believed."""

from __future__ import annotations

from functools import partial

from exchange.bundle.letters import NewCard, RevocationLetter
from exchange.bundle.parcel import Letter
from exchange.crypto.signing import VerifyKey
from exchange.errors import BundleError, KeyringError, Problem
from exchange.keyring.card import read_card
from exchange.keyring.known_card import KnownCard
from exchange.keyring.revocation import SignedRevocation, read_revocation
from exchange.locale import _
from exchange.office import Office
from exchange.renewing import networks


def take_keys(office: Office, letter: Letter, said: NewCard | RevocationLetter, ciphertext: str) -> None:
    """Do what the letter says of its sender's keys; that it came is noted also where we knew all of it. BundleError for
    what is none, another party's, or by another root."""
    if isinstance(said, NewCard):
        _take_card(office, letter, said, ciphertext)
    else:
        _take_revocation_letter(office, letter, said, ciphertext)
    about = partial(office.entry, "letter.received", counterpart=letter.sender, ciphertext=ciphertext)
    for network in office.workspace.logs.networks():
        if not office.tells_of_letter(network, letter.sender, letter.id, ciphertext):
            office.note(network, about(letter=letter.id, note=letter.kind))


def _take_card(office: Office, letter: Letter, new: NewCard, ciphertext: str) -> None:
    """A partner's new card takes the place of the one before, with its trust. One that is older than ours changes
    nothing: letters come in any order."""
    try:
        signed = read_card(new.card.encode("utf-8"))
        if signed.party != letter.sender:
            raise BundleError(Problem("letter.not_a_party", _("the card is another party's"), where=letter.sender))
        office.workspace.cards.add(signed, office.now.date())
    except KeyringError as error:
        if error.codes != ("card.older",):
            raise BundleError(*error.problems) from None
        return
    about = partial(office.entry, "card.rotated", counterpart=letter.sender, key=signed.card.fingerprint)
    for network in office.workspace.logs.networks():
        office.note(network, about(letter=letter.id, ciphertext=ciphertext))


def _take_revocation_letter(office: Office, letter: Letter, said: RevocationLetter, ciphertext: str) -> None:
    try:
        signed = read_revocation(said.revocation.encode("utf-8"))
        if signed.party != letter.sender:
            what = _("the revocation is another party's")
            raise BundleError(Problem("letter.not_a_party", what, where=letter.sender))
        take_revocation(office, signed, letter=letter.id, ciphertext=ciphertext)
    except KeyringError as error:
        raise BundleError(*error.problems) from None


def take_revocation(
    office: Office, signed: SignedRevocation, *, letter: str | None = None, ciphertext: str | None = None
) -> KnownCard:
    """The party's card, some of whose keys are believed no more; every network's log says which, each once. It came by
    letter (its id, and the digest of the file in which it came), or by hand. KeyringError as
    `CardBook.take_revocation`."""
    known = office.workspace.cards.take_revocation(signed, office.now)
    revoked = {VerifyKey.from_openssh(each.key).fingerprint(): each for each in known.trust.revoked_keys if each.signs}
    for network in networks(office.workspace):
        noted = {each.key for each in office.entries(network, "card.revoked") if each.counterpart == signed.party}
        new = [(key, each.since) for key, each in revoked.items() if key not in noted]
        about = partial(office.entry, "card.revoked", counterpart=signed.party, letter=letter, ciphertext=ciphertext)
        entries = [about(key=key, since=since) for key, since in new]
        if entries:
            office.note(network, *entries)
    return known
