"""The figures of a feedback, from the store, the merged view and our log: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import latest_day
from exchange.audit.entries import Entry
from exchange.bundle.feedback import FieldFound, Figures, PeriodFound, TokensFound
from exchange.consent.bands import Band, band
from exchange.crypto.hashing import keyed
from exchange.matching.tokens import TOKEN_KINDS
from exchange.merge.people import Merged
from exchange.merge.publishing import PUBLISHED
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa

_OURS = "SUPPRESSED"  # withheld by the sender's program, so that nobody is singled out: no fault of the data


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known: the records, the view merged from them, report by report in the same order, and the log's entries,
    oldest first: `about` the agreement, and `of_the_store`. `key`: of the recipient, for moving the bands' edges."""

    agreement: Agreement
    records: Records
    merged: Merged
    about: Sequence[Entry]
    of_the_store: Sequence[Entry]
    key: bytes = field(repr=False)


def figures(seen: Seen, periods: Sequence[Period]) -> Figures:
    """What there is to say of these periods; each stands there, also one of which nothing came."""
    names = {str(each) for each in periods}
    came = [each for each in seen.about if each.kind == "bundle.accepted" and each.period in names]
    first = min((each.time for each in came), default=None)
    after = [each for each in seen.of_the_store if first is not None and each.time >= first]
    exports = [each for each in after if each.kind == "store.exported"]
    published = sum(each.note == PUBLISHED for each in exports)
    return Figures(
        periods=tuple(
            _of_period(seen, each, [entry for entry in came if entry.period == str(each)]) for each in periods
        ),
        merged=sum(each.kind == "store.merged" for each in after),
        exported=len(exports) - published,
        published=published,
    )


def _of_period(seen: Seen, period: Period, came: Sequence[Entry]) -> PeriodFound:
    days = [seen.agreement.day(each.time) for each in came]
    own = _own(seen, str(period))
    people = _people(seen, own)
    shared = people & _people(seen, _others(seen))
    return PeriodFound(
        period=str(period),
        bundles=len(came),
        corrections=sum((each.counts and each.counts.corrections) or 0 for each in came),
        late=bool(days) and min(days) > latest_day(seen.agreement, period),
        rows=len(own),
        repeated=band(len(own) - len(people), len(own)) if len(own) else None,
        elsewhere=_enough(seen, len(shared), len(people), len(shared), str(period)),
        fields=tuple(_fields(seen, str(period), own, shared)),
        tokens=tuple(_tokens(seen, own)),
    )


def _enough(seen: Seen, count: int, of: int, over: int, *about: str) -> Band | None:
    """A band that rests on other senders' rows too, where there are as many people as may be published, or up to twice
    as many, since nobody should know where the edge is. The count is moved by up to half as many, always alike for what
    it is `about`, so that asking again tells no more."""
    least = seen.agreement.onward.publish.min_cell
    edge, drawn = (int.from_bytes(keyed(seen.key, seen.agreement.id, use, *about)[:8], "big") for use in ("", "count"))
    if over < least + edge % least:
        return None
    return band(min(of, max(0, count + drawn % (least + 1) - least // 2)), of)


# --- which reports, which people ---


def _own(seen: Seen, period: str) -> pa.Array:
    """The numbers of the sender's reports of a period under the agreement."""
    import pyarrow.compute as pc

    reports = seen.records.reports
    ours = pc.and_(_is(reports, "source", seen.agreement.sender.id), _is(reports, "agreement", seen.agreement.id))
    return pc.indices_nonzero(pc.and_(ours, _is(reports, "period", period)).combine_chunks())


def _others(seen: Seen) -> pa.Array:
    """The numbers of all other senders' reports."""
    import pyarrow.compute as pc

    ours = _is(seen.records.reports, "source", seen.agreement.sender.id)
    return pc.indices_nonzero(pc.invert(ours).combine_chunks())


def _is(table: pa.Table, name: str, value: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.equal(table.column(name).cast(pa.string()), value)


def _people(seen: Seen, reports: pa.Array) -> frozenset[str]:
    return frozenset(seen.merged.reports.column("person").take(reports).to_pylist())


# --- what was found ---


def _fields(seen: Seen, period: str, own: pa.Array, shared: frozenset[str]) -> Iterator[FieldFound]:
    silent = {form for form in seen.records.missing if form != _OURS}
    for name in seen.merged.fields:
        values = seen.records.values.column(name).take(own).to_pylist()
        if any(value is not None for value in values):  # else the release does not hold it
            missing = sum(value in silent for value in values)
            differing = len(_differing(seen, name) & shared)
            differs = _enough(seen, differing, len(shared), len(shared), period, name)
            yield FieldFound(field=name, missing=band(missing, len(values)), differs=differs)


def _differing(seen: Seen, name: str) -> frozenset[str]:
    """Of whom both the sender and somebody else are among those who differ about the field."""
    conflicts, sender = seen.merged.conflicts, seen.agreement.sender.id
    rows = conflicts.filter(_is(conflicts, "field", name)).select(["person", "source"]).to_pylist()
    ours = {each["person"] for each in rows if each["source"] == sender}
    return frozenset(ours & {each["person"] for each in rows if each["source"] != sender})


def _tokens(seen: Seen, own: pa.Array) -> Iterator[TokensFound]:
    import pyarrow as pa
    import pyarrow.compute as pc

    tokens = seen.records.tokens
    those = tokens.filter(pc.is_in(tokens.column("report"), own.cast(pa.int32())))
    if len(those):  # else none were agreed
        for kind in TOKEN_KINDS:
            worn = pc.count_distinct(those.filter(_is(those, "kind", kind)).column("report")).as_py()
            yield TokensFound(kind=kind, missing=band(len(own) - worn, len(own)))
