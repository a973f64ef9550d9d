"""Each field twice: as it stands in the rows that a recipient may have, and as it leaves.

The page that shows this lies unlocked on the sender's disk until its bundle has left, so nothing here is one person's:

- Of direct identifiers and case notes no value is ever shown, only how many there are; nor of fields that stay here.
- Values are shown only where they come of a closed list (codes, bands, places, levels of a ladder), as counts. What
  anybody can write – numbers, days, references – is counted alone. So are row keys and pseudonyms, which join data.
- A value that fewer than `few` people have is not named: such values are put together, with commoner ones where they
  are few people even so.
- Both sides are about the same people, and no value or reason for its absence is named that 1 to `few` - 1 people have
  on one side only: whoever subtracts would learn what the gate withheld of them. It is put together with another.

It is still not for others: next to each other, counts of a small month can say more than each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exchange.agreements.check_dictionary import codes_of
from exchange.agreements.clause import FieldClass
from exchange.agreements.dictionary import Data, Field
from exchange.bundle.metadata import FieldStory
from exchange.bundle.released import ReleasedField, released_fields
from exchange.protect.columns import Column
from exchange.protect.protected import Protected, ReleasedTable
from exchange.reports.labels import TOTAL

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 5  # as for the small cells of statistics
MOST = 8  # values that are named of one field; a page must stay readable
Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One field on one side. `values`: how many rows have one, and `different` ones (None where it is not said).

    `missing`: rows by the written form of why they have none; `unsaid`: rows of which that is not said. `shown`: values
    with their counts, the commonest first; () where none are shown. `rest`, `rest_count`: how many others there are,
    and their counts together. `withheld`: cells of a table that are not published.
    """

    values: int
    different: int | None
    missing: Counts = ()
    unsaid: int = 0
    shown: Counts = ()
    rest: int = 0
    rest_count: int = 0
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """A field that a recipient gets. `changed`: rows in which its rule changed the value; `withheld`: in rows, by the
    gate. `after` is None where its rows do not leave this time."""

    story: FieldStory
    kind: FieldClass
    before: Side
    after: Side | None
    changed: int
    withheld: int


@dataclass(frozen=True, slots=True)
class Stays:
    """A field that this recipient does not get, and how many rows have a value in it."""

    story: FieldStory
    kind: FieldClass
    values: int


def few_in(protected: Protected) -> int:
    """Below how many people a value is not named: the tier's k, and never less than `FEW`."""
    return max(protected.permit.tier.protect.k or 1, FEW)


def compared(
    rows: pa.Table, in_rows: pa.Table, protected: Protected, stories: tuple[FieldStory, ...]
) -> tuple[Compared, ...]:
    """Every field that the recipient gets, in the tier's order. `rows`: those that it may have, before any rule, which
    its tables count; `in_rows`: those of them that may stand in rows."""
    stories_by_name = {story.name: story for story in stories}
    released = released_fields(protected.permit.agreement, protected.permit.tier)
    row_fields = protected.permit.tier.row_fields
    return tuple(
        _compared(in_rows if name in row_fields else rows, protected, stories_by_name[name], each)
        for each in released
        for name in (each.field.name,)
    )


def stays(protected: Protected, stories: tuple[FieldStory, ...]) -> tuple[Stays, ...]:
    """Every field that the recipient does not get, in the dictionary's order."""
    values = {change.field: change.values for change in protected.changes}
    data = protected.permit.agreement.data
    return tuple(
        Stays(story, data.field(story.name).kind, values[story.name]) for story in stories if story.place == "nowhere"
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """One side before anything is put together. `present`: people by value; None where no value is ever shown."""

    values: int
    different: int | None
    missing: Mapping[str, int]
    present: Mapping[str, int] | None
    withheld: int = 0


def _compared(rows: pa.Table, protected: Protected, story: FieldStory, released: ReleasedField) -> Compared:
    data, few, name = protected.permit.agreement.data, few_in(protected), story.name
    changed = next(change.changed for change in protected.changes if change.field == name)
    before, after = _before(rows, data, released.field), _after(protected, released)
    telling = _telling(before, after, few, coarser=released.rule.rule == "generalise")
    return Compared(
        story=story,
        kind=released.field.kind,
        before=_side(before, few, telling),
        after=None if after is None else _side(after, few, telling),
        changed=changed,
        withheld=dict(protected.account.cells_withheld).get(name, 0),
    )


def _telling(before: _Counted, after: _Counted | None, few: int, *, coarser: bool) -> set[str]:
    """Values, and reasons why there is none, that fewer than `few` people have on one side only. Where the other side
    is `coarser`, that can be any: the finer values add up to the coarser ones."""
    if after is None:
        return set()
    sides = [{**each.missing, **(each.present or {})} for each in (before, after)]
    common = sides[0].keys() & sides[1].keys()
    telling = {value for value in common if 0 < abs(sides[0][value] - sides[1][value]) < few}
    return telling | set(before.present or ()) if coarser and before.values != after.values else telling


def _side(counted: _Counted, few: int, telling: Collection[str]) -> Side:
    reasons, unsaid = _named(counted.missing, 1, telling)
    shown, rest = _named(counted.present or {}, few, telling)
    return Side(
        values=counted.values,
        different=counted.different,
        missing=reasons,
        unsaid=sum(unsaid.values()),
        shown=shown,
        rest=len(rest),
        rest_count=sum(rest.values()),
        withheld=counted.withheld,
    )


def _before(rows: pa.Table, data: Data, field: Field) -> _Counted:
    if field.name not in rows.column_names:
        return _Counted(0, 0, {}, None)
    listed = codes_of(field) is not None and field.kind not in ("direct", "free_text")
    return _counted(rows, data, field.name, listed=listed, several=field.type == "list")


def _after(protected: Protected, released: ReleasedField) -> _Counted | None:
    name, tier, data = released.field.name, protected.permit.tier, protected.permit.agreement.data
    if name in tier.row_fields:
        if protected.rows is None or name not in protected.rows.column_names:
            return None
        return _counted(protected.rows, data, name, listed=_comes_of_a_list(released), several=released.several)
    return _published(protected.tables, name, frozenset(data.missing()))


def _comes_of_a_list(released: ReleasedField) -> bool:
    """Whether its values as they leave are codes or levels of a ladder, and nobody's own words, numbers or keys."""
    return released.codes is not None or released.rule.rule == "generalise"


def _counted(rows: pa.Table, data: Data, name: str, *, listed: bool, several: bool) -> _Counted:
    column = Column.of(rows, name)
    counted = np.bincount(column.numbers, minlength=len(column.values)).tolist()
    by_value = dict(zip(column.values, counted, strict=True))
    forms = data.missing()
    missing = {form: by_value[form] for form in forms if by_value.get(form)}
    present = {value: count for value, count in by_value.items() if value not in forms and count}
    values = sum(present.values())
    if not listed:
        free = data.field(name).kind == "free_text"
        return _Counted(values, None if free else len(present), missing, None)
    by_code = _by_code(present) if several else present
    return _Counted(values, len(by_code), missing, by_code)


def _by_code(present: Mapping[str, int]) -> dict[str, int]:
    """People by code, where one may have several."""
    found: dict[str, int] = {}
    for value, count in present.items():
        for code in dict.fromkeys(value.split(";")):
            found[code] = found.get(code, 0) + count
    return found


def _published(tables: tuple[ReleasedTable, ...], name: str, missing: frozenset[str]) -> _Counted | None:
    """Its counts as the first table with it publishes them."""
    table = next((each for each in tables if name in each.fields), None)
    if table is None:
        return None
    at = table.fields.index(name)
    cells = [cell for cell in table.cells if _is_total_but_at(cell.values, at)]
    counts = {cell.values[at]: cell.count for cell in cells if cell.count is not None}
    present = {value: count for value, count in counts.items() if value not in missing}
    return _Counted(
        values=sum(present.values()),
        different=len(present),
        missing={value: count for value, count in counts.items() if value in missing},
        present=present,
        withheld=sum(cell.count is None for cell in cells),
    )


def _is_total_but_at(values: tuple[str, ...], at: int) -> bool:
    return all((value == TOTAL) != (place == at) for place, value in enumerate(values))


def _named(counts: Mapping[str, int], few: int, telling: Collection[str] = ()) -> tuple[Counts, dict[str, int]]:
    """Which values are named, and those that are put together: at least `few` people, unless nobody is left over, and
    never one alone of those that are `telling`."""
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    may_be_named = [each for each in ranked if each[1] >= few and each[0] not in telling]
    shown = may_be_named[:MOST]
    rest = {value: count for value, count in ranked if (value, count) not in shown}
    while shown and (0 < sum(rest.values()) < few or (len(rest) == 1 and not rest.keys().isdisjoint(telling))):
        value, count = shown.pop()
        rest[value] = count
    return tuple(shown), rest
