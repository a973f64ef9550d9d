"""Folders and files of a workspace: made for the user alone, read or refused with the workspace's own words."""

from __future__ import annotations

from pathlib import Path

from exchange.errors import Problem, WorkspaceError
from exchange.locale import _


def private(folder: Path) -> Path:
    """`folder`, made if need be, for the user alone. WorkspaceError: workspace.not_writable."""
    try:
        if not folder.parent.exists():
            private(folder.parent)  # mkdir would give parents the rights that others may look with
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        raise WorkspaceError(
            Problem(
                "workspace.not_writable",
                _("a folder of the workspace cannot be made"),
                where=folder.name,
                hint=_("is the disk full, or the folder not yours?"),
            )
        ) from None
    return folder


def read(file: Path) -> bytes:
    """What is in a file. WorkspaceError: workspace.unreadable."""
    try:
        return file.read_bytes()
    except OSError:
        raise unreadable(file) from None


def unreadable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        Problem(
            "workspace.unreadable",
            _("a file or folder of the workspace cannot be read"),
            where=path.name,
            hint=_("is it yours? run the command as the user to whom the workspace belongs"),
        )
    )
