"""Each person once: for each field the value chosen, where it came from, and where the sources disagree.

The rule: the value received last among those that say something; of two received at once the one made last. Nothing
is overwritten: every report stays as it came, with the person beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.bundle.metadata import CaveatLine
from exchange.merge.changes import Change
from exchange.merge.decisions import FalseMergeRate
from exchange.merge.grouping import Groups
from exchange.merge.records import Records, left_apart

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_OPAQUE = ("pseudonymise", "row_key")


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """Reports, people, pairs that nobody has decided, people whose group had grown beyond reason; how often a link is
    wrong, None where nobody has measured it yet; and `apart`: reports that cannot be compared with the others, since
    their tokens are of an epoch that their network has left."""

    reports: int
    people: int
    undecided: int
    held: int
    false_merges: FalseMergeRate | None = None
    apart: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged view of a store. Links serve counting; they never decide a case.

    `people`: person, reports (how many), sources (";" between), held, then each field's chosen value, null where no
    report knows it. `sources`: the same rows; for each field "source period" of the value chosen.
    `reports`: person, source, agreement, release, period, received, row_key, then each field as it came.
    `conflicts`: person, field, value, source, release: every known value of a field on which a person's reports differ.
    `undecided`: left and right (places in `reports`), probability, agreed.
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


def told_fields(records: Records) -> tuple[str, ...]:
    """Fields that say something about a person: not keys and pseudonyms, which each source makes for itself."""
    opaque = {field for (_release, field), level in records.levels.items() if level.startswith(_OPAQUE)}
    return tuple(name for name in records.fields if name not in opaque)


def view(
    records: Records,
    groups: Groups,
    names: Sequence[str],
    changes: tuple[Change, ...],
    measured: FalseMergeRate | None = None,
) -> Merged:
    """The merged view; `names`: the person id of each group. People stand in the order of their random ids."""
    import pyarrow as pa

    fields = told_fields(records)
    place = {number: at for at, number in enumerate(sorted(range(len(names)), key=names.__getitem__))}
    person = [place[number] for number in groups.group_of.tolist()]
    people = _people(records, person, sorted(names), groups)
    order = _order(records)
    chosen = {name: _chosen(records, name, person, order, len(names)) for name in fields}
    origin = _origin(records)
    ids = people.column("person")
    told = {name: _picked(records.values.column(name), chosen[name]) for name in fields}
    whence = {name: _picked(origin, chosen[name]) for name in fields}
    return Merged(
        people=pa.table({**{name: people.column(name) for name in people.column_names}, **told}),
        sources=pa.table({"person": ids, **whence}),
        reports=_reports(records, person, ids, fields),
        conflicts=pa.concat_tables([_no_conflict(), *(_conflicts(records, name, person, ids) for name in fields)]),
        undecided=_undecided(groups),
        counts=MergeCounts(
            len(records),
            len(names),
            groups.undecided.num_rows,
            sum(people.column("held").to_pylist()),
            measured,
            left_apart(records),
        ),
        changes=changes,
        fields=fields,
        lists=records.lists,
        missing=records.missing,
        caveats=records.caveats,
    )


def _people(records: Records, person: Sequence[int], names: Sequence[str], groups: Groups) -> pa.Table:
    import pyarrow as pa

    reports = [0] * len(names)
    sources: list[set[str]] = [set() for _ in names]
    for at, source in zip(person, records.reports.column("source").to_pylist(), strict=True):
        reports[at] += 1
        sources[at].add(source)
    held = {person[report] for report in groups.held}
    return pa.table(
        {
            "person": pa.array(names, pa.string()),
            "reports": pa.array(reports, pa.int32()),
            "sources": pa.array([";".join(sorted(each)) for each in sources], pa.string()),
            "held": pa.array([at in held for at in range(len(names))], pa.bool_()),
        }
    )


def _order(records: Records) -> NDArray[np.int64]:
    """The reports from the first received to the last; ties by when they were made, then by their place."""
    import numpy as np

    received, made = (records.reports.column(name).cast("int64").to_numpy() for name in ("received", "created"))
    return np.lexsort((np.arange(len(records)), made, received))


def _known(records: Records, name: str) -> NDArray[np.bool_]:
    """Which reports say something about the field."""
    import numpy as np

    silent = (*records.missing, None)
    return np.array([value not in silent for value in records.values.column(name).to_pylist()], dtype=np.bool_)


def _chosen(
    records: Records, name: str, person: Sequence[int], order: NDArray[np.int64], people: int
) -> NDArray[np.int64]:
    """For each person the report whose value is taken, -1 where none says anything."""
    import numpy as np

    chosen = np.full(people, -1, dtype=np.int64)
    telling = order[_known(records, name)[order]]
    chosen[np.asarray(person, dtype=np.int64)[telling]] = telling  # of several the last stays: the latest received
    return chosen


def _picked(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> pa.ChunkedArray:
    import pyarrow as pa

    return column.take(pa.array(rows, mask=rows < 0))


def _origin(records: Records) -> pa.ChunkedArray:
    import pyarrow as pa

    pairs = zip(*(records.reports.column(name).to_pylist() for name in ("source", "period")), strict=True)
    return pa.chunked_array([pa.array([f"{source} {period}" for source, period in pairs], pa.string())])


def _reports(records: Records, person: Sequence[int], ids: pa.ChunkedArray, fields: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    about = ("source", "agreement", "release", "period", "received", "row_key")
    return pa.table(
        {
            "person": ids.take(pa.array(person, pa.int64())),
            **{name: records.reports.column(name) for name in about},
            **{name: records.values.column(name) for name in fields},
        }
    )


def _no_conflict() -> pa.Table:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ("person", "field", "value", "source", "release")]).empty_table()


def _conflicts(records: Records, name: str, person: Sequence[int], ids: pa.ChunkedArray) -> pa.Table:
    """Every known value of the field of people whose reports differ. Two levels of detail are not a difference."""
    import numpy as np
    import pyarrow as pa

    telling = np.flatnonzero(_known(records, name)).tolist()
    values = records.values.column(name).to_pylist()
    releases = records.reports.column("release").to_pylist()
    said: dict[tuple[int, str], set[str]] = {}
    for at in telling:
        said.setdefault((person[at], records.levels[releases[at], name]), set()).add(values[at])
    rows = [at for at in telling if len(said[person[at], records.levels[releases[at], name]]) > 1]
    rows.sort(key=lambda at: (person[at], at))
    return pa.table(
        {
            "person": ids.take(pa.array([person[at] for at in rows], pa.int64())),
            "field": pa.array([name] * len(rows), pa.string()),
            "value": pa.array([values[at] for at in rows], pa.string()),
            "source": records.reports.column("source").take(pa.array(rows, pa.int64())),
            "release": records.reports.column("release").take(pa.array(rows, pa.int64())),
        }
    )


def _undecided(groups: Groups) -> pa.Table:
    """The most probable first."""
    columns = ["left", "right", "probability", "agreed"]
    order = [("probability", "descending"), ("left", "ascending"), ("right", "ascending")]
    return groups.undecided.select(columns).sort_by(order)
