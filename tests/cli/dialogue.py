"""A person at a terminal who takes what is offered, and leaves open what is not."""

from __future__ import annotations

import contextlib
import os
import pty
import sys

from cli.organisations import HOUSE, Desk


def converse(desk: Desk, arguments: tuple[object, ...], most: int = 120) -> tuple[int, str]:
    """A bare return where there is a default (or a yes), three dots elsewhere. The status and the screen."""
    command = [sys.executable, "-m", "exchange", *map(str, arguments)]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(HOUSE)
        os.execve(sys.executable, command, {"PATH": os.environ["PATH"], **desk.environment})  # noqa: S606
    screen, replies = "", 0
    with contextlib.suppress(OSError):  # the terminal closes when the command ends
        while (block := os.read(terminal, 4096)) and replies < most:
            screen += block.decode("utf-8", "replace")
            asked = screen.rpartition("\n")[2]
            if asked.endswith(": "):
                os.write(terminal, b"\n" if asked.endswith("]: ") else b"...\n")
                screen, replies = f"{screen}\n", replies + 1
    _pid, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen
