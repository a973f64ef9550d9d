"""What two people have in common by chance, and two reports of one person, is read off the reports, with caution."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from exchange.merge.linking import field_model, token_model
from exchange.merge.linking.comparing import Comparison
from exchange.merge.linking.learning import Learned, Patterns, Witness, learn
from exchange.merge.linking.model import LINK

COMPARISONS = token_model.COMPARISONS
WITNESSES = token_model.witnesses()
PERSON = next(each for each in WITNESSES if each.name == "person")
SILENT, SAME, OTHER = -1, 0, 1
# Places in the comparisons of the witness "person": name, born, placed.
WHOLE, NAMES_ONLY, NOTHING = (0, 0, 0), (1, 6, 0), (4, 6, 1)
Place = tuple[int, ...]


def pattern(person: Place, number: int = SILENT) -> Place:
    return (number, SILENT, *person, SILENT, SILENT)


def patterns(counted: dict[Place, float], comparisons: tuple[Comparison, ...] = COMPARISONS) -> Patterns:
    places = np.array(list(counted), dtype=np.int64).reshape(-1, len(comparisons))
    return Patterns(comparisons, places, np.array(list(counted.values()), dtype=np.float64))


def learned_of(met: dict[Place, float], pairs: float, chance: dict[Place, float] | None = None) -> Learned:
    return learn(WITNESSES, patterns(met), patterns(chance or {pattern(NOTHING): 1e6}), pairs)


def of(learned: Learned, name: str) -> Witness:
    return next(each for each in learned.witnesses if each.name == name)


def level(person: Place) -> int:
    return int(PERSON.level_of(np.array([person]))[0])


def test_without_pairs_everything_stays_as_the_table_says() -> None:
    learned = learned_of({}, 0)
    for before, after in zip(WITNESSES, learned.witnesses, strict=True):
        assert after.m == pytest.approx(before.m, rel=1e-6)
        if before.counted == "in blocks":
            assert after.u == pytest.approx(before.u, rel=1e-3, abs=1e-6)
    assert 0 < learned.matching <= 0.5


def test_without_a_single_report_nothing_fails() -> None:
    assert 0 < learn(WITNESSES, patterns({}), patterns({}), 0).matching <= 0.5


def test_small_month_keeps_the_weights_of_the_table() -> None:
    learned = learned_of({pattern(NAMES_ONLY): 5, pattern(WHOLE, SAME): 100}, 250_000)
    assert 0.7 < of(learned, "person").u[level(NAMES_ONLY)] / PERSON.u[level(NAMES_ONLY)] < 1.3
    assert 0.5 < of(learned, "person").m[level(NAMES_ONLY)] / PERSON.m[level(NAMES_ONLY)] < 2


def test_large_store_where_names_are_shared_by_many_learns_it() -> None:
    many, few = (
        learned_of({pattern(NAMES_ONLY): how_many, pattern(WHOLE, SAME): 5_000}, 2e8) for how_many in (2_500, 100)
    )
    assert of(many, "person").u[level(NAMES_ONLY)] > 2 * of(few, "person").u[level(NAMES_ONLY)]
    namesakes = patterns({pattern(NAMES_ONLY): 1})
    assert many.probabilities(namesakes)[0] < 0.1


def test_names_shared_by_ever_so_many_are_never_learned_as_one_person() -> None:
    for how_many in (10_000, 100_000):
        learned = learned_of({pattern(NAMES_ONLY): how_many, pattern(WHOLE, SAME): 5_000}, 2e8)
        assert learned.probabilities(patterns({pattern(NAMES_ONLY): 1}))[0] < LINK


def test_where_all_come_from_a_few_places_a_small_store_learns_that_names_say_less() -> None:
    """Thirty pairs of namesakes in a month of one region, where the whole country's table expects one."""
    learned = learned_of({pattern(NAMES_ONLY): 30, pattern(WHOLE, SAME): 100}, 268_000)
    assert of(learned, "person").u[level(NAMES_ONLY)] > 1.1 * PERSON.u[level(NAMES_ONLY)]
    assert learned.probabilities(patterns({pattern(NAMES_ONLY): 1}))[0] < 0.9


def test_share_of_pairs_that_are_of_one_person_is_learned() -> None:
    assert 2e-5 < learned_of({pattern(WHOLE, SAME): 5_000}, 2e8).matching < 3e-5


@pytest.mark.parametrize("made", [token_model.witnesses(), field_model.witnesses()], ids=["tokens", "fields"])
def test_levels_of_every_witness_sum_to_one(made: tuple[Witness, ...]) -> None:
    for witness in made:
        assert witness.m.sum() == pytest.approx(1)
        assert (witness.m > 0).all()
        if witness.u.any():  # what chance does is not in every table
            assert witness.u.sum() == pytest.approx(1, abs=1e-4)
    for witness in learned_of({pattern(NAMES_ONLY): 100_000}, 2e8).witnesses:
        assert witness.m.sum() == pytest.approx(1)
        assert witness.u.sum() == pytest.approx(1, abs=1e-4)
        assert (witness.u > 0).all()


def test_more_that_agrees_never_weighs_less() -> None:
    learned = learned_of({pattern(WHOLE, SAME): 5_000}, 2e8)
    told = [WHOLE, (0, 3, 0), NAMES_ONLY, NOTHING]
    chances = learned.probabilities(patterns({pattern(each): 1 for each in told})).tolist()
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.999
    assert chances[-1] < 1e-6


@pytest.mark.parametrize("pairs", [250_000, 2e8])
def test_another_number_alone_never_vetoes(pairs: float) -> None:
    """Of a small month and of twenty thousand reports: the same name, birth and place under another number."""
    met = {pattern(WHOLE): pairs / 5e4, pattern(WHOLE, SAME): pairs / 5e5}
    learned = learned_of(met, pairs)
    [bits] = [of(learned, "number").m[OTHER] / of(learned, "number").u[OTHER]]
    assert np.log2(bits) > -6
    assert learned.probabilities(patterns({pattern(WHOLE, OTHER): 1}))[0] > 0.9


def test_another_age_band_or_gender_alone_never_vetoes() -> None:
    """However surely chance is known: one slip is always possible."""
    chance = {
        (SILENT, SILENT, *NOTHING, gender, band): how_many
        for gender, band, how_many in ((0, 0, 3e5), (0, 1, 3e5), (1, 0, 2e5), (1, 1, 2e5))
    }
    met = {(SILENT, SILENT, *WHOLE, 0, 0): 10_000.0}
    learned = learned_of(met, 2e8, chance)
    told = {(SILENT, SILENT, *WHOLE, *more): 1.0 for more in ((OTHER, SAME), (SAME, OTHER))}
    assert (learned.probabilities(patterns(told)) > 0.995).all()


def test_probabilities_are_those_of_a_world_whose_truth_is_known() -> None:
    """Pairs drawn from levels that are not the table's. In every bin of probability the share of pairs that truly are
    of one person is near what is said."""
    pairs, of_one = 2e8, 6_000
    truth = _truth()
    met: dict[Place, float] = {}
    true: dict[Place, float] = {}
    for place, one, two in truth:
        true[place] = of_one * one
        met[place] = of_one * one + (pairs - of_one) * two
    blocked = {
        place: how_many for place, how_many in met.items() if place[:5] != (*place[:2], *NOTHING) or 0 in place[:2]
    }
    chance = {place: 1e6 * two for place, _one, two in truth}
    learned = learned_of(blocked, pairs, chance)
    said = learned.probabilities(patterns(blocked))
    really = np.array([true[place] for place in blocked])
    held = np.array(list(blocked.values()))
    for low, high in ((0.05, 0.3), (0.3, 0.7), (0.7, 0.95), (0.95, 0.995), (0.995, 1.0)):
        inside = (said >= low) & (said < high)
        share = really[inside].sum() / held[inside].sum()
        mean = (said * held)[inside].sum() / held[inside].sum()
        assert abs(share - mean) < 0.12, (low, high, share, mean)
    assert really[said >= 0.995].sum() / held[said >= 0.995].sum() > 0.99
    assert 0.8 < learned.matching * pairs / of_one < 1.25


def _truth() -> list[tuple[Place, float, float]]:
    """Each pattern with how often two reports of one person, and of two, stand so. Both probabilities of the levels
    are another mixture than the table's: fewer whole agreements, namesakes more common."""
    number, phone = (next(each for each in WITNESSES if each.name == name) for name in ("number", "phone"))
    level_of = {level(each): each for each in product((4, 3, 2, 1, 0, -1), (7, 6, 5, 4, 3, 2, 1, 0), (1, 0))}
    level_of[level(NOTHING)] = NOTHING
    one = {at: PERSON.m[at] * (0.7 if place == WHOLE else 1.0) for at, place in level_of.items()}
    two = {at: PERSON.u[at] * (2.0 if place != NOTHING else 1.0) for at, place in level_of.items()}
    two[level(NOTHING)] = 0.0
    two[level(NOTHING)] = 1 - sum(two.values())
    whole = sum(one.values())
    found = []
    for n, p, at in product((SILENT, SAME, OTHER), (SILENT, SAME, OTHER), level_of):
        heard = [_said(number, n, 0.8), _said(phone, p, 0.7)]
        found.append(
            (
                (n, p, *level_of[at], SILENT, SILENT),
                heard[0][0] * heard[1][0] * one[at] / whole,
                heard[0][1] * heard[1][1] * two[at],
            )
        )
    return found


def _said(witness: Witness, place: int, silence: float) -> tuple[float, float]:
    if place == SILENT:
        return silence, silence
    return (1 - silence) * float(witness.m[place]), (1 - silence) * float(witness.u[place])
