"""The X25519 recipient of age files (C2SP age, "The X25519 recipient type")."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from exchange.crypto import b64, bech32
from exchange.crypto.age_header import Stanza
from exchange.crypto.age_wrapping import not_a_key, parse_key, read_share, shared_secret, unwrap, wrap
from exchange.crypto.hashing import hkdf


@dataclass(frozen=True, slots=True)
class X25519Recipient:
    """A public X25519 key, `age1…`; 32 bytes."""

    key: bytes
    post_quantum: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    PREFIX: ClassVar[str] = "age"

    def __str__(self) -> str:
        return bech32.encode(self.PREFIX, self.key)

    @classmethod
    def parse(cls, text: str) -> X25519Recipient:
        return cls(parse_key(text, cls.PREFIX, 32, lower=True))

    def wrap(self, file_key: bytes) -> Stanza:
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.key))
        except ValueError:  # a key of low order gives a secret that everybody knows
            raise not_a_key() from None
        wrapping = _x25519_wrapping_key(shared, share, self.key)
        return Stanza(("X25519", b64.encode_raw(share)), wrap(wrapping, file_key))


@dataclass(frozen=True, slots=True)
class X25519Identity:
    """A secret X25519 key, `AGE-SECRET-KEY-1…`; 32 bytes."""

    secret: bytes = field(repr=False)
    PREFIX: ClassVar[str] = "age-secret-key-"

    @classmethod
    def generate(cls) -> X25519Identity:
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> X25519Identity:
        return cls(parse_key(text, cls.PREFIX, 32, lower=False))

    def encode(self) -> str:
        """The secret as text: for a file that is itself protected, never for a message."""
        return bech32.encode(self.PREFIX, self.secret).upper()

    @property
    def recipient(self) -> X25519Recipient:
        return X25519Recipient(self._private().public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        for stanza in stanzas:
            if stanza.args[0] == "X25519":
                share = read_share(stanza, 32)
                wrapping = _x25519_wrapping_key(shared_secret(self._private(), share), share, self.recipient.key)
                if (file_key := unwrap(wrapping, stanza.body)) is not None:
                    return file_key
        return None

    def _private(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.secret)


def _x25519_wrapping_key(shared: bytes, share: bytes, recipient: bytes) -> bytes:
    return hkdf(shared, salt=share + recipient, info=b"age-encryption.org/v1/X25519")
