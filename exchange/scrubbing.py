"""What people decided about the words in case notes, as it is kept: locked with our identity, by agreement.

Masks hold in every month. That a word stands holds for exactly one extract, recipient and period, in which a person
looked at it: with another extract it is open again.

A decision is kept at once and counts only when it is in the log, so that nothing leaves by a decision that nobody can
account for. `settle` notes what a crash left between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.permit import Permit
from exchange.audit.entries import AgreementRef, Counts, Entry
from exchange.crypto.hashing import keyed
from exchange.errors import Problem, WorkspaceError
from exchange.extracts.extract import Extract
from exchange.keyring.people import Acting
from exchange.locale import _
from exchange.office import Office
from exchange.redact.notes.decisions import Decisions, MarkId, Scrubbing, Verdict
from exchange.redact.notes.reading import staff_of
from exchange.redact.scrub import scrubbed_fields


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _About(_Part):
    """To what a permission is bound. `extract`: a keyed digest of the workbook, its notes and the agreement's text."""

    agreement: Reference
    recipient: str
    period: str
    extract: str


class _Kept(_Part):
    about: _About
    marks: tuple[MarkId, ...]


class _Session(_Part):
    """What one person has decided since `at` and is not in the log yet. `before`: how many entries of the same there
    were when it began, by which a crash that came after its own is known."""

    about: _About
    person: str
    at: AwareDatetime
    before: int
    verdicts: dict[MarkId, Verdict]


class _Register(_Part):
    masks: tuple[MarkId, ...] = ()
    kept: tuple[_Kept, ...] = ()
    session: _Session | None = None


def scrubbing_for(office: Office, extract: Extract, leave: Permit) -> Scrubbing:
    """What counts for the case notes of `extract` on their way to `leave.recipient`."""
    agreement = leave.agreement
    register = _load(office, agreement.id)
    kept = next((each.marks for each in register.kept if each.about == _about(office, extract, leave)), ())
    decisions = Decisions(_key(office, agreement.id), frozenset(register.masks), frozenset(kept))
    return Scrubbing(decisions, staff_of(extract.table, agreement.data))


def decide(office: Office, extract: Extract, leave: Permit, acting: Acting, verdicts: Mapping[MarkId, Verdict]) -> None:
    """Keep what a person has decided. It counts once it is settled."""
    agreement, about = leave.agreement, _about(office, extract, leave)
    with office.workspace.turn("reviewing"):
        register = _load(office, agreement.id)
        begun = register.session
        if begun is None or (begun.about, begun.person, begun.at) != (about, acting.person.id, office.now):
            register = _settled(office, agreement, register)
            begun = _Session(about=about, person=acting.person.id, at=office.now, before=0, verdicts={})
            begun = begun.model_copy(update={"before": _noted(office, agreement, begun)})
        session = begun.model_copy(update={"verdicts": {**begun.verdicts, **verdicts}})
        _save(office, agreement.id, register.model_copy(update={"session": session}))


def settle(office: Office, agreement: Agreement) -> None:
    """Note in the log what was decided, and let it count from now on. Repeating it changes nothing."""
    with office.workspace.turn("reviewing"):
        _settled(office, agreement, _load(office, agreement.id))


def _settled(office: Office, agreement: Agreement, register: _Register) -> _Register:
    session = register.session
    if session is None:
        return register
    if _noted(office, agreement, session) == session.before:
        office.note(agreement.network, _entry(office, session))
    after = _counting(register, session)
    _save(office, agreement.id, after)
    return after


def _noted(office: Office, agreement: Agreement, session: _Session) -> int:
    """How many entries there are of this person's reviews of this at this moment."""
    about = session.about
    of_it = (AgreementRef(**about.agreement.model_dump()), about.recipient, about.period, session.person, session.at)
    entries = office.entries(agreement.network, "notes.reviewed")
    return sum((each.agreement, each.counterpart, each.period, each.person, each.since) == of_it for each in entries)


def _counting(register: _Register, session: _Session) -> _Register:
    """The register with what was decided, the later decision in the place of the earlier."""
    masks = frozenset(mark for mark, verdict in session.verdicts.items() if verdict == "mask")
    stand = session.verdicts.keys() - masks
    before = next((each.marks for each in register.kept if each.about == session.about), ())
    kept = _Kept(about=session.about, marks=tuple(sorted(stand.union(before) - masks)))
    # Of each recipient and period one extract: what was allowed in another can never be asked for again.
    others = tuple(each for each in register.kept if not _same_release(each.about, session.about))
    return _Register(masks=tuple(sorted(masks.union(register.masks))), kept=(*others, kept))


def _same_release(one: _About, other: _About) -> bool:
    return (one.recipient, one.period) == (other.recipient, other.period)


def _entry(office: Office, session: _Session) -> Entry:
    about, verdicts = session.about, list(session.verdicts.values())
    return office.entry(
        "notes.reviewed",
        agreement=about.agreement,
        counterpart=about.recipient,
        period=about.period,
        person=session.person,
        since=session.at,
        counts=Counts(marks_masked=verdicts.count("mask"), marks_kept=verdicts.count("keep")),
    )


def _about(office: Office, extract: Extract, leave: Permit) -> _About:
    """Another mapping makes other notes of the same workbook: so the notes count, not the file alone."""
    columns = (extract.table.column(n) for n in scrubbed_fields(leave.tier) if n in extract.table.column_names)
    notes = (text for column in columns for text in column.to_pylist())
    digest = keyed(_key(office, leave.agreement.id), "extract", extract.source.sha256, extract.source.sheet, *notes)
    return _About(
        agreement=leave.reference,
        recipient=leave.recipient.id,
        period=str(leave.period),
        extract=digest.hex(),
    )


def _key(office: Office, agreement_id: str) -> bytes:
    return keyed(office.identity.key_for("case notes"), agreement_id)


def _load(office: Office, agreement_id: str) -> _Register:
    file = office.workspace.registers.reviews_file(agreement_id)
    try:
        return _Register.model_validate_json(office.load_register(file) or b"{}")
    except ValidationError:
        raise _unreadable(file) from None


def _unreadable(file: Path) -> WorkspaceError:
    return WorkspaceError(
        Problem(
            "notes.unreadable_decisions",
            _("what was decided about case notes cannot be read"),
            where=file.name,
            hint=_("restore the file from a copy; or delete it, and decide anew"),
        )
    )


def _save(office: Office, agreement_id: str, register: _Register) -> None:
    office.save_register(
        office.workspace.registers.reviews_file(agreement_id), register.model_dump_json().encode("utf-8")
    )
