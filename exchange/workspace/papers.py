"""The papers that others gave us: receipts and certificates as they signed them, a file for each, under the digest of
the sealed file in which it came. A letter that names a person leaves none (`exchange.audit.papers`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.keyring.private_files import write_private
from exchange.workspace.files import private, read


@dataclass(frozen=True, slots=True)
class Papers:
    """Those in `folder`, by their path in it."""

    folder: Path

    def keep(self, path: str, content: bytes) -> None:
        """Repeating it changes nothing. WorkspaceError: workspace.not_writable; KeyringError: file.not_written."""
        file = self.folder / path
        private(file.parent)
        write_private(file, content)

    def find(self, path: str) -> bytes | None:
        """None where none was kept. WorkspaceError: workspace.unreadable."""
        file = self.folder / path
        return read(file) if file.exists() else None
