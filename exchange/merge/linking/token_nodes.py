"""Reports with tokens as rows that can be compared, those that look exactly alike taken together as one profile.

A source that sends one person 500 times adds one profile, not 125,000 pairs. Profiles are numbered so that every
source's first ones come first: see `blocking`.
"""

from __future__ import annotations

from exchange.engines.sql import Database
from exchange.merge.linking.token_model import KINDS, MILD, columns


def prepare(database: Database) -> None:
    """From the tables `report` (report, source, turn, fields of `MILD`) and `token` (report, ring, kind, token) make

    - `looks`: report, profile. A report whose tokens are of two rings has two profiles, one without tokens none
    - `node`: unique_id (the profile), ring, mild fields, the columns of every kind, reports (how many look so)
    - `keys`: key, unique_id: by what profiles meet; `twins`: l, r: profiles that meet themselves
    """
    number = database.key("ring", "kind", "token")
    database.make("coded", f"SELECT report, ring, kind, {number} AS code FROM token")  # noqa: S608  # names of our own
    place = "row_number() OVER (PARTITION BY report, ring, kind ORDER BY code)"
    database.make("placed", f"SELECT report, ring, kind, code, {place} - 1 AS place FROM coded")  # noqa: S608  # names of our own
    database.make(
        "worn",
        f"""SELECT report, {database.key("ring")} AS ring, {", ".join(_columns())} FROM placed GROUP BY report, ring""",  # noqa: S608  # names of our own
    )
    every = [column for kind in KINDS for column in columns(kind)]
    look = ", ".join(("ring", *MILD, *every))
    database.make("seen", f"SELECT worn.*, source, turn, {', '.join(MILD)} FROM worn JOIN report USING (report)")  # noqa: S608  # names of our own
    database.make(
        "profile",
        f"""SELECT CAST(row_number() OVER (ORDER BY first_turn, first_source, first_report) - 1 AS INT) AS profile, *
            FROM (SELECT {look}, min(report) AS first_report, min(source) AS first_source, min(turn) AS first_turn,
                  count(*) AS reports FROM seen GROUP BY {look}) AS grouped""",  # noqa: S608  # names of our own
    )
    alike = " AND ".join(f"seen.{name} IS NOT DISTINCT FROM profile.{name}" for name in ("ring", *MILD, *every))
    database.make("looks", f"SELECT seen.report, profile.profile FROM seen JOIN profile ON {alike}")  # noqa: S608  # names of our own
    # What is missing gets a number that nobody else has: nobody's token, and nothing need be asked about null.
    filled = (
        f"coalesce({column}, -1 - 32 * CAST(profile AS BIGINT) - {at}) AS {column}" for at, column in enumerate(every)
    )
    database.make(
        "node",
        f"""SELECT profile AS unique_id, reports, first_report, ring, {", ".join(MILD)}, {", ".join(filled)}
            FROM profile""",  # noqa: S608  # names of our own
    )
    # Those of one look meet each other in a block of their own.
    database.make("twins", "SELECT unique_id AS l, unique_id AS r FROM node WHERE reports > 1")
    kept = (f"SELECT {column} AS key, unique_id FROM node WHERE {column} >= 0" for column in every)  # noqa: S608  # names of our own
    database.make("keys", " UNION ALL ".join(kept))
    database.drop("coded", "placed", "worn", "seen", "profile")


def _columns() -> list[str]:
    return [
        f"max(CASE WHEN kind = '{kind}' AND place = {at} THEN code END) AS {column}"
        for kind in KINDS
        for at, column in enumerate(columns(kind))
    ]
