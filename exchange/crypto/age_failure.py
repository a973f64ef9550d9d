"""The five ways in which an age file fails, as C2SP's test vectors tell them apart."""

from __future__ import annotations

from exchange.errors import CryptoError, Problem
from exchange.locale import _


def header_failure(what: str) -> CryptoError:
    """The header is malformed, too long, or asks for too much work."""
    return CryptoError(Problem("age.header", what))


def no_match() -> CryptoError:
    """The file is well-formed and encrypted for somebody else, or the passphrase is another."""
    return CryptoError(Problem("age.no_match", _("this file is not encrypted for any of these keys or passphrases")))


def mac_failure() -> CryptoError:
    """The header was altered after the file was made."""
    return CryptoError(Problem("age.mac", _("the header of the encrypted file has been altered")))


def payload_failure(what: str) -> CryptoError:
    """The body is truncated, extended or altered."""
    return CryptoError(Problem("age.payload", what))


def armor_failure() -> CryptoError:
    """The ASCII armor is malformed."""
    return CryptoError(Problem("age.armor", _("the text wrapping of the encrypted file is malformed")))
