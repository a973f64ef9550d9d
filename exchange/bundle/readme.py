"""`README.html`: the bundle's story on one page, in both languages, readable on paper and by a screen reader.

Self-contained: no script, no link to anything outside. Every text is escaped by the template engine. The page does not
grow with the rows: of long tables only the first cells are printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from exchange.agreements.words import caveat_kind
from exchange.bundle import words
from exchange.bundle.datapackage import LONG_LIST, TOTAL
from exchange.bundle.descriptor import File
from exchange.bundle.metadata import Metadata
from exchange.bundle.released import ReleasedField
from exchange.locale import Language, _, speaking
from exchange.protect.protected import Protected, ReleasedTable

if TYPE_CHECKING:
    from jinja2 import Template

MOST_CELLS = 600  # of all tables on the page together
_TITLES: dict[Language, str] = {"id": "Bahasa Indonesia", "en": "English"}


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as the page shows it: labels in place of codes, None for a count that is withheld."""

    heads: tuple[str, ...]
    lines: tuple[tuple[tuple[str, ...], int | None], ...]
    cut: bool


def readme(protected: Protected, metadata: Metadata, released: Sequence[ReleasedField], files: Sequence[File]) -> bytes:
    """The page: first in the language that prevails, then in the others. `files`: those beside it."""
    agreement = protected.permit.agreement
    tongues = tuple(dict.fromkeys((agreement.language.prevails, *agreement.language.also)))
    page = _template("readme.html.j2").render(
        metadata=metadata,
        prevailing=agreement.language.prevails,
        halves=[(tongue, _TITLES[tongue], _half(tongue, protected, metadata, released, files)) for tongue in tongues],
    )
    return page.encode("utf-8")


def _half(
    tongue: Language,
    protected: Protected,
    metadata: Metadata,
    released: Sequence[ReleasedField],
    files: Sequence[File],
) -> str:
    from markupsafe import Markup

    agreement, by_name = protected.permit.agreement, {each.field.name: each for each in released}
    with speaking(tongue):
        page = _template("readme_half.html.j2").render(
            m=metadata,
            tongue=tongue,
            answers=tuple(words.answers(metadata, agreement)),
            caveat_kind=caveat_kind,
            protection=words.protection(metadata),
            fields=[(story, words.what_was_done(story, by_name), words.place(story)) for story in metadata.fields],
            missing=[(each.value, words.missing(each.label)) for each in agreement.data.schema_.missing_values],
            tables=tuple(_printed(protected.tables, metadata, by_name, tongue)),
            codes=[each for each in released if each.codes and len(each.codes) <= LONG_LIST],
            files=files,
        )
    return Markup(page)  # noqa: S704  # rendered by our own escaping template just above


def _printed(
    tables: Sequence[ReleasedTable], metadata: Metadata, released: Mapping[str, ReleasedField], tongue: Language
) -> Iterator[PrintedTable]:
    left = MOST_CELLS
    heads = {field.name: field.label for field in metadata.fields}
    for table in tables:
        labels = [_labels(released[name], tongue) for name in table.fields]
        yield PrintedTable(
            heads=tuple(heads[name] for name in table.fields),
            lines=tuple(
                (tuple(known.get(value, value) for known, value in zip(labels, cell.values, strict=True)), cell.count)
                for cell in table.cells[:left]
            ),
            cut=len(table.cells) > left,
        )
        left = max(0, left - len(table.cells))


def _labels(released: ReleasedField, tongue: Language) -> dict[str, str]:
    known = {code.code: code.id if tongue == "id" else code.en for code in released.codes or ()}
    return {**known, TOTAL: _("all")}


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
