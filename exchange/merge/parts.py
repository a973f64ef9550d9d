"""A document that the store keeps in parts, so that what is added to it is written and what was there before is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.merge.key_table import Held


@dataclass(frozen=True, slots=True)
class Part:
    """One part, by the name of its file."""

    file: str
    content: bytes


def in_turn(held: Iterable[Held]) -> tuple[Held, ...]:
    """The parts of one document, each after the one that it goes on from."""
    after = {each.after: each for each in held}
    found, file = [], ""
    while (part := after.get(file)) is not None:
        found.append(part)
        file = part.file
    return tuple(found)
