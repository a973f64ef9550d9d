"""`exchange agreement to-xlsx` and `from-xlsx`: out to a workbook and back, into the YAML that was there."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.test_agreements_from_the_command_line import text_of
from cli.town import AGREEMENT, Town


def test_there_and_back_is_the_same_text(town: Town, tmp_path: Path) -> None:
    old = tmp_path / "dsa.yaml"
    old.write_text(text_of(town), encoding="utf-8")
    book, new = tmp_path / "dsa.xlsx", tmp_path / "new.yaml"
    town.sender.does("agreement", "to-xlsx", AGREEMENT, book)
    answer = town.sender.run("agreement", "from-xlsx", book, new, "--base", old, "--json").json
    assert new.read_text(encoding="utf-8") == text_of(town)
    assert answer["digest"] == town.sender.run("agreement", "check", old, "--json").json["digest"]


@pytest.mark.parametrize("dry", [True, False])
def test_a_file_that_is_there_is_not_written_over(town: Town, tmp_path: Path, dry: bool) -> None:
    book = tmp_path / "dsa.xlsx"
    if dry:
        town.sender.does("agreement", "to-xlsx", AGREEMENT, book, "--dry-run")
        assert not book.exists()
        return
    book.write_bytes(b"mine")
    assert town.sender.run("agreement", "to-xlsx", AGREEMENT, book).codes == ["usage.file_there"]
    assert book.read_bytes() == b"mine"


def test_nothing_is_written_from_what_is_no_workbook(town: Town, tmp_path: Path) -> None:
    book, new = tmp_path / "dsa.xlsx", tmp_path / "new.yaml"
    book.write_bytes(b"nothing of the kind")
    assert town.sender.run("agreement", "from-xlsx", book, new).status == 6
    assert not new.exists()
