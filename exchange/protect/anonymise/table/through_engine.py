"""A table larger than memory, or on a cluster, anonymised by the same plan as any other: see `exchange.engines.table`.

with opened("duckdb", file, plan.input.separator, out) as table:
    found = coded_by(table, plan, ladders)
    recoded = …                                # by any method, from found.coded
    released_by(table, plan, found, recoded, out, secrets.token_bytes(16))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exchange.engines.table import Looks, Release, Table
from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.anonymise.alike import distinct
from exchange.protect.anonymise.coded import Coded, Counts, Numbers, Tally
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.recoded import STAR, Recoded
from exchange.protect.anonymise.table.coding import quasi_identifiers, sensitive_field, tally
from exchange.protect.anonymise.table.ladders import Row
from exchange.protect.anonymise.table.reading import Source, Texts, blank_row, head_problems, stripped

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine found in a table. `looks`: the texts as the table has them, each with its combination in `coded`.
    Texts that differ only by the spaces around them have the same."""

    coded: Coded
    looks: Looks


def coded_by(table: Table, plan: Plan, ladders: Mapping[str, Sequence[Row]]) -> Found:
    """The table for the search. DisclosureError as `reading.read_table` and `coding.coded`, and of the engine."""
    DisclosureError.raise_all(head_problems(table.columns, table.file.name, plan))
    counted = table.counted(plan.quasi)
    if not len(counted):
        raise DisclosureError(Problem("table.empty", _("the table has no row"), where=table.file.name))
    source = Source(tuple(_texts(name, counted.column(place)) for place, name in enumerate(plan.quasi)), len(counted))
    if _has_blank_look(source) and table.blank_rows():
        raise DisclosureError(blank_row(table.file.name))
    quasi, numbers = quasi_identifiers(source, plan, ladders, by_row=False)
    combinations, of_look = distinct(numbers, [each.domain for each in quasi])
    looks = Looks(plan.quasi, counted.select(range(len(plan.quasi))), of_look)
    counts = np.bincount(of_look, weights=_whole(counted.column(len(plan.quasi))), minlength=len(combinations))
    sensitive = []
    for name in plan.sensitive:
        of_row, texts, times = _spread(table, looks, name)
        sensitive.append(sensitive_field(texts, plan, of_row, len(combinations), times))
    households = _households(table, plan, looks, len(combinations))
    return Found(Coded(quasi, combinations, counts.astype(np.int64), tuple(sensitive), households), looks)


def _has_blank_look(source: Source) -> bool:
    """Whether a row may be blank: the engine need not read all columns to say that none is."""
    blank = np.ones(source.rows, dtype=np.bool_)
    for each in source.columns:
        blank &= np.array([text == "" for text in each.values], dtype=np.bool_)[each.numbers]
    return bool(blank.any())


def _households(table: Table, plan: Plan, looks: Looks, combinations: int) -> Tally | None:
    for name, column in plan.fields.items():
        if column.class_ == "household":
            of_row, texts, times = _spread(table, looks, name)
            return tally(of_row, texts.numbers, combinations, len(texts.values), times)
    return None


def _spread(table: Table, looks: Looks, column: str) -> tuple[Numbers, Texts, Counts]:
    """Combinations, beside each a text that its rows have, and how many have it."""
    pairs = table.spread(looks, column)
    return _whole(pairs.column(0)).astype(np.int32), _texts(column, pairs.column(1)), _whole(pairs.column(2))


def _texts(name: str, column: pa.ChunkedArray) -> Texts:
    coded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    return stripped(name, coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int32))


def _whole(column: pa.ChunkedArray) -> Counts:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def released_by(table: Table, plan: Plan, found: Found, recoded: Recoded, out: Path, secret: bytes) -> None:
    """Write the released table to `out` (.csv or .parquet), as `writing.released` would, in an order drawn by `secret`
    (16 bytes of chance, for this once).

    What was written is counted anew before it gets its name. DisclosureError, and no file: `engine.input_order`,
    `engine.not_as_found`, and of the engine.
    """
    if plan.output.order != "shuffled":
        hint = _("leave out output.order; input is for measuring, without an engine")
        raise DisclosureError(Problem("engine.input_order", _("an engine always shuffles what it releases"), hint=hint))
    drop = plan.output.suppressed == "drop"
    labels, group = _groups(recoded)
    written = table.release(_release(table, plan, found.looks, labels, group, drop=drop), secret)
    expected = _expected(labels, group, found.coded.counts, drop=drop)
    if written.columns != _leaving(table, plan) or _counted(written, plan.quasi) != expected:
        what = _("what the engine wrote is not what was found; perhaps the table changed meanwhile")
        hint = _("try again while nobody writes to the table")
        raise DisclosureError(Problem("engine.not_as_found", what, where=table.file.name, hint=hint))
    written.file.chmod(0o700 if written.file.is_dir() else 0o600)  # for its owner alone, as what is written here
    written.file.replace(out)


def _groups(recoded: Recoded) -> tuple[list[tuple[str, ...]], Numbers]:
    """The labels of each group of look-alikes, last stars for what is suppressed; each combination's group."""
    numbers, of_kept = distinct(tuple(recoded.numbers[recoded.kept].T), [len(each) for each in recoded.labels])
    texts = [[label.text for label in labels] for labels in recoded.labels]
    labels = [tuple(named[n] for named, n in zip(texts, each, strict=True)) for each in numbers.tolist()]
    group = np.full(len(recoded.kept), len(labels), dtype=np.int32)
    group[recoded.kept] = of_kept
    return [*labels, (STAR,) * len(texts)], group


def _release(
    table: Table, plan: Plan, looks: Looks, labels: Sequence[tuple[str, ...]], group: Numbers, *, drop: bool
) -> Release:
    import pyarrow as pa

    groups = group[looks.numbers]
    starred: NDArray[np.bool_] = np.arange(len(labels)) == len(labels) - 1
    leaving = ~starred[groups] if drop else np.ones(len(groups), dtype=np.bool_)
    columns = {str(place): pa.array(column, pa.string()) for place, column in enumerate(zip(*labels, strict=True))}
    left = Looks(looks.columns, looks.texts.filter(pa.array(leaving)), groups[leaving])
    return Release(left, pa.table(columns), starred, _leaving(table, plan))


def _expected(
    labels: Sequence[tuple[str, ...]], group: Numbers, counts: Counts, *, drop: bool
) -> Counter[tuple[str, ...]]:
    """How many rows are to leave under which labels. Groups that look alike are one, and nobody's stars are none."""
    rows = np.bincount(group, weights=counts, minlength=len(labels)).astype(np.int64).tolist()
    expected: Counter[tuple[str, ...]] = Counter()
    for texts, count in zip(labels, rows, strict=True):
        expected[texts] += count
    if drop:
        expected[labels[-1]] -= rows[-1]
    return +expected


def _leaving(table: Table, plan: Plan) -> tuple[str, ...]:
    return tuple(name for name in table.columns if plan.fields[name].class_ not in ("direct", "household"))


def _counted(table: Table, columns: Sequence[str]) -> Counter[tuple[str, ...]]:
    *texts, rows = (column.to_pylist() for column in table.counted(columns).columns)
    return Counter(dict(zip(zip(*texts, strict=True), rows, strict=True)))
