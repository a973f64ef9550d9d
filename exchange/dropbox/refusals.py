"""What keeps a drop box from being made, in words that say what to do next."""

from __future__ import annotations

from exchange.errors import Problem
from exchange.locale import _


def bad_account(name: str) -> Problem:
    return Problem(
        "dropbox.account_name",
        _("no account of the operating system can be called this"),
        name,
        _("an account's name has at most 32 small letters, digits and hyphens, and not digits alone: give a --prefix"),
    )


def bad_folder() -> Problem:
    return Problem(
        "dropbox.folder",
        _("this cannot be the folder of a drop box"),
        hint=_("give its whole path, without blanks: --folder /srv/exchange-dropbox"),
    )


def no_keeper() -> Problem:
    return Problem(
        "dropbox.keeper",
        _("it is not known which account runs 'exchange receive' here"),
        hint=_("name it: --keeper USER"),
    )


def not_root() -> Problem:
    return Problem(
        "dropbox.not_root",
        _("only root can set up a drop box"),
        hint=_("run it with sudo, or look at what would be done: exchange dropbox"),
    )


def of_another() -> Problem:
    return Problem(
        "dropbox.of_another",
        _("another organisation's drop box is on this machine"),
        hint=_("a machine has one drop box: use another, or remove that one first"),
    )


def account_taken(name: str) -> Problem:
    return Problem(
        "dropbox.account_taken",
        _("this account is there already and is no sender's"),
        name,
        _("give the accounts of senders a --prefix, or remove that account if nobody needs it"),
    )


def workspace_in_the_way(folder: str) -> Problem:
    return Problem(
        "dropbox.in_the_way",
        _("the workspace has a folder of its own where the drop box should be"),
        folder,
        _("take what lies there in (exchange receive), remove the folder, and run this command again"),
    )


def step_failed(what: str, said: str) -> Problem:
    return Problem(
        "dropbox.failed",
        _("this did not work: {step}").format(step=what),
        hint=_("the system said: {reason}").format(reason=said or "?"),
    )


def sshd_refuses(said: str) -> Problem:
    return Problem(
        "dropbox.sshd_refuses",
        _("sshd does not take this configuration, so what was there before was put back"),
        hint=_("sshd said: {reason}").format(reason=said or "?"),
    )


def in_one_line(problem: Problem) -> str:
    """As a shell script says it."""
    return f"{_('error')}: {problem} [{problem.code}]"
