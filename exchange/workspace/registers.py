"""Where the registers lie that only our identity opens: see `Office.load_register` and `Office.save_register`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.workspace.files import private


@dataclass(frozen=True, slots=True)
class Registers:
    """Those of the workspace in `folder`."""

    folder: Path

    @property
    def network_file(self) -> Path:
        """The networks' secrets."""
        return self.folder / "network.box"

    @property
    def notices_file(self) -> Path:
        """Suspensions and their like, given or got."""
        return self.folder / "notices.box"

    @property
    def withdrawn_file(self) -> Path:
        """Who withdrew."""
        return self.folder / "withdrawn.box"

    @property
    def leftovers_file(self) -> Path:
        """What commands wrote in the clear, and where."""
        return self.folder / "leftovers.box"

    @property
    def pseudonyms_file(self) -> Path:
        """By which word each recipient knows which case."""
        return self.folder / "pseudonyms.box"

    @property
    def rounds_file(self) -> Path:
        """Of which bundles the linking agent got filters last."""
        return self.folder / "rounds.box"

    def reviews_file(self, agreement_id: str) -> Path:
        """What people decided about words in case notes."""
        return private(self.folder / "reviews") / f"case-notes-{agreement_id}.box"

    @property
    def letters_folder(self) -> Path:
        """Letters that people read, ours and those that came."""
        return private(self.folder / "letters")

    def letter_file(self, letter_id: str) -> Path:
        return self.letters_folder / f"{letter_id}.box"

    def reported_file(self, letter_id: str) -> Path:
        """What an authority was sent of a breach."""
        return private(self.folder / "reported") / f"{letter_id}.box"

    @property
    def marks_folder(self) -> Path:
        """By what people in our bundles are linked."""
        return private(self.folder / "marks")

    def marks_file(self, bundle: str) -> Path:
        return self.marks_folder / f"{bundle}.box"
