"""`exchange passphrase …`: whether the system's keyring keeps the organisation's passphrase."""

from __future__ import annotations

import click

from exchange.cli import console, desk
from exchange.cli.groups import Group
from exchange.locale import _


@click.group(
    cls=Group,
    help=_(
        "Where the organisation's passphrase comes from: the file that EXCHANGE_PASSPHRASE_FILE names, else the "
        "system's keyring where it was told to remember it, else a person who is asked."
    ),
    epilog=desk.example("exchange passphrase remember"),
)
def passphrase() -> None:
    pass


@passphrase.command(
    help=_(
        "Let the system's keyring remember the organisation's passphrase, so that nobody is asked for it any more. "
        "Whoever is logged in to this account then uses the organisation's keys; people keep passphrases of their own."
    ),
    epilog=desk.example("exchange passphrase remember"),
)
@desk.dry_run_option()
def remember(*, dry_run: bool) -> None:
    from exchange.keyring import os_keyring
    from exchange.keyring.identity_file import load_identity
    from exchange.keyring.private_files import write_private

    workspace = desk.here()
    os_keyring.check()
    secret = desk.passphrase(recalled=False)
    name = f"{workspace.party} {load_identity(workspace.identity_file, secret).fingerprint()}"
    desk.end_dry_run(dry_run)
    os_keyring.remember(name, secret)
    write_private(workspace.remembered_file, name.encode("ascii"))
    console.answer({"remembered": name}, [name])
    console.say(_("the system's keyring remembers it; lock the screen whenever you leave"))


@passphrase.command(
    help=_("Let the system's keyring forget the organisation's passphrase; a person is asked again."),
    epilog=desk.example("exchange passphrase forget"),
)
@desk.dry_run_option()
def forget(*, dry_run: bool) -> None:
    from exchange.keyring import os_keyring

    workspace = desk.here()
    name = desk.remembered_as(workspace)
    desk.end_dry_run(dry_run)
    workspace.remembered_file.unlink(missing_ok=True)  # first: whatever becomes of the rest, it is not used again
    if name is not None:
        os_keyring.forget(name)
    console.answer({"forgotten": name}, [name] if name else [])
