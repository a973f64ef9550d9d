"""What is missing, by kind and by field: as exactly as is safe, and no more.

In a tier of personal data the recipient holds every row, and counts of them tell nothing that the rows do not: they are
given. Behind a gate the recipient could count the released rows as well; but metadata go where rows may not (the page,
the PDF, a report that quotes them), and there "1 declined to state" says that there is one such person, and two months
side by side say when that person came. So a share of the released rows is given, in the bands of `consent.bands`, whose
lowest holds "none" beside "few"; and it is given for every kind, whether or not anybody is of it, since a kind that is
listed only when it occurs tells that somebody is. Neither counts the rows before protection: the difference would be
the rows left out.

Of a field that stands in tables only, nothing is said but the kinds that a table shows anyway, as any other value with
its count or without. Of a field that is not shared nothing is said: whether a telephone number is known is the sender's
affair. Without rows there is nothing to say, so that a month without cases looks like one with few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import get_args

import numpy as np

from exchange.agreements.dictionary import MissingLabel
from exchange.bundle.metadata import MissingInField
from exchange.consent.bands import band
from exchange.protect.columns import Column
from exchange.protect.protected import Protected

_KEYS = {"row_key"}  # made here, never missing


def missing_in(protected: Protected) -> tuple[MissingInField, ...]:
    """Every kind of missing that may be told, field by field."""
    return (*_in_rows(protected), *_in_tables(protected))


def _in_rows(protected: Protected) -> Iterator[MissingInField]:
    rows, tier = protected.rows, protected.permit.tier
    if rows is None or not rows.num_rows:
        return
    kinds = protected.permit.agreement.data.missing()
    for name in tier.row_fields:
        if tier.release[name].rule not in _KEYS:
            found = _counted(Column.of(rows, name), kinds)
            for kind in _kinds(kinds):
                if tier.gated:
                    share = band(found[kind], rows.num_rows)
                    yield MissingInField(field=name, kind=kind, count=None, share=share)
                elif found[kind]:
                    yield MissingInField(field=name, kind=kind, count=found[kind], share=None)


def _counted(column: Column, kinds: Mapping[str, MissingLabel]) -> Counter[MissingLabel]:
    numbers = np.bincount(column.numbers, minlength=len(column.values)).tolist()
    found: Counter[MissingLabel] = Counter()
    for value, number in zip(column.values, numbers, strict=True):
        if value in kinds:
            found[kinds[value]] += number
    return found


def _in_tables(protected: Protected) -> Iterator[MissingInField]:
    tier, kinds = protected.permit.tier, protected.permit.agreement.data.missing()
    for name in tier.table_fields:
        if name not in tier.row_fields:
            listed = {
                kinds[cell.values[table.fields.index(name)]]
                for table in protected.tables
                if name in table.fields
                for cell in table.cells
                if cell.values[table.fields.index(name)] in kinds
            }
            yield from (
                MissingInField(field=name, kind=kind, count=None, share=None)
                for kind in _kinds(kinds)
                if kind in listed
            )


def _kinds(kinds: Mapping[str, MissingLabel]) -> list[MissingLabel]:
    return [kind for kind in get_args(MissingLabel) if kind in kinds.values()]
