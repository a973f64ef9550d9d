"""What all recipients of age files share: wrapping a file key under a key that is used once, and reading key texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from exchange.crypto import b64, bech32
from exchange.crypto.age_failure import header_failure
from exchange.crypto.age_header import Stanza
from exchange.errors import CryptoError, Problem
from exchange.locale import _

FILE_KEY = 16
"""Bytes of the key of one file."""

WRAPPED = FILE_KEY + 16
"""Bytes of a wrapped file key: the key and its tag."""

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


def parse_key(text: str, prefix: str, length: int, *, lower: bool) -> bytes:
    """The `length` bytes of a key's text. CryptoError: age.recipient (public, lower case), age.identity (secret)."""
    try:
        found, data = bech32.decode(text)
    except ValueError:
        found, data = "", b""
    if found != prefix or len(data) != length or text != (text.lower() if lower else text.upper()):
        raise not_a_key() if lower else _not_an_identity()
    return data


def shared_secret(private: X25519PrivateKey, share: bytes) -> bytes:
    """What X25519 makes of both. CryptoError (age.header) for a share that would give zero to everybody."""
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:  # the shared secret would be zero
        raise malformed() from None


def read_share(stanza: Stanza, length: int) -> bytes:
    """The only argument of a stanza after its type, `length` bytes. CryptoError (age.header) for any other shape."""
    if len(stanza.args) != 2:
        raise malformed()
    check_wrapped(stanza)
    return decode(stanza.args[1], length)


def check_wrapped(stanza: Stanza) -> None:
    """CryptoError (age.header) for a body of another length, before anything is decrypted: a longer one would let one
    file open under several keys (a partitioning oracle)."""
    if len(stanza.body) != WRAPPED:
        raise malformed()


def wrap(key: bytes, file_key: bytes) -> bytes:
    """The file key encrypted under a key that is used this once."""
    return ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)


def unwrap(key: bytes, body: bytes) -> bytes | None:
    """The file key; None if it was wrapped under another key."""
    try:
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
    except InvalidTag:
        return None


def decode(text: str, length: int) -> bytes:
    """The bytes of an argument. CryptoError (age.header) unless it is canonical base64 of `length` bytes."""
    try:
        data = b64.decode_raw(text)
    except ValueError:
        raise malformed() from None
    if len(data) != length:
        raise malformed()
    return data


def malformed() -> CryptoError:
    """The refusal of a stanza that is not as its type says."""
    return header_failure(_("a recipient in the header of the encrypted file is malformed"))


def not_a_key() -> CryptoError:
    """The refusal of a public key."""
    return CryptoError(Problem("age.recipient", _("this is not a public age key"), hint=_("it begins with age1")))


def _not_an_identity() -> CryptoError:
    return CryptoError(Problem("age.identity", _("this is not a secret age key")))
