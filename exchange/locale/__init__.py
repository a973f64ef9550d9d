"""The languages people read: English in the code, Indonesian in `id.po`.

Every text that a person sees passes through `_` where it is made:

>>> from exchange.locale import _, speaking
>>> with speaking("en"):
...     _("{party} has not signed").format(party="gt-ntt")
'gt-ntt has not signed'

Documents that are in both languages render the same source under `speaking("id")` and `speaking("en")`.
Add a text: write it in English in the code, run `python -m exchange.locale.update`, write its translation into `id.po`,
and run it again: it compiles the catalogue, which is read thirty times as fast as its source and is kept beside it, so
that a fresh clone needs no build step. Tests name what is missing, stale, or not compiled.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
ROOM = Path(__file__).parent
DOMAIN = "exchange"  # gettext's word for a program's texts, and the name of the compiled catalogue

_current: ContextVar[Language] = ContextVar("language", default="en")


def _(message: str) -> str:
    """`message` in the language being spoken; itself where there is no translation."""
    return _catalogue(_current.get()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of the message that fits `count`. Indonesian has one form."""
    return _catalogue(_current.get()).ngettext(singular, plural, count)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that is worked out once and read in any language: its text, and what stands in its places. `plural` is
    the text for a count that is not one.

    >>> with speaking("en"):
    ...     str(later("{party} has not signed", party="gt-ntt"))
    'gt-ntt has not signed'
    """

    text: str
    names: tuple[tuple[str, object], ...] = ()
    plural: str = ""
    count: int = 1

    def __str__(self) -> str:
        text = ngettext(self.text, self.plural, self.count) if self.plural else _(self.text)
        # What stands in its places may be a sentence itself.
        return text.format(**{name: str(value) for name, value in self.names}) if self.names else text


def later(message: str, **names: object) -> Said:
    """`message`, to be said in the language that is spoken when it is read."""
    return Said(message, tuple(names.items()))


def counted_later(singular: str, plural: str, count: int, **names: object) -> Said:
    """The same of a message with a `{count}`."""
    return Said(singular, (("count", count), *names.items()), plural, count)


def language() -> Language:
    """The language being spoken."""
    return _current.get()


@contextmanager
def speaking(tongue: Language) -> Iterator[None]:
    """Speak `tongue` inside the block."""
    token = _current.set(tongue)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def libraries_speaking(tongue: Language) -> Iterator[None]:
    """Let libraries that ask the standard `gettext` for their own texts (click) speak `tongue` inside the block.

    For the whole process, not the current context: only the command line, which is one conversation, may use it.
    """
    # gettext learns the language from the environment alone, and asks the domain "messages" for what names none.
    before, domain = os.environ.get("LANGUAGE"), gettext.textdomain()
    if tongue != "en":
        gettext.bindtextdomain(DOMAIN, str(ROOM))
        gettext.textdomain(DOMAIN)
        os.environ["LANGUAGE"] = tongue
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if before is None:
            os.environ.pop("LANGUAGE", None)
        else:
            os.environ["LANGUAGE"] = before


@cache
def _catalogue(tongue: Language) -> gettext.NullTranslations:
    if tongue == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, ROOM, [tongue])
