"""What may be published: tables over people, by the strictest of all agreements, and nothing that can be solved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from agreements.example import agreement, changed
from agreements.observed_rows import bundles
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.test_tables_cannot_be_solved import A, B, C, Kind, counted, every_cell, in_cell, kinds_of_people, what_fits

from exchange.agreements.clause import Text
from exchange.agreements.reading import read_agreement
from exchange.bundle.metadata import CaveatLine
from exchange.errors import DisclosureError
from exchange.locale import speaking
from exchange.merge.counts import count_people
from exchange.merge.people import MergeCounts, Merged
from exchange.merge.publishing import about, publication, publish

CAVEAT = CaveatLine(code="C1", kind="population", text=Text(id="contoh", en="only cases assisted"))
NAMES = ("prs_Gender", "prs_Birthdate", "vic_TypeOfExploitation")


def merged(people: Sequence[Kind], fields: Sequence[str] = NAMES) -> Merged:
    """A merged view of these people, whoever reported them."""
    columns = {name: [person[n] for person in people] for n, name in enumerate(fields)}
    table = pa.table(
        {"person": [f"h{n:04}" for n in range(len(people))]}
        | {name: pa.array(values, pa.string()).dictionary_encode() for name, values in columns.items()}
    )
    nothing = pa.table({})
    counts = MergeCounts(len(people), len(people), 0, 0)
    lists = frozenset({"vic_TypeOfExploitation"} & {*fields})
    return Merged(
        table, nothing, nothing, nothing, nothing, counts, (), tuple(fields), lists, frozenset({""}), (CAVEAT,)
    )


MANY = merged(
    [("Feminine", "18-29", "ForcedLabour")] * 30
    + [("Masculine", "18-29", "ForcedLabour")] * 14
    + [("Feminine", "30-44", "SexualExploitation")] * 25
    + [("Masculine", "30-44", "ForcedLabour")] * 9
)
STRICTER = read_agreement(
    changed(("publish: {only: tables, min_cell: 11", "publish: {only: tables, min_cell: 20")), "a"
)
SILENT = read_agreement(changed(("quote_caveats: true", "quote_caveats: false")), "a")
OTHER_TABLES = read_agreement(
    changed(
        *[
            (
                "by: [[prs_Birthdate, prs_Gender], [vic_TypeOfExploitation, prs_Gender]",
                "by: [[prs_Birthdate, prs_Gender]",
            )
        ]
        * 2
    ),
    "a",
)


def test_no_count_below_the_smallest_that_may_be_published_is_there() -> None:
    made = publication(MANY, [agreement()])
    assert [each.fields for each in made.tables] == [("prs_Birthdate", "prs_Gender"), NAMES[2::-2]]
    shown = [cell.count for table in made.tables for cell in table.cells if cell.count is not None]
    assert min(shown) >= 11
    assert 9 not in shown
    assert made.cells_withheld


def test_of_several_agreements_the_strictest_counts() -> None:
    made = publication(MANY, [agreement(), STRICTER])
    assert made.min_cell == 20
    assert all(cell.count is None or cell.count >= 20 for table in made.tables for cell in table.cells)


def test_only_breakdowns_of_every_agreement_are_published() -> None:
    made = publication(MANY, [agreement(), OTHER_TABLES])
    assert [each.fields for each in made.tables] == [("prs_Birthdate", "prs_Gender")]


def test_caveats_and_notice_are_quoted_where_any_agreement_asks_for_it() -> None:
    for agreements, quoted in (([agreement()], True), ([SILENT], False), ([SILENT, agreement()], True)):
        with speaking("en"):
            told = "\n".join(about(publication(MANY, agreements)))
        assert ("only cases assisted" in told) == ("CONFIDENTIAL" in told) == quoted
        assert "links between reports serve counting" in told


@pytest.mark.parametrize("view", [merged([]), merged([("Active",)] * 30, ("cas_Status",))])
def test_where_nothing_may_be_published_nothing_is(view: Merged) -> None:
    with pytest.raises(DisclosureError) as refused:
        publication(view, [agreement()])
    assert refused.value.codes == ("publish.nothing",)


def test_the_bundle_says_who_must_approve_that_data_are_passed_on() -> None:
    other = read_agreement(changed(("approval_by: yks", "approval_by: gt-ntt")), "a")
    pages = [bundles(each) for each in (agreement(), other)]
    name = other.party("gt-ntt").name
    said = [
        f"prohibited without the approval of {each}; only tables may be" in page
        for page, each in zip(pages, (agreement().sender.name, name), strict=True)
    ]
    assert said == [True, True]


def test_files_hold_counts_and_no_person(tmp_path: Path) -> None:
    files = publish(publication(MANY, [agreement()]), tmp_path / "figures")
    assert {file.name for file in files} == {
        "people-by-prs_Birthdate-prs_Gender.csv", "people-by-vic_TypeOfExploitation-prs_Gender.csv", "about.txt",
    }  # fmt: skip
    assert not any("h0001" in file.read_text() for file in files)
    assert "30-44,Masculine,\n" in (tmp_path / "figures/people-by-prs_Birthdate-prs_Gender.csv").read_text().replace(
        "\r", ""
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("FM"), st.sampled_from("xy"), st.sampled_from("pq")), min_size=1, max_size=7),
    st.integers(2, 3),
)
def test_an_attacker_who_tries_all_people_there_could_be_finds_no_small_count(people: list[Kind], least: int) -> None:
    """Also where breakdowns go round in a circle."""
    fields, by = (A, B, C), [(A, B), (B, C), (A, C)]
    tables = count_people(merged(people, fields), by, least).tables
    kinds = kinds_of_people(people, fields)
    fitting = what_fits(tables, kinds, fields, len(people) + least + 1)
    for cell in every_cell(by, people, fields):
        if sum(in_cell(person, fields, cell) for person in people) < least:
            possible = np.unique(counted(fitting, kinds, fields, cell))
            assert (possible[0], possible[-1] >= least) == (0, True), cell
