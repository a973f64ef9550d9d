"""When two spellings of a case number, or of a household's, are one: people type them by hand, and months apart."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from exchange.extracts import arrow

if TYPE_CHECKING:
    import pyarrow as pa

_BETWEEN = re.compile(r"[\W_]+")


def as_compared(reference: str) -> str:
    """What two spellings of one reference share: case, width, spaces, the kind of dash, and signs that nobody sees do
    not count.

    >>> as_compared("YKS–2026 / 0117") == as_compared("yks-2026-0117")
    True
    """
    plain = unicodedata.normalize("NFKC", reference).casefold()
    seen = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    return _BETWEEN.sub("-", seen).strip("-") or reference


def all_as_compared(references: pa.StringArray) -> pa.StringArray:
    """`as_compared` of each, the plain ones as a whole column."""
    import pyarrow.compute as pc

    joined = pc.ascii_trim(pc.replace_substring_regex(pc.ascii_lower(references), "[^a-z0-9]+", "-"), "-")
    plain = pc.and_(pc.string_is_ascii(references), pc.not_equal(joined, arrow.text("")))
    odd = pc.invert(plain)
    others = [as_compared(text) for text in references.filter(odd).to_pylist()]
    return pc.replace_with_mask(joined, odd, arrow.texts(others))
