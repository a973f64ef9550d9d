"""A person looks at the words in case notes of which nobody can be sure, and decides: mask, or let it stand.

    check → consent → read the notes of the rows that would go → every open word in its sentences → decide → settle

Only rows that the recipient may have are read: nobody sees notes of people whose rows stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from exchange.agreements.permit import Permit
from exchange.checking import Job, check
from exchange.errors import DisclosureError, Problem
from exchange.extracts.extract import Extract
from exchange.keyring.people import Acting
from exchange.locale import _, ngettext
from exchange.office import Office
from exchange.preparing import consented
from exchange.redact.notes.decisions import MarkId, Verdict
from exchange.redact.notes.marks import Mark, marks_of
from exchange.redact.notes.reading import Notes, read_notes
from exchange.redact.scrub import scrubbed_fields
from exchange.scrubbing import decide, scrubbing_for, settle


@dataclass(frozen=True, slots=True, repr=False)
class Review:
    """Case notes on their way to one recipient, and the marks in them."""

    permit: Permit
    extract: Extract
    notes: tuple[Notes, ...]
    marks: tuple[Mark, ...]

    @property
    def open(self) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks if mark.verdict is None)


def review(office: Office, job: Job) -> Review:
    """The case notes that would go to the one recipient of `job`. What was decided and not noted before is not yet
    counted: see `settle_before`. DisclosureError (notes.none_leave) where its tier releases none."""
    checked = check(office, job)
    (leave,) = checked.permits
    if not scrubbed_fields(leave.tier):
        what = _("no case notes leave for {party}").format(party=leave.recipient.id)
        raise DisclosureError(Problem("notes.none_leave", what, where=leave.agreement.id))
    scrubbing = scrubbing_for(office, checked.extract, leave)
    rows = consented(office, checked, leave)
    notes = read_notes(rows.table, leave.agreement.data, scrubbed_fields(leave.tier), scrubbing.staff)
    return Review(leave, checked.extract, notes, marks_of(notes, scrubbing.decisions))


def settle_before(office: Office, agreement_id: str) -> None:
    """Note what was decided when a review was cut off."""
    settle(office, office.workspace.agreements.newest(agreement_id).agreement)


def decided(office: Office, looked: Review, acting: Acting, verdicts: Mapping[MarkId, Verdict]) -> None:
    """Keep decisions about marks of this review; they count once `finished`. DisclosureError (notes.unknown_mark)."""
    refuse_unknown(looked, verdicts)
    if verdicts:
        decide(office, looked.extract, looked.permit, acting, verdicts)


def refuse_unknown(looked: Review, verdicts: Mapping[MarkId, Verdict]) -> None:
    """DisclosureError (notes.unknown_mark) where a decision is about a word that is no mark here."""
    unknown = len(verdicts.keys() - {mark.id for mark in looked.marks})
    if unknown:
        what = ngettext(
            "{count} decision is about no doubtful word here",
            "{count} decisions are about no doubtful word here",
            unknown,
        )
        hint = _("doubtful words are named by the ids that --list gives for this extract and recipient")
        problem = Problem("notes.unknown_mark", what.format(count=unknown), looked.permit.recipient.id, hint)
        raise DisclosureError(problem)


def finished(office: Office, looked: Review) -> Review:
    """Let what was decided count, and note it."""
    settle(office, looked.permit.agreement)
    scrubbing = scrubbing_for(office, looked.extract, looked.permit)
    return replace(looked, marks=marks_of(looked.notes, scrubbing.decisions))
