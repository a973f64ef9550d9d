"""A group of commands whose help says each command's first sentence whole; click would cut it with an ellipsis."""

from __future__ import annotations

import click

from exchange.locale import _


class Group(click.Group):
    """A group below the front door."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a command, folded where it is long."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _first_sentence(each.help or "")) for name, each in self.commands.items()])


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")
