"""The voice of the command line, and its rules.

- Data goes to stdout, everything that is said to a person to stderr; `--json` puts one JSON document on stdout.
- Readable without colour. A warning only if one can act on it.
- An error begins with "error:", in lower case, without a full stop; each has where, what, and a "hint:" with what to do
  next, and its stable code in brackets. All problems of a list are shown at once.
- The exit status is the error's own (`exchange/errors.py`). A bug of ours is 70, and says how to report it without
  showing a value.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, TextIO

import click

from exchange.errors import ExchangeError, Problem
from exchange.locale import _
from exchange.locale.harmless import SHOWN, harmless

BUG = 70
STOPPED = 130  # as a shell says of a command that was interrupted
PIPE_CLOSED = 141  # as a shell says of a command whose reader has gone

_hide: ContextVar[Callable[[], None] | None] = ContextVar("hide", default=None)


@contextmanager
def hiding(hide: Callable[[], None]) -> Iterator[None]:
    """Whatever is said, given or asked inside the block calls `hide` before: something is drawn on the screen."""
    before = _hide.set(hide)
    try:
        yield
    finally:
        _hide.reset(before)


def draws() -> bool:
    """Whether stderr is a screen on which lines can be drawn again and again, and that is wanted."""
    plain = bool(os.environ.get("NO_COLOR")) or click.get_current_context().obj.as_json
    able = os.name == "nt" or os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}
    return sys.stderr.isatty() and able and not plain


def _clear() -> None:
    hide = _hide.get()
    if hide is not None:
        hide()


def say(line: str = "") -> None:
    """Tell the person at the keyboard something."""
    _clear()
    try:
        click.echo(harmless(line), err=True)
    except BrokenPipeError:
        _leave_quietly(sys.stderr)


def give(line: str) -> None:
    """Put a line of the result on stdout."""
    _clear()
    try:
        click.echo(harmless(line))
    except BrokenPipeError:
        _leave_quietly(sys.stdout)


def in_one_line(name: str) -> str:
    """A name that must not look like a line of ours."""
    return name.replace("\n", "?")


def local(at: dt.datetime) -> str:
    """A moment as the clock on this wall tells it, to the minute, with its offset from UTC: it may be read elsewhere.

    >>> local(dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC))  # doctest: +SKIP
    '2026-10-05 17:00+08:00'
    """
    return at.astimezone().isoformat(" ", "minutes")


def _leave_quietly(stream: TextIO) -> NoReturn:
    """Whoever read has seen enough. What is left in the buffer goes nowhere, so that leaving says nothing of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(PIPE_CLOSED)


def give_json(document: Any) -> None:
    """Put the one JSON document of `--json` on stdout. What a terminal would obey is escaped in it, also what JSON
    itself leaves as it is."""
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=False, default=str)
    give("".join(each if each.isprintable() or each in SHOWN else json.dumps(each)[1:-1] for each in text))


def answer(document: Any, lines: Iterable[str]) -> None:
    """The result of a command: one JSON document where `--json` was said, else lines."""
    if click.get_current_context().obj.as_json:
        give_json(document)
    else:
        for line in lines:
            give(line)


def answer_partly(
    document: dict[str, Any], lines: Iterable[str], failure: type[ExchangeError], problems: Iterable[Problem]
) -> None:
    """The result of a command of which a part may have failed: what went, what did not, the failure's status."""
    failed = tuple(problems)
    status = failure.exit_status if failed else 0
    answer({**document, "problems": [problem_document(each) for each in failed], "status": status}, lines)
    if failed and not click.get_current_context().obj.as_json:
        complain(failure(*failed))
    if failed:
        raise click.exceptions.Exit(status)


def warn(problem: Problem) -> None:
    """Show something that a person can and should act on, though the command goes on."""
    for line in problem_lines(problem, _("warning")):
        say(line)


def complain(error: ExchangeError) -> None:
    """Show every problem of an error."""
    for problem in error.problems:
        for line in problem_lines(problem, _("error")):
            say(line)


def problem_lines(problem: Problem, label: str) -> list[str]:
    """A problem as lines: what and where, the code, the hint, or several where it has a line for each. `where` may
    be a name that somebody else gave, and is one line."""
    where = f"{in_one_line(problem.where)}: " if problem.where else ""
    lines = [f"{label}: {where}{problem.what} [{problem.code}]"]
    lines += [f"  {_('hint')}: {line}" for line in problem.hint.splitlines()]
    return [harmless(line) for line in lines]


def problem_document(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "what": problem.what, "where": problem.where, "hint": problem.hint}


def problem_documents(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [problem_document(each) for each in problems]


def complain_json(error: ExchangeError) -> None:
    """The same as `complain`, for a program that reads."""
    give_json({"error": [problem_document(problem) for problem in error.problems], "status": error.exit_status})


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns that line up; the first to the left, figures to the right."""
    body = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(head), *body]) for i in range(len(head))]
    return [_aligned(line, widths) for line in [list(head), *body]]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if cell.replace(",", "").replace(".", "").isdigit() else cell.ljust(width)
        for cell, width in zip(line, widths, strict=True)
    ]
    return "  ".join(cells).rstrip()


def interactive() -> bool:
    """Whether a person can be asked."""
    _clear()
    return sys.stdin.isatty() and sys.stderr.isatty()
