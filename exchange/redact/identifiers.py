"""What the last look looks for: every direct identifier of the whole extract, in the spellings people use.

Rows that are held back count too: their people are the ones who said no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.agreements.dictionary import Data, Field
from exchange.extracts.extract import Extract
from exchange.redact.wording import digit_chunks, plain_words, run_together, without_prefix

if TYPE_CHECKING:
    import pyarrow as pa

NAME_PART = 4  # letters from which a part of a name is looked for by itself
LONG_NUMBER = 9  # digits from which a number is looked for inside other text
PHONE = 7  # the same for a phone number without its prefix
LONG_REFERENCE = 6  # digits from which several groups, as 2026-0117, are looked for inside other text
MOST_WORDS = 8
# HTCDS: the two halves of one name, which people write together, either first.
FULL_NAME = ("prs_FirstName", "prs_SecondName")


@dataclass(frozen=True, slots=True, repr=False)
class Identifiers:
    """Each maps a spelling to the field it is of. Never printed: not by repr, not in a message.

    `phrases`: words run together ("siti aminah" → "sitiaminah"); `numbers`: digits of long numbers, phones without
    prefix; `bare_numbers`: short numbers, as written. `fields`: the dictionary's field names.
    """

    phrases: dict[str, FieldName]
    numbers: dict[str, FieldName]
    bare_numbers: dict[str, FieldName]
    most_words: int
    fields: frozenset[FieldName]


def identifiers(extract: Extract, data: Data) -> Identifiers:
    """All direct identifiers of the extract: survivors', families', staff's."""
    direct = [field for field in data.fields if field.kind == "direct" and field.name in extract.table.column_names]
    missing = frozenset(data.missing())
    phrases: dict[str, FieldName] = {}
    numbers: dict[str, FieldName] = {}
    bare: dict[str, FieldName] = {}
    most = 1
    for field in direct:
        for value in _distinct(extract.table, field.name, missing):
            numbers |= dict.fromkeys(_long_numbers(field, value), field.name)
            if not any(letter.isalpha() for letter in value):
                bare[value.strip()] = field.name
            for words in _phrases(field, data, plain_words(value)):
                phrases.setdefault(run_together(words), field.name)
                most = max(most, len(words))
    for words in _full_names(extract.table, missing):
        phrases.setdefault(run_together(words), FULL_NAME[0])
        most = max(most, len(words))
    return Identifiers(phrases, numbers, bare, min(most, MOST_WORDS), frozenset(field.name for field in data.fields))


def _distinct(table: pa.Table, name: FieldName, missing: frozenset[str]) -> Iterator[str]:
    return (value for value in table.column(name).unique().to_pylist() if value.strip() and value not in missing)


def _long_numbers(field: Field, value: str) -> Iterator[str]:
    """The digits of each number in a value ("0812 3700 1234 (ibu)"), long enough to mean nothing else; of a phone,
    without its prefix."""
    runs = ["".join(groups) for groups in digit_chunks(value)]
    if "phone" in field.formats:
        yield from (without_prefix(digits) for digits in runs if len(without_prefix(digits)) >= PHONE)
    yield from (digits for digits in runs if len(digits) >= LONG_NUMBER)


def _phrases(field: Field, data: Data, words: list[str]) -> Iterator[list[str]]:
    """The whole value, unless it is a plain number; of a name, each part that is long enough."""
    together = "".join(words)
    if together.isdigit() and (len(words) == 1 or len(together) < LONG_REFERENCE or field.formats):
        return
    yield words[:MOST_WORDS]
    if not field.formats and field.name not in (data.key, data.household):
        yield from ([word] for word in words if len(word) >= NAME_PART and word.isalpha())


def _full_names(table: pa.Table, missing: frozenset[str]) -> Iterator[list[str]]:
    if not set(FULL_NAME) <= set(table.column_names):
        return
    rows: Iterable[tuple[str, str]] = zip(*(table.column(name).to_pylist() for name in FULL_NAME), strict=True)
    for halves in set(rows):
        if not missing.intersection(halves):
            first, second = (plain_words(half) for half in halves)
            yield first + second
            yield second + first
