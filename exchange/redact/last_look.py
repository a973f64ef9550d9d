"""The last look, always on: nothing leaves in which a direct identifier of the extract can be read.

Every file of a bundle, its name, and the month's note are cut into pieces and searched for every name, number and
reference of the whole extract, whatever its case, spacing or punctuation; names by their parts too. Short names,
numbers, and names that are words as well ("Bulan") are looked for as whole cells only. What was signed or is on a code
list passes. One hit stops the bundle; the message says where, and of which field, never what.

What it does not do: guess at misspellings, read pictures, or know nicknames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from exchange.agreements.clause import FieldName
from exchange.errors import Problem
from exchange.locale import _
from exchange.redact import cells
from exchange.redact.allowed import Allowed
from exchange.redact.identifiers import NAME_PART, Identifiers, Sought
from exchange.redact.pieces import UnreadableError, pieces, texts
from exchange.redact.readings import MOST_WORDS, Reading, readings, spellings
from exchange.redact.wording import run_together

if TYPE_CHECKING:
    import pyarrow as pa

MOST_PROBLEMS = 20  # of one file; after so many the rest says nothing new
MOST_AT_ONCE = 100_000  # texts in memory, each with its words
MANY = 1_000  # different cells of one column from which it pays to find those that can say nothing
SHORT_PHRASE = 6  # letters below which words run together mean nothing by themselves


class _Text(NamedTuple):
    """A text, the head of the column in which it stands as a cell (None where it is no cell), and in which file."""

    text: str
    head: str | None
    file: int


@dataclass(slots=True)
class _File:
    number: int
    name: str
    content: bytes | str
    unreadable: bool = False

    def texts(self, identifiers: Identifiers) -> Iterator[_Text]:
        """Its texts, mostly once each, and its name; without cells in which nothing can be read."""
        yield _Text(self.name, None, self.number)
        try:
            if self.name.endswith(".csv") and isinstance(self.content, bytes) and len(self.content) >= cells.LARGE:
                for head, column in cells.columns(self.content):
                    yield _Text(head, None, self.number)
                    yield from (_Text(cell, head, self.number) for cell in _telling(column, identifiers).to_pylist())
            else:
                yield from (_Text(text, head, self.number) for text, head in texts(self.name, self.content))
        except UnreadableError:
            self.unreadable = True


def last_look(
    members: Iterable[tuple[str, bytes | str]],
    identifiers: Identifiers,
    allowed: Allowed,
    made: Set[str] = frozenset(),
) -> tuple[Problem, ...]:
    """What must not leave: a problem for each place, none if all is well.

    `members`: name and content of every file; the month's note as one of them. `made`: match tokens, as they were made
    of nothing that can be read; as whole cells they pass, since among thousands of them one spells a name by chance.
    Codes: `last_look.identifier`,
    `last_look.unreadable` (neither text, workbook nor PDF: it cannot be vouched for).
    """
    files = [_File(number, name, content) for number, (name, content) in enumerate(members, start=1)]
    written = (text for file in files for text in file.texts(identifiers) if text.head is None or text.text not in made)
    hits: dict[_Text, tuple[FieldName, ...]] = {}
    for batch in _batches(written):
        hits |= _hits(batch, identifiers, allowed)
    stopped = {text.file for text in hits}
    at_fault = (file for file in files if file.number in stopped or file.unreadable)
    return tuple(problem for file in at_fault for problem in _problems(file, hits))


def _batches(texts: Iterable[_Text]) -> Iterator[set[_Text]]:
    batch: set[_Text] = set()
    for text in texts:
        batch.add(text)
        if len(batch) == MOST_AT_ONCE:
            yield batch
            batch = set()
    yield batch


def _telling(column: pa.StringArray, identifiers: Identifiers) -> pa.StringArray:
    """The cells that must be read: without those that are one opaque word, and no identifier is spelled so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(column) < MANY:
        return column
    opaque = cells.opaque(column)
    said = [column.filter(pc.invert(opaque))]
    column = column.filter(opaque)
    has_digits = pc.invert(pc.ascii_is_alpha(column))
    for digits, words in ((True, column.filter(has_digits)), (False, column.filter(pc.invert(has_digits)))):
        if len(words):
            said.append(
                words.filter(_among(pc.ascii_lower(words), identifiers.of_length(len(words[0].as_py()), digits=digits)))
            )
    return pa.concat_arrays(said).unique()


def _among(words: pa.StringArray, spelled: pa.StringArray) -> pa.BooleanArray:
    """Which of the words are among those spelled; the longer of both is never made a table of."""
    import pyarrow.compute as pc

    if len(words) < len(spelled):
        spelled = spelled.filter(pc.is_in(spelled, value_set=words))
    return pc.is_in(words, value_set=spelled)


def _hits(texts: set[_Text], identifiers: Identifiers, allowed: Allowed) -> dict[_Text, tuple[FieldName, ...]]:
    """The texts in which something can be read, and of which fields it is."""
    read = {text: readings(text) for text in {each.text for each in texts}}
    if identifiers.are_few:
        sought = identifiers.every()
    else:
        sought = identifiers.spelled(spellings(each for those in read.values() for each in those))
    look = _Look(sought, _beginnings(sought), identifiers.fields, allowed)
    found = {each: look.at(read[each.text], each.head) for each in texts}
    return {text: fields for text, fields in found.items() if fields}


def _beginnings(sought: Sought) -> frozenset[str]:
    """Every text with which a phrase begins: its first word is one of them."""
    return frozenset(phrase[:end] for phrase in sought.phrases for end in range(1, len(phrase) + 1))


def _problems(file: _File, hits: Mapping[_Text, tuple[FieldName, ...]]) -> Iterator[Problem]:
    shown = file.name
    for field in hits.get(_Text(file.name, None, file.number), ()):
        shown = _("file {number}").format(number=file.number)  # its name would say it
        yield _problem(field, _("name of {file}").format(file=shown))
    left = MOST_PROBLEMS
    try:
        for piece in pieces(file.name, file.content):
            for field in hits.get(_Text(piece.text, piece.head, file.number), ()):
                yield _problem(field, _("{file}, {place}").format(file=shown, place=piece.where))
                left -= 1
            if left <= 0:
                return
    except UnreadableError:
        yield Problem(
            "last_look.unreadable",
            _("this file cannot be looked through, so it cannot leave"),
            where=shown,
        )


@dataclass(frozen=True, slots=True, repr=False)
class _Look:
    """The exact look at one text after another."""

    sought: Sought
    beginnings: frozenset[str]
    fields: frozenset[FieldName]
    allowed: Allowed

    def at(self, those: tuple[Reading, ...], head: str | None) -> tuple[FieldName, ...]:
        """The fields of which something can be read in a text, or in what is hidden in it."""
        plain, *hidden = those
        found = dict.fromkeys(self._fields(plain, head))
        for inner in hidden:
            found |= dict.fromkeys(self._fields(inner, None))
        return tuple(found)

    def _fields(self, reading: Reading, head: str | None) -> Iterator[FieldName]:
        words = reading.words
        yield from self._phrases(reading, is_cell=head is not None)
        yield from (self.sought.numbers[each] for each in reading.numbers if each in self.sought.numbers)
        field = self.sought.bare_numbers.get(reading.text.strip())
        # A count is a number too: short ones are looked for only where a field of the dictionary stands.
        if field is not None and head in self.fields and not self.allowed.covers(words, 0, len(words)):
            yield field

    def _phrases(self, reading: Reading, *, is_cell: bool) -> Iterator[FieldName]:
        wanted, words = self.sought.phrases, reading.words
        for start in range(len(words)):
            if words[start] not in self.beginnings:
                continue
            for end in range(start + 1, min(start + MOST_WORDS, len(words)) + 1):
                field = wanted.get(run_together(words[start:end]))
                if field is not None and self._counts(reading, start, end, is_cell=is_cell):
                    yield field

    def _counts(self, reading: Reading, start: int, end: int, *, is_cell: bool) -> bool:
        """Whether words that spell an identifier may be taken for one, where they stand."""
        words = reading.words
        if self.allowed.covers(words, start, end):
            return False
        whole = (start, end) == (0, len(words))
        if self.allowed.is_ordinary(words[start:end], reading.small()):
            return whole and is_cell
        letters = sum(map(len, words[start:end]))
        return whole or letters >= (NAME_PART if end == start + 1 else SHORT_PHRASE)


def _problem(field: FieldName, where: str) -> Problem:
    return Problem(
        "last_look.identifier",
        _("what stands here can be read as {field} of someone in the extract").format(field=field),
        where=where,
        hint=_("take it out of the text or the file name; if it is a word and no name, write it in another way"),
    )
