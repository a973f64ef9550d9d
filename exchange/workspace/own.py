"""What our root signed of ourselves, to be given to others: our card, what we revoked, the directories of cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.keyring.card import SignedCard, file_name, read_card
from exchange.keyring.directory import SignedDirectory, read_directory
from exchange.keyring.directory import file_name as directory_file_name
from exchange.keyring.private_files import write_private
from exchange.keyring.revocation import SignedRevocation, read_revocation, revocation_name
from exchange.workspace.files import read

OWN = "own"


@dataclass(frozen=True, slots=True)
class Own:
    """What `party` signed, in `folder`."""

    folder: Path
    party: str

    @property
    def card_file(self) -> Path:
        return self.folder / file_name(self.party)

    def card(self) -> SignedCard:
        return read_card(read(self.card_file))

    def save_card(self, card: SignedCard) -> None:
        write_private(self.card_file, card.to_bytes())

    def revocation(self) -> SignedRevocation | None:
        """What we have revoked; None while that is nothing."""
        file = self.folder / revocation_name(self.party)
        return read_revocation(read(file)) if file.exists() else None

    def save_revocation(self, revocation: SignedRevocation) -> None:
        write_private(self.folder / revocation_name(self.party), revocation.to_bytes())

    def directory(self, network: str) -> SignedDirectory | None:
        """The newest directory of cards that we signed as the network's coordinator; None if there is none."""
        return next((each for each in self.directories() if each.directory.network == network), None)

    def directories(self) -> Iterator[SignedDirectory]:
        """That of every network that we coordinate."""
        files = sorted(self.folder.glob(f"*{directory_file_name('')}"))
        return (read_directory(read(file)) for file in files)

    def save_directory(self, signed: SignedDirectory) -> None:
        write_private(self.folder / directory_file_name(signed.directory.network), signed.to_bytes())
