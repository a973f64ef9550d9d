"""What several parts of a bundle say of one thing, compared: descriptor and metadata, what is said and the data.

Every function gives, in words, what disagrees. See also comparing_page.py and comparing_workbook.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from exchange.bundle.descriptor import Descriptor, Resource, Schema
from exchange.bundle.metadata import FieldStory, Metadata, Protection
from exchange.locale import _
from exchange.protect.protected import ReleasedTable

Columns = Mapping[str, Sequence[str]]


def descriptor_disagrees(told: Descriptor) -> Iterator[str]:
    """The head of the package, and each column, against the metadata."""
    said = told.metadata
    head = (told.id, told.created, told.title, told.contributors[0].title)
    if head != (said.bundle, said.created, said.title.en, said.sender.name):
        yield _("its descriptor and its metadata speak of different bundles")
    stories = {story.name: story for story in said.fields}
    for each in told.resources:
        if each.holds != "tokens" and not _described(each, stories):
            yield _("its descriptor and its metadata describe a column differently")


def _described(each: Resource, stories: Mapping[str, FieldStory]) -> bool:
    """Whether every column means what the metadata say; a table's are values of fields, and last its counts."""
    fields = each.schema_.fields if each.holds == "rows" else each.schema_.fields[:-1]
    for field in fields:
        story = stories.get(field.name)
        if story is None or field.title != story.label:
            return False
        if each.holds == "rows" and (field.rule, field.description) != (story.rule, story.description):
            return False
    return True


def figures_disagree(
    said: Metadata, schema: Schema | None, columns: Columns | None, tables: Sequence[ReleasedTable]
) -> Iterator[str]:
    """What is said of protection, against what anybody can count."""
    told = said.protection
    if told.table_cells_withheld != sum(table.withheld for table in tables):
        yield _("other cells of its tables are withheld than it says")
    if not _is_reached(told, columns):
        yield _("its rows have other groups of look-alikes than it says")
    withheld = {each.value for each in schema.missing_values if _is_withheld(each.label)} if schema else set()
    if any(_count(columns or {}, name, withheld) < count for name, count in told.cells_withheld.items()):
        yield _("other values of its rows are withheld than it says")


def _is_withheld(label: str) -> bool:
    return label == "withheld_by_this_agreement"


def _is_reached(told: Protection, columns: Columns | None) -> bool:
    """Whether the smallest group of look-alikes is of `k_reached` rows, and where there are no rows, of none."""
    rows = list(zip(*(columns or {}).values(), strict=True))
    if not rows or told.k_reached is None:
        return not rows and told.k_reached is None and told.highest_risk is None
    if not set(told.over) <= set(columns or {}) or told.highest_risk != 1 / told.k_reached:
        return False
    groups = Counter(zip(*((columns or {})[name] for name in told.over), strict=True))
    return min(groups.values(), default=told.k_reached) == told.k_reached


def _count(columns: Columns, name: str, withheld: set[str]) -> int:
    return sum(value in withheld for value in columns.get(name, ()))
