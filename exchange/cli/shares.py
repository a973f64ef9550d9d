"""`exchange card shares`, and the end of `exchange init`: the root key as three sheets of words for three holders."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.secret_screen import clear, in_columns, secret_screen, show
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    import datetime as dt

    from exchange.keyring.identity import Identity
    from exchange.keyring.share_words import Share
    from exchange.workspace.workspace import Workspace

_ASKED = 3  # words of each sheet that are typed back


def shares_to_option() -> desk.Options:
    what = _("write the sheets with their words to FOLDER, on a stick, instead of showing them here")
    return click.option("--shares-to", type=desk.a_path(), metavar="FOLDER", help=what)


@click.command(
    help=_(
        "Make three new recovery shares of the root key, of which any two bring it back. They are shown here one after "
        "the other, to be written on paper, and some words of each are asked for. Earlier shares stay good: burn them."
    ),
    epilog=desk.example("exchange card shares --forms ~/to-print", "exchange card shares"),
)
@click.option(
    "--forms", type=desk.a_path(), metavar="FOLDER", help=_("write three sheets without words, to be printed, and stop")
)
@shares_to_option()
@desk.dry_run_option()
def shares(*, forms: Path | None, shares_to: Path | None, dry_run: bool) -> None:
    workspace, today = desk.here(), desk.now().date()
    if forms is not None:
        desk.end_dry_run(dry_run)
        _answer(workspace, _write_sheets(workspace, forms, ((), (), ()), today), None)
        return
    refuse_beside_the_keys(workspace.folder, shares_to)
    identity = desk.unlock_to_certify(workspace, desk.passphrase())
    desk.end_dry_run(dry_run)
    _answer(workspace, make_shares(workspace, identity, today, shares_to), today)


def offer_shares(workspace: Workspace, identity: Identity, today: dt.date, folder: Path | None, *, now: bool) -> None:
    """At the end of `init`: a person makes the shares, if not `now` then later; where nobody sits, none are made."""
    if folder is not None or (now and console.interactive() and _begins_now()):
        make_shares(workspace, identity, today, folder)
    else:
        console.warn(no_shares(workspace.party))


def no_shares(party: str) -> Problem:
    what = _("no recovery shares were made: if this computer or its passphrase is lost, so is the root key, for ever")
    return Problem("recovery.no_shares", what, where=party, hint=_("make them: exchange card shares"))


def refuse_beside_the_keys(workspace: Path, folder: Path | None) -> None:
    """There the shares would be lost with the identity, and found with it. UsageError (usage.shares_here)."""
    if folder is not None and folder.resolve().is_relative_to(workspace.resolve()):
        what, hint = _("the shares would lie beside the keys"), _("name a folder on a stick, outside the workspace")
        raise UsageError(Problem("usage.shares_here", what, where=folder.name, hint=hint))


def make_shares(workspace: Workspace, identity: Identity, today: dt.date, folder: Path | None) -> list[Path]:
    """Show them, or write them to `folder`; then note that there are some. The files that were written."""
    from exchange.keyring.recovery import SharesNote, shares_of

    made = shares_of(identity.root)
    files: list[Path] = []
    if folder is not None:
        files = _write_sheets(workspace, folder, made, today)
        _warn_of(files)
    else:
        with secret_screen(_("or name a folder on a stick: --shares-to FOLDER")):
            for number, share in enumerate(made, 1):
                _hand_over(number, share, identity.fingerprint())
    workspace.recovery.note_shares(SharesNote(made=today, root=identity.fingerprint()))
    console.say(_("give each sheet to another holder, and try two of them: exchange card recover --dry-run"))
    return files


def _answer(workspace: Workspace, files: list[Path], made: dt.date | None) -> None:
    lines = [str(file) for file in files] or [_("three recovery shares are made")]
    console.answer({"party": workspace.party, "made": made, "sheets": [str(file) for file in files]}, lines)


# --- on the screen ---


def _begins_now() -> bool:
    console.say(_("Three sheets of paper, of which any two bring back the root key if this computer is lost."))
    console.say(_("You need a pen and a quarter of an hour, and nobody, no camera either, may see the screen."))
    return click.confirm(_("make them now?"), default=True, err=True)


def _hand_over(number: int, share: Share, fingerprint: str) -> None:
    """Until the holder's sheet has been shown to be right."""
    from exchange.reports.recovery_sheet import title

    for attempt in count():
        clear()
        show(title(number), fingerprint, "", *in_columns(share), "")
        if attempt:
            show(_("a word that you typed was another one: compare your sheet with these words"))
        show(_("Write these words on paper, with their numbers."))
        click.prompt(_("then press Enter"), default="", show_default=False, err=True)
        clear()
        show(title(number), "")
        if _typed_back(share):
            return


def _typed_back(share: Share) -> bool:
    from exchange.keyring.share_words import words_of

    places = sorted(secrets.SystemRandom().sample(range(len(share)), _ASKED))
    typed = [click.prompt(_("word {place} on the sheet").format(place=place + 1), err=True) for place in places]
    return [words_of(each) for each in typed] == [(share[place],) for place in places]


# --- as files ---


def _write_sheets(workspace: Workspace, folder: Path, words: Sequence[Share], today: dt.date) -> list[Path]:
    from exchange.reports.recovery_sheet import Sheet, recovery_sheet

    card = workspace.own.card().card
    files = [folder / f"{workspace.party}-{number}.html" for number in range(1, len(words) + 1)]
    for file in files:
        desk.refuse_to_replace(file)  # before the first is written: half a set helps nobody
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number, (file, share) in enumerate(zip(files, words, strict=True), 1):
        sheet = Sheet(card.names, card.contact, card.fingerprint, number, today, share)
        desk.put_private(file, recovery_sheet(sheet).encode())
    return files


def _warn_of(files: Sequence[Path]) -> None:
    what = _("the sheets are in the clear, and whoever has two of them has the root key")
    hint = _("print each apart, on a printer without memory or network, give it to its holder, and destroy the stick")
    console.warn(Problem("recovery.in_clear", what, ", ".join(file.name for file in files), hint))
