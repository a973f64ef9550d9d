"""How often a link is wrong, measured: people look at a random sample of linked pairs, among others, without knowing.

The sample is drawn by permanent random numbers: each linked pair has one, made of its identities and the store's seed,
and those with the smallest are the sample (Ohlsson, "Coordination of samples using permanent random numbers", in Cox et
al., Business Survey Methods, 1995). So it is a simple random sample of the links as they are now, and hardly changes
when reports come or the store is linked anew. What linking would unite is sampled, whatever was decided since: a pair
that was found wrong stays in the figure, although it is no longer in one person.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, lgamma, log, log1p
from typing import TYPE_CHECKING

from exchange.locale import _
from exchange.merge.decisions import Decisions, FalseMergeRate, Two, two
from exchange.merge.identities import Identities
from exchange.merge.linking.linking import Links
from exchange.merge.linking.model import LINK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE = 100
"""Pairs. Where all are right, at most 3.6 % of the links are wrong, with 95 % confidence."""
CONFIDENCE = 0.95


def sample(links: Links, known: Identities, seed: str, size: int = SAMPLE) -> tuple[Two, ...]:
    """The sampled pairs, by their random numbers. `seed`: as `Decisions` has it; without one there is no sample."""
    import numpy as np

    if not seed:
        return ()
    linked = links.pairs.filter(np.asarray(links.pairs.column("probability")) >= LINK)
    one, other = (known.of[linked.column(side).to_numpy()] for side in ("left", "right"))
    keys = np.unique(np.minimum(one, other)[one != other] * len(known) + np.maximum(one, other)[one != other])
    one, other = keys // max(len(known), 1), keys % max(len(known), 1)
    drawn = np.argsort(_random_numbers(known, one, other, seed), kind="stable")[:size]
    pairs = zip(one[drawn].tolist(), other[drawn].tolist(), strict=True)
    return tuple(two(known.name(left), known.name(right)) for left, right in pairs)


def false_merge_rate(links: Links, known: Identities, decisions: Decisions) -> FalseMergeRate | None:
    """None as long as nobody has decided about a pair of the sample."""
    if not any(each.sampled for each in decisions.given):
        return None
    measured = [
        decisions.standings[pair].verdict
        for pair in sample(links, known, decisions.seed)
        if any(each.sampled for each in decisions.by_pair.get(pair, ()))
    ]
    told = [verdict for verdict in measured if verdict is not None]
    return measured_rate(len(told), told.count("different")) if told else None


def false_merges(rate: FalseMergeRate | None) -> str:
    """In words, for wherever counts are shown."""
    if rate is None:
        return _("how often a link is wrong was not measured: nobody has decided about a pair of the sample yet")
    what = _("of {reviewed} links that people looked at, {wrong} were wrong; of all links {low} to {high} % (95 %)")
    low, high = (f"{100 * share:.1f}" for share in (rate.low, rate.high))
    return what.format(reviewed=rate.reviewed, wrong=rate.wrong, low=low, high=high)


def measured_rate(reviewed: int, wrong: int) -> FalseMergeRate:
    """With the exact interval of Clopper and Pearson (Biometrika 26, 1934), which errs to the wide side."""
    beyond = (1 - CONFIDENCE) / 2
    low = 0.0 if wrong == 0 else _where(lambda share: 1 - _at_most(wrong - 1, reviewed, share), beyond)
    high = 1.0 if wrong == reviewed else _where(lambda share: 1 - _at_most(wrong, reviewed, share), 1 - beyond)
    return FalseMergeRate(reviewed, wrong, low, high)


def _where(rising: Callable[[float], float], level: float) -> float:
    """Between 0 and 1, by halving."""
    low, high = 0.0, 1.0
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < level else (low, middle)
    return (low + high) / 2


def _at_most(number: int, of: int, share: float) -> float:
    """The probability of at most `number` among `of`, each with probability `share` (binomial)."""
    if not 0 < share < 1:
        return 1.0 if share <= 0 else float(number >= of)
    return sum(
        exp(lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share) + (of - k) * log1p(-share))
        for k in range(number + 1)
    )


def _random_numbers(
    known: Identities, one: NDArray[np.int64], other: NDArray[np.int64], seed: str
) -> NDArray[np.uint64]:
    """For each pair one of 64 bits, whichever comes first; identities are hashes already."""
    import numpy as np

    words = np.frombuffer(b"".join(known.names.to_pylist()), dtype="<u8").reshape(-1, 2)
    salt = np.uint64(int(seed[:16], 16))
    first, second = (_mixed(_mixed(words[each, 0] ^ salt) + words[each, 1]) for each in (one, other))
    return _mixed(first + second)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    import numpy as np

    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(31))
