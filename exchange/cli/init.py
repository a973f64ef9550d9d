"""`exchange init`: this organisation's workspace, keys and card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.sftp_address import read_address
from exchange.cli.shares import offer_shares, refuse_beside_the_keys, shares_to_option
from exchange.errors import ExchangeError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.workspace.workspace import Workspace


@click.command(
    help=_(
        "Make this organisation's workspace, keys and card. The passphrase is asked for twice, or read from the file "
        "that EXCHANGE_PASSPHRASE_FILE names; nobody can open the keys without it."
    ),
    epilog=desk.example(
        'exchange -w ~/exchange init --party yks --name-id "Yayasan Kasih Sesama" --name-en "Kasih Sesama Foundation"'
        " --contact dpo@yks.example"
    ),
)
@click.option(
    "--party", required=True, metavar="ID", help=_("short name in agreements: small letters, digits, hyphens")
)
@click.option("--name-id", required=True, metavar="TEXT", help=_("the organisation's name in Indonesian"))
@click.option("--name-en", required=True, metavar="TEXT", help=_("the organisation's name in English"))
@click.option("--contact", required=True, metavar="TEXT", help=_("where its data officer is reached"))
@click.option("--sftp", metavar="HOST:PORT", help=_("a server where others leave bundles for us"))
@click.option("--sftp-user", metavar="USER", help=_("the account there, if all senders share one"))
@click.option("--sftp-directory", metavar="DIRECTORY", default=".", help=_("the folder there"))
@click.option("--sftp-host-key", type=desk.a_path(), metavar="FILE", help=_("the server's public key: its *_key.pub"))
@click.option("--no-shares", is_flag=True, help=_("make no recovery shares of the root key yet"))
@shares_to_option()
@desk.dry_run_option()
def init(
    *,
    party: str,
    name_id: str,
    name_en: str,
    contact: str,
    sftp: str | None,
    sftp_user: str | None,
    sftp_directory: str,
    sftp_host_key: Path | None,
    no_shares: bool,
    shares_to: Path | None,
    dry_run: bool,
) -> None:
    from exchange.keyring.card import issue_card
    from exchange.keyring.identity import new_identity
    from exchange.keyring.identity_file import save_identity
    from exchange.keyring.passphrase import check_passphrase
    from exchange.keyring.shapes import Names
    from exchange.workspace.workspace import Workspace

    folder, today = click.get_current_context().obj.workspace, desk.now().date()
    address = read_address(sftp, sftp_user, sftp_directory, sftp_host_key)
    refuse_beside_the_keys(folder, shares_to)
    try:
        names = Names(id=name_id, en=name_en)
    except ValueError:
        raise UsageError(Problem("usage.name", _("a name is one plain line of text"))) from None
    identity = new_identity(party, names, contact, today)
    secret = desk.passphrase(new=True)
    check_passphrase(secret)
    desk.end_dry_run(dry_run)
    _own_empty_folder(folder)
    workspace = Workspace.create(folder, party)
    try:
        save_identity(identity, workspace.identity_file, secret)
        workspace.own.save_card(issue_card(identity, today, sftp=address))
    except ExchangeError:  # a full disk: what is half made could neither be used nor made again
        workspace.identity_file.unlink(missing_ok=True)
        raise
    console.answer({"party": party, "fingerprint": identity.fingerprint()}, [identity.fingerprint()])
    _say_what_next(workspace)
    offer_shares(workspace, identity, today, shares_to, now=not no_shares)


def _own_empty_folder(folder: Path) -> None:
    """An empty folder becomes private; one that others use stays as it is, and `Workspace.create` refuses it."""
    from exchange.keyring.private_files import make_folder_private

    if folder.is_dir() and not any(folder.iterdir()):
        make_folder_private(folder)


def _say_what_next(workspace: Workspace) -> None:
    console.say(_("the keys and the card of {party} are made; above is the fingerprint").format(party=workspace.party))
    console.say(_("agreements name the fingerprint; give the others our card: exchange card export FOLDER"))
    console.say(_("keep a copy of the folder in another place: the numbers and logs in it come from nowhere else"))
