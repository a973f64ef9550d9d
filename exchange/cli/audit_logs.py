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
    from exchange.workspace.workspace import Workspace


def network_option(where: str = "") -> desk.Options:
    """`where`: in which case it must be said."""
    said = where or _("where we keep more than one log")
    return click.option("--network", "network_id", metavar="NETWORK", help=said)


def agreements_option() -> desk.Options:
    what = _("only what is told of this agreement, for whoever may inspect it and not all others (may be repeated)")
    return click.option("--agreement", "-a", "agreements", multiple=True, metavar="ID", help=what)


def examined_option() -> desk.Options:
    what = _("examine only what is told of this agreement, where packs are of different ones (may be repeated)")
    return click.option("--agreement", "-a", "agreements", multiple=True, metavar="ID", help=what)


def packs_in(named: Iterable[Path]) -> tuple[Path, ...]:
    """The packs that are named, and those that lie in a folder that is named. AuditError (audit.pack_missing) where
    there is none: a name that was mistyped says nothing of anybody's log."""
    named = tuple(named)
    refuse_missing(named)
    found = tuple(dict.fromkeys(pack for each in named for pack in _packs_at(each)))
    if not found:
        what, hint = _("there is no evidence pack in this folder"), _("look at its name and place")
        raise AuditError(Problem("audit.pack_missing", what, ", ".join(each.name for each in named), hint))
    return found


def _packs_at(place: Path) -> list[Path]:
    from exchange.audit.pack import MANIFEST

    if not place.is_dir() or (place / MANIFEST).exists():
        return [place]
    inside = sorted(place.iterdir())
    packs = [each for each in inside if each.suffix == ".tar" or (each / MANIFEST).is_file()]
    # A folder that holds parts of one pack is a pack that is damaged: reading it says what is wrong with it.
    return packs or ([place] if any(each.is_file() for each in inside) else [])


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
    networks = workspace.logs.networks()
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
