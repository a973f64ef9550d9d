"""Our identity: the root key, what it certifies (encryption keys, signing keys, people), and what we lock with it.

The root key names us: agreements hold its fingerprint, and it signs cards, certifications, revocations and agreements.
What leaves every day is signed by a signing key, so the root may be kept apart, on a stick in a drawer, and a machine
that is lost costs a revocation and no agreement. What must last as long as the root – the log's key, and the secret
under which we lock our own registers – is derived from it, so whoever recovers the root recovers them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from pydantic import ValidationError

from exchange.crypto.age import HybridIdentity
from exchange.crypto.hashing import derive
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.keyring.own_keys import (
    MONTHS_AHEAD,
    OwnEncryptionKey,
    OwnSigningKey,
    newest_first,
    retired,
    retired_signing,
    signing_on,
    with_missing_months,
    with_next_signing_key,
    without_old_months,
)
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import CertifiedKey, EncryptionKey, Line, Names, PartyId, Person, RevokedKey, Shape
from exchange.locale import _

_FAMILY = "data-sharing-exchange"


@dataclass(frozen=True, slots=True)
class Identity:
    """All that makes us this party. No repr shows a secret.

    `held_root`: None where the root key is kept apart and is not at hand. `root_apart`: where it is at hand for a
    moment only, and must not be kept here. `log`: the key that signs the checkpoints of our log. `keeping`: what
    `key_for` derives from. `forgets`: encryption keys are deleted 35 days after their month. `revoked`: keys of ours
    that must not be believed any more. `lost`: signing keys that went with another machine, which stay on our card.
    """

    party: str
    names: Names
    contact: str
    root_key: VerifyKey
    held_root: SigningKey | None = field(repr=False)
    log: SigningKey = field(repr=False)
    keeping: bytes = field(repr=False)
    signing_keys: tuple[OwnSigningKey, ...]
    encryption_keys: tuple[OwnEncryptionKey, ...]
    sftp_client: SigningKey | None = field(default=None, repr=False)
    people: tuple[Person, ...] = ()
    root_apart: bool = False
    forgets: bool = False
    revoked: tuple[RevokedKey, ...] = ()
    lost: tuple[CertifiedKey, ...] = ()

    @property
    def root(self) -> SigningKey:
        """The root key. KeyringError (identity.root_apart) where it is not at hand."""
        if self.held_root is None:
            hint = _("bring it, and name its file in {variable}").format(variable="EXCHANGE_ROOT")
            raise refused("identity.root_apart", _("the root key is kept apart"), where=self.party, hint=hint)
        return self.held_root

    def fingerprint(self) -> str:
        """The root key's, as agreements name it."""
        return self.root_key.fingerprint()

    def signing_key(self, on: date) -> SigningKey:
        """The key with which we sign what leaves on that day. KeyringError: identity.no_signing_key;
        identity.root_revoked, since nobody would believe it."""
        self.check_root()
        key = signing_on(self.signing_keys, on)
        if key is None:
            what, hint = _("no signing key of ours counts on this day"), _("make a new one: exchange card rotate")
            raise refused("identity.no_signing_key", what, where=self.party, hint=hint)
        return key.secret

    @property
    def root_revoked(self) -> bool:
        """Whether we have revoked our root key: nothing that it certifies is believed by anybody any more."""
        return any(each.key == self.root_key.openssh() for each in self.revoked)

    def check_root(self) -> None:
        """KeyringError (identity.root_revoked) where nothing can be certified or signed any more."""
        if self.root_revoked:
            hint = _("a new root key is a new beginning: exchange init, in another workspace")
            raise refused("identity.root_revoked", _("our root key is revoked"), where=self.party, hint=hint)

    @property
    def own_keys(self) -> tuple[VerifyKey, ...]:
        """Every public key of ours that signs or logs in; a person's is never one of them."""
        client = (self.sftp_client,) if self.sftp_client else ()
        daily = (key.secret for key in self.signing_keys)
        return (self.root_key, *(key.verify_key for key in (self.log, *client, *daily)))

    @property
    def opening_keys(self) -> tuple[HybridIdentity, ...]:
        """All keys that may open something sent to us, the newest first."""
        return tuple(key.secret for key in newest_first(self.encryption_keys))

    def published_keys(self, on: date) -> tuple[EncryptionKey, ...]:
        """The public encryption keys that a card of that day holds."""
        return tuple(key.public for key in self.encryption_keys if key.retired is None and key.not_after >= on)

    def certified_keys(self) -> tuple[CertifiedKey, ...]:
        """The public signing keys that a card holds, old ones too: what they signed in their time still counts. A
        revoked one ends on the day since which it is revoked, for whoever has the card and not the revocation."""
        ends = {each.key: each.since.date() for each in self.revoked}
        ours = (
            CertifiedKey(key=key.secret.verify_key.openssh(), not_before=key.not_before, not_after=key.not_after)
            for key in self.signing_keys
        )
        certified = (ended(each, ends.get(each.key, each.not_after)) for each in (*self.lost, *ours))
        return tuple(each for each in certified if each is not None)

    def key_for(self, purpose: str) -> bytes:
        """32 secret bytes for something that we keep locked on our own machine."""
        return derive(self.keeping, f"{_FAMILY}/own/{purpose}")


def new_identity(
    party: str,
    names: Names,
    contact: str,
    on: date,
    *,
    sftp_client: bool = True,
    ahead: int = MONTHS_AHEAD,
    root: SigningKey | None = None,
) -> Identity:
    """A new identity with fresh keys; under a `root` that was recovered, or a new one. KeyringError
    (identity.malformed) for a party id, name or contact that no card could hold."""
    try:
        _Public(party=party, names=names, contact=contact)
    except ValidationError as error:
        raise misshapen("identity.malformed", error) from None
    root = root or SigningKey.generate()
    return Identity(
        party=party,
        names=names,
        contact=contact,
        root_key=root.verify_key,
        held_root=root,
        log=SigningKey(derive(root.seed, f"{_FAMILY}/log")),
        keeping=derive(root.seed, f"{_FAMILY}/keeping"),
        signing_keys=with_next_signing_key((), on),
        encryption_keys=with_missing_months((), on, ahead),
        sftp_client=SigningKey.generate() if sftp_client else None,
    )


def renewed(identity: Identity, on: date) -> Identity:
    """With the keys of the months to come and a next signing key where one is due, as far as the root key is at hand to
    certify them; without what is to be forgotten. The same identity where nothing is due."""
    keys, signing = identity.encryption_keys, identity.signing_keys
    if identity.held_root and not identity.root_revoked:
        keys, signing = with_missing_months(keys, on), with_next_signing_key(signing, on)
    if identity.forgets:
        keys = without_old_months(keys, on)
    return replace(identity, encryption_keys=keys, signing_keys=signing)


def rotate(identity: Identity, on: date, *, ahead: int = MONTHS_AHEAD) -> Identity:
    """With new encryption and signing keys from that day on. The old ones are retired: they open what is under way, and
    what they signed still counts. KeyringError: identity.root_revoked."""
    identity.check_root()
    return replace(
        identity,
        encryption_keys=with_missing_months(retired(identity.encryption_keys, on), on, ahead),
        signing_keys=with_next_signing_key(retired_signing(identity.signing_keys, on), on),
    )


def with_root(identity: Identity, root: SigningKey) -> Identity:
    """With the root key that was kept apart, at hand for now; saving the identity does not keep it. KeyringError
    (identity.other_root) for the root of somebody else."""
    if root.verify_key != identity.root_key:
        raise refused("identity.other_root", _("this is the root key of somebody else"), where=identity.party)
    return replace(identity, held_root=root)


def ended(key: CertifiedKey, on: date) -> CertifiedKey | None:
    """The same, for no day after this one; None where no day is left."""
    if key.not_before > on:
        return None
    return CertifiedKey(key=key.key, not_before=key.not_before, not_after=min(key.not_after, on))


class _Public(Shape):
    party: PartyId
    names: Names
    contact: Line
