"""Profiles: reports that look exactly alike to the linking, taken together, so that each comparison is made once.

A source that sends one person 500 times adds one profile, not 125,000 pairs, and is counted once where frequencies are.
Profiles are numbered so that every source's first ones come first: in a block that has grown too large only the first
`ANCHORS` are compared with all others, whoever filled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.engines.duckdb import Engine
from exchange.merge.linking.model import KINDS, MILD
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa

ANCHORS = 20
SPELLINGS = 6
"""So many profiles of one token may well be one person; only more make the token a common one."""

_LOOKS = (*KINDS, *MILD)


def prepare(engine: Engine, records: Records) -> None:
    """Give `engine` the tables `looks` (report, ring, kinds, mild fields, profile), `profile`, `node`.

    A node is a profile, or the twin of one that stands for several reports: twins are compared with each other only.
    """
    engine.add("tokens", records.tokens)
    engine.add("mild", _mild(records))
    keys = ", ".join(("ring", *_LOOKS))
    kinds = ", ".join(f"min(token) FILTER (kind = '{kind}') AS {kind}" for kind in KINDS)
    engine.make("worn", f"SELECT report, ring, {kinds} FROM tokens GROUP BY report, ring")  # noqa: S608  # names of our own
    mild = ", ".join(MILD)
    engine.make("seen", f"SELECT worn.*, source, {mild} FROM worn JOIN mild USING (report)")  # noqa: S608  # names of our own
    engine.make(
        "grouped",
        f"""SELECT {keys}, min(report) AS report, count(*) AS reports, arg_min(source, report) AS source
            FROM seen GROUP BY {keys}""",  # noqa: S608  # names of our own
    )
    engine.make(
        "profile",
        """SELECT row_number() OVER (ORDER BY turn, source, report)::INTEGER AS profile, * EXCLUDE (turn) FROM
           (SELECT *, row_number() OVER (PARTITION BY source ORDER BY report) AS turn FROM grouped)""",
    )
    alike = " AND ".join(f"seen.{name} IS NOT DISTINCT FROM profile.{name}" for name in ("ring", *_LOOKS))
    engine.make("looks", f"SELECT seen.report, profile.profile FROM seen JOIN profile ON {alike}")  # noqa: S608  # names of our own
    engine.make("node", _nodes())


def frequencies(engine: Engine, kind: str) -> pa.Table:
    """For every token of `kind` the share of profiles that have it, beyond what one person may have."""
    return engine.run(
        f"""SELECT {kind}, greatest(count(*) - {SPELLINGS}, 1e-9) / (SELECT count(*) FROM profile) AS tf_{kind}
            FROM profile WHERE {kind} IS NOT NULL GROUP BY {kind}"""  # noqa: S608  # names of our own
    )


def _nodes() -> str:
    """Columns to compare; to block on (`<kind>_of` of all, `<kind>_first` of the anchors of a block); `twin`."""
    of = ", ".join(f"{kind} AS {kind}_of, {_first(kind)} AS {kind}_first" for kind in KINDS)
    none = ", ".join(f"NULL::TEXT AS {kind}_of, NULL::TEXT AS {kind}_first" for kind in KINDS)
    same = f"ring, {', '.join(_LOOKS)}, CASE WHEN reports > 1 THEN profile END AS twin"
    return f"""SELECT profile AS unique_id, {same}, {of} FROM profile
               UNION ALL
               SELECT profile + (SELECT max(profile) FROM profile) AS unique_id, {same}, {none} FROM profile
               WHERE reports > 1"""  # noqa: S608  # names of our own


def _first(kind: str) -> str:
    place = f"row_number() OVER (PARTITION BY {kind} ORDER BY profile)"
    return f"CASE WHEN {place} <= {ANCHORS} THEN {kind} END"


def _mild(records: Records) -> pa.Table:
    """Per report its source and the fields that count a little: null where unknown, else with its level of detail."""
    import pyarrow as pa

    columns: dict[str, pa.Array] = {
        "report": pa.array(range(len(records)), pa.int32()),
        "source": records.reports.column("source"),
    }
    releases = records.reports.column("release").to_pylist()
    for name, field in MILD.items():
        known = records.values.column(field).to_pylist() if field in records.fields else [None] * len(records)
        columns[name] = pa.array(
            [
                None if value is None or value in records.missing else f"{records.levels[release, field]} {value}"
                for value, release in zip(known, releases, strict=True)
            ],
            pa.string(),
        )
    return pa.table(columns)
