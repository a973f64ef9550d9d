"""What `full_domain` finds is the best of all nodes: every node of small lattices is counted here, in another way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.anonymise.lattices import Case, Group, Node, cases, groups, lost, nodes

from exchange.agreements.strict_yaml import read
from exchange.errors import DisclosureError
from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.full_domain.search import full_domain
from exchange.protect.anonymise.loss import measured
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.plan import LossName, Plan
from exchange.protect.anonymise.recoded import Recoded
from exchange.protect.anonymise.table.coding import coded, ladders_of
from exchange.protect.anonymise.table.reading import read_table

LOSSES: tuple[LossName, ...] = ("ncp", "non_uniform_entropy", "discernibility", "average_group_size")
ADULT = Path(__file__).parents[3].parent / "shared" / "bench" / "anonymise"

any_loss = st.sampled_from(LOSSES)


def found(case: Case) -> Recoded | None:
    coded, asked = case.coded, case.plan.protect
    return full_domain(coded, Judge(coded, asked), asked.loss, case.most_suppressed)


def held(case: Case, of_row: list[Group], judge: Judge) -> set[Group]:
    """The groups that hold. Only k is counted here: the other models are the judge's, which has its own tests."""
    if judge.only_k:
        return {group for group, size in Counter(of_row).items() if size >= judge.k}
    kinds = sorted(set(of_row))
    of_value = dict(zip(case.rows, of_row, strict=True))
    values = [case.coded.quasi[place].values for place in range(len(case.ladders))]
    of_combination = [
        kinds.index(of_value[tuple(values[place][number] for place, number in enumerate(combination))])
        for combination in case.coded.combinations.tolist()
    ]
    keeps = judge.holds(np.array(of_combination, dtype=np.int32), len(kinds))
    return {kind for kind, keep in zip(kinds, keeps, strict=True) if keep}


def every_node(case: Case) -> list[tuple[Fraction | float, int, Node]]:
    """Loss, suppressed rows and levels of each node that suppresses no more than it may."""
    judge = Judge(case.coded, case.plan.protect)
    allowed: list[tuple[Fraction | float, int, Node]] = []
    for node in nodes(case):
        of_row = groups(case, node)
        hold = held(case, of_row, judge)
        suppressed = sum(group not in hold for group in of_row)
        if suppressed <= case.most_suppressed:
            allowed.append((lost(case, of_row, hold, node), suppressed, node))
    return allowed


@pytest.mark.parametrize("only_k", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_node_of_the_lattice_loses_less(loss: LossName, only_k: bool, data: st.DataObject) -> None:
    case = data.draw(cases(loss, only_k=only_k))
    allowed, recoded = every_node(case), found(case)
    if recoded is None:
        assert not allowed
        return
    least = min(loss for loss, _suppressed, _node in allowed)
    assert recoded.levels is not None
    assert measured(case.coded, recoded, case.plan.protect.k, loss) == pytest.approx(float(least), abs=1e-9)
    equal = [(suppressed, node) for loss, suppressed, node in allowed if loss == pytest.approx(least, abs=1e-13)]
    assert recoded.levels == min(equal)[1], "of equal nodes the one that suppresses fewest, then the finest"


@given(data=st.data(), loss=any_loss)
@settings(max_examples=40, deadline=None)
def test_each_combination_has_the_labels_of_its_node_and_only_groups_that_hold_are_kept(
    data: st.DataObject, loss: LossName
) -> None:
    case = data.draw(cases(loss))
    recoded = found(case)
    if recoded is None or recoded.levels is None:
        return
    of_row = groups(case, recoded.levels)
    group = dict(zip(case.rows, of_row, strict=True))
    hold = held(case, of_row, Judge(case.coded, case.plan.protect))
    quasi = case.coded.quasi
    for combination, numbers, kept in zip(
        case.coded.combinations.tolist(), recoded.numbers.tolist(), recoded.kept.tolist(), strict=True
    ):
        row = tuple(quasi[place].values[value] for place, value in enumerate(combination))
        labels = [recoded.labels[place][number] for place, number in enumerate(numbers)]
        assert tuple(label.text for label in labels) == group[row]
        assert all(value in label.covers for value, label in zip(combination, labels, strict=True))
        assert kept == (group[row] in hold)


@given(data=st.data(), loss=any_loss)
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_changes_nothing(data: st.DataObject, loss: LossName) -> None:
    case = data.draw(cases(loss))
    order = data.draw(st.permutations(range(len(case.rows))))
    turned = replace(
        case,
        rows=tuple(case.rows[place] for place in order),
        illness=tuple(case.illness[place] for place in order),
        house=tuple(case.house[place] for place in order),
    )
    one, other = found(case), found(turned)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.levels == other.levels
        assert one.numbers.tolist() == other.numbers.tolist()
        assert one.kept.tolist() == other.kept.tolist()


def test_a_wide_table_has_more_nodes_than_can_be_counted_and_still_an_optimum() -> None:
    """40 quasi-identifiers of 4 values: 3^40 nodes, and more combinations than 63 bits can number."""
    ladder = tuple((f"v{value}", f"half {value // 2}", "*") for value in range(4))
    rows = tuple(tuple(f"v{(row * (row + place)) % 2}" for place in range(40)) for row in range(12))
    case = Case(
        {f"q{place}": ladder for place in range(40)},
        (1.0,) * 40,
        rows,
        ("a",) * 12,
        ("1",) * 12,
        {"k": 12, "method": "full_domain", "loss": "ncp"},
        0,
    )
    recoded = found(case)
    assert recoded is not None
    assert recoded.levels == tuple(int(len({row[place] for row in rows}) > 1) for place in range(40))


@pytest.fixture(scope="module")
def adult() -> tuple[Plan, Coded]:
    if not ADULT.is_dir():
        pytest.skip("the table of the benchmark is not beside the repository")
    head = (ADULT / "adult.csv").read_text(encoding="utf-8").splitlines()[0].split(";")
    fields = "\n".join(f"  {name}: {{class: quasi, ladder: adult_hierarchy_{name}.csv}}" for name in head)
    text = f'plan: 1\ninput: {{separator: ";"}}\nfields:\n{fields}\nprotect: {{k: 5, method: full_domain}}\n'
    plan = read(text, Plan, "plan.yaml", DisclosureError, prefix="plan")
    return plan, coded(read_table(ADULT / "adult.csv", plan), plan, ladders_of(plan, ADULT))[0]


@pytest.mark.parametrize(
    ("percent", "suppressed", "ncp"), [(0, 0, 0.6355), (2, 506, 0.3575), (5, 1346, 0.2696), (10, 2553, 0.2277)]
)
def test_the_optimum_of_adult_is_the_one_that_arx_finds(
    adult: tuple[Plan, Coded], percent: int, suppressed: int, ncp: float
) -> None:
    """12,960 nodes; the figures are those of ARX 3.9.2 and of a search of every node."""
    plan, table = adult
    recoded = full_domain(table, Judge(table, plan.protect), "ncp", table.rows * percent // 100)
    assert recoded is not None
    assert int(table.counts[~recoded.kept].sum()) == suppressed
    assert measured(table, recoded, 5, "ncp") == pytest.approx(ncp, abs=5e-5)


# The least of all 12,960 nodes, each counted on its own.
@pytest.mark.parametrize(
    ("loss", "percent", "least"),
    [
        ("non_uniform_entropy", 5, 0.47892758746559577),
        ("discernibility", 5, 0.007936889047491357),
        ("average_group_size", 2, 9.353144654088052),
    ],
)
def test_the_optimum_of_adult_by_the_other_losses(
    adult: tuple[Plan, Coded], loss: LossName, percent: int, least: float
) -> None:
    plan, table = adult
    recoded = full_domain(table, Judge(table, plan.protect), loss, table.rows * percent // 100)
    assert recoded is not None
    assert measured(table, recoded, 5, loss) == pytest.approx(least, rel=1e-9)
