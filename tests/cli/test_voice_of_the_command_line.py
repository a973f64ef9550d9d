"""Data on stdout, people on stderr; every failure has its words, its code and its status, and never a value."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import HOUSE, PACKING, Desk
from cli.town import Town

from exchange.cli import console
from exchange.cli.main import run
from exchange.workspace.own import Own


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("chek",), "usage.wrong"),
        (("check",), "usage.missing"),
        (("check", "cases.xlsx", "--agreement", "A", "--period", "2026-10", "--quickly"), "usage.no_such_option"),
        (("agreement", "sign", "A", "--on", "yesterday"), "usage.bad_value"),
        (("check", "cases.xlsx", "--agreement", "A", "--period", "October"), "period.unreadable"),
    ],
)
def test_a_wrong_command_line_leaves_with_2(town: Town, arguments: tuple[str, ...], code: str) -> None:
    said = town.sender.run(*arguments)
    assert (said.status, said.out, said.codes) == (2, "", [code])
    assert "  hint: " in said.err
    with_json = town.sender.run(*arguments, "--json")
    assert (with_json.status, with_json.json["status"]) == (2, 2)
    assert [each["code"] for each in with_json.json["error"]] == [code]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_json_may_stand_anywhere(town: Town, place: int) -> None:
    words = ["card", "list"]
    words.insert(place, "--json")
    parties = [each["party"] for each in town.sender.run(*words).json]
    assert parties == ["dinas-p3a", "gt-ntt", "independent-auditor", "io-id"]


def test_language_may_stand_anywhere(town: Town) -> None:
    assert town.sender.spawn("card", "list", "--language", "id").status == 0
    refused = town.sender.spawn("card", "list", "--language", "xx")
    assert (refused.status, refused.out) == (2, "")
    assert "usage.language" in refused.err


def test_what_a_terminal_obeys_is_shown_as_a_question_mark_and_letters_stay(capsys: pytest.CaptureFixture[str]) -> None:
    letters = "é 中文 नमस्ते क\u094d\u200dष Rp\u00a01.000 – ok"
    for put in (console.give, console.say):
        put(letters + "\x1b[2J\x9b\x07\u202e")
    out, err = capsys.readouterr()
    assert out == err == letters + "?[2J???\n"
    console.give_json({"name": "é\x9b\x1b"})
    assert capsys.readouterr().out == '{\n  "name": "é\\u009b\\u001b"\n}\n'


def test_a_folder_that_is_no_workspace_is_said(tmp_path: Path) -> None:
    said = Desk(tmp_path / "nowhere", "yks").run("status")
    assert (said.status, said.out, said.codes) == (3, "", ["workspace.none"])
    assert str(tmp_path) not in said.err


def test_a_workspace_that_others_can_look_into_is_refused(town: Town) -> None:
    town.sender.folder.chmod(0o755)
    assert town.sender.run("status").codes == ["workspace.not_private"]


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "file.disk_full"), (errno.EACCES, "file.forbidden"), (errno.EIO, "file.unusable")],
)
def test_what_the_system_refuses_is_said_in_our_words(town: Town, number: int, code: str) -> None:
    error = OSError(number, os.strerror(number), "/home/maria/kasus.xlsx")
    with mock.patch.object(Own, "card", side_effect=error):
        said = town.sender.run("card", "show")
    assert (said.status, said.codes) == (3, [code])
    assert "kasus.xlsx" in said.err
    assert "maria" not in said.err


def test_a_fault_of_ours_is_confessed_without_its_message(town: Town) -> None:
    with mock.patch.object(Own, "card", side_effect=ValueError("Maria Goreti, 5371…")):
        said = town.sender.run("card", "show")
    assert (said.status, said.out, said.codes) == (70, "", ["bug"])
    assert "ValueError at cli/card.py:" in said.err
    assert "Maria" not in said.err
    assert "Traceback" not in said.err


def test_a_reader_that_has_seen_enough_is_no_fault(town: Town) -> None:
    """`exchange … | head -1`"""
    command = [sys.executable, "-m", "exchange", "agreement", "schema"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=HOUSE)
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.close()
    assert program.stderr.read() == b""
    assert program.wait(60) == 141


def test_nobody_who_listens_is_no_fault_either() -> None:
    """`exchange 2>&1 | true`"""
    command = [sys.executable, "-m", "exchange", "card"]
    reading, writing = os.pipe()
    os.close(reading)
    program = subprocess.Popen(command, stdout=writing, stderr=writing, cwd=HOUSE)
    os.close(writing)
    assert program.wait(60) == 141


def test_an_interrupted_command_leaves_with_130(town: Town) -> None:
    """It waits for a case number on stdin; the person changes her mind."""
    command = [sys.executable, "-m", "exchange", "withdraw", "-", "-a", "DSA-NTT-2026-004"]
    environment = {"PATH": os.environ["PATH"], **town.sender.environment}
    before = set(town.sender.folder.rglob("*"))
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=HOUSE, env=environment
    )
    assert program.stderr is not None
    assert b"EXCHANGE_NOW" in program.stderr.readline()  # it runs
    program.send_signal(signal.SIGINT)
    _out, err = program.communicate(timeout=30)
    assert program.returncode == 130
    assert b"Traceback" not in err
    assert set(town.sender.folder.rglob("*")) == before


def test_another_clock_is_said(town: Town) -> None:
    assert "EXCHANGE_NOW says that it is 2026-10-05T01:00:00+00:00" in town.sender.run("status").err
    assert town.sender.at("2026-10-05T09:00:00").run("status").codes == ["usage.clock"]


def test_times_have_their_offset(town: Town, in_makassar: None) -> None:
    town.packed()
    assert f"{PACKING[:16].replace('T', ' ')}+08:00" in town.sender.does("status")


def test_the_door_needs_no_workspace(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "pack" in capsys.readouterr().out


def test_clicks_own_words_are_indonesian_as_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "exchange", "--language", "id", "pack"],
        capture_output=True,
        text=True,
        check=False,
        cwd=HOUSE,
    )
    assert done.returncode == 2
    assert "Pemakaian:" in done.stdout + done.stderr or "kesalahan:" in done.stderr
    assert "Missing" not in done.stderr
