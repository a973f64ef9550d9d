"""Each field twice: as it stands in the rows that a recipient may have, and as it leaves.

The page that shows this lies unlocked on the sender's disk until its bundle has left, so nothing here is one person's:

- Of direct identifiers and case notes no value is ever shown, only how many there are; nor of fields that stay here.
- Values are shown only where they come of a closed list (codes, bands, places, levels of a ladder), as counts. What
  anybody can write – numbers, days, references – is counted alone. So are row keys and pseudonyms, which join data.
- A value that fewer than `few` people have is not named: such values are put together, with commoner ones where they
  are few people even so. Why a value is missing is always said.

It is still not for others: next to each other, counts of a small month can say more than each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
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

    `missing`: rows by the written form of why they have none. `shown`: values with their counts, the commonest first;
    () where none are shown. `rest`, `rest_count`: how many others there are, and their counts together. `withheld`:
    cells of a table that are not published.
    """

    values: int
    different: int | None
    missing: Counts = ()
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


def compared(rows: pa.Table, protected: Protected, stories: tuple[FieldStory, ...]) -> tuple[Compared, ...]:
    """Every field that the recipient gets, in the tier's order. `rows`: those that it may have, before any rule."""
    stories_by_name = {story.name: story for story in stories}
    released = released_fields(protected.permit.agreement, protected.permit.tier)
    return tuple(_compared(rows, protected, stories_by_name[each.field.name], each) for each in released)


def stays(protected: Protected, stories: tuple[FieldStory, ...]) -> tuple[Stays, ...]:
    """Every field that the recipient does not get, in the dictionary's order."""
    values = {change.field: change.values for change in protected.changes}
    data = protected.permit.agreement.data
    return tuple(
        Stays(story, data.field(story.name).kind, values[story.name]) for story in stories if story.place == "nowhere"
    )


def _compared(rows: pa.Table, protected: Protected, story: FieldStory, released: ReleasedField) -> Compared:
    data, few, name = protected.permit.agreement.data, few_in(protected), story.name
    changed = next(change.changed for change in protected.changes if change.field == name)
    return Compared(
        story=story,
        kind=released.field.kind,
        before=_before(rows, data, released.field, few),
        after=_after(protected, released, few),
        changed=changed,
        withheld=dict(protected.account.cells_withheld).get(name, 0),
    )


def _before(rows: pa.Table, data: Data, field: Field, few: int) -> Side:
    if field.name not in rows.column_names:
        return Side(0, 0)
    listed = codes_of(field) is not None and field.kind not in ("direct", "free_text")
    return _side(rows, data, field.name, few, listed=listed, several=field.type == "list")


def _after(protected: Protected, released: ReleasedField, few: int) -> Side | None:
    name, tier, data = released.field.name, protected.permit.tier, protected.permit.agreement.data
    if name in tier.row_fields:
        if protected.rows is None or name not in protected.rows.column_names:
            return None
        listed = _comes_of_a_list(released)
        return _side(protected.rows, data, name, few, listed=listed, several=released.several)
    return _published(protected.tables, name, frozenset(data.missing()), few)


def _comes_of_a_list(released: ReleasedField) -> bool:
    """Whether its values as they leave are codes or levels of a ladder, and nobody's own words, numbers or keys."""
    return released.codes is not None or released.rule.rule == "generalise"


def _side(rows: pa.Table, data: Data, name: str, few: int, *, listed: bool, several: bool) -> Side:
    column = Column.of(rows, name)
    counted = np.bincount(column.numbers, minlength=len(column.values)).tolist()
    by_value = dict(zip(column.values, counted, strict=True))
    forms = data.missing()
    missing = tuple((form, by_value[form]) for form in forms if by_value.get(form))
    present = {value: count for value, count in by_value.items() if value not in forms and count}
    values = sum(present.values())
    if not listed:
        free = data.field(name).kind == "free_text"
        return Side(values, None if free else len(present), missing)
    by_code = _by_code(present) if several else present
    shown, rest = _named(by_code, few)
    return Side(values, len(by_code), missing, shown, len(rest), sum(rest.values()))


def _by_code(present: Mapping[str, int]) -> dict[str, int]:
    """People by code, where one may have several."""
    found: dict[str, int] = {}
    for value, count in present.items():
        for code in dict.fromkeys(value.split(";")):
            found[code] = found.get(code, 0) + count
    return found


def _published(tables: tuple[ReleasedTable, ...], name: str, missing: frozenset[str], few: int) -> Side | None:
    """Its counts as the first table with it publishes them."""
    table = next((each for each in tables if name in each.fields), None)
    if table is None:
        return None
    at = table.fields.index(name)
    cells = [cell for cell in table.cells if _is_total_but_at(cell.values, at)]
    counts = {cell.values[at]: cell.count for cell in cells if cell.count is not None}
    present = {value: count for value, count in counts.items() if value not in missing}
    shown, rest = _named(present, few)
    return Side(
        values=sum(present.values()),
        different=len(present),
        missing=tuple((value, count) for value, count in counts.items() if value in missing),
        shown=shown,
        rest=len(rest),
        rest_count=sum(rest.values()),
        withheld=sum(cell.count is None for cell in cells),
    )


def _is_total_but_at(values: tuple[str, ...], at: int) -> bool:
    return all((value == TOTAL) != (place == at) for place, value in enumerate(values))


def _named(counts: Mapping[str, int], few: int) -> tuple[Counts, dict[str, int]]:
    """Which values are named, and those that are put together: at least `few` people, unless nobody is left over."""
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    shown = [each for each in ranked[:MOST] if each[1] >= few]
    rest = dict(ranked[len(shown) :])
    while shown and 0 < sum(rest.values()) < few:
        value, count = shown.pop()
        rest[value] = count
    return tuple(shown), rest
