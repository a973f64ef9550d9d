"""The note's own row: its names, places and numbers go, however they are spelt."""

from __future__ import annotations

import pytest

from exchange.redact.notes.masking import masked
from exchange.redact.notes.recognise import recognise
from exchange.redact.notes.row_words import RowWords

ROW = RowWords.of(
    ["Siti Nurhayati", "Bunga", "Mata Air"],
    ["0812 3700 1234", "5302096507020003", "C4471209", "0117-2026-33"],
)


@pytest.mark.parametrize(
    "spelling",
    [
        "Siti Nurhayati",
        "SITTI NOERHAJATI",
        "sitinurhayati",
        "Nurhayati, Siti",
        "si\u200bti nurhayati",
        "bunga",
        "mata air",
        "MATA-AIR",
        "081237001234",
        "+62 812-3700-1234",
        "(62) 812 3700 1234",
        "0812.3700.1234",
        "5302-0965-0702-0003",
        "c 4471209",
        "0117 2026 33",
    ],
)
def test_any_spelling_of_the_rows_own_identifiers_is_masked(spelling: str) -> None:
    text = f"katanya {spelling} sudah pulang"
    left = masked(text, recognise(text, ROW))
    assert left.startswith("katanya [")
    assert left.endswith("] sudah pulang")
    assert not set("0123456789") & set(left)
    assert all(one.sure for one in recognise(text, ROW))


@pytest.mark.parametrize(
    "text", ["mata kanan bengkak", "minum air putih", "berbunga harapannya", "kasus 2026 nomor 33"]
)
def test_half_of_a_place_and_other_words_stay(text: str) -> None:
    assert masked(text, recognise(text, ROW)) == text


def test_an_empty_row_asks_for_nothing() -> None:
    assert RowWords.of(["", "  ", "I", "…"], ["", "12"]) == RowWords()


def test_a_name_in_another_script_neither_hides_the_note_nor_stops_the_look() -> None:
    row = RowWords.of(["王小明"], [])
    assert masked("王小明 pulang", recognise("王小明 pulang", row)) == "[NAMA] pulang"
    assert masked("sudah pulang", recognise("sudah pulang", row)) == "sudah pulang"


def test_a_row_is_not_printed() -> None:
    assert "siti" not in repr(ROW).lower()
