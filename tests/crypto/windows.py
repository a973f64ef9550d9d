"""As much of Windows as `windows_acl` meets: whoami, and icacls over access lists that are kept here.

It is written from Microsoft's documentation of the two commands and of SDDL; nobody here has a Windows to try it on.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from typing import Any

USER = "S-1-5-21-1111-2222-3333-1001"
OTHER = "S-1-5-21-1111-2222-3333-1002"
OURS = f"D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;{USER})"
_LETTERS = {"S-1-5-18": "SY", "S-1-5-32-544": "BA", "S-1-1-0": "WD"}


class Windows:
    """`default` is what a new file gets; `keeps_lists` is false on a FAT disk."""

    def __init__(self, default: str, *, keeps_lists: bool = True) -> None:
        self.default, self.keeps_lists = default, keeps_lists
        self.lists: dict[str, str] = {}
        self.calls: list[list[str]] = []

    def run(self, command: Sequence[str], **_options: Any) -> Any:
        """In the place of `subprocess.run`."""
        self.calls.append(list(command))
        return SimpleNamespace(stdout=self(PureWindowsPath(command[0]).stem, *command[1:]), returncode=0)

    def __call__(self, tool: str, *arguments: str) -> bytes:
        if tool == "whoami":
            assert arguments == ("/user", "/fo", "csv", "/nh")
            return f'"kantor\\B\u00fcro, Ibu","{USER}"\r\n'.encode("cp850")
        assert tool == "icacls"
        path, action, *rest = arguments
        assert Path(path).is_absolute()
        assert rest.pop() == "/q"
        if not Path(path).exists():
            raise subprocess.CalledProcessError(2, tool)
        now = self.lists.get(path, self.default)
        if action == "/save":
            Path(rest[0]).write_bytes(f"{Path(path).name}\r\n{now}\r\n".encode("utf-16-le"))
        elif self.keeps_lists:
            self.lists[path] = self._granted(now, rest) if action == "/inheritance:r" else self._removed(now, rest)
        return b"1 Dateien erfolgreich verarbeitet"

    @staticmethod
    def _granted(now: str, rest: list[str]) -> str:
        assert rest.pop(0) == "/grant:r"
        kept = "".join(f"({entry}" for entry in now.split("(")[1:] if "ID" not in entry.split(";")[1])
        given = [each.removeprefix("*").rpartition(":") for each in rest]
        entries = [
            f"(A;{rights.removesuffix('F').replace('(', '').replace(')', '')};FA;;;{_LETTERS.get(sid, sid)})"
            for sid, _colon, rights in given
        ]
        return f"D:PAI{''.join(entries)}{kept}"

    @staticmethod
    def _removed(now: str, rest: list[str]) -> str:
        sid = rest[0].removeprefix("*")
        return "D:PAI" + "".join(f"({each}" for each in now.split("(")[1:] if not each.endswith(f";{sid})"))
