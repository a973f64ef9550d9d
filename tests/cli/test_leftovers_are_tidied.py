"""What commands left in the clear is found, listed and deleted; and nothing else, wherever a link may lead."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cli.organisations import Desk, files_of
from cli.town import AGREEMENT, AS_OFFICER, Town

from exchange.duties import tidying
from exchange.duties.leftovers import written
from exchange.merge.export import ABOUT


@pytest.fixture
def recipient(town: Town, bundle: Path) -> Desk:
    """gt-ntt, which has received a bundle, opened one, and exported the store."""
    recipient = town.recipient()
    recipient.does("open", bundle, "--out", town.folder / "opened", *AS_OFFICER, "--acknowledge")
    recipient.does("receive", "--from-folder", bundle.parent)
    out = town.folder / "tables"
    recipient.does("export", *AS_OFFICER, "--acknowledge", "--out", out, "--format", "csv,xlsx,parquet")
    return recipient


def found(desk: Desk, *arguments: str | Path) -> dict[str, str]:
    """Name → what it is, of everything that would be deleted."""
    said = desk.run("--json", "tidy", "--dry-run", *arguments)
    assert said.status == 0, said
    return {Path(each["file"]).name: each["sort"] for each in said.json["found"]}


def test_what_commands_wrote_is_found_where_they_wrote_it_and_deleted(town: Town, recipient: Desk) -> None:
    before = files_of(town.folder / "tables")
    listed = found(recipient)
    assert listed.keys() >= {*(Path(name).name for name in before), "datapackage.json", "README.html"}
    assert {*listed.values()} == {"export", "opened"}
    assert files_of(town.folder / "tables") == before  # a dry run

    refused = recipient.run("tidy")
    assert (refused.codes, files_of(town.folder / "tables")) == (["usage.nobody_to_ask"], before)
    said = recipient.run("--json", "tidy", "--yes")
    assert (said.status, len(said.json)) == (0, len(listed))
    assert all(each["deleted"] for each in said.json)
    assert "on an SSD" in said.err
    assert files_of(town.folder / "tables") == files_of(town.folder / "opened") == {}
    assert found(recipient) == {}
    (noted,) = recipient.run("--json", "audit", "entries", "--kind", "leftovers.deleted").json
    assert noted["counts"]["files"] == len(listed)
    assert noted["counts"].keys() == {"files", "bytes"}
    assert noted.keys() <= {"time", "kind", "party", "counts", "entry"}


def test_copies_under_other_names_are_found_in_a_folder_that_is_named(town: Town, recipient: Desk) -> None:
    """A copy is known by its content; what Excel has saved again by its head or its sheets."""
    documents = town.folder / "documents"
    (documents / "deep").mkdir(parents=True)
    tables = town.folder / "tables"
    shutil.copy(tables / "people.csv", documents / "deep" / "holiday.dat")
    text = (tables / "reports.csv").read_bytes().replace(b",", b";") + b"\r\n"
    (documents / "edited.csv").write_bytes(b"\xef\xbb\xbf" + text)
    shutil.copy(tables / "merged.xlsx", documents / "Budget.xlsx")
    shutil.copy(tables / "people.parquet", documents / "p")
    shutil.copytree(town.folder / "opened", documents / "september")
    for name, content in (("notes.txt", b"person of contact: nobody"), ("persons.csv", b"person,age\r\nx,1\r\n")):
        (documents / name).write_bytes(content)
    listed = found(recipient, documents)
    assert listed.keys() >= {"holiday.dat", "edited.csv", "Budget.xlsx", "p"}
    assert not listed.keys() & {"notes.txt", "persons.csv"}
    recipient.does("tidy", documents, "--yes")
    assert files_of(documents).keys() == {"notes.txt", "persons.csv"}


def test_extracts_are_listed_and_stay_unless_that_is_asked(town: Town) -> None:
    town.packed()
    assert found(town.sender) == {"cases.xlsx": "extract"}
    said = town.sender.run("tidy", "--yes")
    assert "extracts stay" in said.err
    assert town.workbook.exists()
    town.sender.does("tidy", "--yes", "--extracts")
    assert not town.workbook.exists()


def test_an_extract_on_which_somebody_works_on_is_no_leftover(town: Town) -> None:
    town.packed()
    with town.workbook.open("ab") as file:
        file.write(b"more")
    assert found(town.sender) == {}


def test_the_marked_workbook_and_the_preview_are_found(town: Town) -> None:
    job = (town.workbook, "-a", AGREEMENT, "-p", "2026-09")
    town.sender.run("check", *job, "--out", town.folder / "marked.xlsx")
    town.sender.does("preview", *job, "--to", "gt-ntt", "--note", "-", "--out", town.folder / "pages", stdin="Sama.")
    assert found(town.sender, town.folder) == {"marked.xlsx": "marked", "gt-ntt-2026-09.html": "page"}


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="no links as POSIX has them")
def test_no_link_is_followed(town: Town, recipient: Desk) -> None:
    tables, elsewhere = town.folder / "tables", town.folder / "elsewhere"
    tables.rename(elsewhere)  # a folder, and then a file, are put behind links
    tables.symlink_to(elsewhere)
    assert {*found(recipient).values()} == {"opened"}
    named = town.folder / "named"
    named.mkdir()
    (named / "people.csv").symlink_to(elsewhere / "people.csv")
    (named / "inner").symlink_to(elsewhere)
    assert "people.csv" not in found(recipient, named)
    assert recipient.run("tidy", named / "inner").codes == ["tidy.no_folder"]
    assert recipient.run("tidy", town.folder / "nowhere").codes == ["tidy.no_folder"]
    recipient.does("tidy", named, "--yes")
    assert (elsewhere / "people.csv").exists()


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="no links as POSIX has them")
def test_a_folder_that_becomes_a_link_between_listing_and_deleting_saves_what_lies_behind(
    town: Town, recipient: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody moves a listed folder away and puts a link to it in its place: the files are the same, and no longer in
    the folder that was named."""
    opened, victim = town.folder / "opened", town.folder / "victim"
    real = tidying.tidy

    def swaps(office: object, leftovers: object) -> object:
        victim.mkdir()
        (opened / "data").rename(victim / "data")
        (opened / "data").symlink_to(victim / "data")
        return real(office, leftovers)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(tidying, "tidy", swaps)
    before = files_of(town.folder / "opened" / "data")
    said = recipient.run("--json", "tidy", "--yes")
    assert files_of(victim / "data") == before
    assert "tidy.left" in said.err


def test_a_descriptor_that_somebody_wrote_names_nothing_of_another_to_be_deleted(town: Town, recipient: Desk) -> None:
    folder = town.folder / "trap"
    folder.mkdir()
    package = (town.folder / "opened" / "datapackage.json").read_text()
    (folder / "datapackage.json").write_text(package.replace("README.html", "../thesis.doc").replace("data/", ""))
    (town.folder / "thesis.doc").write_text("years of work")
    for name in ("cases.csv", "thesis.doc"):
        (folder / name).write_text("somebody's own")
    recipient.does("tidy", folder, "--yes")
    assert files_of(folder).keys() == {"cases.csv", "thesis.doc"}
    assert (town.folder / "thesis.doc").exists()


def test_other_workspaces_are_left_alone(town: Town, recipient: Desk) -> None:
    copy = town.sender.folder / "exports" / "people.csv"
    copy.parent.mkdir(exist_ok=True)
    shutil.copy(town.folder / "tables" / "people.csv", copy)
    recipient.does("tidy", town.folder, "--yes")
    assert copy.exists()
    assert recipient.workspace.store_folder.exists()


def test_where_things_lie_is_told_by_no_file(town: Town, recipient: Desk) -> None:
    (register,) = recipient.folder.glob("leftovers.box")
    assert b"tables" not in register.read_bytes()
    assert {each.sort for each in written(recipient.office(recipient.now))} == {"export", "opened"}
    assert ABOUT in {piece.path for each in written(recipient.office(recipient.now)) for piece in each.pieces}
