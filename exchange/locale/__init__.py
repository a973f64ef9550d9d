"""The languages people read: English in the code, Indonesian in `id.po`.

Every text that a person sees passes through `_` where it is made:

>>> from exchange.locale import _, speaking
>>> with speaking("en"):
...     _("{party} has not signed").format(party="gt-ntt")
'gt-ntt has not signed'

Documents that are in both languages render the same source under `speaking("id")` and `speaking("en")`.
Add a text: write it in English in the code, then its line in `id.po`; a test names those that are missing or stale.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_current: ContextVar[Language] = ContextVar("language", default="en")


def _(message: str) -> str:
    """`message` in the language being spoken; itself where there is no translation."""
    return _catalogue(_current.get()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of the message that fits `count`. Indonesian has one form."""
    return _catalogue(_current.get()).ngettext(singular, plural, count)


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


@cache
def _catalogue(tongue: Language) -> gettext.NullTranslations:
    if tongue == "en":
        return gettext.NullTranslations()
    # Imported here: only a reader of Indonesian pays for it. The catalogue is read as text, so nothing is compiled
    # at install time and what a translator edits is what runs.
    import io

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = files(__package__).joinpath(f"{tongue}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=tongue))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
