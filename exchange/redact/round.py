"""round: the nearest multiple of a whole number; what lies halfway goes away from zero, as people round."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from exchange.agreements.tiers import Round
from exchange.redact.column import Column
from exchange.redact.numbers import each_number
from exchange.redact.setting import Setting


def round_to(column: Column, rule: Round, _setting: Setting) -> Column:
    """DisclosureError `redact.not_a_number`."""
    return each_number(column, lambda number: str(nearest(number, rule.to)))


def nearest(number: Decimal, to: int) -> int:
    """
    >>> [nearest(Decimal(text), 5) for text in ("12", "12.5", "-12.5", "2.4999")]
    [10, 15, -15, 0]
    """
    multiples = int(abs(Fraction(number)) / to + Fraction(1, 2))
    return (-multiples if number < 0 else multiples) * to
