"""Whatever the text, the reader gives a model or our own refusal, and says nothing of the values."""

from __future__ import annotations

import contextlib
import datetime as dt
import time

import pytest
from agreements.example import TEXT
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from exchange.agreements.reading import read_agreement
from exchange.agreements.strict_yaml import read
from exchange.agreements.yaml_tree import MAX_BYTES, MAX_NODES
from exchange.errors import AgreementError, ExtractError

SOON = 4  # seconds of a processor that is busy with other things; on a free one it is about one


class Sheet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: str
    size: int = 0
    share: float = 0.0
    flag: bool = False
    day: dt.date | None = None
    values: dict[str, dict[str, int]] = {}


def read_sheet(text: str) -> Sheet:
    return read(text, Sheet, "/home/someone/map.yaml", ExtractError, prefix="mapping", private=("values",))


def problem(text: str) -> tuple[str, str, str]:
    with pytest.raises(ExtractError) as caught:
        read_sheet(text)
    first = caught.value.problems[0]
    return first.code, first.where, str(caught.value) + first.hint


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ExtractError):
        read_sheet(text)


@given(st.text(alphabet="[]{}:,-?&*!|>'\"%@`#\\ \n\tax1~<.\ud800\x00", max_size=60))
def test_any_jumble_of_yaml_signs_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ExtractError):
        read_sheet(text)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(TEXT) - 1), st.integers(0, 30), st.text(max_size=5))
def test_an_agreement_with_a_piece_cut_out_or_put_in_is_read_or_refused(at: int, cut: int, piece: str) -> None:
    with contextlib.suppress(AgreementError):
        read_agreement(TEXT[:at] + piece + TEXT[at + cut :], "dsa.yaml")


@given(st.text(min_size=1, max_size=30).filter(str.isprintable))
def test_a_quoted_text_is_read_as_written(value: str) -> None:
    quoted = "'" + value.replace("'", "''") + "'"
    assert read_sheet(f"sheet: {quoted}").sheet == value


@pytest.mark.parametrize("value", ["NO", "yes", "1.10", "0123", "2026-09-01", "1e3", "0x1F", "12:30", "=1", "+62"])
def test_a_plain_text_is_read_as_written(value: str) -> None:
    assert read_sheet(f"sheet: {value}").sheet == value


@pytest.mark.parametrize(
    "line",
    [
        "size: 1e3",
        "size: 0x10",
        "size: +5",
        "size: '5 '",
        "size: 007",
        "size: ٥",
        "share: inf",
        "share: 1e2",
        "share: .5",
        "flag: yes",
        "flag: on",
        "flag: 1",
        "flag: True",
        "day: 2026-9-1",
        "day: 0",
        "day: 2026-09-01T00:00:00",
    ],
)
def test_a_number_date_or_truth_value_has_one_form(line: str) -> None:
    assert problem(f"sheet: s\n{line}")[:2] == (
        "mapping.bad_value",
        f"map.yaml, line 2, column 1 ({line.split(':')[0]})",
    )


def test_the_one_form_is_read() -> None:
    sheet = read_sheet("sheet: s\nsize: -12\nshare: 0.25\nflag: true\nday: 2026-09-01")
    assert (sheet.size, sheet.share, sheet.flag, sheet.day) == (-12, 0.25, True, dt.date(2026, 9, 1))


def test_under_a_private_key_no_key_or_value_is_repeated() -> None:
    code, where, text = problem("sheet: s\nvalues:\n  prs_Gender:\n    Siti Aminah: Rahasia")
    assert code == "mapping.bad_value"
    assert where == "map.yaml, line 4, column 5 (values)"
    assert "Siti" not in text
    assert "Rahasia" not in text


def test_the_folder_of_a_file_is_not_named() -> None:
    assert "someone" not in problem("sheet: [")[2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("# only a comment", "empty"),
        ("a: " + "[" * 40 + "]" * 40, "too_deep"),
        ("a:\n" + "".join("  " * n + "- b:\n" for n in range(1, 40)), "too_deep"),
        ("a: " + "x" * MAX_BYTES, "too_large"),
        ("[" + "a," * MAX_NODES + "]", "too_large"),
        ("sheet: a\n...\n---\nsheet: b", "several_documents"),
        ('"\\UFFFFFFFF"', "not_yaml"),
        ('sheet: "\\uD800"', "not_yaml"),
        ("just a text", "bad_value"),
        ("- a\n- b", "bad_value"),
    ],
)
def test_what_could_surprise_is_refused(text: str, code: str) -> None:
    assert problem(text)[0] == f"mapping.{code}"


def test_a_repeated_key_names_the_first_one_too() -> None:
    with pytest.raises(ExtractError) as caught:
        read_sheet("sheet: a\nsize: 1\nsheet: b")
    first = caught.value.problems[0]
    assert first.where == "map.yaml, line 3, column 1"
    assert "line 1" in first.hint


# --- somebody who wants to keep us busy ---


def filled(unit: str, head: str = "", tail: str = "") -> str:
    return head + unit * ((MAX_BYTES - len(head) - len(tail)) // len(unit)) + tail


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("a: " + "[" * (4 << 20), "too_large", id="4 MiB"),
        pytest.param(filled("[", "a: "), "too_deep", id="nested lists"),
        pytest.param(filled("{a: ", "a: "), "too_deep", id="nested tables"),
        pytest.param("".join(" " * n + "a:\n" for n in range(700)), "too_deep", id="ever deeper"),
        pytest.param("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "anchor", id="aliases of aliases"),
        pytest.param(filled("*a,", "a: [", "]"), "alias", id="aliases"),
        pytest.param(filled("a,", "a: [", "]"), "too_large", id="many items"),
        pytest.param(filled("[],", "a: [", "]"), "too_large", id="many lists"),
        pytest.param("".join(f"k{n}: 1\n" for n in range(20_000)), "too_large", id="many keys"),
        pytest.param(
            "sheet: s\n" + "".join(f"sheet{n}: 1\n" for n in range(7_000)), "unknown_key", id="many keys like ours"
        ),
        pytest.param(filled("x", "size: "), "bad_value", id="one long text"),
        pytest.param(filled("x ", 'size: "', '"'), "bad_value", id="one long text in quotes"),
        pytest.param(filled("  x\n", "size: |\n"), "bad_value", id="a text of many lines"),
        pytest.param(filled("x", "", ": 1"), "not_yaml", id="one long key"),
        pytest.param(filled("a", "sheet: !"), "tag", id="one long tag"),
        pytest.param(filled("a", "%"), "not_yaml", id="one long directive"),
        pytest.param(filled("%a\n"), "not_yaml", id="many directives"),
        pytest.param(filled("#\n", "sheet: [\n"), "not_yaml", id="many comments"),
    ],
)
def test_what_is_sent_to_keep_us_busy_is_refused_soon(text: str, code: str) -> None:
    began = time.process_time()
    assert problem(text)[0] == f"mapping.{code}"
    assert time.process_time() - began < SOON


def test_of_very_many_mistakes_the_first_are_told() -> None:
    with pytest.raises(ExtractError) as caught:
        read_sheet("".join(f"k{n}: 1\n" for n in range(1_000)))
    assert len(caught.value.problems) <= 201
    assert caught.value.codes[-1] == "mapping.more_mistakes"
