"""What is compared where match tokens are here: from which combinations agree it follows what agrees.

A token is a keyed fingerprint of a combination, and one combination shares its parts with others: when `name_dob`
agrees, the names are the same and so are the days of birth; when `name_year_regency` does not agree beside it, it is
the place that differs. So two reports are asked, as if they could be read, how their names, births and places stand
to each other. The three are weighed as one witness: nothing can be seen of a name that is the same, unless a day or a
place is too.
"""

from __future__ import annotations

from exchange.merge.linking.comparing import Comparison, Level
from exchange.merge.linking.learning import Witness, plain_witness, tabled

# Of each kind so many stand in a row; those of `exchange.matching.tokens`, in its order.
KINDS = {
    "nik": 1,
    "phone_name": 3,
    "name_dob": 1,
    "name_day_regency": 3,
    "dob_regency_sex": 1,
    "name_year_regency": 1,
    "name_years_regency": 2,
    "initial_dob_sex": 3,
    "name2_regency": 3,
    "name2_year_regency": 3,
}
# Fields that count a little where both releases hold them at one level of detail (HTCDS 2.0 names).
MILD = {"gender": "prs_Gender", "birth": "prs_Birthdate"}


def columns(kind: str) -> tuple[str, ...]:
    """The columns of `node` that hold the tokens of a kind."""
    return tuple(f"{kind}_{at}" for at in range(KINDS[kind]))


def _same(*kinds: str) -> str:
    """That any token of any of the kinds is the same. What is missing has a number below 0 that nobody else has: only
    a profile that is compared with itself meets it again."""
    found = (
        f"({left}_l >= 0 AND {left}_l IN ({', '.join(f'{right}_r' for right in columns(kind))}))"
        for kind in kinds
        for left in columns(kind)
    )
    return f"({' OR '.join(found)})"


def _has(kind: str, side: str) -> str:
    return "(" + " OR ".join(f"{column}_{side} > 0" for column in columns(kind)) + ")"


def _both(*kinds: str) -> str:
    """That both have tokens of one of the kinds, so that they would be the same if what they stand for were."""
    held = (f"({_has(kind, 'l')} AND {_has(kind, 'r')})" for kind in kinds)
    return f"(ring_l = ring_r AND ({' OR '.join(held)}))"


def _agrees(kind: str) -> str:
    """The same of two nodes `a` and `b`."""
    each = (f"a.{l} >= 0 AND a.{l} IN ({', '.join(f'b.{r}' for r in columns(kind))})" for l in columns(kind))  # noqa: E741  # as the two sides are called
    return " OR ".join(each)


SHARED = " + ".join(f"CASE WHEN {_agrees(kind)} THEN {1 << at} ELSE 0 END" for at, kind in enumerate(KINDS))
"""Which kinds of token two nodes have in common: a bit for each."""

_DOB = ("name_dob", "initial_dob_sex", "dob_regency_sex")
_PLACED = ("name_year_regency", "name_day_regency", "dob_regency_sex", "name2_regency", "name2_year_regency")
_NAMED = ("name_dob", "name_year_regency", "name2_regency", "name2_year_regency", "initial_dob_sex")

# Weighs nothing: from pairs of two sources it is learned how reports differ.
SOURCES = Comparison("sources", "1 = 0", (Level("two", "source_l <> source_r"), Level("one", "ELSE")))
COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "number",
        f"NOT {_both('nik')}",
        (Level("the same", _same("nik")), Level("another", "ELSE")),
    ),
    Comparison(
        "phone",
        f"NOT {_both('phone_name')}",
        (Level("the same phone and a word of the name", _same("phone_name")), Level("another", "ELSE")),
    ),
    Comparison(
        "name",
        f"NOT {_both(*_NAMED)}",
        (
            Level("all words", _same("name_dob", "name_year_regency", "name_years_regency")),
            Level("two words", _same("name2_regency", "name2_year_regency")),
            Level("one word", _same("name_day_regency")),
            Level("a first letter", _same("initial_dob_sex")),
            Level("nothing seen", "ELSE", agrees=False),
        ),
    ),
    Comparison(
        "born",
        f"NOT {_both(*_DOB, 'name_year_regency', 'name2_year_regency')}",
        (
            Level("the same day", _same(*_DOB)),
            Level("the same day, another year", _same("name_day_regency")),
            Level(
                "the same year, another day",
                f"{_same('name_year_regency', 'name2_year_regency')} AND {_both(*_DOB)}",
            ),
            Level("the same year, day not known", _same("name_year_regency", "name2_year_regency")),
            Level("a year apart, another day", f"{_same('name_years_regency')} AND {_both(*_DOB)}"),
            Level("a year apart, day not known", _same("name_years_regency")),
            Level("nothing seen, another day", _both(*_DOB), agrees=False),
            Level("nothing seen", "ELSE", agrees=False),
        ),
    ),
    Comparison(
        "placed",
        f"NOT {_both(*_PLACED)}",
        (
            Level("the same regency", _same(*_PLACED, "name_years_regency")),
            Level("nothing seen", "ELSE", agrees=False),
        ),
    ),
    Comparison(
        "gender",
        "gender_l IS NULL OR gender_r IS NULL",
        (Level("the same", "gender_l = gender_r"), Level("another", "ELSE")),
    ),
    Comparison(
        "birth",
        "birth_l IS NULL OR birth_r IS NULL",
        (Level("the same age band", "birth_l = birth_r"), Level("another age band", "ELSE")),
    ),
)

# How often two reports of one person agree, and do not, where no table says it: fields that count a little.
MILD_M: dict[str, tuple[float, ...]] = {"gender": (0.96, 0.04), "birth": (0.9, 0.1)}
# Comparisons whose levels are weighed by the table (`benchmarks/linking_learn.py`), together where they stand together.
LEARNED: dict[str, tuple[str, ...]] = {"number": ("number",), "phone": ("phone",), "person": ("name", "born", "placed")}
M_PAIRS, U_PAIRS = 3000.0, 1e8
"""So many imagined pairs of one person, and of two, hold on to what the table says."""


def witnesses() -> tuple[Witness, ...]:
    """As counted on invented reports, none of them among those that anything is measured on; the rest as above."""
    made = tabled("token_table.json", COMPARISONS, LEARNED, M_PAIRS, U_PAIRS, "in blocks")
    return (*made, *(plain_witness(each, MILD_M[each.name]) for each in COMPARISONS if each.name in MILD))
