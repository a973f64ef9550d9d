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
    """Of reports that are new: from the tables `report` (report, source, turn, the fields of `MILD`) and `token`
    (report, ring, kind, token) make

    - `node`: unique_id, look, first_report, source, ring, mild fields, all tokens, without numbers and phones that a
      source gives to too many
    - `common`: code, source: those numbers and phones, and whose
    - `looks`: report, profile, of the new reports. A report whose tokens are of two rings has two profiles, one without
      tokens has none
    - `twins`: l, r: profiles that stand for several reports for the first time, and meet themselves
    - `keys`: key, unique_id: by what profiles meet

    Where `known` profiles were here before, from `node_before` and `common_before` as they were, and `twins_before` (l:
    who met himself). `turn` is a number for each report, no two the same: profiles are numbered by it.
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
    database.make("grouped", "SELECT look, min(turn) AS turn, count(*) AS reports FROM seen GROUP BY look")
    # What is missing gets a number that nobody else has: nobody's token, and nothing need be asked about null.
    nobodys = "-1 - 32 * CAST(unique_id AS BIGINT)"
    filled = (f"coalesce({each}, {nobodys} - {at}) AS {each}" for at, each in enumerate(every))
    numbered = f"row_number() OVER (ORDER BY turn, look) - 1 + {known}"
    named = f"CAST({numbered} AS INT) AS unique_id, look, turn, reports"
    database.make("numbered", f"SELECT {named} FROM ({_new(known)}) AS new")  # noqa: S608  # names of our own
    database.make("twins", _twins(known))
    new = f"""SELECT unique_id, look, report AS first_report, source, ring, {", ".join((*MILD, *filled))}
              FROM numbered JOIN seen USING (look, turn)"""  # noqa: S608  # names of our own
    database.make("profiles", new)
    database.make("common", "SELECT code, source FROM common_before" if known else _common("profiles"))
    before = "SELECT * FROM node_before UNION ALL " if known else ""
    database.make("node", before + _without_common(every))
    database.make("looks", "SELECT report, unique_id AS profile FROM seen JOIN node USING (look)")
    database.make("keys", _touched(every, known) if known else _every_key(every))
    database.drop("worn", "seen", "grouped", "numbered")


def _new(known: int) -> str:
    """Looks that no profile has yet."""
    if not known:
        return "SELECT * FROM grouped"
    return "SELECT grouped.* FROM grouped LEFT JOIN node_before AS n ON n.look = grouped.look WHERE n.look IS NULL"


def _twins(known: int) -> str:
    new = "SELECT unique_id AS l, unique_id AS r FROM numbered WHERE reports > 1"
    if not known:
        return new
    # Nobody meets himself twice.
    return f"""{new} UNION ALL SELECT unique_id AS l, unique_id AS r FROM node_before JOIN grouped USING (look)
               WHERE unique_id NOT IN (SELECT l FROM twins_before)"""  # noqa: S608  # names of our own


def newly_common(database: Database) -> int:
    """How many numbers and phones a source gives to too many now, and did not before: it can only be those that new
    profiles have."""
    new = f"SELECT code FROM ({_held('profiles')}) AS new"  # noqa: S608  # names of our own
    found = _common("node_before", "profiles", among=f" WHERE code IN ({new})")
    return database.number(
        f"""SELECT count(*) AS n FROM ({found}) AS found LEFT JOIN common_before AS b
            ON b.code = found.code AND b.source = found.source WHERE b.code IS NULL"""  # noqa: S608  # names of our own
    )


def _common(*tables: str, among: str = "") -> str:
    """A number that so many different reports of one source have is nobody's own, as that organisation's phone. In the
    reports of others it stays a number: no source can take it from them."""
    held = " UNION ALL ".join(map(_held, tables))
    return f"""SELECT code, source FROM ({held}) AS held{among}
               GROUP BY code, source HAVING count(*) > {MOST_HOLDERS}"""  # noqa: S608  # names of our own


def _held(table: str) -> str:
    each_own = (f"SELECT {each} AS code, source FROM {table} WHERE {each} >= 0" for each in _own())  # noqa: S608  # names of our own
    return " UNION ALL ".join(each_own)


def _own() -> list[str]:
    return [column for kind in OWN for column in columns(kind)]


def _without_common(every: list[str]) -> str:
    own = _own()
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
    return f"SELECT {whole} FROM profiles AS p {joins}"  # noqa: S608  # names of our own


def _every_key(every: list[str]) -> str:
    kept = (f"SELECT {each} AS key, unique_id FROM node WHERE {each} >= 0" for each in every)  # noqa: S608  # names of our own
    return " UNION ALL ".join(kept)


def _touched(every: list[str], known: int) -> str:
    """Only keys that a new profile has: no other block has grown."""
    new = f"SELECT key FROM ({_every_key(every)}) AS every_key WHERE unique_id >= {known}"  # noqa: S608  # names of our own
    return f"SELECT key, unique_id FROM ({_every_key(every)}) AS one WHERE key IN ({new})"  # noqa: S608  # names of our own


def _columns() -> str:
    return ", ".join(
        f"max(CASE WHEN kind = '{kind}' AND place = {at} THEN code END) AS {column}"
        for kind in KINDS
        for at, column in enumerate(columns(kind))
    )
