"""Whom an age file is for: X25519 keys, hybrid ML-KEM-768 + X25519 keys, passphrases.

The three are specified in C2SP age, "Native recipient types"; plugins and the tagged types are left out.

A recipient wraps the file key into a stanza; an identity unwraps it, gives None where no stanza is for it, and raises
CryptoError (age.header) where a stanza of its type is malformed. The secrets are never in a repr.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from exchange.crypto import b64, bech32
from exchange.crypto.age_failure import header_failure
from exchange.crypto.age_header import Stanza
from exchange.crypto.hashing import hkdf
from exchange.errors import CryptoError, Problem
from exchange.locale import _

FILE_KEY = 16
"""Bytes of the key of one file."""

WORK_FACTOR = 18
"""log2 of scrypt's N that we write: about a second and 268 MB, by design."""
MAX_WORK_FACTOR = 20
"""The most that we compute for a file that asks for it."""

_WRAPPED = FILE_KEY + 16  # the file key and its tag
_ZERO_NONCE = bytes(12)  # each wrapping key is used once


class Recipient(Protocol):
    """Somebody for whom a file key can be wrapped."""

    post_quantum: ClassVar[bool]
    alone: ClassVar[bool]
    """Whether it must be the only recipient of a file."""

    def wrap(self, file_key: bytes) -> Stanza: ...


class Identity(Protocol):
    """Somebody who can unwrap file keys."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None: ...


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
        return cls(_parse_key(text, cls.PREFIX, 32, lower=True))

    def wrap(self, file_key: bytes) -> Stanza:
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.key))
        except ValueError:  # a key of low order gives a secret that everybody knows
            raise _not_a_key() from None
        wrapping = _x25519_wrapping_key(shared, share, self.key)
        return Stanza(("X25519", b64.encode_raw(share)), _wrap(wrapping, file_key))


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
        return cls(_parse_key(text, cls.PREFIX, 32, lower=False))

    def encode(self) -> str:
        """The secret as text: for a file that is itself protected, never for a message."""
        return bech32.encode(self.PREFIX, self.secret).upper()

    @property
    def recipient(self) -> X25519Recipient:
        return X25519Recipient(self._private().public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        for stanza in stanzas:
            if stanza.args[0] == "X25519":
                share = _share(stanza, 32)
                wrapping = _x25519_wrapping_key(_exchange(self._private(), share), share, self.recipient.key)
                if (file_key := _unwrap(wrapping, stanza.body)) is not None:
                    return file_key
        return None

    def _private(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.secret)


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
        return cls(_parse_key(text, cls.PREFIX, cls.LENGTH, lower=True))

    def wrap(self, file_key: bytes) -> Stanza:
        try:
            sealed = _HPKE.encrypt(file_key, self._public(), _HPKE_INFO)
        except (ValueError, RuntimeError):  # an ML-KEM key outside its field, or an X25519 key of low order
            raise _not_a_key() from None
        return Stanza(("mlkem768x25519", b64.encode_raw(sealed[:-_WRAPPED])), sealed[-_WRAPPED:])

    def _public(self) -> hpke.MLKEM768X25519PublicKey:
        return hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.key[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(self.key[_MLKEM_PUBLIC:]),
        )


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
        return cls(_parse_key(text, cls.PREFIX, 32, lower=False))

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
        share = _share(stanza, _MLKEM_CIPHERTEXT + 32)
        mlkem, x25519 = self._private()
        # HPKE would answer a share of low order as it answers a wrong key; age calls it malformed.
        _exchange(x25519, share[_MLKEM_CIPHERTEXT:])
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


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase, as recipient (with the work factor that we write) and as identity (up to MAX_WORK_FACTOR)."""

    text: str = field(repr=False)
    work_factor: int = WORK_FACTOR
    post_quantum: ClassVar[bool] = True  # no key exchange that a quantum computer could undo
    alone: ClassVar[bool] = True

    def wrap(self, file_key: bytes) -> Stanza:
        salt = secrets.token_bytes(16)
        wrapping = self._wrapping_key(salt, self.work_factor)
        return Stanza(("scrypt", b64.encode_raw(salt), str(self.work_factor)), _wrap(wrapping, file_key))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        found = next((stanza for stanza in stanzas if stanza.args[0] == "scrypt"), None)
        if found is None:
            return None
        if len(found.args) != 3 or not re.fullmatch(r"[1-9][0-9]{0,9}", found.args[2]):
            raise _malformed()
        salt, work_factor = _decode(found.args[1], 16), int(found.args[2])
        if work_factor > MAX_WORK_FACTOR:
            raise header_failure(_("the encrypted file asks for too much work for its passphrase"))
        _check_wrapped(found)
        return _unwrap(self._wrapping_key(salt, work_factor), found.body)

    def _wrapping_key(self, salt: bytes, work_factor: int) -> bytes:
        full_salt = b"age-encryption.org/v1/scrypt" + salt
        cost = 2**work_factor
        secret = self.text.encode("utf-8", "surrogateescape")  # a terminal may hand over bytes that are not UTF-8
        memory = 128 * 8 * (cost + 4) + 1024 * 1024
        return hashlib.scrypt(secret, salt=full_salt, n=cost, r=8, p=1, maxmem=memory, dklen=32)


def parse_recipient(text: str) -> X25519Recipient | HybridRecipient:
    """A recipient from `age1…` or `age1pq1…`. CryptoError (age.recipient) for anything else."""
    return HybridRecipient.parse(text) if text.startswith("age1pq1") else X25519Recipient.parse(text)


def parse_identity(text: str) -> X25519Identity | HybridIdentity:
    """An identity from `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. CryptoError (age.identity) for anything else."""
    return HybridIdentity.parse(text) if text.startswith("AGE-SECRET-KEY-PQ-1") else X25519Identity.parse(text)


def _parse_key(text: str, prefix: str, length: int, *, lower: bool) -> bytes:
    try:
        found, data = bech32.decode(text)
    except ValueError:
        found, data = "", b""
    if found != prefix or len(data) != length or text != (text.lower() if lower else text.upper()):
        raise _not_a_key() if lower else _not_an_identity()
    return data


def _x25519_wrapping_key(shared: bytes, share: bytes, recipient: bytes) -> bytes:
    return hkdf(shared, salt=share + recipient, info=b"age-encryption.org/v1/X25519")


def _exchange(private: X25519PrivateKey, share: bytes) -> bytes:
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:  # the shared secret would be zero
        raise _malformed() from None


def _share(stanza: Stanza, length: int) -> bytes:
    if len(stanza.args) != 2:
        raise _malformed()
    _check_wrapped(stanza)
    return _decode(stanza.args[1], length)


def _check_wrapped(stanza: Stanza) -> None:
    # Before decrypting: a longer body would let one file open under several keys (partitioning oracles).
    if len(stanza.body) != _WRAPPED:
        raise _malformed()


def _wrap(key: bytes, file_key: bytes) -> bytes:
    return ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)


def _unwrap(key: bytes, body: bytes) -> bytes | None:
    try:
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
    except InvalidTag:
        return None


def _decode(text: str, length: int) -> bytes:
    try:
        data = b64.decode_raw(text)
    except ValueError:
        raise _malformed() from None
    if len(data) != length:
        raise _malformed()
    return data


def _malformed() -> CryptoError:
    return header_failure(_("a recipient in the header of the encrypted file is malformed"))


def _not_a_key() -> CryptoError:
    return CryptoError(Problem("age.recipient", _("this is not a public age key"), hint=_("it begins with age1")))


def _not_an_identity() -> CryptoError:
    return CryptoError(Problem("age.identity", _("this is not a secret age key")))
