"""A copy of a workspace, or its backup: what is public in it, and how a new workspace begins with the rest."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from exchange.errors import Problem, WorkspaceError
from exchange.keyring.card import SignedCard, file_name, read_card
from exchange.keyring.revocation import SignedRevocation, read_revocation, revocation_name
from exchange.locale import _
from exchange.workspace.own import OWN


def card_in(copy: Path) -> SignedCard:
    """The organisation's own card in a copy of its workspace, wherever that lies. WorkspaceError (workspace.copy)."""
    cards = sorted((copy / OWN).glob(f"*{file_name('')}"))
    if len(cards) != 1:
        raise _no_copy(copy)
    return read_card(cards[0].read_bytes())


def revocation_in(copy: Path) -> SignedRevocation | None:
    """What the organisation of a copy had revoked, by that copy. WorkspaceError (workspace.copy)."""
    files = sorted((copy / OWN).glob(f"*{revocation_name('')}"))
    if len(files) > 1:
        raise _no_copy(copy)
    return read_revocation(files[0].read_bytes()) if files else None


def copy_into(folder: Path, copy: Path, but: Collection[str]) -> None:
    """All that lies in `copy`, but for what has these names. What a link points to is not part of a workspace.
    WorkspaceError (workspace.copy)."""
    left = {copy / name for name in but}

    def leave(parent: str, names: list[str]) -> list[str]:
        return [name for name in names if (at := Path(parent, name)) in left or at.is_symlink()]

    try:
        shutil.copytree(copy, folder, ignore=leave, dirs_exist_ok=True)
        for path in (folder, *folder.rglob("*")):  # a stick has lost whose they were
            path.chmod(0o700 if path.is_dir() else 0o600)
    except OSError:
        raise _no_copy(copy) from None


def _no_copy(copy: Path) -> WorkspaceError:
    what = _("this is no whole copy of a workspace, or it cannot be read")
    hint = _("name the folder in which the cards and the log lie")
    return WorkspaceError(Problem("workspace.copy", what, where=copy.name, hint=hint))
