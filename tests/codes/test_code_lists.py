"""Code lists accept what people write, and nothing else."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.codes.countries import world
from exchange.codes.lists import LIST_IDS, Code, CodeList, code_list, htcds_fields
from exchange.codes.tables import spelling
from exchange.errors import AgreementError
from exchange.locale import speaking

HTCDS = Path(__file__).parents[2] / "../shared/htcds"
# Names of districts and villages repeat, and are known with their parents only: test_indonesian_places.
WITH_PARENTS = ("kemendagri-district", "kemendagri-village")
EVERY_LIST = [
    *(code_list("htcds-2.0", field=field) for field in htcds_fields()),
    *(code_list(list_id) for list_id in LIST_IDS if list_id not in ("htcds-2.0", *WITH_PARENTS)),
]


def countries() -> CodeList:
    return code_list("iso-3166-1-alpha-2")


@pytest.mark.parametrize("each", EVERY_LIST, ids=lambda each: each.field or each.id)
def test_every_code_and_label_leads_back_to_its_code(each: CodeList) -> None:
    for entry in each:
        for text in (entry.code, entry.en, entry.id):
            assert each.code_of(text) == entry.code


@pytest.mark.parametrize("each", EVERY_LIST, ids=lambda each: each.field or each.id)
def test_no_spelling_means_two_codes(each: CodeList) -> None:
    meant: dict[str, str] = {}
    for entry in each:
        for text in entry.spellings:
            assert meant.setdefault(spelling(text), entry.code) == entry.code


@pytest.mark.parametrize("list_id", WITH_PARENTS)
def test_a_code_of_a_small_place_leads_to_itself_and_its_bare_name_nowhere(list_id: str) -> None:
    listed = code_list(list_id)
    for entry in listed.codes[::50]:
        assert listed.code_of(entry.code) == entry.code
        assert listed.code_of(entry.en) is None
        assert entry.code in listed


@given(st.data())
def test_case_and_spaces_do_not_count(data: st.DataObject) -> None:
    each = data.draw(st.sampled_from(EVERY_LIST))
    entry = data.draw(st.sampled_from(each.codes))
    shout = data.draw(st.booleans())
    gap = data.draw(st.sampled_from([" ", "  ", "\t", "\u00a0"]))
    text = gap + gap.join(entry.en.split(" ")) + gap
    assert each.code_of(text.upper() if shout else text.lower()) == entry.code


def test_the_templates_labels_are_all_known() -> None:
    control = code_list("htcds-2.0", field="vic_MethodsOfControl")
    assert control.code_of("Debt bondage ") == "DebtBondage"
    assert control.code_of("jeratan utang") == "DebtBondage"
    assert code_list("htcds-2.0", field="cas_Status").code_of("Closed Referred") == "ClosedReferred"


def test_htcds_codes_are_those_of_the_standard() -> None:
    if not HTCDS.exists():
        pytest.skip("the HTCDS files are not beside this checkout")
    with (HTCDS / "fields.csv").open(encoding="utf-8", newline="") as file:
        lists = {
            row["name"]: [code.strip() for code in row["values"].split(";") if code.strip()]
            for row in csv.DictReader(file)
            if row["type"] in ("Picklist", "Multiselect Picklist") and ";" in row["values"]
        }
    assert {field: [entry.code for entry in code_list("htcds-2.0", field=field)] for field in htcds_fields()} == lists


def test_a_value_outside_the_list_is_no_code() -> None:
    assert code_list("htcds-2.0", field="vic_TypeOfExploitation").code_of("Scam compound") is None
    assert countries().code_of("") is None
    assert countries().code_of("Atlantis") is None


def test_there_are_249_countries_and_namibia_is_one_of_them() -> None:
    assert len(countries()) == 249
    assert countries().code_of("NA") == "NA"
    assert countries().code_of("NO") == "NO"
    assert countries().label_of("NA", "en") == "Namibia"
    assert "NA" in countries()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Malaysia", "MY"),
        ("Arab Saudi", "SA"),
        ("Kamboja", "KH"),
        ("Hongkong", "HK"),
        ("Côte d’Ivoire", "CI"),
        ("NO", "NO"),
    ],
)
def test_countries_are_known_by_their_usual_names(text: str, code: str) -> None:
    assert countries().code_of(text) == code


def test_a_name_of_two_countries_is_neither() -> None:
    assert countries().code_of("Korea") is None


def test_a_spelling_of_two_codes_is_neither() -> None:
    lake, hill = Code("L", "Lake", "Danau", ("Blue",)), Code("H", "Hill", "Bukit", ("blue",))
    colours = CodeList("iso-3166-1-alpha-2", None, (lake, hill))
    assert colours.code_of("BLUE") is None
    assert colours.code_of("hill") == "H"


def test_every_country_lies_in_one_region() -> None:
    assert [place.code for place in world()] == [entry.code for entry in countries()]
    assert {place.region for place in world()} == {"Africa", "Americas", "Antarctica", "Asia", "Europe", "Oceania"}
    assert len({(place.subregion, place.region) for place in world()}) == len({place.subregion for place in world()})


def test_a_label_is_in_the_language_spoken() -> None:
    exploitation = code_list("htcds-2.0", field="vic_TypeOfExploitation")
    with speaking("id"):
        assert exploitation.label_of("ForcedLabour") == "Kerja paksa"
    with speaking("en"):
        assert exploitation.label_of("ForcedLabour") == "Forced labour"
    assert exploitation.label_of("Unheard") is None


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(AgreementError) as refused:
        code_list("iso-639")
    assert refused.value.codes == ("codes.unknown_list",)


@pytest.mark.parametrize("field", [None, "prs_FirstName"])
def test_htcds_without_a_field_that_has_a_list_is_refused(field: str | None) -> None:
    with pytest.raises(AgreementError) as refused:
        code_list("htcds-2.0", field=field)
    assert refused.value.codes == ("codes.no_list_for_field",)
