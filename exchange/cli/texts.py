"""What a letter says, from files, stdin or a person: never from an option, which would stand in the shell's history."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement

MAX_BYTES = 16 * 1024  # more than the 2000 letters that a text may have, in any script
STDIN = "-"


def text_option() -> desk.Options:
    what = _("a file with what must be said, or - for stdin; asked for where nothing is given")
    return click.option("--text", "texts", multiple=True, metavar="FILE", help=what)


def texts_option() -> desk.Options:
    what = _(
        "a file with one of the texts that must be said, or NAME=- for stdin (may be repeated); else it is asked for"
    )
    return click.option("--text", "texts", multiple=True, metavar="NAME=FILE", help=what)


def one_text(given: tuple[str, ...]) -> str:
    """The one text of a letter. UsageError: letter.text, letter.text_missing."""
    texts = named_texts(tuple(f"text={each}" for each in given), ("text",))
    if "text" not in texts:
        hint = _("give it in a file: --text FILE")
        raise UsageError(Problem("letter.text_missing", _("this must be said, and is not"), "text", hint))
    return texts["text"]


def named_texts(given: tuple[str, ...], wanted: Iterable[str]) -> dict[str, str]:
    """The texts that were given as NAME=FILE; at a terminal the missing ones are asked for. Whether these are the ones
    that must be said is judged by whoever writes the letter."""
    texts = {}
    for each in given:
        name, equals, file = each.partition("=")
        if not equals or not file or name in texts:
            what = _("give each text once, with its name: --text NAME=FILE")
            raise UsageError(Problem("usage.text", what, hint=_("names: {names}").format(names=", ".join(wanted))))
        texts[name] = _read(name, file)
    if console.interactive():
        texts |= {name: _asked(name) for name in wanted if name not in texts}
    return texts


def read_line() -> str:
    """The first line of stdin, without its end: bounded, and nothing more is read than that line."""
    return _decoded("-", sys.stdin.buffer.readline(MAX_BYTES + 1)).strip("\r\n")


def case_number(given: str) -> str:
    """A case number as it was given; for - it is asked of a person, who types it twice since it is not shown, or read
    from stdin: so it stands neither in the shell's history nor in the list of processes. UsageError (letter.text)."""
    if given != STDIN:
        return given
    if console.interactive():
        again = _("the same case number again")
        return str(click.prompt(_("case number"), hide_input=True, confirmation_prompt=again, err=True))
    return read_line()


def moment(text: str, agreement: Agreement) -> dt.datetime:
    """A moment as it was typed, in UTC; without a zone it is meant in the agreement's. UsageError (usage.moment)."""
    try:
        read = dt.datetime.fromisoformat(text)
        if read.tzinfo is None:
            read = read.replace(tzinfo=ZoneInfo(agreement.delivery.timezone))
        return read.astimezone(dt.UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        hint = _("write it as 2026-10-05T09:00, or with its zone as 2026-10-05T09:00+08:00")
        raise UsageError(Problem("usage.moment", _("this is no moment"), hint=hint)) from None


def _read(name: str, file: str) -> str:
    if file == STDIN:
        return _decoded(name, sys.stdin.buffer.read(MAX_BYTES + 1))
    with Path(file).open("rb") as source:
        return _decoded(name, source.read(MAX_BYTES + 1))


def _decoded(name: str, content: bytes) -> str:
    try:
        if len(content) <= MAX_BYTES:
            return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    what = _("the text is too long, or is no text in UTF-8")
    raise UsageError(Problem("letter.text", what, where=name))


def _asked(name: str) -> str:
    """Lines until an empty one."""
    from exchange.duties.letter_text import text_name

    console.say(_("{what} (end with an empty line)").format(what=text_name(name)))
    lines = []
    while line := str(click.prompt("", prompt_suffix="> ", default="", show_default=False, err=True)):
        lines.append(line)
    return "\n".join(lines)
