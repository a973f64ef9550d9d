"""The merged view: the same whatever came first, every value with its source, nobody in it who withdrew."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from merge.months import groups
from merge.received import KEY, START, bundle

from exchange.bundle.contents import Contents
from exchange.merge.merging import merge
from exchange.merge.people import Merged
from exchange.merge.store import Store

KINDS = ("nik", "phone_name", "name_dob", "name_year_regency", "name2_regency", "dob_regency_sex")
HOUR = dt.timedelta(hours=1)


def whole(person: int) -> dict[str, str]:
    return {kind: f"{kind} of {person}" for kind in KINDS}


def report(key: str, **fields: str) -> dict[str, str]:
    return {"x_CaseRef": key, "prs_Gender": "Feminine", **fields}


def month(name: str, people: Sequence[int], sender: str, **given: str) -> Contents:
    """One report on each of `people`; the key says who it is and where it stands."""
    keys = [f"{sender}{name}p{person}" for person in people]
    rows = [report(key, **given) for key in keys]
    return bundle(
        name, rows, sender=sender, agreement=f"DSA-{sender}", tokens=dict(zip(keys, map(whole, people), strict=True))
    )


def merged_of(folder: Path, *those: tuple[Contents, dt.datetime]) -> Merged:
    with Store.open(folder, KEY) as store:
        for contents, received in those:
            store.apply(contents, received)
        return merge(store)


def partition(merged: Merged) -> set[frozenset[str]]:
    names = merged.reports.column("row_key").to_pylist()
    return {frozenset(each) for each in groups(names, merged.reports.column("person").to_pylist())}


def essence(merged: Merged) -> tuple[object, ...]:
    """All but the random ids: who is with whom, with which values from where."""
    by_person = dict(
        zip(merged.people.column("person").to_pylist(), merged.people.drop_columns(["person"]).to_pylist(), strict=True)
    )
    whence = dict(
        zip(
            merged.sources.column("person").to_pylist(),
            merged.sources.drop_columns(["person"]).to_pylist(),
            strict=True,
        )
    )
    reports = merged.reports.to_pylist()
    told = {
        frozenset(r["row_key"] for r in reports if r["person"] == person): (str(by_person[person]), str(whence[person]))
        for person in by_person
    }
    return told, sorted(str({**r, "person": None}) for r in reports), merged.undecided.num_rows, merged.counts


SEPTEMBER = (month("s", [1, 2, 3], "yks", cas_Status="Active"), START)
OCTOBER = (month("o", [2, 4], "yks", cas_Status="Closed"), START + HOUR)
OTHERS = (month("s", [2, 3, 5], "rpk", cas_Status="UNKNOWN", prs_Gender="Masculine"), START + 2 * HOUR)


def test_order_of_import_and_importing_again_change_nothing(tmp_path: Path) -> None:
    expected = essence(merged_of(tmp_path / "first", SEPTEMBER, OCTOBER, OTHERS))
    for number, order in enumerate(itertools.permutations((SEPTEMBER, OCTOBER, OTHERS))):
        assert essence(merged_of(tmp_path / str(number), *order, *order)) == expected


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_how_reports_are_split_into_bundles_changes_no_person(
    tmp_path_factory: Callable[..., Path], data: st.DataObject
) -> None:
    people = data.draw(st.lists(st.integers(1, 6), min_size=2, max_size=10))
    cut = data.draw(st.integers(0, len(people)))
    keys = [f"r{n}" for n in range(len(people))]
    rows = [report(key) for key in keys]
    tokens = {key: whole(person) for key, person in zip(keys, people, strict=True)}

    def part(name: str, those: slice) -> tuple[Contents, dt.datetime]:
        return bundle(name, rows[those], tokens={key: tokens[key] for key in keys[those]}), START

    folder = tmp_path_factory.mktemp("split")  # type: ignore[attr-defined]  # pytest's factory
    one = merged_of(folder / "one", part("all", slice(None)))
    two = merged_of(folder / "two", part("head", slice(cut)), part("tail", slice(cut, None)))
    assert partition(one) == partition(two)
    assert one.counts.people == len(set(people))


def test_value_chosen_is_the_latest_that_says_something_and_names_its_source(tmp_path: Path) -> None:
    merged = merged_of(tmp_path / "store", SEPTEMBER, OCTOBER, OTHERS)
    person = {r["row_key"]: r["person"] for r in merged.reports.to_pylist()}["yksop2"]
    told = next(row for row in merged.people.to_pylist() if row["person"] == person)
    whence = next(row for row in merged.sources.to_pylist() if row["person"] == person)
    assert (told["reports"], told["sources"]) == (3, "rpk;yks")
    assert (told["cas_Status"], whence["cas_Status"]) == ("Closed", "yks 2026-09")  # rpk came later, and did not know
    assert (told["prs_Gender"], whence["prs_Gender"]) == ("Masculine", "rpk 2026-09")
    disputed = {(c["field"], c["value"]) for c in merged.conflicts.to_pylist() if c["person"] == person}
    assert disputed == {
        ("cas_Status", "Active"), ("cas_Status", "Closed"), ("prs_Gender", "Feminine"), ("prs_Gender", "Masculine"),
    }  # fmt: skip


def test_every_report_stays_as_it_came(tmp_path: Path) -> None:
    merged = merged_of(tmp_path / "store", SEPTEMBER, OCTOBER, OTHERS)
    for contents, received in (SEPTEMBER, OCTOBER, OTHERS):
        came = {row["x_CaseRef"]: row for row in contents.rows.to_pylist()}
        kept = [
            r
            for r in merged.reports.to_pylist()
            if r["release"] == contents.metadata.bundle and r["source"] == contents.metadata.sender.id
        ]
        assert len(kept) == len(came)
        for each in kept:
            assert all(each[name] == came[each["row_key"]][name] for name in merged.fields)
            assert each["received"] == received


def test_pseudonyms_are_keys_and_not_values_of_a_person(tmp_path: Path) -> None:
    assert "x_CaseRef" not in merged_of(tmp_path / "store", SEPTEMBER).fields


def test_one_case_in_two_months_is_one_person_without_any_token(tmp_path: Path) -> None:
    first, later = (bundle(name, [report("pana1")], period=p) for name, p in (("a", "2026-09"), ("b", "2026-10")))
    assert merged_of(tmp_path / "store", (first, START), (later, START)).counts.people == 1


def test_withdrawn_person_is_in_no_output(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        for contents, received in (SEPTEMBER, OCTOBER, OTHERS):
            store.apply(contents, received)
        before = merge(store)
        assert store.withdraw("yks", "DSA-yks", "yksop4") == 1
        after = merge(store)
    assert after.counts.people == before.counts.people - 1
    assert "yksop4" not in str(after.reports.to_pydict())
    gone = set(before.people.column("person").to_pylist()) - set(after.people.column("person").to_pylist())
    assert len(gone) == 1


def ids(merged: Merged) -> dict[str, str]:
    return {r["row_key"]: r["person"] for r in merged.reports.to_pylist()}


def test_person_keeps_the_id_when_more_arrives_and_when_a_month_is_corrected(tmp_path: Path) -> None:
    keys = {f"new{n}": whole(n) for n in (1, 2, 3)}
    corrected = bundle(
        "fix",
        [report(k) for k in keys],
        sender="yks",
        agreement="DSA-yks",
        replaces="s",
        tokens=keys,
        key_rule="row_key",
    )
    gated = bundle("s", [report(f"old{n}") for n in (1, 2, 3)], sender="yks", agreement="DSA-yks",
                   tokens={f"old{n}": whole(n) for n in (1, 2, 3)}, key_rule="row_key")  # fmt: skip
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(gated, START)
        first = ids(merge(store))
        store.apply(OTHERS[0], START)
        second = ids(merge(store))
        store.apply(corrected, START)
        third = ids(merge(store))
    assert {key: second[key] for key in first} == first
    assert [third[f"new{n}"] for n in (1, 2, 3)] == [first[f"old{n}"] for n in (1, 2, 3)]


def test_merging_again_changes_nothing_in_the_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(*SEPTEMBER)
        first, generation = ids(merge(store)), store.generation
        assert ids(merge(store)) == first
        assert store.generation == generation


def test_merges_and_splits_of_people_are_recorded(tmp_path: Path) -> None:
    left = {kind: f"{kind} of 1" for kind in ("nik", "name_dob")}
    right = {kind: f"{kind} of 1" for kind in ("phone_name", "dob_regency_sex")}
    apart = bundle("a", [report("left"), report("right")], tokens={"left": left, "right": right})
    bridge = bundle("b", [report("bridge")], sender="rpk", agreement="DSA-2", tokens={"bridge": whole(1)})
    nothing = bundle("c", [], sender="rpk", agreement="DSA-2", replaces="b")
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(apart, START)
        before = ids(merge(store))
        store.apply(bridge, START)
        bridged = merge(store)
        store.apply(nothing, START)
        after = merge(store)
    assert before["left"] != before["right"]
    assert bridged.counts.people == 1
    assert [change.kind for change in bridged.changes] == ["merged"]
    assert after.counts.people == 2
    assert [change.kind for change in after.changes] == ["merged", "split"]
    assert set(ids(after).values()) & set(before.values())


def test_group_beyond_reason_is_held_and_counted_in_its_parts(tmp_path: Path) -> None:
    """Forty reports in a chain, each linked to the next by two tokens: nobody is forty people."""
    tokens = {
        f"c{n}": {"name_dob": f"d{n // 2}", "dob_regency_sex": f"s{n // 2}", "nik": f"n{(n + 1) // 2}"}
        for n in range(40)
    }
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(bundle("chain", [report(key) for key in tokens], tokens=tokens), START)
        merged = merge(store)
    assert merged.counts.held > 0
    assert max(merged.people.column("reports").to_pylist()) <= 25


def test_empty_store_has_nobody(tmp_path: Path) -> None:
    merged = merged_of(tmp_path / "store")
    assert (merged.counts.reports, merged.counts.people) == (0, 0)
