"""What the checks across clauses find: a contradiction, where it stands, and how to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.agreements.shape import Path
from exchange.locale import _


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`code` without its prefix `agreement.`; `path` as in the YAML."""

    code: str
    path: Path
    what: str
    hint: str = ""


def repeated(names: Iterable[tuple[str, Path]]) -> Iterator[Contradiction]:
    """A name that stands twice, at the second place and every later one."""
    seen: Counter[str] = Counter()
    for name, path in names:
        seen[name] += 1
        if seen[name] > 1:
            yield Contradiction("repeated_id", path, _("{name} stands here a second time").format(name=name))


def absent(code: str, names: Iterable[tuple[str, Path]], known: Iterable[str], what: str) -> Iterator[Contradiction]:
    """A name that is not among `known`; `what` says so, with {name}."""
    listed = tuple(known)
    hint = _("known here: {names}").format(names=", ".join(listed)) if listed else ""
    for name, path in names:
        if name not in listed:
            yield Contradiction(code, path, what.format(name=name), hint)
