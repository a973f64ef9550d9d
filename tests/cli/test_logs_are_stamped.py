"""A timestamp by command: what we ask goes to an authority by whatever way, and what it answers is in our packs."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest
from cli.organisations import PACKING, Desk
from cli.town import SENDER, Town
from needs import library, needs
from timestamp_authority import StampAuthority, refused

library("rfc3161_client")
pytestmark = needs("openssl")
STAMPED = dt.datetime.fromisoformat(PACKING) + dt.timedelta(hours=5)
WHEN = "2026-10-05T06:00:00Z"


@pytest.fixture
def authority(tmp_path: Path) -> StampAuthority:
    return StampAuthority.founded(tmp_path / "authority")


@pytest.fixture
def yks(town: Town) -> Desk:
    """It has packed a bundle, and so keeps a log."""
    town.packed()
    return town.sender


@pytest.fixture
def auditor(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "nothing", "auditor")


def test_a_log_is_stamped_and_its_pack_says_so(
    yks: Desk, auditor: Desk, authority: StampAuthority, tmp_path: Path
) -> None:
    asked, answer, pack, root = tmp_path / "yks.tsq", tmp_path / "yks.tsr", tmp_path / "yks.tar", authority.root.file
    size = yks.run("audit", "stamp", "request", asked, "--json").json["size"]
    answer.write_bytes(authority.signs(authority.answers(asked.read_bytes()), at=STAMPED))
    taken = yks.run("audit", "stamp", "accept", answer, "--tsa", root, "--json").json
    assert taken == {"size": size, "time": WHEN, "authority": "CN=Stempel Contoh"}
    yks.does("audit", "export", pack)
    said = auditor.run("audit", "verify", pack, "--tsa", root)
    assert (said.status, "nothing is wrong" in said.out) == (0, True), said
    line = f"yks.ntt/exchange-log: the first {size} entries existed on {WHEN}, says CN=Stempel Contoh"
    assert line in said.out
    [log] = auditor.run("audit", "verify", pack, "--tsa", root, "--json").json["logs"]
    assert log["stamps"] == [taken]
    without = auditor.run("audit", "verify", pack)
    assert (without.status, "[audit.timestamp_unknown]" in without.out, line in without.out) == (0, True, False)


def test_the_page_says_it_too_and_how_it_was_judged(
    yks: Desk, auditor: Desk, authority: StampAuthority, tmp_path: Path
) -> None:
    asked, answer, pack, root = tmp_path / "yks.tsq", tmp_path / "yks.tsr", tmp_path / "yks.tar", authority.root.file
    yks.does("audit", "stamp", "request", asked)
    answer.write_bytes(authority.signs(authority.answers(asked.read_bytes()), at=STAMPED))
    yks.does("audit", "stamp", "accept", answer, "--tsa", root)
    yks.does("audit", "export", pack)
    auditor.does("audit", "report", pack, "--out", tmp_path / "audit.html", "--tsa", root)
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "says the timestamp authority CN=Stempel Contoh" in page
    assert f"--tsa {root}" in page
    assert "audit.timestamp" not in page


def test_what_is_not_ours_or_not_granted_is_refused_and_not_kept(
    yks: Desk, authority: StampAuthority, tmp_path: Path
) -> None:
    asked, answer, root = tmp_path / "yks.tsq", tmp_path / "yks.tsr", authority.root.file
    accept = ("audit", "stamp", "accept", answer, "--tsa")
    yks.does("audit", "stamp", "request", asked)
    assert yks.run(*accept, root).codes == ["audit.file_missing"]
    answer.write_bytes(refused())
    assert yks.run(*accept, root).codes == ["timestamp.refused"]
    answer.write_bytes(b"0" * 10_000_000)
    assert yks.run(*accept, root).codes == ["timestamp.malformed"]
    answer.write_bytes(authority.signs(authority.answers(asked.read_bytes()), at=STAMPED))
    assert yks.run(*accept, authority.own.file).codes == ["timestamp.root"]
    assert yks.run(*accept, tmp_path / "absent.pem").codes == ["audit.file_missing"]
    assert yks.run("audit", "stamp", "accept", answer).codes == ["usage.missing"]
    assert yks.run("audit", "stamp", "request", asked).codes == ["usage.file_there"]
    yks.does("audit", "export", tmp_path / "pack")
    assert not (tmp_path / "pack" / "timestamps").exists()


def test_a_stamp_of_another_day_than_ours_is_refused_and_people_are_told_where_to_look(
    yks: Desk, authority: StampAuthority, tmp_path: Path
) -> None:
    asked, answer = tmp_path / "yks.tsq", tmp_path / "yks.tsr"
    assert yks.run("audit", "stamp", "request", asked, "--json").json["size"] % 64 == 0
    for days, code in ((-10, "audit.timestamp_early"), (4000, "audit.timestamp_ahead")):
        lie = authority.signs(authority.answers(asked.read_bytes()), at=STAMPED + dt.timedelta(days=days))
        answer.write_bytes(lie)
        said = yks.run("audit", "stamp", "accept", answer, "--tsa", authority.root.file)
        assert said.codes == [code]
        assert "check the date of this computer" in said.err
    yks.does("audit", "export", tmp_path / "pack")
    assert not (tmp_path / "pack" / "timestamps").exists()


def test_a_rehearsal_asks_and_keeps_nothing(yks: Desk, authority: StampAuthority, tmp_path: Path) -> None:
    rehearsed, asked, answer = tmp_path / "rehearsed.tsq", tmp_path / "yks.tsq", tmp_path / "yks.tsr"
    assert yks.run("audit", "stamp", "request", rehearsed, "--dry-run").status == 0
    assert not rehearsed.exists()
    yks.does("audit", "stamp", "request", asked)
    answer.write_bytes(authority.signs(authority.answers(asked.read_bytes()), at=STAMPED))
    assert yks.run("audit", "stamp", "accept", answer, "--tsa", authority.root.file, "--dry-run").status == 0
    answer.write_bytes(answer.read_bytes()[:-9])
    assert yks.run("audit", "stamp", "accept", answer, "--tsa", authority.root.file, "--dry-run").status != 0
    yks.does("audit", "export", tmp_path / "pack")
    assert not (tmp_path / "pack" / "timestamps").exists()


def test_without_the_extra_people_are_told_what_to_install(
    yks: Desk, auditor: Desk, authority: StampAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yks.does("audit", "export", tmp_path / "yks.tar")
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    said = yks.run("audit", "stamp", "request", tmp_path / "yks.tsq")
    assert (said.status, said.codes) == (2, ["timestamp.not_installed"])
    assert "requirements-timestamps.lock" in said.err
    assert not (tmp_path / "yks.tsq").exists()
    judged = auditor.run("audit", "verify", tmp_path / "yks.tar", "--tsa", authority.root.file)
    assert (judged.status, judged.codes) == (2, ["timestamp.not_installed"])
    assert auditor.run("audit", "verify", tmp_path / "yks.tar").status == 0


def test_a_restored_copy_has_its_stamps(yks: Desk, authority: StampAuthority, tmp_path: Path) -> None:
    """They lie in the log's own file, and go wherever it goes."""
    asked, answer = tmp_path / "yks.tsq", tmp_path / "yks.tsr"
    yks.does("audit", "stamp", "request", asked)
    answer.write_bytes(authority.signs(authority.answers(asked.read_bytes()), at=STAMPED))
    yks.does("audit", "stamp", "accept", answer, "--tsa", authority.root.file)
    restored = shutil.copytree(yks.folder, tmp_path / "restored" / SENDER)
    copy = Desk(restored, SENDER)
    copy.does("audit", "export", tmp_path / "pack")
    assert [each.read_bytes() for each in (tmp_path / "pack" / "timestamps").iterdir()] == [answer.read_bytes()]
