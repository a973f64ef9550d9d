"""A person's key that lies in ssh-agent: it signs there, and no passphrase is typed here.

    key = agent_key(person.verify_key, os.environ)     # None where no agent offers exactly this key
    show_presence(key)
    sshsig.sign(key, namespace, message)               # as a SigningKey's, byte for byte

    key = login_key("SHA256:…", os.environ)            # of any kind, to log in to a server
    key.ssh_signature(message, "rsa-sha2-512")

The agent is asked over its socket (draft-ietf-sshm-ssh-agent): who it has, and for a signature; nothing is ever added
to it. It is not trusted: a signature is verified before it is used. On Windows, which has no such socket in Python,
nobody is found.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from exchange.crypto import b64, ssh_wire, sshsig
from exchange.crypto.signing import KEY_TYPE, VerifyKey
from exchange.errors import CryptoError, KeyringError
from exchange.keyring.refusals import refused
from exchange.locale import _

VARIABLE = "SSH_AUTH_SOCK"
PRESENCE: Final = "data-sharing-exchange/presence/v1"
"""What `show_presence` has signed is of no use elsewhere. No list of signers allows it."""
LISTING, SIGNING = 5.0, 60.0
"""Seconds: an agent may ask the person before it signs (`ssh-add -c`)."""

_REQUEST_IDENTITIES, _IDENTITIES_ANSWER, _SIGN_REQUEST, _SIGN_RESPONSE = 11, 12, 13, 14
_MAX_ANSWER = 256 * 1024  # as in OpenSSH's agent
_NO_FLAGS = ssh_wire.uint32(0)
_FLAGS = {"rsa-sha2-256": ssh_wire.uint32(2), "rsa-sha2-512": ssh_wire.uint32(4)}  # without one it would be SHA-1


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A Signer whose secret lies with the agent at `address`."""

    verify_key: VerifyKey
    address: str
    patience: float = SIGNING

    def sign(self, message: bytes) -> bytes:
        """KeyringError: agent.refused, agent.unreachable, agent.malformed, agent.false (a signature that is wrong)."""
        raw = _signature(_signed(self.address, self.verify_key.blob(), message, _NO_FLAGS, self.patience))
        try:
            self.verify_key.verify(raw, message)
        except CryptoError:
            raise refused("agent.false", _("ssh-agent gave a signature that is wrong"), hint=_otherwise()) from None
        return raw


@dataclass(frozen=True, slots=True)
class LoginKey:
    """A key of any kind with the agent at `address`: one of an RSA or NIST curve where a server takes no other, one in
    a security key. What it signs goes to the server, which judges it."""

    blob: bytes
    address: str
    patience: float = SIGNING

    def ssh_signature(self, message: bytes, algorithm: str) -> bytes:
        """As it travels. KeyringError: agent.refused, agent.unreachable, agent.malformed."""
        content = _signed(self.address, self.blob, message, _FLAGS.get(algorithm, _NO_FLAGS), self.patience)
        try:
            reader = ssh_wire.Reader(content)
            signature = reader.string()
            reader.end()
        except ValueError:
            raise _malformed() from None
        return signature


def login_key(fingerprint: str, environment: Mapping[str, str], patience: float = LISTING) -> LoginKey:
    """The key of that fingerprint (`SHA256:…`, as `ssh-add -l` shows it) in the agent that SSH_AUTH_SOCK names.

    KeyringError: agent.no_key where there is no agent, or it has other keys; agent.unreachable, agent.malformed.
    """
    address = environment.get(VARIABLE)
    if address and hasattr(socket, "AF_UNIX"):
        for blob in _keys(_answer(address, _REQUEST_IDENTITIES, b"", patience)):
            if _fingerprint(blob) == fingerprint:
                return LoginKey(blob, address)
    hint = _("start it, load the key with ssh-add, and look at: ssh-add -l")
    raise refused("agent.no_key", _("ssh-agent does not have this key"), where=fingerprint, hint=hint)


def agent_key(public: VerifyKey, environment: Mapping[str, str], patience: float = LISTING) -> AgentKey | None:
    """The key `public` in the agent that SSH_AUTH_SOCK names; None where there is no agent, or it has other keys.

    KeyringError: agent.unreachable, agent.malformed.
    """
    address = environment.get(VARIABLE)
    if not address or not hasattr(socket, "AF_UNIX"):
        return None
    answer = _answer(address, _REQUEST_IDENTITIES, b"", patience)
    return AgentKey(public, address) if public.blob() in _keys(answer) else None


def show_presence(key: AgentKey) -> None:
    """Return if the agent can sign with the key now: that it lists a key proves nothing. KeyringError as `sign`."""
    sshsig.sign(key, PRESENCE, secrets.token_bytes(32))


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + b64.encode(hashlib.sha256(blob).digest()).rstrip("=")


def _signed(address: str, blob: bytes, message: bytes, flags: bytes, patience: float) -> bytes:
    """What an answer with a signature holds. KeyringError (agent.refused), and as `_answer`."""
    asked = ssh_wire.string(blob) + ssh_wire.string(message) + flags
    answer = _answer(address, _SIGN_REQUEST, asked, patience)
    if answer[:1] != bytes([_SIGN_RESPONSE]):
        hint = _("is the agent locked, or was it asked to confirm? look at: ssh-add -l")
        raise refused("agent.refused", _("ssh-agent did not sign"), hint=hint)
    return answer[1:]


def _keys(answer: bytes) -> frozenset[bytes]:
    """The public keys in an answer; an agent that is locked may fail instead, and has none then."""
    if answer[:1] != bytes([_IDENTITIES_ANSWER]):
        return frozenset()
    try:
        reader, found = ssh_wire.Reader(answer[1:]), set()
        for _each in range(reader.uint32()):
            found.add(reader.string())
            reader.string()  # its comment
        reader.end()
    except ValueError:
        raise _malformed() from None
    return frozenset(found)


def _signature(content: bytes) -> bytes:
    try:
        outer = ssh_wire.Reader(content)
        inner = ssh_wire.Reader(outer.string())
        outer.end()
        kind, raw = inner.string(), inner.string()
        inner.end()
    except ValueError:
        raise _malformed() from None
    if kind != KEY_TYPE.encode():
        raise _malformed()
    return raw


def _answer(address: str, kind: int, content: bytes, patience: float) -> bytes:
    """One question and its answer, whole, within `patience` seconds."""
    until = time.monotonic() + patience
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(patience)
            line.connect(address)
            line.sendall(ssh_wire.string(bytes([kind]) + content))
            length = int.from_bytes(_read(line, 4, until), "big")
            if not 0 < length <= _MAX_ANSWER:
                raise _malformed()
            return _read(line, length, until)
    except OSError:  # also when time is up
        hint = _("start it, load the key with ssh-add, and look at: ssh-add -l")
        raise refused("agent.unreachable", _("ssh-agent does not answer"), where=VARIABLE, hint=hint) from None


def _read(line: socket.socket, length: int, until: float) -> bytes:
    taken = bytearray()
    while len(taken) < length:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        block = line.recv(length - len(taken))
        if not block:
            raise _malformed()
        taken += block
    return bytes(taken)


def _malformed() -> KeyringError:
    return refused("agent.malformed", _("ssh-agent answers with what is no answer"), where=VARIABLE, hint=_otherwise())


def _otherwise() -> str:
    return _("use the key's file instead: name it in EXCHANGE_PERSON_KEY")
