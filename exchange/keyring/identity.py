"""Our identity: the root key, the encryption keys, the people whom the root certifies.

It lies in one age file under a passphrase, private to its owner, and stock `age -d` opens it: JSON whose keys are in
the text forms of OpenSSH and age, so that an organisation can reach its keys without this program.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationError, field_serializer

from exchange.crypto.age import WORK_FACTOR, HybridIdentity
from exchange.crypto.canonical import canonical, parse
from exchange.crypto.hashing import derive
from exchange.crypto.signing import SigningKey
from exchange.errors import CryptoError
from exchange.keyring.locked_files import read_locked, write_locked
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import EncryptionKey, Line, Names, PartyId, Person, Shape, Valid
from exchange.locale import _

KEY_DAYS = 400
"""How long a new encryption key counts, unless the caller says otherwise: a year, and a month to be late."""


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


@dataclass(frozen=True, slots=True)
class Identity:
    """All that makes us this party. No repr shows a secret."""

    party: str
    names: Names
    contact: str
    root: SigningKey = field(repr=False)
    encryption_keys: tuple[OwnEncryptionKey, ...]
    sftp_client: SigningKey | None = field(default=None, repr=False)
    people: tuple[Person, ...] = ()

    def fingerprint(self) -> str:
        """The root key's, as agreements name it."""
        return self.root.fingerprint()

    @property
    def opening_keys(self) -> tuple[HybridIdentity, ...]:
        """All keys that may open something sent to us, the newest first."""
        newest_first = sorted(self.encryption_keys, key=lambda key: key.not_before, reverse=True)
        return tuple(key.secret for key in newest_first)

    def published_keys(self, on: date) -> tuple[EncryptionKey, ...]:
        """The public keys that a card of that day holds."""
        return tuple(
            EncryptionKey(recipient=str(key.secret.recipient), not_before=key.not_before, not_after=key.not_after)
            for key in self.encryption_keys
            if key.retired is None and key.not_after >= on
        )

    def key_for(self, purpose: str) -> bytes:
        """32 secret bytes for something that we keep locked on our own machine.

        They are derived from the root key, so whoever recovers the root recovers them.
        """
        return derive(self.root.seed, f"data-sharing-exchange/own/{purpose}")


def new_identity(
    party: str, names: Names, contact: str, on: date, *, sftp_client: bool = True, key_days: int = KEY_DAYS
) -> Identity:
    """A new identity with fresh keys. KeyringError (identity.malformed) for a party id, name or contact that no card
    could hold."""
    try:
        _Public(party=party, names=names, contact=contact)
    except ValidationError as error:
        raise misshapen("identity.malformed", error) from None
    client = SigningKey.generate() if sftp_client else None
    return Identity(party, names, contact, SigningKey.generate(), (_new_key(on, key_days),), client)


def rotate(identity: Identity, on: date, *, key_days: int = KEY_DAYS) -> Identity:
    """With a new encryption key from that day on. The old ones are retired, and kept to open what is under way."""
    retired = tuple(replace(key, retired=key.retired or on) for key in identity.encryption_keys)
    return replace(identity, encryption_keys=(*retired, _new_key(on, key_days)))


def save_identity(identity: Identity, path: Path, passphrase: str, *, work_factor: int = WORK_FACTOR) -> None:
    """Write the identity to `path`, mode 0600, in one step. KeyringError: passphrase.weak, file.not_written."""
    write_locked(path, _to_bytes(identity), passphrase, work_factor=work_factor)


def load_identity(path: Path, passphrase: str) -> Identity:
    """The identity in `path`. KeyringError: file.missing, file.not_private, file.unreadable, passphrase.wrong,
    file.damaged, identity.damaged (whole, but not an identity)."""
    plain = read_locked(path, passphrase)
    try:
        return _from_bytes(plain)
    except CryptoError:
        raise refused("identity.damaged", _("the file does not hold an identity"), where=path.name) from None


def _new_key(on: date, days: int) -> OwnEncryptionKey:
    return OwnEncryptionKey(on.isoformat(), HybridIdentity.generate(), on, on + timedelta(days=days))


class _Public(Shape):
    party: PartyId
    names: Names
    contact: Line


class _Secret(Shape):
    @field_serializer("*", when_used="json")
    def _reveal(self, value: object) -> object:
        return value.get_secret_value() if isinstance(value, SecretStr) else value


class _KeyFile(Valid, _Secret):
    label: Line
    secret: SecretStr
    retired: date | None


class _IdentityFile(_Public, _Secret):
    format: Literal[1]
    root: SecretStr
    encryption_keys: tuple[_KeyFile, ...]
    sftp_client: SecretStr | None
    people: tuple[Person, ...]


def _to_bytes(identity: Identity) -> bytes:
    client = identity.sftp_client
    file = _IdentityFile(
        format=1,
        party=identity.party,
        names=identity.names,
        contact=identity.contact,
        root=SecretStr(identity.root.openssh_private()),
        encryption_keys=tuple(
            _KeyFile(
                label=key.label,
                secret=SecretStr(key.secret.encode()),
                not_before=key.not_before,
                not_after=key.not_after,
                retired=key.retired,
            )
            for key in identity.encryption_keys
        ),
        sftp_client=SecretStr(client.openssh_private()) if client else None,
        people=identity.people,
    )
    return canonical(file.model_dump(mode="json"))


def _from_bytes(data: bytes) -> Identity:
    try:
        file = _IdentityFile.model_validate_json(canonical(parse(data)))
    except ValidationError as error:
        raise misshapen("identity.damaged", error) from None
    return Identity(
        party=file.party,
        names=file.names,
        contact=file.contact,
        root=SigningKey.from_openssh_private(file.root.get_secret_value()),
        encryption_keys=tuple(
            OwnEncryptionKey(
                label=key.label,
                secret=HybridIdentity.parse(key.secret.get_secret_value()),
                not_before=key.not_before,
                not_after=key.not_after,
                retired=key.retired,
            )
            for key in file.encryption_keys
        ),
        sftp_client=SigningKey.from_openssh_private(file.sftp_client.get_secret_value()) if file.sftp_client else None,
        people=file.people,
    )
