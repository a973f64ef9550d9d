"""Each person once: for each field the value chosen, where it came from, and where the sources disagree.

By which rule a value is chosen the recipient has set (`chosen/MERGING.md`); the value received last if nothing is set.
Nothing is overwritten: every report stays as it came, with the person beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.bundle.metadata import CaveatLine
from exchange.merge.changes import Change
from exchange.merge.chosen.rules import LATEST, MergingRules
from exchange.merge.decisions import FalseMergeRate
from exchange.merge.grouping import Groups
from exchange.merge.linking.calibration import Checked
from exchange.merge.records import Origin, Records, left_apart

if TYPE_CHECKING:
    import pyarrow as pa

    from exchange.merge.chosen.choosing import Told
    from exchange.merge.chosen.told import Places
    from exchange.merge.counting.doubt import Doubt

_OPAQUE = ("pseudonymise", "row_key")


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """Reports, people, pairs that nobody has decided, people whose group had grown beyond reason; how often a link is
    wrong, None where nobody has measured it yet; `apart`: reports that cannot be compared with the others, since their
    tokens are of an epoch that their network has left; and `anew`: whether all reports were compared again, since what
    was compared before is damaged, of another version or of another engine."""

    reports: int
    people: int
    undecided: int
    held: int
    false_merges: FalseMergeRate | None = None
    checked: tuple[Checked, ...] = ()
    apart: int = 0
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Basis:
    """What counts rest on. `person`: for each report its place in `people`; `chosen`: for each field and person the
    report whose value was taken, -1 where there is none."""

    told: Told
    person: Places
    chosen: Mapping[str, Places]
    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged view of a store. Links serve counting; they never decide a case.

    `people`: person, reports (how many), sources (";" between), first (the period in which the person was first
    reported), held, differing (in what the sources of the chosen values differ, ";" between), then each field's chosen
    value, null where no report knows it. `sources`: the same rows; for each field "source period" of the value chosen.
    `reports`: person, source, agreement, release, period, received, row_key, then each field as it came, null where
    the source is sensitive.
    `conflicts`: person, field, value, source, release: every known value of a field on which a person's reports differ.
    `undecided`: left and right (places in `reports`), probability, agreed.
    `basis`: None where the view was not made of reports.
    """

    people: pa.Table
    sources: pa.Table
    reports: pa.Table
    conflicts: pa.Table
    undecided: pa.Table
    counts: MergeCounts
    changes: tuple[Change, ...]
    fields: tuple[str, ...]
    lists: frozenset[str]
    missing: frozenset[str]
    caveats: tuple[CaveatLine, ...]
    rules: MergingRules = LATEST
    origins: tuple[Origin, ...] = ()
    basis: Basis | None = field(default=None, repr=False, compare=False)


def told_fields(records: Records) -> tuple[str, ...]:
    """Fields that say something about a person: not keys and pseudonyms, which each source makes for itself."""
    opaque = {field for (_release, field), level in records.levels.items() if level.startswith(_OPAQUE)}
    return tuple(name for name in records.fields if name not in opaque)


def view(
    records: Records,
    groups: Groups,
    names: Sequence[str],
    changes: tuple[Change, ...],
    rules: MergingRules = LATEST,
    pairs: pa.Table | None = None,
    measured: FalseMergeRate | None = None,
) -> Merged:
    """The merged view; `names`: the person id of each group. People stand in the order of their random ids.

    `pairs`: left, right and probability of every pair of reports that was weighed, for the doubt of the counts.
    `measured`: how often links are wrong.
    """
    import numpy as np
    import pyarrow as pa

    from exchange.merge.chosen.choosing import chosen, told
    from exchange.merge.chosen.differing import differing
    from exchange.merge.counting.doubt import doubt

    fields = told_fields(records)
    person = _places(names)[np.asarray(groups.group_of, dtype=np.int64)] if names else np.zeros(0, dtype=np.int64)
    what = told(records, fields, person, rules)
    picked = {name: chosen(what, name, person, len(names), rules) for name in fields}
    differ, warnings = differing(records, picked, len(names), rules)
    origin = _origin(records)
    ids = pa.chunked_array([pa.array(sorted(names), pa.string())])
    people = _people(records, what, person, ids, groups, rules) | {"differing": differ}
    return Merged(
        people=pa.table({**people, **{name: _picked(records.values.column(name), picked[name]) for name in fields}}),
        sources=pa.table({"person": ids, **{name: _picked(origin, picked[name]) for name in fields}}),
        reports=_reports(records, what, person, ids),
        conflicts=_conflicts(records, what, person, ids),
        undecided=_undecided(groups),
        counts=MergeCounts(
            reports=len(records),
            people=len(names),
            undecided=groups.undecided.num_rows,
            held=int(np.count_nonzero(people["held"].to_numpy(False))),
            false_merges=measured,
            apart=left_apart(records),
        ),
        changes=changes,
        fields=fields,
        lists=records.lists,
        missing=records.missing,
        caveats=(*records.caveats, *warnings),
        rules=rules,
        origins=records.origins,
        basis=Basis(what, person, picked, doubt(records, groups, pairs)),
    )


def _places(names: Sequence[str]) -> Places:
    """For each group its place among people, who stand in the order of their ids."""
    import numpy as np

    place = np.empty(len(names), dtype=np.int64)
    place[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return place


def _people(
    records: Records, told: Told, person: Places, ids: pa.ChunkedArray, groups: Groups, rules: MergingRules
) -> dict[str, pa.Array]:
    import numpy as np
    import pyarrow as pa

    held = np.zeros(len(ids), dtype=np.bool_)
    held[person[np.fromiter(groups.held, dtype=np.int64, count=len(groups.held))]] = True
    return {
        "person": ids,
        "reports": pa.array(np.bincount(person, minlength=len(ids)).astype(np.int32)),
        "sources": _sources(told, person, len(ids), rules),
        "first": _first(records, told, person, len(ids)),
        "held": pa.array(held),
    }


def _sources(told: Told, person: Places, people: int, rules: MergingRules) -> pa.Array:
    """For each person the sources that may be named, ";" between."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    named = np.array([name not in rules.sensitive for name in told.source.values] or [True])
    shown = np.flatnonzero(named[told.source.numbers])
    several = max(len(told.source.values), 1)
    both = np.unique(person[shown] * several + told.source.numbers[shown])
    who, which = np.divmod(both, several)
    offsets = np.searchsorted(who, np.arange(people + 1)).astype(np.int32)
    names = pa.array(told.source.values, pa.string()).take(pa.array(which))
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), names), ";")


def _first(records: Records, told: Told, person: Places, people: int) -> pa.ChunkedArray:
    """The period of the report that each person was first known by: the earliest one, whenever it came."""
    import numpy as np
    import pyarrow.compute as pc

    from exchange.merge.chosen.told import coded

    period = coded(records.reports.column("period"))
    order = np.lexsort((told.turn, period.numbers))[::-1]
    first = np.full(people, -1, dtype=np.int64)
    first[person[order]] = order  # of several the last stays: the earliest period
    return pc.cast(_picked(records.reports.column("period"), first), "string")


def _picked(column: pa.ChunkedArray, rows: Places) -> pa.ChunkedArray:
    import pyarrow as pa

    return column.take(pa.array(rows, mask=rows < 0))


def _origin(records: Records) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(records.reports.column("source"), records.reports.column("period"), " ")


def _reports(records: Records, told: Told, person: Places, ids: pa.ChunkedArray) -> pa.Table:
    """A sensitive source's values are null: `told` says which."""
    import pyarrow as pa

    about = ("source", "agreement", "release", "period", "received", "row_key")
    return pa.table(
        {
            "person": ids.take(pa.array(person)),
            **{name: records.reports.column(name) for name in about},
            **{name: _as_came(records, told, name) for name in told.fields},
        }
    )


def _as_came(records: Records, told: Told, name: str) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = records.values.column(name)
    if not told.hushed.any():
        return column
    return pc.if_else(pa.array(told.hushed), pa.scalar(None, pa.string()), column.cast(pa.string())).dictionary_encode()


def _conflicts(records: Records, told: Told, person: Places, ids: pa.ChunkedArray) -> pa.Table:
    """Every known value of a field of people whose reports differ. Two levels of detail are not a difference."""
    import pyarrow as pa

    columns = ("person", "field", "value", "source", "release")
    none = pa.schema([(name, pa.string()) for name in columns]).empty_table()
    found = [none]
    for name in told.fields:
        rows = _differing_rows(told, name, person)
        taken = pa.array(rows)
        found.append(
            pa.table(
                {
                    "person": ids.take(pa.array(person[rows])),
                    "field": pa.array([name] * len(rows), pa.string()),
                    "value": records.values.column(name).take(taken).cast(pa.string()),
                    "source": records.reports.column("source").take(taken).cast(pa.string()),
                    "release": records.reports.column("release").take(taken).cast(pa.string()),
                }
            )
        )
    return pa.concat_tables(found)


def _differing_rows(told: Told, name: str, person: Places) -> Places:
    """Reports that tell another value at one level of detail than another report of the person; by person."""
    import numpy as np

    from exchange.merge.chosen.told import first_of_each

    value, level = told.fields[name].numbers, told.level[name].numbers
    telling = np.flatnonzero(value >= 0)
    order = telling[np.lexsort((value[telling], level[telling], person[telling]))]
    group = np.cumsum(first_of_each([person[order], level[order]])) - 1
    others = np.bincount(group, weights=first_of_each([group, value[order]])) if len(order) else np.zeros(1)
    rows = order[others[group] > 1]
    by_person: Places = rows[np.lexsort((rows, person[rows]))]
    return by_person


def _undecided(groups: Groups) -> pa.Table:
    """The most probable first."""
    columns = ["left", "right", "probability", "agreed"]
    order = [("probability", "descending"), ("left", "ascending"), ("right", "ascending")]
    return groups.undecided.select(columns).sort_by(order)
