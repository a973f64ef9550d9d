"""Foreign failures turned into our own: what click says of a command line, what the system says of a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click

from exchange.errors import ExchangeError, Problem, UsageError, WorkspaceError
from exchange.locale import _

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


def usage_error(error: click.ClickException) -> UsageError:
    """What is wrong with the command line. A value that was typed is repeated only where it names an option or verb."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "exchange"
    hint = _("see: {command} --help").format(command=command)
    match error:
        case click.NoSuchOption():
            what, code = _("there is no option {name}").format(name=error.option_name), "usage.no_such_option"
        case click.MissingParameter():
            what, code = _("{name} is missing").format(name=_parameter(error)), "usage.missing"
        case click.BadParameter():
            what = _("{name} cannot be so: {reason}").format(name=_parameter(error), reason=error.message)
            code = "usage.bad_value"
        case click.exceptions.NoArgsIsHelpError():
            what, code = _("a command is missing"), "usage.missing"
        case _:
            what, code = error.format_message(), "usage.wrong"
    return UsageError(Problem(code, what.rstrip("."), hint=hint))


def _parameter(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "?")
    return error.param.get_error_hint(error.ctx).replace("'", "") if error.ctx else error.param.human_readable_name


def disk_error(error: OSError) -> ExchangeError:
    """What the system refused, by the file's name alone: its folder may run through a person's home."""
    where = Path(os.fsdecode(error.filename)).name if isinstance(error.filename, str | bytes) else ""
    if error.errno in _FULL:
        hint = _("make room, then run the command again: nothing is lost")
        return WorkspaceError(Problem("file.disk_full", _("the disk is full"), where, hint))
    if error.errno in _FORBIDDEN:
        hint = _("look whose file it is, and whether you may read and write it")
        return WorkspaceError(Problem("file.forbidden", _("reading or writing is not allowed there"), where, hint))
    if error.errno in _ABSENT:
        return WorkspaceError(
            Problem("file.missing", _("there is no such file"), where, _("look at its name and place"))
        )
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    hint = _("run the command again; if it stays, try another disk")
    return WorkspaceError(
        Problem("file.unusable", _("the system refused: {reason}").format(reason=reason), where, hint)
    )
