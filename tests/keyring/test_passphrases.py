"""A passphrase is judged by its length alone, in any script, and is the same however a machine writes its letters."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from crypto.stock_age import at_a_terminal
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from exchange.errors import KeyringError
from exchange.keyring.locked_files import read_locked, write_locked
from exchange.keyring.passphrase import MIN_LENGTH, check_passphrase, prepared

COMPOSED = "caf\u00e9 na\u00efve tr\u00e8s na\u00eff"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def strong(text: str) -> bool:
    try:
        check_passphrase(text)
    except KeyringError as error:
        return error.codes != ("passphrase.weak",)
    return True


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("abcdefghijklmn", True),  # 14
        ("abcdefghijklm", False),  # 13
        ("di ke ya tu ra", True),
        ("di ke ya tu r", False),
        ("a b c d e f", False),  # letters are no words
        ("  abcdefghijklm  ", False),  # what surrounds it adds nothing
        ("abcdefg       h", False),  # nor do spaces in a row
        ("кошка и пёс", False),
        ("кошка и пёс там", True),
        ("馬 水 火 土 金", True),  # five words, nine characters
        ("馬 水 火 土", False),
        ("馬馬馬馬馬馬馬馬馬馬馬馬馬馬", False),
        ("ม้าสี่ตัวดื่มกาแฟ", True),  # Thai puts no spaces between words
        ("ab ab ab ab ab ab", False),
        ("kuda kuda kuda kuda", False),  # four letters
        ("aaaaaaaaaaaaaabcd", False),
        ("aaaaaaaaaabcdef", True),
        ("e\u0301" * 13 + "abcd", True),
        ("e\u0301i\u0301o\u0301u\u0301a\u0301bc", False),  # seven characters, whatever the machine made of them
    ],
)
def test_fourteen_characters_or_five_words(text: str, enough: bool) -> None:
    assert strong(text) is enough


@given(text=TEXT)
def test_the_verdict_and_the_lock_are_the_same_in_every_normal_form_of_unicode(text: str) -> None:
    nfc, nfd = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert prepared(nfc) == prepared(nfd) == prepared(prepared(text))
    assert strong(nfc) == strong(nfd)


@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=MIN_LENGTH - 1))
def test_nothing_shorter_is_enough_without_spaces(text: str) -> None:
    assert not strong(text)


@pytest.mark.parametrize(
    "typed",
    [unicodedata.normalize("NFD", COMPOSED), COMPOSED.replace(" ", "\u00a0"), COMPOSED.replace(" ", "\u3000")],
    ids=["decomposed", "no-break spaces", "wide spaces"],
)
def test_what_one_machine_locks_another_opens(tmp_path: Path, typed: str) -> None:
    write_locked(tmp_path / "here", b"secret", typed, work_factor=4)
    assert read_locked(tmp_path / "here", COMPOSED) == b"secret"
    write_locked(tmp_path / "there", b"secret", COMPOSED, work_factor=4)
    assert read_locked(tmp_path / "there", typed) == b"secret"


@pytest.mark.parametrize("other", [COMPOSED.upper(), COMPOSED.replace("c", "\uff43"), COMPOSED.replace("\u00e9", "e")])
def test_capitals_widths_and_accents_count(tmp_path: Path, other: str) -> None:
    write_locked(tmp_path / "here", b"secret", COMPOSED, work_factor=4)
    with pytest.raises(KeyringError) as caught:
        read_locked(tmp_path / "here", other)
    assert caught.value.codes == ("passphrase.wrong",)


def test_bytes_that_are_no_text_lock_as_they_are(tmp_path: Path) -> None:
    typed = "sebuah kata \udcff\udcfe saja"
    write_locked(tmp_path / "here", b"secret", typed, work_factor=4)
    assert read_locked(tmp_path / "here", typed) == b"secret"


@needs("age")
def test_stock_age_opens_with_what_keyboards_usually_give(tmp_path: Path) -> None:
    write_locked(tmp_path / "locked", b"secret", unicodedata.normalize("NFD", COMPOSED), work_factor=4)
    at_a_terminal(["age", "-d", "-o", str(tmp_path / "plain"), str(tmp_path / "locked")], COMPOSED)
    assert (tmp_path / "plain").read_bytes() == b"secret"
