"""What people approve, and that they did: a folder for each bundle, with its page until it has left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.workspace.files import private

PAGE = "page.html"


@dataclass(frozen=True, slots=True)
class Approvals:
    """Those in `folder`."""

    folder: Path

    def of(self, bundle: str) -> Path:
        """The folder of the approvals of a bundle."""
        return private(self.folder / bundle)

    def page_file(self, bundle: str) -> Path:
        """The page that people approve with a bundle."""
        return self.of(bundle) / PAGE

    def kept_pages(self) -> tuple[Path, ...]:
        """Every such page, in a folder that has its bundle's id."""
        return tuple(sorted(self.folder.glob(f"*/{PAGE}")))
