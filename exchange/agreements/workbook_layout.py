"""Which clause of an agreement stands in which sheet of its workbook.

What there is many of has a sheet with a row for each; the dictionary's sheet has a column for each tier (the matrix of
fields and tiers); texts stand beside each other in both languages; all the rest is in the first sheet, a row for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange.agreements.agreement import Agreement
from exchange.agreements.cell_text import is_list_of_models
from exchange.agreements.clause import Text
from exchange.agreements.shape import Path, below, is_model, keys

# Names of our own: an agreement's words could be a name that Excel refuses.
FIRST, TEXTS, FIELDS, TIERS, TABLES = "agreement", "texts", "fields", "tiers", "tables"
LISTS: dict[str, Path] = {
    "parties": ("parties",),
    "signatories": ("signatories",),
    "purposes": ("purposes",),
    "prohibited": ("prohibited",),
    "legal basis": ("legal_basis",),
    "caveats": ("caveats",),
    "auditors": ("audit", "auditors"),
    "missing values": ("data", "schema", "missingValues"),
    FIELDS: ("data", "schema", "fields"),
}
# A row for each name; several tables of the agreement may share a sheet.
NAMED: dict[str, tuple[Path, ...]] = {
    "consent forms": (("consent", "forms"),),
    "recipients": (("consent", "scope"), ("retention",)),
    TIERS: (("tiers",),),
}
SHEETS = (FIRST, TEXTS, *LISTS, *NAMED, TABLES)
OF_A_TIER = "tier: "  # begins the head of a column of the matrix
APART: tuple[Path, ...] = (("release",), ("protect", "tables", "by"))  # of a tier, with a place of their own
COMMENT = "comment"  # the last column of each sheet, for whoever reads; not read back


def types_at(path: Path) -> tuple[Any, ...]:
    """The types that stand at a path of an agreement."""
    types: tuple[Any, ...] = (Agreement,)
    for step in path:
        types = below(types, step)
    return types


def columns(types: tuple[Any, ...], path: Path = ()) -> Iterator[Path]:
    """The keys, from here, of everything below that fits into a cell."""
    for key in keys(types):
        inner, here = below(types, key), (*path, key)
        if here in APART:
            continue
        if inner and is_model(inner[0]):
            yield from columns(inner, here)
        elif not is_list_of_models(inner):
            yield here


def named_columns(sheet: str) -> Iterator[tuple[str, Path, Path]]:
    """The columns of a sheet with a row for each name: head, table of the agreement, keys in it."""
    for table in NAMED[sheet]:
        inner = types_at((*table, "*"))
        under = table if len(NAMED[sheet]) > 1 else ()
        if is_model(inner[0]):
            yield from ((".".join(map(str, (*under, *each))), table, each) for each in columns(inner))
        else:
            yield ".".join(map(str, under)), table, ()


def is_text(types: tuple[Any, ...]) -> bool:
    return Text in types


def has_sheet(path: Path) -> bool:
    """Whether what stands at the path is in a sheet of its own."""
    return path in LISTS.values() or any(path in tables for tables in NAMED.values())
