"""The hybrid recipient of age files: ML-KEM-768 and X25519 together (C2SP age, "MLKEM768-X25519").

Who stores the traffic today and has a quantum computer one day must break both.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from exchange.crypto import b64, bech32
from exchange.crypto.age_header import Stanza
from exchange.crypto.age_wrapping import WRAPPED, not_a_key, parse_key, read_share, shared_secret

_HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_HPKE_INFO = b"age-encryption.org/mlkem768x25519"
_MLKEM_PUBLIC, _MLKEM_SEED, _MLKEM_CIPHERTEXT = 1184, 64, 1088


@dataclass(frozen=True, slots=True)
class HybridRecipient:
    """A public ML-KEM-768 + X25519 key, `age1pq1…`; 1216 bytes: the two public keys one after the other."""

    key: bytes = field(repr=False)  # not secret, only long
    post_quantum: ClassVar[bool] = True
    alone: ClassVar[bool] = False
    PREFIX: ClassVar[str] = "age1pq"
    LENGTH: ClassVar[int] = _MLKEM_PUBLIC + 32

    def __str__(self) -> str:
        return bech32.encode(self.PREFIX, self.key)

    @classmethod
    def parse(cls, text: str) -> HybridRecipient:
        return cls(_public_bytes(text))

    def wrap(self, file_key: bytes) -> Stanza:
        try:
            sealed = _HPKE.encrypt(file_key, self._public(), _HPKE_INFO)
        except (ValueError, RuntimeError):  # an ML-KEM key outside its field, or an X25519 key of low order
            raise not_a_key() from None
        return Stanza(("mlkem768x25519", b64.encode_raw(sealed[:-WRAPPED])), sealed[-WRAPPED:])

    def _public(self) -> hpke.MLKEM768X25519PublicKey:
        return hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.key[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(self.key[_MLKEM_PUBLIC:]),
        )


@lru_cache(maxsize=256)
def _public_bytes(text: str) -> bytes:
    """Read once in a process: 2,000 letters of bech32 take milliseconds, and a command reads each card many times."""
    return parse_key(text, HybridRecipient.PREFIX, HybridRecipient.LENGTH, lower=True)


@dataclass(frozen=True, slots=True)
class HybridIdentity:
    """A secret ML-KEM-768 + X25519 key, `AGE-SECRET-KEY-PQ-1…`: a seed of 32 bytes, expanded with SHAKE256 into the
    seeds of both keys (draft-ietf-hpke-pq, MLKEM768-X25519)."""

    seed: bytes = field(repr=False)
    PREFIX: ClassVar[str] = "age-secret-key-pq-"

    @classmethod
    def generate(cls) -> HybridIdentity:
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> HybridIdentity:
        return cls(parse_key(text, cls.PREFIX, 32, lower=False))

    def encode(self) -> str:
        """The secret as text: for a file that is itself protected, never for a message."""
        return bech32.encode(self.PREFIX, self.seed).upper()

    @property
    def recipient(self) -> HybridRecipient:
        mlkem, x25519 = self._private()
        return HybridRecipient(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        for stanza in stanzas:
            if stanza.args[0] == "mlkem768x25519" and (file_key := self._open(stanza)) is not None:
                return file_key
        return None

    def _open(self, stanza: Stanza) -> bytes | None:
        share = read_share(stanza, _MLKEM_CIPHERTEXT + 32)
        mlkem, x25519 = self._private()
        # HPKE would answer a share of low order as it answers a wrong key; age calls it malformed.
        shared_secret(x25519, share[_MLKEM_CIPHERTEXT:])
        try:
            return _HPKE.decrypt(share + stanza.body, hpke.MLKEM768X25519PrivateKey(mlkem, x25519), _HPKE_INFO)
        except InvalidTag:
            return None

    def _private(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        seeds = hashlib.shake_256(self.seed).digest(_MLKEM_SEED + 32)
        return (
            MLKEM768PrivateKey.from_seed_bytes(seeds[:_MLKEM_SEED]),
            X25519PrivateKey.from_private_bytes(seeds[_MLKEM_SEED:]),
        )
