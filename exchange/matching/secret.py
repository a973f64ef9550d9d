"""The secret of a network: what makes the senders' tokens comparable. Senders hold it; recipients never do.

A coordinator makes it and sends it to each sender in a sealed letter (`network_secret`). A new epoch is a new secret:
nothing of one epoch can be compared with another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exchange.agreements.clause import Code, NetworkId
from exchange.crypto.hashing import derive
from exchange.errors import KeyringError, Problem
from exchange.locale import _
from exchange.matching.tokens import TokenKind

SECRET_BYTES = 32


class _Written(BaseModel):
    """As in the letter `network_secret`; `secret` is 32 bytes in hexadecimal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    network: NetworkId
    epoch: Code
    secret: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class NetworkSecret:
    """32 random bytes for one network and epoch. Its repr hides them; write `to_json()` only into a sealed letter
    or an encrypted file."""

    network: str
    epoch: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """KeyringError `matching.secret_unreadable` for a name, an epoch or a length that cannot be."""
        _checked(self.network, self.epoch, self.secret.hex())

    @classmethod
    def new(cls, network: str, epoch: str, randomness: Callable[[int], bytes]) -> NetworkSecret:
        """A fresh secret; `randomness(n)` gives n bytes fit for keys, as `os.urandom` does."""
        return cls(network, epoch, randomness(SECRET_BYTES))

    @classmethod
    def from_json(cls, text: str | bytes) -> NetworkSecret:
        """What `to_json` wrote. KeyringError `matching.secret_unreadable` for anything else."""
        try:
            written = _Written.model_validate_json(text)
        except ValidationError:
            raise _unreadable() from None
        return cls(written.network, written.epoch, bytes.fromhex(written.secret))

    def to_json(self) -> str:
        return json.dumps({"network": self.network, "epoch": self.epoch, "secret": self.secret.hex()})

    def key_for(self, kind: TokenKind) -> bytes:
        """The key of one kind of token: 32 bytes by HKDF, of no use for another kind, epoch or network."""
        return derive(self.secret, f"data-sharing-exchange/match-token/v2/{self.network}/{self.epoch}/{kind}")

    def filter_key(self, field: str) -> bytes:
        """The key of the filters of one field: 32 bytes by HKDF, of no use for another field, epoch or network."""
        return derive(self.secret, f"data-sharing-exchange/match-filter/v1/{self.network}/{self.epoch}/{field}")


def _checked(network: str, epoch: str, secret: str) -> _Written:
    try:
        return _Written(network=network, epoch=epoch, secret=secret)
    except ValidationError:
        raise _unreadable() from None


def _unreadable() -> KeyringError:
    return KeyringError(
        Problem(
            "matching.secret_unreadable",
            _("this is not a network's secret"),
            hint=_("ask the coordinator of the network to send the letter again"),
        )
    )
