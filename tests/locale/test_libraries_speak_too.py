"""What click says by itself is Indonesian where Indonesian is spoken, and English again afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_dir
from click.testing import CliRunner

from exchange.locale import Language, libraries_speaking
from exchange.locale.update import HOUSE, entries, texts


@click.command()
@click.option("--number", type=click.IntRange(1, 9), required=True)
@click.option("--kind", type=click.Choice(["one", "two"]), default="one", show_default=True)
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def verb(number: int, kind: str, file: Path) -> None: ...


def said(*arguments: str, tongue: Language = "id") -> str:
    with libraries_speaking(tongue):
        return CliRunner().invoke(verb, arguments, prog_name="verb").output


def test_help_is_indonesian_around_our_own_words() -> None:
    shown = said("--help")
    assert "Pemakaian: verb" in shown
    assert "Opsi:" in shown
    assert "Tampilkan pesan ini lalu keluar." in shown
    assert "[bawaan: one]" in shown
    assert "wajib" in shown
    for english in ("Usage", "Options", "Show this", "default", "required"):
        assert english not in shown


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--numbr", "1"], "Tidak ada opsi '--numbr'. (Mungkin maksud Anda salah satu dari: '--number'?)"),
        (["--number"], "Opsi '--number' memerlukan 1 argumen."),
        (["--number", "x", "."], "'x' bukan"),
        (["--number", "12", "."], "12 tidak berada dalam rentang 1<=x<=9."),
        (["--number", "1", "--kind", "three", "."], "'three' bukan salah satu dari 'one', 'two'."),
        (["--number", "1", "nowhere"], "'nowhere' tidak ada."),
        (["--number", "1", ".", "more"], "Ada argumen berlebih (more)"),
        (["."], "Opsi tidak ada '--number'"),
    ],
)
def test_a_refusal_of_click_is_indonesian(arguments: list[str], expected: str) -> None:
    refused = said(*arguments)
    assert expected in refused
    assert "Kesalahan: " in refused


def test_english_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de")
    with libraries_speaking("id"):
        assert os.environ["LANGUAGE"] == "id"
    assert os.environ["LANGUAGE"] == "de"
    assert "Usage: verb" in said("--help", tongue="en")
    monkeypatch.setenv("LANGUAGE", "id")
    assert "Usage: verb" in said("--help", tongue="en")


def test_the_texts_are_those_of_the_click_that_is_installed() -> None:
    """A text that click words anew would be said in English, and its old one translated for nobody."""
    room = Path(str(click.__file__)).parent
    keywords: dict[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}
    of_click = {text for _, _, text, *_ in extract_from_dir(room, [("**.py", "python")], {}, keywords)}
    said_here = entries(texts(HOUSE / "locale"))
    ours = {message.id for message in said_here if "locale/click_texts.py" in {file for file, _ in message.locations}}
    assert len(ours) > 40
    assert sorted(map(str, ours - of_click)) == []
