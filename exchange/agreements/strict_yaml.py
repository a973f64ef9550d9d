"""A YAML file becomes a frozen pydantic model, or a refusal that lists every mistake with its line and column.

    agreement = read(text, Agreement, "dsa.yaml", AgreementError)

The types decide what a text means, and only its plain form is taken: `true` and `false` (never `yes`), 24 (never 24.0
or 1_000), 2026-09-01 (never a number of seconds). No message repeats a value of the file, since a mapping's may be
personal data.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import PurePath
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from exchange.agreements.shape import Path, Step, alternatives, below, keys
from exchange.agreements.yaml_tree import Mapping, Node, Place, Scalar, Sequence, YamlRefusal, inside, parse
from exchange.errors import ExchangeError, Problem
from exchange.locale import _

Model = TypeVar("Model", bound=BaseModel)
_PLAIN: dict[Any, re.Pattern[str]] = {
    bool: re.compile(r"true|false"),
    int: re.compile(r"0|-?[1-9][0-9]{0,17}"),
    float: re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?"),
    dt.date: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
_LONGEST_KEY = 60
_MOST_MISTAKES = 200
"""Nobody mends more at once, and whoever sends a file of mistakes shall not fill a screen or keep us busy."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a file each path stands. Under the top keys in `private` no key of the file is repeated in a message."""

    file: str
    root: Node
    private: tuple[str, ...] = ()

    def where(self, path: Path) -> str:
        """ "dsa.yaml, line 12, column 5 (parties[1].key)": the place of `path`, or of the nearest thing above it."""
        shown = path[:1] if path and path[0] in self.private else path
        place = self.at(self.place(path))
        return f"{place} ({written(shown)})" if shown else place

    def place(self, path: Path) -> Place:
        """Where `path` stands, or the nearest thing above it."""
        node, place = self.root, self.root.place
        for step in path:
            inner = inside(node, step)
            if inner is None:
                break
            node, place = inner
        return place

    def at(self, place: Place | None) -> str:
        """ "dsa.yaml, line 12, column 5"."""
        if place is None:
            return self.file
        if place.sheet:
            cell = f"{column_letter(place.column)}{place.line}"
            return _("{file}, sheet {sheet}, cell {cell}").format(file=self.file, sheet=place.sheet, cell=cell)
        return _("{file}, line {line}, column {column}").format(file=self.file, line=place.line, column=place.column)


def column_letter(column: int) -> str:
    """The letters of a column of a sheet: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def written(path: Path) -> str:
    """A path as a person reads it: parties[1].key."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{_key(step)}" for step in path).removeprefix(".")


def read(
    text: str,
    model: type[Model],
    file: str,
    error: type[ExchangeError],
    *,
    prefix: str = "agreement",
    private: tuple[str, ...] = (),
) -> Model:
    """The `model` that `text` holds, or `error` with every mistake.

    Codes begin with `prefix`: not_yaml, empty, too_large, too_deep, directive, several_documents, alias, anchor, tag,
    merge_key, key_not_text, repeated_key, empty_value (these stop the reading); unknown_key, missing_key, bad_value,
    more_mistakes.
    `private`: top keys under which a file's own keys are not repeated in messages either.
    """
    return read_with_places(text, model, file, error, prefix=prefix, private=private)[0]


def read_with_places(
    text: str,
    model: type[Model],
    file: str,
    error: type[ExchangeError],
    *,
    prefix: str = "agreement",
    private: tuple[str, ...] = (),
) -> tuple[Model, Places]:
    """As `read`, and where everything stands, for checks that come after."""
    name = PurePath(file).name
    try:
        root = parse(text)
    except YamlRefusal as refusal:
        where = Places(name, Scalar(Place(1, 1), "")).at(refusal.place)
        raise error(Problem(f"{prefix}.{refusal.code}", refusal.what, where, refusal.hint)) from None
    places = Places(name, root, private)
    return read_tree(places, model, error, prefix=prefix), places


def read_tree(places: Places, model: type[Model], error: type[ExchangeError], *, prefix: str = "agreement") -> Model:
    """The `model` that a tree of texts holds, or `error` with every mistake: unknown_key, missing_key, bad_value; of
    very many only the first, and more_mistakes."""
    root = places.root
    try:
        value, invalid = model.model_validate(_data(root, (model,))), list[ErrorDetails]()
    except ValidationError as error_of_types:
        value, invalid = None, error_of_types.errors(include_url=False, include_input=False)
    mistakes = chain(_not_plain(root, (model,), ()), (_mistake(each, root, model) for each in invalid))
    found = list(islice(mistakes, _MOST_MISTAKES + 1))
    problems = list(_problems(found[:_MOST_MISTAKES], places, prefix))
    if len(found) > _MOST_MISTAKES:
        what, hint = _("there are more mistakes than these"), _("mend these first, and look again")
        problems.append(Problem(f"{prefix}.more_mistakes", what, places.file, hint))
    error.raise_all(problems)
    assert value is not None  # noqa: S101  # where it is none there are mistakes
    return value


def read_single(text: str, kind: Any) -> Any:
    """What a single text means where the type `kind` stands; ValueError with the reason why it means nothing there."""
    types = alternatives(kind)
    for mistake in _not_plain(Scalar(Place(1, 1), text), types, ()):
        raise ValueError(mistake.what)
    try:
        return TypeAdapter(kind).validate_python(text)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        raise ValueError(_why(first["type"], first.get("ctx", {}))) from None


@dataclass(frozen=True, slots=True)
class _Mistake:
    path: Path
    code: Literal["unknown_key", "missing_key", "bad_value"]
    what: str
    hint: str = ""


def _problems(mistakes: Iterable[_Mistake], places: Places, prefix: str) -> Iterator[Problem]:
    """One problem for each place and code, in the order of the file: a choice of types reports each of its choices."""
    first: dict[tuple[str, str], Problem] = {}
    for each in sorted(mistakes, key=lambda mistake: places.place(mistake.path)):
        problem = Problem(f"{prefix}.{each.code}", each.what, places.where(each.path), each.hint)
        first.setdefault((problem.code, problem.where), problem)
    return iter(first.values())


def _data(node: Node, types: tuple[Any, ...]) -> Any:
    """What pydantic is given: texts, but for a literal that is no text (`agreement: 1`)."""
    match node:
        case Scalar():
            return next((each for each in _literals(types) if _as_text(each) == node.text), node.text)
        case Sequence():
            return [_data(item, below(types, index)) for index, item in enumerate(node.items)]
        case Mapping():
            return {key: _data(item, below(types, key)) for key, item in node.entries.items()}


def _literals(types: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(each for choice in types if get_origin(choice) is Literal for each in get_args(choice))


def _as_text(literal: object) -> str:
    return str(literal).lower() if isinstance(literal, bool) else str(literal)


def _not_plain(node: Node, types: tuple[Any, ...], path: Path) -> Iterator[_Mistake]:
    """Numbers, dates and truth values in a form that another reader could take for something else."""
    if isinstance(node, Scalar):
        forms = [_PLAIN.get(each) for each in types]
        if forms and not any(form is None or form.fullmatch(node.text) for form in forms):
            yield _Mistake(path, "bad_value", _expected(types))
        return
    steps = enumerate(node.items) if isinstance(node, Sequence) else node.entries.items()
    for step, item in steps:
        yield from _not_plain(item, below(types, step), (*path, step))


def _expected(types: tuple[Any, ...]) -> str:
    if bool in types:
        return _("must be true or false")
    if dt.date in types:
        return _("must be a date written as 2026-09-01")
    return _("must be a whole number") if float not in types else _("must be a number")


def _mistake(details: ErrorDetails, root: Node, model: type[BaseModel]) -> _Mistake:
    path, types = _resolve(details["loc"], root, model)
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return _Mistake((*path, details["loc"][-1]), "missing_key", _("a key is missing"), _name(details["loc"][-1]))
    if kind == "extra_forbidden":
        return _Mistake(path, "unknown_key", _("the format has no such key here"), _closest(path[-1], types))
    if kind.startswith("union_tag_not_found"):
        name = str(context["discriminator"]).strip("'")
        return _Mistake((*path, name), "missing_key", _("a key is missing"), _name(name))
    return _Mistake(path, "bad_value", _why(kind, context))


def _resolve(location: Path, root: Node, model: type[BaseModel]) -> tuple[Path, tuple[Any, ...]]:
    """The path in the file that pydantic's `location` means, and the types of the mapping that it stands in.

    A location also names the choice that pydantic made between types ("generalise", "age_band"): no step in the file.
    """
    node, path, here, parent = root, (), (model,), (model,)  # type: Node, Path, tuple[Any, ...], tuple[Any, ...]
    for step in location:
        inner = inside(node, step)
        if inner is not None:
            node, path, parent, here = inner[0], (*path, step), here, below(here, step)
    return path, parent


def _why(kind: str, context: dict[str, Any]) -> str:
    """What pydantic's error `kind` means to a person; `context` holds our own bounds and choices, never the value."""
    match kind:
        case "literal_error":
            return _("must be one of: {choices}").format(choices=context["expected"].replace(" or ", ", "))
        case "union_tag_invalid":
            return _("must be one of: {choices}").format(choices=context["expected_tags"])
        case "value_error":
            return str(context["error"])
        case "greater_than":
            return _("must be above {bound}").format(bound=_bound(context["gt"]))
        case "greater_than_equal":
            return _("must be at least {bound}").format(bound=_bound(context["ge"]))
        case "less_than_equal" | "less_than":
            return _("must be at most {bound}").format(bound=_bound(context.get("le", context.get("lt"))))
    return _simple(kind)


def _bound(bound: object) -> object:
    """A bound as a person writes it: 0, not 0.0."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _simple(kind: str) -> str:
    match kind.removeprefix("string_"):
        case "too_short":
            return _("is too short or empty")
        case "too_long":
            return _("is too long")
        case "model_type" | "dict_type" | "model_attributes_type":
            return _("must be a table of keys and values")
        case "tuple_type" | "list_type":
            return _("must be a list")
        case "type":
            return _("must be a text")
        case "pattern_mismatch":
            return _("is not written as this key needs it")
    return _("is not a value that this key takes")


def _closest(key: Step, types: tuple[Any, ...]) -> str:
    known = keys(types)
    like = difflib.get_close_matches(str(key), known, 1)
    if like:
        return _("did you mean {key}?").format(key=like[0])
    return _("known here: {keys}").format(keys=", ".join(known)) if known else ""


def _name(step: Step) -> str:
    return _("add {key}").format(key=step)


def _key(step: str) -> str:
    plain = "".join(letter if letter.isprintable() else "�" for letter in step)
    return plain if len(plain) <= _LONGEST_KEY else plain[:_LONGEST_KEY] + "…"
