"""The store takes every bundle once, in any order, and lets go of what was corrected or withdrawn."""

from __future__ import annotations

import datetime as dt
import itertools
import stat
from pathlib import Path

import pytest
from merge.received import KEY, START, bundle, bundle_id, told_tokens

from exchange.bundle.contents import Contents
from exchange.errors import MergeError
from exchange.merge.store import Applied, Store
from exchange.protect.protected import Cell, ReleasedTable

ANA = {"x_CaseRef": "pana00001", "prs_Gender": "Feminine", "vic_TypeOfExploitation": "ForcedLabour;Servitude"}
BEN = {"x_CaseRef": "pben00001", "prs_Gender": "Masculine", "vic_TypeOfExploitation": "SUPPRESSED"}
ANA_TOKENS = {"pana00001": {"nik": "tokenofana", "name_dob": "othertokenofana"}}
SEPTEMBER = bundle("september", [ANA, BEN], tokens=ANA_TOKENS)
CORRECTED = bundle("corrected", [{**ANA, "prs_Gender": "NonConforming"}, BEN], replaces="september", tokens=ANA_TOKENS)
AGAIN = bundle("corrected again", [ANA], replaces="corrected")
OCTOBER = bundle("october", [ANA], period="2026-10")
ELSEWHERE = bundle("september", [ANA], sender="rpk", agreement="DSA-2")  # another sender, the same bundle id


def state(store: Store) -> list[tuple[str, str, str, list[dict[str, str]], int]]:
    return [
        (
            s.metadata.sender.id,
            s.metadata.period,
            s.metadata.bundle,
            [] if s.rows is None else s.rows.to_pylist(),
            len(s.tokens),
        )
        for s in store.segments()
    ]


def applied(folder: Path, *those: Contents) -> list[tuple[str, str, str, list[dict[str, str]], int]]:
    with Store.open(folder, KEY) as store:
        for number, each in enumerate(those):
            store.apply(each, START + dt.timedelta(hours=number))
        return state(store)


def test_rows_tokens_tables_and_metadata_come_back_as_they_were(tmp_path: Path) -> None:
    table = ReleasedTable(("prs_Gender",), (Cell(("Feminine",), 7), Cell(("*",), None)))
    with_tables = bundle("september", [ANA, BEN], tokens=ANA_TOKENS, tables=(table,))
    with Store.open(tmp_path / "store", KEY) as store:
        assert store.apply(with_tables, START) == Applied(bundle_id("september"), rows=2, tokens=2)
    with Store.open(tmp_path / "store", KEY) as store:
        (found,) = store.segments()
    assert found.rows.equals(with_tables.rows)
    assert told_tokens(found) == {*with_tables.tokens}
    assert (found.tables, found.metadata) == ((table,), with_tables.metadata)
    assert found.received == START


def test_bundle_of_tables_alone_is_kept(tmp_path: Path) -> None:
    table = ReleasedTable(("prs_Gender",), (Cell(("Feminine",), 7),))
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(bundle("q3", None, tables=(table,)), START)
        (found,) = store.segments()
        assert (found.rows, found.tables) == (None, (table,))
        assert len(store.records()) == 0


def test_month_without_cases_is_kept(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        assert store.apply(bundle("nil", []), START).rows == 0
        assert len(store.segments()) == 1


def test_bundle_applied_twice_changes_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        before, generation = state(store), store.generation
        assert store.apply(SEPTEMBER, START + dt.timedelta(days=9)).already_there
        assert (state(store), store.generation) == (before, generation)


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_order_of_bundles_changes_nothing(tmp_path: Path, order: tuple[int, ...]) -> None:
    everything = (SEPTEMBER, CORRECTED, AGAIN, OCTOBER, ELSEWHERE)
    found = applied(tmp_path / "store", *(everything[n] for n in order))
    assert found == applied(tmp_path / "other", OCTOBER, ELSEWHERE, AGAIN)


def test_correction_takes_the_place_of_what_it_corrects(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        assert store.apply(CORRECTED, START).replaced == bundle_id("september")
        assert store.apply(SEPTEMBER, START).superseded
        assert [s.metadata.bundle for s in store.segments()] == [bundle_id("corrected")]


def test_two_corrections_of_one_bundle_are_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        for each in (SEPTEMBER, CORRECTED):
            store.apply(each, START)
        before = state(store)
        with pytest.raises(MergeError) as refused:
            store.apply(bundle("rival", [ANA], replaces="september"), START)
        assert refused.value.codes == ("store.corrected_twice",)
        assert state(store) == before


def test_sender_cannot_correct_the_bundle_of_another(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        intruder = bundle("intruder", [BEN], sender="rpk", agreement="DSA-2", replaces="september")
        assert store.apply(intruder, START).replaced is None
        assert len(store.segments()) == 2


def test_withdrawn_report_is_in_no_segment_and_stays_away(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        store.apply(OCTOBER, START)
        assert store.withdraw("yks", "DSA-1", "pana00001") == 2
        assert store.withdraw("yks", "DSA-1", "pana00001") == 0
        assert store.apply(CORRECTED, START).withdrawn == 1
        assert store.apply(ELSEWHERE, START).withdrawn == 0  # the pseudonym of another sender names another person
        for segment in store.segments():
            if segment.metadata.sender.id == "yks":
                assert "pana00001" not in str(segment.rows.to_pydict())
                assert "tokenofana" not in str(segment.tokens.to_pydict())
                assert b"pana00001" not in segment.to_bytes()


def test_withdrawal_that_comes_before_the_bundle_holds(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        assert store.withdraw("yks", "DSA-1", "pana00001") == 0
        assert store.apply(SEPTEMBER, START) == Applied(bundle_id("september"), rows=1, withdrawn=1)


def test_nothing_readable_lies_on_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with Store.open(folder, KEY) as store:
        store.apply(SEPTEMBER, START)
        store.keep("people", b"tokenofana again")
        store.withdraw("yks", "DSA-1", "pben00001")
        bytes_on_disk = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    bytes_on_disk += b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    for text in ("pana00001", "pben00001", "Feminine", "ForcedLabour", "tokenofana", "yks", bundle_id("september")):
        assert text.encode() not in bytes_on_disk, text


def test_everything_is_private_to_its_owner(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "store").rglob("*") if p.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700


def test_records_say_where_each_report_came_from(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        store.apply(ELSEWHERE, START)
        store.apply(
            bundle("thin", [{"x_CaseRef": "r1", "cas_Status": "Closed"}], sender="jkm", key_rule="row_key"), START
        )
        records = store.records()
    assert records.reports.column("source").to_pylist() == ["jkm", "rpk", "yks", "yks"]
    assert records.values.column("cas_Status").to_pylist() == ["Closed", None, None, None]
    assert records.values.column("prs_Gender").to_pylist() == [None, "Feminine", "Feminine", "Masculine"]
    assert records.reports.column("case").to_pylist() == [
        None,
        "rpk DSA-2 pana00001",
        "yks DSA-1 pana00001",
        "yks DSA-1 pben00001",
    ]
    assert records.tokens.column("report").to_pylist() == [2, 2]
    assert "SUPPRESSED" in records.missing
    assert records.lists == {"vic_TypeOfExploitation"}


def test_a_withdrawal_under_one_agreement_leaves_what_came_under_another(tmp_path: Path) -> None:
    """Consent is withdrawn for an agreement; a pseudonym that is the same by chance is somebody else's."""
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(bundle("a", [{"x_CaseRef": "pana00001"}]), START)
        store.apply(bundle("b", [{"x_CaseRef": "pana00001"}], agreement="DSA-2"), START)
        assert store.withdraw("yks", "DSA-1", "pana00001") == 1
        assert {each.metadata.agreement.id: each.row_count for each in store.segments()} == {"DSA-1": 0, "DSA-2": 1}


def test_what_was_destroyed_stays_away_and_can_only_be_replaced(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        (held,) = store.holdings()
        assert (held.bundle, held.reports, held.received) == (bundle_id("september"), 2, START)
        for _time in range(2):
            store.dispose("yks", "DSA-1", bundle_id("september"))
        assert store.apply(SEPTEMBER, START) == Applied(bundle_id("september"), disposed=True)
        assert store.segments() == store.holdings() == ()
        assert store.apply(CORRECTED, START).rows == 2
        assert store.apply(ELSEWHERE, START).rows == 1  # the same id of another sender


def test_a_damaged_segment_is_destroyed_all_the_same(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        for each in (SEPTEMBER, OCTOBER):
            store.apply(each, START)
        for file in (tmp_path / "store/segments").iterdir():
            file.write_bytes(b"damaged")
        assert [each.reports for each in store.holdings()] == [None, None]
        store.dispose("yks", "DSA-1", bundle_id("september"))
        assert [each.bundle for each in store.holdings()] == [bundle_id("october")]
