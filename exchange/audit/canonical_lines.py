"""One regular expression that proves a line of entries.jsonl to be the canonical form of an opening.

It is made from the types of `Entry` itself, so that the two cannot part: whatever it takes, `Opening.read` takes
and gives back byte for byte (tests/audit/test_canonical_lines.py). It may take less: the 29th of February, a count of
sixteen digits. Such lines go the slow way through `Opening.read`, which alone says what is wrong with a line.

Reading a line with pydantic and writing it anew takes some forty times as long, and a log may have a million of them.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from types import NoneType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import BaseModel, StringConstraints

from exchange.audit.entries import NEEDS, SALT_BYTES, Entry

_DAY = (
    "2(?:[01][0-9]{2}|200)-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_MOMENT = _DAY + "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
_COUNT = "(?:0|[1-9][0-9]{0,14}+)"  # below 10**15, and so below 2**53
_NEEDED = {name for names in NEEDS.values() for name in names}
_TOLD = ("kind", "time", "party")
_LAST = "time"
"""The last of the keys that every entry has: a comma follows each member before it, and precedes those behind."""


class Told(NamedTuple):
    """What lines tell at first sight, a column each."""

    kinds: tuple[bytes, ...]
    times: tuple[bytes, ...]
    parties: tuple[bytes, ...]


class Canonical:
    """What can be seen of canonical lines without reading them."""

    def __init__(self) -> None:
        line = rf'^\{{"entry":{_entry()},"salt":"[0-9a-f]{{{2 * SALT_BYTES}}}"\}}$'
        pattern = re.compile(line.encode("ascii"), re.MULTILINE)
        place = {name: group - 1 for name, group in pattern.groupindex.items()}
        self._find_all = pattern.findall
        self._kind, self._time, self._party = (place[name] for name in _TOLD)
        # What a kind needs stands on both sides of it, so that no branch can ask for it: the groups are looked at.
        self._needs = {
            kind.encode(): itemgetter(*(place[name] for name in ("kind", "time", *NEEDS.get(kind, ()))))
            for kind in get_args(_types()["kind"])
        }

    def told(self, lines: bytes) -> Told | None:
        """What `lines` tell, with newlines between them; None where only `Opening.read` can say what one of them is."""
        found: list[tuple[bytes, ...]] = self._find_all(lines)
        if len(found) <= lines.count(b"\n"):
            return None
        columns = tuple(zip(*found, strict=True))
        kinds = columns[self._kind]
        if not self._needs.keys() >= {*kinds}:
            return None
        if any(b"" in self._needs[kind](groups) for kind, groups in zip(kinds, found, strict=True)):
            return None
        return Told(kinds, columns[self._time], columns[self._party])


@cache
def canonical_lines() -> Canonical:
    """Made once: it takes 20 ms."""
    return Canonical()


def _types() -> dict[str, Any]:
    return {
        name: hint for name, hint in get_type_hints(Entry, include_extras=True).items() if name in Entry.model_fields
    }


def _entry() -> str:
    """The object of an entry, its keys sorted. What stands empty is not written at all (`Opening.data`)."""
    return r"\{" + "".join(_member(name, hint) for name, hint in sorted(_types().items())) + r"\}"


def _member(name: str, hint: Any) -> str:
    value, required = _value(hint, least=1), Entry.model_fields[name].is_required()
    if name in _TOLD:
        value = f'"(?P<{name}>{value[1:-1]})"'
    if name > _LAST:
        return f'(?:,"{name}":{value}|)'
    comma = f"(?P<{name}>,)" if name in _NEEDED else ","  # of what a kind needs, only that it is there
    member = f'"{name}":{value}' + ("" if name == _LAST else comma)
    return member if required else f"(?:{member}|)"


def _value(hint: Any, least: int = 0) -> str:
    """A value of this type in canonical JSON; of a list at least so many. TypeError for a type that is not known here:
    whoever gives `Entry` a new one says here how it is written."""
    arguments = get_args(hint)
    if NoneType in arguments:  # None is never written
        (hint,) = (each for each in arguments if each is not NoneType)
        return _value(hint, least)
    if get_origin(hint) is Literal:
        return '"[a-z_.]++"'  # which of them it is, a table tells faster
    if get_origin(hint) is tuple and arguments[1:] == (Ellipsis,):
        item = _value(arguments[0])
        return rf"\[{item}(?:,{item})*+\]" if least else rf"\[(?:{item}(?:,{item})*+)?+\]"
    if get_origin(hint) is Annotated:
        return _annotated(arguments[0], arguments[1:])
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _object(hint)
    raise TypeError(f"how is {hint} written in canonical JSON?")


def _annotated(kind: type, notes: tuple[Any, ...]) -> str:
    if kind is str:
        (constraints,) = (each for each in notes if isinstance(each, StringConstraints))
        pattern = str(constraints.pattern).removeprefix("^").removesuffix("$")
        plain = re.sub(r"\((?!\?)", "(?:", pattern)  # nobody asks for its groups
        unbounded = re.search("[*+]", re.sub(r"\[[^]]*\]", "", pattern))
        length = f'(?=[^"]{{1,{constraints.max_length}}}")' if unbounded else ""
        return f'"{length}(?:{plain})"'
    known = {datetime: f'"{_MOMENT}"', date: f'"{_DAY}"', int: _COUNT}
    if kind not in known:
        raise TypeError(f"how is {kind} written in canonical JSON?")
    return known[kind]


def _object(model: type[BaseModel]) -> str:
    """An object within an entry: its keys sorted; where any may be left out, each with the comma that follows it."""
    hints = get_type_hints(model, include_extras=True)
    members = {name: f'"{name}":{_value(hints[name])}' for name in sorted(model.model_fields)}
    if all(each.is_required() for each in model.model_fields.values()):
        return r"\{" + ",".join(members.values()) + r"\}"
    if any(each.is_required() for each in model.model_fields.values()):
        raise TypeError(f"which commas stand in {model}?")
    return r"\{" + "".join(rf'(?:{member}(?:,(?=")|(?=\}}))|)' for member in members.values()) + r"\}"
