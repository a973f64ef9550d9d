"""Reports of invented people, linked by filters alone: as surely as is said, and whatever their order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import linking_ours, linking_people
from exchange.merge.linking.filtering import link_filters, score_filters

ROLES = {"name": "full_name", "birth": "dob", "year": "birth_year", "place": "regency", "sex": "sex",
         "number": "nik", "phone": "phone"}  # fmt: skip


@pytest.fixture(scope="module")
def people() -> tuple[pa.Table, np.ndarray]:
    table = linking_people.generate(1500, 51, linking_people.MIDDLE)
    truth = np.unique(table["cluster"].to_numpy(), return_inverse=True)[1]
    return linking_ours.filters_of_table(table.drop(columns="cluster"), ROLES), truth


def test_probabilities_of_filters_are_honest(people: tuple[pa.Table, np.ndarray]) -> None:
    """In every bin the share of pairs that truly are of one person is near what is said."""
    rows, truth = people
    found = score_filters(rows, 0.05).pairs
    left, right, said = (np.asarray(found.column(name)) for name in ("l", "r", "probability"))
    really = truth[left] == truth[right]
    for low, high in ((0.05, 0.5), (0.5, 0.9), (0.9, 0.995)):
        inside = (said >= low) & (said < high)
        assert inside.sum() > 20
        assert really[inside].mean() >= said[inside].mean() - 0.2, (low, high)
    assert really[said >= 0.995].mean() > 0.99
    assert abs(said.sum() - really.sum()) < 0.15 * really.sum()


def test_hardly_a_link_through_filters_hangs_on_the_order_of_rows(people: tuple[pa.Table, np.ndarray]) -> None:
    rows, _truth = people
    order = np.random.default_rng(3).permutation(rows.num_rows)
    there, moved = link_filters(rows), link_filters(rows.take(order))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.asarray(moved)
    groups = np.unique(np.stack([np.asarray(there), back]), axis=1).shape[1]
    persons = len(np.unique(np.asarray(there)))
    assert abs(groups - persons) <= 0.02 * persons


def test_rows_of_which_nothing_is_known_are_persons_of_their_own(people: tuple[pa.Table, np.ndarray]) -> None:
    rows, _truth = people
    nothing = pa.table({name: pa.nulls(3, rows.schema.field(name).type) for name in rows.column_names})
    persons = np.asarray(link_filters(pa.concat_tables([rows.slice(0, 300), nothing])))
    assert len(np.unique(persons[-3:])) == 3
    assert not set(persons[-3:].tolist()) & set(persons[:-3].tolist())
