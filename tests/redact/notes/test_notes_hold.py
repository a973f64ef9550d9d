"""What holds for every note, whoever wrote it and however hostile."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.redact.notes.masking import masked
from exchange.redact.notes.recognise import recognise
from exchange.redact.notes.row_words import RowWords

NOBODY = RowWords()
SETS = Path(__file__).parents[3] / "benchmarks/notes"
LABELLED = [
    note
    for name in ("dev", "dev2", "dev3", "dev4", "dev5")
    for note in json.loads((SETS / f"{name}.json").read_text(encoding="utf-8"))
]
PIECES = st.sampled_from(
    [
        "Ibu ", "pak ", "Jl. ", "RT 1/2 ", "Desa ", "NIK ", "5302096507020003", "0812", "-", " ", "\n", ".", ", ",
        "@", "Yosina", "melati", "LP/B/1/I/2025/", "lahir ", "3 Mei 2001", "\u200b", "é", "И", "１", "a.n. ", "bin ",
        "/", "(", "akun ", "rek BRI ",
    ]
)  # fmt: skip
NOTES = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))


@given(NOTES)
def test_what_is_found_lies_in_the_text_in_order_and_never_overlaps(text: str) -> None:
    found = recognise(text, NOBODY)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@given(NOTES)
def test_a_masked_note_has_nothing_left_that_is_certain(text: str) -> None:
    once = masked(text, recognise(text, NOBODY))
    labels = {f"[{part}" for part in once.split("[")[1:]}
    again = [one for one in recognise(once, NOBODY) if one.sure and "[" not in once[one.start - 1 : one.end + 1]]
    assert masked(once, again).count("[") >= len(labels)


@pytest.mark.parametrize("note", LABELLED[::12], ids=range(len(LABELLED[::12])))
def test_masking_twice_is_masking_once(note: dict[str, str]) -> None:
    once = masked(note["text"], recognise(note["text"], NOBODY))
    assert masked(once, recognise(once, NOBODY)) == once


DIGITS = st.lists(st.sampled_from("0123456789"), min_size=16, max_size=16)
GAPS = st.lists(st.sampled_from(["", " ", ".", "-", "\u200b"]), min_size=15, max_size=15)


@given(DIGITS, GAPS)
@settings(max_examples=50)
def test_sixteen_digits_never_pass_however_they_are_cut(digits: list[str], gaps: list[str]) -> None:
    number = digits[0] + "".join(gap + digit for gap, digit in zip(gaps, digits[1:], strict=True))
    left = masked(f"data korban {number} terlampir", recognise(f"data korban {number} terlampir", NOBODY))
    assert not any(sign.isdigit() for sign in left)


@pytest.mark.parametrize(
    "piece",
    [
        "a", "1", " ", "1 ", "a.", "a_", "@", "a@", "/", "LP/", "jl ", "Jl. A ", "RT 1/", "desa a ", ".", "satu ",
        "lahir 1-1-", "Yosina ", "Ibu ", "(", "+", "https://a", "a-", "bunga ", "\n", "\u200b", "é", "aB", "Rp 1.",
        "1/pid/", "akun a", "I ", "A. ",
    ],
)  # fmt: skip
def test_a_hostile_note_takes_no_longer_than_its_length_asks(piece: str) -> None:
    short, long = (_seconds(piece * (size // len(piece))) for size in (20_000, 100_000))
    assert long < max(25 * short, 5.0)  # a square would be far beyond either; a busy machine is not


def _seconds(text: str) -> float:
    started = time.process_time()
    recognise(text, NOBODY)
    return time.process_time() - started


def test_the_labelled_notes_are_cleaned_as_well_as_promised() -> None:
    """The development sets: at least 99 % of all items whole, and at least 95 % of the clean notes untouched."""
    items = covered = clean = untouched = 0
    for note in LABELLED:
        found = recognise(note["text"], NOBODY)
        letters = {place for one in found for place in range(one.start, one.end)}
        items += len(note["spans"])
        covered += sum(letters.issuperset(range(span["start"], span["end"])) for span in note["spans"])
        clean += not note["spans"]
        untouched += not note["spans"] and not found
    assert covered / items >= 0.99
    assert untouched / clean >= 0.95
