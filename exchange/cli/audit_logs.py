"""Which log or pack a verb of `exchange audit` is about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import desk
from exchange.errors import AuditError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.workspace import Workspace


def network_option() -> desk.Options:
    return click.option("--network", "network_id", metavar="NETWORK", help=_("where we keep more than one log"))


def refuse_missing(packs: Iterable[Path]) -> None:
    """A name that was mistyped says nothing of anybody's log."""
    hint = _("look at its name and place")
    AuditError.raise_all(
        Problem("audit.pack_missing", _("there is no such evidence pack"), pack.name, hint)
        for pack in packs
        if not pack.exists()
    )


def log_of(workspace: Workspace, named: str | None) -> str:
    """The network whose log is meant."""
    networks = workspace.networks()
    if named is None and len(networks) == 1:
        return networks[0]
    if not networks:
        hint = _("it begins with the first thing that is signed, sent or received")
        raise UsageError(Problem("usage.network", _("we keep no log yet"), hint=hint))
    if named not in networks:
        hint = _("logs are kept of: {names}; choose one with --network").format(names=", ".join(networks))
        raise UsageError(
            Problem("usage.network", _("it is not clear which log is meant"), where=named or "", hint=hint)
        )
    return named
