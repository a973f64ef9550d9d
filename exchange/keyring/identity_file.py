"""The file of our identity: one age file under a passphrase, private to its owner.

Stock `age -d` opens it: JSON whose keys are in the text forms of OpenSSH and age, so that an organisation can reach its
keys without this program.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_serializer

from exchange.crypto.age import WORK_FACTOR, HybridIdentity
from exchange.crypto.canonical import canonical, parse
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import CryptoError
from exchange.keyring.identity import Identity
from exchange.keyring.locked_files import read_locked, write_locked
from exchange.keyring.own_keys import OwnEncryptionKey, OwnSigningKey
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.shapes import CertifiedKey, Line, Names, PartyId, Person, PublicKeyText, RevokedKey, Shape, Valid
from exchange.locale import _

_HexSecret = Annotated[SecretStr, Field(min_length=64, max_length=64)]


def save_identity(identity: Identity, path: Path, passphrase: str, *, work_factor: int = WORK_FACTOR) -> None:
    """Write the identity to `path`, mode 0600, in one step; without its root where that is kept apart. KeyringError:
    passphrase.weak, file.not_written."""
    write_locked(path, _to_bytes(identity), passphrase, work_factor=work_factor)


def load_identity(path: Path, passphrase: str) -> Identity:
    """The identity in `path`. KeyringError: file.missing, file.not_private, file.unreadable, passphrase.wrong,
    file.damaged, identity.damaged (whole, but not an identity)."""
    plain = read_locked(path, passphrase)
    try:
        return _from_bytes(plain)
    except (CryptoError, ValueError):  # ValueError: hexadecimal that is none
        raise refused("identity.damaged", _("the file does not hold an identity"), where=path.name) from None


class _Secret(Shape):
    @field_serializer("*", when_used="json")
    def _reveal(self, value: object) -> object:
        return value.get_secret_value() if isinstance(value, SecretStr) else value


class _MonthKey(Valid, _Secret):
    label: Line
    secret: SecretStr
    retired: date | None


class _YearKey(Valid, _Secret):
    secret: SecretStr
    retired: date | None


class _IdentityFile(_Secret):
    format: Literal[1]
    party: PartyId
    names: Names
    contact: Line
    root_key: PublicKeyText
    root: SecretStr | None
    log: SecretStr
    keeping: _HexSecret
    signing_keys: tuple[_YearKey, ...]
    encryption_keys: tuple[_MonthKey, ...]
    sftp_client: SecretStr | None
    people: tuple[Person, ...]
    forgets: bool
    revoked: tuple[RevokedKey, ...]
    lost: tuple[CertifiedKey, ...]


def _to_bytes(identity: Identity) -> bytes:
    client, root = identity.sftp_client, None if identity.root_apart else identity.held_root
    file = _IdentityFile(
        format=1,
        party=identity.party,
        names=identity.names,
        contact=identity.contact,
        root_key=identity.root_key.openssh(),
        root=_text(root),
        log=SecretStr(identity.log.openssh_private()),
        keeping=SecretStr(identity.keeping.hex()),
        signing_keys=tuple(
            _YearKey(
                secret=SecretStr(key.secret.openssh_private()),
                not_before=key.not_before,
                not_after=key.not_after,
                retired=key.retired,
            )
            for key in identity.signing_keys
        ),
        encryption_keys=tuple(
            _MonthKey(
                label=key.label,
                secret=SecretStr(key.secret.encode()),
                not_before=key.not_before,
                not_after=key.not_after,
                retired=key.retired,
            )
            for key in identity.encryption_keys
        ),
        sftp_client=_text(client),
        people=identity.people,
        forgets=identity.forgets,
        revoked=identity.revoked,
        lost=identity.lost,
    )
    return canonical(file.model_dump(mode="json"))


def _from_bytes(data: bytes) -> Identity:
    try:
        file = _IdentityFile.model_validate_json(canonical(parse(data)))
    except ValidationError as error:
        raise misshapen("identity.damaged", error) from None
    root, root_key = _key(file.root), VerifyKey.from_openssh(file.root_key)
    if root and root.verify_key != root_key:
        raise ValueError("the public root key is another one's")
    return Identity(
        party=file.party,
        names=file.names,
        contact=file.contact,
        root_key=root_key,
        held_root=root,
        log=SigningKey.from_openssh_private(file.log.get_secret_value()),
        keeping=bytes.fromhex(file.keeping.get_secret_value()),
        signing_keys=tuple(
            OwnSigningKey(
                secret=SigningKey.from_openssh_private(key.secret.get_secret_value()),
                not_before=key.not_before,
                not_after=key.not_after,
                retired=key.retired,
            )
            for key in file.signing_keys
        ),
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
        sftp_client=_key(file.sftp_client),
        people=file.people,
        root_apart=root is None,
        forgets=file.forgets,
        revoked=file.revoked,
        lost=file.lost,
    )


def _text(key: SigningKey | None) -> SecretStr | None:
    return SecretStr(key.openssh_private()) if key else None


def _key(text: SecretStr | None) -> SigningKey | None:
    return SigningKey.from_openssh_private(text.get_secret_value()) if text else None
