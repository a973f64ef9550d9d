"""What rules may look at beside the column itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.redact.keys import RedactKeys
from exchange.redact.notes.decisions import NOBODY_DECIDED, Decisions
from exchange.redact.notes.reading import Notes

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Setting:
    """`ages`: years at intake, null where unknown, row for row. `randomness(n)`: n bytes fit for keys. `notes`: of the
    fields that are scrubbed; `decisions`: what people decided about the words in them."""

    ages: pa.Int32Array
    keys: RedactKeys
    randomness: Callable[[int], bytes]
    notes: tuple[Notes, ...] = ()
    decisions: Decisions = NOBODY_DECIDED

    def notes_of(self, name: FieldName) -> Notes:
        """Those of one field that is scrubbed, row for row."""
        return next(each for each in self.notes if each.field == name)
