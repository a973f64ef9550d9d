"""`exchange agreement diff`, and a version that promises to change words alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.test_agreements_from_the_command_line import text_of
from cli.town import AGREEMENT, Town


def written(town: Town, folder: Path, version: str, *also: tuple[str, str]) -> Path:
    text = text_of(town)
    for old, new in (("version: 1.1.0 ", f"version: {version} "), *also):
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / f"{version}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_widens_is_said_first(town: Town, tmp_path: Path) -> None:
    new = written(town, tmp_path, "1.2.0", ("due_day: 10", "due_day: 9"), ("k: 5 ", "k: 4 "))
    lines = town.sender.does("agreement", "diff", AGREEMENT, new).splitlines()
    assert lines[0] == "Wider sharing, or weaker protection"
    assert "how many people must look alike: 4 instead of 5" in lines[1]
    assert lines[2] == "Other changes"


def test_a_program_reads_the_same(town: Town, tmp_path: Path) -> None:
    new = written(town, tmp_path, "1.2.0", ("k: 5 ", "k: 4 "))
    answer = town.sender.run("agreement", "diff", AGREEMENT, new, "--json").json
    assert (answer["patch"], answer["problems"], answer["status"]) == (False, [], 0)
    first = answer["changes"][0]
    assert (first["effect"], first["clause"], first["recipient"]) == ("widens", "tiers.gt-ntt.protect.k", "gt-ntt")
    assert (first["before"], first["after"]) == ("5", "4")


def test_a_patch_of_more_than_words_is_said_in_full_and_not_kept(town: Town, tmp_path: Path) -> None:
    new = written(town, tmp_path, "1.1.1", ("k: 5 ", "k: 4 "), ("keep_months: 24", "keep_months: 36"))
    said = town.sender.run("agreement", "diff", AGREEMENT, new)
    assert (said.status, said.codes) == (5, ["agreement.more_than_wording"] * 2)
    assert "4 instead of 5" in said.out
    said = town.sender.run("agreement", "add", new)
    assert (said.status, said.codes) == (5, ["agreement.more_than_wording"] * 2)


@pytest.mark.parametrize("version", ["1.1.1", "1.2.0"])
def test_a_version_of_other_words_is_kept(town: Town, tmp_path: Path, version: str) -> None:
    new = written(town, tmp_path, version, ("dpo@yks.example", "data@yks.example"))
    assert town.sender.does("agreement", "add", new, "--dry-run") == ""


def test_an_agreement_that_nobody_knows_is_not_compared(town: Town) -> None:
    assert town.sender.run("agreement", "diff", AGREEMENT, "nowhere.yaml").codes == ["agreement.no_file"]
    assert town.sender.run("agreement", "diff", AGREEMENT, "DSA-X").status != 0
