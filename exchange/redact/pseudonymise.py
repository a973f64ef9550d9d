"""pseudonymise: the same value, agreement and recipient give the same pseudonym; nothing else does.

HMAC-SHA-256 cut to 128 bits, under a key of this agreement and recipient, with the field's name inside: a case and a
household of the same number have different pseudonyms. The value goes in as `as_compared` has it, so that a spelling
makes no second person. Whoever lacks the key cannot test guesses.
"""

from __future__ import annotations

from exchange.agreements.clause import FieldName
from exchange.agreements.tiers import Pseudonymise
from exchange.crypto.hashing import keyed
from exchange.extracts.references import as_compared
from exchange.redact.column import Column
from exchange.redact.keys import RedactKeys
from exchange.redact.opaque import KEY_BYTES, opaque
from exchange.redact.setting import Setting


def pseudonymise(column: Column, rule: Pseudonymise, setting: Setting) -> Column:
    return column.rewritten(lambda value: pseudonym_of(setting.keys, column.field.name, value, rule.epoch))


def pseudonym_of(keys: RedactKeys, field: FieldName, value: str, epoch: str = "1") -> str:
    """The pseudonym of one value, however it is spelled: what a withdrawal tells a recipient instead of a name."""
    return opaque("p", keyed(keys.pseudonym_key(epoch), field, as_compared(value))[:KEY_BYTES])
