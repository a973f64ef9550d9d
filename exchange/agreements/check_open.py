"""What a draft leaves open: `…` where a text is still to be written, placeholders for people and fingerprints.

So an officer can begin with what is known and finish in Excel; nobody can sign before all is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange.agreements.agreement import Agreement
from exchange.agreements.contradiction import Contradiction
from exchange.agreements.shape import Path
from exchange.locale import _

OPEN_TEXT = "…"
OPEN_PERSON = "to-be-named"
OPEN_KEY = "SHA256:<fingerprint>"
# What check finds in a draft that is sound and not finished.
UNFINISHED = frozenset({"agreement.placeholder_key", "agreement.still_open", "agreement.impact_assessment"})


def check_open(agreement: Agreement) -> Iterator[Contradiction]:
    for path in _open(agreement.model_dump(mode="json", by_alias=True, exclude_none=True), ()):
        hint = _("write it into the file, or into the workbook that exchange agreement to-xlsx makes")
        yield Contradiction("still_open", path, _("this is still to be filled in"), hint)


def _open(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _open(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _open(each, (*path, index))
    elif value in (OPEN_TEXT, OPEN_PERSON):
        yield path
