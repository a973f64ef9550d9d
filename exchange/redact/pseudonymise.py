"""pseudonymise: the same value, agreement and recipient give the same pseudonym; nothing else does.

`keyed`: HMAC-SHA-256 cut to 128 bits, under a key of this agreement and recipient, with the field's name inside: a case
and a household of the same number have different pseudonyms. The value goes in as `as_compared` has it, so that a
spelling makes no second person. Whoever lacks the key cannot test guesses.

`random` and `chosen` stand in the sender's register, which comes in with the keys. What is not there yet is drawn
before the rules are carried out, and handed on in `Redacted`: the register has it before the bundle can leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.agreements.tiers import Pseudonymise
from exchange.crypto.hashing import all_keyed, keyed
from exchange.errors import DisclosureError, Problem
from exchange.extracts.references import all_as_compared, as_compared
from exchange.locale import _
from exchange.redact.column import Column
from exchange.redact.given import StandIn
from exchange.redact.keys import RedactKeys
from exchange.redact.opaque import KEY_BYTES, all_opaque, opaque
from exchange.redact.setting import Setting

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 65_536  # values, so that their hashes do not fill the memory


def pseudonymise(column: Column, rule: Pseudonymise, setting: Setting) -> Column:
    if rule.kind != "keyed":
        return column.rewritten(lambda value: _given(setting.keys, column.field.name, value, rule))
    key, name = setting.keys.pseudonym_key(rule.epoch), column.field.name

    def pseudonyms(values: pa.StringArray) -> pa.StringArray:
        hashes = bytearray()
        for start in range(0, len(values), _AT_ONCE):
            compared = all_as_compared(values.slice(start, _AT_ONCE)).to_pylist()
            hashes += b"".join([each[:KEY_BYTES] for each in all_keyed(key, name, compared)])
        return all_opaque("p", bytes(hashes))

    return column.rewritten_at_once(pseudonyms)


def pseudonym_of(keys: RedactKeys, field: FieldName, value: str, epoch: str = "1") -> str:
    """The keyed pseudonym of one value, however it is spelled."""
    return opaque("p", keyed(keys.pseudonym_key(epoch), field, as_compared(value))[:KEY_BYTES])


def _given(keys: RedactKeys, field: FieldName, value: str, rule: Pseudonymise) -> str:
    found = keys.given.instead_of(pseudonym_of(keys, field, value, rule.epoch), rule.kind)
    if found is None:
        raise AssertionError("what the register lacks is drawn before the rules are carried out")
    return found


def drawn(
    columns: Iterable[tuple[Column, Pseudonymise]], keys: RedactKeys, randomness: Callable[[int], bytes]
) -> tuple[StandIn, ...]:
    """A random pseudonym for every value that has none and needs one.

    DisclosureError `redact.randomness` if one repeats: the source of randomness is broken, and two people, or two
    recipients, would share a pseudonym.
    """
    lacking: dict[str, FieldName] = {}
    for column, rule in columns:
        for value in () if rule.kind == "keyed" else sorted(column.values):
            if value not in column.missing:
                mark = pseudonym_of(keys, column.field.name, value, rule.epoch)
                if keys.given.instead_of(mark, rule.kind) is None:
                    lacking[mark] = column.field.name
    random = randomness(KEY_BYTES * len(lacking)) if lacking else b""
    fresh = [opaque("p", random[at : at + KEY_BYTES]) for at in range(0, len(random), KEY_BYTES)]
    if len(set(fresh) - keys.given.taken) != len(lacking):
        raise DisclosureError(Problem("redact.randomness", _("the system's random numbers repeat")))
    return tuple(StandIn(name, mark, made) for (mark, name), made in zip(lacking.items(), fresh, strict=True))


def stand_ins(columns: Iterable[tuple[Column, Pseudonymise]], keys: RedactKeys) -> tuple[StandIn, ...]:
    """What the recipient gets in the place of keyed pseudonyms, each once: for the register."""
    return tuple(
        dict.fromkeys(
            StandIn(
                column.field.name,
                pseudonym_of(keys, column.field.name, value, rule.epoch),
                _given(keys, column.field.name, value, rule),
            )
            for column, rule in columns
            if rule.kind != "keyed"
            for value in sorted(column.values)
            if value not in column.missing
        )
    )
