"""Whom an age file is for: X25519 keys, hybrid ML-KEM-768 + X25519 keys, passphrases.

A recipient wraps the file key into a stanza; an identity unwraps it, gives None where no stanza is for it, and raises
CryptoError (age.header) where a stanza of its type is malformed. The secrets are never in a repr. The types are
specified in C2SP age, "Native recipient types"; plugins and the tagged types are left out.
"""

from __future__ import annotations

from exchange.crypto.age_hybrid import HybridIdentity, HybridRecipient
from exchange.crypto.age_x25519 import X25519Identity, X25519Recipient


def parse_recipient(text: str) -> X25519Recipient | HybridRecipient:
    """A recipient from `age1…` or `age1pq1…`. CryptoError (age.recipient) for anything else."""
    return HybridRecipient.parse(text) if text.startswith("age1pq1") else X25519Recipient.parse(text)


def parse_identity(text: str) -> X25519Identity | HybridIdentity:
    """An identity from `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. CryptoError (age.identity) for anything else."""
    return HybridIdentity.parse(text) if text.startswith("AGE-SECRET-KEY-PQ-1") else X25519Identity.parse(text)
