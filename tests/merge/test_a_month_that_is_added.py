"""A month that is added is linked as if everything were linked at once, and only what it adds is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from merge.months import months, tokens_of
from merge.received import KEY, START, bundle

from exchange.bundle.contents import Contents
from exchange.matching.marks import Marks
from exchange.merge import before
from exchange.merge.linking import compared, linking, scoring
from exchange.merge.linking.compared import Compared
from exchange.merge.linking.linking import Links, link
from exchange.merge.linking.token_nodes import MOST_HOLDERS
from exchange.merge.merging import forget, merge
from exchange.merge.records import Records, records_of
from exchange.merge.segment import Segment
from exchange.merge.store import Store

HERS = Marks(
    name="Maria Goreti Tefnai",
    identity="5371014508900001",
    phone="+628123700001",
    born=dt.date(1990, 8, 5),
    year=1990,
    regency="53.71",
    sex="Feminine",
)


@pytest.fixture(scope="module", autouse=True)
def fewer_pairs_by_chance() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linking, "DRAWN", 20_000)
        yield


def of_month(period: str, name: str, marks: list[Marks], sender: str = "yks") -> Contents:
    rows = [{"x_CaseRef": f"{name}{at}"} for at in range(len(marks))]
    tokens = {row["x_CaseRef"]: tokens_of(each) for row, each in zip(rows, marks, strict=True)}
    return bundle(name, rows, sender=sender, agreement=f"DSA-{sender}", period=period, tokens=tokens)


def other(at: int) -> Marks:
    """Somebody else in each."""
    word = "".join("bdgklmnrst"[int(digit)] + "aeiou"[int(digit) % 5] for digit in f"{at:03}")
    born = dt.date(1970 + at % 30, 1 + at % 12, 1 + at % 28)
    return Marks(
        name=f"{word} {word[::-1]}", born=born, year=born.year, regency=f"53.{1 + at % 20:02}", sex="Masculine"
    )


SEPTEMBER = of_month("2026-09", "s", [HERS, *map(other, range(20))])
OCTOBER = of_month("2026-10", "o", [HERS, HERS, *map(other, range(15, 30))], sender="zks")
NOVEMBER = of_month("2026-11", "n", [HERS, other(5), other(40)])


def records(*contents: Contents) -> Records:
    segments = [Segment.of(each, START) for each in contents]
    named = sorted(segments, key=lambda each: (each.metadata.sender.id, each.metadata.period))
    return records_of(named)  # as a store gives them: what is added does not come last


def months_added(those: list[list[Contents]]) -> Iterator[tuple[Links, Links]]:
    """Month after month: linked with what was kept of those before, and at once."""
    parts: list[bytes] = []
    for at in range(len(those)):
        here = records(*(each for month in those[: at + 1] for each in month))
        kept = Compared.of_parts(parts, "duckdb")
        links = link(here, before=kept)
        parts.append((links.added or links.compared).to_bytes())
        yield links, link(here)


def test_months_that_are_added_are_linked_as_if_they_had_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "UNLIKELY", 0.3)  # so that many are only counted, in so small months
    contents = sorted(months(208).contents, key=lambda each: each.metadata.period)
    periods = sorted({each.metadata.period for each in contents})
    found = list(months_added([[each for each in contents if each.metadata.period == period] for period in periods]))
    assert len(found) > 1
    for added, at_once in found:
        assert added.pairs.num_rows > 0
        same(added, at_once)
    assert all(added.added is not None for added, _at_once in found[1:])


def test_reports_that_look_like_earlier_ones_meet_them_and_themselves() -> None:
    *_earlier, (added, at_once) = months_added([[SEPTEMBER], [OCTOBER], [NOVEMBER]])
    same(added, at_once)
    assert added.added is not None
    assert added.added.nodes.num_rows == 1, "the others look like somebody who was there"
    assert added.added.looks.num_rows == 3
    assert added.added.releases == tuple(each for each in added.compared.releases if each[1] == "2026-11")


def same(one: Links, other: Links) -> None:
    assert one.pairs.equals(other.pairs)
    assert one.checked == other.checked
    assert one.learned.matching == other.learned.matching
    for table in ("nodes", "looks"):
        of_both = (in_order(getattr(each.compared, table)) for each in (one, other))
        assert next(of_both).equals(next(of_both))


def in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.column_names]).combine_chunks()


def test_number_that_becomes_common_is_nobodys_in_what_came_before_too() -> None:
    """Then everything is compared again."""
    held = [of_month(f"2026-{9 + at:02}", f"m{at}", [shared(30 * at + n) for n in range(20)]) for at in range(2)]
    assert MOST_HOLDERS < 40
    _first, (added, at_once) = months_added([[each] for each in held])
    assert added.added is None
    same(added, at_once)


def test_number_that_was_common_stays_so() -> None:
    held = [of_month(f"2026-{9 + at:02}", f"m{at}", [shared(30 * at + n) for n in range(30)]) for at in range(2)]
    _first, (added, at_once) = months_added([[each] for each in held])
    assert added.added is not None
    same(added, at_once)


def test_pairs_that_were_only_counted_and_would_be_asked_for_now_are_compared_again() -> None:
    """Here since less is asked for before; else since much has been learned."""
    everything = sorted(months(208).contents, key=lambda each: each.metadata.period)
    first = [each for each in everything if each.metadata.period == everything[0].metadata.period]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linking, "ASK", 0.999)
        patch.setattr(scoring, "UNLIKELY", 1.0)
        kept = Compared.of_parts([link(records(*first)).compared.to_bytes()], "duckdb")
    added = link(records(*everything), before=kept)
    assert added.added is None
    same(added, link(records(*everything)))


def test_of_unlikely_pairs_it_is_only_kept_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    here = records(*months(208).contents)
    kept = link(here).compared
    counted = sum(kept.others.column("pairs").to_pylist())
    assert counted > 0
    assert not set(kept.others.column_names) & {"l", "r"}
    monkeypatch.setattr(scoring, "UNLIKELY", 0.0)
    assert link(here).compared.pairs.num_rows == kept.pairs.num_rows + counted


def shared(at: int) -> Marks:
    """Under an officer's own number."""
    return replace(other(at), identity=HERS.identity)


# --- in the store ---


def parts(store: Store) -> tuple[str, ...]:
    return tuple(part.file for part in store.parts("compared"))


def files(folder: Path) -> dict[str, bytes]:
    return {each.name.removesuffix(".segment"): each.read_bytes() for each in (folder / "store/segments").iterdir()}


def test_what_was_compared_before_is_not_written_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        merge(store)
        first, lay = parts(store), files(tmp_path)
        store.apply(OCTOBER, START)
        people = merge(store).counts.people
        assert parts(store)[:-1] == first
        lie = files(tmp_path)
        assert lie[first[0]] == lay[first[0]]
        with Store.open(tmp_path / "other", KEY) as at_once:
            for each in (SEPTEMBER, OCTOBER):
                at_once.apply(each, START)
            assert merge(at_once).counts.people == people


def test_many_parts_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(before, "MOST_PARTS", 2)
    with Store.open(tmp_path / "store", KEY) as store:
        for each, many in ((SEPTEMBER, 1), (OCTOBER, 2), (NOVEMBER, 1)):
            store.apply(each, START)
            merge(store)
            assert len(parts(store)) == many
        assert not merge(store).counts.anew
        linked = link(store.records(), before=Compared.of_parts([p.content for p in store.parts("compared")], "duckdb"))
        same(linked, link(store.records()))


@pytest.mark.parametrize("how", ["withdrawn", "disposed of", "forgotten"])
def test_of_whom_is_gone_no_part_is_left(tmp_path: Path, how: str) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        for each in (SEPTEMBER, OCTOBER):
            store.apply(each, START)
            merge(store)
        gone = parts(store)
        assert len(gone) == 2
        if how == "withdrawn":
            store.withdraw("zks", "DSA-zks", "o0")
        elif how == "disposed of":
            store.dispose("zks", "DSA-zks", OCTOBER.metadata.bundle)
        else:
            forget(store)
        assert not parts(store)
        assert not set(gone) & set(files(tmp_path))
        counts = merge(store).counts
        assert not counts.anew, "nothing was lost: it was taken away"


@pytest.mark.parametrize("which", [0, 1])
def test_damaged_part_is_told_and_everything_is_compared_again(tmp_path: Path, which: int) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        for each in (SEPTEMBER, OCTOBER):
            store.apply(each, START)
            people = merge(store).counts.people
        part = tmp_path / "store/segments" / f"{parts(store)[which]}.segment"
        part.write_bytes(part.read_bytes()[:-1])
        counts = merge(store).counts
        assert (counts.anew, counts.people) == (True, people)
        assert not merge(store).counts.anew
        assert len(parts(store)) == 1


@pytest.mark.parametrize("old", [b"PAR1 of before", b"", b"\xff\xff\xff\xff"])
def test_part_that_another_version_made_is_told(tmp_path: Path, old: bytes) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        store.keep("compared", old)
        assert merge(store).counts.anew
        assert not merge(store).counts.anew


def test_numbers_of_another_version_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        merge(store)
        monkeypatch.setattr(compared, "FORMAT", compared.FORMAT + 1)
        assert merge(store).counts.anew


def test_part_goes_on_from_nothing_but_what_was_read(tmp_path: Path) -> None:
    """Somebody else has merged, or erased, meanwhile."""
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(SEPTEMBER, START)
        merge(store)
        read = parts(store)
        store.keep_more("compared", b"theirs", read)
        theirs, generation = parts(store), store.generation
        assert len(theirs) == 2
        store.keep_more("compared", b"ours", read)
        assert (parts(store), store.generation) == (theirs, generation)
        store.drop("compared")
        store.keep_more("compared", b"ours", read)
        assert not parts(store)
