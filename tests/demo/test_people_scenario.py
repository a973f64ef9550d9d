"""The demo's people hold every difficulty that the exchange must meet, and repeat exactly."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

import pytest

from exchange.codes import places
from exchange.codes.lists import code_list
from exchange.codes.nik import damage, read_nik
from exchange.demo.exploitation import is_child
from exchange.demo.reports import Report
from exchange.demo.scenario import ADDED_BY_CORRECTION, CHANGED_BY_CORRECTION, CSOS, MONTHS, Cso, Scenario, build
from exchange.ladders.age import age_bands, age_on

OTHER_SEED = 7


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return build()


@pytest.fixture(scope="module")
def reports(scenario: Scenario) -> tuple[Report, ...]:
    return tuple(row for book in scenario.workbooks for row in book.reports)


def test_the_same_seed_gives_the_same_story() -> None:
    assert build(OTHER_SEED) == build(OTHER_SEED)
    assert build(OTHER_SEED).direct_identifiers() != build().direct_identifiers()


@pytest.mark.parametrize("seed", range(8))
def test_every_seed_tells_a_whole_story(seed: int) -> None:
    story = build(seed)
    sizes = {(book.cso, book.month): len(book.reports) for book in story.workbooks}
    assert sizes == {
        ("yks", "2026-09"): 185, ("yks", "2026-10"): 205, ("rpk", "2026-09"): 128, ("rpk", "2026-10"): 141,
        ("jkm", "2026-09"): 74, ("jkm", "2026-10"): 0,
    }  # fmt: skip
    assert len(story.correction.reports) == 190


def test_case_references_are_unique_over_all_organisations(reports: tuple[Report, ...]) -> None:
    assert len({row.case_ref for row in reports}) == len(reports)


def test_one_person_in_seven_is_known_to_several(scenario: Scenario, reports: tuple[Report, ...]) -> None:
    known = defaultdict(set)
    for row in (*reports, *scenario.correction.reports):
        known[row.person].add(row.cso)
    several = [person for person, csos in known.items() if len(csos) > 1]
    assert set(known) == {person.id for person in scenario.people}
    assert 0.12 < len(several) / len(scenario.people) < 0.18
    assert any(len(csos) == 3 for csos in known.values())


def test_a_person_is_reported_once_by_each_organisation(reports: tuple[Report, ...]) -> None:
    assert max(Counter((row.cso, row.person) for row in reports).values()) == 1


def test_the_truth_counts_people_behind_references(scenario: Scenario, reports: tuple[Report, ...]) -> None:
    refs = [row.case_ref for row in reports]
    assert scenario.distinct_people(refs) == len({row.person for row in reports})
    assert scenario.distinct_people(refs[:1] * 3) == 1
    assert all(scenario.person_of(row.case_ref) == row.person for row in reports)


def test_people_known_to_several_are_spelt_in_several_ways(scenario: Scenario, reports: tuple[Report, ...]) -> None:
    written = defaultdict(set)
    for row in reports:
        written[row.person].add((row.told.first_name, row.told.second_name))
    differing = sum(len(names) > 1 for names in written.values())
    assert differing > 40


def test_niks_agree_with_their_people_but_for_forged_papers(scenario: Scenario) -> None:
    forged = 0
    for person in scenario.people:
        if not person.nik:
            continue
        nik = read_nik(person.nik)
        assert nik is not None
        assert nik.district == person.district
        assert int(nik.serial) >= 9000  # no real serial
        assert nik.sex == ("female" if person.gender == "Feminine" else "male")
        forged += not nik.agrees_with(person.birthdate)
    assert 5 < forged < 60


def test_every_person_lives_in_a_real_district(scenario: Scenario) -> None:
    for person in scenario.people:
        assert places.parent_of(person.district) == person.regency
    from_ntt = sum(person.province == "53" for person in scenario.people)
    assert from_ntt > 0.75 * len(scenario.people)


def test_places_are_written_so_that_they_still_resolve(scenario: Scenario, reports: tuple[Report, ...]) -> None:
    truth = {person.id: person for person in scenario.people}
    for row in reports:
        province = places.province_code(row.told.province)
        assert province == truth[row.person].province
        if row.told.regency != "Kupang":
            assert places.regency_code(row.told.regency, province) == truth[row.person].regency


def outside(field: str, text: str) -> bool:
    return any(part and code_list("htcds-2.0", field=field).code_of(part) is None for part in text.split(";"))


HARD_CASES = {
    "no consent": lambda row: row.consent.status in ("ConsentRefused", "ConsentUnknown", ""),
    "consent withdrawn": lambda row: row.consent.status == "ConsentWithdrawn",
    "consent expired": lambda row: row.consent.status == "ConsentExpired",
    "consent not for the international organisation": lambda row: row.consent.scope == "share_government",
    "scope beyond what the old form covers": lambda row: row.consent.form == "F3" and "share_io" in row.consent.scope,
    "consent without evidence": lambda row: row.consent.status == "ConsentGiven" and not row.consent.evidence,
    "a person who died": lambda row: row.told.deceased == "ya",
    "NIK cell that holds a number": lambda row: isinstance(row.told.identity, int),
    "NIK as an exponent": lambda row: damage(str(row.told.identity)) == "exponent",
    "NIK of fifteen digits": lambda row: damage(str(row.told.identity)) == "fifteen_digits",
    "passport": lambda row: str(row.told.identity).startswith("X"),
    "phone that lost its zero": lambda row: isinstance(row.told.phone, int),
    "exploitation outside the pick list": lambda row: outside("vic_TypeOfExploitation", row.trafficking.exploitation),
    "status outside the pick list": lambda row: outside("cas_Status", row.case_status),
    "an ambiguous regency": lambda row: row.told.regency == "Kupang",
    "not a victim": lambda row: row.trafficking.status == "Not a victim of trafficking",
    "a date as text": lambda row: isinstance(row.referred_on, str),
    "a birth date unknown": lambda row: row.told.birthdate in ("", "UNKNOWN"),
    "late entry": lambda row: isinstance(row.referred_on, date) and f"{row.referred_on:%Y-%m}" < row.month,
    "name in the note": lambda row: row.note.identifiers and row.told.first_name.split()[0] in row.note.text,
    "phone in the note": lambda row: "0813-00" in row.note.text,
    "a list of two": lambda row: ";" in row.trafficking.exploitation,
}


@pytest.mark.parametrize("case", HARD_CASES)
def test_every_hard_case_occurs_and_is_not_the_rule(case: str, reports: tuple[Report, ...]) -> None:
    found = sum(bool(HARD_CASES[case](row)) for row in reports)
    assert 1 <= found < len(reports) // 2


def test_children_have_or_lack_an_adults_consent(scenario: Scenario, reports: tuple[Report, ...]) -> None:
    children = {person.id for person in scenario.people if is_child(person)}
    adult = Counter(row.consent.adult for row in reports if row.person in children)
    assert set(adult) == {"parent", "guardian", "social_worker", ""}
    assert not any(row.consent.adult for row in reports if row.person not in children)


def test_households_share_a_reference(reports: tuple[Report, ...]) -> None:
    sizes = Counter(row.household_ref for row in reports if row.household_ref)
    assert max(sizes.values()) >= 4
    assert any(not row.household_ref for row in reports)


def test_no_date_lies_after_its_month_or_too_long_before(reports: tuple[Report, ...]) -> None:
    for row in reports:
        if isinstance(row.referred_on, date):
            assert date(2026, 8, 10) <= row.referred_on
            assert f"{row.referred_on:%Y-%m}" <= row.month
        if isinstance(row.consent.given_on, date):
            assert f"{row.consent.given_on:%Y-%m}" <= row.month


@pytest.mark.parametrize("cso", CSOS, ids=lambda cso: cso.id)
def test_two_coarse_quasi_identifiers_leave_much_at_k_five(cso: Cso, scenario: Scenario) -> None:
    bands = age_bands([0, 18, 30, 45])
    truth = {person.id: person for person in scenario.people}
    rows = [row for book in scenario.workbooks if book.cso == cso.id for row in book.reports]
    groups = Counter(
        (bands.at(str(age_on(truth[row.person].birthdate, date(2026, 9, 15))), "band"), truth[row.person].gender)
        for row in rows
        if row.month == MONTHS[0]
    )
    assert sum(size for size in groups.values() if size >= 5) > 0.75 * sum(groups.values())


def test_the_correction_differs_by_more_than_one_row(scenario: Scenario) -> None:
    before, after = scenario.workbook("yks", "2026-09").reports, scenario.correction.reports
    changed = [row for row, now in zip(before, after, strict=False) if row != now]
    assert len(after) - len(before) == ADDED_BY_CORRECTION
    assert len(changed) == CHANGED_BY_CORRECTION
    assert [row.case_ref for row in after[: len(before)]] == [row.case_ref for row in before]
    types = sum(row.trafficking != now.trafficking for row, now in zip(before, after, strict=False))
    assert types == 1


def test_the_withdrawn_case_was_free_to_leave(scenario: Scenario) -> None:
    withdrawal = scenario.withdrawal
    row = next(
        row
        for row in scenario.workbook(withdrawal.cso, withdrawal.month).reports
        if row.case_ref == withdrawal.case_ref
    )
    assert row.consent.status == "ConsentGiven"
    assert withdrawal.on > date(2026, 9, 30)


def test_direct_identifiers_name_the_person_the_family_and_the_staff(scenario: Scenario) -> None:
    everything = set(scenario.direct_identifiers())
    for book in scenario.workbooks:
        for row in book.reports:
            assert {row.case_ref, row.owner, row.told.first_name} <= everything
            assert set(row.note.identifiers) <= everything
            assert all(each in row.note.text for each in row.note.identifiers)
    for person in scenario.people:
        assert not person.nik or person.nik in everything
        assert not person.phone or person.phone in everything
    assert "" not in everything
