"""The station `protect`: rows behind their gate, tables without small cells, both without the order they came in."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.matching.tokens import TOKEN_KINDS, MatchTokens
from exchange.protect.columns import Rows, columns, matrix, to_table
from exchange.protect.drafts import Draft, first, shown_by
from exchange.protect.gate import Gated, gate
from exchange.protect.promise import Promise, promise_of
from exchange.protect.protected import Account, Against, Protected, ReleasedTable, RowToken
from exchange.protect.releases.across import Earlier
from exchange.protect.releases.corrections import corrected
from exchange.protect.releases.memory import CaseTokens, Memory, Shown
from exchange.protect.releases.periods import settled
from exchange.protect.risk import Risk, measure
from exchange.protect.tables.counting import Key
from exchange.redact.redacted import Redacted

Cells = Mapping[Key, int]


def protect(
    redacted: Redacted, tokens: MatchTokens | None, randomness: random.Random, memory: Memory | None = None
) -> Protected:
    """What may leave of `redacted`, and `tokens` for the rows that do; none leave in a tier that is linked through an
    agent, but its recipient can join rows as if they did, and the memory has them.

    `randomness` shuffles the rows and decides between rows that would do equally well: `random.SystemRandom()` outside
    tests. The order of the rows that come in has no influence on what goes out. `memory`: the cases behind the rows,
    what the release replaces, and what the recipient holds of other periods. DisclosureError: see `gate.gate`,
    `tables.published.release_tables` and `releases.corrections.corrected`; `protect.tokens_disagree`,
    `protect.tokens_without_key` where tokens and rows cannot be joined; `releases.forgotten` where something is
    replaced of which nothing is remembered.
    """
    _refuse_strange_tokens(redacted, tokens)
    _refuse_without_memory(redacted, memory)
    promise = promise_of(redacted.permit.agreement, redacted.permit.tier)
    everyone = _shuffled(redacted, randomness)
    dead = redacted.tables_only.to_numpy(zero_copy_only=False).astype(np.bool_)
    rows_in = everyone[~dead[everyone]]
    earlier = None if memory is None else Earlier(redacted, memory, promise, tokens)
    draft = _drafted(redacted, memory, promise, everyone, rows_in, earlier)
    draft = replace(draft, gated=_shuffle_again(draft.gated, randomness))
    leaving = _tokens(redacted, draft, tokens, memory)
    shown = None
    if memory is not None:
        shown = shown_by(draft, redacted, memory, leaving, "" if tokens is None else tokens.epoch)
    account = _account(redacted, draft, promise, rows_in, _against(draft, memory, shown))
    if earlier is not None and shown is not None:
        found = earlier.found(shown)
        if redacted.permit.tier.protect.across_releases == "gate":
            DisclosureError.raise_all(found.problems())  # of the very release, whatever the search found
        account = replace(account, across=earlier.account(shown, found, draft.apart))
    return _protected(redacted, draft, leaving, tokens, account, shown)


def _protected(
    redacted: Redacted,
    draft: Draft,
    leaving: tuple[RowToken, ...],
    tokens: MatchTokens | None,
    account: Account,
    shown: Shown | None,
) -> Protected:
    agreed = redacted.permit.tier.match
    if tokens is not None and agreed is not None and agreed.via == "agent":
        leaving, tokens = (), None
    return Protected(
        permit=redacted.permit,
        rows=None if draft.gated.those is None else to_table(draft.gated.those),
        tokens=leaving,
        match=None if tokens is None else (tokens.network, tokens.epoch),
        tables=draft.tables,
        account=account,
        changes=redacted.changes,
        held_back_total=redacted.held_back_total,
        considered=redacted.considered,
        late_entries=redacted.late_entries,
        counted=tuple(sorted({*draft.gated.rows.tolist(), *draft.counted.tolist()})),
        shown=shown,
    )


def _drafted(
    redacted: Redacted,
    memory: Memory | None,
    promise: Promise,
    everyone: Rows,
    rows_in: Rows,
    earlier: Earlier | None,
) -> Draft:
    if memory is None or earlier is None or redacted.permit.tier.protect.across_releases != "gate":
        return first(redacted, gate(redacted, promise, rows_in), everyone)
    if memory.replaced:
        return corrected(redacted, memory, promise, everyone, rows_in, earlier)
    return settled(redacted, memory, promise, everyone, rows_in, earlier)


def _refuse_without_memory(redacted: Redacted, memory: Memory | None) -> None:
    if memory is not None and len(memory.cases) != len(redacted):
        raise DisclosureError(Problem("releases.disagree", _("the cases remembered are not those of these rows")))
    if redacted.permit.replaces is not None and (memory is None or not memory.replaced):
        raise forgotten(redacted.permit.recipient.id)


def forgotten(recipient: str) -> DisclosureError:
    """Something was sent, and what it showed is not remembered."""
    return DisclosureError(
        Problem(
            "releases.forgotten",
            _("what was sent before is not remembered any more, so that nothing can be compared with it"),
            where=recipient,
            hint=_("restore the memory of releases from a copy; what the recipient had to destroy cannot be corrected"),
        )
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


def _refuse_strange_tokens(redacted: Redacted, tokens: MatchTokens | None) -> None:
    if tokens is None:
        return
    if len(tokens) != len(redacted):
        raise DisclosureError(Problem("protect.tokens_disagree", _("match tokens were made for other rows than these")))
    if redacted.permit.tier.match is None:
        raise DisclosureError(Problem("protect.tokens_not_agreed", _("the tier has no match tokens")))


def _tokens(
    redacted: Redacted, draft: Draft, tokens: MatchTokens | None, memory: Memory | None
) -> tuple[RowToken, ...]:
    """The tokens of the rows that leave, in an order of their own; of those who are told as before, the tokens too."""
    gated = draft.gated
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
    before = _tokens_before(draft, tokens, memory)
    found = (
        RowToken(row_key, kind, token)
        for row_key, row in zip(named[key], gated.rows.tolist(), strict=True)
        for kind, token in before.get(row, tokens.rows[row])
    )
    return tuple(sorted(found, key=lambda each: (each.row_key, TOKEN_KINDS.index(each.kind), each.token)))


def _tokens_before(draft: Draft, tokens: MatchTokens, memory: Memory | None) -> dict[int, CaseTokens]:
    """A token that is new would show whose name or number was corrected; under a new epoch's key all are new."""
    last = next((shown for shown in reversed(memory.replaced) if shown.rows is not None), None) if memory else None
    if memory is None or last is None or last.epoch != tokens.epoch:
        return {}
    return {row: last.tokens.get(memory.cases[row], ()) for row in draft.carried}


def _against(draft: Draft, memory: Memory | None, shown: Shown | None) -> Against | None:
    if memory is None or shown is None or not memory.replaced:
        return None
    then, now = memory.replaced[-1].rows or {}, shown.rows or {}
    return Against(
        new=len(now.keys() - then.keys()),
        changed=sum(now[case] != then[case] for case in now.keys() & then.keys()),
        gone=len(then.keys() - now.keys()),
        stale=draft.stale,
        waiting=draft.waiting,
        left_with=draft.left_with,
        tables=_differing(draft.tables, memory.replaced[-1].cells, shown.cells),
    )


def _differing(tables: Sequence[ReleasedTable], then: Cells, now: Cells) -> tuple[tuple[str, ...], ...]:
    """The tables of which a published cell, a total included, is not what it was."""
    changed = {cell for cell in then.keys() | now.keys() if then.get(cell) != now.get(cell)}
    return tuple(
        table.fields
        for table in tables
        if any({name for name, _value in cell} <= set(table.fields) for cell in changed)
    )


def _account(redacted: Redacted, draft: Draft, promise: Promise, rows_in: Rows, against: Against | None) -> Account:
    gated = draft.gated
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
        table_cells_withheld=sum(table.withheld for table in draft.tables),
        before=before,
        after=after,
        against=against,
    )


def _before(redacted: Redacted, promise: Promise, rows_in: Rows) -> Risk | None:
    if "rows" not in redacted.permit.tier.protect.output:
        return None
    return measure([each.take(rows_in) for each in columns(redacted.table, promise.over)], len(rows_in))


def _after(gated: Gated, promise: Promise) -> Risk | None:
    if gated.those is None:
        return None
    return measure([each for each in gated.those if each.name in promise.over], len(gated.rows))
