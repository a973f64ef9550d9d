"""What the last look looks for: every direct identifier of the whole extract, in the spellings people use.

Rows that are held back count too: their people are the ones who said no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.agreements.dictionary import Data, Field
from exchange.extracts import arrow
from exchange.extracts.extract import Extract
from exchange.redact.readings import MOST_WORDS, PHONE, Spellings
from exchange.redact.wording import all_run_together, digit_chunks, plain_words, run_together, without_prefix

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

NAME_PART = 4  # letters from which a part of a name is looked for by itself
FEW = 2_000  # values and full names up to which it pays to look for all of them, whatever is written
LONG_NUMBER = 9  # digits from which a number is looked for inside other text
LONG_REFERENCE = 6  # digits from which several groups, as 2026-0117, are looked for inside other text
# HTCDS: the two halves of one name, which people write together, either first.
FULL_NAME = ("prs_FirstName", "prs_SecondName")
_PREFIXES = ("", "0", "00", "62", "620", "0062", "00620")  # all that `without_prefix` takes away


@dataclass(frozen=True, slots=True, repr=False)
class Sought:
    """Each maps a spelling to the field it is of. Never printed: not by repr, not in a message.

    `phrases`: words run together ("siti aminah" → "sitiaminah"); `numbers`: digits of long numbers, phones without
    prefix; `bare_numbers`: what has no letters, as written.
    """

    phrases: dict[str, FieldName]
    numbers: dict[str, FieldName]
    bare_numbers: dict[str, FieldName]


@dataclass(frozen=True, slots=True, repr=False)
class Direct:
    """The values of one direct field, each once, without the missing. `together`: their words run together, without
    hyphens. `is_name`: its parts are looked for by themselves."""

    field: Field
    values: pa.StringArray
    together: pa.StringArray
    is_name: bool


@dataclass(frozen=True, slots=True, repr=False)
class FullNames:
    """The two halves of names, each half once, as written and run together; and which stand beside each other,
    some twice."""

    halves: tuple[pa.StringArray, pa.StringArray]
    together: tuple[pa.StringArray, pa.StringArray]
    pairs: tuple[NDArray[np.int32], NDArray[np.int32]]

    def joined(self, first: int, which: NDArray[np.bool_]) -> pa.StringArray:
        """These pairs run together, the half of this number (0 or 1) first."""
        import pyarrow.compute as pc

        one, other = (self.together[n].take(arrow.int32s(self.pairs[n][which])) for n in (first, 1 - first))
        return pc.binary_join_element_wise(one, other, arrow.text(""))

    def among(self, phrases: pa.StringArray, first: int) -> NDArray[np.bool_]:
        """The pairs that are one of `phrases`, the half of this number first."""
        import pyarrow.compute as pc

        begin, end = (_begin_or_end(self.together[n], phrases, begin=n == first) for n in (0, 1))
        found: NDArray[np.bool_] = begin[self.pairs[0]] & end[self.pairs[1]]
        found[found] = arrow.bools_of(pc.is_in(self.joined(first, found), value_set=phrases))
        return found


@dataclass(frozen=True, slots=True, repr=False)
class Identifiers:
    """All direct identifiers of an extract: survivors', families', staff's. `fields`: the dictionary's field names."""

    direct: tuple[Direct, ...]
    full_names: FullNames | None
    fields: frozenset[FieldName]
    _every: list[Sought] = dataclass_field(default_factory=list)
    _of_length: dict[tuple[int, bool], pa.StringArray] = dataclass_field(default_factory=dict)

    @property
    def are_few(self) -> bool:
        pairs = 0 if self.full_names is None else len(self.full_names.pairs[0])
        return sum(len(each.values) for each in self.direct) + pairs <= FEW

    def every(self) -> Sought:
        """All of them."""
        if not self._every:
            self._every.append(self.spelled(None))
        return self._every[0]

    def spelled(self, those: Spellings | None) -> Sought:
        """The identifiers that have one of these spellings, and maybe others beside them; all of them for None."""
        sought = Sought({}, {}, {})
        asked = None if those is None else Asked.of(those)
        for each in self.direct:
            values = each.values if asked is None else each.values.filter(_may_be_asked(each, asked))
            for value in values.to_pylist():
                _seek(each, value, sought)
        if self.full_names is not None:
            for words in _full_names(self.full_names, asked):
                sought.phrases.setdefault(run_together(words), FULL_NAME[0])
        return sought

    def of_length(self, length: int, *, digits: bool) -> pa.StringArray:
        """Every spelling of so many letters, or letters and digits, that can stand for an identifier as one word."""
        import pyarrow.compute as pc

        if (length, digits) not in self._of_length:
            every = _of_length(self, length)
            letters_only = pc.ascii_is_alpha(every)
            self._of_length[length, False] = every.filter(letters_only)
            self._of_length[length, True] = every.filter(pc.invert(letters_only))
        return self._of_length[length, digits]


def identifiers(extract: Extract, data: Data) -> Identifiers:
    """All direct identifiers of the extract."""
    import pyarrow.compute as pc

    missing = arrow.texts(data.missing())
    direct = []
    for field in data.fields:
        if field.kind == "direct" and field.name in extract.table.column_names:
            values = _distinct(extract.table.column(field.name))
            values = values.filter(pc.invert(pc.or_(pc.is_in(values, value_set=missing), _blank(values))))
            is_name = not field.formats and field.name not in (data.key, data.household)
            direct.append(Direct(field, values, all_run_together(values), is_name))
    names = _names_of(extract.table, missing) if set(FULL_NAME) <= set(extract.table.column_names) else None
    return Identifiers(tuple(direct), names, frozenset(field.name for field in data.fields))


def _distinct(column: pa.ChunkedArray) -> pa.StringArray:
    import numpy as np

    whole = column.unify_dictionaries().combine_chunks()
    used = np.bincount(arrow.numbers_of(whole.indices), minlength=len(whole.dictionary)) > 0
    return whole.dictionary if used.all() else whole.dictionary.filter(arrow.bools(used))


def _blank(values: pa.StringArray) -> pa.BooleanArray:
    import pyarrow.compute as pc

    return pc.equal(pc.utf8_trim_whitespace(values), arrow.text(""))


def _names_of(table: pa.Table, missing: pa.StringArray) -> FullNames:
    """The pairs of halves; a pair with a missing half is no full name."""
    import pyarrow.compute as pc

    columns = [table.column(name).unify_dictionaries().combine_chunks() for name in FULL_NAME]
    one, two = (column.dictionary for column in columns)
    there = [~arrow.bools_of(pc.is_in(half, value_set=missing)) for half in (one, two)]
    first, second = (arrow.numbers_of(column.indices) for column in columns)
    both = there[0][first] & there[1][second]
    return FullNames((one, two), (all_run_together(one), all_run_together(two)), (first[both], second[both]))


# --- exactly, one value after another ---


def _seek(each: Direct, value: str, sought: Sought) -> None:
    name = each.field.name
    sought.numbers.update(dict.fromkeys(_long_numbers(each.field, value), name))
    if not any(map(str.isalpha, value)):
        sought.bare_numbers[value.strip()] = name
    for words in _phrases(each, plain_words(value)):
        sought.phrases.setdefault(run_together(words), name)


def _long_numbers(field: Field, value: str) -> Iterator[str]:
    """The digits of each number in a value ("0812 3700 1234 (ibu)"), long enough to mean nothing else; of a phone,
    without its prefix."""
    runs = ["".join(groups) for groups in digit_chunks(value)]
    if "phone" in field.formats:
        yield from (without_prefix(digits) for digits in runs if len(without_prefix(digits)) >= PHONE)
    yield from (digits for digits in runs if len(digits) >= LONG_NUMBER)


def _phrases(each: Direct, words: list[str]) -> Iterator[list[str]]:
    """The whole value, unless it is a plain number; of a name, each part that is long enough."""
    together = "".join(words)
    if together.isdigit() and (len(words) == 1 or len(together) < LONG_REFERENCE or each.field.formats):
        return
    yield words[:MOST_WORDS]
    if each.is_name:
        yield from ([word] for word in words if len(word) >= NAME_PART and word.isalpha())


def _full_names(names: FullNames, asked: Asked | None) -> Iterator[list[str]]:
    for first in (0, 1):
        which = slice(None) if asked is None else names.among(asked.phrases, first)
        pairs = [half[which] for half in names.pairs]
        one, other = (names.halves[n].take(arrow.int32s(pairs[n])).to_pylist() for n in (first, 1 - first))
        yield from (plain_words(a) + plain_words(b) for a, b in zip(one, other, strict=True))


# --- widely, a whole column at a time ---


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """`Spellings` as arrays; `numbers` with every prefix that a phone could have."""

    phrases: pa.StringArray
    numbers: pa.StringArray
    bare: pa.StringArray

    @classmethod
    def of(cls, those: Spellings) -> Asked:
        numbers = {prefix + number for number in those.numbers for prefix in _PREFIXES}
        return cls(*map(arrow.texts, (those.phrases, numbers, those.bare)))


def _may_be_asked(each: Direct, asked: Asked) -> pa.BooleanArray:
    """The values that `_seek` could give one of the spellings for; others among them do no harm."""
    import numpy as np
    import pyarrow.compute as pc

    letters, places = arrow.letters_of(each.values)
    found = np.zeros(len(each.values), bool)
    # Letters outside ASCII are read one by one, and so is what may have more than MOST_WORDS words, or signs that
    # nobody types.
    odd = (letters >= 0x80) | (letters < 0x20)
    found[np.searchsorted(places, np.flatnonzero(odd), side="right") - 1] = True
    found |= np.diff(places) - _lengths(each.together) >= MOST_WORDS
    if len(asked.numbers):
        found |= _has_number(each.values, asked.numbers)
    those = [pc.is_in(each.together, value_set=asked.phrases)]
    if each.is_name:
        those.append(_has_part(each.values, asked.phrases))
    if len(asked.bare):
        those.append(pc.is_in(pc.utf8_trim_whitespace(each.values), value_set=asked.bare))
    return arrow.bools(np.logical_or.reduce([found, *map(arrow.bools_of, those)]))


def _has_part(values: pa.StringArray, words: pa.StringArray) -> pa.BooleanArray:
    """Whether one of a value's words is among these; said of every value with an apostrophe."""
    import numpy as np
    import pyarrow.compute as pc

    parts = pc.split_pattern_regex(pc.ascii_lower(values), "[^a-z0-9]+")
    hits = arrow.bools_of(pc.is_in(pc.list_flatten(parts), value_set=words))
    found = np.zeros(len(values), bool)
    found[arrow.places_in(pc.list_parent_indices(parts))[hits]] = True
    return pc.or_(arrow.bools(found), pc.match_substring_regex(values, "['`]"))


def _has_number(values: pa.StringArray, numbers: pa.StringArray) -> NDArray[np.bool_]:
    """Whether the digits of a value are among these; said of every value that may hold two numbers."""
    import numpy as np
    import pyarrow.compute as pc

    letters, places = arrow.letters_of(values)
    is_digit = (letters >= ord("0")) & (letters <= ord("9"))
    digits = values
    if not is_digit.all():
        digits = arrow.texts_from(letters[is_digit], arrow.places_of(is_digit)[places])
    found = np.isin(_lengths(digits), np.unique(_lengths(numbers)))
    found[found] = arrow.bools_of(pc.is_in(digits.filter(arrow.bools(found)), value_set=numbers))
    # Two runs of digits, one after another in a value, are two numbers where `digit_chunks` does not go over what is
    # between: at most three signs, and only some.
    changes = np.flatnonzero(is_digit[1:] != is_digit[:-1])
    changes = changes[0 if len(letters) and is_digit[0] else 1 :]
    last, first = changes[: len(changes) // 2 * 2 : 2], changes[1::2] + 1
    value = np.searchsorted(places, last, side="right") - 1
    inside = first < places[value + 1]
    last, first, value = last[inside], first[inside], value[inside]
    apart = first - last > 4
    for after in (1, 2, 3):
        apart |= ~np.isin(letters[np.minimum(last + after, first)], np.frombuffer(b"0123456789 ().+-", np.uint8))
    found[value[apart]] = True
    return found


def _begin_or_end(texts: pa.StringArray, phrases: pa.StringArray, *, begin: bool) -> NDArray[np.bool_]:
    """Whether one of the phrases begins, or ends, with each of the texts."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    texts, phrases = texts.cast(pa.binary()), phrases.cast(pa.binary())
    lengths, longest = _lengths(texts), _lengths(phrases)
    found: NDArray[np.bool_] = lengths == 0
    for length in np.unique(lengths[~found]).tolist():
        parts = phrases.filter(arrow.bools(longest >= length))
        parts = pc.binary_slice(parts, 0, length) if begin else pc.binary_slice(parts, -length)
        those = lengths == length
        found[those] = arrow.bools_of(pc.is_in(texts.filter(arrow.bools(those)), value_set=parts))
    return found


def _lengths(texts: pa.StringArray) -> NDArray[np.int64]:
    import numpy as np

    return np.diff(arrow.letters_of(texts)[1])


def _of_length(those: Identifiers, length: int) -> pa.StringArray:
    import pyarrow as pa

    arrays = [each.together for each in those.direct]
    arrays += [_parts(each.values) for each in those.direct if each.is_name]
    found = [each.filter(arrow.bools(_lengths(each) == length)) for each in arrays]
    if those.full_names is not None:
        one, other = (_lengths(those.full_names.together[n])[those.full_names.pairs[n]] for n in (0, 1))
        found += [those.full_names.joined(first, one + other == length) for first in (0, 1)]
    return pa.concat_arrays(found)


def _parts(values: pa.StringArray) -> pa.StringArray:
    """The single words of values that have several, or apostrophes, or letters outside ASCII."""
    import pyarrow.compute as pc

    several = values.filter(pc.match_substring_regex(values, "[^A-Za-z0-9]"))
    return arrow.texts({word for value in several.to_pylist() for word in plain_words(value)})
