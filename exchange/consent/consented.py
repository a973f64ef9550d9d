"""The rows that one recipient may have, and an account of those held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exchange.agreements.permit import Permit

if TYPE_CHECKING:
    import pyarrow as pa

# Why a row is held back from a recipient, from one closed list. The first reason that applies is the one counted.
HeldReason = Literal[
    "outside_period",  # belongs to another period, was sent with one, or is too late to belong to this one
    "not_included",  # outside the agreement's `include`
    "finding",  # a value that the dictionary does not take
    "status",  # consent refused, withdrawn, expired, unknown, or missing
    "withdrawn",  # a withdrawal was recorded here after the extract was made
    "scope",  # consent given, but not for this recipient
    "form",  # a form that does not cover this recipient, or was not in use on that day
    "expired",  # older than the agreement's months of validity, or given as a child and not renewed
    "evidence",  # no reference to the signed or recorded consent
    "minor",  # a child, or of unknown age, without the adult's consent that is also needed
    "deceased",  # died; the agreement holds such rows back
]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How many rows were held back, by reason. Exact, for the sender alone; others see only `band`s of it."""

    by_reason: tuple[tuple[HeldReason, int], ...]  # reasons with a count above 0, in the order of HeldReason

    @property
    def total(self) -> int:
        return sum(count for _reason, count in self.by_reason)


@dataclass(frozen=True, slots=True)
class Consented:
    """The rows of an extract that may go to `permit.recipient`.

    `table` and `rows` are as in `Extract`, row for row. `tables_only`: a bool per row, True where the person may be
    counted in tables but not appear in the rows (the dead, where the agreement says so). `ages`: int32 per row, the age
    in years at intake, null where unknown. `considered` counts the rows that belong to the period and to the
    agreement's population, consent or not (and those with a finding where their date or status would tell): the base of
    the caveat about who is missing. `late_entries` counts rows of earlier periods among those that may go. Made only by
    `exchange.consent`.
    """

    permit: Permit
    table: pa.Table
    rows: pa.Int32Array
    ages: pa.Int32Array
    tables_only: pa.BooleanArray
    held_back: HeldBack
    considered: int
    late_entries: int

    def __len__(self) -> int:
        return int(self.table.num_rows)
