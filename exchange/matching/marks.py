"""What tells one person from another, read from a row and normalised, before any of it is encoded.

A number of an identity card repeats its owner's date of birth and first regency: where the row itself does not say, or
says the year only, the number does. A number that contradicts the row's date of birth says nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.agreements.dictionary import parse_date
from exchange.codes.nik import is_passport, read_nik
from exchange.codes.places import current
from exchange.consent.consented import Consented
from exchange.matching.phones import e164
from exchange.matching.roles import roles

if TYPE_CHECKING:
    import pyarrow as pa

# What people write when only the year is known; thousands share such a day.
YEAR_ONLY = {(1, 1), (7, 1)}


@dataclass(frozen=True, slots=True, repr=False)
class Marks:
    """`sex`: as the dictionary codes it. `year`: of birth, also where no day is known. `text`: further words
    that tell, such as an address. "" and None: not known."""

    name: str = ""
    identity: str = ""
    phone: str = ""
    born: dt.date | None = None
    year: int | None = None
    regency: str = ""
    sex: str = ""
    text: str = ""

    def completed(self, on: dt.date) -> Marks:
        """With what the number tells; `on`: a day on which the person was alive."""
        number = read_nik(self.identity) if self.identity else None
        if number is None:
            return self
        told = number.birthdate(on)
        if not (number.agrees_with(self.born) if self.born else self.year is None or abs(self.year - told.year) <= 1):
            return self
        born = self.born or day(told.year, told.month, told.day)
        year = born.year if born else self.year or told.year
        return replace(self, born=born, year=year, regency=self.regency or current(number.regency))


def day(year: int, month: int, of_month: int) -> dt.date | None:
    """The date of birth, if it is one and not a year in disguise."""
    return None if (month, of_month) in YEAR_ONLY else dt.date(year, month, of_month)


def marks_of(consented: Consented) -> Iterator[Marks]:
    """The marks of every row, in its order."""
    data = consented.permit.agreement.data
    part = roles(data)
    others = (part.identity, part.phone, part.birthdate, part.regency, part.sex)
    columns = [_texts(consented.table, field, frozenset(data.missing())) for field in (*part.names, *others)]
    for row in zip(*columns, strict=True):
        *names, identity, phone, birth, regency, sex = row
        born = parse_date(birth)
        yield Marks(
            name=" ".join(filter(None, names)),
            identity=_identity(identity),
            phone=e164(phone) or "",
            born=born and day(born.year, born.month, born.day),
            year=born.year if born else None,
            regency=current(regency),
            sex=sex,
        ).completed(consented.permit.on)


def _texts(table: pa.Table, field: FieldName | None, missing: frozenset[str]) -> list[str]:
    """A column as texts; "" for every form of missing, and throughout for a field that is not there."""
    if field is None or field not in table.column_names:
        return [""] * int(table.num_rows)
    return ["" if value in missing else value for value in table.column(field).to_pylist()]


def _identity(text: str) -> str:
    """A NIK as its sixteen digits, a passport as letters and digits; "" for a number that is neither."""
    plain = "".join(letter for letter in text.upper() if letter.isalnum())
    if plain and (read_nik(text) is not None or is_passport(text)):
        return plain
    return ""
