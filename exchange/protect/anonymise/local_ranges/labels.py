"""How a group's values are written: the least label that covers them, in words that can be read in one way only.

    39               one value: its own text
    [17, 24]         numbers: every value of the column from 17 to 24, both within
    {Divorced, Widowed}   categories: these values, in the order of the ladder
    *                every value of the column

In a range stand numbers only. Of a column of numbers, a missing value beside any other value makes "*".

A text inside a set that holds a comma, a brace, a bracket or a quotation mark, that begins or ends in a space, or that
is empty, stands in quotation marks, those in it doubled, as in CSV: {"Washington, D.C.", Oregon}. A single value that
could be read as something else (it is "*", or starts with a bracket or a brace, and is no number) is written as a set
of one, in quotation marks: {"[1, 2]"}. So nothing needs to be refused, and `meant` reads every label back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np

from exchange.ladders.numbers import number_of
from exchange.protect.anonymise.coded import Numbers, QuasiIdentifier
from exchange.protect.anonymise.recoded import STAR, Label

_NEEDS_QUOTES = re.compile(r'[,{}\[\]"]|^\s|\s$|^$')
_MEMBER = re.compile(r'"((?:[^"]|"")*)"(?:, |$)|([^,]*)(?:, |$)')


def label(quasi: QuasiIdentifier, values: Sequence[int]) -> Label:
    """The least label that covers `values`, which are at least one."""
    covered = _covered(quasi, values)
    return Label(_text(quasi, covered), np.array(covered, dtype=np.int32))


def _covered(quasi: QuasiIdentifier, values: Sequence[int]) -> Sequence[int]:
    low, high = min(values), max(values)
    if not quasi.numeric or low == high:
        return sorted(set(values))
    return range(low, high + 1) if high < quasi.domain - quasi.missing else range(quasi.domain)


def _text(quasi: QuasiIdentifier, covered: Sequence[int]) -> str:
    if len(covered) == 1:
        text = quasi.values[covered[0]]
        return f"{{{_quoted(text)}}}" if text == STAR or text[:1] in ("[", "{") else text
    if len(covered) == quasi.domain:
        return STAR
    if quasi.numeric:
        return f"[{quasi.values[covered[0]]}, {quasi.values[covered[-1]]}]"
    return "{" + ", ".join(_member(quasi.values[value]) for value in covered) + "}"


def _member(text: str) -> str:
    return _quoted(text) if _NEEDS_QUOTES.search(text) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def meant(quasi: QuasiIdentifier, text: str) -> Numbers:
    """The values that a label written here stands for, ascending. ValueError: it was not written here."""
    if text == STAR:
        return np.arange(quasi.domain, dtype=np.int32)
    if text.startswith("[") and text.endswith("]") and quasi.numeric:
        low, high = (quasi.values.index(edge) for edge in text[1:-1].split(", "))
        return np.arange(low, high + 1, dtype=np.int32)
    texts = _members(text[1:-1]) if text.startswith("{") and text.endswith("}") else [text]
    return np.array(sorted(quasi.values.index(each) for each in texts), dtype=np.int32)


def means(quasi: QuasiIdentifier, text: str, covered: Numbers) -> bool:
    """Whether a label of any method, perhaps of another table, is true of all these values: it is the value, a label of
    the ladder above it, a range or a set that has it, or "*"."""
    if text == STAR:
        return True
    inside = _inside(text)
    return all(
        quasi.values[value] == text
        or inside(quasi.values[value])
        or any(labels[nodes[value]] == text for nodes, labels in zip(quasi.nodes, quasi.labels, strict=True))
        for value in covered.tolist()
    )


def _inside(text: str) -> Callable[[str], bool]:
    if text.startswith("[") and text.endswith("]"):
        edges = [number_of(edge) for edge in text[1:-1].split(", ")]
        if len(edges) == 2 and edges[0] is not None and edges[1] is not None:
            low, high = edges[0], edges[1]
            return lambda value: (number := number_of(value)) is not None and low <= number <= high
    if text.startswith("{") and text.endswith("}"):
        with suppress(ValueError):
            return frozenset(_members(text[1:-1])).__contains__
    return lambda _value: False


def _members(inside: str) -> list[str]:
    texts: list[str] = []
    place = 0
    while place < len(inside):
        found = _MEMBER.match(inside, place)
        if found is None or found.end() == place:
            raise ValueError("no set of values")
        texts.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        place = found.end()
    return texts
