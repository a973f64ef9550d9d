"""Which fields of a dictionary tell who a person is: read from its formats, code lists and HTCDS 2.0 names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.agreements.clause import FieldName
from exchange.agreements.dictionary import Data, Field

# Given name first: HTCDS 2.0, sheet "Data Elements".
NAME_FIELDS = ("prs_FirstName", "prs_SecondName")
GENDER_FIELD = "prs_Gender"


@dataclass(frozen=True, slots=True)
class Roles:
    """The field that plays each part, None where the dictionary has none. `names` are in the order they are spoken."""

    names: tuple[FieldName, ...]
    identity: FieldName | None
    phone: FieldName | None
    birthdate: FieldName
    regency: FieldName | None
    sex: FieldName | None


def roles(data: Data) -> Roles:
    """Who plays which part. Fields about family or staff play none; of two that could, the first in the dictionary."""
    survivor = [field for field in data.fields if field.about == "survivor"]
    known = {field.name for field in survivor}
    return Roles(
        names=tuple(name for name in NAME_FIELDS if name in known),
        identity=_first(field for field in survivor if "nik" in field.formats),
        phone=_first(field for field in survivor if "phone" in field.formats),
        birthdate=data.age.birthdate,
        regency=_first(field for field in survivor if field.codes == "kemendagri-regency"),
        sex=GENDER_FIELD if GENDER_FIELD in known else None,
    )


def _first(fields: Iterator[Field]) -> FieldName | None:
    return next((field.name for field in fields), None)
