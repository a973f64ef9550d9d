"""NIK, the 16-digit number of an Indonesian identity card: its structure, its damage by Excel; passports beside it.

    5301 07  52 01 90  0012
    │    │   │         └ serial, never 0000
    │    │   └ date of birth; 40 is added to the day for women
    │    └ district
    └ regency at the time of issue, by Kemendagri code

A number of this structure need not exist, and a person's own number keeps the region and the typing errors of the day
it was issued: a NIK that disagrees with its row is a warning, never a proof.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from exchange.codes.lokal_parts import part

Sex = Literal["female", "male"]
Damage = Literal["fifteen_digits", "exponent"]

_SEPARATORS = re.compile(r"[\s.\-'’]")
_EXPONENT = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?15")
_NUMBER = re.compile(r"(?P<digits>[0-9]{15,16})(?P<fraction>[.,]0+)?")
_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{6,8}")
# Any year of a century that has a 29 February in its year 00: the century itself is not in the number.
_ANY_CENTURY = date(2099, 12, 31)


@dataclass(frozen=True, slots=True)
class Nik:
    """What a NIK says. Codes are Kemendagri's, dotted, as on the day of issue ("53", "53.01", "53.01.07").

    The year of birth has two digits only: ask `birthdate` for the date that fits a given day.
    """

    province: str
    regency: str
    district: str
    day: int
    month: int
    year_of_century: int
    sex: Sex
    serial: str

    def birthdate(self, on: date) -> date:
        """The latest date of birth that fits and is not after `on`."""
        century = on.year - on.year % 100
        for year in (century + self.year_of_century, century - 100 + self.year_of_century):
            born = self._born_in(year)
            if born is not None and born <= on:
                return born
        return date(century - 100 + self.year_of_century, 3, 1)  # 29 February 1900, which was none

    def agrees_with(self, birthdate: date) -> bool:
        """Whether a known date of birth is the one in the number."""
        return (birthdate.day, birthdate.month, birthdate.year % 100) == (self.day, self.month, self.year_of_century)

    def _born_in(self, year: int) -> date | None:
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def read_nik(text: str) -> Nik | None:
    """The NIK that `text` is, with or without spaces, dots and dashes; `None` for anything else.

    The province must exist; regency and district may be codes of the day of issue that no longer do.
    """
    info = part("nik").parse_nik(_SEPARATORS.sub("", text), reference_date=_ANY_CENTURY)
    if not info.valid or info.nik is None or not info.nik.isascii():
        return None
    digits, day = info.nik, int(info.nik[6:8])
    return Nik(
        province=digits[:2],
        regency=f"{digits[:2]}.{digits[2:4]}",
        district=f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}",
        day=day - 40 if day > 40 else day,
        month=int(digits[8:10]),
        year_of_century=int(digits[10:12]),
        sex="female" if day > 40 else "male",
        serial=digits[12:],
    )


def damage(text: str, *, from_number: bool = False) -> Damage | None:
    """What Excel has done to a NIK: `None` for a number that is whole, and for what was never one.

    `exponent`: shown as 5.30107E+15, the rest is gone. `fifteen_digits`: Excel keeps fifteen significant digits, so the
    sixteenth is missing or has become 0. A 16-digit text that ends in 0 may well be whole, unless its cell held a
    number: say so with `from_number`, or leave the ".0" that a reader of numbers writes.
    """
    bare = re.sub(r"[\s'’-]", "", text)
    if _EXPONENT.fullmatch(bare):
        return "exponent"
    found = _NUMBER.fullmatch(bare)
    if found is None:
        return None
    was_number = from_number or found["fraction"] is not None
    if len(found["digits"]) == 15 or (was_number and found["digits"].endswith("0")):
        return "fifteen_digits"
    return None


def is_passport(text: str) -> bool:
    """Whether `text` has the form of a passport number: one or two letters, then six to eight digits."""
    return _PASSPORT.fullmatch(_SEPARATORS.sub("", text).upper()) is not None
