"""`exchange init`: private from the first moment, whole or not at all."""

from __future__ import annotations

import json
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli.organisations import HOUSE, PASSPHRASE, Desk, files_of

NAMES = (
    "--party",
    "yks",
    "--name-id",
    "Yayasan (contoh)",
    "--name-en",
    "Foundation (example)",
    "--contact",
    "a@b.example",
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "yks", "yks")


def test_everything_is_private_and_the_fingerprint_is_the_answer(desk: Desk) -> None:
    said = desk.spawn("init", *NAMES)
    assert said.status == 0, said
    assert said.out == json.loads(desk.card.read_text())["card"]["fingerprint"] + "\n"
    for path in (desk.folder, *desk.folder.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert PASSPHRASE not in said.out + said.err
    again = desk.run("init", *NAMES)
    assert (again.status, again.codes) == (3, ["workspace.exists"])


def test_no_passphrase_is_ever_an_argument_and_none_reaches_the_files(desk: Desk) -> None:
    assert desk.run("init", *NAMES, "--passphrase", PASSPHRASE).codes == ["usage.no_such_option"]
    assert not desk.folder.exists()
    desk.does("init", *NAMES)
    assert all(PASSPHRASE.encode() not in content for content in files_of(desk.folder).values())


def test_a_weak_passphrase_leaves_nothing(desk: Desk) -> None:
    weak = desk.folder.parent / "yks.passphrase"
    weak.touch(mode=0o600)
    weak.write_text("rahasia\n")
    said = desk.run("init", *NAMES)
    assert (said.status, said.codes) == (4, ["passphrase.weak"])
    assert not desk.folder.exists()


def test_without_a_person_or_a_file_nobody_is_asked(desk: Desk) -> None:
    said = desk.spawn("init", *NAMES, environment={"EXCHANGE_PASSPHRASE_FILE": ""})
    assert (said.status, said.codes) == (4, ["passphrase.none"])
    assert not desk.folder.exists()


def test_a_passphrase_that_others_can_read_is_refused(desk: Desk) -> None:
    secret = Path(desk.environment["EXCHANGE_PASSPHRASE_FILE"])
    secret.chmod(0o644)
    assert desk.run("init", *NAMES).codes == ["file.not_private"]


def test_an_empty_folder_becomes_private_and_one_in_use_is_left_alone(desk: Desk) -> None:
    desk.folder.mkdir(mode=0o755)
    (desk.folder / "holiday.jpg").touch()
    desk.folder.chmod(0o755)
    assert desk.run("init", *NAMES).codes == ["workspace.not_private"]
    assert [path.name for path in desk.folder.iterdir()] == ["holiday.jpg"]
    (desk.folder / "holiday.jpg").unlink()
    desk.does("init", *NAMES)
    assert stat.S_IMODE(desk.folder.stat().st_mode) == 0o700


def test_a_full_disk_leaves_nothing_in_the_way(desk: Desk) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    said = desk.spawn("init", *NAMES, before=full)
    assert (said.status, said.codes) == (4, ["file.not_written"])
    assert not files_of(desk.folder)
    assert desk.run("init", *NAMES).status == 0


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    said = desk.run("init", *NAMES, "--dry-run", "--json")
    assert (said.status, said.json) == (0, {"dry_run": True})
    assert not desk.folder.exists()


@pytest.mark.parametrize(
    ("more", "code", "status"),
    [
        (("--party", "YKS kasih"), "identity.malformed", 4),
        (("--name-id", "two\nlines"), "usage.name", 2),
        (("--sftp", "server.example"), "usage.server", 2),
        (("--sftp", "server.example:22", "--sftp-host-key", "no-such.pub"), "file.missing", 3),
    ],
)
def test_what_no_card_could_hold_is_refused(desk: Desk, more: tuple[str, ...], code: str, status: int) -> None:
    said = desk.run("init", *NAMES, *more)
    assert (said.status, set(said.codes)) == (status, {code})
    assert not desk.folder.exists()


def test_a_server_stands_on_the_card(desk: Desk, tmp_path: Path) -> None:
    key = tmp_path / "host.pub"
    key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPp9wR1cM0Xg8FYCk8YLzCzZyjkCz0g2mDqsx6X8j7xV root@server\n")
    desk.does("init", *NAMES, "--sftp", "[2001:db8::7]:2222", "--sftp-host-key", key, "--sftp-directory", "drop")
    server = json.loads(desk.card.read_text())["card"]["sftp"]
    assert (server["host"], server["port"], server["directory"]) == ("2001:db8::7", 2222, "drop")
    assert server["host_key"].endswith("j7xV")


def test_a_crash_of_the_interpreter_would_leave_no_core_with_keys_in_it() -> None:
    script = (
        "import atexit, resource, sys; from exchange.cli.main import main; sys.argv = ['exchange', '--help'];"
        "atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_CORE))); main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=HOUSE, check=True)
    assert done.stdout.splitlines()[-1] == "(0, 0)"
