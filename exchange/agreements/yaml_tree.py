"""YAML 1.2 read without surprises: a tree of texts, each with its line and column.

What YAML lets stand for something else is refused: aliases, anchors, tags, merge keys, directives, repeated keys, a
second document, a value that is empty. A scalar is the text as written (`NO` is "NO", `1.10` is "1.10"); what it means,
the reader's types decide. Size and depth are bounded. Built on the events of ruamel.yaml, so that nothing is made
before it was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from exchange.locale import _

MAX_BYTES = 256 * 1024
MAX_DEPTH = 30
MAX_NODES = 15_000
"""An agreement has some 20 KB and 1,500 nodes. ruamel takes 50 µs for a node, and the square of the length for one
long tag: whatever somebody sends is read or refused within about a second."""
_NOTHING = {"", "~", "null", "Null", "NULL"}  # what YAML 1.2's core schema reads as nothing


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands; line (or row) and column count from 1. `sheet`: of a workbook, else empty."""

    line: int
    column: int
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Scalar:
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """`keys`: where each key stands."""

    place: Place
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Node: TypeAlias = Scalar | Sequence | Mapping


def inside(node: Node, step: str | int) -> tuple[Node, Place] | None:
    """What stands in `node` at a key or an index, and where; None if nothing does."""
    if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
        return node.entries[step], node.keys[step]
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return node.items[step], node.items[step].place
    return None


class YamlRefusal(Exception):  # noqa: N818  # our error tree is built by the reader, who knows the file's name
    """Why a text is not read. `code` is the last part of the problem's code."""

    def __init__(self, code: str, what: str, place: Place | None = None, hint: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.place, self.hint = code, what, place, hint


def parse(text: str) -> Node:
    """The tree of the one document in `text`; YamlRefusal for everything else."""
    _bounded(text)
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return _Builder(YAML(typ="safe", pure=True).parse(text)).document()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _unreadable(None if mark is None else Place(mark.line + 1, mark.column + 1)) from None
    except (ValueError, ArithmeticError, LookupError, RecursionError):  # ruamel on escapes beyond Unicode and the like
        raise _unreadable(None) from None


def _bounded(text: str) -> None:
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise _unreadable(None) from None
    if size > MAX_BYTES:
        raise YamlRefusal("too_large", _("the file is larger than {most} KiB").format(most=MAX_BYTES >> 10))


def _unreadable(place: Place | None) -> YamlRefusal:
    return YamlRefusal(
        "not_yaml",
        _("this cannot be read as YAML"),
        place,
        _("look for a missing quote, bracket or colon, or a tab, on this line or the one before"),
    )


class _Builder:
    """Builds the tree from ruamel's events (StreamStart, DocumentStart, a node, DocumentEnd, StreamEnd)."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._nodes = 0

    def document(self) -> Node:
        next(self._events)
        start = next(self._events)
        if _kind(start) != "DocumentStart":
            raise YamlRefusal("empty", _("the file is empty"))
        if start.version or start.tags:
            raise YamlRefusal(
                "directive", _("the file has a YAML directive"), _place(start), _("remove the line with %")
            )
        root = self._node(next(self._events), 1)
        next(self._events)
        after = next(self._events)
        if _kind(after) != "StreamEnd":
            raise YamlRefusal("several_documents", _("the file has a second document"), _place(after))
        return root

    def _node(self, event: Any, depth: int, key: Place | None = None) -> Node:
        """The node that begins with `event`; `key` is where its key stands, to be named where there is no value."""
        self._nodes += 1
        _refuse_tricks(event)
        if depth > MAX_DEPTH:
            raise YamlRefusal("too_deep", _("this is nested too deeply"), _place(event))
        if self._nodes > MAX_NODES:
            raise YamlRefusal("too_large", _("the file has too many entries"), _place(event))
        match _kind(event):
            case "Scalar":
                return _scalar(event, key or _place(event))
            case "SequenceStart":
                return Sequence(_place(event), tuple(self._items(depth)))
        return self._mapping(event, depth)

    def _items(self, depth: int) -> Iterator[Node]:
        while _kind(event := next(self._events)) != "SequenceEnd":
            yield self._node(event, depth + 1)

    def _mapping(self, start: Any, depth: int) -> Mapping:
        mapping = Mapping(_place(start))
        while _kind(event := next(self._events)) != "MappingEnd":
            key = self._node(event, depth + 1)
            _refuse_key(key, mapping)
            assert isinstance(key, Scalar)  # noqa: S101  # `_refuse_key` let nothing else pass
            mapping.keys[key.text] = key.place
            mapping.entries[key.text] = self._node(next(self._events), depth + 1, key.place)
        return mapping


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _refuse_tricks(event: Any) -> None:
    hint = _("write the value out in full")
    if _kind(event) == "Alias":
        raise YamlRefusal("alias", _("an alias stands for something written elsewhere"), _place(event), hint)
    if event.anchor is not None:
        raise YamlRefusal("anchor", _("an anchor is not allowed"), _place(event), hint)
    if event.tag is not None:
        raise YamlRefusal("tag", _("a tag is not allowed"), _place(event), _("remove the word that begins with !"))


def _scalar(event: Any, blamed: Place) -> Scalar:
    text = str(event.value)
    if event.implicit[0] and text in _NOTHING:  # implicit[0]: written plain, without quotes
        raise YamlRefusal(
            "empty_value",
            _("a value is empty"),
            blamed,
            _("leave the key out, or write the text in quotes"),
        )
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _unreadable(_place(event))
    return Scalar(_place(event), text)


def _refuse_key(key: Node, mapping: Mapping) -> None:
    if not isinstance(key, Scalar):
        raise YamlRefusal("key_not_text", _("a key is not a text"), key.place)
    if key.text == "<<":
        raise YamlRefusal("merge_key", _("a merge key is not allowed"), key.place, _("write the keys out in full"))
    if key.text in mapping.keys:
        raise YamlRefusal(
            "repeated_key",
            _("a key stands here a second time"),
            key.place,
            _("first on line {line}; keep one of the two").format(line=mapping.keys[key.text].line),
        )
