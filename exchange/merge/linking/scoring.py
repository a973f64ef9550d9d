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
from exchange.merge.linking.learning import Learned, Patterns, Places, Witness, learn, matching

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from exchange.merge.linking.compared import Compared

MET, BY_CHANCE = "m", "c"
"""Why two are compared: they met in a block, or were drawn."""
UNLIKELY = 0.01
"""Of pairs that are less probable than this it is only kept how many stand so: most that meet, of a million reports."""
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
    where it is silent. `rows`: for each of them its place among those of `before` and then `likely`. `checked`:
    how right the probabilities are, as far as that can be seen. For the next time, of what was compared now, `likely`:
    l, r, and a column for each comparison; `others`: a column for each comparison, and how many `pairs` stand so.

    `lost`: others of before would be asked for by now, and nobody knows which they are."""

    pairs: pa.Table
    rows: Places
    learned: Learned
    checked: tuple[Checked, ...]
    likely: pa.Table
    others: pa.Table
    lost: bool


def score(database: Database, model: Model, nodes: int, least: float, before: Compared | None = None) -> Scored:
    """Of the tables `node` (unique_id from 0), `keys` and `twins` (l, r: nodes of several reports, which are compared
    with themselves) every pair whose probability is `least` or more.

    The first nodes were compared `before`: how they stand is taken from there. MergeError: `engine.memory`,
    `engine.failed`.
    """
    now, by_chance = _compared(database, model, nodes, 0 if before is None else before.nodes.num_rows)
    drawn, _place = Patterns.among(by_chance, model.compared)
    blocked, place = _blocked(model, now, before)
    of_all = nodes * (nodes - 1) / 2
    learned = _learned(model, model.witnesses, blocked, drawn, of_all)
    number = next(each for each in model.witnesses if each.name == NUMBER)
    without = _learned(model, [each for each in model.witnesses if each is not number], blocked, drawn, of_all)
    return _scored(now, before, learned, calibration(without, number, blocked), blocked, place, least)


def _compared(database: Database, model: Model, nodes: int, known: int) -> tuple[pa.Table, pa.Table]:
    """How pairs stand that have met, of which one is not among the first `known`, and those that are drawn."""
    block(database, "keys", "pairs", known)
    database.add("chance", _chance(model.drawn, nodes))
    whole = ((MET, "pairs"), (MET, "twins"), (BY_CHANCE, "chance"))
    every = (f"SELECT l, r, '{why}' AS why FROM {table}" for why, table in whole)  # noqa: S608  # names of our own
    database.make("worth_comparing", " UNION ALL ".join(every))
    compare(database, model.compared, "worth_comparing", "compared")
    database.drop("pairs", "worth_comparing", "keys")
    names = ", ".join(("l", "r", *(each.name for each in model.compared)))
    met, drawn = (
        database.run(f"SELECT {names} FROM compared WHERE why = '{why}'")  # noqa: S608  # names of our own
        for why in (MET, BY_CHANCE)
    )
    database.drop("compared")
    return met, drawn


def _blocked(model: Model, now: pa.Table, before: Compared | None) -> tuple[Patterns, NDArray[np.int32]]:
    """Of all pairs that have met, now and before; for each its pattern, and then for each of the others of before."""
    import pyarrow as pa

    if before is None:
        return Patterns.among(now, model.compared)
    names = [each.name for each in model.compared]
    stood = [each.select(names) for each in (before.pairs, now, before.others)]
    times = np.ones(sum(each.num_rows for each in stood))
    times[len(times) - before.others.num_rows :] = np.asarray(before.others.column("pairs"))
    return Patterns.among(pa.concat_tables([each.cast(stood[0].schema) for each in stood]), model.compared, times)


def _scored(
    now: pa.Table,
    before: Compared | None,
    learned: Learned,
    checked: tuple[Checked, ...],
    patterns: Patterns,
    place: NDArray[np.int32],
    least: float,
) -> Scored:
    import pyarrow as pa

    probability = learned.probabilities(patterns)
    known = 0 if before is None else before.pairs.num_rows
    of_before, of_now, of_others = np.split(place, [known, known + now.num_rows])
    kept = (probability >= min(least, UNLIKELY))[of_now]
    kept |= np.asarray(now.column("l")) == np.asarray(now.column("r"))  # who met himself is asked for
    likely = now.filter(pa.array(kept))
    pairs = likely if before is None else _joined(before.pairs, likely)
    pattern = np.concatenate([of_before, of_now[kept]])
    rows = _in_order(pairs, np.flatnonzero((probability >= least)[pattern]))
    weighed = _weighed(pairs, rows, pattern[rows], patterns, learned)
    lost = bool((probability[of_others] >= least).any())
    return Scored(weighed, rows, learned, checked, likely, patterns.table(of_now[~kept]), lost)


def _joined(before: pa.Table, now: pa.Table) -> pa.Table:
    import pyarrow as pa

    before = before.select(now.column_names)
    return pa.concat_tables([before, now.cast(before.schema)])


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


def _chance(drawn: int, nodes: int) -> pa.Table:
    """The same pairs every time: the same reports give the same links."""
    import pyarrow as pa

    chance = np.random.default_rng(0)
    ends = chance.integers(0, max(nodes, 1), (min(drawn, nodes * nodes), 2))
    pairs = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    return pa.table({side: pa.array(pairs[:, at], pa.int32()) for at, side in enumerate("lr")})


def _in_order(pairs: pa.Table, rows: Places) -> Places:
    """By l and r."""
    import pyarrow as pa

    left, right = (np.asarray(pairs.column(side).take(pa.array(rows))) for side in "lr")
    return rows[np.lexsort((right, left))]


def _weighed(
    pairs: pa.Table, rows: Places, pattern: NDArray[np.int32], patterns: Patterns, learned: Learned
) -> pa.Table:
    import pyarrow as pa

    bits = [[None if np.isnan(each) else each for each in row] for row in learned.bits(patterns).tolist()]
    found = pairs.select(["l", "r"]).take(pa.array(rows))
    found = found.append_column("probability", pa.array(learned.probabilities(patterns)[pattern], pa.float64()))
    return found.append_column("weights", pa.array(bits, pa.list_(pa.float32())).take(pa.array(pattern)))
