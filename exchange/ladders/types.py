"""What a ladder is: a tree of labels in levels, from fine to coarse.

Two promises hold for every ladder, and tests try to break them: a label has one parent (what is equal on one level is
equal on every coarser one), and generalising twice is generalising once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exchange.errors import AgreementError, Problem
from exchange.locale import _

# The labels of one value, a place for each level of its ladder; None on levels finer than the value itself.
Chain = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """`levels` from fine to coarse; `climb` gives a value's label on each of them, None for what is not on the ladder.

    >>> from exchange.ladders.dates import DATES
    >>> DATES.climb("2026-09-14")
    ('2026-09-14', '2026-09', '2026-Q3', '2026')
    >>> DATES.at("2026-09", "year"), DATES.at("2026-09", "date"), DATES.at("soon", "year")
    ('2026', None, None)
    """

    name: str
    levels: tuple[str, ...]
    climb: Callable[[str], Chain | None]

    def at(self, value: str, level: str) -> str | None:
        """The label of `value` on `level`.

        None for a value that is not on the ladder, or that is coarser than `level`: the caller's finding, never a
        guess. AgreementError `ladder.no_level` for a level that the ladder does not have.
        """
        if level not in self.levels:
            raise AgreementError(
                Problem(
                    "ladder.no_level",
                    _("the ladder {name} has no level {level}").format(name=self.name, level=level),
                    hint=_("its levels: {levels}").format(levels=", ".join(self.levels)),
                )
            )
        chain = self.climb(value)
        return None if chain is None else chain[self.levels.index(level)]


def from_table(name: str, levels: tuple[str, ...], rows: Sequence[Sequence[str]]) -> Ladder:
    """A ladder from a table: one row per value, its labels from fine to coarse, one for each level.

    A label may stand on several levels ("Agriculture" is its own parent), as long as it is one branch of the tree.
    AgreementError with one problem for each row that has too few or too many labels (`ladder.ragged`), that gives a
    label a second parent (`ladder.two_parents`), or that uses it elsewhere in the tree (`ladder.label_twice`).
    """
    problems = [_ragged(name, number) for number, row in enumerate(rows, start=1) if len(row) != len(levels)]
    above: dict[tuple[int, str], tuple[str, ...]] = {}  # a label on a level → the labels above it
    lowest: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        if len(row) != len(levels):
            continue
        for level, label in enumerate(row):
            coarser = tuple(row[level + 1 :])
            if above.setdefault((level, label), coarser) != coarser:
                problems.append(_two_parents(name, number))
            lowest[label] = min(level, lowest.get(label, level))
    problems += [_label_twice(name) for (level, label) in above if not _is_own_ancestor(above, lowest, level, label)]
    AgreementError.raise_all(dict.fromkeys(problems))
    chains: dict[str, Chain] = {
        label: (*[None] * level, label, *above[level, label]) for label, level in lowest.items()
    }
    return Ladder(name, levels, chains.get)


def _is_own_ancestor(
    above: dict[tuple[int, str], tuple[str, ...]], lowest: dict[str, int], level: int, label: str
) -> bool:
    start = lowest[label]
    return (label, *above[start, label])[level - start] == label


def _ragged(name: str, number: int) -> Problem:
    return Problem("ladder.ragged", _("a row has not one label for each level"), where=_row(name, number))


def _two_parents(name: str, number: int) -> Problem:
    return Problem("ladder.two_parents", _("a label has two different parents"), where=_row(name, number))


def _label_twice(name: str) -> Problem:
    return Problem("ladder.label_twice", _("one label stands on two branches of the tree"), where=name)


def _row(name: str, number: int) -> str:
    return _("{name}, row {number}").format(name=name, number=number)
