"""The key under which one agreement's pseudonyms are made for one recipient.

Derived from a secret that never leaves the sender. Another agreement, recipient or epoch has another key, so two
recipients cannot join on pseudonyms, and a new epoch cuts the thread where the parties want it cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from exchange.crypto.hashing import hkdf, keyed
from exchange.errors import KeyringError, Problem
from exchange.locale import _
from exchange.redact.given import NOTHING_GIVEN, Given


@dataclass(frozen=True, slots=True)
class RedactKeys:
    """What redacting for one recipient needs: `pseudonym_key` gives the key of an epoch. Its repr hides the keys;
    `redact` refuses keys made for someone else. `given`: the pseudonyms of the register that no key makes."""

    agreement_id: str
    recipient: str
    pseudonym_key: Callable[[str], bytes] = field(repr=False)
    given: Given = field(default=NOTHING_GIVEN, repr=False)


def redact_keys(root_secret: bytes, agreement_id: str, recipient: str, given: Given = NOTHING_GIVEN) -> RedactKeys:
    """The keys for one recipient under one agreement. KeyringError as `derive_pseudonym_key`."""
    derive_pseudonym_key(root_secret, agreement_id, recipient)  # refuses a secret that is too short before it is used
    key = partial(derive_pseudonym_key, root_secret, agreement_id, recipient)
    return RedactKeys(agreement_id, recipient, key, given)


def derive_pseudonym_key(root_secret: bytes, agreement_id: str, recipient: str, epoch: str = "1") -> bytes:
    """32 bytes by HKDF-SHA-256 (RFC 5869). `root_secret`: the sender's own, at least 32 random bytes.

    KeyringError `redact.weak_secret` for a shorter one.
    """
    if len(root_secret) < 32:
        raise KeyringError(Problem("redact.weak_secret", _("the secret behind pseudonyms is too short")))
    bound = keyed(b"data-sharing-exchange/pseudonym-key/v1", agreement_id, recipient, epoch)
    return hkdf(root_secret, salt=b"", info=b"data-sharing-exchange/pseudonym-key/v1/" + bound)
