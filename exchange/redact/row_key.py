"""row_key: 128 random bits for each row, new in each release; it joins rows to tokens and says nothing else."""

from __future__ import annotations

from exchange.agreements.tiers import RowKey
from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.redact.column import Column
from exchange.redact.opaque import KEY_BYTES, all_opaque
from exchange.redact.setting import Setting


def row_key(column: Column, _rule: RowKey, setting: Setting) -> Column:
    """A key for every row, whether or not it had a value. DisclosureError `redact.randomness` if two are equal: the
    source of randomness is broken, and other rows' keys could be foretold."""
    keys = all_opaque("r", setting.randomness(KEY_BYTES * len(column)))
    keyed = Column.of_array(column.field, column.missing, keys)
    if len(keyed.distinct) != len(column):
        raise DisclosureError(
            Problem("redact.randomness", _("the system's random numbers repeat"), where=column.field.name)
        )
    return keyed
