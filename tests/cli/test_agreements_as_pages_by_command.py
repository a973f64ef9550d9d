"""`exchange agreement show --html`: the document, the one page, the consent sheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.town import AGREEMENT, Town
from reports.checking import is_sound


@pytest.mark.parametrize("options", [(), ("--what-leaves",), ("--consent-sheet",), ("--consent-sheet", "--form", "F3")])
def test_a_page_is_written(town: Town, tmp_path: Path, options: tuple[str, ...]) -> None:
    file = tmp_path / "page.html"
    answer = town.sender.run("agreement", "show", AGREEMENT, "--html", file, *options, "--json").json
    assert answer["file"] == "page.html"
    assert is_sound(file.read_text(encoding="utf-8"))
    assert town.sender.run("agreement", "show", AGREEMENT, "--html", file, *options).codes == ["usage.file_there"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--what-leaves",), "usage.no_file_named"),
        (("--form", "F3"), "usage.no_file_named"),
        (("--html", "x.html", "--what-leaves", "--consent-sheet"), "usage.two_pages"),
        (("--html", "x.html", "--consent-sheet", "--form", "F9"), "agreement.no_form"),
    ],
)
def test_what_makes_no_sense_is_refused(town: Town, tmp_path: Path, options: tuple[str, ...], code: str) -> None:
    placed = [str(tmp_path / each) if each.endswith(".html") else each for each in options]
    assert town.sender.run("agreement", "show", AGREEMENT, *placed).codes == [code]
    assert not (tmp_path / "x.html").exists()
