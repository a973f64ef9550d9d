"""One SSH server on the way: reached, known by its pinned key, and it has let us in.

paramiko makes the SSH connection. What it offers to servers stands here; so does a deadline for each step, which
paramiko has for some of them only. What goes wrong in its own thread is raised where somebody waits for it, whatever it
is: a server that sends no text where text is due makes it a UnicodeDecodeError. So where it is asked to connect, to log
in or to open something, every exception is the server's.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any

from exchange.errors import ExchangeError, Problem, TransportError
from exchange.locale import _
from exchange.transport import refusals
from exchange.transport.sftp.guarded import guarded
from exchange.transport.sftp.line import Deadlines, Line
from exchange.transport.sftp.login import AgentKey, Login, Password, PrivateKey, Signer
from exchange.transport.sftp.reaching import reach
from exchange.transport.sftp.target import HOST_KEYS, Stop, fingerprint, fits, host_and_port, pinned_key

if TYPE_CHECKING:
    import paramiko

# Best first; what is not listed is off: CBC, 3DES, MD5, SHA-1, finite-field groups of 2048 bits, NIST curves last.
# paramiko 5.1 has no sntrup761, the other exchange that a quantum computer does not break.
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
_PATIENCE = 120  # seconds that an agent may take to sign, since it may ask a person; a line does not count them
_NOT_REACHED = 2  # RFC 4254, section 5.1: SSH_OPEN_CONNECT_FAILED; the others are refusals of the jump host's own
_GLOBAL_REQUEST = b"\x50"

# paramiko logs tracebacks of broken links; without a handler Python would print them on the person's screen.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class Session:
    """A connection to `stop` that is made, known to reach the pinned server, and let in; through `before`, if any.

    Raises TransportError.
    """

    def __init__(self, stop: Stop, login: Login, deadlines: Deadlines, before: Session | None = None) -> None:
        self._stop, self._deadlines = stop, deadlines
        pinned, key = pinned_key(stop), _key(login, stop)
        since = time.monotonic()
        if before is None:
            plain = reach(stop.host, stop.port, deadlines.connect, stop.where)
            self.line = Line.over(plain, deadlines, stop.where, since)
        else:
            self.line = before._line_to(stop, since)
        self._made: paramiko.Transport | None = None
        try:
            with self.line.connecting():
                self._made = self._shake_hands()
                self._check_host_key(pinned)
                self._log_in(login, key)
            self._keep_alive()
        except BaseException:
            self.close()
            raise

    def open_sftp(self) -> paramiko.Channel:
        """A channel to the server's SFTP."""
        try:
            with self.line.connecting():
                channel = self._transport.open_session(timeout=self._deadlines.connect)
                channel.settimeout(self._deadlines.answer)
                channel.invoke_subsystem("sftp")
        except Exception as error:
            if self.alive():
                raise TransportError(refusals.no_sftp(self._stop.where)) from error
            raise TransportError(self.line.why_lost()) from error
        return channel

    def close(self) -> None:
        """Hang up. The reading thread sees the end of the line and closes it."""
        self.line.hang_up()
        if self._made is not None:
            self._made.join(timeout=2)
            self._made.close()
        self.line.close()

    def _line_to(self, stop: Stop, since: float) -> Line:
        """A line through this server to the next."""
        import paramiko

        try:
            channel = self._transport.open_channel(
                "direct-tcpip", (stop.host, stop.port), ("127.0.0.1", 0), timeout=self._deadlines.connect
            )
        except paramiko.ChannelException as error:
            raise TransportError(self._not_forwarded(error.code, stop)) from error
        except Exception as error:
            if self.alive():
                if self.line.heard_within(self._deadlines.silence, time.monotonic()):
                    raise TransportError(refusals.not_reached(self._stop.where, stop.where)) from error
                self.line.give_up()
            raise TransportError(self.line.why_lost()) from error
        behind = _("{server} behind {jump_host}").format(server=stop.where, jump_host=self._stop.where)
        return Line.through(channel, self.line, self._deadlines, behind, since)

    def _not_forwarded(self, code: int, stop: Stop) -> Problem:
        if code == _NOT_REACHED:
            return refusals.not_reached(self._stop.where, stop.where)
        return refusals.no_forwarding(self._stop.where, stop.where)

    # --- the handshake ---

    def _shake_hands(self) -> paramiko.Transport:
        import paramiko

        transport = guarded(self.line)
        options = transport.get_security_options()
        pinned = self._stop.host_key.split()[0]
        options.kex = [name for name in KEX if name in options.kex]
        options.ciphers = [name for name in CIPHERS if name in options.ciphers]
        options.digests = [name for name in MACS if name in options.digests]
        options.key_types = sorted(HOST_KEYS, key=lambda name: not fits(name, pinned))
        deadlines = self._deadlines
        transport.banner_timeout = transport.handshake_timeout = deadlines.connect
        transport.auth_timeout = deadlines.connect + _PATIENCE  # the line sees to the former
        transport.clear_to_send_timeout = deadlines.stall
        try:
            transport.start_client(timeout=deadlines.connect)
            transport.get_remote_server_key()  # raises where the handshake ran out of time, which the line above hides
        except paramiko.ssh_exception.IncompatiblePeer as error:
            raise TransportError(refusals.weak_server(self._stop.where)) from error
        except Exception as error:
            raise TransportError(self.line.why_lost()) from error
        return transport

    def _check_host_key(self, pinned: bytes) -> None:
        shown = self._transport.get_remote_server_key().asbytes()
        if shown != pinned:
            raise TransportError(self._stop.key_changed(fingerprint(pinned), fingerprint(shown)))

    # --- letting us in ---

    def _log_in(self, login: Login, key: Any) -> None:
        import paramiko

        try:
            if isinstance(login, Password):
                more = self._give_password(login)
            else:
                more = self._transport.auth_publickey(self._stop.user, key(self.line))
        except _AsksMoreError as error:
            raise TransportError(refusals.asks_more(self._stop.where)) from error
        except paramiko.AuthenticationException as error:
            raise TransportError(self._not_let_in(login)) from error
        except TransportError:
            raise
        except ExchangeError as error:  # of an agent
            raise _ours(error, self._stop) from error
        except Exception as error:
            raise TransportError(self.line.why_lost()) from error
        if more:  # a second factor
            raise TransportError(refusals.asks_more(self._stop.where))

    def _give_password(self, login: Password) -> Any:
        """Ask the server first which ways it has, which it does not count; then the person; then try once."""
        import paramiko

        user = self._stop.user
        try:
            return self._transport.auth_none(user)
        except paramiko.BadAuthenticationType as error:
            ways = error.allowed_types
        if not {"password", "keyboard-interactive"} & set(ways):
            raise TransportError(refusals.no_passwords(self._stop.where))
        with self.line.excused():
            typed = login.passwords.of(self._account)
        try:
            return _give(self._transport, user, typed, plainly="password" in ways)
        except _AsksMoreError:
            login.passwords.refused(self._account)
            raise

    def _not_let_in(self, login: Login) -> Problem:
        """A server that has counted enough failures says so and hangs up, which is no broken link: trying again would
        be counted as well."""
        if not self._transport.is_active():
            self._transport.join(timeout=1)
            if not self.line.dismissed:
                return self.line.why_lost()
        if not isinstance(login, Password):
            return refusals.refused_key(self._stop.where, self._stop.user)
        login.passwords.refused(self._account)
        return refusals.refused_password(self._account)

    @property
    def _account(self) -> str:
        return f"{self._stop.user}@{host_and_port(self._stop.host, self._stop.port)}"

    # --- while nobody waits ---

    def _keep_alive(self) -> None:
        """A question now and then that every server answers, if only with no, so that no NAT forgets the connection,
        and a jump host is heard as long as it lives. While somebody waits on this line, none: it would look as if
        something moved. During an exchange of keys, none: paramiko's own keepalive would wait for that, in the thread
        that carries it out."""
        import paramiko

        transport, line = self._transport, self.line
        question = paramiko.Message()
        question.add_byte(_GLOBAL_REQUEST)
        question.add_string("keepalive@openssh.com")
        question.add_boolean(True)

        def nudge() -> None:
            if transport.clear_to_send.is_set() and not line.watched:
                transport.packetizer.send_message(question)

        transport.packetizer.set_keepalive(self._deadlines.nudge, nudge)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Without nudges: their answers would be taken for those to global requests of ours."""
        self._transport.packetizer.set_keepalive(0, lambda: None)
        try:
            yield
        finally:
            self._keep_alive()

    @property
    def transport(self) -> paramiko.Transport:
        """What the connection is made of, for who asks what else is open (`knocking.py`)."""
        return self._transport

    @property
    def _transport(self) -> paramiko.Transport:
        if self._made is None:
            raise TransportError(self.line.why_lost())
        return self._made

    def alive(self) -> bool:
        return not self.line.lost and bool(self._transport.is_active())


def _give(transport: paramiko.Transport, user: str, password: str, *, plainly: bool) -> Any:
    """The second request of a login. paramiko's own methods would ask for the service again before it, and servers
    other than OpenSSH's hang up on that."""
    import paramiko
    from paramiko.auth_handler import AuthHandler

    class Again(AuthHandler):  # type: ignore[misc]  # paramiko has no types
        def _request_auth(self) -> None:
            accepted = paramiko.Message()
            accepted.add_string("ssh-userauth")
            accepted.rewind()
            self._parse_service_accept(accepted)

        def _parse_userauth_info_request(self, message: paramiko.Message) -> None:
            """How many questions there are is looked at before they are read: it may be any number."""
            begin = message.packet.tell()
            _texts, count = [message.get_string() for _text in range(3)], message.get_int()
            if count > 1:
                raise _AsksMoreError
            message.packet.seek(begin)
            super()._parse_userauth_info_request(message)

    transport.auth_handler = handler = Again(transport)
    over = Event()
    if plainly:
        handler.auth_password(user, password, over)
    else:
        handler.auth_interactive(user, _OneHiddenQuestion(password), over)
    return handler.wait_for_response(over)


class _AsksMoreError(Exception):
    """The server asks for something else than one password."""


class _OneHiddenQuestion:
    """Answers keyboard-interactive (RFC 4256) where that is a password by another name; raises _AsksMoreError else. The
    server's words are not shown to anybody: they may say anything."""

    def __init__(self, answer: str) -> None:
        self._answer: str | None = answer

    def __call__(self, title: str, instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        if not questions:
            return []
        shown = [echo for _question, echo in questions]
        answer, self._answer = self._answer, None
        if shown != [False] or answer is None:
            raise _AsksMoreError
        return [answer]


@dataclass(frozen=True, slots=True)
class _SignedElsewhere:
    """A Signer in the form in which paramiko takes keys. It is asked in paramiko's own thread."""

    signer: Signer
    line: Line
    public_blob: None = None

    def get_name(self) -> str:
        return self.signer.blob[4 : 4 + int.from_bytes(self.signer.blob[:4], "big")].decode("ascii", "replace")

    def asbytes(self) -> bytes:
        return self.signer.blob

    def sign_ssh_data(self, data: bytes, algorithm: str) -> bytes:
        with self.line.excused():
            return self.signer.ssh_signature(data, algorithm)


def _ours(error: ExchangeError, stop: Stop) -> TransportError:
    """What an agent, or whoever was asked, refused: on the way to `stop`."""
    return TransportError(*(replace(problem, where=problem.where or stop.where) for problem in error.problems))


def _key(login: Login, stop: Stop) -> Any:
    """What gives paramiko a key, for a line. An agent is asked for the key before anything is connected."""
    import paramiko

    if isinstance(login, AgentKey):
        try:
            signer = login.find()
        except ExchangeError as error:
            raise _ours(error, stop) from error
        return lambda line: _SignedElsewhere(signer, line)
    if isinstance(login, PrivateKey):
        try:
            key = paramiko.Ed25519Key(file_obj=io.StringIO(login.text))
        except (
            Exception
        ) as error:  # paramiko raises what it meets: SSHException, ValueError, IndexError, binascii.Error
            raise TransportError(refusals.bad_key(stop.where)) from error
        return lambda _line: key
    return None
