"""Secrets on the terminal: on its other screen, which keeps nothing to scroll back to and is left empty.

What is shown here goes to the terminal alone, never to stdout, a file or a pipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from exchange.cli import console
from exchange.errors import Problem, UsageError
from exchange.locale import _

# xterm's sequences (ctlseqs, DECSET 1049 and ED), which terminals everywhere follow. On a Windows console without them
# click clears all that was shown.
_OTHER, _BACK = "\x1b[?1049h", "\x1b[?1049l"
_CLEAR = "\x1b[3J\x1b[2J\x1b[H"


@contextmanager
def secret_screen(hint: str) -> Iterator[None]:
    """The other screen, cleared and left whatever happens in the block. UsageError (usage.no_terminal), with `hint`,
    where nobody sits at a terminal."""
    if not console.interactive():
        what = _("this is shown and typed at a terminal only")
        raise UsageError(Problem("usage.no_terminal", what, hint=hint))
    click.echo(_OTHER + _CLEAR, err=True, nl=False)
    try:
        yield
    finally:
        click.echo(_CLEAR + _BACK, err=True, nl=False)


def clear() -> None:
    """Nothing of what stood on the screen stays."""
    click.echo(_CLEAR, err=True, nl=False)


def show(*lines: str) -> None:
    for line in lines:
        console.say(line)


def in_columns(words: tuple[str, ...], columns: int = 3) -> list[str]:
    """Numbered words, down one column after the other, so that they fit on a small screen."""
    height = -(-len(words) // columns)
    numbered = [f"{number:2}. {word:<9}" for number, word in enumerate(words, 1)]
    return ["   ".join(numbered[line::height]).rstrip() for line in range(height)]
