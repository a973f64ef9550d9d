#!/usr/bin/env python3
"""How well case notes are cleaned: of every labelled item, whether all of its characters are masked or marked.

python -m benchmarks.notes [FILE …]     the sets of `benchmarks/notes/` if none is named
python -m benchmarks.notes --misses FILE    prints what was missed or found wrongly too: never for a held set
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from exchange.redact.notes.found import Found
from exchange.redact.notes.recognise import recognise
from exchange.redact.notes.row_words import RowWords

SETS = Path(__file__).parent / "notes"
NOBODY = RowWords()
MINIMUM = 1.0  # seconds over which speed is measured


@dataclass(frozen=True, slots=True)
class Label:
    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    labels: tuple[Label, ...]


@dataclass(slots=True)
class Tally:
    items: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    leaking: int = 0
    clean: int = 0
    untouched: int = 0
    marks: int = 0
    wrong: int = 0
    wrong_masks: int = 0
    letters: int = 0
    wrong_letters: int = 0


def labelled(file: Path) -> list[Labelled]:
    notes = json.loads(file.read_text(encoding="utf-8"))
    return [Labelled(n["text"], tuple(Label(s["start"], s["end"], s["type"]) for s in n["spans"])) for n in notes]


def tally(notes: list[Labelled], *, misses: bool = False) -> Tally:
    sums = Tally()
    for note in notes:
        found = recognise(note.text, NOBODY)
        leaks = [label for label in note.labels if not _count_item(sums, label, found)]
        wrong = [one for one in found if not any(one.start < x.end and x.start < one.end for x in note.labels)]
        sums.leaking += bool(leaks)
        sums.clean += not note.labels
        sums.untouched += not note.labels and not found
        sums.marks += sum(not one.sure for one in found)
        sums.wrong += len(wrong)
        sums.wrong_masks += sum(one.sure for one in wrong)
        labels = _letters(note.labels)
        sums.letters += len(note.text) - len(labels)
        sums.wrong_letters += len(_letters(found) - labels)
        if misses:
            _print_misses(note, leaks, wrong)
    return sums


def _letters(spans: tuple[Found, ...] | tuple[Label, ...]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}


def _count_item(sums: Tally, label: Label, found: tuple[Found, ...]) -> bool:
    wanted = set(range(label.start, label.end))
    covered = wanted <= _letters(found)
    sums.items[label.type] += 1
    sums.covered[label.type] += covered
    sums.masked[label.type] += wanted <= _letters(tuple(one for one in found if one.sure))
    return covered


def _print_misses(note: Labelled, leaks: list[Label], wrong: list[Found]) -> None:
    for label in leaks:
        print(f"  missed {label.type}: {_within(note.text, label.start, label.end)}")
    for one in wrong:
        clean = "" if note.labels else " in a clean note"
        sure = "masked" if one.sure else "marked"
        print(f"  wrongly {sure} {one.kind}{clean}: {_within(note.text, one.start, one.end)}")


def _within(text: str, start: int, end: int) -> str:
    return f"{text[max(0, start - 30) : start]!r} [{text[start:end]}] {text[end : end + 15]!r}"


def notes_a_second(notes: list[Labelled]) -> float:
    started, count = time.process_time(), 0
    while time.process_time() - started < MINIMUM:
        for note in notes:
            recognise(note.text, NOBODY)
        count += len(notes)
    return count / (time.process_time() - started)


def report(file: Path, *, misses: bool) -> None:
    notes = labelled(file)
    sums = tally(notes, misses=misses)
    total, structured = sum(sums.items.values()), sum(sums.items.values()) - sums.items["NAME"]
    covered = sum(sums.covered.values())
    print(f"{file.name}: {len(notes)} notes, {total} items")
    print(f"  {'':12}{'items':>7}{'covered':>9}{'masked':>9}")
    for kind, items in sorted(sums.items.items()):
        print(f"  {kind:12}{items:7}{_share(sums.covered[kind], items)}{_share(sums.masked[kind], items)}")
    print(f"  structured  {structured:7}{_share(covered - sums.covered['NAME'], structured)}")
    print(f"  notes with any leak {_share(sums.leaking, len(notes))}")
    print(f"  clean notes untouched {_share(sums.untouched, sums.clean)}")
    print(f"  found wrongly: {sums.wrong / len(notes):.2f} a note, {sums.wrong_masks / len(notes):.2f} of them masked")
    print(f"  other characters found {_share(sums.wrong_letters, sums.letters)}")
    print(f"  marks per 100 notes {100 * sums.marks / len(notes):.0f}")
    print(f"  {notes_a_second(notes):,.0f} notes a second on one core")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:7.1f} %" if whole else f"{'-':>9}"


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--misses"]
    for one in [Path(argument) for argument in arguments] or sorted(SETS.glob("*.json")):
        report(one, misses="--misses" in sys.argv)
