"""The page of what came: gaps are visible, people are counted, no one is shown, hostile texts come out harmless."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from agreements.example import agreement
from reports.checking import Page, is_sound
from reports.month import MADE, Month

from exchange.agreements.clause import Text
from exchange.audit.entries import AgreementRef, Counts, Entry
from exchange.bundle.metadata import CaveatLine
from exchange.bundle.words import about_the_data
from exchange.locale import LANGUAGES, speaking
from exchange.merge.counts import PeopleCounts, notice
from exchange.merge.people import MergeCounts
from exchange.protect.protected import Cell, ReleasedTable
from exchange.reports.received import Arrival, Expected, Holding, People, arrivals, received_page

HOSTILE = '<svg onload=alert(1)></table>"\'&<a href="https://x.example">x</a>'


@dataclass(frozen=True)
class Party:
    id: str
    name: str


US = Party("gt-ntt", "Gugus Tugas (contoh)")
EXPECTED = Expected((Party("yks", "Yayasan Kasih Sesama"), Party("rpk", "Rumah Pelita")), ("2026-09", "2026-10"))
TABLES = (
    ReleasedTable(("prs_Gender",), (Cell(("Feminine",), 40), Cell(("Masculine",), None), Cell(("*",), 55))),
    ReleasedTable(
        ("vic_TypeOfExploitation", "prs_Gender"),
        (
            Cell(("ForcedLabour", "Feminine"), 20),
            Cell(("ForcedLabour", "*"), None),
            Cell(("*", "Feminine"), 40),
            Cell(("*", "*"), 55),
        ),
    ),
    ReleasedTable(("prs_Gender", "cas_Status", "prs_Birthdate"), (Cell(("SUPPRESSED", "Active", "0-17"), 12),)),
)
PEOPLE = People(MergeCounts(524, 482, 6, 0), PeopleCounts(TABLES, "", ()), agreement().data)


def shown(september: Month, **changes: object) -> str:
    given: dict[str, object] = {
        "recipient": US,
        "expected": EXPECTED,
        "came": [_arrival(september)],
        "holdings": [Holding.of(september.segments[0])],
        "people": PEOPLE,
        "made": MADE,
    }
    return received_page(**{**given, **changes})  # type: ignore[arg-type]  # the arguments by name


def _arrival(september: Month, **changes: str) -> Arrival:
    arrival = Arrival(
        "yks", "2026-09", september.segments[0].metadata.bundle, 129, MADE, "delivered", ("data.officer.1",)
    )
    return replace(arrival, **changes)  # type: ignore[arg-type]  # texts alone are changed


def test_page_is_sound_and_in_both_languages(september: Month) -> None:
    assert is_sound(shown(september))


def test_page_with_nothing_received_is_sound(september: Month) -> None:
    text = shown(september, came=[], holdings=[], people=None)
    assert is_sound(text)
    assert text.count('class="gap"') == 2 * 4


def test_month_that_did_not_come_is_a_gap(september: Month) -> None:
    text = shown(september)
    assert text.count('class="gap"') == 2 * 3
    rows = september.segments[0].row_count
    assert f"Yayasan Kasih Sesama{rows}–nothing came{rows}" in Page(text).words["en"]
    assert "Rumah Pelita–nothing came–nothing came0" in Page(text).words["en"]


def test_bundle_without_rows_is_no_gap(september: Month) -> None:
    empty = Holding(september.segments[0].metadata, 0, 0)
    tables = Holding.of(september.segments[2])
    assert "Yayasan Kasih Sesamano rows" in Page(shown(september, holdings=[empty])).words["en"]
    assert "2026-Q3Rows in all" in Page(shown(september, holdings=[tables])).words["en"]
    assert "tables only" in Page(shown(september, holdings=[tables])).words["en"]


def test_month_whose_tables_are_all_withheld_looks_like_an_empty_one(september: Month) -> None:
    withheld = ReleasedTable(("prs_Gender",), (Cell(("*",), None),))
    segment = replace(september.segments[2], tables=(withheld,))
    text = Page(shown(september, holdings=[Holding.of(segment)])).words["en"]
    assert "–nothing came–nothing came" in text
    assert "tables only" not in text


def test_sender_that_nobody_expected_is_shown(september: Month) -> None:
    text = shown(september, expected=Expected((), ()))
    assert f"yks{september.segments[0].row_count}" in Page(text).words["en"]


def test_reports_people_and_notice_stand_together(september: Month) -> None:
    text = Page(shown(september)).words["en"]
    assert "524 reports" in text
    assert "482 people" in text
    assert "6 undecided pairs" in text
    assert text.count(notice()) == 2


def test_small_cells_are_withheld_and_have_no_bar(september: Month) -> None:
    text = shown(september)
    english = Page(text).words["en"]
    assert "55 people by Gender" in english
    assert "Masculinewithheld" in english
    assert "Forced labour20withheld" in english.replace("Forced Labour", "Forced labour")
    assert text.count("<rect") == 2  # the one count that is shown, in each language


def test_value_that_no_report_tells_is_not_said_to_be_unrecorded(september: Month) -> None:
    table = ReleasedTable(("prs_Gender",), (Cell(("",), 22), Cell(("*",), 55)))
    text = Page(shown(september, people=replace(PEOPLE, counted=PeopleCounts((table,), "", ())))).words["en"]
    assert "told by no report22" in text
    assert "not recorded" not in text


def test_caveats_name_all_who_gave_them(september: Month) -> None:
    first = Holding.of(september.segments[0])
    second = Holding(first.metadata.model_copy(update={"bundle": "f" * 32, "period": "2026-10", "caveats": ()}), 5, 0)
    text = Page(shown(september, holdings=[first, second])).words["en"]
    for line in first.metadata.caveats:
        assert line.text.en in text
    assert text.count("Yayasan Kasih Sesama: 2026-09") == len(first.metadata.caveats)
    assert Page(shown(september)).words["en"].count("every bundle") == len(first.metadata.caveats)


def test_replaced_bundle_is_said_to_be_replaced(september: Month) -> None:
    old = _arrival(september, bundle="e" * 32)
    metadata = september.segments[0].metadata.model_copy(update={"replaces": "e" * 32})
    assert (
        "replaced by a correction" in Page(shown(september, came=[old], holdings=[Holding(metadata, 1, 0)])).words["en"]
    )
    assert "no longer in the store" in Page(shown(september, came=[old])).words["en"]


def test_arrivals_come_from_the_log() -> None:
    digests = [f"sha256:{letter * 64}" for letter in "abc"]
    accepted = Entry(
        time=dt.datetime(2026, 10, 5, tzinfo=dt.UTC),
        kind="bundle.accepted",
        party="gt-ntt",
        counterpart="yks",
        agreement=AgreementRef(id="DSA-1", version="1.0.0", digest=digests[0]),
        period="2026-09",
        bundle="d" * 32,
        ciphertext=digests[1],
        receipt=digests[2],
        counts=Counts(rows_in=129),
    )
    received = Entry(time=accepted.time, kind="bundle.received", party="gt-ntt", ciphertext=digests[1])
    (arrival,) = arrivals([received, accepted], {digests[2]: "queued"})
    assert arrival == Arrival("yks", "2026-09", "d" * 32, 129, accepted.time, "queued")


def test_each_bundle_tells_what_was_done_to_each_field_why_and_what_is_missing(september: Month) -> None:
    holding = Holding.of(september.segments[0])
    page = Page(shown(september, holdings=[holding]))
    assert holding.metadata.fields
    assert holding.metadata.missing
    for tongue in LANGUAGES:
        with speaking(tongue):
            lines = [line for _head, lines in about_the_data(holding.metadata) for line in lines]
            seen = " ".join(page.words[tongue].split())
            assert not [line for line in lines if " ".join(line.split()) not in seen]
            for field in holding.metadata.fields:
                assert [line for line in lines if field.how.in_(tongue) in line and field.why.in_(tongue) in line]


def test_whoever_acknowledged_some_of_the_notices_has_not_acknowledged_them(september: Month) -> None:
    holding = Holding.of(september.segments[0])
    arrival = _arrival(september, bundle=holding.metadata.bundle)
    common = {
        "time": arrival.accepted,
        "party": "gt-ntt",
        "counterpart": "yks",
        "bundle": arrival.bundle,
        "ciphertext": "sha256:" + "b" * 64,
        "agreement": AgreementRef(id="DSA-1", version="1.0.0", digest="sha256:" + "a" * 64),
    }
    accepted = Entry(
        **common, kind="bundle.accepted", period="2026-09", receipt="sha256:" + "c" * 64, counts=Counts(rows_in=1)
    )
    some, rest = (
        Entry(**common, kind="notices.acknowledged", person="data.officer.1", codes=codes)
        for codes in (("caveats",), ("confidentiality", "prohibited"))
    )
    assert arrivals([accepted, some], {}, [holding])[0].acknowledged_by == ()
    assert arrivals([accepted, some, rest], {}, [holding])[0].acknowledged_by == ("data.officer.1",)


def test_no_value_of_a_person_is_on_the_page(september: Month) -> None:
    text = shown(september, holdings=[Holding.of(each) for each in september.segments])
    assert [each for each in september.of_people if each in text] == []
    keys = [key for segment in september.segments for key in segment.row_keys().to_pylist()]
    assert keys
    assert not any(key in text for key in keys if len(key) > 4)


@pytest.mark.parametrize("place", ["sender", "recipient", "caveat", "notice", "value", "field", "period"])
def test_hostile_texts_come_out_harmless(september: Month, place: str) -> None:
    words = Text(id=HOSTILE, en=HOSTILE)
    told = september.segments[0].metadata
    table = ReleasedTable(("prs_Gender",), (Cell((HOSTILE,), 5),))
    strange = ReleasedTable((HOSTILE, "prs_Gender"), (Cell((HOSTILE, HOSTILE), 5),))
    changes: dict[str, dict[str, object]] = {
        "sender": {"expected": Expected((Party("yks", HOSTILE),), ("2026-09",))},
        "recipient": {"recipient": Party("gt-ntt", HOSTILE)},
        "caveat": _held(told.model_copy(update={"caveats": (CaveatLine(code=HOSTILE, kind="other", text=words),)})),
        "notice": _held(told.model_copy(update={"confidentiality": words, "prohibited": (words,)})),
        "value": {"people": replace(PEOPLE, counted=PeopleCounts((table,), "", ()))},
        "field": {"people": replace(PEOPLE, counted=PeopleCounts((strange,), "", ()))},
        "period": {"came": [_arrival(september, period=HOSTILE, bundle=HOSTILE, sender=HOSTILE)]},
    }
    text = shown(september, **changes[place])
    assert HOSTILE in Page(text).words["en"]
    assert not [fault for fault in Page(text.replace("https://", "")).faults if fault != "something from outside"]
    assert "<svg onload" not in text


def _held(metadata: object) -> dict[str, object]:
    return {"holdings": [Holding(metadata, 1, 0)]}  # type: ignore[arg-type]  # metadata with other texts
