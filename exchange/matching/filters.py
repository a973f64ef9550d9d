"""From the rows that may go to a recipient, Bloom filters by which a linking agent finds who is one person.

A filter is a set of bits that a keyed hash chose for each small piece of a value: for the pairs of letters of a word,
for the digits of a number in their places. Values that are alike have filters that are alike, which is what lets a
typing error be forgiven, and what gives more away than match tokens do: whoever counts filters learns which words are
common names. So they go to a linking agent only, who gets no rows; SECURITY.md says what was measured.

R. Schnell, T. Bachteler, J. Reiher, "Privacy-preserving record linkage using Bloom filters", BMC Medical Informatics
and Decision Making 9:41 (2009). A filter for each field, not one for the record, so that each can be weighed; places
from independent bytes of HMAC-SHA-256, not by double hashing, whose patterns can be told apart (M. Niedermeyer et al.,
Journal of Privacy and Confidentiality 6(2), 2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from exchange.consent.consented import Consented
from exchange.crypto.hashing import keyed
from exchange.matching.encode import refuse_other
from exchange.matching.marks import Marks, marks_of
from exchange.matching.names import words
from exchange.matching.secret import NetworkSecret

if TYPE_CHECKING:
    import pyarrow as pa

FilterField = Literal["name", "year", "day", "place", "sex", "number", "phone", "text"]
FIELDS: tuple[FilterField, ...] = ("name", "year", "day", "place", "sex", "number", "phone", "text")
LONG, SHORT = 32, 16
"""Bytes of the filter of a word or number; of a part of a date, a place, a sex."""
HASHES = 8
NOT_KNOWN = bytes(SHORT)


@dataclass(frozen=True, slots=True)
class MatchFilters:
    """`rows`: for each row of `Consented`, in its order, the columns of `SCHEMA`; all null for people who may be
    counted in tables only. `network` and `epoch` say under whose key they were made."""

    network: str
    epoch: str
    rows: pa.Table


def schema() -> pa.Schema:
    """name: for each word a filter (32 bytes); birth: year, month, day of birth (16 bytes each, zeros where not known);
    place: regency, province (16 bytes each); sex: 16 bytes; number, phone: 32 bytes; text: filters of further words."""
    import pyarrow as pa

    words_type = pa.list_(pa.binary(LONG))
    return pa.schema(
        [
            ("name", words_type),
            ("birth", pa.binary(3 * SHORT)),
            ("place", pa.binary(2 * SHORT)),
            ("sex", pa.binary(SHORT)),
            ("number", pa.binary(LONG)),
            ("phone", pa.binary(LONG)),
            ("text", words_type),
        ]
    )


def encode_filters(consented: Consented, secret: NetworkSecret) -> MatchFilters:
    """The filters of every row. KeyringError `matching.other_network`, DisclosureError `matching.not_agreed`."""
    refuse_other(consented.permit, secret)
    filters = Filters({field: secret.filter_key(field) for field in FIELDS})
    rows = zip(marks_of(consented), consented.tables_only.to_pylist(), strict=True)
    return MatchFilters(
        secret.network, secret.epoch, filters.table(Marks() if hidden else each for each, hidden in rows)
    )


class Filters:
    """Filters under one set of keys; the same values are asked for again and again, so each is made once."""

    def __init__(self, keys: dict[FilterField, bytes]) -> None:
        self._keys = keys
        self._word, self._digits, self._one, self._year = (
            cache(make) for make in (self._of_word, self._of_digits, self._of_one, self._of_year)
        )

    def table(self, marks: Iterable[Marks]) -> pa.Table:
        """A row for each of `marks`, as in `schema`."""
        import pyarrow as pa

        rows = [self._row(each) for each in marks]
        columns = zip(*rows, strict=True) if rows else [()] * len(schema())
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema(), strict=True)]
        return pa.table(arrays, schema=schema())

    def _row(self, marks: Marks) -> tuple[object, ...]:
        return (
            self._words("name", marks.name),
            self._birth(marks),
            self._one("place", marks.regency) + self._one("place", marks.regency[:2]) if marks.regency else None,
            self._one("sex", marks.sex) if marks.sex else None,
            self._digits("number", marks.identity) if marks.identity else None,
            self._digits("phone", marks.phone) if marks.phone else None,
            self._words("text", marks.text),
        )

    def _words(self, field: FilterField, text: str) -> list[bytes] | None:
        """In the order of their bits, which tells nothing of the order of the words."""
        return sorted(self._word(field, word) for word in set(words(text))) or None

    def _birth(self, marks: Marks) -> bytes | None:
        if marks.year is None:
            return None
        # One key for months and days: where they have changed places it shows.
        parts = (marks.born.month, marks.born.day) if marks.born else (None, None)
        return self._year(marks.year) + b"".join(NOT_KNOWN if n is None else self._one("day", str(n)) for n in parts)

    def _of_word(self, field: FilterField, word: str) -> bytes:
        around = f" {word} "
        return self._bits(field, LONG, (around[at : at + 2] for at in range(len(around) - 1)))

    def _of_digits(self, field: FilterField, number: str) -> bytes:
        return self._bits(field, LONG, (f"{place}{sign}" for place, sign in enumerate(reversed(number))))

    def _of_year(self, year: int) -> bytes:
        """A year and its neighbours, so that years that are near have filters that are alike."""
        return self._bits("year", SHORT, (str(each) for each in (year - 1, year, year + 1)))

    def _of_one(self, field: FilterField, value: str) -> bytes:
        """Alike only where it is the same."""
        return keyed(self._keys[field], value)[:SHORT]

    def _bits(self, field: FilterField, size: int, pieces: Iterable[str]) -> bytes:
        found = 0
        for place in (place for piece in set(pieces) for place in self._places(field, piece)):
            found |= 1 << (place % (8 * size))
        return found.to_bytes(size, "little")

    def _places(self, field: FilterField, piece: str) -> Iterator[int]:
        yield from keyed(self._keys[field], piece)[:HASHES]
