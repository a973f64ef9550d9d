"""What leaves, cut into the pieces that a reader sees: cells, strings, runs of text. Each knows where it stands."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain, repeat
from typing import NamedTuple

from exchange.locale import _

_MARKUP = re.compile(r"<!--(?P<comment>.*?)-->|<(?P<tag>[^>]*)>", re.DOTALL)
_TAGS = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)  # the same, to split at
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_JSON_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_MARKED_UP = (".html", ".htm", ".xml", ".rels", ".svg")
# Parts of a workbook that XlsxWriter always writes alike; they name fonts, and one of the fonts is called Kartika.
_ALWAYS_ALIKE = ("xl/theme/", "xl/styles.xml")


class Piece(NamedTuple):
    """One text, and where it stands: in a CSV, `line` counts rows and `column` is above 0; `head` is the head of a
    cell's column, None for what is no cell; `inside` is a file within the file."""

    text: str
    line: int
    column: int = 0
    head: str | None = None
    inside: str = ""

    @property
    def where(self) -> str:
        place = _("line {number}").format(number=self.line)
        if self.column:
            place = _("row {row}, column {column}").format(row=self.line, column=self.column)
        return _("{file}, {place}").format(file=self.inside, place=place) if self.inside else place


class UnreadableError(Exception):
    """A file that cannot be looked through. Never leaves this room."""


def pieces(name: str, content: bytes | str) -> Iterator[Piece]:
    """The pieces of one file, by what it is. UnreadableError for a file that is neither text, workbook nor PDF."""
    if isinstance(content, bytes) and content.startswith(b"PK\x03\x04"):
        yield from _zipped(content)
        return
    if isinstance(content, bytes) and content.startswith(b"%PDF-"):
        from exchange.redact.pdf_text import pdf_pieces  # which needs what stands here

        yield from pdf_pieces(content)
        return
    text = decoded(content)
    if name.endswith(".csv"):
        yield from _cells(text)
    elif name.endswith(".json"):
        yield from _strings(text)
    elif name.endswith(_MARKED_UP):
        yield from _runs(text)
    else:
        yield from (Piece(line, number) for number, line in enumerate(text.splitlines(), start=1))


def texts(name: str, content: bytes | str) -> Iterator[tuple[str, str | None]]:
    """Text and head of all that `pieces` has, of a page or workbook each once: they say most things again and again."""
    if isinstance(content, bytes) and content.startswith(b"PK\x03\x04"):
        for inner, inside in _members(content):
            yield from texts(inner, inside)
    elif name.endswith(_MARKED_UP) and not (isinstance(content, bytes) and content.startswith(b"%PDF-")):
        yield from ((text, None) for text in _distinct_runs(decoded(content)))
    else:
        yield from ((piece.text, piece.head) for piece in pieces(name, content))


def decoded(content: bytes | str) -> str:
    """The text of a file. UnreadableError where it is none."""
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError from None


def _cells(text: str) -> Iterator[Piece]:
    rows = csv.reader(io.StringIO(text, newline=""))
    head: list[str] = []
    try:
        for number, row in enumerate(rows, start=1):
            heads = repeat(None) if number == 1 else chain(head, repeat(""))
            for column, (cell, above) in enumerate(zip(row, heads, strict=False), start=1):
                yield Piece(cell, number, column, above)
            head = head or row
    except csv.Error:
        raise UnreadableError from None


def _strings(text: str) -> Iterator[Piece]:
    for number, line in enumerate(text.splitlines(), start=1):
        yield from (Piece(_unquoted(found), number) for found in _JSON_STRING.findall(line))
        yield Piece(_JSON_STRING.sub(" ", line), number)


def _unquoted(string: str) -> str:
    """What a string of JSON says; one that is none, as it is."""
    if "\\" not in string:
        return string[1:-1]
    try:
        return str(json.loads(string))
    except ValueError:
        return string


def _runs(text: str) -> Iterator[Piece]:
    """Text between tags, quoted attributes, comments."""
    number, at = 1, 0
    for found in _MARKUP.finditer(text):
        yield Piece(html.unescape(text[at : found.start()]), number)
        number += text.count("\n", at, found.start())
        yield from (Piece(each, number) for each in _said_in(found))
        number += text.count("\n", found.start(), found.end())
        at = found.end()
    yield Piece(html.unescape(text[at:]), number)


def _said_in(tag: re.Match[str]) -> Iterator[str]:
    """What a comment or the attributes of a tag say."""
    quoted = ("".join(pair) for pair in _QUOTED.findall(tag["tag"] or ""))
    return (html.unescape(each) for each in (tag["comment"] or "", *quoted) if each)


def _distinct_runs(text: str) -> Iterator[str]:
    parts = _TAGS.split(text)
    yield from map(html.unescape, set(parts[::2]))
    for tag in set(parts[1::2]):
        if found := _MARKUP.fullmatch(tag):
            yield from _said_in(found)


def _zipped(content: bytes) -> Iterator[Piece]:
    for inner, inside in _members(content):
        yield from (piece._replace(inside=inner) for piece in pieces(inner, inside))


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                if not inner.startswith(_ALWAYS_ALIKE):
                    yield inner, archive.read(inner)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise UnreadableError from None
