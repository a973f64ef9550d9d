"""The station `protect`: rows behind their gate, tables without small cells, both without the order they came in."""

from __future__ import annotations

import random

import numpy as np

from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.matching.tokens import TOKEN_KINDS, MatchTokens
from exchange.protect.columns import Column, Rows, columns, matrix, to_table
from exchange.protect.gate import Gated, gate
from exchange.protect.promise import Promise, promise_of
from exchange.protect.protected import Account, Protected, ReleasedTable, RowToken
from exchange.protect.risk import Risk, measure
from exchange.protect.tables import people_names, release_tables
from exchange.redact.redacted import Redacted


def protect(redacted: Redacted, tokens: MatchTokens | None, randomness: random.Random) -> Protected:
    """What may leave of `redacted`, and `tokens` for the rows that do.

    `randomness` shuffles the rows and decides between rows that would do equally well: `random.SystemRandom()` outside
    tests. The order of the rows that come in has no influence on what goes out. DisclosureError: see
    `exchange.protect.gate.gate` and `exchange.protect.tables.release_tables`; `protect.tokens_disagree`,
    `protect.tokens_without_key` where tokens and rows cannot be joined.
    """
    _refuse_strange_tokens(redacted, tokens)
    permit = redacted.permit
    promise = promise_of(permit.agreement, permit.tier)
    everyone = _shuffled(redacted, randomness)
    dead = redacted.tables_only.to_numpy(zero_copy_only=False).astype(np.bool_)
    rows_in = everyone[~dead[everyone]]
    gated = _shuffle_again(gate(redacted, promise, rows_in), randomness)
    tables = _tables(redacted, gated, everyone)
    leave = gated.those is not None
    return Protected(
        permit=permit,
        rows=None if gated.those is None else to_table(gated.those),
        tokens=_tokens(redacted, gated, tokens) if leave else (),
        match=(tokens.network, tokens.epoch) if leave and tokens is not None else None,
        tables=tables,
        account=_account(redacted, gated, promise, rows_in, tables),
        changes=redacted.changes,
        held_back_total=redacted.held_back_total,
        considered=redacted.considered,
        late_entries=redacted.late_entries,
    )


def _shuffled(redacted: Redacted, randomness: random.Random) -> Rows:
    """Every row in random order. They are sorted before, so that the order in which they came plays no part."""
    those = columns(redacted.table, redacted.table.column_names)
    household = redacted.household.to_numpy(zero_copy_only=False)
    order = np.lexsort((household, *matrix(those, len(redacted)).T)).tolist()
    randomness.shuffle(order)
    return np.array(order, dtype=np.int64)


def _shuffle_again(gated: Gated, randomness: random.Random) -> Gated:
    """In the search the earlier of two rows loses more: a second order, so that the first cannot be seen in it."""
    if gated.those is None:
        return gated
    order = list(range(len(gated.rows)))
    randomness.shuffle(order)
    places = np.array(order, dtype=np.int64)
    those = tuple(each.take(places) for each in gated.those)
    return Gated(gated.outcome, those, gated.rows[places], gated.cells_withheld, gated.rows_withheld)


def _tables(redacted: Redacted, gated: Gated, everyone: Rows) -> tuple[ReleasedTable, ...]:
    """Tables of the people in the rows, as the rows show them, where rows leave; else of everyone, the dead included.

    Tables of others than the rows' people, or of more than the rows show, would tell what was withheld from the rows.
    """
    tier, agreement = redacted.permit.tier, redacted.permit.agreement
    agreed = tier.protect.tables
    if agreed is None or gated.outcome == "nothing":
        return ()
    rows = everyone if gated.those is None else gated.rows
    as_released = {} if gated.those is None else {each.name: each for each in gated.those}
    people = [
        as_released[name] if name in as_released else Column.of(redacted.table, name).take(rows)
        for name in people_names(agreed)
    ]
    return release_tables(people, len(rows), agreed, agreement, in_rows=tuple(as_released))


def _refuse_strange_tokens(redacted: Redacted, tokens: MatchTokens | None) -> None:
    if tokens is None:
        return
    if len(tokens) != len(redacted):
        raise DisclosureError(Problem("protect.tokens_disagree", _("match tokens were made for other rows than these")))
    if redacted.permit.tier.match is None:
        raise DisclosureError(Problem("protect.tokens_not_agreed", _("the tier has no match tokens")))


def _tokens(redacted: Redacted, gated: Gated, tokens: MatchTokens | None) -> tuple[RowToken, ...]:
    """The tokens of the rows that leave, in an order of their own."""
    if tokens is None or gated.those is None:
        return ()
    key = redacted.permit.agreement.data.key
    named = {each.name: each.texts() for each in gated.those}
    if key not in named:
        raise DisclosureError(
            Problem(
                "protect.tokens_without_key",
                _("match tokens need a row key or a pseudonym to stand by"),
                hint=_("release {field} under row_key or pseudonymise").format(field=key),
            )
        )
    found = (
        RowToken(row_key, kind, token)
        for row_key, row in zip(named[key], gated.rows.tolist(), strict=True)
        for kind, token in tokens.rows[row]
    )
    return tuple(sorted(found, key=lambda each: (each.row_key, TOKEN_KINDS.index(each.kind), each.token)))


def _account(
    redacted: Redacted, gated: Gated, promise: Promise, rows_in: Rows, tables: tuple[ReleasedTable, ...]
) -> Account:
    before, after = _before(redacted, promise, rows_in), _after(gated, promise)
    return Account(
        rows_in=len(rows_in),
        rows_out=len(gated.rows),
        over=promise.over,
        k_asked=redacted.permit.tier.protect.k,
        k_reached=after.smallest if after is not None and after.rows else None,
        gate=gated.outcome,
        cells_withheld=gated.cells_withheld,
        rows_withheld=gated.rows_withheld,
        unique_rows=0 if after is None else after.unique_rows,
        table_cells_withheld=sum(table.withheld for table in tables),
        before=before,
        after=after,
    )


def _before(redacted: Redacted, promise: Promise, rows_in: Rows) -> Risk | None:
    if "rows" not in redacted.permit.tier.protect.output:
        return None
    return measure([each.take(rows_in) for each in columns(redacted.table, promise.over)], len(rows_in))


def _after(gated: Gated, promise: Promise) -> Risk | None:
    if gated.those is None:
        return None
    return measure([each for each in gated.those if each.name in promise.over], len(gated.rows))
