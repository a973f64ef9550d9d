"""A mapping: how one organisation's workbook becomes the dictionary of an agreement; confirmed once by a person.

The format is that of `exchange/demo/mapping-htcds.yaml`. A column that is neither mapped nor listed as staying here is
refused when an extract is read, because nobody has decided about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator
from pydantic import Field as Attribute

from exchange.agreements import strict_yaml
from exchange.agreements.clause import Clause, FieldName
from exchange.agreements.dictionary import Data, Field
from exchange.codes.lists import code_list, htcds_fields
from exchange.codes.tables import spelling
from exchange.errors import ExtractError, Problem
from exchange.locale import _

_LARGEST = 1 << 20  # bytes; a mapping is a few pages

Label = Annotated[str, Attribute(min_length=1, max_length=255)]
Letter = Annotated[str, Attribute(pattern=r"^[A-Z]{1,3}$")]
PLACE_LISTS = ("kemendagri-province", "kemendagri-regency", "kemendagri-district", "kemendagri-village")


def _one_or_two_from_the_top(rows: tuple[int, ...]) -> tuple[int, ...]:
    if len(rows) == 2 and rows[1] != rows[0] + 1:
        raise ValueError(_("the two header rows stand one under the other"))
    return rows


class Lists(Clause):
    """How list fields are written in one cell."""

    separator: Annotated[str, Attribute(min_length=1, max_length=3)]


class Mapping(Clause):
    """Labels of columns → fields; columns that stay; words in cells → codes; which places are written by name.

    `sheet` may be absent where the file has only one, as a .csv has. With two `header_rows`, the first holds names and
    the second labels; a column is known by its label. `lists` absent: each cell of a list field holds one code.
    """

    mapping: Literal[1]
    sheet: Annotated[str, Attribute(min_length=1, max_length=31)] | None = None
    header_rows: Annotated[
        tuple[Annotated[int, Attribute(ge=1, le=50)], ...],
        Attribute(min_length=1, max_length=2),
        AfterValidator(_one_or_two_from_the_top),
    ] = (1,)
    row_number_column: Letter | None = None
    lists: Lists | None = None
    columns: Annotated[dict[Label, FieldName], Attribute(min_length=1, max_length=400)]
    stays_here: Annotated[tuple[Label, ...], Attribute(max_length=1000)] = ()
    values: dict[FieldName, dict[Annotated[str, Attribute(max_length=255)], str]] = Attribute(default_factory=dict)
    places: dict[FieldName, Literal["name", "code"]] = Attribute(default_factory=dict)

    @model_validator(mode="after")
    def _each_label_once(self) -> Mapping:
        counts = Counter(spelling(label) for label in (*self.columns, *self.stays_here))
        if any(count > 1 for count in counts.values()):
            raise ValueError(_("a label stands twice, under columns or stays_here"))
        return self

    def label_of(self, field: str) -> str:
        """The label of the column that holds `field`; KeyError if none does."""
        for label, name in self.columns.items():
            if name == field:
                return label
        raise KeyError(field)


def load_mapping(path: Path) -> Mapping:
    """The mapping in the YAML file at `path`.

    ExtractError: `mapping.unreadable`, `mapping.too_large`, `mapping.encoding`, or every mistake in it, as
    `agreements.strict_yaml.read` names them, beginning with `mapping.`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError:
        hint = _("look at the name and place of the file, and whether you may read it")
        raise ExtractError(Problem("mapping.unreadable", _("cannot be read"), path.name, hint)) from None
    if len(content) > _LARGEST:
        raise ExtractError(Problem("mapping.too_large", _("too large for a mapping"), path.name))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = _("save it as UTF-8")
        raise ExtractError(Problem("mapping.encoding", _("not UTF-8 text"), path.name, hint)) from None
    return read_mapping(text, path.name)


@lru_cache(maxsize=16)
def read_mapping(text: str, file: str) -> Mapping:
    """The mapping in `text`; `file` is its name in messages. ExtractError: every mistake, as in `load_mapping`.

    A text is read once in a process: it takes 40 ms, and `exchange check` asks twice."""
    return strict_yaml.read(text, Mapping, file, ExtractError, prefix="mapping", private=("columns", "values"))


def check_mapping(mapping: Mapping, data: Data) -> tuple[Problem, ...]:
    """Where a mapping and a dictionary do not fit, every place at once; empty where they do.

    Codes: `mapping.unknown_field`, `mapping.field_twice`, `mapping.required_unmapped`, `mapping.unknown_code`,
    `mapping.values_collide`, `mapping.not_a_place`.
    """
    fields = {field.name: field for field in data.fields}
    return (
        *_check_columns(mapping, fields),
        *_check_required(mapping, data),
        *_check_values(mapping, fields, frozenset(data.missing())),
        *_check_places(mapping, fields),
    )


def _check_columns(mapping: Mapping, fields: dict[str, Field]) -> Iterator[Problem]:
    for name in dict.fromkeys((*mapping.columns.values(), *mapping.values, *mapping.places)):
        if name not in fields:
            yield Problem("mapping.unknown_field", _("the agreement's dictionary has no such field"), name)
    for name, count in Counter(mapping.columns.values()).items():
        if count > 1:
            yield Problem("mapping.field_twice", _("more than one column is mapped to this field"), name)


def _check_required(mapping: Mapping, data: Data) -> Iterator[Problem]:
    mapped = set(mapping.columns.values())
    needed = {field.name for field in data.fields if field.constraints.required} | {data.key, data.period.field}
    for field in data.fields:
        if field.name in needed - mapped:
            hint = _("add its column under columns")
            yield Problem("mapping.required_unmapped", _("a required field has no column"), field.name, hint)


def _check_values(mapping: Mapping, fields: dict[str, Field], missing: frozenset[str]) -> Iterator[Problem]:
    for name, lines in mapping.values.items():
        where = _("values, field {field}").format(field=name)
        field = fields.get(name)
        if field is not None and not all(code in missing or takes(field, code) for code in lines.values()):
            yield Problem("mapping.unknown_code", _("a word is given a code that the field does not take"), where)
        if len({spelling(word) for word in lines}) < len(lines):
            yield Problem("mapping.values_collide", _("two words differ only in case or spaces"), where)


def _check_places(mapping: Mapping, fields: dict[str, Field]) -> Iterator[Problem]:
    for name in mapping.places:
        if name in fields and fields[name].codes not in PLACE_LISTS:
            where = _("places, field {field}").format(field=name)
            yield Problem("mapping.not_a_place", _("the dictionary does not say that this field is a place"), where)


def takes(field: Field, code: str) -> bool:
    """Whether `code` is one of the codes of a field; anything, for a field without a closed list."""
    if field.categories is not None:
        return code in field.categories
    if field.codes == "htcds-2.0":
        return field.name in htcds_fields() and code in code_list("htcds-2.0", field=field.name)
    if field.codes is not None:
        return code in code_list(field.codes)
    return code in ("true", "false") if field.type == "boolean" else True
