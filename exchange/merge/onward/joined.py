"""k once more, over rows that several sources made together.

Each source's rows kept the promise of its agreement by themselves. Joined, a person's row tells what both know, and may
be the only one of its kind. So before rows go on, the strictest promise of all agreements must hold again over them:
over every field by which any of the agreements lets a row be found, with the largest k and the narrowest diversity.
What does not reach it is withheld; nobody's household is known here, so each counts as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exchange.agreements.agreement import Agreement
from exchange.errors import DisclosureError
from exchange.protect.columns import Column, Rows, to_table
from exchange.protect.gate import apply_suppression, people_of
from exchange.protect.promise import Diverse, Promise, promise_of
from exchange.protect.rows.suppression import suppress
from exchange.protect.rows.verify import verify


@dataclass(frozen=True, slots=True)
class Joined:
    """The rows as they may go on: `rows` says which of those given. `cells`, `left_out`: how much was withheld."""

    those: tuple[Column, ...]
    rows: Rows
    cells: int
    left_out: int


def strictest(
    agreements: Sequence[Agreement], recipient: str, fields: Collection[str], missing: Collection[str], suppressed: str
) -> Promise | None:
    """What all `agreements` under which rows came to `recipient` ask of rows with these `fields`; None where none asks
    for a k. `missing`, `suppressed`: as those rows write them."""
    promises = [promise_of(each, each.tier_of(recipient)) for each in agreements]
    k = max((each.k for each in promises), default=1)
    if k < 2:
        return None
    over = {name for each in promises for name in each.over} & set(fields)
    diverse: dict[str, Diverse] = {}
    for rule in (rule for each in promises for rule in each.diversity):
        if rule.field in fields and rule.field not in over:
            percent = min(rule.percent, diverse.get(rule.field, rule).percent)
            diverse[rule.field] = replace(rule, percent=percent)
    return Promise(
        over=tuple(name for name in fields if name in over),
        k=k,
        diversity=tuple(diverse.values()),
        households=None,
        missing=frozenset(missing),
        suppressed=suppressed,
    )


def keep_promise(those: Sequence[Column], rows: int, promise: Promise | None) -> Joined:
    """`those` columns of so many rows, in an order that says nothing, with what must be withheld withheld.

    DisclosureError with the codes of `verify`: the search broke its promise, which is a bug; nothing goes on.
    """
    everyone = np.arange(rows, dtype=np.int64)
    if promise is None or not rows:
        return Joined(tuple(those), everyone, 0, 0)
    alone = list(range(rows))
    found = suppress(people_of(those, alone, promise), promise)
    kept = np.flatnonzero(~found.left_out)
    after = tuple(each.take(kept) for each in apply_suppression(those, found, promise))
    if len(kept):
        DisclosureError.raise_all(verify(to_table(after), kept.tolist(), promise))
    cells = _changed(those, after, kept)
    return Joined(after, kept, sum(cells.values()), rows - len(kept))


def _changed(before: Sequence[Column], after: Sequence[Column], kept: Rows) -> Mapping[str, int]:
    return {
        b.name: sum(x != y for x, y in zip(b.take(kept).texts(), a.texts(), strict=True))
        for b, a in zip(before, after, strict=True)
    }
