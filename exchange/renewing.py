"""Our keys in time: those of the months to come are made before anybody needs them, and partners get the card that
holds them as a letter.

    renew → change (identity, card) → tell (a letter to each partner)

What we revoke is told in the same way, before the card.

Nobody has to remember it: `deliver` and `receive` look first. Where the root key is kept apart, nothing new can be
certified until somebody brings it; `exchange status` says in time that our card runs out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial

from exchange.audit.entries import Entry, Kind
from exchange.bundle.letters import LetterBody, NewCard, RevocationLetter
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import KeyringError, Problem
from exchange.keyring.card import Card, issue_card
from exchange.keyring.identity import Identity, renewed, with_root
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.revocation import issue_revocation
from exchange.keyring.shapes import RevokedKey, SftpAddress
from exchange.office import Office
from exchange.posting import post_letter
from exchange.workspace.workspace import Workspace

UNSEEN = 1000
"""Cards that a lost machine may have issued after the one that is known here: the next must be newer than all."""


def renew(workspace: Workspace, identity: Identity, passphrase: str, now: dt.datetime) -> Identity:
    """Our identity with the keys of the months to come, as far as its root is at hand, and without those that it
    forgets; kept, and on our card."""
    untold = _untold(workspace, identity)
    if renewed(identity, now.date()) == identity and not untold and _says_all(workspace, identity, now.date()):
        return identity  # else a crash came between the keys and the card
    return change(workspace, passphrase, now, lambda ours: renewed(ours, now.date()), root=identity.held_root)


def change(
    workspace: Workspace,
    passphrase: str,
    now: dt.datetime,
    how: Callable[[Identity], Identity],
    *,
    root: SigningKey | None = None,
    server: Callable[[SftpAddress | None], SftpAddress | None] = lambda named: named,
) -> Identity:
    """Our identity as `how` changes it, kept, with the card and the revocation that follow from it, of which partners
    are to be told. `server`: from the address of our server on the card to the one that it shall name.

    Only here an identity is read, changed and kept, by one process at a time: another that made keys meanwhile would
    lose them, and partners encrypt for what is on the card. `root`: brought along, where it is kept apart. KeyringError
    (identity.root_apart), and nothing is kept, where the card must change and no root is at hand.
    """
    with workspace.turn("renewing"):
        before = load_identity(workspace.identity_file, passphrase)
        after = how(with_root(before, root) if root else before)
        named = workspace.own.card().card.sftp
        address = server(named)
        if _untold(workspace, after) or address != named or not _says_all(workspace, after, now.date()):
            _keep(workspace, after, passphrase, now, address)
        elif after != before:
            save_identity(after, workspace.identity_file, passphrase)
        return after


def _untold(workspace: Workspace, identity: Identity) -> tuple[RevokedKey, ...]:
    """The keys that are revoked, and our revocation does not say so."""
    said = workspace.revoked_keys(identity.party)
    return tuple(each for each in identity.revoked if each not in said)


def _says_all(workspace: Workspace, identity: Identity, on: dt.date) -> bool:
    """Whether our card says what it should; nobody would believe one where the root is revoked."""
    return identity.root_revoked or _says(workspace.own.card().card, identity, on)


def _says(card: Card, identity: Identity, on: dt.date) -> bool:
    """Whether the card says of our keys and people what it should; what is past on that day is nobody's concern."""
    keys = {each for each in card.encryption_keys if each.not_after >= on}
    people = [{each for each in some if each.not_after >= on} for some in (card.people, identity.people)]
    client = identity.sftp_client.verify_key.openssh() if identity.sftp_client else None
    return (
        keys == {*identity.published_keys(on)}
        and people[0] == people[1]
        and (card.signing_keys, card.sftp_client_key) == (identity.certified_keys(), client)
    )


def _keep(
    workspace: Workspace, identity: Identity, passphrase: str, now: dt.datetime, address: SftpAddress | None
) -> None:
    revoked, before = _untold(workspace, identity), workspace.own.card()
    revocation = issue_revocation(identity, now) if revoked else None
    # What is revoked was on another machine, which may have issued cards that are not known here.
    unseen = UNSEEN if revoked else 0
    card = (
        None
        if identity.root_revoked
        else issue_card(identity, now.date(), sftp=address, previous=before, unseen=unseen)
    )
    # Noted first: after a crash partners may be told of a card that is no newer, but never not told.
    to_be_told(workspace, identity, now, revoked)
    # The keys before the card: a card whose key is lost would have others send what nobody can open.
    save_identity(identity, workspace.identity_file, passphrase)
    if card is not None:
        workspace.own.save_card(card)
    # Last: while it does not say all, all of this is done once more.
    if revocation is not None:
        workspace.own.save_revocation(revocation)


def to_be_told(
    workspace: Workspace, identity: Identity, now: dt.datetime, revoked: tuple[RevokedKey, ...] = ()
) -> None:
    """From now on our partners do not have our newest card, and do not know of these keys that they are revoked."""
    signing = [(VerifyKey.from_openssh(each.key).fingerprint(), each.since) for each in revoked if each.signs]
    about = partial(Entry, time=now, party=identity.party)
    entries = [about(kind="card.revoked", key=key, since=since) for key, since in signing]
    if not identity.root_revoked:
        entries.append(about(kind="card.rotated", key=identity.fingerprint()))
    for network in networks(workspace):
        with workspace.logs.open(network) as log:
            log.append(*entries)


def tell(office: Office) -> tuple[Problem, ...]:
    """A letter with what we have revoked, and one with our card, to each partner that has not got the newest; why some
    cannot be written to. Repeating it writes no letter twice."""
    problems: list[Problem] = []
    letters: list[tuple[str, str, LetterBody]] = [*_revocations(office), *_cards(office)]
    for network, partner, body in letters:
        try:
            post_letter(office, partner, body, network)
        except KeyringError as error:  # no card of theirs to encrypt for: nothing else waits for them
            problems += error.problems
    return tuple(dict.fromkeys(problems))


def partners(office: Office, network: str) -> tuple[str, ...]:
    """With whom we share an agreement of a network, as its sender or with its sender, and whose card is believed."""
    agreements = [each.agreement for each in office.workspace.agreements.all() if each.agreement.network == network]
    recipients = {each.id for one in agreements if one.sender.id == office.party for each in one.recipients}
    senders = {one.sender.id for one in agreements if office.party in {each.id for each in one.recipients}}
    known = {each.signed.party for each in office.workspace.cards.all() if each.believed(office.now.date())}
    return tuple(sorted((recipients | senders) & known))


def networks(workspace: Workspace) -> list[str]:
    """Of our agreements: in some of them nothing may have been noted yet."""
    return sorted({each.agreement.network for each in workspace.agreements.all()})


def _revocations(office: Office) -> Iterator[tuple[str, str, RevocationLetter]]:
    own = office.workspace.own.revocation()
    if own is not None:
        body = RevocationLetter(kind="revocation", revocation=own.to_bytes().decode("utf-8"))
        yield from ((network, partner, body) for network, partner in _not_told(office, "card.revoked", "revocation"))


def _cards(office: Office) -> Iterator[tuple[str, str, NewCard]]:
    if not office.identity.root_revoked:  # else nobody believes a card of ours
        body = NewCard(kind="card", card=office.workspace.own.card().to_bytes().decode("utf-8"))
        yield from ((network, partner, body) for network, partner in _not_told(office, "card.rotated", "card"))


def _not_told(office: Office, happened: Kind, letter: str) -> Iterator[tuple[str, str]]:
    """The partners to whom no such letter went since it last happened to us, by our log, each in one network."""
    told: set[str] = set()
    for network in networks(office.workspace):
        ours, since = False, set[str]()
        for each in office.entries(network, happened, "letter.sent"):
            if each.kind == happened and each.counterpart is None:
                ours, since = True, set()
            elif each.note == letter:
                since.add(str(each.counterpart))
        told |= since
        for partner in partners(office, network) if ours else ():
            if partner not in told:
                told.add(partner)
                yield network, partner
