"""Bundles as the demo's sender makes them, packed and read as on the real road, in a recipient's store."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundle.months import bundle_of
from merge.received import KEY, START

from exchange.bundle.contents import read_contents
from exchange.merge.counts import count_people
from exchange.merge.merging import merge
from exchange.merge.store import Store


@pytest.mark.parametrize(("recipient", "erased"), [("io-id", 1), ("gt-ntt", 0)])
def test_rows_arrive_with_their_key_tokens_and_fields_of_several_codes(
    tmp_path: Path, recipient: str, erased: int
) -> None:
    contents = read_contents(bundle_of(recipient))
    with Store.open(tmp_path / "store", KEY) as store:
        applied = store.apply(contents, START)
        merged = merge(store)
        assert (applied.rows, applied.tokens) == (contents.rows.num_rows, len(contents.tokens))
        assert 0 < merged.counts.people <= merged.counts.reports == applied.rows
        assert "vic_TypeOfExploitation" in merged.lists
        assert "x_CaseRef" not in merged.fields
        key = contents.rows.column("x_CaseRef")[0].as_py()
        assert store.withdraw("yks", contents.metadata.agreement.id, key) == erased  # a row key is no pseudonym
        assert merge(store).counts.reports == applied.rows - erased
    (table,) = count_people(merged, [("vic_TypeOfExploitation", "prs_Gender")], min_cell=11).tables
    assert all(cell.count is None or cell.count >= 11 for cell in table.cells)


def test_tables_of_a_statistics_office_are_kept(tmp_path: Path) -> None:
    contents = read_contents(bundle_of("dinas-p3a"))
    with Store.open(tmp_path / "store", KEY) as store:
        assert store.apply(contents, START).rows == 0
        (segment,) = store.segments()
        assert (segment.rows, segment.tables) == (None, contents.tables)
        assert merge(store).counts.people == 0
