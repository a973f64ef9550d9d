"""Ed25519 keys (RFC 8032), as OpenSSH writes them: SigningKey, which is secret, and VerifyKey, which is not.

A Signer is whatever signs as a SigningKey does; its secret may lie elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from nacl import signing as sodium
from nacl.exceptions import BadSignatureError

from exchange.crypto import b64, ssh_wire
from exchange.errors import CryptoError, Problem
from exchange.locale import _

KEY_TYPE = "ssh-ed25519"
SIGNATURE = 64
"""Bytes of a raw signature."""
_KEY = 32


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key; 32 bytes."""

    raw: bytes
    TYPE: ClassVar[str] = KEY_TYPE

    def __post_init__(self) -> None:
        if len(self.raw) != _KEY:
            raise _not_a_key()

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if `signature` (64 bytes) is this key's over `message`; else CryptoError (signature.wrong)."""
        try:
            sodium.VerifyKey(self.raw).verify(message, signature)
        except (BadSignatureError, ValueError):  # ValueError: not 64 bytes
            raise CryptoError(Problem("signature.wrong", _("the signature does not fit what was signed"))) from None

    def blob(self) -> bytes:
        """The key in SSH's wire form (RFC 8709, section 4)."""
        return ssh_wire.string(KEY_TYPE.encode()) + ssh_wire.string(self.raw)

    def openssh(self, comment: str = "") -> str:
        """One line as in an `id_ed25519.pub`, without a line end."""
        return f"{KEY_TYPE} {b64.encode(self.blob())} {comment}".rstrip()

    def fingerprint(self) -> str:
        """`SHA256:…`, as `ssh-keygen -l` prints it."""
        return "SHA256:" + b64.encode_raw(hashlib.sha256(self.blob()).digest())

    @classmethod
    def from_blob(cls, blob: bytes) -> VerifyKey:
        """The key in SSH's wire form. CryptoError (key.malformed) if it is malformed or of another type."""
        try:
            reader = ssh_wire.Reader(blob)
            kind, raw = reader.string(), reader.string()
            reader.end()
        except ValueError:
            raise _not_a_key() from None
        if kind != KEY_TYPE.encode():
            raise _not_a_key()
        return cls(raw)

    @classmethod
    def from_openssh(cls, text: str) -> VerifyKey:
        """The key of a line as in `id_ed25519.pub`; a comment is ignored. CryptoError (key.malformed) otherwise."""
        kind, _space, rest = text.strip().partition(" ")
        words = rest.split()
        if kind != KEY_TYPE or not words or len(text.strip().splitlines()) != 1:
            raise _not_a_key()
        try:
            blob = b64.decode(words[0])
        except ValueError:
            raise _not_a_key() from None
        return cls.from_blob(blob)


class Signer(Protocol):
    """Signs with the secret half of `verify_key`, wherever that lies: here, or with an agent, which may refuse."""

    @property
    def verify_key(self) -> VerifyKey: ...

    def sign(self, message: bytes) -> bytes:
        """The raw signature over `message`, 64 bytes, as RFC 8032 makes it. ExchangeError where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret key: a seed of 32 bytes that no repr shows."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != _KEY:
            raise _not_a_key()

    @classmethod
    def generate(cls) -> SigningKey:
        return cls(bytes(sodium.SigningKey.generate()))

    @property
    def verify_key(self) -> VerifyKey:
        return VerifyKey(bytes(sodium.SigningKey(self.seed).verify_key))

    def sign(self, message: bytes) -> bytes:
        """The raw signature over `message`, 64 bytes, always the same for the same message."""
        return bytes(sodium.SigningKey(self.seed).sign(message).signature)

    def fingerprint(self) -> str:
        """The public key's fingerprint."""
        return self.verify_key.fingerprint()

    def openssh_private(self) -> str:
        """The secret key as OpenSSH keeps it, without a passphrase (PROTOCOL.key).

        It is for a program that logs in for us, in memory or in a file of mode 0600; never for a message.
        """
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()).decode("ascii")

    @classmethod
    def from_openssh_private(cls, text: str) -> SigningKey:
        """The key that `openssh_private` wrote. CryptoError (key.malformed) for anything else."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key

        try:
            key = load_ssh_private_key(text.encode("ascii"), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _not_a_key() from None
        if not isinstance(key, Ed25519PrivateKey):
            raise _not_a_key()
        return cls(key.private_bytes_raw())


def _not_a_key() -> CryptoError:
    return CryptoError(
        Problem("key.malformed", _("this is not an Ed25519 key"), hint=_("a public key begins with ssh-ed25519"))
    )
