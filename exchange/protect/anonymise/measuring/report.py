"""The report of a release: risk and utility, before and after. Its JSON is described in REPORT.md.

It holds names of fields and counts, never a value of the table.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.measuring.risk import Exposure, after, before, exposure
from exchange.protect.anonymise.measuring.utility import QueryError, Utility, utility
from exchange.protect.anonymise.plan import LossName, Method, Plan
from exchange.protect.anonymise.recoded import Recoded

Document = dict[str, object]
_DIGITS = 6  # after the point: what every machine computes alike


@dataclass(frozen=True, slots=True)
class Report:
    """`before`: the table's rows as they are; `after`: the rows that are released."""

    k: int
    method: Method
    loss: LossName
    population: int | None
    before: Exposure
    after: Exposure
    utility: Utility

    def to_json(self) -> Document:
        """The document of REPORT.md, version 1."""
        return {"report": 1, **{name: _plain(value) for name, value in asdict(self).items()}}


def report_of(coded: Coded, recoded: Recoded, plan: Plan, queries: QueryError | None = None) -> Report:
    """The report. `queries`: what `utility.query_error` gave, None to leave it out.

    DisclosureError as `risk.exposure`.
    """
    names = [each.name for each in coded.quasi]
    k = plan.protect.k
    size = plan.population.size if plan.population else None
    return Report(
        k=k,
        method=plan.protect.method,
        loss=plan.protect.loss,
        population=size,
        before=exposure(before(coded), names, k, size),
        after=exposure(after(coded, recoded), names, k, size),
        utility=utility(coded, recoded, k, queries),
    )


def _plain(value: object) -> object:
    match value:
        case float():
            return round(value, _DIGITS)
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case _:
            return value
