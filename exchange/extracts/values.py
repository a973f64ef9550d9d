"""One cell's text → one value of its field, by the field's type. What does not fit is a fault, never a guess.

A reader takes a text that is trimmed and not missing, and gives the value with the code of what is wrong, if anything
is. A value whose fault holds its row back is given as an empty cell: nothing unchecked goes on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from exchange.agreements.dictionary import Data, Field
from exchange.codes import nik, places
from exchange.codes.lists import CodeList, code_list, htcds_fields
from exchange.codes.tables import spelling
from exchange.extracts.dates import read_dates
from exchange.extracts.findings import WEIGHTS
from exchange.extracts.mapping import PLACE_LISTS, Mapping

LONGEST = 32_767  # characters that a cell of Excel holds
# Controls but tab and line feed, and the marks that turn the direction of text: they make one value look like another.
CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
_CONTROLS = re.compile(CONTROLS)
_WHOLE = re.compile(r"([+-]?[0-9]{1,15})(?:\.0+)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_PHONE = re.compile(r"\+?[0-9]{8,15}")
_PHONE_SIGNS = re.compile(r"[\s\-.()'’]")


class Value(NamedTuple):
    """A value, and the code of what is wrong with it or ""."""

    text: str
    fault: str = ""


Reader = Callable[[str], Value]
_OUTSIDE = Value("", "extract.not_in_list")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the reading of every column depends on: mapping, dictionary, and the day on which it is read."""

    mapping: Mapping
    data: Data
    on: dt.date
    missing: frozenset[str] = field(init=False)
    empty: str = field(init=False)  # what the dictionary writes where a cell is empty
    _niks: dict[str, nik.Nik | None] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        forms = self.data.missing()
        object.__setattr__(self, "missing", frozenset(forms))
        object.__setattr__(self, "empty", next((form for form, label in forms.items() if label == "missing"), ""))

    def nik(self, text: str) -> nik.Nik | None:
        """`codes.nik.read_nik`, each text read once and remembered no longer than these terms."""
        if text not in self._niks:
            self._niks[text] = nik.read_nik(text)
        return self._niks[text]


def read_values(texts: Sequence[str], of: Field, terms: Terms, provinces: Sequence[str] | None = None) -> list[Value]:
    """The value of each distinct text of one column; texts are trimmed, "" is an empty cell.

    A kind of missing is taken in any case and given in the dictionary's form; a word of the mapping means its code.
    `provinces`: for texts that name regencies, the code of each one's province, or a kind of missing.
    """
    words = {spelling(word): code for word, code in terms.mapping.values.get(of.name, {}).items()}
    forms = {"": terms.empty} | {form.casefold(): form for form in terms.missing}
    said = [forms.get(text.casefold(), text) for text in texts]
    if words:
        said = [words.get(spelling(text), text) for text in said]
    if provinces is not None:
        pairs = zip(said, provinces, strict=True)
        return [_value(text, of, terms, _regency("" if within in terms.missing else within)) for text, within in pairs]
    read = _dates(said, of, terms) if of.type == "date" else _reader(of, terms)
    return [_value(text, of, terms, read) for text in said]


def _value(text: str, of: Field, terms: Terms, read: Reader) -> Value:
    if text in terms.missing:
        return _missing(text, of, terms.data)
    if len(text) > LONGEST:
        return Value(terms.empty, "extract.too_long")
    if _CONTROLS.search(text):
        return Value(terms.empty, "extract.control_character")
    value = read(text)
    held = value.fault and WEIGHTS[value.fault] == "hold"
    return Value(terms.empty, value.fault) if held or not value.text else value


def _missing(form: str, of: Field, data: Data) -> Value:
    """A case needs its number. Any other required field may say that nobody knows, but not say nothing."""
    if of.name == data.key:
        return Value(form, "extract.no_key")
    if data.missing()[form] == "withheld_by_this_agreement":
        return Value(form, "extract.reserved")
    if data.missing()[form] == "missing" and of.constraints.required:
        return Value(form, "extract.required")
    return Value(form)


def _reader(of: Field, terms: Terms) -> Reader:
    """How one text of a field is read that is no date; dates are read a column at a time."""
    if of.type == "list":
        separator = terms.mapping.lists.separator if terms.mapping.lists else None
        one = _one_of(of, terms)
        return lambda text: _list(text, separator, one)
    if of.type == "boolean":
        return _boolean
    if of.type in ("integer", "number"):
        return lambda text: _number(text, of)
    if of.codes is not None or of.categories is not None:
        return _one_of(of, terms)
    if of.formats:
        return lambda text: _formatted(text, of, terms)
    return Value


def _dates(texts: Sequence[str], of: Field, terms: Terms) -> Reader:
    there = [text for text in texts if text not in terms.missing]
    dates = dict(zip(there, read_dates(there, year_alone=of.name == terms.data.age.birthdate), strict=True))
    least, most = of.constraints.minimum or "", of.constraints.maximum or "9999-12-31"
    today = terms.on.isoformat()

    def read(text: str) -> Value:
        date = dates[text]
        if date.fault:
            return Value("", date.fault)
        if date.text > today:
            return Value("", "extract.future_date")
        return Value(date.text, "" if least <= date.text <= most else "extract.out_of_range")

    return read


def _one_of(of: Field, terms: Terms) -> Reader:
    """By code, by label, or by the name of a place where the mapping says so."""
    if of.codes is not None and of.codes in PLACE_LISTS:
        return _place(code_list(of.codes), by_name=terms.mapping.places.get(of.name) == "name")
    own = {spelling(code): code for code in of.categories or ()}
    listed = _labels(of)

    def read(text: str) -> Value:
        code = own.get(spelling(text)) or (listed.code_of(text) if listed else None)
        return _OUTSIDE if code is None or (of.categories and code not in of.categories) else Value(code)

    return read


def _labels(of: Field) -> CodeList | None:
    """The list whose labels stand in the cells: IOM's template has one even where the agreement lists the codes."""
    if of.codes is not None and of.codes != "htcds-2.0":
        return code_list(of.codes)
    return code_list("htcds-2.0", field=of.name) if of.name in htcds_fields() else None


def _place(listed: CodeList, *, by_name: bool) -> Reader:
    def read(text: str) -> Value:
        code = listed.code_of(text) if by_name else places.current(text)
        return Value(code) if code is not None and code in listed else Value("", "extract.unknown_place")

    return read


def _regency(province: str) -> Reader:
    def read(text: str) -> Value:
        code = places.regency_code(text, province or None)
        if code is not None:
            return Value(code)
        elsewhere = province and places.regency_code(text) is not None
        return Value("", "extract.place_elsewhere" if elsewhere else "extract.unknown_place")

    return read


def _list(text: str, separator: str | None, one: Reader) -> Value:
    """Codes of a list, sorted and joined by ";". A label may hold the separator: the whole is looked up first."""
    whole = one(text)
    if not whole.fault or separator is None:
        return whole
    read = [one(part.strip()) for part in text.split(separator) if part.strip()]
    if not read or any(value.fault for value in read):
        return _OUTSIDE
    return Value(";".join(sorted({value.text for value in read})))


def _boolean(text: str) -> Value:
    said = text.casefold()
    return Value(said) if said in ("true", "false") else Value("", "extract.not_true_or_false")


def _number(text: str, of: Field) -> Value:
    whole = _WHOLE.fullmatch(text)
    if whole is None and not (of.type == "number" and _DECIMAL.fullmatch(text)):
        return Value("", "extract.not_a_number")
    written = str(int(whole[1])) if whole else f"{Decimal(text):f}"  # without "+" and zeros in front
    least, most = of.constraints.minimum, of.constraints.maximum
    fits = (least is None or float(written) >= float(least)) and (most is None or float(written) <= float(most))
    return Value(written, "" if fits else "extract.out_of_range")


def _formatted(text: str, of: Field, terms: Terms) -> Value:
    if "phone" in of.formats and _PHONE.fullmatch(_PHONE_SIGNS.sub("", text)):
        return Value(text)
    if "nik" in of.formats:
        if terms.nik(text) is not None:
            return Value(re.sub("[^0-9]", "", text))
        if nik.damage(text):
            return Value("", "extract.nik_broken")
    if "passport" in of.formats and nik.is_passport(text):
        return Value(re.sub("[^A-Z0-9]", "", text.upper()))
    return Value(text, "extract.phone_unreadable" if "phone" in of.formats else "extract.identity_unreadable")
