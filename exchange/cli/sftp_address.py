"""`exchange card sftp`: the server on our card where others leave bundles for us; `init` names it in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.people import say_who_gets_the_card
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.keyring.shapes import SftpAddress


@click.command(
    name="sftp",
    help=_(
        "Name the server where others leave bundles for us, or none any more; without anything, show the one on our "
        "card. The card is signed anew, and partners get it with the next delivery; what they sent to the old address "
        "until then lies there."
    ),
    epilog=desk.example(
        "exchange card sftp",
        "exchange card sftp box.gt-ntt.example:22 --host-key ssh_host_ed25519_key.pub",
        "exchange card sftp --none",
    ),
)
@click.argument("place", metavar="HOST:PORT", required=False)
@click.option("--host-key", type=desk.a_path(), metavar="FILE", help=_("the server's public key: its *_key.pub"))
@click.option("--user", metavar="USER", help=_("the account there, if all senders share one"))
@click.option("--directory", metavar="DIRECTORY", default=".", help=_("the folder there"))
@click.option("--none", "no_server", is_flag=True, help=_("our card names no server any more"))
@desk.dry_run_option()
def sftp(
    *, place: str | None, host_key: Path | None, user: str | None, directory: str, no_server: bool, dry_run: bool
) -> None:
    from exchange.renewing import change

    address = read_address(place, user, directory, host_key)
    if address is not None and no_server:
        hint = _("a server: exchange card sftp HOST:PORT --host-key FILE; no server: exchange card sftp --none")
        raise UsageError(
            Problem("usage.server", _("say which server our card names, or that it names none"), hint=hint)
        )
    workspace, moment = desk.here(), desk.now()
    if address is not None or no_server:
        secret = desk.passphrase()
        identity = desk.unlock_to_certify(workspace, secret)
        identity.check_root()
        root = identity.root
        desk.end_dry_run(dry_run)
        before = workspace.own.card()
        change(workspace, secret, moment, lambda ours: ours, root=root, server=lambda _named: address)
        if workspace.own.card() != before:
            say_who_gets_the_card()
    _show(workspace.own.card().card.sftp)


def read_address(place: str | None, user: str | None, directory: str, host_key: Path | None) -> SftpAddress | None:
    """The address that was typed; None where nothing was. UsageError (usage.server)."""
    from exchange.keyring.shapes import SftpAddress

    if place is None and host_key is None and user is None and directory == ".":
        return None
    host, _colon, port = (place or "").rpartition(":")
    if not (host and port.isdigit() and host_key):
        what, hint = _("the server is not whole"), _("give HOST:PORT and the file of the server's public key, both")
        raise UsageError(Problem("usage.server", what, hint=hint))
    key = " ".join(host_key.read_text(encoding="utf-8", errors="replace").split()[:2])
    try:
        return SftpAddress(host=host.strip("[]"), port=int(port), user=user, directory=directory, host_key=key)
    except ValueError:
        hint = _("the key's file holds one line, as in ssh_host_ed25519_key.pub")
        raise UsageError(Problem("usage.server", _("no such server can be"), hint=hint)) from None


def _show(address: SftpAddress | None) -> None:
    if address is None:
        console.answer({"sftp": None}, [_("our card names no server")])
        return
    lines = [
        f"{_('server')}: {f'[{address.host}]' if ':' in address.host else address.host}:{address.port}",
        f"{_('folder')}: {address.directory}",
        f"{_('account')}: {address.user or _('of each sender, named like its party')}",
        f"{_('key')}: {address.host_key}",
    ]
    console.answer({"sftp": address.model_dump(mode="json")}, lines)
