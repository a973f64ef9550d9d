"""SSH signatures over files (OpenSSH's PROTOCOL.sshsig), Ed25519 with SHA-512, as `ssh-keygen -Y sign` makes them.

    text = sign(key, "data-sharing-exchange/card/v1", message)
    verify(text, "data-sharing-exchange/card/v1", message, [key.verify_key])

A namespace keeps a signature made for one kind of thing from being shown for another. A message is bytes, or a binary
file that is read to its end in blocks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from exchange.crypto import ssh_wire
from exchange.crypto.hashing import hash_stream
from exchange.crypto.signing import KEY_TYPE, SIGNATURE, Signer, VerifyKey
from exchange.errors import CryptoError, Problem
from exchange.locale import _

MAX_TEXT = 4096
"""Characters of an armored signature that we read; ours have under 400."""

_MAGIC = b"SSHSIG"
_VERSION = 1
_HASH = "sha512"
_KIND = "SSH SIGNATURE"


@dataclass(frozen=True, slots=True)
class _Signature:
    key: VerifyKey
    namespace: str
    raw: bytes


def sign(key: Signer, namespace: str, message: bytes | BinaryIO) -> str:
    """The armored signature, byte for byte as `ssh-keygen -Y sign -n namespace` writes it."""
    if not namespace:
        raise ValueError("a signature needs a namespace")
    raw = key.sign(_signed_data(namespace, message))
    blob = (
        _MAGIC
        + ssh_wire.uint32(_VERSION)
        + ssh_wire.string(key.verify_key.blob())
        + ssh_wire.string(namespace.encode())
        + ssh_wire.string(b"")
        + ssh_wire.string(_HASH.encode())
        + ssh_wire.string(ssh_wire.string(KEY_TYPE.encode()) + ssh_wire.string(raw))
    )
    return ssh_wire.armor(_KIND, blob)


def verify(text: str, namespace: str, message: bytes | BinaryIO, signers: Collection[VerifyKey]) -> VerifyKey:
    """The one of `signers` who signed `message` in `namespace`.

    CryptoError: sshsig.malformed, sshsig.namespace (made for another kind of thing), sshsig.signer (made by a key that
    is not among `signers`), signature.wrong.
    """
    signature = _parse(text)
    if signature.namespace != namespace:
        raise CryptoError(Problem("sshsig.namespace", _("the signature was made for another kind of thing")))
    if signature.key not in signers:
        raise CryptoError(Problem("sshsig.signer", _("the signature is by a key that may not sign this")))
    signature.key.verify(signature.raw, _signed_data(namespace, message))
    return signature.key


def claimed_signer(text: str) -> VerifyKey:
    """The key that the signature names; nothing is verified. It serves to look up whose key that would be."""
    return _parse(text).key


def _signed_data(namespace: str, message: bytes | BinaryIO) -> bytes:
    digest = hashlib.sha512(message).digest() if isinstance(message, bytes) else hash_stream(_HASH, message)
    fields = (namespace.encode(), b"", _HASH.encode(), digest)
    return _MAGIC + b"".join(ssh_wire.string(field) for field in fields)


def _parse(text: str) -> _Signature:
    return _parsed(text[:MAX_TEXT])  # a longer one loses its last line here, and so is malformed


@lru_cache(maxsize=256)  # who signed is asked again and again
def _parsed(text: str) -> _Signature:
    try:
        return _parse_blob(ssh_wire.unarmor(_KIND, text))
    except (ValueError, CryptoError):
        raise CryptoError(Problem("sshsig.malformed", _("this is not an SSH signature by an Ed25519 key"))) from None


def _parse_blob(blob: bytes) -> _Signature:
    reader = ssh_wire.Reader(blob)
    if reader.take(len(_MAGIC)) != _MAGIC or reader.uint32() != _VERSION:
        raise ValueError("not version 1")
    key = VerifyKey.from_blob(reader.string())
    namespace = reader.string().decode("utf-8")
    reserved, hash_name, signature = reader.string(), reader.string(), ssh_wire.Reader(reader.string())
    reader.end()
    kind, raw = signature.string(), signature.string()
    signature.end()
    # The format also knows sha256, RSA, ECDSA and hardware keys. We make none of these and take none.
    if reserved or hash_name != _HASH.encode() or kind != KEY_TYPE.encode() or len(raw) != SIGNATURE:
        raise ValueError("not the one form that we make")
    return _Signature(key, namespace, raw)
