"""What an attacker does to one organisation's history after the year: to its pack, or to its log with its true key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audit.year import Year, rewritten
from audit.year_cast import CASES, RECIPIENTS, TASK_FORCE
from audit.year_story import HOUR, Story

VICTIM = "jkm"


@dataclass(frozen=True, slots=True)
class Tampered:
    """`packs`: what the auditor gets; `at`: the entry at which it must be found, None where that is not to be said."""

    packs: tuple[Path, ...]
    at: int | None


Tamper = Callable[[Story, Year, Path], Tampered]
TAMPERING: list[tuple[str, Tamper]] = []


def found_as(code: str) -> Callable[[Tamper], Tamper]:
    def keep(tamper: Tamper) -> Tamper:
        TAMPERING.append((f"audit.{code}", tamper))
        return tamper

    return keep


@found_as("entry_altered")
def an_entry_is_edited(story: Story, year: Year, folder: Path) -> Tampered:
    at = story.sent(VICTIM, TASK_FORCE, "2026-11").delivered.number

    def edit(lines: list[bytes]) -> None:
        lines[at] = lines[at].replace(b'"attempts":1', b'"attempts":2')

    return _with_lines(year, folder, edit, at)


@found_as("entry_missing")
def an_entry_is_deleted(story: Story, year: Year, folder: Path) -> Tampered:
    at = story.sent(VICTIM, TASK_FORCE, "2026-11").approved_too.number
    return _with_lines(year, folder, lambda lines: lines.pop(at), at)


@found_as("entry_inserted")
def an_approval_is_put_in(story: Story, year: Year, folder: Path) -> Tampered:
    at = story.sent(VICTIM, TASK_FORCE, "2026-11").approved_too.number

    def insert(lines: list[bytes]) -> None:
        page = json.loads(lines[at])
        page["entry"]["person"] = "director.2"
        lines.insert(at, json.dumps(page, separators=(",", ":"), sort_keys=True).encode())

    return _with_lines(year, folder, insert, at)


@found_as("entry_misplaced")
def two_entries_change_places(story: Story, year: Year, folder: Path) -> Tampered:
    at = story.sent(VICTIM, TASK_FORCE, "2026-11").approved.number

    def swap(lines: list[bytes]) -> None:
        lines.insert(at + 5, lines.pop(at))

    return _with_lines(year, folder, swap, at)


@found_as("history_rewritten")
def a_delivery_is_dated_back_and_the_log_signed_anew(story: Story, year: Year, folder: Path) -> Tampered:
    sent = story.sent(VICTIM, CASES, "2027-01").delivered
    earlier = sent.entry.model_copy(update={"time": sent.entry.time - HOUR})
    return Tampered(_others(year, rewritten(year, folder, VICTIM, sent.number, earlier)), None)


@found_as("forked")
def the_auditor_is_shown_another_history_than_the_rest(story: Story, year: Year, folder: Path) -> Tampered:
    approved = story.sent(VICTIM, CASES, "2027-06").approved_too
    other = approved.entry.model_copy(update={"person": "director.2"})
    pack = rewritten(year, folder, VICTIM, approved.number, other)
    return Tampered((*_others(year, pack), year.packs[VICTIM]), approved.number)


@found_as("rolled_back")
def the_last_months_are_forgotten(story: Story, year: Year, folder: Path) -> Tampered:
    first = story.sent(VICTIM, CASES, "2027-04").packed.number
    return Tampered(_others(year, rewritten(year, folder, VICTIM, first)), first)


@found_as("log_truncated")
def the_end_of_the_pack_is_cut_off(story: Story, year: Year, folder: Path) -> Tampered:
    pack = _copy(year, folder)
    lines = (pack / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (pack / "entries.jsonl").write_bytes(b"".join(lines[:-1]))
    for tile in (pack / "tile" / "0").rglob("*"):
        if tile.is_file():
            tile.unlink()
    return Tampered(_others(year, pack), len(lines) - 1)


def _copy(year: Year, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.copytree(year.packs[VICTIM], folder / f"{VICTIM}.pack")


def _with_lines(year: Year, folder: Path, change: Callable[[list[bytes]], object], at: int) -> Tampered:
    pack = _copy(year, folder)
    lines = (pack / "entries.jsonl").read_bytes().splitlines()
    change(lines)
    (pack / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return Tampered(_others(year, pack), at)


def _others(year: Year, pack: Path) -> tuple[Path, ...]:
    """With those of the recipients, who have seen the victim's log."""
    return (*(year.packs[party] for party in RECIPIENTS), pack)
