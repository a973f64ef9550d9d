"""Labels of ranges and sets: as agreed, and read in one way only, whatever the values are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.protect.anonymise.coded import QuasiIdentifier
from exchange.protect.anonymise.local_ranges.labels import label, meant
from exchange.protect.anonymise.recoded import STAR
from exchange.protect.anonymise.table.ladders import quasi_identifier

# Texts made of what labels are made of, and ordinary ones.
nasty = st.text(st.sampled_from('ab1 ,{}[]"*-'), max_size=8).map(str.strip)
texts = st.lists(nasty | st.sampled_from(["18-24", "[1, 2]", "{a, b}", STAR, "Washington, D.C."]), unique=True)
numbers = st.lists(st.integers(-20, 20).map(str), unique=True)


def of(values: Sequence[str], missing: Sequence[str] = ()) -> QuasiIdentifier:
    return quasi_identifier("field", 1, (), [*values, *missing], missing)


def text(quasi: QuasiIdentifier, *values: str) -> str:
    return label(quasi, [quasi.values.index(value) for value in values]).text


def test_ordinary_labels_are_written_as_agreed() -> None:
    ages = of([str(age) for age in range(1, 101)])
    assert text(ages, "39") == "39"
    assert text(ages, "24", "17", "20") == "[17, 24]"
    assert text(ages, "1", "100") == "*"
    married = of(["Divorced", "Never-married", "Separated", "Widowed"])
    assert text(married, "Widowed", "Divorced") == "{Divorced, Widowed}"
    assert text(married, *married.values) == "*"
    assert text(of(["18-24", "25-34", "35-44"]), "18-24", "35-44") == "{18-24, 35-44}"


def test_missing_values_are_no_numbers() -> None:
    ages = of(["1", "2", "3"], missing=["", "unknown"])
    assert text(ages, "") == ""
    assert text(ages, "1", "2") == "[1, 2]"
    assert text(ages, "1", "") == "*"
    assert text(ages, "", "unknown") == "*"
    assert text(of(["a", "b"], missing=[""]), "a", "") == '{a, ""}'


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (["[1, 2]"], '{"[1, 2]"}'),
        (["{a, b}"], '{"{a, b}"}'),
        ([STAR], '{"*"}'),
        (["a", "b, c"], '{a, "b, c"}'),
        (['the "old" town', "b"], '{b, "the ""old"" town"}'),
        (["Washington, D.C."], "Washington, D.C."),
    ],
)
def test_text_that_could_be_misread_stands_in_quotation_marks(values: list[str], written: str) -> None:
    assert text(of([*values, "one more"]), *values) == written


@given(texts | numbers, st.lists(nasty, max_size=2, unique=True), st.data())
def test_every_label_reads_back_as_what_it_covers(values: list[str], missing: list[str], data: st.DataObject) -> None:
    quasi = of([value for value in values if value not in missing], missing)
    if not quasi.domain:
        return
    chosen = st.lists(st.integers(0, quasi.domain - 1), min_size=1)
    one, other = (label(quasi, data.draw(chosen)) for _ in range(2))
    assert meant(quasi, one.text).tolist() == one.covers.tolist()
    assert (one.text == other.text) == (one.covers.tolist() == other.covers.tolist())
