"""Drafts of what is written when data were exposed: to the other parties, to the authority, to survivors.

All that the log and the agreement say is filled in; what only people know is left open. No draft names a person: not of
whom the data are, nor through whom they were exposed. To the other parties no count of one recipient is said: what one
gets is not for another.
"""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement
from exchange.agreements.words import called, named
from exchange.locale import LANGUAGES, _, ngettext, speaking
from exchange.reports.agreement_words import Heading
from exchange.reports.figures import number
from exchange.reports.page import page, render

MAX_TEXT = 2000  # letters that a text of a letter may have
OPEN = "…………………………"


@dataclass(frozen=True, slots=True)
class Line:
    """A bundle that was exposed. `rows`: None where nobody here knows; `arrived`: when its recipient had it."""

    bundle: str
    sender: str
    recipient: str
    period: str | None
    rows: int | None
    fields: tuple[str, ...]
    arrived: dt.datetime | None
    destroyed: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """What is known of a breach under an agreement, noticed by `us` at that time. `forgotten`: entries of the log that
    tell nothing any more. `exposed`: what was exposed, as it was told to the command."""

    agreement: Agreement
    us: str
    noticed: dt.datetime
    lines: tuple[Line, ...]
    forgotten: int = 0
    exposed: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What the sender types to learn whose cases they are."""
        return shlex.join(("exchange", "breach", "scope", self.agreement.id, *self.exposed, "--cases"))

    @property
    def rows(self) -> int:
        return sum(each.rows or 0 for each in self.lines)

    def name(self, party: str) -> str:
        known = {each.id: each.name for each in self.agreement.parties}
        return known.get(party, party)

    def when(self, moment: dt.datetime | None) -> str:
        """In the agreement's time zone, which is named."""
        zone = self.agreement.delivery.timezone
        return "–" if moment is None else f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"

    def within(self, hours: int) -> str:
        return self.when(self.noticed + dt.timedelta(hours=hours))

    @property
    def periods(self) -> str:
        return ", ".join(sorted({each.period for each in self.lines if each.period})) or "–"

    @property
    def fields(self) -> tuple[str, ...]:
        """Of people's rows in any of the bundles."""
        return tuple(dict.fromkeys(name for each in self.lines for name in each.fields))

    @property
    def counted(self) -> tuple[tuple[str, str, str, str], ...]:
        """For the authority: sender, recipient, period, and at most how many rows."""
        total: dict[tuple[str, str, str], int | None] = {}
        for each in self.lines:
            key = (self.name(each.sender), self.name(each.recipient), each.period or "–")
            before = total.get(key, 0)
            total[key] = None if before is None or each.rows is None else before + each.rows
        return tuple((*key, "?" if rows is None else number(rows)) for key, rows in sorted(total.items()))


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft, in the language being spoken. `listed`: each bundle; `counted`: rows by sender, recipient, period."""

    title: str
    headings: tuple[Heading, ...]
    listed: tuple[Line, ...] = ()
    counted: tuple[tuple[str, str, str, str], ...] = ()


def drafts(notice: Notice) -> dict[str, str]:
    """Each draft by the name of its file: pages in both languages, and the text of which data were exposed, as a letter
    holds it. What survivors are told is drafted at the sender, who tells them."""
    made = {"parties.html": _to_parties, "authority.html": _to_authority}
    if notice.us == notice.agreement.sender.id:
        made["survivors.html"] = _to_survivors
    return {name: _page(notice, how) for name, how in made.items()} | {"data_exposed.txt": data_exposed(notice)}


def data_exposed(notice: Notice) -> str:
    """Which data were exposed, in both languages; without the names of fields where a letter could not hold them."""
    whole = _said(notice, fields=True)
    return whole if len(whole) <= MAX_TEXT else _said(notice, fields=False)


def _said(notice: Notice, *, fields: bool) -> str:
    halves = []
    for tongue in LANGUAGES:
        with speaking(tongue):
            halves.append("\n".join(_data(notice, fields=fields)))
    return "\n\n".join(halves) + "\n"


def _page(notice: Notice, how: Callable[[Notice], Draft]) -> str:
    return page(
        lambda: how(notice).title,
        lambda: render("exchange.reports", "breach_notice.html.j2", notice=notice, draft=how(notice)),
    )


def _to_parties(notice: Notice) -> Draft:
    breach, agreement = notice.agreement.breach, notice.agreement
    clock = _("Every other party is told by {time}: within {hours} hours of noticing it.")
    ask = (
        _("Look in your log and store for these bundles, and say what you find."),
        _("Tell no survivor yourselves: {sender} does, through the contact that is safe for each.").format(
            sender=agreement.sender.name
        ),
        _("Take nothing for ours that comes over another way, until we have spoken on a number that you know."),
    )
    headings = (
        (
            _("By when"),
            (
                clock.format(
                    time=notice.within(breach.tell_parties_within_hours), hours=breach.tell_parties_within_hours
                ),
            ),
        ),
        (_("Which data were exposed"), tuple(_data(notice))),
        *_open(notice),
        (_("What we ask of you"), ask),
    )
    return Draft(_("Notice of a breach to the other parties"), headings, listed=notice.lines)


def _to_authority(notice: Notice) -> Draft:
    breach = notice.agreement.breach
    clock = _("The authority is told by {time}: within {hours} hours of noticing it ({law}).")
    people = (
        _("The data are of people who were helped as survivors of trafficking. This notice names none of them."),
        _("They are told through {sender}, who knows how each can be reached safely, by the same time.").format(
            sender=notice.agreement.sender.name
        ),
    )
    headings = (
        (
            _("By when"),
            (
                clock.format(
                    time=notice.within(breach.law_deadline_hours), hours=breach.law_deadline_hours, law=breach.law
                ),
            ),
        ),
        (_("Which data were exposed"), tuple(_data(notice))),
        (_("Whose data"), people),
        *_open(notice),
    )
    return Draft(_("Notice of a breach to the authority"), headings, counted=notice.counted)


def _to_survivors(notice: Notice) -> Draft:
    breach = notice.agreement.breach
    safely = (
        _("Only over the contact that is safe for her, and only to herself; nothing is left with anybody else."),
        _("By {time}: within {hours} hours of noticing it ({law}).").format(
            time=notice.within(breach.law_deadline_hours), hours=breach.law_deadline_hours, law=breach.law
        ),
        _("Whose cases they are: {command}").format(command=notice.command),
    )
    about = (called(notice.agreement, name) or name for name in notice.fields)
    said = (
        _("“Somebody may have seen what is written about you. We are sorry, and we tell you at once.”"),
        _("“It is about: {fields}.”").format(fields=" · ".join(about) or OPEN),
        _("“What happened: {open}. What we have done: {open}.”").format(open=OPEN),
        _("“Do you feel safe where you are? What do you need now? You may ask us anything, or have it erased.”"),
    )
    return Draft(_("What survivors are told of a breach"), ((_("How she is told"), safely), (_("What is said"), said)))


def _data(notice: Notice, *, fields: bool = True) -> Iterator[str]:
    """Which data; to nobody which recipient had how many rows."""
    count = len(notice.lines)
    yield ngettext(
        "{count} bundle under {agreement} {version}, of {periods}, with at most {rows} rows in all.",
        "{count} bundles under {agreement} {version}, of {periods}, with at most {rows} rows in all.",
        count,
    ).format(
        count=number(count),
        agreement=notice.agreement.id,
        version=notice.agreement.version,
        periods=notice.periods,
        rows=number(notice.rows),
    )
    yield _("Who is in several of them is counted several times.")
    unknown = sum(each.rows is None for each in notice.lines)
    if unknown:
        yield _("Bundles of which nobody here knows how many rows they have: {count}.").format(count=number(unknown))
    if notice.fields and fields:
        names = "; ".join(named(notice.agreement, name) for name in notice.fields)
        yield _("Fields of people's rows: {fields}.").format(fields=names)
    if notice.forgotten:
        yield _("Entries of the log that tell nothing any more, so that more may have been exposed: {count}.").format(
            count=number(notice.forgotten)
        )


def _open(notice: Notice) -> tuple[Heading, ...]:
    """What only people know."""
    noticed = _("Noticed by {party} at {time}.").format(party=notice.name(notice.us), time=notice.when(notice.noticed))
    contact = _("Questions: {contact}").format(contact=notice.agreement.party(notice.us).breach_contact)
    return (
        (_("When and how it happened"), (noticed, OPEN)),
        (_("What was done about it, and how it is put right"), (OPEN, contact)),
    )
