"""Canonical JSON (RFC 8785): one string of bytes, and so one digest and one signature, for one meaning.

Reading is as strict: a key that stands twice, a number that is not one, or a text that is not UTF-8 is refused, since
two readers could take it for two things.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from exchange.crypto.hashing import sha256
from exchange.errors import CryptoError, Problem
from exchange.locale import _

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


def canonical(value: Json) -> bytes:
    """The canonical bytes of `value`. CryptoError (json.not_canonical): an integer beyond 2^53, NaN, a key that is no
    text, a lone surrogate, or something that is not JSON (a mapping must be a dict, a sequence a list or tuple)."""
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise CryptoError(Problem("json.not_canonical", _("this cannot be written as canonical JSON"))) from None


def digest(value: Json) -> str:
    """`sha256:` and the hexadecimal hash of the canonical bytes of `value`."""
    return digest_of_bytes(canonical(value))


def digest_of_bytes(data: bytes) -> str:
    """`sha256:` and the hexadecimal hash of `data`."""
    return "sha256:" + sha256(data).hex()


def parse(data: bytes) -> Json:
    """The value of JSON text in UTF-8, however it is laid out. CryptoError (json.malformed) for anything else."""
    try:
        value: Json = json.loads(data.decode("utf-8"), object_pairs_hook=_without_repetition, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise CryptoError(Problem("json.malformed", _("this is not JSON, or a key stands in it twice"))) from None
    return value


def _without_repetition(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
