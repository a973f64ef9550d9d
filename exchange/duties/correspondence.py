"""Letters that people read: kept locked, ours and those that came, until somebody has done what they ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from exchange.agreed import signed_agreements
from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import Words, numbers
from exchange.audit.entries import Entry
from exchange.bundle.letters import Feedback, LetterBody, read_letter
from exchange.bundle.parcel import Letter
from exchange.duties.clock import Facts, about
from exchange.errors import AgreementError, BundleError, Problem, UsageError
from exchange.locale import _
from exchange.office import Office
from exchange.posting import post_letter
from exchange.seal.sealing import SealedBundle

Said = TypeVar("Said", bound=LetterBody, covariant=True)
_WORDS: TypeAdapter[str] = TypeAdapter(Words)
SHORT = 6  # digits of an id that are enough, where no other letter begins with them


class KeptLetter(BaseModel):
    """A letter as it was written or came: `at` that moment. What it says about people stays in here.

    Written to ourselves, it is what we recorded. `case`: of our own case that it is about; it never travels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    sender: str
    recipient: str
    agreement: Reference
    at: dt.datetime
    body: LetterBody
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Draft(Generic[Said]):
    """What may be written or recorded under an agreement: every check is made. Only a duty's `check` makes one."""

    agreement: Agreement
    body: Said
    case: str | None = None

    @property
    def reference(self) -> Reference:
        return Reference.to(self.agreement)


def binding(office: Office, agreement_id: str) -> Agreement:
    """The newest version of an agreement that all have signed and that is in effect, or will be; we are among its
    parties: letters are written under it. AgreementError: agreement.unsigned, agreement.not_a_party."""
    newest = office.workspace.agreements.newest(agreement_id).agreement
    signed = [each for each in signed_agreements(office) if each.id == agreement_id]
    if not signed:
        what = _("not all parties have signed it, so no letter can be written under it")
        hint = _("see who has not: exchange agreement status")
        raise AgreementError(Problem("agreement.unsigned", what, where=str(Reference.to(newest)), hint=hint))
    today = office.today(newest)
    found = max(signed, key=lambda each: (each.term.effective <= today, numbers(each.version)))
    if office.party not in {party.id for party in found.parties}:
        what = _("we are no party of this agreement")
        raise AgreementError(Problem("agreement.not_a_party", what, where=agreement_id))
    return found


def agreement_under(office: Office, letter: KeptLetter) -> Agreement:
    """The agreement under which a letter was written. AgreementError (agreement.unknown) where it is gone."""
    known = office.workspace.agreements.find(letter.agreement)
    if known is None:
        what = _("the agreement under which the letter was written is not here")
        raise AgreementError(Problem("agreement.unknown", what, where=str(letter.agreement)))
    return known.agreement


def keep_letter(office: Office, letter: KeptLetter) -> None:
    """Keep a letter so that only our identity opens it. Repeating it changes nothing.

    BundleError (letter.same_id) where its id is another letter's: kept under a name that its sender chose, it would
    hide one, or be taken for answered.
    """
    file = office.workspace.registers.letter_file(letter.id)
    before = office.load_register(file)
    if before is None:
        office.save_register(file, letter.model_dump_json().encode("utf-8"))
    elif not _same(KeptLetter.model_validate_json(before), letter):
        raise _same_id(letter.sender)


def _same_id(sender: str) -> BundleError:
    what, hint = _("another letter of this id is here already"), _("ask its sender to write it again")
    return BundleError(Problem("letter.same_id", what, where=sender, hint=hint))


def _same(one: KeptLetter, other: KeptLetter) -> bool:
    return one.model_copy(update={"at": other.at, "case": other.case}) == other


def kept_letters(office: Office) -> tuple[KeptLetter, ...]:
    """Every letter that is kept, oldest first."""
    files = sorted(office.workspace.registers.letters_folder.glob("*.box"))
    contents = (office.load_register(file) for file in files)
    letters = (KeptLetter.model_validate_json(each) for each in contents if each is not None)
    return tuple(sorted(letters, key=lambda each: (each.at, each.id)))


def kept_letter(office: Office, letter_id: str) -> KeptLetter:
    """The letter whose id this is, or begins so. UsageError (letter.unknown)."""
    begins = letter_id if len(letter_id) >= SHORT else "-"
    found = [each for each in kept_letters(office) if each.id.startswith(begins)]
    if len(found) != 1:
        hint = _("see which there are: exchange letters")
        raise UsageError(Problem("letter.unknown", _("there is no letter of this id, or more than one"), hint=hint))
    return found[0]


def keep_record(office: Office, draft: Draft[LetterBody], to: str, letter_id: str) -> KeptLetter:
    """Keep what we record before anybody is told of it."""
    letter = KeptLetter(
        id=letter_id,
        sender=office.party,
        recipient=to,
        agreement=draft.reference,
        at=office.now,
        body=draft.body,
        case=draft.case,
    )
    keep_letter(office, letter)
    return letter


def plain(name: str, text: str) -> str:
    """A text that a letter may hold, without the spaces around it. UsageError (letter.text): empty, too long, or with
    characters that are not seen; it says where, and never what stands there."""
    try:
        return _WORDS.validate_python(text.replace("\r\n", "\n").strip())
    except ValidationError:
        what = _("the text is empty, longer than 2000 letters, or holds characters that cannot be seen")
        hint = _("write plain lines; what is longer belongs into a telephone call")
        raise UsageError(Problem("letter.text", what, where=name, hint=hint)) from None


def all_plain(wanted: Iterable[str], said: Mapping[str, str]) -> dict[str, str]:
    """Exactly the texts that are wanted. UsageError names each that is missing, is not asked for, or is not plain."""
    names, found, problems = tuple(wanted), {}, []
    for name in (*names, *(each for each in said if each not in names)):
        if name not in said:
            hint = _("give it in a file: --text {name}=FILE").format(name=name)
            problems.append(Problem("letter.text_missing", _("this must be said, and is not"), name, hint))
        elif name not in names:
            problems.append(Problem("letter.text_not_asked", _("nothing asks for this to be said"), where=name))
        else:
            try:
                found[name] = plain(name, said[name])
            except UsageError as error:
                problems += error.problems
    UsageError.raise_all(problems)
    return found


def not_later(office: Office, moment: dt.datetime) -> dt.datetime:
    """A moment that has been. UsageError (letter.future)."""
    if moment > office.now:
        what = _("this moment has not come yet")
        raise UsageError(Problem("letter.future", what, where=moment.isoformat(timespec="minutes")))
    return moment


def facts_of(office: Office, agreement: Agreement) -> Facts:
    """What we know now of an agreement, from the log and the outbox."""
    delivered = {f"sha256:{digest}": at for digest, at in office.workspace.outbox.delivered().items()}
    return Facts(agreement, office.party, office.now, log_of(office, agreement), delivered)


def log_of(office: Office, agreement: Agreement) -> tuple[Entry, ...]:
    """What our log says about any version of an agreement, oldest first."""
    with office.workspace.logs.open(agreement.network) as log:
        entries = (record.opening.entry for record in log.records() if record.opening)
        return tuple(each for each in entries if about(agreement, each))


def forget_letter(office: Office, letter: KeptLetter) -> None:
    """Keep no longer what a letter says; that it was written or came stays in the log."""
    office.workspace.registers.letter_file(letter.id).unlink(missing_ok=True)


def take_letter(office: Office, agreement: Agreement, letter: Letter, ciphertext: str) -> None:
    """Keep a letter that came, and note that it did: once, also where a crash makes it come again. BundleError
    (letter.same_id) where another one came under its id, even if that is no longer kept."""
    reference = Reference.to(agreement)
    came = (each for each in log_of(office, agreement) if each.kind == "letter.received" and each.letter == letter.id)
    if any(each.ciphertext != ciphertext for each in came):
        raise _same_id(letter.sender)
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
            period=body.period if isinstance(body, Feedback) else None,
            note=letter.kind,
        )
        office.note(agreement.network, entry)


def send_letter(
    office: Office,
    draft: Draft[LetterBody],
    recipient: str,
    noting: Callable[[SealedBundle], tuple[Entry, ...]] = lambda _sealed: (),
) -> KeptLetter:
    """Post a letter and keep what it says. `noting`: entries of what is done by it, as of `post_letter`."""
    written: list[KeptLetter] = []

    def keep(sealed: SealedBundle) -> tuple[Entry, ...]:
        kept = KeptLetter(
            id=sealed.envelope.id,
            sender=office.party,
            recipient=recipient,
            agreement=draft.reference,
            at=office.now,
            body=draft.body,
        )
        keep_letter(office, kept)
        written.append(kept)
        return noting(sealed)

    period = draft.body.period if isinstance(draft.body, Feedback) else None
    post_letter(office, recipient, draft.body, draft.agreement.network, draft.reference, period=period, noting=keep)
    return written[0]
