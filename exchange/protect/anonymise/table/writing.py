"""The released table as CSV, in an order that tells nothing."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.alike import distinct
from exchange.protect.anonymise.coded import Numbers
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.recoded import STAR, Recoded
from exchange.protect.anonymise.table.reading import Source

_ROWS_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class _Written:
    """A column as it leaves: each text once, and a number per row."""

    texts: Sequence[str]
    numbers: Numbers


def released(source: Source, plan: Plan, of_row: Numbers, recoded: Recoded, secret: bytes) -> Iterator[str]:
    """The lines of the table as it leaves, the head first, in an order drawn by `secret` (16 bytes of chance, for this
    once). `of_row`: the combination of each row of `source`.

    A suppressed row is left out, or is stars in every column: what else it held would be released of nobody's group.
    """
    kept = recoded.kept[of_row]
    columns = _columns(source, plan, of_row, recoded, kept)
    yield _line(list(columns), plan.input.separator)
    rows = np.arange(source.rows) if plan.output.suppressed == "star" else np.flatnonzero(kept)
    if plan.output.order == "shuffled":
        rows = rows[_order(len(rows), secret)]
    written = columns.values()
    alike, of_look = distinct([each.numbers for each in written], [len(each.texts) for each in written])
    cells = (map(each.texts.__getitem__, numbers) for each, numbers in zip(written, alike.T.tolist(), strict=True))
    lines = np.array([_line(row, plan.input.separator) for row in zip(*cells, strict=True)], dtype=object)
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        yield "".join(lines[of_look[rows[begin : begin + _ROWS_AT_ONCE]]])


def _order(rows: int, secret: bytes) -> NDArray[np.int64]:
    """An order as likely as any other: each place draws 64 bits of SHAKE128. Who knows where some rows stood could work
    out an ordinary generator's state from where they are now, and so where all others stood."""
    draws = np.frombuffer(hashlib.shake_128(secret).digest(8 * rows), dtype="<u8")
    return np.argsort(draws)


def _columns(
    source: Source, plan: Plan, of_row: Numbers, recoded: Recoded, kept: NDArray[np.bool_]
) -> dict[str, _Written]:
    columns: dict[str, _Written] = {}
    for each in source.columns:
        if plan.fields[each.name].class_ == "household":
            continue
        if each.name in plan.quasi:
            place = plan.quasi.index(each.name)
            texts, numbers = [label.text for label in recoded.labels[place]], recoded.numbers[of_row, place]
        else:
            texts, numbers = list(each.values), each.numbers
        columns[each.name] = _Written([*texts, STAR], np.where(kept, numbers, len(texts)).astype(np.int32))
    return columns


def _line(cells: Sequence[str], separator: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\n").writerow(cells)
    return written.getvalue()
