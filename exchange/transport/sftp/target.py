"""Where an SFTP folder is, and the key by which its server is known."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from exchange.errors import TransportError
from exchange.transport import refusals

HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


@dataclass(frozen=True, slots=True)
class SftpTarget:
    """One folder on one server, for one account; `host_key` is one line in OpenSSH's form: "ssh-ed25519 AAAA…".

    `directory` is as the server shows it to this account: "incoming", "/srv/box/incoming". Raises TransportError for
    what cannot be an address.
    """

    host: str
    port: int
    user: str
    directory: str
    host_key: str

    def __post_init__(self) -> None:
        texts = (self.host, self.user, self.directory)
        if not all(texts) or not all(text.isprintable() for text in texts) or not 0 < self.port < 65536:
            raise TransportError(refusals.bad_address(ascii(self.host[:60])))

    @property
    def where(self) -> str:
        """For messages: host:port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def pinned_key(address: SftpTarget) -> bytes:
    """The key on the card, as the bytes that a server shows."""
    try:
        kind, encoded = address.host_key.split()[:2]
        blob = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise TransportError(refusals.host_key_unknown(address.where)) from error
    if not any(fits(name, kind) for name in HOST_KEYS) or blob[4 : 4 + len(kind)] != kind.encode():
        raise TransportError(refusals.host_key_unknown(address.where))
    return blob


def fits(algorithm: str, kind: str) -> bool:
    """Whether a key of `kind` signs with `algorithm`: RSA keys have SHA-2 signatures of other names (RFC 8332)."""
    return algorithm == kind or (kind == "ssh-rsa" and algorithm.startswith("rsa-sha2-"))


def fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
