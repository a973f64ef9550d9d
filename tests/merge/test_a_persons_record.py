"""Of several values the recipient's own rule takes one; the others stay; sensitive sources count and are not shown."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from merge.received import KEY, MISSING, START, bundle

from exchange.bundle.contents import Contents
from exchange.bundle.metadata import Identified, Metadata
from exchange.errors import MergeError
from exchange.merge.chosen.choosing import exactness
from exchange.merge.chosen.rules import MergingRules, read_rules
from exchange.merge.export import export
from exchange.merge.grouping import Groups
from exchange.merge.merging import merge
from exchange.merge.people import Merged, view
from exchange.merge.records import Records, records_of
from exchange.merge.segment import Segment
from exchange.merge.store import Store

HOUR = dt.timedelta(hours=1)
TOKENS = {"nik": "n", "name_dob": "d", "name_year_regency": "y"}
NO_PAIRS = pa.schema(
    [("left", pa.int32()), ("right", pa.int32()), ("probability", pa.float64()), ("agreed", pa.string())]
).empty_table()


def told(source: str, hours: int, period: str = "2026-09", level: str = "", **fields: str) -> tuple[Contents, int]:
    """What a source told of the one person whom all know, received so many hours after the start."""
    row = {"x_CaseRef": f"{source}{hours}", **fields}
    levels = dict.fromkeys(fields, level)
    made = bundle(
        f"{source}{hours}", [row], sender=source, agreement=f"DSA-{source}", period=period,
        tokens={row["x_CaseRef"]: TOKENS}, levels=levels,
    )  # fmt: skip
    return made, hours


def merged(folder: Path, rules: MergingRules, *those: tuple[Contents, int]) -> Merged:
    with Store.open(folder, KEY) as store:
        for contents, hours in those:
            store.apply(contents, START + hours * HOUR)
        return merge(store, rules=rules)


def record(view: Merged, field: str) -> tuple[str | None, str | None]:
    """The one person's value, and whose it is."""
    assert view.counts.people == 1
    return view.people.column(field)[0].as_py(), view.sources.column(field)[0].as_py()


THREE = (
    told("yks", 0, cas_Status="Active"),
    told("rpk", 1, cas_Status="Active"),
    told("lentera", 2, cas_Status="Closed"),
)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (MergingRules(), ("Closed", "lentera 2026-09")),
        (MergingRules(default="majority"), ("Active", "rpk 2026-09")),
        (MergingRules(default="most_trusted", trusted=("yks", "rpk")), ("Active", "yks 2026-09")),
        (MergingRules(fields={"cas_Status": "most_trusted"}, trusted=("rpk",)), ("Active", "rpk 2026-09")),
        (MergingRules(sensitive=("lentera",)), ("Active", "rpk 2026-09")),
    ],
)
def test_the_value_is_taken_by_the_rule_that_is_set(
    tmp_path: Path, rules: MergingRules, expected: tuple[str, str]
) -> None:
    assert record(merged(tmp_path / "store", rules, *THREE), "cas_Status") == expected


def test_every_other_value_stays_beside_with_its_source(tmp_path: Path) -> None:
    conflicts = merged(tmp_path / "store", MergingRules(default="majority"), *THREE).conflicts.to_pylist()
    assert {(each["value"], each["source"]) for each in conflicts} == {
        ("Active", "yks"), ("Active", "rpk"), ("Closed", "lentera"),
    }  # fmt: skip


def test_one_source_that_repeats_itself_is_no_majority(tmp_path: Path) -> None:
    again = [told("yks", hour, cas_Status="Closed") for hour in range(3)]
    others = [
        told("rpk", 4, cas_Status="Active"),
        told("lentera", 5, cas_Status="Active"),
        told("yks", 6, cas_Status="Closed"),
    ]
    found = merged(tmp_path / "store", MergingRules(default="majority"), *again, *others)
    assert record(found, "cas_Status") == ("Active", "lentera 2026-09")


def test_in_a_majority_each_source_speaks_with_its_last_word(tmp_path: Path) -> None:
    said = (("yks", 0, "Active"), ("yks", 2, "Active"), ("rpk", 1, "Active"), ("rpk", 4, "Closed"))
    those = [told(source, hours, cas_Status=status) for source, hours, status in (*said, ("lentera", 3, "Closed"))]
    assert record(merged(tmp_path / "store", MergingRules(default="majority"), *those), "cas_Status")[0] == "Closed"


def test_most_complete_is_the_finest_level_and_then_the_most_codes(tmp_path: Path) -> None:
    rules = MergingRules(default="most_complete")
    fine = (told("yks", 0, level="month", prs_Birthdate="1990-05"), told("rpk", 1, level="year", prs_Birthdate="1990"))
    assert record(merged(tmp_path / "fine", rules, *fine), "prs_Birthdate")[0] == "1990-05"
    many = (told("yks", 0, vic_TypeOfExploitation="A;B"), told("rpk", 1, vic_TypeOfExploitation="A"))
    assert record(merged(tmp_path / "many", rules, *many), "vic_TypeOfExploitation")[0] == "A;B"


def test_levels_stand_in_the_order_of_the_ladders() -> None:
    ladders = [
        ["keep ", "generalise month", "generalise quarter", "generalise year"],
        ["keep ", *(f"generalise {level}" for level in ("district", "regency", "province", "island", "country"))],
        ["keep ", "generalise subregion", "generalise region"],
        ["keep ", "generalise sector", "generalise broad_sector"],
        ["keep ", "generalise band", "mask "],
    ]  # fmt: skip
    for levels in ladders:
        ranks = [exactness(level) for level in levels]
        assert ranks == sorted(ranks, reverse=True)
        assert len(set(ranks)) == len(ranks)


def test_nothing_of_a_sensitive_source_is_shown_and_its_people_count(tmp_path: Path) -> None:
    alone = bundle("alone", [{"x_CaseRef": "z", "cas_Status": "Hidden"}], sender="lentera", agreement="DSA-lentera")
    secret = told("lentera", 2, cas_Status="Secret")
    found = merged(tmp_path / "store", MergingRules(sensitive=("lentera",)), THREE[0], secret, (alone, 3))
    assert (found.counts.reports, found.counts.people) == (3, 2)
    assert sorted(found.people.column("reports").to_pylist()) == [1, 2]
    assert sorted(found.people.column("sources").to_pylist()) == ["", "yks"]
    assert "sensitive_sources" in {each.code for each in found.caveats}
    export(found, tmp_path / "out", ["csv"])
    for name in ("people", "reports", "conflicts"):
        text = (tmp_path / "out" / f"{name}.csv").read_text()
        assert not any(word in text for word in ("lentera", "Secret", "Hidden")), name


# --- sources that do not mean the same ---


def standard(contents: Contents, **given: object) -> Contents:
    said = contents.metadata.model_dump() | given
    return replace(contents, metadata=Metadata.model_validate(said))


def test_a_warning_where_a_persons_values_rest_on_two_standards(tmp_path: Path) -> None:
    theirs = Identified(tool="t", standard="another", decided_by="panel")
    first, later = told("yks", 0, cas_Status="Active"), told("rpk", 1, prs_Gender="Feminine")
    same = merged(tmp_path / "same", MergingRules(), first, later)
    other = merged(tmp_path / "other", MergingRules(), first, (standard(later[0], identification=theirs), 1))
    assert same.people.column("differing").to_pylist() == [""]
    assert other.people.column("differing").to_pylist() == ["identification"]
    assert [each.code for each in other.caveats if each.code.endswith("differ")] == ["standards_differ"]
    assert not [each for each in same.caveats if each.code.endswith("differ")]
    export(other, tmp_path / "out", ["csv"])
    assert "rpk: t / another / panel" in (tmp_path / "out/about.txt").read_text()


def test_a_warning_where_two_sources_define_a_field_otherwise(tmp_path: Path) -> None:
    first, later = told("yks", 0, cas_Status="Active"), told("rpk", 1, cas_Status="Closed")
    alone = bundle("x", [{"x_CaseRef": "x", "cas_Status": "Active"}], sender="rpk", agreement="B")
    both = merged(tmp_path / "one", MergingRules(), first, (alone, 1))
    stories = [{**each.model_dump(), "description": "otherwise"} for each in later[0].metadata.fields]
    other = merged(tmp_path / "two", MergingRules(), first, (standard(alone, fields=stories), 1))
    assert "fields_differ" not in {each.code for each in both.caveats}
    assert "fields_differ" in {each.code for each in other.caveats}


# --- the file ---

FIELDS, SENDERS = {"cas_Status", "prs_Gender"}, {"yks", "rpk"}


def test_rules_are_read_from_a_file() -> None:
    text = "merging: 1\ndefault: majority\nfields: {cas_Status: most_trusted}\ntrusted: [rpk, yks]\nsensitive: [yks]\n"
    rules = read_rules(text, "merging.yaml", FIELDS, SENDERS)
    assert (rules.of("cas_Status"), rules.of("prs_Gender")) == ("most_trusted", "majority")
    assert (rules.trusted, rules.sensitive) == (("rpk", "yks"), ("yks",))


def test_a_bad_file_is_refused_with_every_mistake_and_its_line() -> None:
    text = "merging: 1\nfields:\n  cas_Status: newest\n  prs_Gender: latest\nsources: [yks]\n"
    with pytest.raises(MergeError) as refused:
        read_rules(text, "merging.yaml", FIELDS, SENDERS)
    assert refused.value.codes == ("merging.bad_value", "merging.unknown_key")
    assert ["line 3" in refused.value.problems[0].where, "line 5" in refused.value.problems[1].where] == [True, True]
    text = "merging: 1\ndefault: most_trusted\nfields:\n  cas_State: latest\nsensitive: [nobody]\n"
    with pytest.raises(MergeError) as refused:
        read_rules(text, "merging.yaml", FIELDS, SENDERS)
    assert refused.value.codes == ("merging.unknown_field", "merging.unknown_sender", "merging.nobody_trusted")
    assert "line 4" in refused.value.problems[0].where


# --- any order ---

REPORTS = st.lists(
    st.tuples(
        st.integers(0, 2),  # whose
        st.sampled_from(["yks", "rpk", "lentera"]),
        st.integers(0, 2),  # received
        st.sampled_from([*MISSING, "a", "b", "c;d"]),
    ),
    min_size=1,
    max_size=10,
)
RULES = st.sampled_from(["latest", "most_complete", "most_trusted", "majority"])


def records(reports: list[tuple[int, str, int, str]]) -> Records:
    segments = [
        Segment.of(
            bundle(
                str(n),
                [{"x_CaseRef": f"k{n}", "vic_TypeOfExploitation": value}],
                sender=source,
                agreement=source.upper(),
            ),
            START + hours * HOUR,
        )
        for n, (_who, source, hours, value) in enumerate(reports)
    ]
    return records_of(segments)


def essence(records: Records, who: list[int], rules: MergingRules) -> list[tuple[object, ...]]:
    numbers = np.unique(who, return_inverse=True)[1]
    names = [f"h{n}" for n in sorted(set(who))]
    found = view(records, Groups(numbers, frozenset(), NO_PAIRS), names, (), rules)
    return [tuple(row.values()) for row in found.people.to_pylist()] + [
        tuple(r.values()) for r in found.sources.to_pylist()
    ]


@settings(max_examples=60, deadline=None)
@given(REPORTS, RULES, st.randoms(use_true_random=False))
def test_the_order_of_the_reports_chooses_nothing(
    reports: list[tuple[int, str, int, str]], rule: str, dice: object
) -> None:
    rules = MergingRules(default=rule, trusted=("rpk", "yks"))
    order = list(range(len(reports)))
    dice.shuffle(order)  # type: ignore[attr-defined]  # a Random
    straight = records(reports)
    shuffled = replace(
        straight,
        reports=straight.reports.take(pa.array(order)),
        values=straight.values.take(pa.array(order)),
    )
    who = [each[0] for each in reports]
    assert essence(straight, who, rules) == essence(shuffled, [who[n] for n in order], rules)


@settings(max_examples=60, deadline=None)
@given(REPORTS, RULES)
def test_whatever_the_rule_a_known_value_is_taken_and_it_is_one_that_was_told(
    reports: list[tuple[int, str, int, str]], rule: str
) -> None:
    rules = MergingRules(default=rule, trusted=("rpk", "yks"))
    rows = essence(records(reports), [each[0] for each in reports], rules)
    for person, row in zip(sorted({each[0] for each in reports}), rows, strict=False):
        known = [value for who, _source, _hours, value in reports if who == person and value not in MISSING]
        assert row[-1] in known if known else row[-1] is None
