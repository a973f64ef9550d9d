"""A party's card as it is known here: what we know of it beyond what it says, and how far it is believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, Self

from exchange.crypto.age import HybridRecipient
from exchange.crypto.signing import VerifyKey
from exchange.keyring.card import Card, SignedCard
from exchange.keyring.shapes import Person, RevokedKey, Shape
from exchange.keyring.vouching import Vouched, Vouching


class Trust(Shape):
    """What we know of a card beyond what it says: the days on which it was first seen, confirmed, revoked; and the keys
    of this party that its own root has revoked, whatever card may come."""

    root: str
    first_seen: date
    confirmed_on: date | None = None
    revoked_on: date | None = None
    revoked_keys: tuple[RevokedKey, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A party's card with its trust, and what coordinators whom we trust say of it."""

    signed: SignedCard
    trust: Trust
    vouched: tuple[Vouched, ...] = ()

    @classmethod
    def of(cls, signed: SignedCard, trust: Trust, counting: Iterable[Vouching]) -> Self:
        """With what those of `counting` say of it, the words of coordinators who may vouch still."""
        root = signed.card.fingerprint
        vouched = (
            Vouched(each.coordinator, each.network, each.taken.issued, each.taken.expires)
            for each in counting
            if each.taken and each.vouches_for(signed.party, root)
        )
        return cls(signed, trust, tuple(vouched))

    @property
    def card(self) -> Card:
        return self.signed.card

    @property
    def confirmed(self) -> bool:
        """Its safety words were read, and it is not revoked since. Only such a party can vouch for others."""
        return self.trust.confirmed_on is not None and self.trust.revoked_on is None

    def people(self, at: datetime) -> tuple[Person, ...]:
        """Those whom the card certifies, without those whose key is revoked at that time."""
        lost = {each.key for each in self.trust.revoked_keys if each.since <= at}
        return tuple(each for each in self.card.people if each.key not in lost)

    def believed(self, on: date) -> bool:
        """Confirmed, or vouched for on that day; and not revoked."""
        vouched = any(on <= each.until for each in self.vouched)
        return self.confirmed or (vouched and self.trust.revoked_on is None)

    def recipient(self, on: date) -> HybridRecipient:
        """The key for which to encrypt on that day. KeyringError (card.expired) if there is none."""
        return self.card.recipient(on, {each.key for each in self.trust.revoked_keys})

    def objection(self, signer: VerifyKey, at: datetime) -> Literal["", "revoked", "expired"]:
        """Why what `signer`, one of the card's `signers`, has signed does not count if it came here at that time."""
        text = signer.openssh()
        if any(each.key == text and each.since <= at for each in self.trust.revoked_keys):
            return "revoked"
        if signer != self.card.root_key and not any(
            each.key == text and each.covers(at.astimezone(UTC).date()) for each in self.card.signing_keys
        ):
            return "expired"
        return ""
