"""From a table's columns to what the search works on: combinations with their counts, and what their rows have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from exchange.errors import DisclosureError, Problem
from exchange.ladders.numbers import number_of
from exchange.locale import _
from exchange.protect.anonymise.alike import distinct
from exchange.protect.anonymise.coded import Coded, Counts, Numbers, QuasiIdentifier, Sensitive, Tally
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.table.ladders import Row, quasi_identifier, read_ladder, strange
from exchange.protect.anonymise.table.reading import Source, Texts

_MOST_SHOWN = 5  # rows that are named where something is wrong in many


def ladders_of(plan: Plan, folder: Path) -> dict[str, tuple[Row, ...]]:
    """The ladders that a plan names, read from files relative to its own. DisclosureError as `read_ladder`, of all."""
    ladders: dict[str, tuple[Row, ...]] = {}
    problems: list[Problem] = []
    for name in plan.quasi:
        file = plan.fields[name].ladder
        try:
            ladders[name] = () if file is None else read_ladder(folder / file, plan.input.separator)
        except DisclosureError as error:
            problems.extend(error.problems)
    DisclosureError.raise_all(problems)
    return ladders


def coded(source: Source, plan: Plan, ladders: Mapping[str, Sequence[Row]]) -> tuple[Coded, Numbers]:
    """The table for the search, and for each row the number of its combination.

    DisclosureError `ladder.not_on_it`, with every column whose ladder lacks values.
    """
    quasi, numbers = quasi_identifiers(source, plan, ladders, by_row=True)
    combinations, of_row = distinct(numbers, [each.domain for each in quasi])
    sensitive = tuple(sensitive_field(source[name], plan, of_row, len(combinations)) for name in plan.sensitive)
    households = [name for name, column in plan.fields.items() if column.class_ == "household"]
    living = [source[name] for name in households]
    return (
        Coded(
            quasi,
            combinations,
            np.bincount(of_row, minlength=len(combinations)).astype(np.int64),
            sensitive,
            tally(of_row, living[0].numbers, len(combinations), len(living[0].values)) if living else None,
        ),
        of_row,
    )


def quasi_identifiers(
    source: Source, plan: Plan, ladders: Mapping[str, Sequence[Row]], *, by_row: bool
) -> tuple[tuple[QuasiIdentifier, ...], list[Numbers]]:
    """The quasi-identifiers, and for each row of `source` its value in each. `by_row`: these are the table's own rows,
    so that what is wrong can be said of them. DisclosureError as `coded`."""
    missing = frozenset(plan.input.missing)
    quasi: list[QuasiIdentifier] = []
    numbers: list[Numbers] = []
    problems: list[Problem] = []
    for name in plan.quasi:
        texts = source[name]
        if off := strange(ladders[name], texts.values, missing):
            problems.append(_not_on_it(texts, off, plan, by_row=by_row))
            continue
        try:
            each = quasi_identifier(name, plan.fields[name].weight, ladders[name], texts.values, missing)
        except DisclosureError as error:
            problems.extend(error.problems)
            continue
        place = {value: number for number, value in enumerate(each.values)}
        quasi.append(each)
        numbers.append(np.array([place[value] for value in texts.values], dtype=np.int32)[texts.numbers])
    DisclosureError.raise_all(problems)
    return tuple(quasi), numbers


def _not_on_it(texts: Texts, off: Sequence[int], plan: Plan, *, by_row: bool) -> Problem:
    """Values may not be shown, so their rows are named; the empty text says nothing of anybody."""
    what = _("values of the table are not on the ladder {file}; different ones: {count}")
    if "" in (texts.values[place] for place in off):
        what = _(
            "values of the table, the empty text among them, are not on the ladder {file}; different ones: {count}"
        )
    where = texts.name
    if by_row:
        rows = np.flatnonzero(np.isin(texts.numbers, off))[: _MOST_SHOWN + 1] + 2  # the head is row 1
        shown = [*map(str, rows[:_MOST_SHOWN]), *(["…"] if len(rows) > _MOST_SHOWN else [])]
        where = _("{name}, rows {rows}").format(name=texts.name, rows=", ".join(shown))
    hint = _("correct them, give each a row on the ladder, or, if they stand for no value, name them in input.missing")
    return Problem("ladder.not_on_it", what.format(count=len(off), file=plan.fields[texts.name].ladder), where, hint)


def sensitive_field(
    texts: Texts, plan: Plan, of_row: Numbers, combinations: int, times: Counts | None = None
) -> Sensitive:
    """A sensitive field, as `tally`: `of_row` is the combination of each row of `texts`."""
    name = texts.name
    separator = plan.fields[name].list
    lists = [_codes(value, separator, plan) for value in texts.values]
    codes = sorted({code for each in lists for code in each}, key=_step)
    place = {code: number for number, code in enumerate(codes)}
    if separator is None:
        numbers = np.array([place[each[0]] for each in lists], dtype=np.int32)[texts.numbers]
        counted = tally(of_row, numbers, combinations, len(codes), times)
    else:
        lengths = np.array([len(each) for each in lists])[texts.numbers]
        several = [np.array([place[code] for code in each], dtype=np.int32) for each in lists]
        numbers = np.concatenate([several[number] for number in texts.numbers] or [np.zeros(0, dtype=np.int32)])
        repeated = None if times is None else np.repeat(times, lengths)
        counted = tally(np.repeat(of_row, lengths), numbers, combinations, len(codes), repeated)
    missing = [place[text] for text in plan.input.missing if text in place]
    numeric = all(code in plan.input.missing or number_of(code) is not None for code in codes)
    return Sensitive(name, counted, tuple(missing), numeric)


def _codes(value: str, separator: str | None, plan: Plan) -> tuple[str, ...]:
    if separator is None:
        return (value,)
    codes = dict.fromkeys(code.strip() for code in value.split(separator))
    return tuple(code for code in codes if code not in plan.input.missing)


def _step(code: str) -> tuple[bool, object, str]:
    """Numbers by size, then texts by their order: so codes lie one step apart."""
    number = number_of(code)
    return (number is None, 0 if number is None else number, code)


def tally(of_row: Numbers, what: Numbers, combinations: int, kinds: int, times: Counts | None = None) -> Tally:
    """For each combination how many of its rows have what; each row counts as `times` many."""
    key = of_row.astype(np.int64) * max(1, kinds) + what
    if times is None:
        keys, rows = np.unique(key, return_counts=True)
    else:
        keys, place = np.unique(key, return_inverse=True)
        rows = np.bincount(place, weights=times, minlength=len(keys))
    owner: Counts = keys // max(1, kinds)
    starts = np.searchsorted(owner, np.arange(combinations + 1)).astype(np.int64)
    return Tally(kinds, starts, (keys % max(1, kinds)).astype(np.int32), rows.astype(np.int64))
