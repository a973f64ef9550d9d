"""From the rows that a recipient may have to the rows as it gets them: each field through its rule.

What no rule names is dropped. A value that a rule cannot take stops the step: findings should have held its row back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Data, Field
from exchange.agreements.tiers import Pseudonymise
from exchange.consent.consented import Consented
from exchange.errors import DisclosureError, Problem
from exchange.extracts import arrow
from exchange.extracts.references import all_as_compared
from exchange.locale import _
from exchange.redact.chosen import refuse_telling
from exchange.redact.column import Column
from exchange.redact.generalise import ladder_of
from exchange.redact.keys import RedactKeys
from exchange.redact.notes.decisions import Scrubbing
from exchange.redact.notes.reading import read_notes
from exchange.redact.plan import Plan, plan
from exchange.redact.pseudonymise import drawn, stand_ins
from exchange.redact.redacted import Change, Masks, Redacted
from exchange.redact.rules import RULES
from exchange.redact.scrub import masks_of, refuse_open, scrubbed_fields
from exchange.redact.setting import Setting

if TYPE_CHECKING:
    import pyarrow as pa

Columns = dict[str, Column]


def redact(
    consented: Consented,
    keys: RedactKeys,
    randomness: Callable[[int], bytes],
    scrubbing: Scrubbing | None = None,
) -> Redacted:
    """The rows with every value through its rule.

    `randomness(n)` gives n bytes fit for keys, as `os.urandom` does. `scrubbing`: what people decided about case notes.
    DisclosureError with every field at fault: those of `plan`, `redact.other_keys` (made for another agreement or
    recipient), `redact.not_on_ladder`, `redact.randomness`; `notes.open_marks`; `pseudonym.tells`.
    """
    import pyarrow as pa

    permit = consented.permit
    if (keys.agreement_id, keys.recipient) != (permit.agreement.id, permit.recipient.id):
        raise DisclosureError(Problem("redact.other_keys", _("the pseudonym key is that of another recipient")))
    data = permit.agreement.data
    tiers_plan = plan(data, permit.tier)
    before = {field.name: _read(consented, data, field) for field in data.fields}
    scrubbing = scrubbing or Scrubbing()
    dead = consented.tables_only.to_pylist()  # they stand in no row, so what is said of the rows leaves them out
    notes = read_notes(consented.table, data, scrubbed_fields(permit.tier), scrubbing.staff)
    refuse_open(notes, scrubbing.decisions, permit)
    hidden = [(before[f.name], rule) for f, rule in tiers_plan.released if isinstance(rule, Pseudonymise)]
    refuse_telling(consented, keys)
    keys = replace(keys, given=keys.given.with_random(drawn(hidden, keys, randomness)))
    after = _carry_out(tiers_plan, before, Setting(consented.ages, keys, randomness, notes, scrubbing.decisions))
    masks = {each.field: masks_of(each.without(dead), scrubbing.decisions) for each in notes}
    return Redacted(
        permit=permit,
        table=pa.table({name: column.to_arrow() for name, column in after.items()}),
        household=_households(before.get(data.household or ""), len(consented)),
        tables_only=consented.tables_only,
        changes=tuple(
            _change(before[field.name], after.get(field.name), tiers_plan, masks.get(field.name))
            for field in data.fields
        ),
        held_back_total=consented.considered - len(consented),
        considered=consented.considered,
        late_entries=consented.late_entries,
        pseudonyms=stand_ins(hidden, keys),
    )


def _read(consented: Consented, data: Data, field: Field) -> Column:
    """The field's column; a field that the workbook does not have is missing in every row."""
    missing = frozenset(data.missing())
    if field.name in consented.table.column_names:
        return Column.read(field, missing, consented.table.column(field.name))
    empty = next((form for form, label in data.missing().items() if label == "missing"), data.suppressed())
    return Column.of(field, missing, [empty] * len(consented))


def _carry_out(tiers_plan: Plan, before: Columns, setting: Setting) -> Columns:
    after: Columns = {}
    problems: list[Problem] = []
    for field, rule in tiers_plan.released:
        try:
            column = RULES[type(rule)](before[field.name], rule, setting)
        except DisclosureError as error:
            problems.extend(error.problems)
            continue
        if column is not None:
            after[field.name] = column
    DisclosureError.raise_all(problems)
    return after


def _change(before: Column, after: Column | None, tiers_plan: Plan, masks: Masks | None) -> Change:
    name, values = before.field.name, before.present()
    rule = tiers_plan.rule_of(name)
    if rule is None or after is None:
        return Change(name, "drop", values=values, changed=values)
    ladder, level = ladder_of(rule)
    changed = before.differing(after)
    return Change(name, rule.rule, values=values, changed=changed, ladder=ladder, level=level, masks=masks)


def _households(references: Column | None, rows: int) -> pa.Int32Array:
    """Rows with the same reference share a number, however it is spelled; a row without one has its own."""
    import numpy as np

    own = np.arange(rows, dtype=np.int32)
    if references is None:
        return arrow.int32s(own)
    references = references.rewritten_at_once(all_as_compared)
    return arrow.int32s(np.where(references.has_value(), rows + references.codes, own))
