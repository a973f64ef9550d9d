"""How we show a server who we are: one key, or a password that somebody types.

One key is offered, never all that there are: servers count failures, and shut out whoever has too many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from exchange.errors import TransportError
from exchange.transport import refusals


class Signer(Protocol):
    """A key whose secret lies elsewhere, with ssh-agent. Both may raise an ExchangeError, and take their time."""

    @property
    def blob(self) -> bytes:
        """The public key, as it travels."""
        ...

    def ssh_signature(self, message: bytes, algorithm: str) -> bytes:
        """The signature, as it travels. `algorithm`: how to sign; only RSA keys have more than one way."""
        ...


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An Ed25519 private key, OpenSSH's text, without a passphrase."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A key in ssh-agent, which is looked for when it is needed."""

    find: Callable[[], Signer]


class Passwords:
    """What was typed in this run: each account is asked for once, and nothing is kept when the run is over.

    `ask` is given the account, `user@host:port`. It raises an ExchangeError where there is nobody to ask.
    """

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self._typed: dict[str, str] = {}
        self._refused: set[str] = set()

    def of(self, account: str) -> str:
        """TransportError (transport.refused_password) where the server has refused it in this run: another try would
        bring us nearer to being shut out."""
        if account in self._refused:
            raise TransportError(refusals.refused_password(account))
        if account not in self._typed:
            self._typed[account] = self._ask(account)
        return self._typed[account]

    def refused(self, account: str) -> None:
        self._refused.add(account)
        self._typed.pop(account, None)


def nobody_to_ask(account: str) -> str:
    """Where no person is at a terminal."""
    raise TransportError(refusals.nobody_to_ask(account))


@dataclass(frozen=True, slots=True)
class Password:
    """A password, by prompt alone."""

    passwords: Passwords = field(repr=False)


Login = PrivateKey | AgentKey | Password
