"""Sealed files as no honest program makes them: taken apart, changed, and put together again."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seal.parties import NOW, months_key

from exchange.crypto.age import ChunkWriter, Recipient, open_decrypted
from exchange.crypto.age_header import encode_header
from exchange.crypto.canonical import canonical
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.keyring.identity import Identity
from exchange.keyring.namespaces import BUNDLE, LETTER
from exchange.seal.ustar import END, Entry, encode, filling

MTIME = int(NOW.timestamp())


def locked(plain: bytes, *recipients: Recipient) -> bytes:
    """`plain` encrypted for any mixture of recipients, which the program itself would refuse to write."""
    file_key, target = bytes(range(16)), io.BytesIO()
    target.write(encode_header(tuple(recipient.wrap(file_key) for recipient in recipients), file_key))
    with ChunkWriter(target, file_key) as writer:
        writer.write(plain)
    return target.getvalue()


def unlocked(file: bytes, identity: Identity) -> bytes:
    return open_decrypted(io.BytesIO(file), identity.opening_keys).read()


def for_(identity: Identity) -> Recipient:
    return months_key(identity).recipient


def member(name: str, content: bytes, mtime: int = MTIME) -> bytes:
    return encode(Entry(name, len(content), mtime)) + content + bytes(filling(len(content)))


def archive(*members: bytes) -> bytes:
    return b"".join(members) + END


def padded(payload: bytes) -> bytes:
    return payload + bytes(-len(payload) % 512)


@dataclass(frozen=True)
class Parts:
    """What a sealed file holds. `written` puts it together as it is, whether or not its parts agree."""

    sums: bytes
    signature: bytes
    envelope: bytes
    payload: bytes
    mtime: int = MTIME

    @classmethod
    def of(cls, file: bytes, identity: Identity) -> Parts:
        plain, found = unlocked(file, identity), []
        while len(found) < 4:
            size = int(plain[124:135], 8)
            found.append(plain[512 : 512 + size])
            plain = plain[512 + size + filling(size) :]
        return cls(*found)

    def members(self) -> list[bytes]:
        names = ("SHA256SUMS", "SHA256SUMS.sig", "envelope.json", "payload.tar")
        contents = (self.sums, self.signature, self.envelope, self.payload)
        return [member(name, content, self.mtime) for name, content in zip(names, contents, strict=True)]

    def written(self, *recipients: Recipient) -> bytes:
        return locked(archive(*self.members()), *recipients)

    def saying(self, **changes: Any) -> Parts:
        """With another envelope; nothing is signed anew."""
        said = json.loads(self.envelope) | changes
        return replace(self, envelope=canonical(said))

    def signed(self, key: SigningKey, namespace: str = "") -> Parts:
        """With sums and signature that fit the other two, by whoever holds `key`."""
        digests = hashlib.sha256(self.envelope).hexdigest(), hashlib.sha256(self.payload).hexdigest()
        sums = f"{digests[0]}  envelope.json\n{digests[1]}  payload.tar\n".encode()
        chosen = namespace or (BUNDLE if b'"kind":"bundle"' in self.envelope else LETTER)
        return replace(self, sums=sums, signature=sign(key, chosen, sums).encode())


Mutation = Callable[[bytearray], None]


def cut_points(file: bytes) -> Sequence[int]:
    """Places where something ends or begins: header, nonce, chunks."""
    header = file.index(b"\n--- ") + 49
    chunks = range(header + 16, len(file), 65552)
    near = {at + by for at in (header, *chunks, len(file)) for by in (-17, -16, -1, 0, 1)}
    return sorted(at for at in near | {0, 1, 21, 22, 100, 1600} if at < len(file))
