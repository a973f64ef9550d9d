"""A person at a terminal who takes what is offered, and leaves open what is not."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import sys
from collections.abc import Callable
from pathlib import Path

from cli.organisations import HOUSE, Desk

#: Seconds. A Ctrl-C that comes between Python's look for signals and its wait for a line is lost; people press again.
PRESSED_AGAIN = 3.0


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


def reply_to(
    desk: Desk,
    arguments: tuple[object, ...],
    reply: Callable[[str], str | None],
    out: Path | None = None,
) -> tuple[int, str]:
    """A command at a terminal. `reply` sees all that was on the screen whenever something is asked, and says what is
    typed; None is Ctrl-C. `out` is where stdout goes instead. The status and the screen."""
    command = [sys.executable, "-m", "exchange", *map(str, arguments)]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(HOUSE)
        if out is not None:
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT, 0o600), 1)
        os.execve(sys.executable, command, {"PATH": os.environ["PATH"], **desk.environment})  # noqa: S606
    screen, stops = "", False
    with contextlib.suppress(OSError):
        while True:
            if stops and not select.select([terminal], [], [], PRESSED_AGAIN)[0]:
                os.write(terminal, b"\x03")
                continue
            if not (block := os.read(terminal, 4096)):
                break
            screen += block.decode("utf-8", "replace")
            if not screen.endswith(": "):
                continue
            typed = reply(screen)
            stops = typed is None
            os.write(terminal, b"\x03" if typed is None else f"{typed}\n".encode())
            screen += "\n"
    _pid, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), screen
