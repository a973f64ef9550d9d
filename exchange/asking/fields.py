"""6. Which fields left, and are they within the tier that the agreement gives the recipient?

The sender's log names the columns of people's rows in each bundle. Tables count by fields too; they are no rows, and
their breakdowns stand in the agreement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exchange.agreements.agreement import Agreement
from exchange.asking.answer import Answer, Asked, grouped
from exchange.asking.noted import Noted, evidence
from exchange.asking.sendings import Sending, name_of, sendings, without_agreement, without_senders
from exchange.asking.shown import Shown
from exchange.audit.findings import Finding
from exchange.locale import Said, counted_later, later


@dataclass(frozen=True, slots=True)
class _Left:
    """A bundle as it was packed; `given`: the fields of rows that its recipient may have, None where nobody showed the
    agreement."""

    sending: Sending
    packed: Noted
    given: frozenset[str] | None

    @property
    def fields(self) -> tuple[str, ...]:
        return self.packed.entry.fields

    @property
    def beyond(self) -> tuple[str, ...]:
        return () if self.given is None else tuple(each for each in self.fields if each not in self.given)

    @property
    def untold(self) -> bool:
        """Whether rows have left whose fields the log does not name."""
        rows = None if self.packed.entry.counts is None else self.packed.entry.counts.rows_out
        return not self.fields and rows != 0 and self.given != frozenset()


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the bundles that were packed and have left."""
    found = tuple(each for each in sendings(shown, asked) if each.delivered is not None or each.sent is None)
    left = [_Left(each, at, _given(shown, each)) for each in found for at in list(each.by_sender("bundle.packed"))[:1]]
    return Answer(
        "fields",
        asked,
        _sentence(left),
        tuple(_line(each) for each in left),
        evidence(each.packed for each in left),
        (
            *(_beyond(each) for each in left if each.beyond),
            *_untold(left),
            *without_agreement(shown, found),
            *without_senders(found),
        ),
    )


def _given(shown: Shown, sending: Sending) -> frozenset[str] | None:
    """Nobody but a recipient gets any."""
    text = shown.agreement(sending.agreement)
    return None if text is None else frozenset(_row_fields(text.agreement, sending.recipient))


def _row_fields(agreement: Agreement, party: str) -> tuple[str, ...]:
    receives = any(each.id == party for each in agreement.recipients)
    return agreement.tier_of(party).row_fields if receives else ()


# --- what is said of it ---


def _beyond(left: _Left) -> Finding:
    what = later(
        "{bundle} holds fields that {agreement} does not give {recipient}: {fields}",
        bundle=left.sending.bundle,
        agreement=name_of(left.sending.agreement),
        recipient=left.sending.recipient,
        fields=", ".join(left.beyond),
    )
    return left.packed.finding("audit.field_beyond_tier", what)


def _untold(left: Iterable[_Left]) -> Iterator[Finding]:
    """One finding for each log that does not name the fields."""
    untold = (each.packed for each in left if each.untold)
    for _log, those in grouped(untold, lambda each: each.history.origin):
        what = counted_later(
            "of {count} bundle the log of {party} does not tell which fields left",
            "of {count} bundles the log of {party} does not tell which fields left",
            len(those),
            party=those[0].history.party,
        )
        yield those[0].finding("audit.fields_untold", what)


def _sentence(left: Sequence[_Left]) -> Said:
    return counted_later(
        "{count} bundle: {fields} different fields left; beyond the tier in {beyond}, not told for {untold}",
        "{count} bundles: {fields} different fields left; beyond the tier in {beyond}, not told for {untold}",
        len(left),
        fields=len({name for each in left for name in each.fields}),
        beyond=sum(bool(each.beyond) for each in left),
        untold=sum(each.untold for each in left),
    )


def _line(left: _Left) -> Said:
    return later(
        "{day}, {party}: {bundle} for {recipient}: {fields}",
        day=f"{left.sending.left:%Y-%m-%d}",
        party=left.packed.history.party,
        bundle=left.sending.bundle,
        recipient=left.sending.recipient,
        fields=", ".join(left.fields) or (later("fields not told") if left.untold else later("no rows")),
    )
