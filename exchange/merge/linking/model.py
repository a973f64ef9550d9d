"""The linking model: what is compared, and how much each agreement weighs. Nobody trains it by hand.

Tokens share parts (a name stands in five kinds), so they are not six witnesses but three: the number on a paper, the
phone, and the person (name, birth, place), whose levels are combinations of kinds. Gender and age band count a little;
birth date and sex are inside tokens already, so their weights are softened. No difference alone outweighs the rest:
papers are forged.

`m`: how often two reports of one person are at a level. `u`: how often two people are, by chance. Both were counted on
17,592 invented reports of `exchange.demo.scenario` (seeds 1 to 24, none of them the demo's; 2,552 true pairs), then
rounded, and softened where that world is tidier than the real one (there few people move). `u` is only where a
store starts from: `exchange.merge.linking.learning` brings it to what the store's own reports show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# The order is that of the columns wherever kinds stand side by side; those of `exchange.matching.tokens`.
KINDS = ("nik", "phone_name", "name_dob", "name_year_regency", "name2_regency", "dob_regency_sex")
# Fields that count a little where both releases hold them at one level of detail (HTCDS 2.0 names).
MILD = {"gender": "prs_Gender", "birth": "prs_Birthdate"}

LINK = 0.995
"""At or above: one person. Below, down to `ASK`: a person should look."""
ASK = 0.5


@dataclass(frozen=True, slots=True)
class Level:
    """`when`: SQL over a pair's columns `x_l`, `x_r`, or "ELSE". `rare`: the kind whose common values weigh less."""

    name: str
    when: str
    m: float
    u: float
    rare: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """Something compared. `silent`: SQL for "cannot be compared". The last of `levels` is disagreement.

    `learns`: whether `u` is brought to the store's own frequencies.
    """

    name: str
    silent: str
    levels: tuple[Level, ...]
    learns: bool = True

    def with_u(self, chances: dict[str, float]) -> Witness:
        """The same with `u` from `chances`, level → u; what is left of 1 is for disagreement."""
        *agreeing, differing = self.levels
        levels = [replace(level, u=chances[level.name]) for level in agreeing]
        return replace(self, levels=(*levels, replace(differing, u=1 - sum(level.u for level in levels))))


def same(kind: str) -> str:
    return f"({kind}_l = {kind}_r)"


def absent(*kinds: str) -> str:
    """That none of these kinds stands on both sides. Tokens of two networks or epochs are not comparable."""
    return " AND ".join(f"({kind}_l IS NULL OR {kind}_r IS NULL OR ring_l <> ring_r)" for kind in kinds)


def differs(kind: str) -> str:
    return f"({kind}_l <> {kind}_r AND ring_l = ring_r)"


_DAY = ("name_dob", "dob_regency_sex")
# Born on another day, by all that is known; coalesce, since a kind that is missing makes neither true.
_ANOTHER_DAY = (
    f"coalesce({differs('name_dob')} AND {differs('dob_regency_sex')}, false)"
    f" AND NOT coalesce({same('name_year_regency')}, false)"
)
# A mother and her daughter of one first name: their one phone already says family, their names and place add nothing.
_ONE_FAMILY = f"coalesce({same('phone_name')} AND {same('name2_regency')}, false) AND {_ANOTHER_DAY}"
_NAMES = ("name_dob", "name_year_regency", "name2_regency", "dob_regency_sex")

WITNESSES: tuple[Witness, ...] = (
    Witness(
        "number",
        absent("nik"),
        (
            Level("same number", same("nik"), m=0.87, u=2e-8, rare="nik"),
            Level("another number", "ELSE", m=0.13, u=1 - 2e-8),
        ),
    ),
    Witness(
        "phone",
        absent("phone_name"),
        (
            Level(
                "same phone, first name; another day",
                f"{same('phone_name')} AND {_ANOTHER_DAY}",
                0.07,
                2e-7,
                "phone_name",
            ),
            Level("same phone, first name", same("phone_name"), 0.55, 4e-8, "phone_name"),
            Level("another phone or first name", "ELSE", m=0.38, u=1 - 2.4e-7),
        ),
    ),
    Witness(
        "person",
        f"({absent(*_NAMES)}) OR ({_ONE_FAMILY})",
        (
            Level("name, day, regency", f"{same('name_dob')} AND {same('name_year_regency')}", 0.50, 2e-8, "name_dob"),
            Level("name, day", same("name_dob"), 0.03, 3e-8, "name_dob"),
            Level(
                "name, year, regency; day unknown",
                f"{same('name_year_regency')} AND {absent('name_dob')}",
                0.07,
                1e-7,
                "name_year_regency",
            ),
            Level("name, year, regency; another day", same("name_year_regency"), 0.03, 1e-6, "name_year_regency"),
            Level(
                "two names, day, regency",
                f"{same('name2_regency')} AND {same('dob_regency_sex')}",
                0.02,
                2e-8,
                "dob_regency_sex",
            ),
            Level("day, regency, sex; another name", same("dob_regency_sex"), 0.10, 1.5e-6, "dob_regency_sex"),
            Level(
                "two names, regency; day unknown",
                f"{same('name2_regency')} AND {absent(*_DAY)}",
                0.05,
                5e-6,
                "name2_regency",
            ),
            Level("two names, regency; another day", same("name2_regency"), 0.06, 2.5e-5, "name2_regency"),
            Level("nothing of these", "ELSE", 0.14, 1 - 3.4e-5),
        ),
    ),
    Witness(
        "gender",
        "gender_l IS NULL OR gender_r IS NULL",
        (Level("same gender", same("gender"), 0.96, 0.6), Level("another gender", "ELSE", 0.04, 0.4)),
        learns=False,
    ),
    Witness(
        "birth",
        "birth_l IS NULL OR birth_r IS NULL",
        (Level("same age band", same("birth"), 0.90, 0.45), Level("another age band", "ELSE", 0.10, 0.55)),
        learns=False,
    ),
)
