"""The example with every leaf of the format in it, and for each leaf the same agreement with another value there.

Read by the types alone: whether the clauses still agree with each other is not asked.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

from agreements.example import agreement, key
from pydantic import ValidationError

from exchange.agreements.agreement import Agreement
from exchange.agreements.shape import Path, below, leaves

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Values that a text may have where it is more than a text: tried in this order until one is taken.
_TEXTS = ("{}x", "x{}", "9.9.9", f"sha256:{'0' * 64}", key("somebody else").fingerprint(), "MY", "UTC", "{}-2")


# Numbers that the example does not have, each under a rule for numbers; and a ladder of the parties' own.
NUMBERS: dict[str, dict[str, Any]] = {
    "x_Debt": {"rule": "round", "to": 10},
    "x_MonthsAway": {"rule": "top_code", "at": 24},
    "x_Children": {"rule": "bottom_code", "at": 2},
    "x_Wage": {"rule": "generalise", "ladder": "interval", "edges": [0, 10, 20]},
}
STATES = [
    ["state", "phase", "any"], ["Active", "Open", "Case"], ["FollowUp", "Open", "Case"], ["Closed", "Shut", "Case"],
    ["ClosedReferred", "Handed", "Case"],
]  # fmt: skip


@cache
def full() -> Agreement:
    """The example, with every kind of rule and every key that may be left out."""
    document = dump(agreement())
    release = document["tiers"]["case-coordination"]["release"]
    release["cas_ReferringOrganisation"] = {"rule": "mask", "keep_last": 2, "for": ["coordination"]}
    release["cas_Status"] = {
        "rule": "generalise",
        "ladder": "own",
        "table": STATES,
        "to": "phase",
        "for": ["coordination"],
    }
    release["cas_IncomingReferralDetails"] = {"rule": "scrub", "for": ["coordination"]}
    release |= {name: {**rule, "for": ["coordination"]} for name, rule in NUMBERS.items()}
    fields = document["data"]["schema"]["fields"]
    fields += [
        {"name": name, "type": "number", "x-label": name, "x-class": "attribute", "description": name}
        for name in NUMBERS
    ]
    next(each for each in fields if each["name"] == "prs_Birthdate")["constraints"] = {
        "minimum": "1930-01-01",
        "maximum": "2012-06-01",
    }
    return Agreement.model_validate(document)


def dump(document: Agreement) -> dict[str, Any]:
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)


def places(document: Any, path: Path = (), general: tuple[str, ...] = ()) -> Iterator[tuple[Path, str, Any]]:
    """Every leaf that a dumped agreement holds: its path, its path in the format, its value."""
    if isinstance(document, dict):
        named = not general or ".".join((*general, "*")) not in _parents()
        for step, each in document.items():
            yield from places(each, (*path, step), (*general, step if named else "*"))
    elif isinstance(document, list):
        for index, each in enumerate(document):
            yield from places(each, (*path, index), (*general, "*"))
    else:
        yield path, ".".join(general), document


@cache
def _parents() -> frozenset[str]:
    """The paths of the format that end in `*`, of leaves and of what stands above them."""
    steps = (leaf.split(".") for leaf in leaves(Agreement))
    every = {".".join(parts[: at + 1]) for parts in steps for at, part in enumerate(parts) if part == "*"}
    # `to` is a table of codes in one rule and a level in the others.
    return frozenset(every)


def with_at(document: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """A dumped agreement with `value` at `path`; what lies beside the path is shared with `document`."""
    after = copy.copy(document)
    inside: Any = after
    for step in path[:-1]:
        inside[step] = copy.copy(inside[step])
        inside = inside[step]
    inside[path[-1]] = value
    return after


def turned(document: Agreement, path: Path) -> Agreement | None:
    """The agreement with another value at `path`; None where the format knows only this one."""
    before = dump(document)
    made = (_valid(with_at(before, path, value)) for value in _others(path, _at(before, path)))
    return next((each for each in made if each is not None and each != document), None)


def all_turned(document: Agreement, leaf: str) -> Iterator[Agreement]:
    """The agreement with another value at one place of this leaf, for every place and every value that it takes; among
    them the values that stand at other places of the leaf, and one entry less. Near ones come far from each other, so
    that whoever takes the first few has looked everywhere."""
    before = dump(document)
    of_leaf = [(path, value) for path, each, value in places(before) if each == leaf]
    elsewhere = dict.fromkeys(value for _path, value in of_leaf)
    others = [
        *((path, other) for path, value in of_leaf for other in _different(value, (*elsewhere, *_others(path, value)))),
        *((path, _LEFT_OUT) for path, _value in of_leaf),
    ]
    for path, other in _spread(others):
        made = without(document, path) if other is _LEFT_OUT else _valid(with_at(before, path, other))
        if made is not None and made != document:
            yield made


_LEFT_OUT = object()


def _different(value: Any, others: Iterable[Any]) -> list[Any]:
    return [other for other in dict.fromkeys(others) if other != value]


def _spread(things: list[Any]) -> list[Any]:
    """In steps of the golden ratio (Weyl's sequence): any beginning of it is spread over the whole."""
    order = sorted(range(len(things)), key=lambda at: at * 0.6180339887 % 1)
    return [things[at] for at in order]


def turned_at(document: Agreement, leaf: str) -> Agreement | None:
    """The agreement with another value at the first place of this leaf that has one."""
    of_leaf = (path for path, each, _value in places(dump(document)) if each == leaf)
    return next((made for path in of_leaf if (made := turned(document, path)) is not None), None)


def without(document: Agreement, path: Path) -> Agreement | None:
    """The agreement without what stands at `path`; None where the format needs it."""
    after = dump(document)
    del _at(after, path[:-1])[path[-1]]
    return _valid(after)


def _valid(document: dict[str, Any]) -> Agreement | None:
    try:
        return Agreement.model_validate(document)
    except ValidationError:
        return None


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _others(path: Path, value: Any) -> Iterator[Any]:
    types: tuple[Any, ...] = (Agreement,)
    for step in path:
        types = below(types, step)
    for each in types:
        if get_origin(each) is Literal:
            yield from (choice for choice in get_args(each) if choice != value)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, value // 2, value * 2, 1)
    elif dt.date in types or (isinstance(value, str) and _DATE.fullmatch(value)):
        yield (dt.date.fromisoformat(value) + dt.timedelta(days=1)).isoformat()
    elif str in types:
        yield from (text.format(value) for text in _TEXTS)
