"""`exchange map`: a draft to read, or asked column by column; never over a file, never in silence."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from cli.organisations import Desk
from cli.town import AGREEMENT, Town

from exchange.extracts.mapping import load_mapping


def test_the_draft_of_a_workbook_checks_it_as_the_mapping_made_by_hand(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "mapping.yaml"
    said = town.sender.run("map", town.workbook, "--agreement", AGREEMENT, "--out", out, "--json")
    assert said.status == 0, said
    assert out.stat().st_mode & 0o777 == 0o600
    made, by_hand = load_mapping(out), load_mapping(town.sender.workspace.agreements.newest(AGREEMENT).mapping_file)
    assert {label: by_hand.columns[label] for label in made.columns} == made.columns
    assert len(made.columns) >= len(by_hand.columns) - 3
    assert not [text for text in town.identifiers if text in out.read_text() + said.out + said.err]


def test_a_rehearsal_writes_nothing_and_no_file_is_written_over(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "mapping.yaml"
    assert "dry run" in town.sender.run("map", town.workbook, "--out", out, "--dry-run").err
    assert not out.exists()
    out.write_text("mine")
    said = town.sender.run("map", town.workbook, "--out", out)
    assert (said.status, said.codes, out.read_text()) == (2, ["usage.file_there"], "mine")


def test_without_a_terminal_nobody_is_asked(town: Town, tmp_path: Path) -> None:
    said = town.sender.run("map", town.workbook, "--out", tmp_path / "m.yaml", "--confirm")
    assert (said.status, said.codes) == (2, ["usage.nobody_to_ask"])


def test_a_person_decides_at_a_terminal(town: Town, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Nomor kasus", "Birthdate", "Nomor kasus internal ini", "Salutation", "Title"])
    for number in range(1, 5):
        book.active.append([f"K-{number}", "1990-08-17", "", "Ibu", ""])
    book.save(tmp_path / "k.xlsx")
    out = tmp_path / "m.yaml"
    replies = [("later", "s"), ("later", "s"), ("later", "l")]
    status, screen = town.sender.talk("map", tmp_path / "k.xlsx", "--out", out, "--confirm", replies=replies)
    assert status == 0, screen
    assert load_mapping(out).stays_here == ("Nomor kasus internal ini", "Salutation")
    assert '#  - "Title"' in out.read_text()
    assert "mapping.required_unmapped" in screen


def test_an_organisation_without_agreements_is_told_so(town: Town, tmp_path: Path) -> None:
    bare = Desk(town.folder / "empty", "yks")
    assert bare.run("map", town.workbook, "--out", tmp_path / "m.yaml").codes == ["workspace.none"]
