"""What becomes of the trust in a party when a card or a revocation of it comes.

A newer card replaces an older one of the same root, never the other way; another root for a known party is refused,
for that is how an impostor would come. Where the root that is known was revoked, one under another root begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from exchange.errors import KeyringError
from exchange.keyring.card import SignedCard
from exchange.keyring.known_card import KnownCard, Trust
from exchange.keyring.refusals import refused
from exchange.keyring.revocation import SignedRevocation, at_the_latest, together
from exchange.keyring.shapes import RevokedKey
from exchange.locale import _

MAX_REVOKED = 2000
"""Of one party, roots of other times among them. A revocation holds all that its root ever revoked, 1000 at most, so
whoever has said more than that holds a root that says different things to different people."""


def first_trust(signed: SignedCard, left: Trust | None, on: date) -> Trust:
    """The trust in a party that is new, or was forgotten; `left` is what stayed of it. KeyringError (card.revoked)."""
    root, keys = signed.card.fingerprint, left.revoked_keys if left else ()
    _refuse_revoked(signed, keys)
    if left and left.revoked_on and left.root == root:  # its card could not be read when it was forgotten
        raise _root_was_revoked(signed.party)
    return Trust(root=root, first_seen=on, revoked_keys=keys)


def next_trust(before: KnownCard, signed: SignedCard, on: date) -> Trust:
    """The trust in a party that has a card, once another one comes. KeyringError: as `check_succession`;
    card.revoked."""
    if before.trust.revoked_on and before.card.root != signed.card.root:
        return _anew(before, signed, on)
    check_succession(before.signed, signed)
    return before.trust


def check_succession(before: SignedCard, after: SignedCard) -> None:
    """KeyringError: card.other_root; card.older, an older serial, or the same serial with other content."""
    party = before.party
    if before.card.root != after.card.root:
        hint = _(
            "call {party} on a number that you know; if its root key has really changed, then first: "
            "exchange card revoke {party}"
        )
        what = _("this card has another root key than the one that is known")
        raise refused("card.other_root", what, where=party, hint=hint.format(party=party))
    if after.card.serial < before.card.serial or (after.card.serial == before.card.serial and after != before):
        what = _("a newer card, or another one with the same number, is already known")
        raise refused("card.older", what, where=party)


def after_revocation(known: KnownCard, signed: SignedRevocation, now: datetime) -> Trust:
    """The trust in the party once its revocation is taken. What was revoked stays so, from the earliest time that was
    ever said, and at the latest from now; a root that revokes itself revokes the card. So does one that revokes more
    than `MAX_REVOKED` keys in all: nothing that it says counts any more, and of the keys those are kept that were
    before, or that the card bears.

    KeyringError: card.other_root (signed by another root than that of the card that is known).
    """
    said = signed.revocation
    if said.root != known.card.root:
        what = _("the revocation is by another root key than that of the card that is known")
        hint = _("call {party} on a number that you know").format(party=signed.party)
        raise refused("card.other_root", what, where=signed.party, hint=hint)
    more = at_the_latest(said.keys, now)
    keys = together(known.trust.revoked_keys, more)
    if len(keys) > MAX_REVOKED:
        root = RevokedKey(use="root", key=said.root, since=now.replace(microsecond=0), reason="exposed")
        borne = (each for each in more if known.card.bears(each.key))
        keys = together(known.trust.revoked_keys, (*borne, root))
    itself = any(each.key == said.root for each in keys)
    revoked_on = known.trust.revoked_on or (now.date() if itself else None)
    return known.trust.model_copy(update={"revoked_keys": keys, "revoked_on": revoked_on})


def what_stays(trust: Trust, signed: SignedCard | None) -> Trust | None:
    """What is to be known of a party that is forgotten: the keys that are revoked, and its root if that is. `signed`
    is its card, where it can be read."""
    keys = trust.revoked_keys
    if trust.revoked_on and signed:
        keys = together(keys, (_as_replaced(signed, trust.revoked_on),))
    left = trust.model_copy(update={"confirmed_on": None, "revoked_keys": keys})
    return left if keys or trust.revoked_on else None


def _anew(before: KnownCard, signed: SignedCard, on: date) -> Trust:
    """The trust in a new root that takes the place of a revoked one. Nobody comes back with a root that was revoked."""
    keys = together(before.trust.revoked_keys, (_as_replaced(before.signed, before.trust.revoked_on or on),))
    _refuse_revoked(signed, keys)
    return Trust(root=signed.card.fingerprint, first_seen=on, revoked_keys=keys)


def _as_replaced(signed: SignedCard, on: date) -> RevokedKey:
    since = datetime.combine(on, time(), UTC)
    return RevokedKey(use="root", key=signed.card.root, since=since, reason="replaced")


def _refuse_revoked(signed: SignedCard, keys: Iterable[RevokedKey]) -> None:
    if any(each.key == signed.card.root for each in keys):
        raise _root_was_revoked(signed.party)


def _root_was_revoked(party: str) -> KeyringError:
    return refused("card.revoked", _("this root key was revoked"), where=party)
