"""What an organisation wrote down about one person, cell by cell, with the truth beside it that only the demo knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# A cell as Excel holds it: text, a real date, or a number (which is how a NIK gets broken).
Cell = str | date | int


@dataclass(frozen=True, slots=True)
class Note:
    """A case note, and every name, number and address of a person that stands in it."""

    text: str
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """The person, as told and as written."""

    salutation: str
    first_name: str
    second_name: str
    birthdate: Cell
    gender: str
    citizenship: str
    email: str
    phone: Cell
    street: str
    identity: Cell
    deceased: str
    province: str
    regency: str


@dataclass(frozen=True, slots=True)
class Trafficking:
    """What was done to the person, in the labels of the template; lists are joined by ";"."""

    status: str
    decided_by: str
    recruitment: str
    recruited_at: str
    control: str
    exploitation: str
    industry: str
    sexual: str
    country: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person agreed to, as recorded."""

    status: str
    scope: str
    given_on: Cell
    form: str
    evidence: str
    adult: str


@dataclass(frozen=True, slots=True)
class Report:
    """One row of one organisation's workbook. `person` and `known` are the truth, and stand in no workbook.

    `known`: what identifies this person and is true, written or not (NIK, phone), for tests that look for leaks.
    """

    cso: str
    month: str  # 2026-09
    person: int
    known: tuple[str, ...]
    case_ref: str
    household_ref: str
    owner: str
    case_status: str
    referred_by: str
    referred_on: Cell
    services: str
    note: Note
    told: Told
    trafficking: Trafficking
    consent: Consent

    @property
    def direct_identifiers(self) -> tuple[str, ...]:
        """Every text of this row that points at a person: survivor, family or staff. Short ones may be words too."""
        told = self.told
        full = f"{told.first_name} {told.second_name}".strip()
        written = (
            told.first_name,
            told.second_name,
            full,
            str(told.identity),
            str(told.phone),
            told.email,
            told.street,
        )
        everything = (self.case_ref, self.household_ref, self.owner, *written, *self.known, *self.note.identifiers)
        return tuple(dict.fromkeys(text for text in everything if text))
