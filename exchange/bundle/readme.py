"""`README.html`: the bundle's story on one page, in both languages, readable on paper and by a screen reader.

Self-contained: no script, no link to anything outside. Every text is escaped by the template engine. The page does not
grow with the rows: of long tables only the first cells are printed, and of none so many that the page would be large.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from exchange.agreements.words import caveat_kind
from exchange.bundle.descriptor import File
from exchange.bundle.halves import Half, halves_of
from exchange.bundle.metadata import Metadata
from exchange.bundle.released import ReleasedField
from exchange.locale import Language, _, speaking
from exchange.protect.protected import Protected

if TYPE_CHECKING:
    from jinja2 import Template

MOST_CELLS = 600  # of all tables on the page together
LARGEST = 300_000  # bytes of the page: it goes over bad links, and an old telephone shows it
_TITLES: dict[Language, str] = {"id": "Bahasa Indonesia", "en": "English"}


def readme(protected: Protected, metadata: Metadata, released: Sequence[ReleasedField], files: Sequence[File]) -> bytes:
    """The page: first in the language that prevails, then in the others. `files`: those beside it."""
    cells, page = MOST_CELLS, _page(protected, metadata, released, files, MOST_CELLS)
    while len(page) > LARGEST and cells:  # values of tables are as long as their field lets them be
        cells //= 4
        page = _page(protected, metadata, released, files, cells)
    return page


def _page(
    protected: Protected, metadata: Metadata, released: Sequence[ReleasedField], files: Sequence[File], most_cells: int
) -> bytes:
    halves = halves_of(protected, metadata, released, most_cells=most_cells)
    page = _template("readme.html.j2").render(
        metadata=metadata,
        prevailing=protected.permit.agreement.language.prevails,
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
    surroundings.globals |= {"_": _, "caveat_kind": caveat_kind}
    return surroundings.get_template(name)
