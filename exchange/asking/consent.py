"""4. Was every row covered by a valid consent, for that recipient and purpose, as attested?

No consent is in a log, so none can be checked from one: the sender attests how many rows its program let through for a
recipient, and how many it held back for which reason. What can be checked is whether these numbers add up. The rest is
for whoever looks at the forms, and a sample is drawn for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exchange.asking.answer import Answer, Asked, drawn
from exchange.asking.sendings import Noted, Sending, evidence, sendings, without_senders
from exchange.asking.shown import Shown
from exchange.audit.entries import Counts
from exchange.audit.findings import Finding
from exchange.locale import Said, counted_later, later

NOTHING = Counts()


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the bundles that were packed. `rows_in` are the rows that consent let through for this recipient, of which
    `rows_out` left, after protection; `held_back` are the others of the extract."""
    found = sendings(shown, asked)
    packed = [(each, at) for each in found for at in list(each.by_sender("bundle.packed"))[:1]]
    left = [each.bundle for each, _at in packed if each.delivered is not None]
    return Answer(
        "consent",
        asked,
        _sentence([at for _each, at in packed]),
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
    of: dict[str, list[Noted]] = {}
    for each in packed:
        counts = each.entry.counts or NOTHING
        silent = counts.held_back is None or (counts.held_back > 0 and not counts.reasons)
        if counts.rows_in is None or silent:
            of.setdefault(each.history.origin, []).append(each)
    for those in of.values():
        what = counted_later(
            "of {count} bundle the log of {party} does not tell how many rows were held back, and why",
            "of {count} bundles the log of {party} does not tell how many rows were held back, and why",
            len(those),
            party=those[0].history.party,
        )
        yield those[0].finding("audit.consent_untold", what)


# --- what is said of it ---


def _sentence(packed: Sequence[Noted]) -> Said:
    counts = [each.entry.counts or NOTHING for each in packed]
    return counted_later(
        "{count} bundle packed: by the sender's log consent let {through} rows through and held {held} back",
        "{count} bundles packed: by the senders' logs consent let {through} rows through and held {held} back",
        len(packed),
        through=sum(each.rows_in or 0 for each in counts),
        held=sum(each.held_back or 0 for each in counts),
    )


def _line(sending: Sending, packed: Noted) -> Said:
    counts = packed.entry.counts or NOTHING
    return later(
        "{day}, {party}: {bundle} for {recipient}: {through} rows let through, {held} held back ({reasons})",
        day=f"{packed.entry.time:%Y-%m-%d}",
        party=packed.history.party,
        bundle=sending.bundle,
        recipient=sending.recipient,
        through=_told(counts.rows_in),
        held=_told(counts.held_back),
        reasons=", ".join(f"{each.kind} {each.count}" for each in counts.reasons or ()) or "–",
    )


def _told(count: int | None) -> int | Said:
    return later("an untold number of") if count is None else count


def _attested(packed: Iterable[tuple[Sending, Noted]]) -> Said:
    senders = ", ".join(sorted({each.sender for each, _at in packed}))
    return later(
        "that each of these rows had a valid consent for its recipient and purpose is attested by {senders} alone: "
        "compare the rows of the bundles that are drawn with the consent forms",
        senders=senders,
    )
