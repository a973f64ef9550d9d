"""From nodes and keys to a probability for every pair that is worth comparing.

block      pairs that share a key                        (`blocking`)
compare    level by level, by splink                     (`comparing`)
learn      from how many pairs stand at which levels     (`learning`)
weigh      every pattern of levels once, not every pair
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from exchange.engines.sql import Database
from exchange.merge.linking.blocking import block
from exchange.merge.linking.calibration import NUMBER, Checked, calibration
from exchange.merge.linking.comparing import Comparison, compare
from exchange.merge.linking.learning import Learned, Patterns, Witness, learn, matching

if TYPE_CHECKING:
    import pyarrow as pa

FEW_BETWEEN = 0.2
"""Where fewer pairs are of two sources, one of them sends nearly all there is, and all pairs are learned from."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is compared and how it is weighed. `between` weighs nothing, and says at its first level that two reports
    are of two sources: where there are such pairs, they alone are learned from, so that whoever sends one person in
    many forms teaches nothing about others."""

    comparisons: tuple[Comparison, ...]
    witnesses: tuple[Witness, ...]
    drawn: int
    """Pairs that are drawn by chance, to see how often two people agree."""
    between: Comparison | None = None

    @property
    def compared(self) -> tuple[Comparison, ...]:
        return self.comparisons if self.between is None else (*self.comparisons, self.between)


@dataclass(frozen=True, slots=True)
class Scored:
    """`pairs`: l, r, probability, and `weights`: for each witness the bits by which it speaks for one person, null
    where it is silent. `checked`: how right the probabilities are, as far as that can be seen."""

    pairs: pa.Table
    learned: Learned
    checked: tuple[Checked, ...]


def score(database: Database, model: Model, nodes: int, least: float, known: int = 0) -> Scored:
    """Of the tables `node` (unique_id from 0), `keys` and `twins` (l, r: nodes of several reports, which are compared
    with themselves) every pair whose probability is `least` or more.

    The first `known` nodes were compared before: of them the table `compared_before` says how they stand. The table
    `compared` has all that was compared, for the next time. MergeError: `engine.memory`, `engine.failed`.
    """
    block(database, "keys", "pairs", known)
    database.make("worth_comparing", "SELECT l, r FROM pairs UNION ALL SELECT l, r FROM twins")
    compare(database, model.compared, "worth_comparing", "compared")
    if known:
        names = ", ".join(("l", "r", *(each.name for each in model.compared)))
        database.append("compared", f"SELECT {names} FROM compared_before")  # noqa: S608  # names of our own
    database.drop("pairs", "worth_comparing", "keys")
    drawn = _drawn(database, model, nodes)
    counted = _counted(database, model.compared, "compared")
    blocked = Patterns.of(counted, model.compared)
    pairs = nodes * (nodes - 1) / 2
    learned = _learned(model, model.witnesses, blocked, drawn, pairs)
    number = next(each for each in model.witnesses if each.name == NUMBER)
    without = _learned(model, [each for each in model.witnesses if each is not number], blocked, drawn, pairs)
    checked = calibration(without, number, blocked)
    return Scored(_weighed(database, counted, blocked, learned, least), learned, checked)


def _learned(model: Model, witnesses: Sequence[Witness], blocked: Patterns, drawn: Patterns, pairs: float) -> Learned:
    """From pairs of two sources, where there are any to speak of. How many pairs are of one person is seen in all pairs
    and in these: of the two the lower counts, for links are not to be made too freely."""
    if model.between is None:
        return learn(witnesses, blocked, drawn, pairs)
    two, by_chance = (each.where(each.places[:, -1] == 0) for each in (blocked, drawn))
    share = by_chance.pairs.sum() / max(drawn.pairs.sum(), 1)
    if share < FEW_BETWEEN or not len(two.pairs):
        return learn(witnesses, blocked, drawn, pairs)
    learned = learn(witnesses, two, by_chance, pairs * share)
    of_all = matching(float((blocked.pairs * learned.probabilities(blocked)).sum()), pairs)
    return replace(learned, matching=min(learned.matching, of_all))


def _counted(database: Database, comparisons: Sequence[Comparison], table: str) -> pa.Table:
    names = ", ".join(each.name for each in comparisons)
    counted = f"SELECT {names}, count(*) AS pairs FROM {table} GROUP BY {names}"  # noqa: S608  # names of our own
    return database.run(f"{counted} ORDER BY {names}")  # sums over patterns hang on their order, to the last digit


def _drawn(database: Database, model: Model, nodes: int) -> Patterns:
    """The same pairs every time: the same reports give the same links."""
    import pyarrow as pa

    chance = np.random.default_rng(0)
    ends = chance.integers(0, max(nodes, 1), (min(model.drawn, nodes * nodes), 2))
    pairs = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    database.add("chance", pa.table({side: pa.array(pairs[:, at], pa.int32()) for at, side in enumerate("lr")}))
    compare(database, model.compared, "chance", "drawn")
    found = Patterns.of(_counted(database, model.compared, "drawn"), model.compared)
    database.drop("drawn")
    return found


def _weighed(database: Database, counted: pa.Table, blocked: Patterns, learned: Learned, least: float) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    weights = pa.array(
        [[None if np.isnan(each) else each for each in row] for row in learned.bits(blocked).tolist()],
        pa.list_(pa.float32()),
    )
    patterns = counted.append_column("probability", pa.array(learned.probabilities(blocked), pa.float64()))
    patterns = patterns.append_column("pattern", pa.array(range(len(patterns)), pa.int32()))
    database.add("likely", patterns.filter(pc.greater_equal(patterns.column("probability"), least)))
    same = " AND ".join(f"compared.{each.name} = likely.{each.name}" for each in blocked.comparisons)
    found = database.run(f"SELECT l, r, probability, pattern FROM compared JOIN likely ON {same} ORDER BY l, r")  # noqa: S608  # names of our own
    return found.drop_columns(["pattern"]).append_column("weights", weights.take(found.column("pattern")))
