"""Letters that people read: kept locked, ours and those that came, until somebody has done what they ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import Entry
from exchange.bundle.letters import LetterBody, read_letter
from exchange.bundle.parcel import Letter
from exchange.errors import Problem, UsageError
from exchange.locale import _
from exchange.office import Office
from exchange.seal.sealing import SealedBundle


class KeptLetter(BaseModel):
    """A letter as it was written or came: `at` that moment. What it says about people stays in here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    sender: str
    recipient: str
    agreement: Reference
    at: dt.datetime
    body: LetterBody


def keep_letter(office: Office, letter: KeptLetter) -> None:
    """Keep a letter so that only our identity opens it. Repeating it changes nothing."""
    file = office.workspace.letter_file(letter.id)
    if not file.exists():
        office.save_register(file, letter.model_dump_json().encode("utf-8"))


def kept_letters(office: Office) -> tuple[KeptLetter, ...]:
    """Every letter that is kept, oldest first."""
    files = sorted(office.workspace.letters_folder.glob("*.box"))
    contents = (office.load_register(file) for file in files)
    letters = (KeptLetter.model_validate_json(each) for each in contents if each is not None)
    return tuple(sorted(letters, key=lambda each: (each.at, each.id)))


def kept_letter(office: Office, letter_id: str) -> KeptLetter:
    """The letter of this id. UsageError (letter.unknown)."""
    found = [each for each in kept_letters(office) if each.id == letter_id]
    if not found:
        hint = _("see which there are: exchange letters")
        raise UsageError(Problem("letter.unknown", _("there is no letter of this id"), hint=hint))
    return found[0]


def take_letter(office: Office, agreement: Agreement, letter: Letter, ciphertext: str) -> None:
    """Keep a letter that came, and note that it did: once, also where a crash makes it come again."""
    reference = Reference.to(agreement)
    body = read_letter(letter)
    keep_letter(
        office,
        KeptLetter(
            id=letter.id,
            sender=letter.sender,
            recipient=letter.recipient,
            agreement=reference,
            at=office.now,
            body=body,
        ),
    )
    if ciphertext not in office.noted(agreement.network, "letter.received"):
        entry = office.entry(
            "letter.received",
            counterpart=letter.sender,
            agreement=reference,
            ciphertext=ciphertext,
            letter=letter.id,
            note=letter.kind,
        )
        office.note(agreement.network, entry)


def send_letter(
    office: Office,
    agreement: Agreement,
    recipient: str,
    body: LetterBody,
    noting: Callable[[SealedBundle], tuple[Entry, ...]] = lambda _sealed: (),
) -> KeptLetter:
    """Post a letter and keep what it says. `noting`: entries of what is done by it, as of `Office.write`."""
    written: list[KeptLetter] = []

    def keep(sealed: SealedBundle) -> tuple[Entry, ...]:
        kept = KeptLetter(
            id=sealed.envelope.id,
            sender=office.party,
            recipient=recipient,
            agreement=Reference.to(agreement),
            at=office.now,
            body=body,
        )
        keep_letter(office, kept)
        written.append(kept)
        return noting(sealed)

    office.write(recipient, body, agreement.network, Reference.to(agreement), noting=keep)
    return written[0]
