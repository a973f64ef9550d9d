"""A page for people: one section for each language, readable on paper and by a screen reader.

Self-contained: no script, nothing from outside, and the page forbids both to itself. Every text is escaped by the
template engine, and of what nobody sees, or what turns a line around, "?" is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from exchange.locale import LANGUAGES, Language, _, language, ngettext, speaking
from exchange.locale.harmless import harmless
from exchange.reports import figures

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_ROOM = "exchange.reports"
_TITLES: dict[Language, str] = {"id": "Bahasa Indonesia", "en": "English"}


def page(title: Callable[[], str], half: Callable[[], Markup], tongues: Sequence[Language] = LANGUAGES) -> str:
    """The page whose `half` is made once in each of `tongues`, the first also giving the page its `title`.

    Both are called while that language is spoken; `half` is what `render` gives.
    """
    halves = []
    for tongue in tongues:
        with speaking(tongue):
            halves.append((tongue, _TITLES[tongue], half()))
    with speaking(tongues[0]):
        return str(render(_ROOM, "page.html.j2", title=title(), halves=halves))


def render(room: str, template: str, **values: object) -> Markup:
    """One of the `templates/` of a room, in the language being spoken; every value harmless and escaped, none
    missing."""
    from markupsafe import Markup

    return Markup(_templates(room).get_template(template).render(values))  # noqa: S704  # our own escaping template


def _harmless(value: object) -> object:
    """What is markup already was made here."""
    return harmless(value) if type(value) is str else value


@cache
def _templates(room: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    surroundings = Environment(
        loader=PackageLoader(room, "templates"),
        autoescape=select_autoescape(enabled_extensions=("html", "j2"), default=True),
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    surroundings.globals.update(_=_, ngettext=ngettext, language=language)
    surroundings.filters.update(
        number=figures.number,
        decimal=figures.decimal,
        size=figures.size,
        moment=figures.moment,
        minute=figures.minute,
        short=figures.short,
        percent=figures.percent,
    )
    return surroundings
