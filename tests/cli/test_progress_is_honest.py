"""What is said while something travels: measured before it is said, and nothing where nobody could read it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cli.organisations import HOUSE, Desk
from cli.town import FOUNDED, Town
from transport.servers import Relay

from exchange.cli.progress import WINDOW, Rate, Travel, amount, span
from exchange.demo.sftp_server import running_server
from exchange.errors import Problem
from exchange.keyring.card import issue_card
from exchange.keyring.identity_file import load_identity
from exchange.keyring.shapes import SftpAddress

GONE = Problem("transport.connection_lost", "the connection broke")
DEADLINE = 60.0  # seconds that a command may take


class Watchmaker:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


# --- what is known ---


def test_a_rate_is_unknown_until_it_is_measured_and_where_nothing_moves() -> None:
    clock = Watchmaker()
    rate = Rate(clock)
    assert rate.now() is None
    rate.moved(0)
    clock.now += 0.5
    rate.moved(500)
    assert rate.now() is None
    clock.now += 0.5
    assert rate.now() == 500
    clock.now += WINDOW
    assert rate.now() is None


def test_a_rate_is_that_of_the_last_seconds() -> None:
    clock = Watchmaker()
    rate = Rate(clock)
    for moved in [1000] * 20 + [10] * 20:
        clock.now += 1
        rate.moved(moved)
    assert rate.now() == pytest.approx(10, rel=0.01)


def test_what_was_there_before_is_done_and_no_rate_comes_of_it() -> None:
    clock = Watchmaker()
    travel = Travel("out", {"x7Qk": ("gt-ntt", 100_000_000)}, clock)
    travel.moved("x7Qk", 60_000_000, 100_000_000)
    clock.now += 2
    travel.moved("x7Qk", 64_000_000, 100_000_000)
    assert travel.lines() == [
        "sending: 0 of 1 files, 64.0 MB of 100 MB, 2.0 MB/s, 0:18 left",
        "   64% to gt-ntt, x7Qk, 64.0 MB of 100 MB",
    ]


def test_a_pause_says_why_and_for_how_long_and_ends_when_something_moves() -> None:
    clock = Watchmaker()
    travel = Travel("in", None, clock)
    travel.moved("a" * 32, 0, 10, "yks")
    travel.paused(4.4, 2, GONE)
    clock.now += 1
    assert travel.lines()[-1] == "  again in 3 s, attempt 2: the connection broke"
    clock.now += 10
    assert travel.lines()[-1] == "  connecting again, attempt 2: the connection broke"
    travel.moved("a" * 32, 5, 10, "yks")
    assert travel.lines() == [
        "fetching: 0 of 1 files, 5 B of 10 B, rate not known yet",
        "   50% from yks, aaaaaaaaaaaa, 5 B of 10 B",
    ]


def test_many_files_are_one_line_and_those_that_move() -> None:
    clock = Watchmaker()
    names = [f"{number:032x}"[::-1] for number in range(1000)]
    travel = Travel("out", dict.fromkeys(names, ("gt-ntt", 1000)), clock)
    for name in names[:20]:
        travel.moved(name, 0, 1000)
    for name in names[:10]:
        travel.moved(name, 1000, 1000)
    lines = travel.lines()
    assert (lines[0].split(",")[0], len(lines)) == ("sending: 10 of 1000 files", 5)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_900, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (4e9, "4.0 GB"),
    ],
)
def test_amounts_are_short(count: float, said: str) -> None:
    assert amount(count) == said


def test_times_are_never_nothing() -> None:
    assert [span(each) for each in (0.01, 59.6, 3599, 3600)] == ["0:01", "1:00", "59:59", "1:00:00"]


# --- at a terminal ---


@contextmanager
def server_for(town: Town, rate: int) -> Iterator[Relay]:
    """gt-ntt's card names a server that lets `rate` bytes a second through."""
    workspace, recipient = town.sender.workspace, town.recipient()
    sender = load_identity(workspace.identity_file, "orang-orang rekaan saja")
    assert sender.sftp_client
    with running_server(town.folder / "far", {"yks": sender.sftp_client.verify_key.openssh()}) as server:
        relay = Relay(server.port)
        relay.throttle(rate)
        address = server.address("yks")
        identity = load_identity(recipient.folder / "identity.age", "orang-orang rekaan saja")
        sftp = SftpAddress(
            host="127.0.0.1",
            port=relay.port,
            host_key=server.host_key,
            user=address.user,
            directory=address.directory.removesuffix("incoming").rstrip("/") or ".",
        )
        workspace.cards.add(issue_card(identity, FOUNDED, sftp=sftp, previous=recipient.workspace.own.card()), FOUNDED)
        try:
            yield relay
        finally:
            relay.close()


def screen_of(desk: Desk, *arguments: str, **variables: str) -> tuple[int, str]:
    """A command at a terminal of 40 columns, which must end before the deadline. The status and the screen."""
    command = [sys.executable, "-m", "exchange", *arguments]
    environment = {"PATH": os.environ["PATH"], **desk.environment, "TERM": "xterm", "COLUMNS": "40"} | variables
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(HOUSE)
        os.execve(sys.executable, command, environment)  # noqa: S606  # as a shell would, at its terminal
    screen, ends = b"", time.monotonic() + DEADLINE
    with suppress(OSError):  # the terminal closes when the command ends
        while select.select([terminal], [], [], max(0, ends - time.monotonic()))[0] and (
            block := os.read(terminal, 4096)
        ):
            screen += block
    if time.monotonic() >= ends:
        os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen.decode("utf-8", "replace")


def plain(screen: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


def test_a_person_sees_what_moves_and_at_the_end_only_what_came_of_it(town: Town) -> None:
    packed(town)
    with server_for(town, rate=150_000) as relay:
        relay.cut_after(200_000)
        status, screen = screen_of(town.sender, "deliver")
    assert status == 0, screen
    said = plain(screen)
    assert re.search(r"sending: 0 of 1 files, \d+ kB of \d+ kB", said)
    assert re.search(r"\d+% to gt-ntt, [0-9a-f]{12}", said)
    assert re.search(r"again in \d s, attempt 2: ", said), screen
    assert max(map(len, re.split(r"[\r\n]+", said.split("gt-ntt  bundle")[0]))) <= 80  # no line is wrapped into two
    assert screen.rstrip().endswith("delivered")
    assert screen.count("\x1b[?25l") == screen.count("\x1b[?25h")  # the cursor is back


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}])
def test_nothing_is_drawn_where_that_is_not_wanted(town: Town, variables: dict[str, str]) -> None:
    packed(town)
    with server_for(town, rate=300_000):
        status, screen = screen_of(town.sender, "deliver", **variables)
    assert (status, "sending:" in screen, "\x1b" in screen) == (0, False, False)


def test_json_and_pipes_are_silent(town: Town) -> None:
    packed(town)
    with server_for(town, rate=300_000):
        status, screen = screen_of(town.sender, "deliver", "--json")
    assert (status, "\x1b" in screen) == (0, False)
    assert '"state": "delivered"' in screen
    said = town.sender.spawn("deliver")
    assert (said.status, "\x1b" in said.err) == (0, False)


def packed(town: Town) -> Path:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    town.sender.approves()
    return town.sender.folder
