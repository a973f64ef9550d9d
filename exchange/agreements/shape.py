"""The shape of a format, asked of its pydantic types: which keys a place may have, what stands below, all its leaves.

A path is what pydantic calls a location: ("parties", 1, "key"). In a path of the format, rather than of one file,
`*` stands for any key of a table and any item of a list: "parties.*.key".
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

Step = str | int
Path = tuple[Step, ...]


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The types that `annotation` is a choice of, without their constraints; None is left out."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(each for choice in get_args(annotation) for each in alternatives(choice))
    return () if annotation is type(None) else (annotation,)


def below(places: Iterable[Any], step: Step) -> tuple[Any, ...]:
    """The types that stand at `step` (a key, an index, or `*`) under any of the types in `places`."""
    return tuple(each for place in places for each in _children(place, step))


def _children(place: Any, step: Step) -> tuple[Any, ...]:
    if is_model(place):
        return _fields(place).get(str(step), ())
    if get_origin(place) is dict:
        return alternatives(get_args(place)[1])
    if get_origin(place) in (tuple, list, frozenset) and (step == "*" or isinstance(step, int)):
        return tuple(each for item in get_args(place) if item is not Ellipsis for each in alternatives(item))
    return ()


def keys(places: Iterable[Any]) -> tuple[str, ...]:
    """The keys that a mapping at one of these types may have, as written in the file."""
    return tuple(dict.fromkeys(key for place in places if is_model(place) for key in _fields(place)))


def leaves(model: type[BaseModel]) -> tuple[str, ...]:
    """The path of every leaf of the format, in its order: "term.effective", "tiers.*.release.*.rule"."""
    return tuple(dict.fromkeys(".".join(path) for path in _leaves(model, ())))


def _leaves(place: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if is_model(place):
        for key, those in _fields(place).items():
            for each in those:
                yield from _leaves(each, (*path, key))
    elif get_origin(place) in (dict, tuple, list, frozenset):
        for each in below((place,), "*"):
            yield from _leaves(each, (*path, "*"))
    else:
        yield path


def is_model(place: Any) -> bool:
    """Whether a table with keys of the format's own stands there."""
    return isinstance(place, type) and issubclass(place, BaseModel)


@cache
def _fields(model: type[BaseModel]) -> Mapping[str, tuple[Any, ...]]:
    """The keys of a table, and the types that may stand at each: asked for every value of every file that is read."""
    return {info.alias or name: alternatives(info.annotation) for name, info in model.model_fields.items()}


def places(document: BaseModel) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Every leaf that a document holds: its path, and its path in the format. What is left out is no leaf."""
    yield from _places(document, (), ())


def _places(value: Any, path: Path, general: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            key = info.alias or name
            if getattr(value, name) is not None:
                yield from _places(getattr(value, name), (*path, key), (*general, key))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _places(each, (*path, key), (*general, "*"))
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _places(each, (*path, index), (*general, "*"))
    else:
        yield path, general
