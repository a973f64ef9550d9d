"""Code lists: the closed sets of values that a field may have, each with its labels in English and Indonesian.

>>> code_list("htcds-2.0", field="vic_MethodsOfControl").code_of(" debt bondage ")
'DebtBondage'
>>> code_list("iso-3166-1-alpha-2").code_of("na")
'NA'

A list accepts a code, either label, or a known alias; anything else is `None`, and the caller's finding. A spelling
that would fit two codes fits neither.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from exchange.codes import places
from exchange.codes.tables import aliases, rows, spelling
from exchange.errors import AgreementError, Problem
from exchange.locale import Language, _, language

ListId = Literal[
    "htcds-2.0",
    "iso-3166-1-alpha-2",
    "kemendagri-province",
    "kemendagri-regency",
    "kemendagri-district",
    "kemendagri-village",
]
_PLACES: dict[str, Callable[[str], str | None]] = {
    "kemendagri-province": places.province_code,
    "kemendagri-regency": places.regency_code,
    "kemendagri-district": places.district_code,
    "kemendagri-village": places.village_code,
}
LIST_IDS: tuple[ListId, ...] = get_args(ListId)


@dataclass(frozen=True, slots=True)
class Code:
    """One entry: its code, its label in English (`en`) and Indonesian (`id`), and other spellings it is known by."""

    code: str
    en: str
    id: str
    aliases: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.code, self.en, self.id, *self.aliases)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A closed list. `id` is its name in an agreement; `field` is the HTCDS field, for `htcds-2.0` only."""

    id: ListId
    field: str | None
    codes: tuple[Code, ...]
    _by_code: Mapping[str, Code] = dataclasses.field(init=False, repr=False, compare=False)
    _by_spelling: Mapping[str, str] = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {entry.code: entry for entry in self.codes})
        object.__setattr__(self, "_by_spelling", {} if self.id in _PLACES else _unambiguous(self.codes))

    def code_of(self, text: str) -> str | None:
        """The code that `text` names, by code, label or alias in any case and spacing; `None` if it names none."""
        if self.id in _PLACES:
            return _PLACES[self.id](text)
        return self._by_spelling.get(spelling(text))

    def label_of(self, code: str, tongue: Language | None = None) -> str | None:
        """The label of `code` in `tongue` (the language being spoken, unless said); `None` for a code not listed."""
        entry = self._by_code.get(code)
        if entry is None:
            return None
        return entry.id if (tongue or language()) == "id" else entry.en

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)


def code_list(list_id: str, *, field: str | None = None) -> CodeList:
    """The list with this id. `htcds-2.0` is one list per field: name the field.

    AgreementError `codes.unknown_list` for an id that is not in `LIST_IDS`, `codes.no_list_for_field` for a field that
    has no pick list in HTCDS 2.0.
    """
    if list_id == "htcds-2.0":
        return _htcds(field or "")
    match list_id:
        case "iso-3166-1-alpha-2":
            return _countries()
        case "kemendagri-province":
            return _provinces()
        case "kemendagri-regency":
            return _regencies()
        case "kemendagri-district":
            return _places(list_id, places.districts())
        case "kemendagri-village":
            return _places(list_id, places.villages())
    raise AgreementError(
        Problem(
            "codes.unknown_list",
            _("there is no code list {name}").format(name=list_id),
            hint=_("known lists: {names}").format(names=", ".join(LIST_IDS)),
        )
    )


def htcds_fields() -> tuple[str, ...]:
    """The HTCDS fields that have a pick list."""
    return tuple(dict.fromkeys(row["field"] for row in rows("htcds")))


@cache
def _htcds(field: str) -> CodeList:
    codes = tuple(Code(row["code"], row["en"], row["id"]) for row in rows("htcds") if row["field"] == field)
    if not codes:
        raise AgreementError(
            Problem(
                "codes.no_list_for_field",
                _("HTCDS 2.0 has no pick list for this field"),
                where=field,
                hint=_("list its values under categories"),
            )
        )
    return CodeList("htcds-2.0", field, codes)


@cache
def _countries() -> CodeList:
    codes = (Code(row["code"], row["en"], row["id"], aliases(row)) for row in rows("countries"))
    return CodeList("iso-3166-1-alpha-2", None, tuple(codes))


@cache
def _provinces() -> CodeList:
    codes = (Code(row["code"], row["en"], places.name_of(row["code"]) or "", aliases(row)) for row in rows("provinces"))
    return CodeList("kemendagri-province", None, tuple(codes))


@cache
def _regencies() -> CodeList:
    return _places("kemendagri-regency", places.regencies())


@cache
def _places(list_id: ListId, codes: tuple[str, ...]) -> CodeList:
    named = ((code, places.name_of(code) or "") for code in codes)
    return CodeList(list_id, None, tuple(Code(code, name, name) for code, name in named))


def _unambiguous(codes: Iterable[Code]) -> dict[str, str]:
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for entry in codes:
        for each in entry.spellings:
            meant[spelling(each)].add(entry.code)
    return {each: next(iter(found)) for each, found in meant.items() if len(found) == 1}
