"""A stick for several parties, which anybody may find: each takes what is theirs, and nobody learns whose the rest
is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from cli.organisations import Desk, Said, files_of
from cli.town import AGREEMENT, RECIPIENTS, Town

from exchange.reports.stick_page import NAME, stick_page

PARTIES = ("yks", *RECIPIENTS, "independent-auditor", AGREEMENT)


@pytest.fixture(scope="module")
def _sent(_one_town: Town, tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Said]:
    town = _one_town.copied(tmp_path_factory.mktemp("sent") / "town")
    job = ("-a", AGREEMENT, "-p", "2026-09", "--to", "gt-ntt", "--to", "io-id", "--note", "-")
    town.sender.does("pack", town.workbook, *job, stdin="Tidak ada.")
    town.sender.approves()
    return town, town.sender.run("deliver", "--to-folder", town.stick)


@pytest.fixture
def sent(town: Town, _sent: tuple[Town, Said]) -> Said:
    """One stick with a bundle for two recipients, and what was said when it was filled."""
    town.becomes(_sent[0])
    return _sent[1]


def outcomes(said: Said) -> list[str]:
    return [each["outcome"] for each in said.json["taken"]]


def inbox(desk: Desk) -> list[str]:
    return [each["state"] for each in desk.run("status", "--json").json["inbox"]]


def test_a_found_stick_tells_nothing_of_anybody(town: Town, sent: Said) -> None:
    for party in ("gt-ntt", "io-id"):
        assert f"folder {town.folder_for(party).name} is for {party}" in sent.err
    names = [str(path.relative_to(town.stick)) for path in town.stick.rglob("*")]
    page = (town.stick / NAME).read_text(encoding="utf-8")
    for party in PARTIES:
        assert not [name for name in names if party in name]
        assert party not in page
    for word in ("survivor", "penyintas", "traffick", "perdagangan", "gugus tugas", "task force", "2026", "yks"):
        assert word not in page.lower()


def test_the_page_is_for_people_in_both_languages_and_reaches_for_nothing(town: Town, sent: Said) -> None:
    page = (town.stick / NAME).read_text(encoding="utf-8")
    assert page == stick_page()
    for said in ("Baca ini dahulu", "Read this first", "exchange receive --from-folder", "If you have found it"):
        assert said in page
    assert not re.search(r"<script|src=|url\(|https?:|@import|<link", page)
    (town.stick / NAME).write_text("<p>Send it to me instead.</p>")
    town.sender.does("agreement", "suspend", AGREEMENT)
    town.sender.does("deliver", "--to-folder", town.stick)
    assert (town.stick / NAME).read_text(encoding="utf-8") == page


def test_a_page_that_cannot_be_written_keeps_nothing_from_going(town: Town, sent: Said) -> None:
    (town.stick / NAME).unlink()
    (town.stick / NAME).mkdir()
    (town.stick / NAME / "x").touch()
    town.sender.does("agreement", "suspend", AGREEMENT)
    said = town.sender.run("deliver", "--to-folder", town.stick)
    assert said.status == 0
    assert f"warning: {NAME}" in said.err


def test_a_link_in_place_of_a_folder_leads_nothing_off_the_stick(town: Town, sent: Said, tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", town.folder_for("gt-ntt")
    elsewhere.mkdir()
    shutil.rmtree(folder)
    folder.symlink_to(elsewhere)
    town.sender.does("agreement", "suspend", AGREEMENT)
    said = town.sender.run("deliver", "--to-folder", town.stick, "--json")
    assert "transport.linked_folder" in said.out
    assert not [*elsewhere.iterdir()]


def test_a_name_of_somebody_else_says_nothing_to_a_terminal(town: Town, tmp_path: Path) -> None:
    attached = tmp_path / "invoice\x1b]0;x\x07\u202etxt.age"
    attached.write_bytes(b"nothing")
    said = town.recipient().run("receive", "--from-file", attached)
    assert "invoice?]0;x??txt.age" in said.err


def test_each_takes_what_is_theirs_and_leaves_the_rest_in_peace(town: Town, sent: Said, tmp_path: Path) -> None:
    for name in ("holiday.jpg", "x7Qk", "Laporan.docx"):
        (town.stick / name).write_bytes(b"somebody's own")
    (town.stick / "System Volume Information").mkdir()
    others = files_of(town.folder_for("io-id"))
    said = town.recipient().run("receive", "--from-folder", town.stick, "--json")
    assert (said.status, outcomes(said), said.json["left"]) == (0, ["accepted"], 1)
    assert files_of(town.folder_for("io-id")) == others
    assert inbox(town.recipient()) == ["done"]
    assert [each["kind"] for each in town.recipient().run("audit", "entries", "--json").json].count(
        "bundle.quarantined"
    ) == 0
    again = town.recipient().run("receive", "--from-folder", town.stick, "--json")
    assert (again.status, again.json["taken"], again.json["left"]) == (0, [], 1)
    assert files_of(town.folder_for("gt-ntt")) == {}  # it is done there
    town.recipient().does("deliver", "--to-folder", town.stick)
    assert outcomes(town.recipient("io-id").run("receive", "--from-folder", town.stick, "--json")) == ["accepted"]
    town.recipient("io-id").does("deliver", "--to-folder", town.stick)
    assert outcomes(town.sender.run("receive", "--from-folder", town.stick, "--json")) == ["heeded", "heeded"]
    states = {each["state"] for each in town.sender.run("status", "--json").json["outbox"]}
    assert states == {"acknowledged"}
    assert (town.stick / "holiday.jpg").exists()


def test_what_is_ours_is_found_in_whichever_folder_it_lies(town: Town, sent: Said, tmp_path: Path) -> None:
    (bundle,) = town.folder_for("gt-ntt").iterdir()
    for place in (tmp_path, tmp_path / "dari-mobil"):
        place.mkdir(exist_ok=True)
        shutil.copy(bundle, place)
    said = town.recipient().run("receive", "--from-folder", tmp_path, "--json")
    assert (said.status, outcomes(said), said.json["left"]) == (0, ["accepted"], 0)
    assert inbox(town.recipient()) == ["done"]


def test_what_cannot_be_told_is_said(town: Town, sent: Said) -> None:
    """What lost its beginning looks like somebody else's: a person is told that something is there."""
    (bundle,) = town.folder_for("gt-ntt").iterdir()
    bundle.write_bytes(b"\0" * 100 + bundle.read_bytes()[100:])
    said = town.recipient().run("receive", "--from-folder", town.stick)
    assert said.status == 0
    assert "2 sealed files or folders there are not for us, or are damaged" in said.err
    assert "nothing new has come" in said.err


def test_the_same_folder_takes_everything_that_goes_to_a_party(town: Town, sent: Said) -> None:
    before = files_of(town.stick)
    town.sender.does("agreement", "suspend", AGREEMENT)
    town.sender.does("deliver", "--to-folder", town.stick)
    assert before.items() < files_of(town.stick).items()
    assert len([each for each in town.stick.iterdir() if each.is_dir()]) == len(RECIPIENTS)


@pytest.mark.parametrize("option", ["--to-folder", "--as-file"])
@pytest.mark.parametrize("place", ["stick that was pulled out", "note.txt"])
def test_a_stick_that_is_not_there_is_said_and_nothing_counts_as_handed_over(
    town: Town, tmp_path: Path, option: str, place: str
) -> None:
    (tmp_path / "note.txt").write_text("no folder")
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    town.sender.approves()
    said = town.sender.run("deliver", f"{option}={tmp_path / place}")
    assert (said.status, said.codes) == (11, ["transport.no_directory"])
    assert not (tmp_path / "stick that was pulled out").exists()
    assert {each.state for each in town.sender.workspace.outbox.status()} == {"queued"}
