"""Two reports side by side, field by field, for the person who decides. A token is never shown, only whether it agrees.

Fields are those of the newest report under each identity; tokens are compared over all its reports. Blind is the rule:
which sources, when they came, how probable it is and what others said stays hidden unless it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exchange.merge.chosen.rules import LATEST, MergingRules
from exchange.merge.decisions import Two
from exchange.merge.linking.token_model import KINDS
from exchange.merge.people import told_fields

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from exchange.merge.merging import Grouped

Likeness = Literal["agree", "differ", "not_known", "not_comparable"]


@dataclass(frozen=True, slots=True)
class Side:
    """Where a report came from: shown only where that is asked for. `reports`: how many there are under its
    identity."""

    source: str
    period: str
    received: str
    reports: int


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field of both reports; None is not known. "not_comparable": known in two levels of detail."""

    field: str
    left: str | None
    right: str | None
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Sides:
    """`tokens`: for each kind of match token whether both sides agree. `about`: left and right."""

    fields: tuple[FieldLine, ...]
    tokens: tuple[tuple[str, Likeness], ...]
    about: tuple[Side, Side]


def side_by_side(found: Grouped, pair: Two, rules: MergingRules = LATEST) -> Sides:
    """Both identities are of reports that are here. Of a source that `rules` call sensitive no value is shown."""
    numbers = found.known.numbers(pair).tolist()
    reports = [found.known.reports(number) for number in numbers]
    newest = [_newest(found, those) for those in reports]
    left, right = (_known(found, report, rules) for report in newest)
    return Sides(
        fields=tuple(_line(found, name, left[name], right[name], newest) for name in left),
        tokens=tuple(_tokens(found, reports).items()),
        about=(_about(found, newest[0], len(reports[0])), _about(found, newest[1], len(reports[1]))),
    )


def _newest(found: Grouped, reports: NDArray[np.int64]) -> int:
    """The one that was received last; of several at once the one made last."""
    rows = found.records.reports.select(["received", "created"]).take(reports).to_pylist()
    received = ((row["received"], row["created"], report) for row, report in zip(rows, reports.tolist(), strict=True))
    return int(max(received)[2])


def _known(found: Grouped, report: int, rules: MergingRules) -> dict[str, str | None]:
    if found.records.reports.column("source")[report].as_py() in rules.sensitive:
        return dict.fromkeys(told_fields(found.records))
    row = found.records.values.slice(report, 1).select(list(told_fields(found.records))).to_pylist()[0]
    return {name: None if value in found.records.missing else value for name, value in row.items()}


def _line(found: Grouped, name: str, left: str | None, right: str | None, newest: list[int]) -> FieldLine:
    releases = found.records.reports.column("release").take(newest).to_pylist()
    levels = {found.records.levels.get((release, name)) for release in releases}
    if left is None or right is None:
        likeness: Likeness = "not_known"
    elif len(levels) > 1:
        likeness = "not_comparable"
    else:
        likeness = "agree" if left == right else "differ"
    return FieldLine(name, left, right, likeness)


def _tokens(found: Grouped, reports: list[NDArray[np.int64]]) -> dict[str, Likeness]:
    import numpy as np

    of = found.records.tokens.column("report").to_numpy()
    held: list[dict[tuple[str, str], set[str]]] = []
    for those in reports:
        held.append({})
        for row in found.records.tokens.filter(np.isin(of, those)).to_pylist():
            held[-1].setdefault((row["kind"], row["ring"]), set()).add(row["token"])
    return {kind: _likeness(kind, *held) for kind in KINDS}


def _likeness(kind: str, left: dict[tuple[str, str], set[str]], right: dict[tuple[str, str], set[str]]) -> Likeness:
    """Tokens of two networks or epochs are not comparable."""
    both = [(left[key], right[key]) for key in left.keys() & right.keys() if key[0] == kind]
    if not both:
        return "not_known"
    return "agree" if any(one & other for one, other in both) else "differ"


def _about(found: Grouped, report: int, reports: int) -> Side:
    row = found.records.reports.slice(report, 1).to_pylist()[0]
    return Side(row["source"], row["period"], f"{row['received']:%Y-%m-%d}", reports)
