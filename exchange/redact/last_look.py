"""The last look, always on: nothing leaves in which a direct identifier of the extract can be read.

Every file of a bundle, its name, and the month's note are cut into pieces and searched for every name, number and
reference of the whole extract, whatever its case, spacing or punctuation; names by their parts too. Short names,
numbers, and names that are words as well ("Bulan") are looked for as whole cells only. What was signed or is on a code
list passes. One hit stops the bundle; the message says where, and of which field, never what.

What it does not do: guess at misspellings, read pictures, or know nicknames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exchange.agreements.clause import FieldName
from exchange.errors import Problem
from exchange.locale import _
from exchange.redact.allowed import Allowed
from exchange.redact.identifiers import NAME_PART, PHONE, Identifiers
from exchange.redact.pieces import Piece, UnreadableError, hidden_texts, pieces
from exchange.redact.wording import digit_chunks, plain_words, run_together, without_prefix

MOST_PROBLEMS = 20  # of one file; after so many the rest says nothing new
MOST_REMEMBERED = 200_000  # cells; row keys and tokens are all different and would fill the memory
MOST_GROUPS = 16  # of one number: a NIK may be written digit by digit
SHORT_PHRASE = 6  # letters below which words run together mean nothing by themselves


def last_look(
    members: Iterable[tuple[str, bytes | str]], identifiers: Identifiers, allowed: Allowed
) -> tuple[Problem, ...]:
    """What must not leave: a problem for each place, none if all is well.

    `members`: name and content of every file; the month's note as one of them. Codes: `last_look.identifier`,
    `last_look.unreadable` (neither text, workbook nor PDF: it cannot be vouched for).
    """
    found: list[Problem] = []
    for number, (name, content) in enumerate(members, start=1):
        found += _look_at_file(number, name, content, _Look(identifiers, allowed))
    return tuple(found)


def _look_at_file(number: int, name: str, content: bytes | str, look: _Look) -> Iterator[Problem]:
    shown = name
    for field in look.at(Piece(name, 0)):
        shown = _("file {number}").format(number=number)  # its name would say it
        yield _problem(field, _("name of {file}").format(file=shown))
    left = MOST_PROBLEMS
    try:
        for piece in pieces(name, content):
            for field in look.at(piece):
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


class _Look:
    """Looks at one piece after another; a cell that was clean once is clean wherever it stands in such a column."""

    def __init__(self, identifiers: Identifiers, allowed: Allowed) -> None:
        self._identifiers = identifiers
        self._allowed = allowed
        self._clean: set[tuple[str, str | None]] = set()

    def at(self, piece: Piece) -> tuple[FieldName, ...]:
        """The fields of which something can be read in the piece."""
        known = (piece.text, piece.head)
        if known in self._clean:
            return ()
        fields = dict.fromkeys(self._fields(piece))
        for inner in hidden_texts(piece.text):
            fields |= dict.fromkeys(self._fields(Piece(inner, piece.line)))
        if not fields and len(self._clean) < MOST_REMEMBERED:
            self._clean.add(known)
        return tuple(fields)

    def _fields(self, piece: Piece) -> Iterator[FieldName]:
        words = plain_words(piece.text)
        yield from self._phrases(words, is_cell=piece.head is not None)
        yield from self._numbers(piece.text)
        field = self._identifiers.bare_numbers.get(piece.text.strip())
        # A count is a number too: short ones are looked for only where a field of the dictionary stands.
        if (
            field is not None
            and piece.head in self._identifiers.fields
            and not self._allowed.covers(words, 0, len(words))
        ):
            yield field

    def _phrases(self, words: list[str], *, is_cell: bool) -> Iterator[FieldName]:
        wanted, most = self._identifiers.phrases, self._identifiers.most_words
        for start in range(len(words)):
            for end in range(start + 1, min(start + most, len(words)) + 1):
                field = wanted.get(run_together(words[start:end]))
                if field is not None and self._counts(words, start, end, is_cell=is_cell):
                    yield field

    def _counts(self, words: list[str], start: int, end: int, *, is_cell: bool) -> bool:
        """Whether words that spell an identifier may be taken for one, where they stand."""
        if self._allowed.covers(words, start, end):
            return False
        whole = (start, end) == (0, len(words))
        if self._allowed.is_ordinary(words[start:end]):
            return whole and is_cell
        letters = sum(map(len, words[start:end]))
        return whole or letters >= (NAME_PART if end == start + 1 else SHORT_PHRASE)

    def _numbers(self, text: str) -> Iterator[FieldName]:
        wanted = self._identifiers.numbers
        if not wanted or sum(map(str.isdigit, text)) < PHONE:
            return
        for groups in digit_chunks(text, between=r"[\W_]"):
            for start in range(len(groups)):
                for end in range(start + 1, min(start + MOST_GROUPS, len(groups)) + 1):
                    digits = "".join(groups[start:end])
                    field = wanted.get(digits) or wanted.get(without_prefix(digits))
                    if field is not None:
                        yield field


def _problem(field: FieldName, where: str) -> Problem:
    return Problem(
        "last_look.identifier",
        _("what stands here can be read as {field} of someone in the extract").format(field=field),
        where=where,
        hint=_("take it out of the text or the file name; if it is a word and no name, write it in another way"),
    )
