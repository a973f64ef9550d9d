"""What came: for a recipient's data officer, who sent what for which month, and how many people stand behind it.

A month that did not come is as visible as one that did. No row and no value of one person is shown: counts of people
come from `exchange.merge.counts`, where small cells are withheld.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from exchange.agreements.clause import Text
from exchange.agreements.dictionary import Data
from exchange.agreements.words import caveat_kind
from exchange.audit.acknowledged import acknowledged_all
from exchange.audit.entries import Entry
from exchange.bundle import words
from exchange.bundle.metadata import CaveatLine, Forbidden, Metadata
from exchange.locale import _
from exchange.merge.counts import PeopleCounts, notice
from exchange.merge.people import MergeCounts
from exchange.merge.segment import Segment
from exchange.protect.protected import ReleasedTable
from exchange.reports import wording
from exchange.reports.count_tables import shown
from exchange.reports.figures import number
from exchange.reports.labels import Labels
from exchange.reports.page import page, render

if TYPE_CHECKING:
    from markupsafe import Markup


class Named(Protocol):
    """An organisation, by its id and the name that people know."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """A bundle that was accepted, by our own log; `receipt`: how far its receipt has come, "" where that is unknown;
    `acknowledged_by`: who of us acknowledged all its notices."""

    sender: str
    period: str
    bundle: str
    rows: int
    accepted: dt.datetime
    receipt: str
    acknowledged_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """A bundle that lies in the store, without its rows. `tables`: how many of its tables show anything."""

    metadata: Metadata
    rows: int
    tables: int

    @classmethod
    def of(cls, segment: Segment) -> Self:
        return cls(segment.metadata, segment.row_count, sum(map(_shows, segment.tables)))


@dataclass(frozen=True, slots=True)
class Expected:
    """Who should have sent, for which periods ("2026-10"), in the order in which they are shown."""

    senders: Sequence[Named]
    periods: Sequence[str]

    def name(self, sender: str) -> str:
        return next((each.name for each in self.senders if each.id == sender), sender)


@dataclass(frozen=True, slots=True)
class People:
    """The merged view as figures. `data`: the dictionary that names the fields of `counted`."""

    counts: MergeCounts
    counted: PeopleCounts
    data: Data


@dataclass(frozen=True, slots=True)
class _Line:
    """One sender's line of the matrix: for each period what came, None where nothing did."""

    name: str
    cells: tuple[str | None, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class _Story:
    """What one bundle says of itself, and who acknowledged its notices (`asked`: whether that is asked at all). `data`:
    what was done to them, head by head."""

    of: str
    bundle: str
    acknowledged_by: tuple[str, ...]
    asked: bool
    lines: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, list[str]], ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Caveat:
    """`sources`: "sender: periods" for each that gave it; `everywhere`: all bundles held brought it."""

    line: CaveatLine
    sources: tuple[str, ...]
    everywhere: bool


def _shows(table: ReleasedTable) -> bool:
    return any(cell.count is not None for cell in table.cells)


def arrivals(
    entries: Iterable[Entry], receipts: Mapping[str, str], holdings: Sequence[Holding] = ()
) -> tuple[Arrival, ...]:
    """Every accepted bundle of our log. `receipts`: the state in the outbox by the sealed receipt's "sha256:…".
    `holdings`: what is held; of what is gone nobody asks any more who acknowledged it."""
    told, people = tuple(entries), dict[str, tuple[str, ...]]()
    for each in holdings:
        about = (entry for entry in told if entry.bundle == each.metadata.bundle)
        people[each.metadata.bundle] = acknowledged_all(about, each.metadata.acknowledge)
    return tuple(
        Arrival(
            sender=entry.counterpart or "",
            period=entry.period or "",
            bundle=entry.bundle or "",
            rows=(entry.counts.rows_in or 0) if entry.counts else 0,
            accepted=entry.time,
            receipt=receipts.get(entry.receipt or "", ""),
            acknowledged_by=people.get(entry.bundle or "", ()),
        )
        for entry in told
        if entry.kind == "bundle.accepted"
    )


def received_page(
    recipient: Named,
    expected: Expected,
    came: Sequence[Arrival],
    holdings: Sequence[Holding],
    people: People | None,
    made: dt.datetime,
) -> str:
    """The page about what `recipient` holds. `people` is None where no rows come, so that nobody can be merged.

    First what the bundles say of themselves; figures about people only once the notices of all that they are made of
    have been acknowledged by somebody.
    """
    return page(
        lambda: _title(recipient),
        lambda: _half(recipient, expected, came, holdings, people, made),
    )


def _title(recipient: Named) -> str:
    return _("What came to {recipient}").format(recipient=recipient.name)


def _half(
    recipient: Named,
    expected: Expected,
    came: Sequence[Arrival],
    holdings: Sequence[Holding],
    people: People | None,
    made: dt.datetime,
) -> Markup:
    periods, waiting = _periods(expected, holdings), _waiting(came, holdings)
    shown_people = None if waiting else people
    return render(
        "exchange.reports",
        "received.html.j2",
        title=_title(recipient),
        expected=expected,
        periods=periods,
        lines=_matrix(expected, periods, holdings),
        came=[(each, _whereabouts(each, holdings)) for each in came],
        caveats=_caveats(expected, holdings),
        caveat_kind=caveat_kind,
        notices=_once(each.metadata.confidentiality for each in holdings),
        prohibited=_once(_forbidden(act) for each in holdings for act in each.metadata.prohibited),
        stories=_stories(expected, came, holdings),
        waiting=[f"{expected.name(each.metadata.sender.id)}, {each.metadata.period}" for each in waiting],
        people=shown_people,
        tables=[shown(each, Labels(people.data)) for each in people.counted.tables] if shown_people and people else [],
        links_notice=notice(),
        made=made,
        wording=wording,
    )


def _waiting(came: Sequence[Arrival], holdings: Sequence[Holding]) -> list[Holding]:
    """The bundles whose notices nobody has acknowledged. What our log does not know, nobody has."""
    done = {each.bundle for each in came if each.acknowledged_by}
    return [each for each in holdings if each.metadata.acknowledge and each.metadata.bundle not in done]


def _stories(expected: Expected, came: Sequence[Arrival], holdings: Sequence[Holding]) -> list[_Story]:
    people = {each.bundle: each.acknowledged_by for each in came}
    return [
        _Story(
            of=f"{expected.name(each.metadata.sender.id)}, {each.metadata.period}",
            bundle=each.metadata.bundle,
            acknowledged_by=people.get(each.metadata.bundle, ()),
            asked=bool(each.metadata.acknowledge),
            lines=tuple(words.answers(each.metadata)),
            data=tuple(words.about_the_data(each.metadata)),
            note=each.metadata.note,
        )
        for each in holdings
    ]


def _periods(expected: Expected, holdings: Sequence[Holding]) -> tuple[str, ...]:
    """Those expected, then what came beside them."""
    return tuple(dict.fromkeys((*expected.periods, *sorted(each.metadata.period for each in holdings))))


def _matrix(expected: Expected, periods: Sequence[str], holdings: Sequence[Holding]) -> list[_Line]:
    senders = dict.fromkeys((*(each.id for each in expected.senders), *(each.metadata.sender.id for each in holdings)))
    found = []
    for sender in senders:
        theirs = [each for each in holdings if each.metadata.sender.id == sender]
        cells = tuple(_cell([each for each in theirs if each.metadata.period == period]) for period in periods)
        found.append(_Line(expected.name(sender), cells, sum(each.rows for each in theirs)))
    return found


def _cell(holdings: Sequence[Holding]) -> str | None:
    """What came for one period. A month without cases and one too small to be shown look the same."""
    if not holdings:
        return None
    rows = sum(each.rows for each in holdings)
    if rows:
        return number(rows)
    return _("tables only") if any(each.tables for each in holdings) else _("no rows")


def _whereabouts(arrival: Arrival, holdings: Sequence[Holding]) -> str:
    if any(each.metadata.bundle == arrival.bundle for each in holdings):
        return _("in the store")
    if any(each.metadata.replaces == arrival.bundle for each in holdings):
        return _("replaced by a correction")
    return _("no longer in the store")


def _caveats(expected: Expected, holdings: Sequence[Holding]) -> list[_Caveat]:
    """Each caveat once, with all the bundles that it came with: first what holds for all of them."""
    found: dict[tuple[str, str, str], tuple[CaveatLine, list[Metadata]]] = {}
    for each in holdings:
        for line in each.metadata.caveats:
            found.setdefault((line.code, line.text.id, line.text.en), (line, []))[1].append(each.metadata)
    caveats = [
        _Caveat(line, tuple(_by_sender(expected, told)), len({each.bundle for each in told}) == len(holdings))
        for line, told in found.values()
    ]
    codes = list(dict.fromkeys(each.line.code for each in caveats))
    return sorted(caveats, key=lambda each: (not each.everywhere, codes.index(each.line.code)))


def _by_sender(expected: Expected, told: Sequence[Metadata]) -> Iterator[str]:
    for sender in dict.fromkeys(each.sender.id for each in told):
        periods = dict.fromkeys(each.period for each in told if each.sender.id == sender)
        yield f"{expected.name(sender)}: {', '.join(periods)}"


def _forbidden(act: Forbidden) -> Text:
    return Text(id=act.in_("id"), en=act.in_("en"))


def _once(texts: Iterable[Text]) -> list[Text]:
    return list({(text.id, text.en): text for text in texts}.values())
