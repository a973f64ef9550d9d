"""`README.html`: the bundle's story on one page, in both languages, readable on paper and by a screen reader.

Self-contained: no script, no link to anything outside. Every text is escaped by the template engine. The page does not
grow with the rows: of long tables only the first cells are printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from exchange.bundle.descriptor import File
from exchange.bundle.halves import Half, halves_of
from exchange.bundle.metadata import Metadata
from exchange.bundle.released import ReleasedField
from exchange.locale import Language, _, speaking
from exchange.protect.protected import Protected

if TYPE_CHECKING:
    from jinja2 import Template

MOST_CELLS = 600  # of all tables on the page together
_TITLES: dict[Language, str] = {"id": "Bahasa Indonesia", "en": "English"}


def readme(protected: Protected, metadata: Metadata, released: Sequence[ReleasedField], files: Sequence[File]) -> bytes:
    """The page: first in the language that prevails, then in the others. `files`: those beside it."""
    agreement = protected.permit.agreement
    halves = halves_of(protected, metadata, released, most_cells=MOST_CELLS)
    page = _template("readme.html.j2").render(
        metadata=metadata,
        prevailing=agreement.language.prevails,
        halves=[(half.tongue, _TITLES[half.tongue], _rendered(half, metadata, files)) for half in halves],
    )
    return page.encode("utf-8")


def _rendered(half: Half, metadata: Metadata, files: Sequence[File]) -> str:
    from markupsafe import Markup

    with speaking(half.tongue):
        page = _template("readme_half.html.j2").render(m=metadata, half=half, tongue=half.tongue, files=files)
    return Markup(page)  # noqa: S704  # rendered by our own escaping template just above


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    surroundings = Environment(
        loader=PackageLoader("exchange.bundle", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html", "j2"), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    surroundings.globals["_"] = _
    return surroundings.get_template(name)
