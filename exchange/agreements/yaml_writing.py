"""An agreement as YAML: anew, or into the text of an earlier version, whose comments and order survive.

Whatever is written is read again and must have the same digest.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import NAMED_BY
from exchange.agreements.reading import read_agreement


def to_yaml(agreement: Agreement, base: str | None = None, *, renamed: Mapping[str, str] | None = None) -> str:
    """The text; with `base`, the text of an agreement that can be read, changed only where `agreement` differs.

    `renamed`: organisations of the base that have another name now, so that comments beside them stay.
    What a list or table loses takes the comment at its end with it; all other comments stay.
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # a text is never folded
    yaml.representer.ignore_aliases = lambda *_data: True  # one date for two clauses is written twice
    yaml.indent(mapping=2, sequence=4, offset=2)
    needed = _plain(agreement.model_dump(mode="python", by_alias=True, exclude_defaults=True))
    tree = yaml.load(base) if base is not None else needed
    if base is not None:
        allowed = _plain(agreement.model_dump(mode="python", by_alias=True, exclude_none=True))
        _rename(tree, renamed or {})
        _amend(tree, allowed, needed, ())
    target = io.StringIO()
    yaml.dump(tree, target)
    text = target.getvalue()
    if read_agreement(text, "").digest != agreement.digest:
        raise AssertionError("what was written reads as another agreement")
    return text


def _rename(tree: Any, renamed: Mapping[str, str]) -> None:
    for entries, key in ((tree["parties"], "id"), (tree["audit"]["auditors"], "id"), (tree["signatories"], "party")):
        for entry in entries:
            entry[key] = renamed.get(entry[key], entry[key])
    for table in (tree["retention"], tree["consent"]["scope"]):
        for at, name in enumerate(tuple(table)):
            if renamed.get(name, name) not in table:
                table.insert(at, renamed[name], table.pop(name))


def _plain(value: Any) -> Any:
    """What YAML writes as the format reads it: lists for tuples, whole numbers without a point."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _amend(tree: Any, allowed: Any, needed: Any, path: tuple[str, ...]) -> Any:
    """`tree` with what differs set; the result stands where `tree` stood."""
    if isinstance(tree, dict) and isinstance(allowed, dict):
        _amend_table(tree, allowed, needed, path)
        return tree
    if isinstance(tree, list) and isinstance(allowed, list):
        _amend_list(tree, allowed, needed, path)
        return tree
    return tree if _same(tree, allowed) else _in_the_manner_of(tree, needed)


def _amend_table(tree: Any, allowed: dict[str, Any], needed: Any, path: tuple[str, ...]) -> None:
    for key in [key for key in tree if str(key) not in allowed]:
        del tree[key]
    written = {str(key): key for key in tree}
    for key, value in allowed.items():
        if key in written:
            tree[written[key]] = _amend(tree[written[key]], value, needed.get(key, value), (*path, key))
        elif key in needed:
            tree[key] = needed[key]


def _amend_list(tree: Any, allowed: list[Any], needed: list[Any], path: tuple[str, ...]) -> None:
    names = [_name(each, path) for each in allowed]
    for at in reversed(range(len(tree))):
        if _name(tree[at], path) not in names:
            del tree[at]
    for at, (value, new) in enumerate(zip(allowed, needed, strict=True)):
        present = next((i for i in range(at, len(tree)) if _name(tree[i], path) == names[at]), None)
        if present is None:
            tree.insert(at, new)
            continue
        if present != at:
            tree.insert(at, tree.pop(present))
        tree[at] = _amend(tree[at], value, new, (*path, "*"))
    del tree[len(allowed) :]


def _name(entry: Any, path: tuple[str, ...]) -> str:
    """By what an entry of a list is found again: its name, else all of it."""
    key = NAMED_BY.get(".".join(path))
    return str(entry.get(key)) if key is not None and isinstance(entry, dict) else _text(entry)


def _same(tree: Any, value: Any) -> bool:
    return _text(tree) == _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _in_the_manner_of(tree: Any, value: Any) -> Any:
    """A text that replaces a quoted one is quoted alike."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

    for quoted in (DoubleQuotedScalarString, SingleQuotedScalarString):
        if isinstance(tree, quoted) and isinstance(value, str):
            return quoted(value)
    return value
