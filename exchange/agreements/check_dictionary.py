"""The dictionary and the consent clauses that lean on it: do the fields exist, and can they hold what is asked?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from exchange.agreements.agreement import Agreement
from exchange.agreements.contradiction import Contradiction, absent, repeated
from exchange.agreements.dictionary import Data, Field, MissingLabel, parse_date
from exchange.agreements.shape import Path
from exchange.codes.lists import code_list
from exchange.errors import AgreementError
from exchange.locale import _

_FIELDS: Path = ("data", "schema", "fields")


def check_dictionary(agreement: Agreement) -> Iterator[Contradiction]:
    data = agreement.data
    yield from repeated((field.name, (*_FIELDS, index, "name")) for index, field in enumerate(data.fields))
    for index, field in enumerate(data.fields):
        yield from _one_field(field, (*_FIELDS, index))
    yield from _missing_values(data)
    yield from _keys(data)
    yield from _roles(agreement)
    yield from _codes_named(agreement)


def codes_of(field: Field) -> tuple[str, ...] | None:
    """The codes that a field may hold; None where it holds free values, or its list is unknown."""
    if field.categories is not None:
        return field.categories
    if field.codes is None:
        return None
    try:
        return tuple(entry.code for entry in code_list(field.codes, field=field.name))
    except AgreementError:
        return None


def find(data: Data, name: str) -> Field | None:
    """The field called `name`, or None: another check says that it is missing."""
    return next((field for field in data.fields if field.name == name), None)


def _one_field(field: Field, path: Path) -> Iterator[Contradiction]:
    coded = field.codes is not None or field.categories is not None
    if field.codes is not None and field.categories is not None:
        yield Contradiction("two_code_lists", (*path, "categories"), _("a field has x-codes or categories, not both"))
    if coded and field.type not in ("string", "list"):
        yield Contradiction("wrong_type", (*path, "type"), _("only a string or a list holds codes"))
    if field.type == "list" and not coded:
        hint = _("add x-codes or categories")
        yield Contradiction("no_codes", path, _("a list needs the codes that it may hold"), hint)
    if field.codes == "htcds-2.0":
        yield from _known_list(field, path)
    if field.formats and field.type != "string":
        yield Contradiction("wrong_type", (*path, "type"), _("x-format is for strings"))
    yield from repeated((code, (*path, "categories", index)) for index, code in enumerate(field.categories or ()))
    yield from _bounds(field, path)


def _known_list(field: Field, path: Path) -> Iterator[Contradiction]:
    try:
        code_list("htcds-2.0", field=field.name)
    except AgreementError as unknown:
        problem = unknown.problems[0]
        yield Contradiction("no_code_list", (*path, "x-codes"), problem.what, problem.hint)


def _bounds(field: Field, path: Path) -> Iterator[Contradiction]:
    for key, bound in (("minimum", field.constraints.minimum), ("maximum", field.constraints.maximum)):
        if bound is not None and not _fits(field, bound):
            what = _("the bound is not a value of this field's type")
            yield Contradiction("bad_bound", (*path, "constraints", key), what)


def _fits(field: Field, bound: str) -> bool:
    if field.type == "date":
        return parse_date(bound) is not None
    digits = bound.removeprefix("-").replace(".", "", 1 if field.type == "number" else 0)
    return field.type in ("integer", "number") and digits.isascii() and digits.isdigit()


def _missing_values(data: Data) -> Iterator[Contradiction]:
    path: Path = ("data", "schema", "missingValues")
    values = data.schema_.missing_values
    yield from repeated((each.label, (*path, index, "label")) for index, each in enumerate(values))
    for label in get_args(MissingLabel):
        if label not in (each.label for each in values):
            what = _("it is not said how {label} is written").format(label=label)
            yield Contradiction("missing_label", path, what, _("all five kinds of missing are told apart"))
    seen: set[str] = set()
    codes = {code for field in data.fields for code in field.categories or ()}
    for index, each in enumerate(values):
        if each.value in seen | codes:
            what = _("two things are written in this way")
            yield Contradiction("missing_value_taken", (*path, index, "value"), what)
        seen.add(each.value)


def _keys(data: Data) -> Iterator[Contradiction]:
    path: Path = ("data", "schema", "primaryKey", 0)
    yield from absent("unknown_field", [(data.key, path)], _names(data), _no_field())
    key = find(data, data.key)
    if key and not (key.constraints.required and key.constraints.unique and key.kind == "direct"):
        what = _("the primary key must be required, unique and of class direct")
        yield Contradiction("weak_key", path, what)


def _roles(agreement: Agreement) -> Iterator[Contradiction]:
    """Fields that a clause leans on: they exist, and have the type and the class that the clause needs."""
    for name, path, types, kinds in _leaned_on(agreement):
        field = find(agreement.data, name)
        if field is None:
            yield from absent("unknown_field", [(name, path)], _names(agreement.data), _no_field())
        elif types and field.type not in types:
            what = _("{field} must be of type {types}").format(field=name, types=" / ".join(types))
            yield Contradiction("wrong_type", path, what)
        elif kinds and field.kind not in kinds:
            what = _("{field} must be of class {kinds}").format(field=name, kinds=" / ".join(kinds))
            yield Contradiction("wrong_class", path, what)


_Leaning = tuple[str, Path, tuple[str, ...], tuple[str, ...]]


def _leaned_on(agreement: Agreement) -> Iterator[_Leaning]:
    data, fields = agreement.data, agreement.consent.fields
    yield data.period.field, ("data", "period", "field"), ("date",), ()
    yield data.age.birthdate, ("data", "age", "from"), ("date",), ()
    yield data.age.on, ("data", "age", "on"), ("date",), ()
    if data.household is not None:
        yield data.household, ("data", "household"), ("string",), ("direct",)
    for name in data.include:
        yield name, ("data", "include", name), ("string", "list"), ()
    control = ("control",)
    yield fields.status, ("consent", "fields", "status"), ("string",), control
    yield fields.scope, ("consent", "fields", "scope"), ("string", "list"), control
    yield fields.given_on, ("consent", "fields", "given_on"), ("date",), control
    yield fields.form, ("consent", "fields", "form"), ("string",), control
    yield fields.evidence, ("consent", "fields", "evidence"), ("string",), control
    yield fields.adult, ("consent", "fields", "adult"), ("string",), control
    yield agreement.consent.deceased.field, ("consent", "deceased", "field"), ("boolean",), control


def _codes_named(agreement: Agreement) -> Iterator[Contradiction]:
    """Codes that a clause names are codes of the field that it names them for."""
    consent, data = agreement.consent, agreement.data
    named: list[tuple[str, list[tuple[str, Path]]]] = [
        (consent.fields.status, _each(consent.accept, ("consent", "accept"))),
        (consent.fields.scope, [(code, ("consent", "scope", party)) for party, code in consent.scope.items()]),
        (consent.fields.adult, _each(consent.minors.also_needs, ("consent", "minors", "also_needs"))),
    ]
    for form_id, form in consent.forms.items():
        named.append((consent.fields.scope, _each(form.covers, ("consent", "forms", form_id, "covers"))))
    for name, included in data.include.items():
        named.append((name, _each(included, ("data", "include", name))))
    for name, codes in named:
        field = find(data, name)
        known = codes_of(field) if field else None
        if known is not None:
            yield from absent("unknown_code", codes, known, _("{name} is not a code of this field"))
        elif field is not None:
            what = _("{field} must list its codes").format(field=name)
            yield Contradiction("no_codes", codes[0][1] if codes else ("consent",), what)


def _each(codes: tuple[str, ...], path: Path) -> list[tuple[str, Path]]:
    return [(code, (*path, index)) for index, code in enumerate(codes)]


def _names(data: Data) -> tuple[str, ...]:
    return tuple(field.name for field in data.fields)


def _no_field() -> str:
    return _("the dictionary has no field {name}")
