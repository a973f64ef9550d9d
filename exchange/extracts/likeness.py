"""How well a column fits a field: by its label, and by its values. Nothing here decides; drafting.py does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from exchange.agreements.dictionary import Field
from exchange.codes import places
from exchange.codes.lists import code_list
from exchange.codes.tables import spelling
from exchange.extracts.values import Terms, read_values

_FIELD_NAME = re.compile(r"[A-Za-z]{1,6}_[A-Za-z0-9]+")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_STREET = re.compile(r"\b(jl|jln|jalan|gg|gang|rt|rw|dusun|desa|street|road|no)\b|[0-9]+\s*[a-z]?$", re.IGNORECASE)
_POSTCODE = re.compile(r"[0-9]{5}")


class Likeness(IntEnum):
    """How near a label is to a field."""

    NONE = 0
    PARTLY = 1  # all the words of one are in the other
    SAME = 2


def is_field_name(text: str) -> bool:
    """Whether a header is written as HTCDS writes names: prs_FirstName."""
    return _FIELD_NAME.fullmatch(text.strip()) is not None


def words_of(name: str) -> str:
    """HTCDS labels are its names in words: prs_FirstName is "First Name"."""
    return " ".join(_WORDS.findall(name.partition("_")[2] or name))


def by_label(label: str, field: Field) -> Likeness:
    """How near a column's label is to a field's name or to its label in the dictionary."""
    known = {spelling(field.name), spelling(field.label), spelling(words_of(field.name))}
    known |= {spelling(part) for part in field.label.split("/")}
    if spelling(label) in known:
        return Likeness.SAME
    ours = _bag(label)
    near = any(_within(ours, theirs) or _within(theirs, ours) for theirs in map(_bag, known) if len(theirs) > 1)
    return Likeness.PARTLY if len(ours) > 1 and near else Likeness.NONE


def is_telling(field: Field) -> bool:
    """Whether values say anything of whether they are this field's: not so where any text will do."""
    return bool(field.type != "string" or field.formats or field.codes or field.categories)


def by_values(texts: Sequence[str], field: Field, terms: Terms) -> float | None:
    """The share of the distinct texts that the field takes without any fault; None where that says nothing."""
    there = [text for text in texts if text and text not in terms.missing]
    if not there or not is_telling(field):
        return None
    return sum(not value.fault for value in read_values(there, field, terms)) / len(there)


def address_part(texts: Sequence[str]) -> str | None:
    """Which part of an address most of the texts look like, as the ends of HTCDS names: City, Street, Country …"""
    countries = code_list("iso-3166-1-alpha-2")
    looks = {
        "PostalCode": lambda text: _POSTCODE.fullmatch(text) is not None,
        "Country": lambda text: countries.code_of(text) is not None,
        "State": lambda text: places.province_code(text) is not None,
        "City": lambda text: bool(places.regency_code(text) or places.regency_code(f"Kota {text}")),
        "Street": lambda text: _STREET.search(text) is not None,
    }
    there = [text for text in texts if text]
    for part, fits in looks.items():
        if there and sum(map(fits, there)) * 2 > len(there):
            return part
    return None


def address_part_meant(name: str) -> str | None:
    """Which part of an address a field's name means; None for other fields."""
    return next((part for part in ("PostalCode", "Country", "State", "City", "Street") if name.endswith(part)), None)


def _bag(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", spelling(text)))


def _within(few: frozenset[str], many: frozenset[str]) -> bool:
    """Whether every word of `few` is, or begins, or is begun by, a word of `many`: "Org" is "Organization"."""
    return all(any(word.startswith(other) or other.startswith(word) for other in many) for word in few)
