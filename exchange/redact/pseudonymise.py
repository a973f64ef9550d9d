"""pseudonymise: the same value, agreement and recipient give the same pseudonym; nothing else does.

HMAC-SHA-256 cut to 128 bits, under a key of this agreement and recipient, with the field's name inside: a case and a
household of the same number have different pseudonyms. The value goes in as `as_compared` has it, so that a spelling
makes no second person. Whoever lacks the key cannot test guesses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.agreements.tiers import Pseudonymise
from exchange.crypto.hashing import all_keyed, keyed
from exchange.extracts.references import all_as_compared, as_compared
from exchange.redact.column import Column
from exchange.redact.keys import RedactKeys
from exchange.redact.opaque import KEY_BYTES, all_opaque, opaque
from exchange.redact.setting import Setting

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE = 65_536  # values, so that their hashes do not fill the memory


def pseudonymise(column: Column, rule: Pseudonymise, setting: Setting) -> Column:
    key, name = setting.keys.pseudonym_key(rule.epoch), column.field.name

    def pseudonyms(values: pa.StringArray) -> pa.StringArray:
        hashes = bytearray()
        for start in range(0, len(values), _AT_ONCE):
            compared = all_as_compared(values.slice(start, _AT_ONCE)).to_pylist()
            hashes += b"".join([each[:KEY_BYTES] for each in all_keyed(key, name, compared)])
        return all_opaque("p", bytes(hashes))

    return column.rewritten_at_once(pseudonyms)


def pseudonym_of(keys: RedactKeys, field: FieldName, value: str, epoch: str = "1") -> str:
    """The pseudonym of one value, however it is spelled: what a withdrawal tells a recipient instead of a name."""
    return opaque("p", keyed(keys.pseudonym_key(epoch), field, as_compared(value))[:KEY_BYTES])
