"""What most verbs begin with: the workspace, its keys unlocked, the time."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from exchange.cli import console
from exchange.errors import KeyringError, Problem, UsageError
from exchange.keyring.identity import Identity
from exchange.keyring.passphrase import VARIABLE, passphrase_from_file
from exchange.locale import _
from exchange.workspace import Workspace

CLOCK = "EXCHANGE_NOW"


def here(ctx: click.Context) -> Workspace:
    """The workspace that the options before the verb name."""
    return Workspace.open(ctx.obj.workspace)


def unlock(workspace: Workspace) -> Identity:
    """Our secret keys. The passphrase comes from the file that EXCHANGE_PASSPHRASE_FILE names, or from a person."""
    from exchange.keyring.identity import load_identity

    return load_identity(workspace.identity_file, passphrase())


def passphrase(*, new: bool = False) -> str:
    """The passphrase, never from an option: options stand in the process list and in the shell's history."""
    given = passphrase_from_file(os.environ)
    if given is not None:
        return given
    if not console.interactive():
        raise KeyringError(
            Problem(
                "passphrase.none",
                _("there is nobody to ask for the passphrase"),
                hint=_("put it into a private file and name the file in {variable}").format(variable=VARIABLE),
            )
        )
    return str(click.prompt(_("passphrase"), hide_input=True, confirmation_prompt=new, err=True))


def now() -> dt.datetime:
    """The time, in UTC. EXCHANGE_NOW sets another for rehearsals and tests; it is said, so that nobody is misled."""
    set_to = os.environ.get(CLOCK)
    if not set_to:
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        moment = dt.datetime.fromisoformat(set_to)
    except ValueError:
        raise _no_time() from None
    if moment.tzinfo is None:
        raise _no_time()
    return moment.astimezone(dt.UTC).replace(microsecond=0)


def _no_time() -> UsageError:
    what = _("{variable} is not a time with its zone").format(variable=CLOCK)
    return UsageError(Problem("usage.clock", what, hint=_("write it as 2026-10-05T09:00:00+08:00")))


Options = Callable[[Callable[..., Any]], Callable[..., Any]]

agreement_option: Options = click.option(
    "--agreement", "-a", "agreement_id", required=True, metavar="ID", help=_("the agreement, by its id")
)
period_option: Options = click.option(
    "--period", "-p", required=True, metavar="2026-10", help=_("a month (2026-10) or a quarter (2026-Q3)")
)
existing_file: Callable[..., Any] = partial(click.Path, exists=True, dir_okay=False)
