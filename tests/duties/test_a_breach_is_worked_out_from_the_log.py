"""Whose data a breach exposed: worked out from entries alone, by bundle, party, person, key, period and time."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit.entries import AgreementRef, Counts, Entry, Kind
from exchange.duties.breach_scope import Exposed, Opens, Scope, scope

DAY = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
AGREEMENT = AgreementRef(id="DSA-NTT-2026-004", version="1.1.0", digest="sha256:" + "a" * 64)


def on(day: int) -> dt.datetime:
    return DAY + dt.timedelta(days=day - 1)


def ids(found: Scope) -> list[str]:
    return [each.bundle for each in found.bundles]


def digest(bundle: str) -> str:
    return "sha256:" + bundle[-1] * 64


def entry(kind: Kind, day: int, party: str, **about: Any) -> Entry:
    return Entry(time=on(day), kind=kind, party=party, **about)


def sent(bundle: str, to: str, packed: int, left: int | None, rows: int = 30, period: str = "2026-09") -> list[Entry]:
    about = {"bundle": bundle, "counterpart": to, "agreement": AGREEMENT, "ciphertext": digest(bundle)}
    made = entry("bundle.packed", packed, "yks", period=period, counts=Counts(rows_out=rows), fields=("sex",), **about)
    return [made] if left is None else [made, entry("bundle.delivered", left, "yks", period=period, **about)]


def came(bundle: str, sender: str, day: int, rows: int = 30) -> list[Entry]:
    about = {"bundle": bundle, "counterpart": sender, "agreement": AGREEMENT, "ciphertext": digest(bundle)}
    counts, receipt = Counts(rows_in=rows), "sha256:" + "0" * 64
    return [
        entry("bundle.received", day, "gt-ntt", **about),
        entry("bundle.opened", day, "gt-ntt", **about),
        entry("bundle.accepted", day, "gt-ntt", period="2026-09", receipt=receipt, counts=counts, **about),
    ]


def gone(bundle: str, day: int) -> Entry:
    about = {"bundle": bundle, "counterpart": "yks", "agreement": AGREEMENT}
    return entry("disposal.done", day, "gt-ntt", **about)


SENT = [
    *sent("bundle-1", "gt-ntt", 1, 2),
    *sent("bundle-2", "io-id", 3, 4, rows=12),
    *sent("bundle-3", "gt-ntt", 20, None, rows=9, period="2026-10"),  # waits
]
CAME = [*came("bundle-1", "yks", 2), *came("bundle-2", "rpk", 10, rows=5), gone("bundle-1", 20)]
ours = partial(scope, SENT, "yks")
theirs = partial(scope, CAME, "gt-ntt")


def test_a_recipient_who_lost_its_data_had_what_went_to_it() -> None:
    found = ours(Exposed(party="gt-ntt"))
    assert ids(found) == ["bundle-1"], "what never left was exposed to nobody"
    assert (found.rows, found.parties, found.agreements) == (30, ("gt-ntt", "yks"), (AGREEMENT,))
    assert found.bundles[0].fields == ("sex",)


def test_a_bundle_is_found_by_the_beginning_of_its_id_even_where_it_waits() -> None:
    assert ids(ours(Exposed(bundles=("bundle-3",)))) == ["bundle-3"]
    assert ids(ours(Exposed(bundles=("bundle",)))) == ["bundle-1", "bundle-2", "bundle-3"]
    assert ids(ours(Exposed(bundles=("b",)))) == [], "too short to mean anything"


def test_a_bundle_that_was_taken_back_exposes_nobody() -> None:
    about = {"bundle": "bundle-3", "counterpart": "gt-ntt", "agreement": AGREEMENT, "ciphertext": digest("bundle-3")}
    back = entry("release.taken_back", 21, "yks", period="2026-10", **about)
    assert ids(scope([*SENT, back], "yks", Exposed(bundles=("bundle-3",)))) == []


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ["bundle-1", "bundle-2"]),
        (5, 9, ["bundle-1"]),  # the second had not come
        (15, 16, ["bundle-1", "bundle-2"]),
        (21, 22, ["bundle-2"]),  # the first was destroyed
        (None, 1, []),
    ],
)
def test_what_lay_here_in_a_time(since: int | None, until: int | None, expected: list[str]) -> None:
    exposed = Exposed(since=on(since) if since else None, until=on(until) if until else None)
    assert ids(theirs(exposed)) == expected


def test_a_period_is_that_of_the_data() -> None:
    assert ids(ours(Exposed(period="2026-09"))) == ["bundle-1", "bundle-2"]
    assert ids(ours(Exposed(period="2026-10"))) == []


# --- the account of a person ---


def acts(*more: Entry) -> list[Entry]:
    return sorted([*CAME, *more], key=lambda each: each.time)


def test_a_person_saw_what_they_opened_and_no_more() -> None:
    about = {"counterpart": "yks", "agreement": AGREEMENT, "bundle": "bundle-1", "ciphertext": digest("bundle-1")}
    opened = entry("bundle.opened", 5, "gt-ntt", person="officer.1", **about)
    found = scope(acts(opened), "gt-ntt", Exposed(person="officer.1"))
    assert (ids(found), found.acts) == (["bundle-1"], (("bundle.opened", 1),))
    assert ids(scope(acts(opened), "gt-ntt", Exposed(person="officer.2"))) == []


@pytest.mark.parametrize(("day", "expected"), [(1, []), (5, ["bundle-1"]), (15, ["bundle-1", "bundle-2"])])
def test_whoever_writes_out_the_store_sees_what_lies_there_that_day(day: int, expected: list[str]) -> None:
    exported = entry("store.exported", day, "gt-ntt", person="officer.1")
    assert ids(scope(acts(exported), "gt-ntt", Exposed(person="officer.1"))) == expected


def test_what_was_destroyed_before_was_not_in_the_store() -> None:
    exported = entry("store.exported", 25, "gt-ntt", person="officer.1")
    assert ids(scope(acts(exported), "gt-ntt", Exposed(person="officer.1"))) == ["bundle-2"]


def test_figures_for_everybody_show_nobody() -> None:
    published = entry("store.exported", 15, "gt-ntt", person="officer.1", note="published")
    assert scope(acts(published), "gt-ntt", Exposed(person="officer.1")) == Scope(())


def test_the_time_of_a_person_is_that_of_their_acts() -> None:
    exported = entry("store.exported", 15, "gt-ntt", person="officer.1")
    exposed = Exposed(person="officer.1", since=on(16))
    assert ids(scope(acts(exported), "gt-ntt", exposed)) == []


# --- a key, and what is not told any more ---


def test_a_key_opens_what_was_sealed_while_it_counted() -> None:
    october = Opens("gt-ntt", dt.date(2026, 10, 1), dt.date(2026, 10, 2))
    assert ids(ours(Exposed(opens=october))) == ["bundle-1"]
    later = Opens("gt-ntt", dt.date(2026, 10, 3), dt.date(2026, 10, 31))
    assert ids(ours(Exposed(opens=later))) == []
    assert ids(theirs(Exposed(opens=october))) == ["bundle-1", "bundle-2"], "the second may have been long on its way"


def test_what_has_lost_its_opening_is_said() -> None:
    erased = entry("opening.erased", 12, "gt-ntt", counts=Counts(entry=3))
    assert scope(acts(erased), "gt-ntt", Exposed()).forgotten == 1


@given(st.integers(1, 25), st.integers(1, 25))
def test_more_time_never_exposes_less(one: int, other: int) -> None:
    first, last = sorted((one, other))
    narrow = set(ids(theirs(Exposed(since=on(first), until=on(last)))))
    assert narrow <= set(ids(theirs(Exposed(since=on(first))))) <= set(ids(theirs(Exposed())))
