"""The regular expression takes nothing that `Opening.read` would not take, and nearly all that it does."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.audit.canonical_lines import canonical_lines
from exchange.audit.entries import NEEDS, AgreementRef, Counts, Entry, Kind, KindCount, Opening
from exchange.errors import AuditError

CANONICAL = canonical_lines()
KINDS: tuple[Kind, ...] = get_args(Kind)


def text(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


PARTY = st.sampled_from(["y", "yks", "gt-ntt", "9" * 63])
CODE = st.sampled_from(["a", "a.b", "rows.held_back", "a-.-", "a" * 128])
DIGEST = st.binary(min_size=32, max_size=32).map(lambda each: f"sha256:{each.hex()}")
BUNDLE = st.sampled_from(["A-z0-9-9", "0d1f6a0c-5d8e", "a" * 64])
COUNT = st.integers(0, 10**15 - 1)
MOMENT = st.datetimes(datetime(2000, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC)).filter(  # noqa: DTZ001
    lambda each: (each.month, each.day) != (2, 29)
)
AGREEMENT = st.builds(
    AgreementRef,
    id=st.sampled_from(["D", "0", "DSA-NTT-2026-004", "A" * 63]),
    version=st.sampled_from(["0.0.0", "1.1.0", "0001.9999.10"]),
    digest=DIGEST,
)
KIND_COUNTS = st.lists(st.builds(KindCount, kind=CODE, count=COUNT), max_size=3).map(tuple)
COUNTS = st.fixed_dictionaries(
    {},
    optional={name: KIND_COUNTS if name in ("masks", "reasons") else COUNT for name in Counts.model_fields},
).map(Counts.model_validate)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "since": MOMENT,
    "counterpart": PARTY,
    "agreement": AGREEMENT,
    "period": st.sampled_from(["2026", "0000-01", "2026-12", "2026-Q4"]),
    "bundle": BUNDLE,
    "ciphertext": DIGEST,
    "page": DIGEST,
    "receipt": DIGEST,
    "letter": BUNDLE,
    "key": st.sampled_from(["SHA256:" + "a+Z/9" * 8 + "abc"]),
    "person": st.sampled_from(["b", "budi.s", "9.-"]),
    "counts": COUNTS,
    "codes": st.lists(CODE, min_size=1, max_size=3).map(tuple),
    "note": CODE,
    "until": st.dates(date(2000, 1, 1), date(2200, 12, 31)).filter(lambda each: (each.month, each.day) != (2, 29)),
    "fields": st.lists(st.sampled_from(["A", "age_1", "z" * 60]), min_size=1, max_size=3).map(tuple),
    "onward": AGREEMENT,
}


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    kind = draw(st.sampled_from(KINDS))
    names = {*NEEDS.get(kind, ()), *draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=6))}
    fields = {name: draw(FIELDS[name]) for name in sorted(names)}
    return Opening(
        Entry(time=draw(MOMENT), kind=kind, party=draw(PARTY), **fields), draw(st.binary(min_size=16, max_size=16))
    )


def taken(line: bytes) -> bool:
    """Whether the expression takes it; then it must be an opening, and what was seen must be what it says."""
    found = CANONICAL.told(line)
    if found is not None:
        opening = Opening.read(line)  # raises where it is not
        assert found.kinds == (opening.entry.kind.encode(),)
        assert found.times == (f"{opening.entry.time:%Y-%m-%dT%H:%M:%SZ}".encode(),)
        assert found.parties == (opening.entry.party.encode(),)
        assert Opening.reread(line) == opening
    return found is not None


def test_every_field_that_an_entry_can_have_is_tried() -> None:
    assert {*FIELDS, "time", "kind", "party"} == {*Entry.model_fields}


@settings(max_examples=100, deadline=None)
@given(openings())
def test_what_is_written_is_taken(opening: Opening) -> None:
    assert taken(opening.data)


@settings(max_examples=150, deadline=None)
@given(openings(), st.data())
def test_a_line_with_a_change_in_it_is_taken_only_if_it_is_still_an_opening(
    opening: Opening, data: st.DataObject
) -> None:
    line = bytearray(opening.data)
    for _change in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(line) - 1))
        other = data.draw(st.integers(0, len(line)))
        change = data.draw(st.sampled_from(["cut", "put", "move", "replace"]))
        if change == "cut":
            del line[place:other]
        elif change == "put":
            line[place:place] = data.draw(st.sampled_from([b",", b'"', b"}", b"{}", b"[]", b"0", b"-", b"\n", b" "]))
        elif change == "move":
            line[place:place] = line[other : other + 20]
        else:
            line[place : place + 1] = bytes([data.draw(st.integers(0, 255))])
        if not line:
            return
    taken(bytes(line))


@settings(max_examples=100, deadline=None)
@given(openings(), st.data())
def test_a_line_that_says_something_else_is_taken_only_if_it_is_still_an_opening(
    opening: Opening, data: st.DataObject
) -> None:
    said = json.loads(opening.data)
    strange: list[Any] = [
        None,
        "",
        0,
        -1,
        1.5,
        2**53,
        2**60,
        True,
        (),
        ("a",),
        "A" * 129,
        "a.b",
        "a\n",
        "2026-02-30",
        "ü",
    ]
    entry = said["entry"]
    parts = [entry, *(entry[name] for name in ("counts", "agreement") if name in entry)]
    for _change in range(data.draw(st.integers(1, 2))):
        part = data.draw(st.sampled_from(parts))
        name = data.draw(st.sampled_from(sorted({*part, *Entry.model_fields})))
        if name in part and data.draw(st.booleans()):
            del part[name]
        else:
            part[name] = data.draw(st.sampled_from(strange))
    taken(json.dumps(said, separators=(",", ":"), sort_keys=True).encode())


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_needs_must_be_there(kind: Kind) -> None:
    bare = f'{{"entry":{{"kind":"{kind}","party":"yks","time":"2026-10-01T08:00:00Z"}},"salt":"{"0" * 32}"}}'.encode()
    assert taken(bare) == (not NEEDS.get(kind))


@settings(deadline=None)
@given(
    st.sampled_from(["time", "since", "until"]), text("[0-9]{4}-[0-9]{2}-[0-9]{2}"), text("[0-9]{2}:[0-9]{2}:[0-9]{2}")
)
@example("time", "2026-02-29", "00:00:00")
@example("until", "2024-02-29", "00:00:00")
@example("time", "2026-12-31", "23:59:60")
@example("since", "0000-01-01", "24:00:00")
def test_days_and_times_that_no_calendar_has_are_not_taken(name: str, day: str, clock: str) -> None:
    said = {"kind": "store.merged", "party": "yks", "time": "2026-10-01T08:00:00Z"}
    said[name] = day if name == "until" else f"{day}T{clock}Z"
    taken(json.dumps({"entry": said, "salt": "0" * 32}, separators=(",", ":"), sort_keys=True).encode())


def test_a_kind_of_a_later_version_is_left_to_the_slow_way() -> None:
    line = (
        b'{"entry":{"kind":"bundle.teleported","party":"yks","time":"2026-10-01T08:00:00Z"},"salt":"'
        + b"0" * 32
        + b'"}'
    )
    assert not taken(line)
    with pytest.raises(AuditError):
        Opening.read(line)
