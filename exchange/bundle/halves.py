"""What a bundle says of itself to people, in one language: the same for the page and for the PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange.bundle import words
from exchange.bundle.datapackage import LONG_LIST, TOTAL
from exchange.bundle.metadata import FieldStory, Metadata
from exchange.bundle.released import ReleasedField
from exchange.locale import Language, _, speaking
from exchange.protect.protected import Protected, ReleasedTable


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as people see it: labels in place of codes, None for a count that is withheld."""

    heads: tuple[str, ...]
    lines: tuple[tuple[tuple[str, ...], int | None], ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class PrintedField:
    """A field's story as people read it: what was done and why, where it stands, what for and on which legal basis."""

    story: FieldStory
    done: str
    why: str
    place: str
    grounds: str


@dataclass(frozen=True, slots=True)
class Half:
    """One language's half: questions and answers, what the data may be used for and what not, how people are protected,
    the fields, the kinds of missing and how much is missing, the tables, the fields whose codes are listed."""

    tongue: Language
    answers: tuple[tuple[str, str], ...]
    uses: tuple[str, ...]
    forbidden: tuple[str, ...]
    protection: str
    fields: tuple[PrintedField, ...]
    missing: tuple[tuple[str, str], ...]
    missing_in: tuple[tuple[str, str], ...]
    tables: tuple[PrintedTable, ...]
    codes: tuple[ReleasedField, ...]


def halves_of(
    protected: Protected, metadata: Metadata, released: Sequence[ReleasedField], *, most_cells: int | None = None
) -> tuple[Half, ...]:
    """First the language that prevails, then the others. `most_cells`: of all tables together; None prints them all."""
    agreement = protected.permit.agreement
    tongues = dict.fromkeys((agreement.language.prevails, *agreement.language.also))
    return tuple(_half(tongue, protected, metadata, released, most_cells) for tongue in tongues)


def _half(
    tongue: Language,
    protected: Protected,
    metadata: Metadata,
    released: Sequence[ReleasedField],
    most_cells: int | None,
) -> Half:
    agreement, by_name = protected.permit.agreement, {each.field.name: each for each in released}
    with speaking(tongue):
        return Half(
            tongue=tongue,
            answers=tuple(words.answers(metadata)),
            uses=tuple(words.uses(metadata)),
            forbidden=tuple(act.in_(tongue) for act in metadata.prohibited),
            protection=words.protection(metadata),
            fields=tuple(_field(story, metadata, tongue) for story in metadata.fields),
            missing=tuple((each.value, words.missing(each.label)) for each in agreement.data.schema_.missing_values),
            missing_in=tuple(words.missing_lines(metadata)),
            tables=tuple(_printed(protected.tables, metadata, by_name, tongue, most_cells)),
            codes=tuple(each for each in released if each.codes and len(each.codes) <= LONG_LIST),
        )


def _field(story: FieldStory, metadata: Metadata, tongue: Language) -> PrintedField:
    return PrintedField(
        story, story.how.in_(tongue), story.why.in_(tongue), words.place(story), words.grounds(metadata, story)
    )


def _printed(
    tables: Sequence[ReleasedTable],
    metadata: Metadata,
    released: Mapping[str, ReleasedField],
    tongue: Language,
    most_cells: int | None,
) -> Iterator[PrintedTable]:
    left = sum(len(table.cells) for table in tables) if most_cells is None else most_cells
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
