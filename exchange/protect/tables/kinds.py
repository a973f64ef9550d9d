"""Where cells alone do not say who could be behind them: people by kind.

Counts that add up within every table need not belong to any people. Mostly they do: tables that agree on what they
share come from one table (Lauritzen, Graphical Models, 1996, section 4.4), and a field of several codes in one table
can be filled with people whenever no code has more of them than there are, and all codes together enough. Not so

- where breakdowns go round in a circle (a × b, b × c, c × a);
- where a field of several codes stands in two tables, or beside another such field, or in rows that leave with a table
  which crosses it with a field that is not in the rows: who has which codes together then joins what is told apart;
- where one field follows from another: a regency lies in its province.

Fields that are so entangled are taken *together*: a kind of person is a value for each of them, a set of codes for a
field of several. What could be true is then asked of people by kind, and every cell is a sum of kinds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod

# A cell is what its people have in common: (field, value) pairs in the order of the field names. The people of all
# cells together, the grand total, have nothing in common: (). A total is the same cell in every table it stands in.
Key = tuple[tuple[str, str], ...]
Breakdown = tuple[str, ...]
Codes = tuple[str, ...]
Kind = tuple[tuple[str, Codes], ...]  # a person's codes in each field that is taken together, in the order of the names

MOST_KINDS = 1_500  # beyond, for every cell only those that are likeliest are thought of: fewer can only tell less
LIKELIEST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted. `lists`: fields of several codes; `missing`: values that stand alone in them; `in_rows`: fields
    whose values leave in rows of the same release, or left in one that it is compared with; `together`: fields whose
    people are counted by kind; `places`: fields of place codes, where a longer code lies in a shorter one."""

    breakdowns: tuple[Breakdown, ...]
    lists: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    in_rows: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    together: Breakdown = ()

    @classmethod
    def of(
        cls,
        breakdowns: Sequence[Breakdown],
        lists: frozenset[str] = frozenset(),
        missing: frozenset[str] = frozenset(),
        in_rows: Collection[str] = (),
        places: frozenset[str] = frozenset(),
    ) -> Asked:
        named = frozenset(name for each in breakdowns for name in each)
        rows = named & set(in_rows)
        taken = together(breakdowns, lists & named, rows, places & named)
        return cls(tuple(breakdowns), lists, missing, rows, places & named, taken)

    @property
    def told_of_kinds(self) -> Breakdown:
        """What rows tell of the kinds; () where no rows leave."""
        return tuple(name for name in self.together if name in self.in_rows)


def together(
    breakdowns: Sequence[Breakdown], lists: Collection[str], in_rows: Collection[str], places: Collection[str]
) -> Breakdown:
    """The fields that must be taken together, () where cells say everything."""
    edges = [set(each) for each in maximal(breakdowns)]
    taken = set(places) if len(places) > 1 else set()
    while True:
        before = len(taken)
        for name in sorted(lists):
            if name in taken or _is_entangled(name, edges, set(lists), set(in_rows)):
                taken = taken.union(*(edge for edge in edges if name in edge), in_rows if name in in_rows else ())
        taken |= set(circle([*map(tuple, edges), tuple(in_rows), tuple(taken)]))
        if len(taken) == before:
            return tuple(sorted(taken))


def _is_entangled(name: str, edges: Sequence[set[str]], lists: set[str], in_rows: set[str]) -> bool:
    mine = [edge for edge in edges if name in edge]
    return len(mine) > 1 or any(len(edge & lists) > 1 or (name in in_rows and not edge <= in_rows) for edge in mine)


def maximal(breakdowns: Iterable[Breakdown]) -> tuple[Breakdown, ...]:
    """Those that lie in no other one, each once."""
    fields = list(dict.fromkeys(frozenset(each) for each in breakdowns))
    return tuple(tuple(sorted(each)) for each in fields if not any(each < other for other in fields))


def circle(breakdowns: Sequence[Breakdown]) -> Breakdown:
    """The fields of breakdowns that go round in a circle, () where none do (Graham's reduction)."""
    left = [set(each) for each in breakdowns]
    while True:
        before = sum(map(len, left))
        left = [{name for name in one if sum(name in other for other in left) > 1} for one in left]
        left = [one for n, one in enumerate(left) if not _covered(one, n, left)]
        if sum(map(len, left)) == before:
            return tuple(sorted(set().union(*left)))


def _covered(one: set[str], place: int, left: Sequence[set[str]]) -> bool:
    """Inside another, or the same as a later one."""
    return not one or any(one < other or (one == other and place < n) for n, other in enumerate(left) if n != place)


# --- the kinds that are thought of ---


def written(kind: Kind, lists: Collection[str], only: Collection[str] | None = None) -> Key:
    """A kind as a cell. Sets are written in braces: {a} is having no other code than a, which the cell a does not say.

    `only`: of these fields.
    """
    return tuple(
        (name, "{" + ";".join(codes) + "}" if name in lists else codes[0])
        for name, codes in kind
        if only is None or name in only
    )


def kinds(
    there: Mapping[Kind, int], asked: Asked, values: Mapping[str, tuple[str, ...]]
) -> tuple[dict[Key, Kind], bool]:
    """The kinds of people to think of, and whether these are all: those who are `there`, and those who could be.

    For a field of several codes: the sets that occur, and every code by itself. Nobody is thought of whom everybody
    knows not to be there: in rows that leave, or in a regency of another province.
    """
    if not asked.together:
        return {}, True
    options = {name: _options(name, there, asked, values) for name in asked.together}
    seen = frozenset(_part(kind, asked.told_of_kinds) for kind in there)
    everybody = prod(len(each) for each in options.values()) <= MOST_KINDS
    could = (
        (tuple(zip(options, chosen, strict=True)) for chosen in product(*options.values()))
        if everybody
        else _likeliest(there, asked, values, seen)
    )
    possible = (each for each in could if _part(each, asked.told_of_kinds) in seen and _fits(each, asked.places))
    return {written(each, asked.lists): each for each in (*there, *possible)}, everybody


def _options(name: str, there: Mapping[Kind, int], asked: Asked, values: Mapping[str, tuple[str, ...]]) -> list[Codes]:
    alone = {(value,) for value in values[name]}
    return sorted(alone | {dict(kind)[name] for kind in there} if name in asked.lists else alone)


def _part(kind: Kind, fields: Collection[str]) -> Kind:
    return tuple(each for each in kind if each[0] in fields)


def _fits(kind: Kind, places: frozenset[str]) -> bool:
    """Whether its places lie in one another. What is no code (missing, withheld) fits everywhere."""
    codes = [codes[0] for name, codes in kind if name in places and codes[0].isdecimal()]
    return all(one.startswith(other) or other.startswith(one) for one in codes for other in codes)


def _likeliest(
    there: Mapping[Kind, int], asked: Asked, values: Mapping[str, tuple[str, ...]], seen: frozenset[Kind]
) -> Iterator[Kind]:
    """For every cell of every table, kinds that stand in it: with the most frequent values of all other fields."""
    for breakdown in maximal(asked.breakdowns):
        mine = [name for name in breakdown if name in asked.together]
        fixed = [name for name in mine if name in asked.in_rows]
        rests: dict[Kind, Counter[Kind]] = {}
        for kind, people in there.items():
            rest = tuple(each for each in kind if each[0] not in mine)
            rests.setdefault(_part(kind, fixed), Counter())[rest] += people
        for chosen in product(*(values[name] for name in mine)):
            cell = tuple((name, (value,)) for name, value in zip(mine, chosen, strict=True))
            likely = rests.get(_part(cell, fixed), Counter()) if fixed else rests.get((), Counter())
            grown = (tuple(sorted((*cell, *rest))) for rest, _n in sorted(likely.items(), key=lambda r: (-r[1], r[0])))
            fits = (each for each in grown if _fits(each, asked.places) and _part(each, asked.told_of_kinds) in seen)
            yield from islice(fits, LIKELIEST)


def standing_in(kinds: Mapping[Key, Kind], fields: Breakdown) -> dict[Key, list[Key]]:
    """The kinds that stand in each cell over `fields`, all of which are taken together."""
    found: dict[Key, list[Key]] = {}
    for name, kind in kinds.items():
        told = dict(kind)
        for chosen in product(*(told[field] for field in fields)):
            found.setdefault(tuple(sorted(zip(fields, chosen, strict=True))), []).append(name)
    return found
