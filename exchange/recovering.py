"""A lost organisation comes back: its root key from two shares, what is public of it from its card, and what only its
own machine knew – numbers, logs, registers, the store – from a copy of the workspace, if there is one.

The card is the newest that anybody has, and perhaps an old one: so whoever stands on it is certified again only where
somebody names them, and what was revoked before comes from the copy, or from a partner, as well. From the root follow,
as they were, the log's key and the keys of what is kept locked, so a copy opens although its passphrase was lost.
Encryption and signing keys are made anew; the old ones are revoked as lost, and what was sealed for them stays shut.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from exchange.crypto.signing import SigningKey
from exchange.errors import ExchangeError, KeyringError, Problem
from exchange.keyring.card import Card, SignedCard, issue_card
from exchange.keyring.certification import issue_certification
from exchange.keyring.identity import Identity, ended, new_identity
from exchange.keyring.identity_file import save_identity
from exchange.keyring.revocation import SignedRevocation, issue_revocation, together
from exchange.keyring.shapes import CertifiedKey, Person, RevokedKey
from exchange.locale import _
from exchange.renewing import UNSEEN, to_be_told
from exchange.workspace.copies import card_in, revocation_in
from exchange.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of an organisation: its newest card, its root key, perhaps a copy of its workspace, what it revoked
    before, and the ids of those on the card who work for it still."""

    card: SignedCard
    root: SigningKey
    copy: Path | None = None
    revoked: tuple[RevokedKey, ...] = ()
    people: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_root(self.root, self.card.card)


def newest_card(given: SignedCard | None, copy: Path | None) -> SignedCard:
    """The card to go on from: the one that was given or that of the copy, whichever is newer; both of one root.

    KeyringError: recovery.no_card, recovery.other_copy.
    """
    found = [card for card in (given, card_in(copy) if copy else None) if card is not None]
    if not found:
        what, hint = (
            _("without its card nobody can tell whose root key this is"),
            _("ask a partner for it: --card FILE"),
        )
        raise KeyringError(Problem("recovery.no_card", what, hint=hint))
    if len({(each.party, each.card.root) for each in found}) > 1:
        raise KeyringError(Problem("recovery.other_copy", _("the card and the copy are of different organisations")))
    return max(found, key=lambda each: each.card.serial)


def revoked_before(given: SignedRevocation | None, copy: Path | None, card: Card) -> tuple[RevokedKey, ...]:
    """What the organisation of the card had revoked, by what was given and by the copy. KeyringError:
    recovery.other_copy; identity.root_revoked, since then nothing is to be recovered."""
    found = [each.revocation for each in (given, revocation_in(copy) if copy else None) if each is not None]
    if any((each.party, each.root) != (card.party, card.root) for each in found):
        what = _("the card and the revocation are of different organisations")
        raise KeyringError(Problem("recovery.other_copy", what))
    if any(each.revokes_root for each in found):
        hint = _("a new root key is a new beginning: exchange init, in another workspace")
        raise KeyringError(Problem("identity.root_revoked", _("our root key is revoked"), card.party, hint))
    return together((), (key for each in found for key in each.keys))


def may_come_back(card: Card, revoked: tuple[RevokedKey, ...], on: dt.date) -> tuple[Person, ...]:
    """Those on the card whose time is not over and whose key was not revoked before."""
    gone = {each.key for each in revoked}
    return tuple(each for each in card.people if each.not_after >= on and each.key not in gone)


def check_root(root: SigningKey, card: Card) -> None:
    """KeyringError (recovery.another_root) where the shares bring back another root key than that of the card."""
    if root.verify_key != card.root_key:
        what = _("the shares bring back {found}, and the root key of {party} is {expected}")
        hint = _("look for the sheets that bear the fingerprint of the card")
        names = {"found": root.fingerprint(), "party": card.party, "expected": card.fingerprint}
        raise KeyringError(Problem("recovery.another_root", what.format(**names), hint=hint))


def recovered_identity(remains: Remains, now: dt.datetime) -> Identity:
    """The same party with the same root, the people who were named, and new keys. Those of the card are revoked; what
    its signing keys signed and partners saw until today still counts, so they stay on our card, to end today: that
    holds also where the revocation has not come."""
    card, on = remains.card.card, now.date()
    has_client = card.sftp_client_key is not None
    made = new_identity(card.party, card.names, card.contact, on, sftp_client=has_client, root=remains.root)
    people = tuple(each for each in may_come_back(card, remains.revoked, on) if each.id in remains.people)
    revoked = together(remains.revoked, _all_lost(card, now))
    return replace(made, people=people, lost=tuple(_ended(card, on)), revoked=revoked)


def _ended(card: Card, on: dt.date) -> Iterator[CertifiedKey]:
    for key in card.signing_keys:
        kept = ended(key, on)
        if kept is not None:
            yield kept


def _all_lost(card: Card, now: dt.datetime) -> Iterator[RevokedKey]:
    for signing in card.signing_keys:
        yield RevokedKey(use="signing", key=signing.key, since=now, reason="lost")
    for encryption in card.encryption_keys:
        yield RevokedKey(use="encryption", key=encryption.digest, since=now, reason="lost")


def recover(folder: Path, remains: Remains, passphrase: str, now: dt.datetime) -> tuple[Workspace, SignedCard]:
    """A workspace in the empty `folder` with the recovered identity and its next card, of which partners whom a copy
    names are to be told.

    WorkspaceError: as `Workspace.create`. KeyringError: passphrase.weak, file.not_written.
    """
    identity, before = recovered_identity(remains, now), remains.card
    workspace = Workspace.create(folder, identity.party, copy=remains.copy)
    card = issue_card(identity, now.date(), sftp=before.card.sftp, previous=before, unseen=UNSEEN)
    try:
        workspace.recovery.note_recovered()
        to_be_told(workspace, identity, now, identity.revoked)
        workspace.own.save_revocation(issue_revocation(identity, now))
        save_identity(identity, workspace.identity_file, passphrase)
        for person in identity.people:
            workspace.people.save_certification(issue_certification(identity, person))
        workspace.own.save_card(card)
    except ExchangeError:  # a full disk: what is half made could neither be used nor made again
        workspace.identity_file.unlink(missing_ok=True)
        raise
    return workspace, card
