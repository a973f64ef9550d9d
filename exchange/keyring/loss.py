"""What a lost machine makes of our identity: every key that lay on it is revoked, others take their place.

    after = after_loss(identity, Loss(since, people=("officer.1",)), on)

Only the same time again is the same loss, and changes nothing. Any other time, earlier or later, is a loss of its own,
which takes the newest keys too: one key too many revoked costs a card, one too few costs a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from exchange.crypto.signing import SigningKey
from exchange.keyring.identity import Identity
from exchange.keyring.own_keys import retired, retired_signing, with_missing_months, with_next_signing_key
from exchange.keyring.revocation import together
from exchange.keyring.shapes import KeyUse, Moment, RevokedKey, Shape


@dataclass(frozen=True, slots=True)
class Loss:
    """Since when a machine is out of our hands (a whole second, UTC); the ids of those whose own keys lay on it;
    whether our root key itself is in doubt."""

    since: datetime
    people: tuple[str, ...] = ()
    root: bool = False


class BegunLoss(Shape):
    """A loss that somebody began to revoke, at the time `said`, and that is not done to its end."""

    said: Moment
    since: Moment
    people: tuple[str, ...]
    root: bool

    @property
    def loss(self) -> Loss:
        return Loss(self.since, self.people, self.root)


def after_loss(identity: Identity, loss: Loss, on: date) -> Identity:
    """Without belief in what lay on the lost machine: signing keys, encryption keys, the sftp key, the people who are
    named; with new keys in their place. Where the root is in doubt there are no new ones: nobody could believe them."""
    again = any(_is_of_a_loss(each) and each.since == loss.since for each in identity.revoked)
    revoked = () if again else tuple(_daily(identity, loss.since))
    revoked += tuple(_lost("person", each.key, loss.since) for each in identity.people if each.id in loss.people)
    if loss.root:
        revoked += (_lost("root", identity.root_key.openssh(), loss.since),)
    after = replace(
        identity,
        revoked=together(identity.revoked, revoked),
        people=tuple(each for each in identity.people if each.id not in loss.people),
    )
    return after if again else _with_new_keys(after, on)


def _daily(identity: Identity, since: datetime) -> Iterator[RevokedKey]:
    """Old signing keys too: they lay there, and a thief writes any day. Of the encryption keys those for which somebody
    could still encrypt."""
    for signing in identity.signing_keys:
        yield _lost("signing", signing.secret.verify_key.openssh(), since)
    for month in identity.encryption_keys:
        if month.not_after >= since.date():
            yield _lost("encryption", month.public.digest, since)


def _with_new_keys(identity: Identity, on: date) -> Identity:
    keys, signing = retired(identity.encryption_keys, on), retired_signing(identity.signing_keys, on)
    if not identity.root_revoked:
        keys, signing = with_missing_months(keys, on), with_next_signing_key(signing, on)
    client = SigningKey.generate() if identity.sftp_client and not identity.root_revoked else None
    return replace(identity, encryption_keys=keys, signing_keys=signing, sftp_client=client)


def _is_of_a_loss(key: RevokedKey) -> bool:
    return key.use == "signing" and key.reason == "lost"


def _lost(use: KeyUse, key: str, since: datetime) -> RevokedKey:
    return RevokedKey(use=use, key=key, since=since, reason="lost")
