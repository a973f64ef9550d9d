"""Encrypted files in the age v1 format (https://c2sp.org/age), which stock age ≥ 1.3 and npm's age-encryption open.

    identity = HybridIdentity.generate()
    with open("plain", "rb") as source, open("file.age", "wb") as target:
        encrypt(source, target, [identity.recipient])
    with open("file.age", "rb") as source, open("back", "wb") as target:
        decrypt(source, target, [identity])

Files are streamed in chunks of 64 KiB, long ones on several threads; only authenticated chunks are released, in their
order. Until the end was read without an error, a file may still prove to be cut short: whoever needs all or nothing
reads twice (see `seal/`).

Every failure is a CryptoError: age.header, age.no_match, age.mac, age.payload, age.armor; age.recipient and
age.identity for keys that are none.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import BinaryIO

from exchange.crypto.age_failure import header_failure, no_match
from exchange.crypto.age_header import MAX_HEADER, Stanza, encode_header, read_header
from exchange.crypto.age_hybrid import HybridIdentity, HybridRecipient
from exchange.crypto.age_passphrase import MAX_WORK_FACTOR, WORK_FACTOR, Passphrase
from exchange.crypto.age_recipients import parse_identity, parse_recipient
from exchange.crypto.age_stream import CHUNK, ChunkReader, ChunkWriter
from exchange.crypto.age_wrapping import FILE_KEY, Identity, Recipient
from exchange.crypto.age_x25519 import X25519Identity, X25519Recipient
from exchange.crypto.armor import armored, unarmor
from exchange.errors import CryptoError, Problem
from exchange.locale import _

__all__ = [
    "CHUNK",
    "MAX_HEADER",
    "MAX_WORK_FACTOR",
    "WORK_FACTOR",
    "ChunkReader",
    "ChunkWriter",
    "HybridIdentity",
    "HybridRecipient",
    "Identity",
    "Passphrase",
    "Recipient",
    "X25519Identity",
    "X25519Recipient",
    "armored",
    "decrypt",
    "encrypt",
    "open_decrypted",
    "open_encrypted",
    "parse_identity",
    "parse_recipient",
    "unarmor",
]


def encrypt(source: BinaryIO, target: BinaryIO, recipients: Sequence[Recipient]) -> None:
    """Encrypt all of `source` into `target`. CryptoError (age.recipients) if these cannot share a file."""
    with open_encrypted(target, recipients) as writer:
        writer.copy_from(source)


def decrypt(source: BinaryIO, target: BinaryIO, identities: Sequence[Identity]) -> None:
    """Decrypt all of `source` into `target`. On an error, what `target` holds is authentic but may be cut short."""
    with open_decrypted(source, identities) as reader:
        reader.copy_to(target)


def open_encrypted(target: BinaryIO, recipients: Sequence[Recipient]) -> ChunkWriter:
    """A writable file that encrypts into `target`; use it in a `with`, or `close` it, to write the end."""
    _check_together(recipients)
    file_key = secrets.token_bytes(FILE_KEY)
    stanzas = tuple(recipient.wrap(file_key) for recipient in recipients)
    target.write(encode_header(stanzas, file_key))
    return ChunkWriter(target, file_key)


def open_decrypted(source: BinaryIO, identities: Sequence[Identity]) -> ChunkReader:
    """A readable file over what `source` holds, at its beginning. The header is read and authenticated at once."""
    header = read_header(source)
    _check_alone(header.stanzas)
    file_key = _unwrap(header.stanzas, identities)
    header.check(file_key)
    return ChunkReader(source, file_key)


def _unwrap(stanzas: Sequence[Stanza], identities: Sequence[Identity]) -> bytes:
    for identity in identities:
        if (file_key := identity.unwrap(stanzas)) is not None:
            return file_key
    raise no_match()


def _check_alone(stanzas: Sequence[Stanza]) -> None:
    # Whoever opens with a passphrase may trust that only who knows it made the file: nobody else may stand beside it.
    if len(stanzas) > 1 and any(stanza.args[0] == "scrypt" for stanza in stanzas):
        raise header_failure(_("a passphrase stands beside other keys in the encrypted file"))


def _check_together(recipients: Sequence[Recipient]) -> None:
    if not recipients:
        raise _refused(_("an encrypted file needs at least one recipient"))
    if len(recipients) > 1 and any(recipient.alone for recipient in recipients):
        raise _refused(_("a passphrase must be the only recipient of a file"))
    if len({recipient.post_quantum for recipient in recipients}) > 1:
        raise _refused(_("hybrid and X25519 recipients do not share a file: the weaker key would open it"))


def _refused(what: str) -> CryptoError:
    return CryptoError(Problem("age.recipients", what))
