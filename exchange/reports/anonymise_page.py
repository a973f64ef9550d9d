"""What `exchange anonymise` did to a table: risk and loss, before and after, as charts beside their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.locale import _
from exchange.protect.anonymise.measuring.report import Report
from exchange.protect.anonymise.measuring.risk import Band, Driver, Exposure
from exchange.reports.figures import number, percent
from exchange.reports.page import page, render

if TYPE_CHECKING:
    from markupsafe import Markup

Bar = tuple[str, tuple[tuple[float, str], ...]]


@dataclass(frozen=True, slots=True)
class Chart:
    """`series`: for each bar of a label its kind and name; `bars`: a label, and for each of the series a length and how
    it is written. A bar of the length `most` is the longest."""

    name: str
    series: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    most: float


def anonymise_page(report: Report) -> str:
    """The page, in both languages. As the report, it holds names of fields and counts, never a value."""
    return page(_title, lambda: _half(report))


def _title() -> str:
    return _("Risk and loss, before and after")


def _half(report: Report) -> Markup:
    before, after = report.before, report.after
    return render(
        "exchange.reports",
        "anonymise.html.j2",
        title=_title(),
        report=report,
        attackers=_attackers(report),
        risk=_risk_chart(report),
        sizes=_sizes_chart(before, after),
        bands=[(_band(one), one, other) for one, other in zip(before.sizes, after.sizes, strict=True)],
        drivers=_ranked(before),
        drives=_drives_chart(before),
        drives_below_k=_drives_below_k(before),
        lost=_lost_chart(report),
    )


def _attackers(report: Report) -> list[tuple[str, float, float]]:
    before, after = report.before, report.after
    above = _("rows above 1 / k")
    told = (
        (_("prosecutor, highest"), "prosecutor", "highest"),
        (_("prosecutor, average"), "prosecutor", "average"),
        (_("prosecutor, {rows}").format(rows=above), "prosecutor", "rows_above"),
        (_("journalist, highest"), "journalist", "highest"),
        (_("journalist, {rows}").format(rows=above), "journalist", "rows_above"),
    )
    lines = [
        (name, getattr(getattr(before, who), what), getattr(getattr(after, who), what)) for name, who, what in told
    ]
    return [*lines, (_("marketer"), before.marketer, after.marketer)]


def _both() -> tuple[tuple[str, str], ...]:
    return ("before", _("before")), ("after", _("after"))


def _shares(*shares: float) -> tuple[tuple[float, str], ...]:
    return tuple((share, percent(share)) for share in shares)


def _risk_chart(report: Report) -> Chart:
    bars = tuple((name, _shares(before, after)) for name, before, after in _attackers(report))
    return Chart(_("Chart of the chance that somebody is found"), _both(), bars, 1.0)


def _sizes_chart(before: Exposure, after: Exposure) -> Chart:
    bars = tuple(
        (_band(one), ((one.rows, number(one.rows)), (other.rows, number(other.rows))))
        for one, other in zip(before.sizes, after.sizes, strict=True)
    )
    most = max((band.rows for band in (*before.sizes, *after.sizes)), default=0)
    return Chart(_("Chart of rows by the size of their group"), _both(), bars, most)


def _band(band: Band) -> str:
    if band.at_most is None:
        return _("{least} or more").format(least=number(band.at_least))
    if band.at_most == band.at_least:
        return number(band.at_least)
    return _("{least} to {most}").format(least=number(band.at_least), most=number(band.at_most))


def _ranked(side: Exposure) -> Sequence[Driver]:
    """Fields, those first without which the fewest rows would have too few look-alikes."""
    return sorted(side.fields, key=lambda each: (each.without.rows_below_k, each.without.average, each.field))


def _drives_below_k(before: Exposure) -> bool:
    """Whether some row with too few look-alikes, if there is any, would have enough without one of the fields. Else
    every bar would be of no length, and the rows that are the only ones of their kind tell more."""
    return before.rows_below_k == 0 or any(each.without.rows_below_k < before.rows_below_k for each in before.fields)


def _drives_chart(before: Exposure) -> Chart:
    """How many rows have too few look-alikes, and would not without the field; or how many are the only ones."""
    if _drives_below_k(before):
        saved = [(each.field, before.rows_below_k - each.without.rows_below_k) for each in _ranked(before)]
        name = _("Chart of the rows that have too few look-alikes because of a field")
    else:
        saved = [(each.field, before.unique_rows - each.without.unique_rows) for each in _ranked(before)]
        name = _("Chart of the rows that are the only ones of their kind because of a field")
    bars = tuple((field, ((count, number(count)),)) for field, count in saved)
    return Chart(name, (("after", ""),), bars, max((count for _field, count in saved), default=0))


def _lost_chart(report: Report) -> Chart:
    bars = tuple((each.field, _shares(each.ncp)) for each in report.utility.fields)
    return Chart(_("Chart of what each field lost"), (("after", ""),), bars, 1.0)
