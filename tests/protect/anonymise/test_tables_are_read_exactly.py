"""What is read of a table and of its ladders, and how both are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from protect.anonymise.tables import plan_of, quasi

from exchange.agreements.strict_yaml import read
from exchange.errors import DisclosureError
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.table.coding import coded, ladders_of
from exchange.protect.anonymise.table.ladders import quasi_identifier, read_ladder
from exchange.protect.anonymise.table.reading import read_table

FIELDS: dict[str, Any] = {"name": {"class": "direct"}, "age": quasi(ladder="ages.csv"), "note": {"class": "attribute"}}
ASKED: dict[str, Any] = {"k": 2, "method": "full_domain"}


def refused(tmp_path: Path, table: str | bytes, plan: Plan | None = None) -> tuple[str, ...]:
    file = tmp_path / "table.csv"
    file.write_bytes(table.encode() if isinstance(table, str) else table)
    with pytest.raises(DisclosureError) as caught:
        read_table(file, plan or plan_of(ASKED, FIELDS))
    assert "Sinta" not in str(caught.value)
    return caught.value.codes


def test_quoted_values_stay_whole_and_direct_identifiers_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text('\ufeffname,age,note\n"Sinta, S.","31","said ""no"""\nX,32,\n', encoding="utf-8")
    source = read_table(file, plan_of(ASKED, FIELDS))
    assert [(each.name, each.values, each.numbers.tolist()) for each in source.columns] == [
        ("age", ("31", "32"), [0, 1]),
        ("note", ('said "no"', ""), [0, 1]),
    ]


def test_rows_that_go_over_lines_repeat_the_head_or_are_blank_are_read_as_they_stand(tmp_path: Path) -> None:
    """Equal lines are parsed once; none of these may be taken for another."""
    file, plan = tmp_path / "table.csv", plan_of(ASKED, {"age": quasi(), "note": {"class": "attribute"}})
    for text, ages, notes in (
        ('age,note\n31,"a\nb"\n32,"c\nb"\n', ["31", "32"], ["a\nb", "c\nb"]),
        ('age,note\n31,"\n32,"\n33,"\n34,"\n', ["31", "33"], ["\n32,", "\n34,"]),
        ("age,note\nage,note\n31,x\n", ["age", "31"], ["note", "x"]),
        ("age,note\n31,x\n\n31,x\n\n", ["31", "31"], ["x", "x"]),
        ("age,note\n 31,x\n31,x", ["31", "31"], ["x", "x"]),
    ):
        file.write_text(text, encoding="utf-8")
        source = read_table(file, plan)
        read = [[each.values[number].strip() for number in each.numbers] for each in source.columns]
        assert read == [ages, [note.strip() for note in notes]]


def test_the_row_that_is_ragged_is_named_though_rows_repeat(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("name,age,note\nX,31,\nX,31,\nX,31,\nX,31\n", encoding="utf-8")
    with pytest.raises(DisclosureError, match="row 5"):
        read_table(file, plan_of(ASKED, FIELDS))


def test_a_table_that_is_not_what_the_plan_says_is_refused_with_every_reason(tmp_path: Path) -> None:
    assert refused(tmp_path, "name,age,wage,wage\nSinta,31,1,1\n") == (
        "table.column_twice",
        "table.unknown_columns",
        "table.no_column",
    )
    assert refused(tmp_path, "name,age,note\nSinta,31\n") == ("table.ragged",)
    assert refused(tmp_path, "name,age,note\n") == ("table.empty",)
    assert refused(tmp_path, b"name,age,note\nSinta,\xff,x\n") == ("table.not_text",)
    assert refused(tmp_path, 'name,age,note\nSinta,"31,x\n') == ("table.not_text",)
    with pytest.raises(DisclosureError, match=r"none\.csv"):
        read_table(tmp_path / "none.csv", plan_of(ASKED, FIELDS))


@pytest.mark.parametrize(
    ("ladder", "code"),
    [
        ("31;30-39\n32;30-34\n33;30-39;x", "ladder.ragged"),
        ("31;30-39;adult\n32;30-39;young", "ladder.two_parents"),
        ("31;a;x\n32;b;a", "ladder.label_twice"),
        ("31;a\n31;a", "ladder.value_twice"),
        ("", "ladder.empty"),
        ('31;"a', "ladder.not_text"),
    ],
)
def test_a_ladder_that_is_no_tree_is_refused(tmp_path: Path, ladder: str, code: str) -> None:
    (tmp_path / "ages.csv").write_text(ladder, encoding="utf-8")
    with pytest.raises(DisclosureError) as caught:
        read_ladder(tmp_path / "ages.csv", ";")
    assert code in caught.value.codes


def test_every_ladder_that_is_missing_or_lacks_a_value_is_named_at_once(tmp_path: Path) -> None:
    fields = {"age": quasi(ladder="ages.csv"), "place": quasi(ladder="places.csv")}
    plan = plan_of(ASKED, fields)
    with pytest.raises(DisclosureError) as caught:
        ladders_of(plan, tmp_path)
    assert caught.value.codes == ("ladder.missing_file", "ladder.missing_file")
    (tmp_path / "table.csv").write_text("age,place\n31,Soe\n", encoding="utf-8")
    with pytest.raises(DisclosureError) as caught:
        coded(read_table(tmp_path / "table.csv", plan), plan, {"age": (("30", "x"),), "place": (("Ende", "x"),)})
    assert caught.value.codes == ("ladder.not_on_it", "ladder.not_on_it")
    assert "Soe" not in str(caught.value)


def test_numbers_stand_in_their_order_and_missing_ones_last() -> None:
    each = quasi_identifier("age", 1, [("10", "old"), ("9", "young"), ("2", "young")], ["", "9"], [""])
    assert (each.values, each.numeric, each.missing) == (("2", "9", "10", ""), True, 1)
    assert each.labels == (("2", "9", "10", ""), ("young", "old", ""), ("*",))
    assert [level.tolist() for level in each.nodes] == [[0, 1, 2, 3], [0, 0, 1, 2], [0, 0, 0, 0]]


def test_a_missing_value_that_stands_on_the_ladder_leaves_the_others_numbers() -> None:
    each = quasi_identifier("age", 1, [("?", "unknown"), ("10", "old"), ("9", "young")], ["?", "9", ""], ["", "?"])
    assert (each.values, each.numeric, each.missing) == (("9", "10", "?", ""), True, 2)
    assert each.labels == (("9", "10", "?", ""), ("young", "old", "unknown", ""), ("*",))


def test_a_ladder_s_value_may_hold_what_ends_a_line_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text('a\u2028b,x\n"c\nd",x\n', encoding="utf-8")
    assert read_ladder(tmp_path / "l.csv", ",") == (("a\u2028b", "x"), ("c\nd", "x"))


def test_without_a_ladder_there_are_the_values_and_the_star() -> None:
    each = quasi_identifier("sex", 1, (), ["m", "f"], [""])
    assert each.labels == (("f", "m"), ("*",))


def test_combinations_are_counted_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    plan = plan_of(ASKED, {"age": quasi(), "place": quasi()})
    rows = ["31,Soe", "32,Ende", "31,Soe", "31,Ende"]
    seen = []
    for order in (rows, rows[::-1]):
        (tmp_path / "table.csv").write_text("\n".join(["age,place", *order]), encoding="utf-8")
        found, of_row = coded(read_table(tmp_path / "table.csv", plan), plan, {"age": (), "place": ()})
        values = [[q.values[n] for q, n in zip(found.quasi, look, strict=True)] for look in found.combinations[of_row]]
        assert values == [row.split(",") for row in order]
        seen.append((found.combinations.tolist(), found.counts.tolist()))
    assert seen[0] == seen[1]
    assert np.array(seen[0][1]).sum() == 4


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {"age": {"class": "sensitive"}, "sex": quasi()}},
        {"fields": {"age": {"class": "attribute", "ladder": "x.csv"}, "sex": quasi()}},
        {"fields": {"age": {"class": "attribute"}}},
        {"fields": {"h": {"class": "household"}, "sex": quasi()}},
        {"protect": {"k": 2, "method": "local_ranges", "loss": "discernibility"}},
        {"protect": {"k": 2, "method": "full_domain", "l_diversity": {"sex": {"distinct": 2, "entropy": 2}}}},
        {"protect": {"k": 0, "method": "full_domain"}},
        {"protect": {"k": 2, "method": "full_domain", "surprise": 1}},
        {"input": {"separator": '"'}},
        {"input": {"separator": "\n"}},
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"protect": ASKED, "fields": {"sex": quasi()}}
    with pytest.raises(DisclosureError) as caught:
        read(json.dumps({"plan": 1, **whole, **change}), Plan, "plan.yaml", DisclosureError, prefix="plan")
    assert all(code.startswith("plan.") for code in caught.value.codes)
