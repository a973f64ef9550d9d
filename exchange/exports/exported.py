"""What an export holds and what it leaves out, found by listening to which clauses it asked for.

An export is written with an agreement that remembers what was read of it. A clause that was never read cannot be in the
document: it is lost, whatever anyone thought when writing the export. (The other direction is a test: a clause that
is not lost changes the document when it is turned.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import NAMED_BY
from exchange.agreements.shape import Path, places
from exchange.agreements.strict_yaml import written

Document = dict[str, Any]
Clauses = TypeVar("Clauses", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Exported:
    """`document` is ready for JSON. `lost`: the clauses that are not in it, in the order of the format, each as high up
    as all below it is lost: "breach", "parties.*.named_users". One that is lost in some places only is named there:
    "tiers.statistics", and a thing that has a name by that: "data.schema.fields.prs_FirstName"."""

    document: Document
    lost: tuple[str, ...]


def export(agreement: Agreement, write: Callable[[Agreement], Document]) -> Exported:
    """What `write` makes of the agreement, and which clauses it did not ask for."""
    read: set[Path] = set()
    document = write(cast("Agreement", _Heard(agreement, (), read)))
    return Exported(document, _lost(agreement, read))


def whole(clause: BaseModel) -> Document:
    """All that a clause says, as JSON; in an export all below it counts as read."""
    if isinstance(clause, _Heard):
        clause._hear_all()
        clause = clause._clause
    return clause.model_dump(mode="json", by_alias=True, exclude_none=True)


def named(clauses: tuple[Clauses, ...], name: str, by: str = "name") -> Clauses:
    """The clause of this name in a list, without listening to the others. KeyError for none."""
    for each in clauses:
        if getattr(each._clause if isinstance(each, _Heard) else each, by) == name:
            return each
    raise KeyError(name)


class _Heard:
    """A clause that is read like the one inside it, and notes in `read` which leaves were asked for.

    What the format's own types work out (`recipients`, `tier_of`) is worked out over what is heard. A list or table of
    single values is read as one.
    """

    __slots__ = ("_clause", "_path", "_read")

    def __init__(self, clause: BaseModel, path: Path, read: set[Path]) -> None:
        self._clause, self._path, self._read = clause, path, read

    def __getattr__(self, name: str) -> Any:
        fields = type(self._clause).model_fields
        if name not in fields:
            return _worked_out(getattr(type(self._clause), name), self)
        key = fields[name].alias or name
        return _heard(getattr(self._clause, name), (*self._path, key), self._read)

    def _hear_all(self) -> None:
        self._read.update((*self._path, *path) for path, _general in places(self._clause))


def _worked_out(found: object, heard: _Heard) -> Any:
    if isinstance(found, property) and found.fget is not None:
        return found.fget(heard)
    return MethodType(cast("Callable[..., Any]", found), heard)


def _heard(value: Any, path: Path, read: set[Path]) -> Any:
    if isinstance(value, BaseModel):
        return _Heard(value, path, read)
    if isinstance(value, dict):
        return {key: _heard(each, (*path, key), read) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple(_heard(each, (*path, index), read) for index, each in enumerate(value))
    read.add(path)
    return value


def _lost(agreement: Agreement, read: set[Path]) -> tuple[str, ...]:
    held = tuple(places(agreement))
    in_the_format = {general[:at] for path, general in held if path in read for at in range(len(general) + 1)}
    here = {path[:at] for path, _general in held if path in read for at in range(len(path) + 1)}
    return tuple(
        dict.fromkeys(
            _anywhere(general, in_the_format) or _there(agreement, path, here)
            for path, general in held
            if path not in read
        )
    )


def _anywhere(general: tuple[str, ...], read: set[tuple[str, ...]]) -> str | None:
    """The highest clause above an unread leaf of which nothing was read in any place."""
    return next((".".join(general[:at]) for at in range(1, len(general) + 1) if general[:at] not in read), None)


def _there(agreement: Agreement, path: Path, read: set[Path]) -> str:
    """The highest clause above an unread leaf of which nothing was read in its own place, things by their name."""
    whole_path = next(path[:at] for at in range(1, len(path) + 1) if path[:at] not in read)
    steps: list[str | int] = []
    place: Any = agreement.model_dump(mode="json", by_alias=True)
    for step in whole_path:
        place = place[step]
        name = NAMED_BY.get(".".join(map(str, steps)))
        steps.append(place[name] if name is not None else step)
    return written(tuple(steps))
