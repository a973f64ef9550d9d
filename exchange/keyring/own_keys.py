"""Our own secret keys that come and go: a signing key for each year, an encryption key for each month.

    keys = with_missing_months((), on, ahead=3)

Neither is derived from anything. So a key that is deleted is gone: who takes the machine later cannot open what was
encrypted for a month that is past; and whoever has one of them has no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from exchange.crypto.age import HybridIdentity
from exchange.crypto.signing import SigningKey
from exchange.keyring.shapes import EncryptionKey

MONTHS_AHEAD = 3
"""Months after this one for which a card holds a key, so that a partner without a link for weeks can still encrypt."""

KEPT_AFTER = timedelta(days=35)
"""How long after its month a key opens what comes late, where keys are deleted at all."""

SIGNING_DAYS = 400
"""How long a signing key counts: a year, and a month to be late."""

_SIGNING_LEFT = timedelta(days=60)  # then the next one is made
_SETTLED = timedelta(days=14)  # so long after it partners have the card that holds it; only then it signs


@dataclass(frozen=True, slots=True)
class OwnEncryptionKey:
    """A secret encryption key, the days on which others may encrypt for it, and since when they should not.

    A retired key is no longer on our card; it still opens what was sent before.
    """

    label: str
    secret: HybridIdentity = field(repr=False)
    not_before: date
    not_after: date
    retired: date | None = None

    @property
    def public(self) -> EncryptionKey:
        """What others see of it."""
        recipient = str(self.secret.recipient)
        return EncryptionKey(recipient=recipient, not_before=self.not_before, not_after=self.not_after)


@dataclass(frozen=True, slots=True)
class OwnSigningKey:
    """A secret signing key, and the days on which what it signed counts. A retired one signs no more; it stays on our
    card, for what is under way."""

    secret: SigningKey = field(repr=False)
    not_before: date
    not_after: date
    retired: date | None = None

    def signs_on(self, on: date) -> bool:
        return self.retired is None and self.not_before <= on <= self.not_after


EncryptionKeys = tuple[OwnEncryptionKey, ...]
SigningKeys = tuple[OwnSigningKey, ...]


def with_missing_months(keys: EncryptionKeys, on: date, ahead: int = MONTHS_AHEAD) -> EncryptionKeys:
    """With a key for this month and for each of the `ahead` next ones that has none."""
    there = {key.label for key in keys if key.retired is None}
    months = [_month(on, later) for later in range(ahead + 1)]
    made = (_month_key(first) for first in months if _label(first) not in there)
    return (*keys, *made)


def with_next_signing_key(keys: SigningKeys, on: date) -> SigningKeys:
    """With a new one where the newest is about to run out."""
    if any(key.signs_on(on + _SIGNING_LEFT) for key in keys):
        return keys
    return (*keys, OwnSigningKey(SigningKey.generate(), on, on + timedelta(days=SIGNING_DAYS)))


def signing_on(keys: SigningKeys, on: date) -> OwnSigningKey | None:
    """The newest that partners have had time to learn of, else the newest; None where none counts."""
    counting = sorted((key for key in keys if key.signs_on(on)), key=lambda key: key.not_before)
    settled = [key for key in counting if key.not_before + _SETTLED <= on]
    chosen = settled or counting
    return chosen[-1] if chosen else None


def without_old_months(keys: EncryptionKeys, on: date) -> EncryptionKeys:
    """Without those whose month ended more than `KEPT_AFTER` ago: nothing that was encrypted for them opens again."""
    return tuple(key for key in keys if key.not_after + KEPT_AFTER >= on)


def retired(keys: EncryptionKeys, on: date) -> EncryptionKeys:
    return tuple(replace(key, retired=key.retired or on) for key in keys)


def retired_signing(keys: SigningKeys, on: date) -> SigningKeys:
    return tuple(replace(key, retired=key.retired or on) for key in keys)


def newest_first(keys: Iterable[OwnEncryptionKey]) -> EncryptionKeys:
    return tuple(sorted(keys, key=lambda key: (key.retired is None, key.not_before), reverse=True))


def _month_key(first: date) -> OwnEncryptionKey:
    return OwnEncryptionKey(_label(first), HybridIdentity.generate(), first, _month(first, 1) - timedelta(days=1))


def _month(on: date, later: int) -> date:
    """The first day of the month that is so many months later."""
    months = on.year * 12 + on.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)


def _label(first: date) -> str:
    return f"{first:%Y-%m}"
