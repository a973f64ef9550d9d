"""Where one person's values come from sources that do not mean the same: said, since no rule can mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from exchange.agreements.clause import Text
from exchange.agreements.duties import CaveatKind
from exchange.bundle.both_languages import in_both
from exchange.bundle.metadata import CaveatLine, Metadata
from exchange.locale import _
from exchange.merge.chosen.origins import origins_of
from exchange.merge.chosen.rules import MergingRules
from exchange.merge.chosen.told import Places, coded
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa

Meaning = Callable[[Metadata], str]


def _identified(said: Metadata) -> str:
    by = said.identification
    return f"{by.tool} / {by.standard} / {by.decided_by}"


# What two sources may mean otherwise: by which word it stands in the view, and how each says it.
MEANINGS: dict[str, Meaning] = {
    "identification": _identified,
    "row_means": lambda said: said.row_means.en,
    "population": lambda said: said.population.en,
}


def differing(
    records: Records, chosen: Mapping[str, Places], people: int, rules: MergingRules
) -> tuple[pa.Array, tuple[CaveatLine, ...]]:
    """For each person in what the sources of the chosen values differ, ";" between; and the caveats to be said."""
    import pyarrow as pa

    source, release = (coded(records.reports.column(name)) for name in ("source", "release"))
    which = origins_of(source, release, records.origins)
    differ = {name: _people_with(records, which, chosen, people, meaning) for name, meaning in MEANINGS.items()}
    words = [np.where(differ[name], name, "").tolist() for name in MEANINGS]
    column = pa.array([";".join(filter(None, row)) for row in zip(*words, strict=True)], pa.string())
    caveats = [_standards(records)] if differ["identification"].any() else []
    if differ["row_means"].any() or differ["population"].any():
        caveats.append(_definitions())
    return column, (*caveats, *_fields(records, which, chosen), *_sensitive(rules))


def _people_with(
    records: Records, which: Places, chosen: Mapping[str, Places], people: int, meaning: Meaning
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Who has chosen values from bundles that do not mean the same."""
    kinds: dict[str, int] = {}
    numbers = np.array([*(kinds.setdefault(meaning(o.metadata), len(kinds)) for o in records.origins), -1])
    least, most = np.full(people, len(kinds)), np.full(people, -1)
    for rows in chosen.values():
        known = rows >= 0
        kind = np.full(people, -1)
        kind[known] = numbers[which[rows[known]]]
        most = np.maximum(most, kind)
        least = np.where(kind >= 0, np.minimum(least, kind), least)
    return least < most


def _fields(records: Records, which: Places, chosen: Mapping[str, Places]) -> Iterator[CaveatLine]:
    """Fields that the sources of their chosen values describe in other words."""
    stories = [{story.name: story.description for story in each.metadata.fields} for each in records.origins]
    names = []
    for name, rows in chosen.items():
        used = np.unique(which[rows[rows >= 0]])
        if len({stories[n].get(name, "") for n in used.tolist() if n >= 0}) > 1:
            names.append(name)
    if names:
        what = ", ".join(names)
        text = in_both(lambda: _("The sources define these fields differently: {fields}.").format(fields=what))
        yield _line("fields_differ", "definition", text)


def _standards(records: Records) -> CaveatLine:
    told = {f"{each.metadata.sender.id}: {_identified(each.metadata)}" for each in records.origins}
    standards = "; ".join(sorted(told))
    text = in_both(
        lambda: _(
            "Some people's values come from sources that identify survivors by different standards ({standards})."
        ).format(standards=standards)
    )
    return _line("standards_differ", "definition", text)


def _definitions() -> CaveatLine:
    text = in_both(
        lambda: _("Some people's values come from sources that differ in what a row means or in whom they reach.")
    )
    return _line("definitions_differ", "definition", text)


def _sensitive(rules: MergingRules) -> Iterator[CaveatLine]:
    if rules.sensitive:
        text = in_both(
            lambda: _("Some sources are marked sensitive: whom they know is counted, and nothing of theirs is shown.")
        )
        yield _line("sensitive_sources", "method", text)


def _line(code: str, kind: CaveatKind, text: Text) -> CaveatLine:
    """Without a figure: how many people it is about could be a small count."""
    return CaveatLine(code=code, kind=kind, text=text)
