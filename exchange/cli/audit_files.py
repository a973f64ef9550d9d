"""A file that `exchange audit cosign` or `take` is given: what it is, and which command takes it if it is another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from exchange.errors import AuditError, Problem
from exchange.locale import Said, _, later

MOST = 256 * 1024  # bytes of a file that shows a log, or a head that was cosigned


@dataclass(frozen=True, slots=True)
class Sort:
    """Files that begin like this. `command`: what takes one."""

    begins: re.Pattern[bytes]
    what: Said
    command: str


def _json(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'\s*\{\s*"' + name + rb'"')


SHOWING = Sort(_json(b"checkpoint"), later("a log that is shown, for the auditor to cosign"), "exchange audit cosign")
HEAD = Sort(
    re.compile(rb"[a-z0-9.-]+/exchange-log\n[0-9]+\n"),
    later("a checkpoint of a log, for its organisation to take when it is cosigned"),
    "exchange audit take",
)
_PACK = Sort(re.compile(rb".{257}ustar", re.DOTALL), later("an evidence pack"), "exchange audit verify")
_SORTS = (
    SHOWING,
    HEAD,
    _PACK,
    Sort(_json(b"card"), later("an organisation's card"), "exchange card add"),
    Sort(_json(b"entries"), later("signatures under an agreement"), "exchange agreement signatures import"),
    Sort(
        re.compile(rb"age-encryption\.org/|-----BEGIN AGE ENCRYPTED"),
        later("a sealed file, such as a bundle or a letter"),
        "exchange receive --from-file",
    ),
)


def content(file: Path, wanted: Sort) -> bytes:
    """What is in it. AuditError: audit.file_missing; audit.another_file, with the command that takes it;
    audit.proof_unreadable for one that is too long. Of what is like nothing that is known its reader judges."""
    if file.is_dir():
        raise _another(file, _PACK)
    try:
        with file.open("rb") as source:
            read = source.read(MOST + 1)
    except OSError:
        what, hint = _("there is no such file, or it cannot be read"), _("look at its name and place")
        raise AuditError(Problem("audit.file_missing", what, file.name, hint)) from None
    sort = next((each for each in _SORTS if each.begins.match(read)), wanted)
    if sort is not wanted:
        raise _another(file, sort)
    if len(read) > MOST:
        raise AuditError(Problem("audit.proof_unreadable", _("this is not a proof of a log"), file.name))
    return read


def _another(file: Path, sort: Sort) -> AuditError:
    what = _("this is another file: {what}").format(what=sort.what)
    hint = _("what takes it: {command}").format(command=f"{sort.command} {file.name}")
    return AuditError(Problem("audit.another_file", what, file.name, hint))
