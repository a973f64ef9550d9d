"""Where an SFTP folder is, which servers lead to it, and the key by which each is known."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Protocol

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport import refusals
from exchange.transport.sftp.login import Login

HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


class Stop(Protocol):
    """An SSH server on the way: a jump host, or the one where the folder is. `where` names it in messages."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def user(self) -> str: ...

    @property
    def host_key(self) -> str: ...

    @property
    def where(self) -> str: ...

    def key_changed(self, pinned: str, shown: str) -> Problem: ...

    def key_unknown(self) -> Problem: ...


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
        _check(self.port, self.host, self.user, self.directory)

    @property
    def where(self) -> str:
        """For messages: host:port."""
        return host_and_port(self.host, self.port)

    def key_changed(self, pinned: str, shown: str) -> Problem:
        return refusals.host_key_changed(self.where, pinned, shown)

    def key_unknown(self) -> Problem:
        return refusals.host_key_unknown(self.where)


@dataclass(frozen=True, slots=True)
class JumpHost:
    """An SSH server of ours, or of somebody who lends it, which forwards to the next on the way and learns nothing but
    where that is. Raises TransportError for what cannot be an address."""

    host: str
    port: int
    user: str
    host_key: str
    login: Login

    def __post_init__(self) -> None:
        _check(self.port, self.host, self.user)

    @property
    def where(self) -> str:
        return _("jump host {host}").format(host=host_and_port(self.host, self.port))

    def key_changed(self, pinned: str, shown: str) -> Problem:
        return refusals.jump_host_key_changed(self.where, pinned, shown)

    def key_unknown(self) -> Problem:
        return refusals.jump_host_key_unknown(self.where)


def host_and_port(host: str, port: int) -> str:
    """As addresses are written: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def pinned_key(stop: Stop) -> bytes:
    """The key by which we know a server, as the bytes that it shows. Raises TransportError."""
    try:
        kind, encoded = stop.host_key.split()[:2]
        blob = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise TransportError(stop.key_unknown()) from error
    if not any(fits(name, kind) for name in HOST_KEYS) or blob[4 : 4 + len(kind)] != kind.encode():
        raise TransportError(stop.key_unknown())
    return blob


def _check(port: int, *texts: str) -> None:
    if not all(texts) or not all(text.isprintable() for text in texts) or not 0 < port < 65536:
        raise TransportError(refusals.bad_address(ascii(texts[0][:60])))


def fits(algorithm: str, kind: str) -> bool:
    """Whether a key of `kind` signs with `algorithm`: RSA keys have SHA-2 signatures of other names (RFC 8332)."""
    return algorithm == kind or (kind == "ssh-rsa" and algorithm.startswith("rsa-sha2-"))


def fingerprint_of(host_key: str) -> str:
    """Of a key as OpenSSH writes it in one line. ValueError."""
    return fingerprint(base64.b64decode(host_key.split()[1], validate=True))


def fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
