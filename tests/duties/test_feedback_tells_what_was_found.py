"""Feedback is worked out from the data; and tells no sender about another's people."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import hypothesis
import pytest
from agreements.example import agreement
from hypothesis import settings
from hypothesis import strategies as st
from merge.received import KEY, START, bundle
from pydantic import ValidationError

from exchange.agreements.agreement import Reference
from exchange.agreements.period import Period
from exchange.audit.entries import AgreementRef, Counts, Entry, Kind
from exchange.bundle.feedback import Figures, PeriodFound
from exchange.bundle.letters import Feedback
from exchange.consent.bands import Band
from exchange.duties.feedback import check_given
from exchange.duties.feedback_figures import Seen, figures
from exchange.duties.feedback_text import figure_lines
from exchange.errors import BundleError
from exchange.locale import speaking
from exchange.merge.merging import merge
from exchange.merge.store import Store

AGREEMENT = agreement()
SEPTEMBER, OCTOBER = Period.read("2026-09"), Period.read("2026-10")
IN_TIME = dt.datetime(2026, 10, 6, tzinfo=dt.UTC)
TOKENS = ("nik", "phone_name", "name_dob")


def person(name: str) -> dict[str, str]:
    """Tokens by which the person is known again, whoever tells of her."""
    return {kind: f"{kind}-{name}" for kind in TOKENS}


def told(store: Store, sender: str, rows: dict[str, tuple[str, dict[str, str]]], period: str = "2026-09") -> None:
    """Rows by their key: the person's gender, and tokens."""
    content = bundle(
        f"{sender} {period}",
        [{"x_CaseRef": key, "prs_Gender": gender} for key, (gender, _tokens) in rows.items()],
        sender=sender,
        agreement=AGREEMENT.id if sender == "yks" else f"DSA-{sender}",
        period=period,
        tokens={key: tokens for key, (_gender, tokens) in rows.items()},
    )
    store.apply(content, START)


def entry(kind: Kind, time: dt.datetime = IN_TIME, **more: object) -> Entry:
    about = AgreementRef(**Reference.to(AGREEMENT).model_dump())
    needs = {"ciphertext": "sha256:" + "c" * 64, "receipt": "sha256:" + "d" * 64, "bundle": "b" * 32}
    given = {"counterpart": "yks", "period": "2026-09", **needs, **more}
    return Entry(time=time, kind=kind, party="io-id", agreement=about, **given)  # type: ignore[arg-type]


def found(store: Store, *entries: Entry, of_the_store: tuple[Entry, ...] = (), key: bytes = bytes(32)) -> Figures:
    merged = merge(store)
    seen = Seen(AGREEMENT, store.records(), merged, entries, of_the_store, key)
    return figures(seen, (SEPTEMBER, OCTOBER))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", KEY)


ACCEPTED = entry("bundle.accepted")


def test_what_rests_on_the_senders_own_rows_is_told(store: Store) -> None:
    rows = {f"p{n:08}": ("Feminine" if n < 12 else "UNKNOWN", person(str(n))) for n in range(16)}
    rows |= {"pagain000": ("Feminine", person("0")), "pnameless": ("Masculine", {"nik": "nik-alone"})}
    rows |= {"pwithheld": ("SUPPRESSED", person("y"))}
    told(store, "yks", rows)
    corrected = entry("bundle.accepted", counts=Counts(corrections=1))
    september, october = found(store, ACCEPTED, corrected).periods
    assert (september.bundles, september.corrections, september.late, september.rows) == (2, 1, False, 19)
    assert september.repeated is Band.TO_A_TENTH  # one of 19
    (gender,) = september.fields
    assert (gender.field, gender.missing) == ("prs_Gender", Band.TO_A_THIRD)  # 4 of 19; what we withheld is no fault
    missing = {each.kind: each.missing for each in september.tokens}
    assert (missing["nik"], missing["name_dob"]) == (Band.UNDER_A_TWENTIETH, Band.TO_A_TENTH)
    assert missing["dob_regency_sex"] is Band.OVER_A_HALF
    assert (october.rows, october.bundles, october.fields, october.repeated) == (0, 0, (), None)


def test_what_came_after_the_days_of_grace_is_late(store: Store) -> None:
    told(store, "yks", {"p00000000": ("Feminine", person("0"))})
    late = entry("bundle.accepted", time=dt.datetime(2026, 12, 30, tzinfo=dt.UTC))
    assert [each.late for each in found(store, late).periods] == [True, False]
    assert not found(store, late, ACCEPTED).periods[0].late


def test_what_became_of_it_is_counted_from_the_first_bundle_on(store: Store) -> None:
    told(store, "yks", {"p00000000": ("Feminine", person("0"))})
    before, after = IN_TIME - dt.timedelta(days=1), IN_TIME + dt.timedelta(days=1)
    kinds: list[tuple[Kind, str | None]] = [
        ("store.merged", None),
        ("store.exported", None),
        ("store.exported", "published"),
    ]
    acts = tuple(
        entry(kind, time=time, note=note, person="p.q") for time in (before, after, after) for kind, note in kinds
    )
    those = found(store, ACCEPTED, of_the_store=acts)
    assert (those.merged, those.exported, those.published) == (2, 2, 2)
    nothing = found(store, of_the_store=acts)
    assert (nothing.merged, nothing.exported, nothing.published) == (0, 0, 0)


def shared(store: Store, both: int, differing: int, alone: int = 20) -> PeriodFound:
    """September, when `both` people are known to another sender too, who says something else of `differing`."""
    ours = {f"p{n:08}": ("Feminine", person(str(n))) for n in range(both + alone)}
    theirs = {f"q{n:08}": ("Masculine" if n < differing else "Feminine", person(str(n))) for n in range(both)}
    told(store, "yks", ours)
    told(store, "rpk", theirs)
    return found(store, ACCEPTED).periods[0]


@pytest.mark.parametrize("both", [0, 1, AGREEMENT.onward.publish.min_cell - 1])
def test_too_few_people_whom_others_know_are_not_told_of(store: Store, both: int) -> None:
    september = shared(store, both, differing=both)
    assert september.elsewhere is None
    assert [each.differs for each in september.fields] == [None]


def test_many_people_whom_others_know_are_told_of_in_bands(store: Store) -> None:
    september = shared(store, 80, differing=75)
    assert september.elsewhere is Band.OVER_A_HALF
    assert [each.differs for each in september.fields] == [Band.OVER_A_HALF]


@hypothesis.given(st.integers(0, 60), st.integers(0, 60), st.binary(min_size=32, max_size=32))
@settings(max_examples=200, deadline=None)
def test_no_made_up_rows_find_the_edge_of_a_band(count: int, more: int, key: bytes) -> None:
    """Whoever knows all rows but one cannot say, from the band, whether that one is known elsewhere: with some keys
    either number gives the same band; the edges are the recipient's secret."""
    from exchange.duties.feedback_figures import _enough

    of = count + more + 40
    seen = Seen.__new__(Seen)
    for name, value in (("agreement", AGREEMENT), ("key", key)):
        object.__setattr__(seen, name, value)
    least = AGREEMENT.onward.publish.min_cell
    assert _enough(seen, count, of, least - 1, "2026-09") is None
    assert _enough(seen, count, of, least, "2026-09") is _enough(seen, count, of, least, "2026-09")
    others = [os.urandom(32) for _time in range(12)]
    crossed = 0
    for other in others:
        object.__setattr__(seen, "key", other)
        crossed += _enough(seen, count, of, least, "2026-09") is not _enough(seen, count + 1, of, least, "2026-09")
    assert crossed < len(others)


def given(**changes: object) -> Feedback:
    """Feedback for a quarter, in figures and words; its one period with `changes`."""
    period = {"period": "2026-09", "bundles": 1, "corrections": 0, "late": False, "rows": 3, "repeated": None}
    period |= {"elsewhere": None, "fields": (), "tokens": (), **changes}
    those = Figures.model_validate({"periods": (period,), "merged": 1, "exported": 0, "published": 0})
    return Feedback(kind="feedback", period="2026-Q3", figures=those, data_quality=None, results="Dua pelatihan.")


LATER = dt.date(2026, 10, 20)


def test_figures_stand_for_the_words_on_quality_and_for_no_others() -> None:
    check_given(given(), AGREEMENT, LATER)
    check_given(given().model_copy(update={"figures": None, "data_quality": "Baik."}), AGREEMENT, LATER)
    for lacks in ({"figures": None}, {"results": None}):
        with pytest.raises(BundleError) as refused:
            check_given(given().model_copy(update=lacks), AGREEMENT, LATER)
        assert refused.value.codes == ("feedback.not_asked",)


@pytest.mark.parametrize(
    "lie",
    [
        {"period": "2026-10"},  # of another quarter
        {"fields": ({"field": "prs_Invented", "missing": "over_a_half", "differs": None},)},
    ],
)
def test_figures_of_other_periods_or_fields_are_refused(lie: dict[str, object]) -> None:
    with pytest.raises(BundleError) as refused:
        check_given(given(**lie), AGREEMENT, LATER)
    assert refused.value.codes == ("feedback.not_asked",)


@pytest.mark.parametrize(
    "lie", [{"period": "\x1b[31m"}, {"rows": -1}, {"repeated": "all"}, {"tokens": ({"kind": "x"},)}]
)
def test_figures_hold_nothing_but_figures(lie: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        given(**lie)


def test_figures_are_read_in_both_languages(store: Store) -> None:
    told_of = shared(store, 80, differing=75)
    said = {}
    for tongue in ("en", "id"):
        with speaking(tongue):
            said[tongue] = "\n".join(figure_lines(Figures(periods=(told_of,), merged=1, exported=0, published=0)))
    assert (
        "prs_Gender: unknown in none or under a twentieth; told otherwise by other senders: over a half" in said["en"]
    )
    assert "prs_Gender" in said["id"]
    assert not {*said["en"].splitlines()} & {*said["id"].splitlines()}
