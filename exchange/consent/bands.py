"""Counts in bands: what anyone but the sender may know of how many rows were held back.

An exact count, compared from month to month, tells when one person withdrew. So would "none" beside "few": the lowest
band holds both.
"""

from __future__ import annotations

from enum import Enum
from fractions import Fraction

from exchange.locale import _


class Band(Enum):
    """A share of a whole, so coarse that one person more or less seldom shows."""

    UNDER_A_TWENTIETH = "none_or_under_a_twentieth"
    TO_A_TENTH = "a_twentieth_to_a_tenth"
    TO_A_FIFTH = "a_tenth_to_a_fifth"
    TO_A_THIRD = "a_fifth_to_a_third"
    TO_A_HALF = "a_third_to_a_half"
    OVER_A_HALF = "over_a_half"

    def __str__(self) -> str:
        """In the language being spoken."""
        match self:
            case Band.UNDER_A_TWENTIETH:
                return _("none or under a twentieth")
            case Band.TO_A_TENTH:
                return _("a twentieth to a tenth")
            case Band.TO_A_FIFTH:
                return _("a tenth to a fifth")
            case Band.TO_A_THIRD:
                return _("a fifth to a third")
            case Band.TO_A_HALF:
                return _("a third to a half")
            case Band.OVER_A_HALF:
                return _("over a half")


# The share below which a count is in the band; the last band has no upper end.
_BELOW = (
    (Fraction(1, 20), Band.UNDER_A_TWENTIETH),
    (Fraction(1, 10), Band.TO_A_TENTH),
    (Fraction(1, 5), Band.TO_A_FIFTH),
    (Fraction(1, 3), Band.TO_A_THIRD),
    (Fraction(1, 2), Band.TO_A_HALF),
)


def band(count: int, of: int) -> Band:
    """The band of `count` out of `of` rows. A share on an edge is in the upper band, but one half is not over it.

    >>> str(band(3, 40)), str(band(0, 0)), str(band(20, 40))
    ('a twentieth to a tenth', 'none or under a twentieth', 'a third to a half')
    """
    if not 0 <= count <= of:
        raise AssertionError("more rows held back than there are")
    share = Fraction(count, of or 1)
    if share == Fraction(1, 2):
        return Band.TO_A_HALF
    return next((found for edge, found in _BELOW if share < edge), Band.OVER_A_HALF)
