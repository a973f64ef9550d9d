"""The figures of a feedback as a person reads them: at the recipient before they go, at the sender when they came."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.bundle.feedback import Figures, PeriodFound
from exchange.consent.bands import Band
from exchange.locale import _


def figure_lines(told: Figures) -> Iterator[str]:
    """Period by period, then what became of the data."""
    for each in told.periods:
        yield from _period(each)
    yield _("since the first of this came: merged {merged}, exported {exported}, published {published} times").format(
        merged=told.merged, exported=told.exported, published=told.published
    )


def _period(each: PeriodFound) -> Iterator[str]:
    yield _("{period}: {bundles} bundles came, {corrections} of them corrections; {rows} rows are here").format(
        period=each.period, bundles=each.bundles, corrections=each.corrections, rows=each.rows
    )
    if each.late:
        yield "  " + _("the first came after the days of grace")
    if each.repeated is None:
        return
    yield "  " + _("rows of people who are in the period already: {share}").format(share=each.repeated)
    yield "  " + _("people whom other senders told of as well: {share}").format(share=_share(each.elsewhere))
    for field in each.fields:
        said = _("{name}: unknown in {missing}; told otherwise by other senders: {differs}")
        yield "  " + said.format(name=field.field, missing=field.missing, differs=_share(field.differs))
    for token in each.tokens:
        yield "  " + _("match token {kind}: without it {missing}").format(kind=token.kind, missing=token.missing)


def _share(share: Band | None) -> str:
    return _("too few to say") if share is None else str(share)
