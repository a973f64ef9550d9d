"""No value of a direct identifier stands in what was delivered, opened, logged, said, or left in temporary folders."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader
from story.conftest import Played

from exchange.demo.cast import CAST, RECIPIENTS
from exchange.demo.scenario import build
from exchange.redact.wording import plain_words

# What a CSO keeps for itself: its own workbooks.
OWN = "extracts"


def telling() -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    """Full names and references as runs of words, and numbers as runs of digits, of everybody in the scenario."""
    values = build().direct_identifiers()
    phrases = frozenset(
        words for value in values if len(words := tuple(plain_words(value))) > 1 and any(c.isalpha() for c in value)
    )
    digits = (re.sub(r"\D", "", value) for value in values)
    return phrases, frozenset(run[-9:] for run in digits if len(run) >= 9)


PHRASES, NUMBERS = telling()
LENGTHS: dict[str, set[int]] = {}  # by the first word
for phrase in PHRASES:
    LENGTHS.setdefault(phrase[0], set()).add(len(phrase))
SIGNED = {("maria", "t")}  # the director who signs the agreement


def tells(text: str) -> list[str]:
    """What of a person can be read in `text`; only kinds are named, so that a failing test prints nobody."""
    words = plain_words(text)
    found = []
    for start, first in enumerate(words):
        for length in LENGTHS.get(first, ()):
            run = tuple(words[start : start + length])
            if run in PHRASES and run not in SIGNED:
                found.append(f"a name or reference of {length} words")
    found += ["a number" for run in re.findall(r"\d{9,}", text) if run[-9:] in NUMBERS]
    return found


def texts(name: str, content: bytes) -> Iterator[str]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            yield from (book.read(each).decode("utf-8", "replace") for each in book.namelist() if "theme" not in each)
    elif content.startswith(b"%PDF-"):
        yield from (page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    else:
        yield content.decode("utf-8", "replace")


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    someone = next(iter(PHRASES))
    assert tells(" ".join(someone).upper())
    assert tells(f"x{next(iter(NUMBERS))}")


def test_what_was_sealed_tells_nobody(played: Played) -> None:
    for packed in played.ending.told.packed:
        for member in packed.prepared.bundle.members:
            assert not tells(member.path)
            for text in texts(member.path, member.content):
                assert not tells(text), member.path


def test_no_first_or_last_name_is_the_value_of_a_cell(played: Played) -> None:
    names = {value.casefold() for value in build().direct_identifiers()}
    for packed in played.ending.told.packed:
        for member in packed.prepared.bundle.members:
            if member.path.endswith(".csv"):
                cells = {cell.casefold() for line in member.content.decode().splitlines() for cell in line.split(",")}
                assert not cells & names, member.path


def files_on_disk(played: Played) -> Iterator[Path]:
    for organisation in CAST:
        for path in sorted((played.folder / organisation.id).rglob("*")):
            if path.is_file() and OWN not in path.parts:
                yield path


def test_no_file_of_any_workspace_tells_anybody(played: Played) -> None:
    for path in files_on_disk(played):
        for text in texts(path.name, path.read_bytes()):
            assert not tells(text), path.relative_to(played.folder)


def test_recipients_hold_no_row_in_the_clear(played: Played) -> None:
    """Not even pseudonymised rows: everything that was received lies locked."""
    held = {token.token for packed in played.ending.told.packed for token in packed.prepared.protected.tokens}
    for organisation in RECIPIENTS:
        for path in (played.folder / organisation.id).rglob("*"):
            if path.is_file():
                content = path.read_bytes().decode("latin-1")
                assert not held & set(re.findall(r"[A-Za-z0-9_-]{22}", content)), path.relative_to(played.folder)


def test_what_was_said_tells_nobody(played: Played) -> None:
    assert not tells(played.said)


def test_nothing_is_left_in_temporary_folders(played: Played) -> None:
    assert not list(played.temporary.rglob("*"))
