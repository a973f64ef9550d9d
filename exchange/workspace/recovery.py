"""What we noted of a loss of our machine: shares made against it, a revocation begun, how far we have come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exchange.errors import KeyringError, WorkspaceError
from exchange.keyring.loss import BegunLoss
from exchange.keyring.private_files import write_private
from exchange.keyring.recovery import RecoveredNote, SharesNote
from exchange.workspace.files import read
from exchange.workspace.own import Own

SHARES = "shares.json"
RECOVERED = "recovered.json"
_LOSS = "loss.json"


@dataclass(frozen=True, slots=True)
class Recovery:
    """Notes that lie beside our own card."""

    own: Own

    def shares_made(self) -> date | None:
        """On which day recovery shares of our root key were made; None if none were."""
        file = self._at(SHARES)
        try:
            note = SharesNote.model_validate_json(read(file)) if file.exists() else None
        except ValueError:  # damaged: make them again
            note = None
        return note.made if note and note.root == self.own.card().card.fingerprint else None

    def note_shares(self, note: SharesNote) -> None:
        write_private(self._at(SHARES), note.model_dump_json().encode() + b"\n")

    def begun_loss(self) -> BegunLoss | None:
        """The loss whose revocation was begun and is not done; None also where its file is damaged: then whatever is
        revoked next takes every key."""
        try:
            return BegunLoss.model_validate_json(read(self._at(_LOSS)))
        except (OSError, WorkspaceError, KeyringError, ValueError):
            return None

    def begin_loss(self, loss: BegunLoss) -> None:
        write_private(self._at(_LOSS), loss.model_dump_json().encode() + b"\n")

    def end_loss(self) -> None:
        self._at(_LOSS).unlink(missing_ok=True)

    def note_recovered(self, *compared: str) -> None:
        """This workspace was recovered; with `compared` we know since how far we both have counted."""
        write_private(self._at(RECOVERED), RecoveredNote(compared=compared).model_dump_json().encode() + b"\n")

    def note_compared(self, party: str) -> None:
        """With that party too."""
        note = self._recovered()
        if note is not None:
            self.note_recovered(*sorted({*note.compared, party}))

    def numbers_unknown(self, party: str) -> bool:
        """Whether more may have been sent to `party` than is known here, since the workspace was recovered."""
        note = self._recovered()
        return note is not None and party not in note.compared

    def _recovered(self) -> RecoveredNote | None:
        file = self._at(RECOVERED)
        if not file.exists():
            return None
        try:
            return RecoveredNote.model_validate_json(read(file))
        except ValueError:  # damaged: nothing is known
            return RecoveredNote()

    def _at(self, name: str) -> Path:
        return self.own.folder / name
