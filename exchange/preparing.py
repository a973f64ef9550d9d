"""One recipient's bundle, from the checked extract to the last look; nothing is changed by it.

    consent → redact → match → protect → describe → look once more

What people approve is a page, made of the same `Prepared` that is sealed: see `exchange.reports.preview`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement
from exchange.agreements.permit import Permit
from exchange.bundle.describe import describe
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import Bundle
from exchange.checking import Checked
from exchange.consent.applying import apply_consent
from exchange.consent.columns import Rows
from exchange.consent.consented import Consented
from exchange.errors import (
    DisclosureError,
    Problem,
)
from exchange.extracts.extract import Extract
from exchange.kept_marks import marks_of, with_marks_before
from exchange.locale import _
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.matching.tokens import MatchTokens
from exchange.office import Office
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.releases.memory import Memory
from exchange.pseudonyms import keys_for
from exchange.redact.allowed import Allowed, allowed
from exchange.redact.chosen import tells
from exchange.redact.given import StandIn
from exchange.redact.identifiers import Identifiers, identifiers
from exchange.redact.keys import RedactKeys
from exchange.redact.last_look import last_look
from exchange.redact.notes.decisions import Scrubbing
from exchange.redact.notes.reading import read_notes
from exchange.redact.redact import redact
from exchange.redact.redacted import Redacted
from exchange.redact.scrub import about_open, scrubbed_fields
from exchange.registers import case_key, network_secret, withdrawals
from exchange.remembering import memory_for
from exchange.reports.preview import Preview, Sealed, preview_page
from exchange.rotating import refuse_before_rotating
from exchange.scrubbing import scrubbing_for
from exchange.seal.sealing import SealedBundle
from exchange.workspace.approvals import PAGE

if TYPE_CHECKING:
    import pyarrow as pa

NOTE = "note"


@dataclass(frozen=True, slots=True)
class Prepared:
    """One recipient's bundle, ready to be sealed, and what each step says of it. `of_the_period`: how many rows of the
    extract are dated in the period itself, held back or not. `marks`: by what its rows are linked, where they are."""

    permit: Permit
    of_the_period: int
    consented: Consented
    protected: Protected
    bundle: Bundle
    metadata: Metadata
    pseudonyms: tuple[StandIn, ...]
    marks: pa.Table | None


def consented(office: Office, checked: Checked, leave: Permit) -> Consented:
    """The rows of the extract that this recipient may have. Changes nothing."""
    return apply_consent(
        checked.extract,
        leave,
        withdrawals(office, leave.agreement.id),
        _counted_before(office, checked.extract, leave),
    )


def open_marks(office: Office, checked: Checked, rows: Consented) -> Problem | None:
    """What keeps this recipient's case notes from leaving: words on which nobody has decided. Changes nothing."""
    leave = rows.permit
    scrubbing = _scrubbing(office, checked, leave)
    if scrubbing is None:
        return None
    notes = read_notes(rows.table, leave.agreement.data, scrubbed_fields(leave.tier), scrubbing.staff)
    return about_open(notes, scrubbing.decisions, leave)


def of_the_period(extract: Extract, leave: Permit) -> int:
    """How many rows are dated in the period itself: none of them, where somebody took another month's workbook."""
    data = leave.agreement.data
    days = Rows(extract.table, frozenset(data.missing())).days(data.period.field)
    return int(((days >= leave.first.toordinal()) & (days <= leave.last.toordinal())).sum())


def prepare(office: Office, checked: Checked, leave: Permit, note: str = "", showing: bytes = b"") -> Prepared:
    """Everything between the extract and the seal, for one recipient. Changes nothing. `showing`: what the recipient is
    shown of our log, where this leaves.

    DisclosureError, with every place, where the last look finds a direct identifier in what would leave.
    """
    agreement = leave.agreement
    if leave.tier.match is not None:
        refuse_before_rotating(office, agreement, leave.recipient.id)
    rows = consented(office, checked, leave)
    keys = keys_for(office, agreement, leave.recipient.id, rows.table.column(agreement.data.key).to_pylist())
    redacted = redact(rows, keys, office.randomness, _scrubbing(office, checked, leave))
    named, known = identifiers(checked.extract, agreement.data), allowed(agreement)
    DisclosureError.raise_all(_telling(redacted, keys, named, known))
    tokens = encode(rows, _secret(office, agreement)) if leave.tier.match else None
    memory = memory_for(office, leave, rows)
    protected = protect(redacted, tokens, secrets.SystemRandom(), memory)
    bundle, metadata = describe(
        protected,
        bundle=office.new_id(),
        created=office.now,
        note=note,
        showing=showing,
        earlier=office.workspace.releases.all_to(agreement.id, leave.recipient.id),
    )
    of_it = of_the_period(checked.extract, leave)
    marks = _marks(office, rows, redacted, protected, memory, tokens)
    prepared = Prepared(leave, of_it, rows, protected, bundle, metadata, redacted.pseudonyms, marks)
    files = ((member.path, member.content) for member in bundle.members)
    page = (PAGE, preview_page(preview_of(prepared)))  # it does not leave, but lies here for people to look at
    made = {each.token for each in protected.tokens}
    DisclosureError.raise_all(last_look((*files, (NOTE, note), page), named, known, made))
    return prepared


def preview_of(prepared: Prepared, sealed: SealedBundle | None = None) -> Preview:
    """What the page of a release is made of; `sealed`: once it is."""
    import pyarrow.compute as pc

    rows = prepared.consented
    return Preview(
        protected=prepared.protected,
        metadata=prepared.metadata,
        held_back=rows.held_back.by_reason,
        rows=rows.table,
        in_rows=rows.table.filter(pc.invert(rows.tables_only)),
        members=prepared.bundle.members,
        sealed=None if sealed is None else _named(sealed),
    )


def _named(sealed: SealedBundle) -> Sealed:
    return Sealed(sealed.name, sealed.size, sealed.ciphertext, sealed.envelope.sequence)


# --- between consent and protect ---


def _marks(
    office: Office,
    rows: Consented,
    redacted: Redacted,
    protected: Protected,
    memory: Memory,
    tokens: MatchTokens | None,
) -> pa.Table | None:
    """By what the rows that leave are linked. Who is told as before a correction keeps the marks of before too, else a
    new epoch would tell whose name or number was corrected."""
    if tokens is None or protected.rows is None or protected.shown is None:
        return None
    key = rows.permit.agreement.data.key
    keys, released = (
        each.column(key).unify_dictionaries().combine_chunks() for each in (redacted.table, protected.rows)
    )
    made = marks_of(rows, keys.dictionary_decode(), released.dictionary_decode(), memory.cases)
    told, replaced = protected.shown.tokens, rows.permit.replaces
    before = {case for case, row in zip(memory.cases, tokens.rows, strict=True) if told.get(case, row) != row}
    return made if replaced is None else with_marks_before(office, made, replaced, before)


def _telling(redacted: Redacted, keys: RedactKeys, named: Identifiers, known: Allowed) -> Iterator[Problem]:
    """Chosen pseudonyms that are the name of somebody in this extract: the last look would find them too, and could not
    say what to do."""
    key, chosen = redacted.permit.agreement.data.key, frozenset(keys.given.chosen.values())
    for each in redacted.pseudonyms:
        if each.pseudonym in chosen:
            yield from tells(each.pseudonym, key, named, known, redacted.permit.recipient.id)


def _scrubbing(office: Office, checked: Checked, leave: Permit) -> Scrubbing | None:
    return scrubbing_for(office, checked.extract, leave) if scrubbed_fields(leave.tier) else None


def _secret(office: Office, agreement: Agreement) -> NetworkSecret:
    found = network_secret(office, agreement.network)
    if found is None:
        raise DisclosureError(
            Problem(
                "network.no_secret",
                _("the secret of the network is not here, so no match tokens can be made"),
                where=agreement.network,
                hint=_("ask the coordinator of the network for it, or make it: exchange network new"),
            )
        )
    return found


def _counted_before(office: Office, extract: Extract, leave: Permit) -> frozenset[str]:
    """Case numbers of the extract that went to this recipient in another period: they are no late entries.

    Behind a gate, a case that ever went in another period stays out of this one, though a correction took it out of
    there: so releases of different periods have nobody in common, and there is nothing to subtract.
    """
    agreement, recipient = leave.agreement, leave.recipient.id
    before = office.workspace.releases.counted_before(
        agreement.id, recipient, str(leave.period), ever=leave.tier.protect.across_releases == "gate"
    )
    if not before:
        return frozenset()
    cases = frozenset(extract.table.column(agreement.data.key).to_pylist())
    return frozenset(case for case in cases if case_key(office, agreement.id, recipient, case) in before)
