"""What feedback says in figures, worked out from the data: how they came, what was found in them, what became of them.

A sender knows its own rows, so what rests on them alone is told; shares are in bands all the same, since a letter is
read by more people than a case file. What rests on other senders' rows too – how many of its people others know, where
they say something else – is a band over at least as many people as the agreement lets publish, or nothing (None), and
the band's edges are moved by a few people, by whom only the recipient knows: a sender who makes up rows so that one
person more would cross an edge learns nothing it can rely on.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from exchange.agreements.clause import FieldName
from exchange.consent.bands import Band
from exchange.matching.tokens import TokenKind

Count = Annotated[int, Field(ge=0, lt=10**9)]
PERIOD = r"^[0-9]{4}-(0[1-9]|1[0-2]|Q[1-4])$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldFound(_Part):
    """`missing`: rows that say nothing of the field. `differs`: of the people whom others told of as well, those of
    whom another sender says something else; None where they are too few."""

    field: FieldName
    missing: Band
    differs: Band | None


class TokensFound(_Part):
    """`missing`: rows without a match token of this kind, by which they could be known again."""

    kind: TokenKind
    missing: Band


class PeriodFound(_Part):
    """A period of one sender. `bundles` came, `corrections` of these were corrections; `late`: the first came after the
    days of grace. `rows`: that are here now. `repeated`: rows of people who are in the period already. `elsewhere`:
    people whom another sender has told of as well; None where they are too few."""

    period: Annotated[str, Field(pattern=PERIOD)]
    bundles: Count
    corrections: Count
    late: bool
    rows: Count
    repeated: Band | None
    elsewhere: Band | None
    fields: Annotated[tuple[FieldFound, ...], Field(max_length=500)]
    tokens: Annotated[tuple[TokensFound, ...], Field(max_length=50)]


class Figures(_Part):
    """`merged`, `exported`, `published`: how often, since the first bundle of these periods came, the store was merged
    so that each person counts once, exported for people to work with, and counts from it were published."""

    periods: Annotated[tuple[PeriodFound, ...], Field(max_length=24)]
    merged: Count
    exported: Count
    published: Count
