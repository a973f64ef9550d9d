"""Reports with tokens as rows that can be compared, those that look exactly alike taken together as one profile.

A source that sends one person 500 times adds one profile, not 125,000 pairs. Profiles are numbered so that every
source's first ones come first: see `blocking`.
"""

from __future__ import annotations

from exchange.engines.sql import Database
from exchange.merge.linking.token_model import KINDS, MILD, columns

OWN = ("nik", "phone_name")
MOST_HOLDERS = 25


def prepare(database: Database, known: int = 0) -> None:
    """Of reports that are new: from the tables `report` (report, source, turn, the fields of `MILD`), `token`
    (report, ring, kind, token) and, where `known` profiles were here before, `profiles` as it was, make

    - `profiles`: unique_id, look, first_report, source, ring, mild fields, all tokens
    - `node`: the same as it is compared, without numbers and phones that a source gives to too many
    - `looks`: report, profile, of the new reports. A report whose tokens are of two rings has two profiles, one without
      tokens has none
    - `twins`: l, r: profiles that stand for several reports for the first time, and meet themselves
    - `keys`: key, unique_id: by what profiles meet

    `turn` is a number for each report, no two the same: profiles are numbered by it.
    """
    number = database.key("ring", "kind", "token")
    place = "row_number() OVER (PARTITION BY report, ring, kind ORDER BY code)"
    coded = f"SELECT report, ring, kind, {number} AS code FROM token"  # noqa: S608  # names of our own
    placed = f"SELECT report, ring, kind, code, {place} - 1 AS place FROM ({coded}) AS coded"  # noqa: S608  # names of our own
    database.make(
        "worn",
        f"SELECT report, {database.key('ring')} AS ring, {_columns()} FROM ({placed}) AS placed GROUP BY report, ring",  # noqa: S608  # names of our own
    )
    every = [column for kind in KINDS for column in columns(kind)]
    source = database.key("source")
    whole = (*(f"coalesce({each}, '')" for each in MILD), source, "ring", *(f"coalesce({each}, -1)" for each in every))
    look, told = database.key(*whole), ", ".join((*MILD, *every))
    shown = f"report, turn, {source} AS source, ring, {look} AS look, {told}"
    database.make("seen", f"SELECT {shown} FROM worn JOIN report USING (report)")  # noqa: S608  # names of our own
    if not known:
        database.make("profiles", _none(every))
    database.make("grouped", "SELECT look, min(turn) AS turn, count(*) AS reports FROM seen GROUP BY look")
    fresh = (
        "SELECT grouped.* FROM grouped LEFT JOIN profiles ON profiles.look = grouped.look WHERE profiles.look IS NULL"
    )
    numbered = f"row_number() OVER (ORDER BY turn, look) - 1 + {known}"
    # What is missing gets a number that nobody else has: nobody's token, and nothing need be asked about null.
    nobodys = "-1 - 32 * CAST(unique_id AS BIGINT)"
    filled = (f"coalesce({each}, {nobodys} - {at}) AS {each}" for at, each in enumerate(every))
    named = f"CAST({numbered} AS INT) AS unique_id, look, turn, reports"
    database.make("numbered", f"SELECT {named} FROM ({fresh}) AS new")  # noqa: S608  # names of our own
    database.make("twins", _twins(known))
    new = f"""SELECT unique_id, look, report AS first_report, source, ring, {", ".join((*MILD, *filled))}
              FROM numbered JOIN seen USING (look, turn)"""  # noqa: S608  # names of our own
    database.append("profiles", new)
    database.make("looks", "SELECT report, unique_id AS profile FROM seen JOIN profiles USING (look)")
    database.make("node", _without_common(every))
    database.make("keys", _touched(every, known) if known else _every_key(every))
    database.drop("worn", "seen", "grouped", "numbered")


def _twins(known: int) -> str:
    new = "SELECT unique_id AS l, unique_id AS r FROM numbered WHERE reports > 1"
    if not known:
        return new
    # Nobody meets himself twice.
    return f"""{new} UNION ALL SELECT unique_id AS l, unique_id AS r FROM profiles JOIN grouped USING (look)
               WHERE unique_id NOT IN (SELECT l FROM compared_before WHERE l = r)"""  # noqa: S608  # names of our own


def common_numbers(database: Database, known: int | None = None) -> int:
    """How many numbers and phones a source gives to too many, of all profiles or of the first `known`: it can only
    grow."""
    return database.number(f"SELECT count(*) AS n FROM ({_common(known)}) AS common")  # noqa: S608  # names of our own


def _common(known: int | None = None) -> str:
    """A number that so many different reports of one source have is nobody's own, as that organisation's phone. In the
    reports of others it stays a number: no source can take it from them."""
    those = "" if known is None else f" AND unique_id < {known}"
    each_own = (f"SELECT {each} AS code, source FROM profiles WHERE {each} >= 0{those}" for each in _own())  # noqa: S608  # names of our own
    held = " UNION ALL ".join(each_own)
    return f"SELECT code, source FROM ({held}) AS held GROUP BY code, source HAVING count(*) > {MOST_HOLDERS}"  # noqa: S608  # names of our own


def _own() -> list[str]:
    return [column for kind in OWN for column in columns(kind)]


def _without_common(every: list[str]) -> str:
    own, common = _own(), _common()
    told = (
        f"CASE WHEN c_{each}.code IS NULL THEN {each} ELSE -1 - 32 * CAST(unique_id AS BIGINT) - {at} END AS {each}"
        if each in own
        else each
        for at, each in enumerate(every)
    )
    joins = " ".join(
        f"LEFT JOIN common AS c_{each} ON {each} = c_{each}.code AND p.source = c_{each}.source" for each in own
    )
    whole = ", ".join(("unique_id", "look", "first_report", "p.source AS source", "ring", *MILD, *told))
    return f"WITH common AS ({common}) SELECT {whole} FROM profiles AS p {joins}"  # noqa: S608  # names of our own


def _every_key(every: list[str]) -> str:
    kept = (f"SELECT {each} AS key, unique_id FROM node WHERE {each} >= 0" for each in every)  # noqa: S608  # names of our own
    return " UNION ALL ".join(kept)


def _touched(every: list[str], known: int) -> str:
    """Only keys that a new profile has: no other block has grown."""
    new = f"SELECT key FROM ({_every_key(every)}) AS every_key WHERE unique_id >= {known}"  # noqa: S608  # names of our own
    return f"SELECT key, unique_id FROM ({_every_key(every)}) AS one WHERE key IN ({new})"  # noqa: S608  # names of our own


def _none(every: list[str]) -> str:
    """`profiles` with nobody in it yet, its columns in their order."""
    kinds = {"unique_id": "INT", "look": "BIGINT", "first_report": "INT", "source": "BIGINT", "ring": "BIGINT"}
    kinds |= dict.fromkeys(MILD, "STRING") | dict.fromkeys(every, "BIGINT")
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {name}' for name, kind in kinds.items())} WHERE 1 = 0"


def _columns() -> str:
    return ", ".join(
        f"max(CASE WHEN kind = '{kind}' AND place = {at} THEN code END) AS {column}"
        for kind in KINDS
        for at, column in enumerate(columns(kind))
    )
