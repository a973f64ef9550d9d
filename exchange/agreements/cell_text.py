"""How values stand in the cells of a workbook: text that a person reads and types, and that reads back the same.

A list is written `a; b`, a list of one where one alone may also stand `a;`, a table of names `a=b; c=d`, what is there
and empty `[]` or `{}`. A text that would look like something else stands in quotes: `""` is the empty text. A rule is
its name and its parts: `generalise; ladder: age_band; edges: 0, 18, 30; for: trends`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, get_args, get_origin

from exchange.agreements.shape import below, is_model
from exchange.agreements.yaml_tree import Mapping, Node, Place, Scalar, Sequence

_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00")  # a date that was typed into a cell


def cell_of(value: Any, types: tuple[Any, ...]) -> str:
    """The text of a cell for a value of a dumped agreement: a scalar, a list of scalars, a table of scalars."""
    if isinstance(value, dict):
        return "; ".join(f"{key}={_single(each)}" for key, each in value.items()) or "{}"
    if isinstance(value, list):
        text = "; ".join(map(_scalar, value)) or "[]"
        return f"{text};" if len(value) == 1 and not _only(types, tuple) else text
    return quoted(_scalar(value))


def node_of(text: str, types: tuple[Any, ...], place: Place) -> Node:
    """What a cell means where one of `types` stands."""
    if text == "[]":
        return Sequence(place, ())
    if text == "{}":
        return Mapping(place)
    if _only(types, dict):
        return _table(text, types, place)
    if _only(types, tuple) or (_some(types, tuple) and ";" in text):
        return Sequence(place, tuple(Scalar(place, each) for each in parts(text, ";")))
    return Scalar(place, _typed(unquoted(text), types))


def rule_cell(rule: dict[str, Any]) -> str:
    """A dumped rule in one cell."""
    said = [rule["rule"]]
    for key, value in rule.items():
        if isinstance(value, dict):
            said.append(f"{key}: {', '.join(f'{code}={to}' for code, to in value.items())}")
        elif isinstance(value, list):
            said.append(f"{key}: {', '.join(map(_listed, value))}")
        elif key != "rule":
            said.append(f"{key}: {_scalar(value)}")
    return "; ".join(said)


def _listed(value: Any) -> str:
    """An entry of a list in a rule; a row of a ladder's table is written from fine to coarse: `Divorced > Single`."""
    return " > ".join(map(_scalar, value)) if isinstance(value, list) else _scalar(value)


def rule_node(text: str, place: Place) -> Node:
    """The rule that a cell holds."""
    name, *rest = parts(text, ";")
    rule = Mapping(place)
    _put(rule, "rule", Scalar(place, name), place)
    for each in rest:
        key, _colon, value = (part.strip() for part in each.partition(":"))
        _put(rule, key, _part(key, value, place), place)
    return rule


def _part(key: str, value: str, place: Place) -> Node:
    if key == "table":
        rows = (parts(row, ">") for row in parts(value, ","))
        return Sequence(place, tuple(Sequence(place, tuple(Scalar(place, each) for each in row)) for row in rows))
    if key in ("for", "edges"):
        return Sequence(place, tuple(Scalar(place, each) for each in parts(value, ",")))
    if key == "to" and "=" in value:
        table = Mapping(place)
        for each in parts(value, ","):
            code, _equals, to = each.partition("=")
            _put(table, code.strip(), Scalar(place, to.strip()), place)
        return table
    return Scalar(place, value)


def _table(text: str, types: tuple[Any, ...], place: Place) -> Node:
    """`a=b; c=d`; where the format has a table of one key for each name, the key is not written."""
    inner = below(types, "*")
    table = Mapping(place)
    for each in parts(text, ";"):
        name, _equals, value = (part.strip() for part in each.partition("="))
        node: Node = Scalar(place, value)
        if inner and is_model(inner[0]):
            (key,) = inner[0].model_fields
            node = Mapping(place, {key: node}, {key: place})
        _put(table, name, node, place)
    return table


def _put(table: Mapping, key: str, node: Node, place: Place) -> None:
    table.entries[key], table.keys[key] = node, place


def parts(text: str, separator: str) -> list[str]:
    """The parts of a list, without blanks; nothing after a last separator."""
    found = [each.strip() for each in text.split(separator)]
    return found[:-1] if found[-1] == "" else found


def quoted(text: str) -> str:
    if text in ("", "[]", "{}") or text != text.strip() or text.startswith('"') or _MIDNIGHT.fullmatch(text):
        return f'"{text}"'
    return text


def unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _typed(text: str, types: tuple[Any, ...]) -> str:
    """A cell that Excel took for a date or a truth value is written as the format writes it."""
    at_midnight = _MIDNIGHT.fullmatch(text)
    if at_midnight and str not in types:
        return at_midnight[1]
    return text.lower() if bool in types else text


def _single(value: Any) -> str:
    return _scalar(next(iter(value.values())) if isinstance(value, dict) else value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def _only(types: Iterable[Any], origin: type) -> bool:
    found = tuple(types)
    return bool(found) and all(get_origin(each) is origin for each in found)


def _some(types: Iterable[Any], origin: type) -> bool:
    return any(get_origin(each) is origin for each in types)


def is_list_of_models(types: tuple[Any, ...]) -> bool:
    """Whether a list of tables stands there, which has a sheet of its own."""
    return _only(types, tuple) and any(is_model(arg) for each in types for arg in get_args(each))
