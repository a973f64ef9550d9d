"""What may be asked of a group of look-alikes beside its size; an agreement and a plan of `anonymise` say it alike."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Attribute

from exchange.agreements.clause import Clause, Percent


class Households(Clause):
    """k people from at least this many households, and none with more than this share of a group."""

    at_least: Annotated[int, Attribute(ge=1, le=1000)]
    none_above_percent: Percent
