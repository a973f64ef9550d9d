"""`exchange dropbox`: our own server's place where partners put bundles, printed, or set up and checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.findings import finding_documents, finding_lines
from exchange.errors import TransportError
from exchange.finding import wrong
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.dropbox.applying import Plan
    from exchange.dropbox.steps import Step


@click.command(
    help=_(
        "A drop box on our own server, by OpenSSH: an account for each sender of our agreements, locked into its "
        "folder, let in by the key on its card alone; it puts bundles and fetches letters, and can do nothing else. "
        "Prints the commands that make it; root makes it with --apply, again whenever a sender comes or goes or has a "
        "new key. Its folders take the place of the workspace's own, so that 'receive' and 'deliver' go on as before."
    ),
    epilog=desk.example("exchange dropbox", "sudo exchange -w ~officer/exchange dropbox --apply"),
)
@click.option("--apply", "apply_", is_flag=True, help=_("do it and check it, as root"))
@click.option(
    "--folder", default="/srv/exchange-dropbox", show_default=True, metavar="FOLDER", help=_("where the drop box lies")
)
@click.option("--keeper", metavar="USER", help=_("who runs 'receive' here; otherwise whose the workspace is"))
@click.option("--prefix", default="", metavar="TEXT", help=_("what the accounts' names begin with, before the party's"))
@click.option(
    "--days",
    type=click.IntRange(7, 3650),
    default=60,
    show_default=True,
    metavar="N",
    help=_("after how many days what nobody took is removed"),
)
@click.option("--root", type=desk.a_path(), metavar="FOLDER", help=_("the tree of another machine, such as an image"))
@desk.dry_run_option()
def dropbox(
    *, apply_: bool, folder: str, keeper: str | None, prefix: str, days: int, root: Path | None, dry_run: bool
) -> None:
    from exchange.dropbox.applying import Plan
    from exchange.dropbox.box import DropBox
    from exchange.dropbox.system import System
    from exchange.senders import our_senders, to_look_at

    folder_of_ours, today = click.get_current_context().obj.workspace, desk.now().date()
    with to_look_at(folder_of_ours) as workspace:
        senders, server = our_senders(workspace, today), workspace.own.card().card.sftp
    box = DropBox(
        party=workspace.party,
        keeper=keeper or _owner(folder_of_ours),
        senders=senders.admitted,
        folder=PurePosixPath(folder),
        days=days,
        prefix=prefix,
    )
    # Another machine has its own workspace, if any.
    ours = None if root else replace(workspace, folder=folder_of_ours.absolute()).dropbox
    plan = Plan(box, System(root.absolute() if root else Path("/")), ours)
    for problem in senders.kept_out:
        console.warn(problem)
    if apply_:
        _apply(plan, server.host_key if server else None, dry_run=dry_run)
    else:
        _print(plan)


def _print(plan: Plan) -> None:
    from exchange.dropbox.applying import script

    text = script(plan)
    console.answer({**_document(plan), "script": text}, text.splitlines())
    console.say(_("nothing was changed: root does the same with --apply, and checks it"))


def _apply(plan: Plan, card_key: str | None, *, dry_run: bool) -> None:
    from exchange.dropbox.judging import judge
    from exchange.dropbox.looking import look

    if dry_run:
        plan.check()
        _answer_steps(plan, plan.needed())
        desk.say_nothing_changed()
        return
    _refuse_unless_root()
    done = plan.apply()
    findings = judge(plan.box, look(plan.box, plan.system), card_key)
    document = {**_document(plan), "done": [each.words() for each in done], "findings": finding_documents(findings)}
    lines = [*(f"{_('done')}: {each.words()}" for each in done), *finding_lines(findings)]
    if done and plan.system.is_this_machine:
        console.say(_("sshd reads it once it is told to: systemctl reload ssh"))
    console.answer_partly(document, lines, TransportError, wrong(findings))


def _answer_steps(plan: Plan, steps: tuple[Step, ...]) -> None:
    words = [each.words() for each in steps]
    console.answer({**_document(plan), "dry_run": True, "steps": words}, words)


def _document(plan: Plan) -> dict[str, Any]:
    box = plan.box
    accounts = [{"account": each.name, "party": each.sender.party, "key": each.sender.key} for each in box.accounts]
    return {"folder": str(box.folder), "keeper": box.keeper, "days": box.days, "accounts": accounts}


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except (KeyError, NotImplementedError):  # an account that is gone; Windows
        return ""


def _refuse_unless_root() -> None:
    import os

    from exchange.dropbox.refusals import not_root

    if getattr(os, "geteuid", lambda: -1)() != 0:
        raise TransportError(not_root())
