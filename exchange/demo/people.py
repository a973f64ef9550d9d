"""The invented people of the demo: who they really are, before any organisation writes down a version of them.

A number that looks right need not be anyone's: the serials of these NIKs start at 9000, where real ones, counted per
district and birthday, do not reach, and the phone numbers have 00 where subscribers' numbers have none.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from exchange.codes.places import children_of
from exchange.demo.names import FLORES, JAVA, MUSLIM, SUMBA, TIMOR, Name, NamePool, make_name

Gender = Literal["Feminine", "Masculine", "TransgenderFeminine", "NonConforming"]
REFERENCE = date(2026, 9, 15)  # ages are drawn as of the middle of the first month


@dataclass(frozen=True, slots=True)
class Person:
    """The truth about one person. `regency` and `district` are Kemendagri codes; `nik` and `passport` may be empty."""

    id: int
    household: int
    name: Name
    gender: Gender
    birthdate: date
    nik: str
    passport: str
    phone: str  # as dialled inside Indonesia: 0812…
    regency: str
    district: str
    citizenship: str
    deceased: bool = False

    @property
    def province(self) -> str:
        return self.regency[:2]


# Where people lived before: regency → weight. Most are from NTT.
_ORIGINS: dict[str, int] = {
    "53.02": 16, "53.01": 12, "53.21": 11, "53.04": 10, "53.03": 8, "53.71": 6, "53.07": 6, "53.06": 6, "53.08": 5,
    "53.18": 6, "53.12": 3, "53.11": 3, "53.10": 3, "53.13": 2, "53.05": 2, "53.14": 2, "53.20": 1, "53.19": 1,
    "52.06": 2, "52.03": 4, "35.09": 3, "35.72": 1, "32.12": 2, "73.11": 2, "18.04": 1, "33.01": 1,
}  # fmt: skip
_FLORES = {"53.06", "53.07", "53.08", "53.10", "53.13", "53.19"}
_SUMBA = {"53.11", "53.12", "53.18"}
# First age of a band, its last, weight.
_AGES = ((11, 17, 15), (18, 24, 24), (25, 29, 17), (30, 44, 32), (45, 61, 12))


def make_household(rng: random.Random, household: int, first_id: int, size: int) -> tuple[Person, ...]:
    """A household: one region, most with one second name. From five up it is a rescue, of people who share nothing."""
    rescued = size >= 5
    regency = _origin(rng)
    pool = _pool(rng, regency)
    family = rng.choice(pool.second) if size > 1 and not rescued else ""
    people: list[Person] = []
    for number in range(size):
        if rescued and number:
            regency = _origin(rng)
            pool = _pool(rng, regency)
        person = _make_person(rng, first_id + number, household, regency, pool, family)
        if family and number and rng.randrange(100) < 40:
            person = replace(person, phone=people[0].phone)  # one telephone in the house
        people.append(person)
    return tuple(people)


def _make_person(rng: random.Random, id_: int, household: int, regency: str, pool: NamePool, family: str) -> Person:
    gender = _gender(rng)
    woman = gender != "Masculine"
    born = _birthdate(rng)
    district = rng.choice(children_of(regency))
    # Children seldom have a card of their own, and some papers say another birth date than the person does.
    on_paper = _forged(rng, born) if rng.randrange(100) < 4 else born
    has_nik = rng.randrange(100) < (60 if born > date(2009, 9, 15) else 80)
    passport = f"X{rng.randrange(10**6, 10**7)}" if rng.randrange(100) < 12 else ""
    return Person(
        id=id_,
        household=household,
        name=make_name(rng, pool, woman=woman, family=family if rng.randrange(100) < 85 else ""),
        gender=gender,
        birthdate=born,
        nik=make_nik(rng, district, on_paper, female=gender == "Feminine") if has_nik else "",
        passport=passport,
        phone=_phone(rng) if rng.randrange(100) < 72 else "",
        regency=regency,
        district=district,
        citizenship="TL" if regency in ("53.04", "53.21") and rng.randrange(100) < 3 else "ID",
    )


def make_nik(rng: random.Random, district: str, born: date, *, female: bool) -> str:
    """A NIK of the right structure for this district, day and sex, and of no real serial."""
    day = born.day + 40 * female
    return f"{district.replace('.', '')}{day:02d}{born.month:02d}{born.year % 100:02d}{rng.randrange(9000, 10000)}"


def _gender(rng: random.Random) -> Gender:
    return rng.choices(("Feminine", "Masculine", "TransgenderFeminine", "NonConforming"), (612, 376, 8, 4))[0]


def _birthdate(rng: random.Random) -> date:
    first, last, _ = rng.choices(_AGES, [weight for *_, weight in _AGES])[0]
    days = rng.randrange(first * 3653 // 10 + 20, (last + 1) * 3652 // 10 - 60)
    born = REFERENCE - timedelta(days=days)
    # Where only the year is known, the dictionary asks for 1 July.
    return born.replace(month=7, day=1) if first >= 18 and rng.randrange(100) < 4 else born


def _forged(rng: random.Random, born: date) -> date:
    """Papers that make a person older, as recruiters of minors buy them."""
    return date(born.year - rng.randrange(2, 7), rng.randrange(1, 13), rng.randrange(1, 29))


def _phone(rng: random.Random) -> str:
    return f"{rng.choice(('0812', '0813', '0821', '0822', '0852', '0853'))}00{rng.randrange(10**6):06d}"


def _origin(rng: random.Random) -> str:
    return rng.choices(list(_ORIGINS), list(_ORIGINS.values()))[0]


def _pool(rng: random.Random, regency: str) -> NamePool:
    if regency in _SUMBA:
        return SUMBA
    if regency in _FLORES:
        return MUSLIM if rng.randrange(100) < 15 else FLORES
    if regency.startswith("53"):
        return MUSLIM if rng.randrange(100) < 6 else TIMOR
    return JAVA if regency[:2] in ("32", "33", "35") else MUSLIM
