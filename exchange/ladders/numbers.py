"""Numbers as the road writes them, and edges: what bands, intervals, rounding and coding ask of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from exchange.errors import AgreementError, Problem
from exchange.locale import _

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,15})?")


def number_of(text: str) -> Decimal | None:
    """The number that `text` is, exactly; None for any other text, an exponent or a sign "+" among them."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def plainly(number: Decimal) -> str:
    """Without an exponent or trailing zeros: 10.0 is 10."""
    return f"{number.normalize():f}"


def checked_edges(name: str, edges: Sequence[float]) -> None:
    """AgreementError `ladder.edges` unless there is an edge and they rise."""
    if not edges or any(low >= high for low, high in pairwise(edges)):
        raise AgreementError(
            Problem("ladder.edges", _("the edges of a ladder rise, each once"), where=name, hint=_("e.g. [0, 18, 30]"))
        )
