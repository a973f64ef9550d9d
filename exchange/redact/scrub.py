"""scrub: a case note with everything masked that tells who someone is.

What is certain is masked. On a word of which nobody can be sure a person decides; while one is open, no note of the
field leaves: `refuse_open`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from exchange.agreements.permit import Permit
from exchange.agreements.tiers import Scrub, Tier
from exchange.errors import DisclosureError, Problem
from exchange.locale import _, ngettext
from exchange.redact.column import Column
from exchange.redact.notes.decisions import Decisions, MarkId
from exchange.redact.notes.marks import hidden, unsure
from exchange.redact.notes.masking import masked
from exchange.redact.notes.reading import Notes
from exchange.redact.redacted import Masks
from exchange.redact.setting import Setting


def scrubbed_fields(tier: Tier) -> tuple[str, ...]:
    """The fields of a tier whose case notes leave scrubbed."""
    return tuple(name for name, rule in tier.release.items() if isinstance(rule, Scrub))


def scrub(column: Column, _rule: Scrub, setting: Setting) -> Column:
    """The notes as they leave."""
    notes = setting.notes_of(column.field.name)
    both = zip(column.texts(), notes.rows, strict=True)
    decisions = setting.decisions
    texts = [text if note is None else masked(note.text, hidden(note, decisions)) for text, note in both]
    return Column.of(column.field, column.missing, texts)


def open_marks(notes: Iterable[Notes], decisions: Decisions) -> frozenset[MarkId]:
    """The marks on which nobody has decided."""
    written = (note for each in notes for note in each.written)
    every = {decisions.mark_of(note.text, place) for note in written for place in unsure(note)}
    return frozenset(mark for mark in every if decisions.verdict(mark) is None)


def refuse_open(notes: Iterable[Notes], decisions: Decisions, permit: Permit) -> None:
    """DisclosureError (`notes.open_marks`) where a person must decide first."""
    problem = about_open(notes, decisions, permit)
    DisclosureError.raise_all([problem] if problem else [])


def about_open(notes: Iterable[Notes], decisions: Decisions, permit: Permit) -> Problem | None:
    """How many marks are open, and what to do; None where there is none."""
    count = len(open_marks(notes, decisions))
    if not count:
        return None
    what = ngettext(
        "{count} word in the case notes may tell who someone is, and nobody has decided on it",
        "{count} words in the case notes may tell who someone is, and nobody has decided on them",
        count,
    )
    command = f"exchange scrub EXTRACT --agreement {permit.agreement.id} --period {permit.period}"
    hint = _("let a person who may review decide: {command}")
    command = f"{command} --to {permit.recipient.id} --as PERSON"
    return Problem("notes.open_marks", what.format(count=count), permit.recipient.id, hint.format(command=command))


def masks_of(notes: Notes, decisions: Decisions) -> Masks:
    """The account of one field."""
    places = [list(hidden(note, decisions)) for note in notes.written]
    kinds = Counter(place.kind for found in places for place in found)
    every = {decisions.mark_of(note.text, place) for note in notes.written for place in unsure(note)}
    return Masks(
        notes=sum(bool(found) for found in places),
        by_kind=tuple(sorted(kinds.items())),
        kept=sum(decisions.verdict(mark) == "keep" for mark in every),
    )
