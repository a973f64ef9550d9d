"""What we have seen of the logs of others, a witness in each network, and what of that we could not witness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.audit.checkpoint import log_origin
from exchange.audit.witness import Witness
from exchange.crypto.canonical import digest_of_bytes
from exchange.keyring.private_files import write_private
from exchange.workspace.files import private, read

_SEEN = "-seen"
_HELD = "-held"


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Those of `party`, in `folder`."""

    folder: Path
    party: str

    def networks(self) -> tuple[str, ...]:
        """The networks in which we have seen logs of others."""
        return tuple(sorted(each.name.removesuffix(_SEEN) for each in self.folder.glob(f"*{_SEEN}")))

    def open(self, network: str) -> Witness:
        """What we have seen of the logs of others in a network; made when it is first used."""
        return Witness.open(private(self.folder / f"{network}{_SEEN}"), log_origin(self.party, network))

    def keep_checkpoint(self, network: str, note: bytes) -> None:
        """Keep what another party's log looked like, by its digest: evidence if it is ever rewritten."""
        folder = private(self.folder / f"{network}{_HELD}")
        write_private(folder / digest_of_bytes(note).removeprefix("sha256:"), note)

    def held_checkpoints(self, network: str) -> tuple[bytes, ...]:
        """Every checkpoint that was kept."""
        folder = self.folder / f"{network}{_HELD}"
        files = sorted(folder.glob("[0-9a-f]*")) if folder.is_dir() else []  # not what a kill left half-written
        return tuple(read(file) for file in files)
