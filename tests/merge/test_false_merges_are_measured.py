"""How often links are wrong: a random sample that hardly changes, and an interval that others have computed too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge.test_decisions_hold import SEED, Edge, linked, name, of_reports, word

from exchange.merge.decisions import Decisions, FalseMergeRate
from exchange.merge.false_merges import SAMPLE, false_merge_rate, false_merges, measured_rate, sample
from exchange.merge.grouping import group
from exchange.merge.identities import Identities
from exchange.merge.merging import Grouped
from exchange.merge.pairs import EVERY, to_review

MANY: list[Edge] = [(at, at + 1, 0.999) for at in range(0, 2000, 2)]


@pytest.mark.parametrize(
    ("reviewed", "wrong", "low", "high"),
    [  # binom.test of R 4.2
        (10, 0, 0.0, 0.3084971),
        (10, 1, 0.002528579, 0.445016117),
        (100, 0, 0.0, 0.036216693),
        (100, 3, 0.006229972, 0.085176053),
        (20, 20, 0.831566533, 1.0),
    ],
)
def test_interval_is_that_of_clopper_and_pearson(reviewed: int, wrong: int, low: float, high: float) -> None:
    rate = measured_rate(reviewed, wrong)
    assert (rate.low, rate.high) == (pytest.approx(low, abs=1e-7), pytest.approx(high, abs=1e-7))


@given(st.integers(1, 300), st.data())
def test_interval_holds_what_was_seen(reviewed: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(0, reviewed))
    rate = measured_rate(reviewed, wrong)
    assert 0 <= rate.low <= wrong / reviewed <= rate.high <= 1


def test_sample_is_random_stays_and_hardly_changes_when_links_come() -> None:
    known = Identities.of_reports(of_reports(list(range(2002))))
    drawn = sample(linked(MANY), known, SEED)
    assert len(set(drawn)) == SAMPLE
    assert drawn == sample(linked(MANY), known, SEED)
    assert drawn != sample(linked(MANY), known, "5f" * 32)
    fewer = sample(linked(MANY[:950]), known, SEED)
    assert len(set(drawn) & set(fewer)) >= SAMPLE - 20
    assert sample(linked(MANY), known, "") == ()


def test_every_link_is_as_likely_to_be_drawn() -> None:
    """Over many seeds each of twenty links is in a sample of five about as often."""
    known = Identities.of_reports(of_reports(list(range(40))))
    links = linked([(at, at + 1, 0.999) for at in range(0, 40, 2)])
    found = dict.fromkeys(range(0, 40, 2), 0)
    for seed in range(400):
        for left, _right in sample(links, known, f"{seed * 0x9E3779B97F4A7C15 % 2**64:016x}" * 4, size=5):
            found[int(left, 16)] += 1
    assert all(60 <= times <= 140 for times in found.values())  # 100 ± 4.6 standard deviations


def grouped_of(decisions: Decisions, edges: list[Edge], reports: int) -> Grouped:
    records, links = of_reports(list(range(reports))), linked(edges)
    return Grouped(records, links, group(records, links, decisions), decisions, Identities.of_reports(records))


def test_only_blind_words_on_the_sample_measure_and_a_wrong_link_stays_measured_when_it_is_cut() -> None:
    decisions = Decisions(seed=SEED)
    edges: list[Edge] = [(0, 1, 0.999), (2, 3, 0.999), (4, 5, 0.999), (6, 7, 0.8)]
    assert false_merge_rate(linked(edges), Identities.of_reports(of_reports(list(range(8)))), decisions) is None
    for at, verdict, sampled in (
        (0, "different", True),
        (2, "same", True),
        (4, "same", False),
        (6, "different", False),
    ):
        decisions = decisions.with_word(word(at, at + 1, verdict, sampled=sampled, blind=sampled))  # type: ignore[arg-type]
    found = grouped_of(decisions, edges, 8)
    rate = false_merge_rate(found.links, found.known, decisions)
    assert rate is not None
    assert (rate.reviewed, rate.wrong) == (2, 1)
    assert found.groups.group_of[0] != found.groups.group_of[1]


def test_the_sample_stands_among_the_others_where_nobody_can_tell() -> None:
    edges: list[Edge] = [
        *((at, at + 1, 0.999) for at in range(0, 20, 2)),
        *((at, at + 1, 0.7) for at in range(20, 60, 2)),
    ]
    found = grouped_of(Decisions(seed=SEED), edges, 60)
    pairs = list(to_review(found, "a"))
    assert pairs == list(to_review(found, "b"))
    assert len(pairs) == 30
    for first in range(0, 25, EVERY):
        assert sum(each.sampled for each in pairs[first : first + EVERY]) == 1
    seen = found.decisions.with_word(word(20, 21, "unsure", "a"))
    after = [each.identities for each in to_review(grouped_of(seen, edges, 60), "a")]
    assert (name(20), name(21)) not in after
    assert (name(20), name(21)) in [each.identities for each in to_review(grouped_of(seen, edges, 60), "b")]


def test_pairs_that_change_the_counts_most_come_first() -> None:
    """A doubt between two groups of three goes before one between single reports, and an even chance before a likely
    one; of the pairs between two groups one is asked."""
    edges: list[Edge] = [
        (0, 1, 0.999), (1, 2, 0.999), (3, 4, 0.999), (4, 5, 0.999), (2, 3, 0.9), (0, 5, 0.8),
        (6, 7, 0.55), (8, 9, 0.99),
    ]  # fmt: skip
    found = grouped_of(Decisions(), edges, 10)
    asked = [tuple(int(each, 16) for each in pair.identities) for pair in to_review(found, "a")]
    assert asked == [(0, 5), (6, 7), (8, 9)]


def test_not_measured_is_said() -> None:
    assert "not measured" in false_merges(None)
    assert "of 100 links that people looked at, 3 were wrong; of all links 0.6 to 8.5 %" in false_merges(
        FalseMergeRate(100, 3, 0.006229972, 0.085176053)
    )
