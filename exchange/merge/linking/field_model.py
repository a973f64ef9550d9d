"""What is compared where filters of single fields are here, and by which keys two reports come to be compared at all.

A name is compared word by word: what counts is how rare the words are that two names share, and whether either has
words that the other lacks, for words are dropped, added and put in another order. A date of birth may have day and
month swapped, be a year or a day off, or stand for its year only.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from exchange.engines.sql import Database
from exchange.merge.linking.comparing import Comparison, Level
from exchange.merge.linking.field_nodes import TEXT_WORDS, WORDS
from exchange.merge.linking.learning import Witness, tabled

BITS = tuple(range(4, 25, 2))
"""Names that share words worth more bits of rarity than this are at a level of their own."""
PLACE_BITS = (6.5, 8.0, 9.5, 11.0)


def _sum(kind: str, worth: str, prefix: str, words: int) -> str:
    """What the left name's words are worth that are among the right's; "1" counts them."""
    of_right = ", ".join(f"{prefix}{kind}_{at}_r" for at in range(words))
    # Of one type: an engine would add a number of 32 bits and a whole one as numbers of 64.
    none = "0" if worth == "1" else "CAST(0 AS FLOAT)"
    parts = (
        f"CASE WHEN {prefix}{kind}_{at}_l IN ({of_right}) THEN {worth.format(at=at)} ELSE {none} END"
        for at in range(words)
    )
    return f"({' + '.join(parts)})"


def _named(name: str, prefix: str, words: int) -> tuple[Comparison, Comparison]:
    """How two names hang together, and how many bits of rarity the words are worth that they share."""
    alike, same = _sum("sound", "1", prefix, words), _sum("word", "1", prefix, words)
    bits = _sum("sound", f"{prefix}bits_{{at}}_l", prefix, words)
    left, right = f"{prefix}words_l", f"{prefix}words_r"
    silent = f"{left} = 0 OR {right} = 0"
    hang = (
        Level("no word shared", f"{alike} = 0", agrees=False),
        Level("the same words", f"{same} >= greatest({left}, {right})"),
        Level("the same words, misspelt", f"{alike} >= greatest({left}, {right})"),
        Level("one has a word more", f"{alike} >= least({left}, {right})"),
        Level("each has a word of its own", "ELSE"),
    )
    worth = (
        Level("nothing", f"{alike} = 0", agrees=False),
        *(Level(f"{least} bits", f"{bits} >= {least}") for least in reversed(BITS)),
        Level("fewer bits", "ELSE"),
    )
    return Comparison(name, silent, hang), Comparison(f"{name}_worth", silent, worth)


def _alike(name: str, least: float) -> str:
    """Dice coefficient of two filters of 256 bits."""
    parts = [f"{name}_{part}" for part in "abcd"]
    shared = " + ".join(f"CAST(bit_count({each}_l & {each}_r) AS INT)" for each in parts)
    held = " + ".join(f"CAST(bit_count({each}_{side}) AS INT)" for each in parts for side in "lr")
    return f"2 * ({shared}) >= {least} * ({held})"


def _number(name: str, least: float) -> Comparison:
    same = " AND ".join(f"{name}_{part}_l = {name}_{part}_r" for part in "abcd")
    return Comparison(
        name,
        f"{name}_a_l IS NULL OR {name}_a_r IS NULL",
        (
            Level("the same", same),
            Level("a slip apart", _alike(name, least)),
            Level("another", "ELSE"),
        ),
    )


def _phone() -> Comparison:
    """A family has one phone, and one family name: by itself neither makes one person of a mother and her daughter."""
    plain = _number("phone", 0.85)
    same, slip, another = plain.levels
    contained = f"{_sum('sound', '1', '', WORDS)} >= least(words_l, words_r)"
    levels = (
        Level("the same, and the name", f"{same.when} AND {contained} AND words_l > 0 AND words_r > 0"),
        Level("the same, another name", same.when),
        slip,
        another,
    )
    return Comparison("phone", plain.silent, levels)


def _same(*names: str) -> str:
    return " AND ".join(f"{name}_l = {name}_r" for name in names)


_YEAR = "(year_a_l = year_a_r AND year_b_l = year_b_r)"
_NEAR = (
    "2 * (CAST(bit_count(year_a_l & year_a_r) AS INT) + CAST(bit_count(year_b_l & year_b_r) AS INT)) >= {least} * ("
    + " + ".join(f"CAST(bit_count(year_{part}_{side}) AS INT)" for part in "ab" for side in "lr")
    + ")"
)
_NEXT, _TWO = _NEAR.format(least=0.57), _NEAR.format(least=0.33)
_DAYS = "month_l IS NOT NULL AND month_r IS NOT NULL"

BIRTH = Comparison(
    "birth",
    "year_a_l IS NULL OR year_a_r IS NULL",
    (
        Level("the same day", f"{_YEAR} AND {_same('month', 'day')}"),
        Level("day and month swapped", f"{_YEAR} AND month_l = day_r AND day_l = month_r"),
        Level("the same month", f"{_YEAR} AND {_same('month')}"),
        Level("the same day of another month", f"{_YEAR} AND {_same('day')}"),
        Level("the same day, a year apart", f"{_NEXT} AND {_same('month', 'day')}"),
        Level("the same day of another year", _same("month", "day")),
        Level("the same year", f"{_DAYS} AND {_YEAR}"),
        Level("a year apart", f"{_DAYS} AND {_NEXT}"),
        Level("another day", _DAYS),
        Level("the same year, day not known", _YEAR),
        Level("a year apart, day not known", _NEXT),
        Level("two years apart, day not known", _TWO),
        Level("another year", "ELSE"),
    ),
)
_PLACE = tuple(
    Level(f"the same regency, {least} bits", f"regency_l = regency_r AND regency_bits_l >= {least}")
    for least in reversed(PLACE_BITS)
)
COMPARISONS: tuple[Comparison, ...] = (
    *_named("name", "", WORDS),
    BIRTH,
    Comparison(
        "place",
        "regency_l IS NULL OR regency_r IS NULL",
        (
            *_PLACE,
            Level("the same regency", "regency_l = regency_r"),
            Level("the same province", "province_l = province_r"),
            Level("another province", "ELSE"),
        ),
    ),
    Comparison(
        "sex",
        "sex_l IS NULL OR sex_r IS NULL",
        (Level("the same", "sex_l = sex_r"), Level("another", "ELSE")),
    ),
    _number("number", 0.85),
    _phone(),
    *_named("text", "text_", TEXT_WORDS),
)


LEARNED: dict[str, tuple[str, ...]] = {
    "name": ("name", "name_worth"),
    **{name: (name,) for name in ("birth", "place", "sex", "number", "phone")},
}
M_PAIRS = 20_000.0
"""So many imagined pairs of one person hold on to what the table says. Where names and places go together, families and
namesakes would otherwise be learned as one person."""


def witnesses() -> tuple[Witness, ...]:
    """As counted on invented reports, none of them among those that anything is measured on; further words as names."""
    made = tabled("field_table.json", COMPARISONS, LEARNED, M_PAIRS, 0.0, "by chance")
    text = tuple(each for each in COMPARISONS if each.name.startswith("text"))
    return (*made, replace(made[0], name="text", comparisons=text))


def keys(database: Database, out: str) -> None:
    """Keep as the table `out` every key of every row of `node`."""
    database.make(out, " UNION ".join(_keys(database)))


def _keys(database: Database) -> list[str]:
    whole = tuple(f"number_{part}" for part in "abcd")
    phone = tuple(f"phone_{part}" for part in "abcd")
    born = ("year_a", "year_b", "month", "day")
    of_columns: list[tuple[str, tuple[str, ...]]] = [
        ("number", whole),
        ("phone", phone),
        ("born in a place", (*born, "regency")),
        ("day in a place", ("month", "day", "regency", "sex")),
    ]
    sounds = tuple(f"sound_{at}" for at in range(3))
    for sound in sounds:
        of_columns += [
            ("word, born", (sound, *born)),
            ("word, year, place", (sound, "year_a", "year_b", "regency")),
            ("word, place", (sound, "regency")),
        ]
    for one, other in combinations(sounds, 2):
        pair = (f"least({one}, {other})", f"greatest({one}, {other})")
        of_columns += [
            ("words, place", (*pair, "regency")),
            ("words, year", (*pair, "year_a", "year_b")),
            ("words", pair),
        ]
    texts = tuple(f"text_sound_{at}" for at in range(3))
    of_columns += [
        ("texts", pair)
        for pair in (("least({}, {})".format(*two), "greatest({}, {})".format(*two)) for two in combinations(texts, 2))
    ]
    of_columns += [("word, text", (sound, text)) for sound in sounds[:2] for text in texts[:2]]
    return [_key(database, name, columns) for name, columns in of_columns]


def _key(database: Database, name: str, columns: tuple[str, ...]) -> str:
    known = " AND ".join(f"{each} > 0" if "sound" in each else f"{each} IS NOT NULL" for each in columns)
    return f"SELECT {database.key(repr(name), *columns)} AS key, unique_id FROM node WHERE {known}"  # noqa: S608  # names of our own
