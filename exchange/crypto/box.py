"""Small things and whole segments locked under a random key: XChaCha20-Poly1305 (libsodium), nonce at random.

    key = new_key()
    locked = lock(key, b"rows", context=b"segment 7")
    unlock(key, locked, context=b"segment 7")

The nonce has 24 bytes, so a key may lock any number of things. The context is authenticated and not stored: what was
locked as one thing does not unlock as another.
"""

from __future__ import annotations

from nacl import secret, utils
from nacl.exceptions import CryptoError as SodiumError

from exchange.errors import CryptoError, Problem
from exchange.locale import _

KEY = 32
"""Bytes of a key."""

_VERSION = b"box1"
_NONCE = secret.Aead.NONCE_SIZE
OVERHEAD = len(_VERSION) + _NONCE + secret.Aead.MACBYTES
"""Bytes by which a locked thing is longer."""


def new_key() -> bytes:
    return utils.random(KEY)


def lock(key: bytes, plain: bytes, *, context: bytes) -> bytes:
    """`plain` encrypted under `key` (32 bytes) and bound to `context`."""
    return _VERSION + bytes(secret.Aead(key).encrypt(plain, _VERSION + context))


def unlock(key: bytes, locked: bytes, *, context: bytes) -> bytes:
    """What was locked. CryptoError (box.locked) for another key, another context, or altered bytes."""
    if len(locked) < OVERHEAD or not locked.startswith(_VERSION):
        raise _stays_locked()
    try:
        return secret.Aead(key).decrypt(locked[len(_VERSION) :], _VERSION + context)
    except SodiumError:
        raise _stays_locked() from None


def _stays_locked() -> CryptoError:
    return CryptoError(
        Problem("box.locked", _("this was locked with another key, for another use, or has been altered"))
    )
