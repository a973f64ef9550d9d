"""The paper on which one holder keeps one recovery share: one page in both languages, and no other share beside it.

With its words it is a secret; without them it is a form on which they are written by hand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from exchange.keyring.recovery import SHARES
from exchange.keyring.shapes import Names
from exchange.keyring.share_words import WORDS, Share
from exchange.locale import LANGUAGES, _, speaking
from exchange.reports.page import render

_ROOM = "exchange.reports"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Share `number` of three of a party's root key, made on `made`. `words`: () for a form to write on."""

    names: Names
    contact: str
    fingerprint: str
    number: int
    made: dt.date
    words: Share = field(default=(), repr=False)

    @property
    def lines(self) -> tuple[tuple[int, str], ...]:
        """Each word with its number, empty where it is written by hand."""
        return tuple(enumerate(self.words or ("",) * WORDS, 1))


def recovery_sheet(sheet: Sheet) -> str:
    """The page, to be printed."""
    halves = []
    for tongue in LANGUAGES:
        with speaking(tongue):
            halves.append((tongue, title(sheet.number), render(_ROOM, "recovery_sheet_text.html.j2", sheet=sheet)))
    with speaking(LANGUAGES[0]):
        return str(render(_ROOM, "recovery_sheet.html.j2", sheet=sheet, halves=halves, title=title(sheet.number)))


def title(number: int) -> str:
    """Which share it is, as heading."""
    return _("Recovery share {number} of {shares}").format(number=number, shares=SHARES)
