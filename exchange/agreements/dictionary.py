"""The dictionary: what each field of an extract means, which values it takes, and how dangerous it is.

A Frictionless Table Schema v2 (https://datapackage.org/standard/table-schema/); keys that start with `x-` are ours.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field as Attribute

from exchange.agreements.clause import Clause, Code, FieldClass, FieldName, Fields, Line, Text

# The five kinds of missing, kept apart from reading to merging. 0 and "no" stay values.
MissingLabel = Literal["missing", "unknown", "not_available", "declined_to_state", "withheld_by_this_agreement"]
CodeListId = Literal[
    "htcds-2.0",
    "iso-3166-1-alpha-2",
    "kemendagri-province",
    "kemendagri-regency",
    "kemendagri-district",
    "kemendagri-village",
]
Format = Literal["nik", "passport", "phone"]


class MissingValue(Clause):
    value: Annotated[str, Attribute(max_length=40)]
    label: MissingLabel


class Constraints(Clause):
    """Table Schema constraints that we check. `minimum` and `maximum` are written as the field's values are."""

    required: bool = False
    unique: bool = False
    minimum: Line | None = None
    maximum: Line | None = None


class Field(Clause):
    """One field: its type, its label in Indonesian, its class (how it may identify), its values.

    Values are text from reading to writing; `type` says how that text is checked. A `list` holds codes that are
    sorted and joined by ";".
    """

    name: FieldName
    type: Literal["string", "date", "boolean", "list", "integer", "number"]
    label: Annotated[Line, Attribute(alias="x-label")]
    kind: Annotated[FieldClass, Attribute(alias="x-class")]
    description: Line
    codes: Annotated[CodeListId | None, Attribute(alias="x-codes")] = None
    categories: Annotated[tuple[Code, ...] | None, Attribute(min_length=1)] = None
    written_as: Annotated[Format | tuple[Format, ...] | None, Attribute(alias="x-format")] = None
    about: Annotated[Literal["survivor", "family", "staff"], Attribute(alias="x-about")] = "survivor"
    constraints: Constraints = Constraints()

    @property
    def formats(self) -> tuple[Format, ...]:
        """How its values may be written; empty where any text will do."""
        if self.written_as is None:
            return ()
        return (self.written_as,) if isinstance(self.written_as, str) else self.written_as


class TableSchema(Clause):
    """`primaryKey`, the kinds of missing, the fields."""

    primary_key: Annotated[Fields, Attribute(alias="primaryKey", min_length=1, max_length=1)]
    missing_values: Annotated[tuple[MissingValue, ...], Attribute(alias="missingValues", min_length=1)]
    fields: Annotated[tuple[Field, ...], Attribute(min_length=1, max_length=400)]


class PeriodRule(Clause):
    """Which date places a case in a period, and for how long a late entry still belongs."""

    field: FieldName
    late_entries_days: Annotated[int, Attribute(ge=0, le=3660)]


class AgeRule(Clause):
    """Age is fixed at intake: from the birth date, on the date of referral, so that a band never moves."""

    birthdate: Annotated[FieldName, Attribute(alias="from")]
    on: FieldName


class Data(Clause):
    """The data of an agreement: what a row is, who is in it, and the dictionary."""

    name: Annotated[str, Attribute(pattern=r"^[a-z][a-z0-9-]*$")]
    row_means: Text
    population: Text
    period: PeriodRule
    age: AgeRule
    include: dict[FieldName, tuple[Code, ...]]
    household: FieldName | None = None
    schema_: Annotated[TableSchema, Attribute(alias="schema")]

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.schema_.fields

    @property
    def key(self) -> FieldName:
        """The field that holds the sender's own case number."""
        return self.schema_.primary_key[0]

    def field(self, name: str) -> Field:
        """The field called `name`; KeyError if the dictionary has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def missing(self) -> dict[str, MissingLabel]:
        """The written form of each kind of missing."""
        return {each.value: each.label for each in self.schema_.missing_values}

    def suppressed(self) -> str:
        """What is written in a cell that this program withheld."""
        return next(e.value for e in self.schema_.missing_values if e.label == "withheld_by_this_agreement")


def parse_date(text: str) -> dt.date | None:
    """The date of an ISO 8601 calendar date, as the dictionary writes dates; None for any other text."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
