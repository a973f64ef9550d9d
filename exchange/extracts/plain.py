"""Which texts of a column need no reading: they are their own value, and nothing is wrong with them.

A sieve over whole columns, so that only the others are read one by one (values.py). It may pass over a text that is
fine, and never lets through one that is not: a test reads what it lets through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Field
from exchange.extracts import arrow
from exchange.extracts.niks import plain_niks
from exchange.extracts.values import CONTROLS, LONGEST, Terms

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Lengths = NDArray[np.int32]
    Which = NDArray[np.bool_]

_PHONE_SIGNS = r"[ \t\-.()'’]"  # as in values.py, but no further kinds of blanks
_PHONE = r"^\+?[0-9]{8,15}$"


def plain(texts: pa.StringArray, of: Field, terms: Terms) -> Which:
    """Which of the distinct texts of one column are values as they stand. None of a field of codes, dates or numbers:
    those have few distinct texts, or must be read to be written the one way."""
    import numpy as np
    import pyarrow.compute as pc

    closed = of.codes is not None or of.categories is not None
    if of.type != "string" or closed or terms.mapping.values.get(of.name):
        return np.zeros(len(texts), bool)
    lengths = arrow.numbers_of(pc.utf8_length(texts))
    hidden = arrow.bools_of(pc.match_substring_regex(texts, CONTROLS))
    return _no_kind_of_missing(texts, lengths, terms) & (lengths <= LONGEST) & ~hidden & _of_the_format(texts, of)


def _no_kind_of_missing(texts: pa.StringArray, lengths: Lengths, terms: Terms) -> Which:
    """Longer than every form of missing, or plainly another word; beyond ASCII, case is not that plain."""
    import pyarrow.compute as pc

    forms = {"", *(form.casefold() for form in terms.missing)}
    other = pc.and_not(pc.string_is_ascii(texts), pc.is_in(pc.ascii_lower(texts), arrow.texts(forms)))
    return (lengths > max(map(len, forms))) | arrow.bools_of(other)


def _of_the_format(texts: pa.StringArray, of: Field) -> Which:
    """Plainly a phone number or a NIK, where the field asks for one."""
    import numpy as np
    import pyarrow.compute as pc

    if not of.formats:
        return np.ones(len(texts), bool)
    fits = np.zeros(len(texts), bool)
    if "nik" in of.formats:
        fits |= plain_niks(texts).whole
    if "phone" in of.formats:
        bare = pc.replace_substring_regex(texts, _PHONE_SIGNS, "")
        fits |= arrow.bools_of(pc.match_substring_regex(bare, _PHONE))
    return fits
