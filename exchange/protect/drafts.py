"""A release before it is shuffled and described: who is in it, by which values, and the tables over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from exchange.matching.tokens import TokenKind
from exchange.protect.columns import Column, Rows
from exchange.protect.gate import Gated
from exchange.protect.protected import ReleasedTable, RowToken
from exchange.protect.releases.memory import Case, CaseTokens, Memory, Shown, Values, form_of
from exchange.protect.tables.published import people_names, published, release_tables
from exchange.redact.redacted import Redacted


@dataclass(frozen=True, slots=True)
class Draft:
    """`gated`: the rows. `counted`: whom the tables count, or would, by their place in the table that came; `people`:
    the columns by which. `carried`: places of those who are told as they were told before; `stale`, `waiting` and
    `left_with` as in `exchange.protect.protected.Against`; `apart`: rows left out because of other periods."""

    gated: Gated
    counted: Rows
    people: tuple[Column, ...]
    tables: tuple[ReleasedTable, ...]
    carried: frozenset[int] = field(default_factory=frozenset)
    stale: int = 0
    waiting: int = 0
    left_with: int = 0
    apart: int = 0


def first(redacted: Redacted, gated: Gated, everyone: Rows) -> Draft:
    """A release that replaces nothing: tables of the people in the rows, as the rows show them, where rows leave; else
    of everyone, the dead included.

    Tables of others than the rows' people, or of more than the rows show, would tell what was withheld from the rows.
    """
    counted = everyone if gated.those is None else gated.rows
    people = people_of_tables(redacted, gated, counted)
    return Draft(gated, counted, people, _tables(redacted, gated, counted, people))


def people_of_tables(
    redacted: Redacted, gated: Gated, counted: Rows, carried: Mapping[int, Mapping[str, str]] | None = None
) -> tuple[Column, ...]:
    """The columns that the breakdowns name. `carried`: for those who are told as before, the values told then."""
    agreed = redacted.permit.tier.protect.tables
    if agreed is None:
        return ()
    as_released = {each.name: each for each in gated.those or ()}
    return tuple(
        as_released[name] if name in as_released else _before(_now(redacted, name, counted), counted, carried or {})
        for name in people_names(agreed)
    )


def _now(redacted: Redacted, name: str, counted: Rows) -> Column:
    return Column.of(redacted.table, name).take(counted)


def _before(column: Column, counted: Rows, carried: Mapping[int, Mapping[str, str]]) -> Column:
    if not carried:
        return column
    both = zip(counted.tolist(), column.texts(), strict=True)
    return Column.of_texts(
        column.name, [carried[row].get(column.name, text) if row in carried else text for row, text in both]
    )


def _tables(redacted: Redacted, gated: Gated, counted: Rows, people: Sequence[Column]) -> tuple[ReleasedTable, ...]:
    agreed = redacted.permit.tier.protect.tables
    if agreed is None or gated.outcome == "nothing":
        return ()
    in_rows = tuple(each.name for each in gated.those or ())
    return release_tables(people, len(counted), agreed, redacted.permit.agreement, in_rows)


def shown_by(
    draft: Draft,
    redacted: Redacted,
    memory: Memory,
    tokens: Sequence[RowToken] = (),
    epoch: str = "",
    *,
    counting: bool = False,
) -> Shown:
    """What the release shows of whom. `counting`: its tables are still to be made."""
    tier = redacted.permit.tier
    rows, names = draft.gated.rows.tolist(), compared(redacted)
    household = redacted.household.to_pylist()
    cases = [memory.cases[row] for row in rows]
    tables = published(draft.tables)
    counted = [memory.cases[row] for row in draft.counted.tolist()] if draft.tables or counting else []
    return Shown(
        form=form_of(tier),
        row_fields=names,
        rows=None if draft.gated.those is None else dict(zip(cases, _values(draft.gated, names), strict=True)),
        household={memory.cases[row]: household[row] for row in rows},
        table_fields=tuple(each.name for each in draft.people),
        people=dict(zip(counted, _told(draft.people, len(counted)), strict=True)),
        cells=tables,
        epoch=epoch,
        tokens=_by_case(draft, redacted, cases, tokens),
        known=_came(redacted, names, memory),
    )


def compared(redacted: Redacted) -> tuple[str, ...]:
    """The fields of the rows that say something of people: all but the row key, which is new each time."""
    tier = redacted.permit.tier
    return tuple(name for name in tier.row_fields if tier.release[name].rule != "row_key")


def _values(gated: Gated, names: Sequence[str]) -> list[Values]:
    return _told([each for each in gated.those or () if each.name in names], len(gated.rows))


def _came(redacted: Redacted, names: Sequence[str], memory: Memory) -> dict[Case, Values]:
    """Everybody who could stand in rows, left out or not, by the values that came."""
    if not names:
        return {}
    there = np.flatnonzero(~redacted.tables_only.to_numpy(zero_copy_only=False).astype(np.bool_))
    values = _told([_now(redacted, name, there) for name in names], len(there))
    return dict(zip((memory.cases[row] for row in there.tolist()), values, strict=True))


def _told(those: Sequence[Column], rows: int) -> list[Values]:
    return list(zip(*(each.texts() for each in those), strict=True)) if those else [()] * rows


def _by_case(
    draft: Draft, redacted: Redacted, cases: Sequence[Case], tokens: Sequence[RowToken]
) -> dict[Case, CaseTokens]:
    if not tokens:
        return {}
    key = redacted.permit.agreement.data.key
    keys = next(each for each in draft.gated.those or () if each.name == key).texts()
    case_of = dict(zip(keys, cases, strict=True))
    found: dict[Case, list[tuple[TokenKind, str]]] = {}
    for each in tokens:
        found.setdefault(case_of[each.row_key], []).append((each.kind, each.token))
    return {case: tuple(those) for case, those in found.items()}
