"""An agreement as the sheets of a workbook: every cell a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange.agreements.agreement import Agreement
from exchange.agreements.cell_text import cell_of, rule_cell
from exchange.agreements.clause_names import clause_name
from exchange.agreements.shape import Path, below
from exchange.agreements.workbook_layout import (
    COMMENT,
    FIELDS,
    FIRST,
    LISTS,
    NAMED,
    OF_A_TIER,
    TABLES,
    TEXTS,
    columns,
    has_sheet,
    is_text,
    named_columns,
    types_at,
)

Grid = tuple[tuple[str, ...], ...]  # rows of cells; the first is the head


def to_cells(agreement: Agreement) -> dict[str, Grid]:
    """The sheets of the agreement's workbook, by name, in their order. What is a default is left out."""
    document = agreement.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    sheets = {FIRST: _first(document), TEXTS: _texts(document)}
    sheets |= {sheet: _listed(document, sheet) for sheet in LISTS}
    sheets |= {sheet: _by_name(document, sheet) for sheet in NAMED}
    return {**sheets, TABLES: _tables(document)}


def _first(document: dict[str, Any]) -> Grid:
    rows = [
        (".".join(map(str, path)), clause_name(".".join(map(str, path))), cell_of(value, types), "")
        for path, value, types in _singles(document, (), (Agreement,))
        if not is_text(types)
    ]
    return (("clause", "what", "value", COMMENT), *rows)


def _texts(document: dict[str, Any]) -> Grid:
    rows = [
        (".".join(map(str, path)), clause_name(".".join(map(str, path))), *_both(value), "")
        for path, value, types in _singles(document, (), (Agreement,))
        if is_text(types)
    ]
    return (("clause", "what", "id", "en", COMMENT), *rows)


def _both(text: dict[str, str]) -> tuple[str, str]:
    return cell_of(text["id"], (str,)), cell_of(text["en"], (str,))


def _singles(value: Any, path: Path, types: tuple[Any, ...]) -> Iterator[tuple[Path, Any, tuple[Any, ...]]]:
    """Everything that there is once, and has no sheet of its own."""
    for key, each in value.items():
        here, inner = (*path, key), below(types, key)
        if has_sheet(here):
            continue
        if isinstance(each, dict) and each and not is_text(inner):
            yield from _singles(each, here, inner)
        else:
            yield here, each, inner


def _listed(document: dict[str, Any], sheet: str) -> Grid:
    entries, types = _at(document, LISTS[sheet]), types_at((*LISTS[sheet], "*"))
    heads = tuple(columns(types))
    tiers = document["tiers"] if sheet == FIELDS else {}
    rows = [
        (*_row(entry, heads, types), *(_in_tier(tier, entry["name"]) for tier in tiers.values()), "")
        for entry in entries
    ]
    return ((*(".".join(map(str, each)) for each in heads), *(f"{OF_A_TIER}{name}" for name in tiers), COMMENT), *rows)


def _in_tier(tier: dict[str, Any], field: str) -> str:
    rule = tier["release"].get(field)
    return "" if rule is None else rule_cell(rule)


def _by_name(document: dict[str, Any], sheet: str) -> Grid:
    heads = tuple(named_columns(sheet))
    tables = {table: _at(document, table) for _head, table, _keys in heads}
    names = dict.fromkeys(name for table in tables.values() for name in table)
    rows = [
        (
            name,
            *(_cell(tables[table].get(name), keys, types_at((*table, "*"))) for _head, table, keys in heads),
            "",
        )
        for name in names
    ]
    return (("name", *(head for head, _table, _keys in heads), COMMENT), *rows)


def _tables(document: dict[str, Any]) -> Grid:
    rows = [
        (name, "; ".join(breakdown), "")
        for name, tier in document["tiers"].items()
        for breakdown in tier["protect"].get("tables", {}).get("by", ())
    ]
    return (("tier", "by", COMMENT), *rows)


def _row(entry: Any, heads: tuple[Path, ...], types: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(_cell(entry, head, types) for head in heads)


def _cell(entry: Any, keys: Path, types: tuple[Any, ...]) -> str:
    for key in keys:
        if not isinstance(entry, dict) or key not in entry:
            return ""
        entry, types = entry[key], below(types, key)
    return "" if entry is None else cell_of(entry, types)


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document
