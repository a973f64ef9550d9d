"""Who may touch a file or folder on Windows: its access list, where POSIX has owner and mode.

Private is what only the user, the system and its administrators have any access to; the last two cannot be kept out.
The list is read and made by Windows' own `icacls` and `whoami`, called by their place in System32. What is read is
SIDs and SDDL ([MS-DTYP] 2.5.1), which are the same in every language of Windows; anything in them that is not
understood is a refusal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Final

from exchange.errors import KeyringError
from exchange.keyring.refusals import refused
from exchange.locale import _

SYSTEM: Final = "S-1-5-18"
ADMINISTRATORS: Final = "S-1-5-32-544"
PATIENCE = 30
"""Seconds for one call of a tool."""

Run = Callable[..., bytes]
"""Calls a tool of Windows with its arguments, for what it prints. KeyringError (file.access_unknown) if it fails."""

_SID = re.compile(r"S-1(?:-[0-9]+)+")
_LIST = re.compile(r"D:([A-Z_]*)((?:\([^()]*\))*)(?:S:.*)?")
_ALIASES = {"SY": SYSTEM, "BA": ADMINISTRATORS}
_EVERYONE = "WD"


def system_tool(name: str, *arguments: str) -> bytes:
    """What `name` of System32 prints. It is never looked for along PATH, and no shell reads the arguments."""
    import subprocess

    program = PureWindowsPath(os.environ.get("SYSTEMROOT", "C:\\Windows")) / "System32" / f"{name}.exe"
    if not program.is_absolute():
        raise _unknown()
    quietly = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments, by an absolute path
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
            creationflags=quietly,
        )
    except (OSError, subprocess.SubprocessError):
        raise _unknown() from None
    return done.stdout


def strangers(path: Path, run: Run = system_tool) -> frozenset[str]:
    """The SIDs, or SDDL's names for them, of all others who have any access to `path`. KeyringError
    (file.access_unknown) where that cannot be told."""
    user = _user(run)
    with TemporaryDirectory() as folder:
        saved = Path(folder) / "list"
        run("icacls", _absolute(path), "/save", str(saved), "/q")
        try:
            return granted(_sddl(saved.read_bytes())) - _ours(user)
        except (OSError, ValueError):
            raise _unknown(path.name) from None


def make_private(path: Path, run: Run = system_tool) -> None:
    """Leave access to the user, the system and its administrators alone; in a folder, to all that will lie in it.

    KeyringError: file.access_unknown; file.not_private where that did not help (some disks keep no access lists).
    """
    found = strangers(path, run)
    if not found:
        return
    full = "(OI)(CI)F" if path.is_dir() else "F"
    grants = [f"*{sid}:{full}" for sid in (_user(run), SYSTEM, ADMINISTRATORS)]
    run("icacls", _absolute(path), "/inheritance:r", "/grant:r", *grants, "/q")
    for sid in sorted(strangers(path, run)):
        if _SID.fullmatch(sid):
            run("icacls", _absolute(path), "/remove", f"*{sid}", "/q")
    if strangers(path, run):
        raise not_private(path)


def not_private(path: Path) -> KeyringError:
    hint = _("move it to a folder of your own on an NTFS disk; then consider who may have read it")
    return refused("file.not_private", _("others on this machine may read this file"), where=path.name, hint=hint)


def granted(sddl: str) -> frozenset[str]:
    """Whom the access list of `sddl` gives anything, as SIDs or as SDDL's two letters. ValueError if it is not one, or
    has an entry of a kind that we do not know; a list that is not there gives everybody everything."""
    read = _LIST.fullmatch(sddl)
    if read is None:
        raise ValueError("not an access list")
    flags, entries = read.groups()
    if "NO_ACCESS_CONTROL" in flags:
        return frozenset({_EVERYONE})
    return frozenset(filter(None, map(_grantee, re.findall(r"\(([^()]*)\)", entries))))


def _grantee(entry: str) -> str | None:
    """Whom an entry gives something; None where it takes something away."""
    kind, _flags, _rights, _object, _inherited, trustee = entry.split(";")  # ValueError: a conditional entry has more
    if kind not in {"A", "D"} or not (_SID.fullmatch(trustee) or re.fullmatch(r"[A-Z]{2}", trustee)):
        raise ValueError("an entry that we do not know")
    return _ALIASES.get(trustee, trustee) if kind == "A" else None


def _ours(user: str) -> frozenset[str]:
    """The user may be the machine's built-in administrator, whom SDDL calls LA."""
    return frozenset({user, SYSTEM, ADMINISTRATORS}) | ({"LA"} if user.endswith("-500") else frozenset())


def _sddl(saved: bytes) -> str:
    """The access list in a file of `icacls /save`: the name's line, then the list's, in UTF-16."""
    lines = saved.decode("utf-16-le").removeprefix("\ufeff").splitlines()
    if len(lines) < 2:
        raise ValueError("no access list")
    return lines[-1]


@lru_cache(maxsize=8)
def _user(run: Run) -> str:
    """The SID of who runs us. A console's encoding may spoil the name before it, never the SID."""
    said = run("whoami", "/user", "/fo", "csv", "/nh").decode("ascii", "replace")
    found = _SID.fullmatch(said.strip().rpartition(",")[2].strip('"'))
    if found is None:
        raise _unknown()
    return found.group()


def _absolute(path: Path) -> str:
    return str(path.absolute())


def _unknown(where: str = "") -> KeyringError:
    hint = _("keep it in a folder of your own on an NTFS disk")
    what = _("Windows does not tell who may read this file")
    return refused("file.access_unknown", what, where=where, hint=hint)
