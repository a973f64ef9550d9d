"""A connection to an SFTP server: the pinned host key, a key of our own, and a deadline on everything.

paramiko makes the SSH connection (this is the only file that imports it); the SFTP on top is our own, because every
WRITE's status must be read (`conversation.py`).
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from exchange.errors import Problem, TransportError
from exchange.transport import refusals
from exchange.transport.sftp.conversation import Conversation
from exchange.transport.sftp.line import Deadlines, Line
from exchange.transport.sftp.target import HOST_KEYS, SftpTarget, fingerprint, fits, pinned_key

if TYPE_CHECKING:
    import paramiko

# Best first; what is not listed is off: CBC, 3DES, MD5, SHA-1, finite-field groups of 2048 bits, NIST curves last.
KEX = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
)
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
CHANNEL_WINDOW = 16 << 20  # bytes the server may send ahead: measured, 2 MiB (paramiko's own) halves a download
RECEIVE = 8 << 20  # all that has come: taking a part of it makes paramiko move the rest

# paramiko logs tracebacks of broken links; without a handler Python would print them on the person's screen.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class Link:
    """A connection that is made, known to reach the pinned server, and let in."""

    def __init__(self, address: SftpTarget, key: str, deadlines: Deadlines) -> None:
        self._address = address
        pinned, ours = pinned_key(address), _our_key(key, address)
        self.line = Line.to(address.host, address.port, deadlines, address.where)
        self._transport: paramiko.Transport | None = None
        try:
            with self.line.connecting():
                self._transport = self._shake_hands(deadlines)
                self._check_host_key(pinned)
                self._log_in(ours)
                stream = self._open_sftp(deadlines)
            self.talk = Conversation(stream, address.where)
        except BaseException:
            self.close()
            raise

    @property
    def transport(self) -> paramiko.Transport:
        """The connection below SFTP, for who asks what else is open (`knocking.py`)."""
        return self._session()

    def close(self) -> None:
        """Hang up. The reading thread sees the end of the line and closes the socket."""
        self.line.hang_up()
        if self._transport is not None:
            self._transport.join(timeout=2)
            self._transport.close()
        self.line.close()

    def _shake_hands(self, deadlines: Deadlines) -> paramiko.Transport:
        import paramiko

        transport = paramiko.Transport(self.line, default_window_size=CHANNEL_WINDOW)
        options = transport.get_security_options()
        pinned = self._address.host_key.split()[0]
        options.kex = [name for name in KEX if name in options.kex]
        options.ciphers = [name for name in CIPHERS if name in options.ciphers]
        options.digests = [name for name in MACS if name in options.digests]
        options.key_types = sorted(HOST_KEYS, key=lambda name: not fits(name, pinned))
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = deadlines.connect
        try:
            transport.start_client(timeout=deadlines.connect)
            transport.get_remote_server_key()  # raises where the handshake ran out of time, which the line above hides
        except paramiko.ssh_exception.IncompatiblePeer as error:
            raise TransportError(refusals.weak_server(self._address.where)) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TransportError(self._lost()) from error
        return transport

    def _check_host_key(self, pinned: bytes) -> None:
        shown = self._session().get_remote_server_key().asbytes()
        if shown != pinned:
            problem = refusals.host_key_changed(self._address.where, fingerprint(pinned), fingerprint(shown))
            raise TransportError(problem)

    def _log_in(self, key: paramiko.Ed25519Key) -> None:
        import paramiko

        try:
            still_wanted = self._session().auth_publickey(self._address.user, key)
        except paramiko.AuthenticationException as error:
            if self.line.stalled or not self._session().is_active():
                raise TransportError(self._lost()) from error
            raise TransportError(refusals.refused_key(self._address.where, self._address.user)) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TransportError(self._lost()) from error
        if still_wanted:  # a second factor: a person would have to be there
            raise TransportError(refusals.refused_key(self._address.where, self._address.user))

    def _open_sftp(self, deadlines: Deadlines) -> _ChannelStream:
        import paramiko

        try:
            channel = self._session().open_session(timeout=deadlines.connect)
            channel.settimeout(deadlines.answer)
            channel.invoke_subsystem("sftp")
        except (paramiko.SSHException, EOFError, OSError) as error:
            if self._session().is_active():
                raise TransportError(refusals.no_sftp(self._address.where)) from error
            raise TransportError(self._lost()) from error
        return _ChannelStream(channel, self.line)

    def _session(self) -> paramiko.Transport:
        if self._transport is None:
            raise TransportError(self._lost())
        return self._transport

    def _lost(self) -> Problem:
        return self.line.why_lost()


class _ChannelStream:
    """The channel, as bytes; its exceptions as ours."""

    def __init__(self, channel: paramiko.Channel, line: Line) -> None:
        self._channel = channel
        self._line = line

    def send(self, data: bytes) -> None:
        with self._errors():
            self._channel.sendall(memoryview(data))  # which is cut into packets without copying the rest each time

    def receive(self) -> bytes:
        with self._errors():
            data: bytes = self._channel.recv(RECEIVE)
        if not data:
            raise TransportError(self._line.why_lost())
        return data

    def answered(self) -> None:
        self._line.answered()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        import paramiko

        try:
            with self._line.waiting():
                yield
        except TimeoutError as error:  # the channel's own, when the line moves and the channel does not
            self._line.give_up()
            raise TransportError(self._line.why_lost()) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TransportError(self._line.why_lost()) from error


def _our_key(text: str, address: SftpTarget) -> Any:
    import paramiko

    try:
        return paramiko.Ed25519Key(file_obj=io.StringIO(text))
    except Exception as error:  # paramiko raises what it meets: SSHException, ValueError, IndexError, binascii.Error
        raise TransportError(refusals.bad_key(address.where)) from error
