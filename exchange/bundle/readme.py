"""`README.html`: the bundle's story on one page, in both languages, readable on paper and by a screen reader.

Self-contained: no script, no link to anything outside. Every text is escaped by the template engine.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from exchange.bundle.metadata import Metadata
from exchange.locale import Language, _, language, speaking
from exchange.protect.protected import Protected

if TYPE_CHECKING:
    from jinja2 import Template

_TITLES: dict[Language, str] = {"id": "Bahasa Indonesia", "en": "English"}


def readme(protected: Protected, metadata: Metadata) -> str:
    """The page: first in the language that prevails, then in the others."""
    agreement = protected.permit.agreement
    tongues = (agreement.language.prevails, *agreement.language.also)
    return _template("readme.html.j2").render(
        metadata=metadata,
        prevailing=agreement.language.prevails,
        halves=[(tongue, _TITLES[tongue], _half(tongue, protected, metadata)) for tongue in tongues],
    )


def _half(tongue: Language, protected: Protected, metadata: Metadata) -> str:
    from markupsafe import Markup

    with speaking(tongue):
        page = _template("readme_half.html.j2").render(
            m=metadata,
            tables=protected.tables,
            labels={field.name: field.label for field in metadata.fields},
            rows=None if protected.rows is None else protected.rows.num_rows,
            tongue=language(),
        )
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
