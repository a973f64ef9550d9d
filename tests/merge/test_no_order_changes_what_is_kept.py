"""Whatever comes first, twice, in pieces or too late, the store keeps the same; whoever withdrew is nowhere in it."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from merge.received import KEY, START, bundle, bundle_id

from exchange.bundle.contents import Contents
from exchange.merge.export import export
from exchange.merge.merging import forget, merge
from exchange.merge.segment import Segment
from exchange.merge.store import Store

CASES = tuple(f"p{name}00000" for name in ("ana", "ben", "cia", "dew", "eko", "fia"))
SOURCES = (("yks", "DSA-1"), ("rpk", "DSA-2"))
KINDS = ("nik", "name_dob", "dob_regency_sex")


@dataclass(frozen=True)
class Arrives:
    """A bundle. Of the period's rows, those of `cases`; every release of a case says another status."""

    name: str
    source: tuple[str, str]
    cases: tuple[str, ...]
    replaces: str | None = None
    period: str = "2026-09"

    @property
    def contents(self) -> Contents:
        return _contents(self)


@dataclass(frozen=True)
class Withdraws:
    source: tuple[str, str]
    case: str


@dataclass(frozen=True)
class Disposes:
    source: tuple[str, str]
    name: str


Event = Arrives | Withdraws | Disposes


@cache
def _contents(told: Arrives) -> Contents:
    sender, agreement = told.source
    rows = [{"x_CaseRef": each, "cas_Status": f"{told.name} {each}", "x_Word": word(each)} for each in told.cases]
    tokens = {each: {kind: f"{kind}-of-{each}" for kind in KINDS} for each in told.cases}
    return bundle(
        told.name,
        rows,
        sender=sender,
        agreement=agreement,
        period=told.period,
        replaces=told.replaces,
        tokens=tokens,
    )


def word(case: str) -> str:
    """What only this person's rows say."""
    return f"wordsof{case[::-1]}"


def happen(store: Store, events: Sequence[Event]) -> None:
    for number, each in enumerate(events):
        match each:
            case Arrives():
                store.apply(each.contents, START + dt.timedelta(hours=number))
            case Withdraws(source, case):
                store.withdraw(*source, case)
            case Disposes(source, name):
                store.dispose(*source, bundle_id(name))


Known = frozenset[tuple[object, ...]]


def known(store: Store, *, releases: bool = True) -> Known:
    """Every report with what it says and its tokens, but for when it was received."""
    records = store.records()
    tokens: dict[int, list[tuple[str, str, str]]] = {}
    for each in records.tokens.to_pylist():
        tokens.setdefault(each["report"], []).append((each["ring"], each["kind"], each["token"]))
    about = ["source", "agreement", "period", "row_key", "case", "identity", *(["release"] if releases else [])]
    reports, values = records.reports.select(about).to_pylist(), records.values.to_pylist()
    found = [
        (*report.values(), *sorted(value.items()), tuple(tokens.get(number, ())))
        for number, (report, value) in enumerate(zip(reports, values, strict=True))
    ]
    assert len({*found}) == len(found)
    return frozenset(found)


@contextmanager
def a_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(dir=_memory()) as folder, Store.open(Path(folder) / "store", KEY) as store:
        yield store


def _memory() -> Path | None:
    shared = Path("/dev/shm")  # noqa: S108  # a folder of a random name inside
    return shared if shared.is_dir() else None


def after(events: Sequence[Event], *, releases: bool = True) -> Known:
    with a_store() as store:
        happen(store, events)
        return known(store, releases=releases)


some_cases = st.lists(st.sampled_from(CASES), unique=True, max_size=5).map(tuple)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Months of two sources, each with a chain of corrections; some withdraw, some bundles are destroyed."""
    events: list[Event] = []
    for source in SOURCES:
        for period in ("2026-09", "2026-10")[: draw(st.integers(1, 2))]:
            before = None
            for number in range(draw(st.integers(1, 3))):
                name = f"{source[0]} {period} {number}"
                events.append(Arrives(name, source, draw(some_cases), before, period))
                before = name
    bundles = [each for each in events if isinstance(each, Arrives)]
    events += [Withdraws(draw(st.sampled_from(SOURCES)), case) for case in draw(some_cases)[:2]]
    if draw(st.booleans()):
        gone = draw(st.sampled_from(bundles))
        events.append(Disposes(gone.source, gone.name))
    return events


def told(events: Sequence[Event]) -> set[tuple[str, str, str]]:
    """Source, bundle, case of every report that is to be kept, worked out without a store."""
    bundles = [each for each in events if isinstance(each, Arrives)]
    gone = {each.replaces for each in bundles} | {each.name for each in events if isinstance(each, Disposes)}
    withdrawn = {(each.source, each.case) for each in events if isinstance(each, Withdraws)}
    return {
        (each.source[0], bundle_id(each.name), case)
        for each in bundles
        if each.name not in gone
        for case in each.cases
        if (each.source, case) not in withdrawn
    }


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_any_order_and_any_repetition_keep_the_same(events: list[Event], chance: random.Random) -> None:
    shuffled = [*events, *chance.choices(events, k=3)]
    chance.shuffle(shuffled)
    with a_store() as store:
        happen(store, shuffled)
        reports = store.records().reports.select(["source", "release", "row_key"]).to_pylist()
        kept = known(store)
    assert {tuple(each.values()) for each in reports} == told(events)
    assert kept == after(events)


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_taking_in_everything_again_changes_nothing(events: list[Event], chance: random.Random) -> None:
    with a_store() as store:
        happen(store, events)
        before, generation = known(store), store.generation
        happen(store, chance.sample(events, len(events)))
        assert (known(store), store.generation) == (before, generation)


@given(some_cases, st.integers(0, 5), st.lists(st.sampled_from(CASES), max_size=1))
@settings(max_examples=12, deadline=None)
def test_a_month_in_pieces_is_the_same_month(cases: tuple[str, ...], place: int, gone: list[str]) -> None:
    withdrawn = [Withdraws(SOURCES[0], each) for each in gone]

    def said(*parts: tuple[str, ...]) -> Known:
        pieces = [Arrives(f"part {number} {part}", SOURCES[0], part) for number, part in enumerate(parts)]
        with a_store() as store:
            happen(store, [*pieces, *withdrawn])
            return frozenset((*each[:6], each[-1]) for each in known(store, releases=False))

    assert said(cases) == said(cases[:place], cases[place:]) == said(*((each,) for each in cases))


SEPTEMBER = Arrives("september", SOURCES[0], CASES[:4])
CORRECTED = Arrives("corrected", SOURCES[0], CASES[1:5], "september")
OCTOBER = Arrives("october", SOURCES[0], CASES[3:], period="2026-10")
OTHERS = Arrives("others", SOURCES[1], CASES[:3])
STORY: tuple[Event, ...] = (SEPTEMBER, CORRECTED, OCTOBER, OTHERS, Withdraws(SOURCES[0], CASES[3]))


@pytest.mark.parametrize("seed", range(3))
def test_the_merged_counts_are_the_same(seed: int) -> None:
    def counted(events: Sequence[Event]) -> object:
        with a_store() as store:
            happen(store, events)
            merged = merge(store)
            return merged.counts, sorted(merged.people.column("reports").to_pylist())

    shuffled = random.Random(seed).sample([*STORY, *STORY], 2 * len(STORY))
    assert counted(shuffled) == counted(STORY)


# --- whoever withdrew ---


def everything(store: Store, folder: Path) -> bytes:
    """All that can be had of a store: each segment and document with its key, each output, each byte on the disk."""
    parts = []
    for held in store._table.held():
        content = store._shelf.read(held)
        parts.append(content)
        if held.what == "bundle":
            segment = Segment.from_bytes(content)
            parts += [repr(segment.rows.to_pydict()).encode(), repr(segment.tokens.to_pydict()).encode()]
            dictionaries = [segment.rows.column(name).chunks for name in segment.rows.column_names]
            parts += [repr(chunk.dictionary.to_pylist()).encode() for chunks in dictionaries for chunk in chunks]
    with tempfile.TemporaryDirectory() as out:
        for file in export(merge(store), Path(out), ["csv", "xlsx", "parquet"]):
            parts.append(file.read_bytes())
            if file.suffix == ".xlsx":
                with zipfile.ZipFile(file) as book:
                    parts += [book.read(name) for name in book.namelist()]
    parts += [file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()]
    return b"\0".join(parts)


@pytest.mark.parametrize("when", ["first", "between", "last"])
def test_whoever_withdrew_is_in_nothing_that_can_be_opened(tmp_path: Path, when: str) -> None:
    gone, stays = CASES[3], CASES[4]
    events: list[Event] = [SEPTEMBER, CORRECTED, OCTOBER]
    events.insert({"first": 0, "between": 1, "last": 3}[when], Withdraws(SOURCES[0], gone))
    with Store.open(tmp_path / "store", KEY) as store:
        happen(store, events[:3])
        merge(store)  # persons are remembered
        identities = {
            each["row_key"]: each["identity"]
            for each in store.records().reports.select(["row_key", "identity"]).to_pylist()
        }
        happen(store, events[3:])
        forget(store)
        here = everything(store, tmp_path)
    telling = [gone, word(gone), *(f"{kind}-of-{gone}" for kind in KINDS)]
    if gone in identities:
        telling.append(identities[gone].hex())
        assert identities[gone] not in here
    assert [each for each in telling if each.encode() in here] == []
    assert word(stays).encode() in here  # what is looked for would be found
    assert identities[stays] in here  # twice, as itself: among the persons that are remembered
