"""When two spellings of a case number, or of a household's, are one: people type them by hand, and months apart."""

from __future__ import annotations

import re
import unicodedata

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
