"""4. Was every row covered by a valid consent, for that recipient and purpose, as attested?

No consent is in a log, so none can be checked from one: the sender attests how many rows its program let through for a
recipient, and how many it held back for which reason. What can be checked is whether these numbers add up. The rest is
for whoever looks at the forms, and a sample is drawn for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exchange.asking.answer import Answer, Asked, drawn, grouped, joined
from exchange.asking.noted import Noted, evidence
from exchange.asking.sendings import Sending, sendings, without_senders
from exchange.asking.shown import Shown
from exchange.audit.entries import Counts
from exchange.audit.findings import Finding
from exchange.locale import Said, counted_later, later

NOTHING = Counts()
FOR_CONSENT = frozenset({"status", "withdrawn", "scope", "form", "expired", "evidence", "minor"})
"""Reasons that say that a consent was wanting; the others are of the month, the agreement and the values."""


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the bundles that were packed. `rows_in` are the rows that consent let through for this recipient, of which
    `rows_out` left, after protection; `held_back` are the others of the extract."""
    found = sendings(shown, asked)
    packed = [(each, at) for each in found for at in list(each.by_sender("bundle.packed"))[:1]]
    left = [each.bundle for each, at in packed if each.delivered is not None and (at.entry.counts or NOTHING).rows_out]
    return Answer(
        "consent",
        asked,
        _sentence(packed),
        tuple(_line(each, at) for each, at in packed),
        evidence(at for _each, at in packed),
        (
            *(wrong for each, at in packed for wrong in _adding_up(each, at)),
            *_untold([at for _each, at in packed]),
            *without_senders(found),
        ),
        _attested(packed) if packed else None,
        drawn(left, shown.histories),
    )


# --- do the numbers add up? ---


def _adding_up(sending: Sending, packed: Noted) -> Iterator[Finding]:
    counts = packed.entry.counts or NOTHING
    through, out, held = counts.rows_in, counts.rows_out, counts.held_back
    names = {"bundle": sending.bundle, "through": through, "out": out, "held": held}
    if through is not None and out is not None and out > through:
        what = later("{out} rows of {bundle} left, and consent let {through} through", **names)
        yield packed.finding("audit.rows_uncovered", what)
    reasons = sum(each.count for each in counts.reasons or ())
    if counts.reasons is not None and held is not None and reasons != held:
        what = later(
            "of {bundle} {held} rows were held back, and the reasons are those of {reasons}", **names, reasons=reasons
        )
        yield packed.finding("audit.rows_uncovered", what)
    checked = _checked(packed)
    if through is not None and held is not None and checked and through + held not in checked:
        what = later(
            "of {bundle} {through} rows were let through and {held} held back; the extract had {rows}",
            **names,
            rows=" / ".join(str(each) for each in sorted(checked)),
        )
        yield packed.finding("audit.rows_uncovered", what)


def _checked(packed: Noted) -> set[int]:
    """How many rows the extracts of the period had that were checked before it was packed."""
    about, entry = (packed.entry.agreement, packed.entry.period), packed.entry
    before = (each for number, each in packed.history.of("extract.checked") if number < packed.number)
    rows = (each.counts.rows_in for each in before if (each.agreement, each.period) == about and each.counts)
    return {each for each in rows if each is not None} if entry.period else set()


def _untold(packed: Iterable[Noted]) -> Iterator[Finding]:
    """One finding for each log that does not say how many rows were held back, and why."""
    for _log, those in grouped(filter(_is_silent, packed), lambda each: each.history.origin):
        what = counted_later(
            "of {count} bundle the log of {party} does not tell how many rows were held back, and why",
            "of {count} bundles the log of {party} does not tell how many rows were held back, and why",
            len(those),
            party=those[0].history.party,
        )
        yield those[0].finding("audit.consent_untold", what)


def _is_silent(packed: Noted) -> bool:
    counts = packed.entry.counts or NOTHING
    unreasoned = counts.held_back is None or (counts.held_back > 0 and not counts.reasons)
    return counts.rows_in is None or unreasoned


# --- what is said of it ---


def _sentence(packed: Sequence[tuple[Sending, Noted]]) -> Said:
    """Of what left: rows by themselves, rows that are in tables alone, and why the others stayed."""
    left = _standing(packed)
    with_rows = [each for each in left if each.rows_out]
    through = sum(each.rows_in or 0 for each in with_rows)
    rows = joined(
        (
            counted_later("{count} bundle packed", "{count} bundles packed", len(packed)),
            later(
                "by the senders' logs, for all recipients together, {out} of {through} rows let through left as rows",
                through=through,
                out=sum(each.rows_out or 0 for each in with_rows),
            ),
            later(
                "{counted} rows were counted in tables alone",
                counted=sum(each.rows_in or 0 for each in left if not each.rows_out),
            ),
            _held(left),
        )
    )
    again = sum(each.delivered is not None for each, _at in packed) - len(left)
    corrected = counted_later(
        "{count} bundle that was sent again later is not counted",
        "{count} bundles that were sent again later are not counted",
        again,
    )
    return joined((rows, corrected)) if again else rows


def _standing(packed: Sequence[tuple[Sending, Noted]]) -> list[Counts]:
    """Of what left for one recipient, for one period, the last: a correction stands in place of what it replaces."""
    last: dict[tuple[str, ...], Counts] = {}
    for each, at in packed:
        if each.delivered is not None:
            agreement = each.agreement.id if each.agreement else ""
            period = at.entry.period or each.ciphertext
            last[at.history.network, each.sender, each.recipient, agreement, period] = at.entry.counts or NOTHING
    return list(last.values())


def _held(counts: Iterable[Counts]) -> Said:
    """What is held back for want of a consent, apart from the rest: a row of another month says nothing of consent."""
    for_consent = others = 0
    for each in counts:
        reasons = each.reasons or ()
        lacking = sum(one.count for one in reasons if one.kind in FOR_CONSENT)
        for_consent += lacking
        others += (each.held_back or 0) - lacking
    return later(
        "held back: {consent} for want of a consent, {others} for other reasons or untold ones",
        consent=for_consent,
        others=max(others, 0),
    )


def _line(sending: Sending, packed: Noted) -> Said:
    counts = packed.entry.counts or NOTHING
    told = later(
        "{day}, {party}: {bundle} for {recipient}, {period}: {through} rows let through, {out}, {held} held back",
        day=f"{packed.entry.time:%Y-%m-%d}",
        party=packed.history.party,
        bundle=sending.bundle,
        recipient=sending.recipient,
        period=sending.period,
        through=_told(counts.rows_in),
        out=later("{out} left as rows", out=counts.rows_out) if counts.rows_out else later("none left as rows"),
        held=_told(counts.held_back),
    )
    reasons = ", ".join(f"{each.kind} {each.count}" for each in counts.reasons or ())
    return joined((told, f"({reasons})"), " ") if reasons else told


def _told(count: int | None) -> int | Said:
    return later("an untold number of") if count is None else count


def _attested(packed: Iterable[tuple[Sending, Noted]]) -> Said:
    senders = ", ".join(sorted({each.sender for each, _at in packed}))
    return later(
        "that each of these rows had a valid consent for its recipient and purpose is attested by {senders} alone: "
        "compare the rows of the bundles that are drawn with the consent forms",
        senders=senders,
    )
