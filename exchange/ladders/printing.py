"""A ladder as the table that a person prints and edits: a head with its levels, then a row for each value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exchange.codes import places
from exchange.codes.countries import world
from exchange.codes.lists import code_list
from exchange.errors import Problem, UsageError
from exchange.ladders.age import OLDEST
from exchange.ladders.register import ladder
from exchange.ladders.types import Ladder
from exchange.locale import _

Row = tuple[str, ...]


def printed(
    name: str, *, edges: Sequence[int] | None = None, level: str | None = None, under: str | None = None
) -> tuple[Row, tuple[Row, ...]]:
    """The levels from `level` up (of places the regency where nothing is said, else the finest), and a row for each
    label on it; only what lies under the label `under`, where one is named.

    AgreementError as `ladder`, and `ladder.no_level`; UsageError `ladder.under`: there is no such label, or every
    value would have to be under one (dates).
    """
    tree = ladder(name, edges=edges)
    start = level or ("regency" if name == "place" else tree.levels[0])
    if start not in tree.levels:
        tree.at("", start)  # says which levels there are
    at = tree.levels.index(start)
    rows: dict[Row, None] = {}
    for value in _values(tree, start, under, edges or ()):
        chain = tree.climb(value)
        if chain is not None and (under is None or under in chain):
            labels = tuple(label for label in chain[at:] if label is not None)
            if len(labels) == len(tree.levels) - at:
                rows.setdefault(labels)
    if not rows:
        raise _nothing_under(tree)
    return tree.levels[at:], tuple(rows)


def _values(tree: Ladder, level: str, under: str | None, edges: Sequence[int]) -> Iterator[str]:
    match tree.name:
        case "age_band":
            yield from map(str, range(OLDEST + 1))
        case "interval":  # one number in each
            yield from map(str, (edges[0] - 1, *edges))
        case "country":
            yield from (place.code for place in world())
        case "industry":
            yield from (entry.code for entry in code_list("htcds-2.0", field="vic_ForcedLabourIndustry"))
        case "date":
            yield from _days(tree, under)
        case "place":
            yield from _places(tree, level, under)


def _days(tree: Ladder, under: str | None) -> Iterator[str]:
    """Every day of a year, or of what lies in one."""
    if under is None or tree.climb(under) is None:
        raise _nothing_under(tree)
    days = (f"{under[:4]}-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32))
    yield from (day for day in days if tree.climb(day) is not None)


def _places(tree: Ladder, level: str, under: str | None) -> Iterator[str]:
    """Every place on the level; villages are read only where they are asked for."""
    depth = tree.levels.index("province") - tree.levels.index(level)
    if depth <= 0:
        yield from places.provinces()
    else:
        # Only the provinces, regencies, … that lie above or under what is asked for.
        yield from _below(places.provinces(), depth, under)


def _below(codes: Sequence[str], depth: int, under: str | None) -> Iterator[str]:
    for code in codes:
        if _on_the_way(code, under):
            yield from [code] if depth == 0 else _below(places.children_of(code), depth - 1, under)


def _on_the_way(code: str, under: str | None) -> bool:
    """Whether something at or below `code` may lie under the label: islands and the country are not in codes."""
    if under is None or not under[:1].isdigit():
        return True
    return f"{code}.".startswith(f"{under}.") or under.startswith(f"{code}.")


def _nothing_under(tree: Ladder) -> UsageError:
    hints = {"date": "--under 2026, --under 2026-Q3", "place": "--under 53, --under ID-NU"}
    what = _("the ladder {name} is printed under one of its labels").format(name=tree.name)
    return UsageError(Problem("ladder.under", what, hint=hints.get(tree.name, "")))
