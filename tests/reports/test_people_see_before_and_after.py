"""The page that people approve: each field before and after, the exact files, and nothing of one person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports.checking import Page, is_sound
from reports.month import Month
from reports.test_director_sees_what_leaves import HOSTILE

from exchange.agreements.clause import Text
from exchange.bundle.metadata import CaveatLine
from exchange.crypto.canonical import digest_of_bytes
from exchange.reports import wording
from exchange.reports.before_after import Side, _Counted, _named, _telling, compared, few_in
from exchange.reports.figures import number, percent
from exchange.reports.preview import Preview, preview_page, said

WHO = range(3)
LIST = "vic_TypeOfExploitation"


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("sealed", [True, False])
def test_page_is_sound_small_and_in_both_languages(september: Month, who: int, sealed: bool) -> None:
    preview = september.previews[who] if sealed else replace(september.previews[who], sealed=None)
    text = preview_page(preview)
    assert is_sound(text)
    assert len(text.encode()) <= 300_000
    assert text == preview_page(preview), "the same release, the same bytes"
    assert ("To be approved" in text) == sealed == (preview.metadata.bundle in text)


@pytest.mark.parametrize("who", WHO)
def test_it_names_every_file_with_size_and_digest(september: Month, who: int) -> None:
    preview = september.previews[who]
    text = re.sub(r"<[^>]+>", " ", preview_page(preview))
    for member in preview.members:
        row = (
            rf"{re.escape(member.path)}\s+{re.escape(number(len(member.content)))}\s+{digest_of_bytes(member.content)}"
        )
        assert re.search(row, text), member.path
    assert preview.sealed is not None
    assert preview.sealed.ciphertext in text


@pytest.mark.parametrize("who", WHO)
def test_it_says_what_is_held_back_told_and_risked(september: Month, who: int) -> None:
    preview = september.previews[who]
    text = Page(preview_page(preview)).words["en"]
    for reason, count in preview.held_back:
        assert f"{wording.held_reason(reason)}{count}" in text
    for caveat in preview.metadata.caveats:
        assert caveat.text.en in text
    risks = preview.risks
    assert (risks is None) == ("rows" not in preview.protected.permit.tier.protect.output)
    if risks is not None and risks.leaves is not None:
        for risk in (risks.extract, risks.ruled, risks.leaves):
            assert percent(risk.average) in text
        assert risks.extract.unique_rows >= risks.ruled.unique_rows >= risks.leaves.unique_rows
        assert risks.leaves.smallest == preview.account.k_reached


def test_before_is_the_extract_and_after_is_what_lies_in_the_bundle(september: Month) -> None:
    preview = september.previews[0]
    assert preview.protected.rows is not None
    for field in preview.compared:
        name = field.story.name
        before = (preview.in_rows if field.story.place == "rows" else preview.rows).column(name).to_pylist()
        assert rows_on(field.before) == len(before)
        assert all(before.count(value) == count for value, count in field.before.shown if name != LIST)
        if field.story.place == "rows" and field.after is not None:
            after = preview.protected.rows.column(name).to_pylist()
            assert rows_on(field.after) == len(after)
    birthdate = next(field for field in preview.compared if field.story.name == "prs_Birthdate")
    assert birthdate.before.shown == ()
    assert birthdate.after is not None
    assert all("-" in band or "+" in band for band, _count in birthdate.after.shown)


def rows_on(side: Side) -> int:
    return side.values + sum(count for _form, count in side.missing) + side.unsaid


@pytest.mark.parametrize("who", WHO)
def test_no_value_of_a_person_is_on_the_page(september: Month, who: int) -> None:
    """Every value of every direct identifier, case note, number, day and reference of the extract is looked for."""
    preview = september.previews[who]
    text = preview_page(preview)
    words = Page(text).words["en"]
    data = preview.protected.permit.agreement.data
    planted = {
        value
        for field in data.fields
        if field.kind in ("direct", "free_text") or field.type == "date" or field.name == "x_ConsentEvidenceRef"
        if field.name in september.extract.table.column_names
        for value in september.extract.table.column(field.name).unique().to_pylist()
        if len(value) >= 5 and value not in data.missing()
    }
    assert len(planted) > 300
    leave = preview.protected.permit
    months = {leave.first.isoformat(), leave.last.isoformat(), "2026-10-05"}
    assert [value for value in planted - months if value in words] == []
    assert [value for value in september.of_people if value in text] == []


@pytest.mark.parametrize("who", WHO)
def test_no_row_key_pseudonym_or_token_is_on_the_page(september: Month, who: int) -> None:
    preview = september.previews[who]
    text = preview_page(preview)
    assert not any(each.row_key in text or each.token in text for each in preview.protected.tokens)


@pytest.mark.parametrize("who", WHO)
def test_no_value_that_few_people_have_is_named(september: Month, who: int) -> None:
    for field in september.previews[who].compared:
        for side in (field.before, field.after or Side(0, None)):
            assert all(count >= 5 for _value, count in side.shown)
            assert side.rest_count == 0 or side.rest_count >= 5 or not side.shown


PERSON = st.tuples(st.sampled_from("PPPLT"), st.sampled_from(("TPPO;KDRT", "TPPO", "KDRT", "DECLINED", "UNKNOWN")))
FIELDS = ("prs_Gender", LIST)


@given(st.lists(PERSON, min_size=8, max_size=40), st.data())
def test_no_difference_of_named_values_is_few_people(
    september: Month, living: list[tuple[str, str]], draw: st.DataObject
) -> None:
    """Some died and are counted in tables alone, some rows do not leave, and of some the gate withholds a value."""
    dead = draw.draw(st.lists(PERSON, max_size=3))
    leaving = [list(person) for person in living[draw.draw(st.integers(0, 3)) :]]
    for _each in range(draw.draw(st.integers(0, 4))):
        leaving[draw.draw(st.integers(0, len(leaving) - 1))][draw.draw(st.integers(0, 1))] = "SUPPRESSED"
    preview = september.previews[1]
    protected = replace(preview.protected, rows=table(leaving))
    fields = compared(table([*living, *dead]), table(living), protected, preview.metadata.fields)
    few = few_in(protected)
    sides = [(each.before, each.after) for each in fields if each.story.name in FIELDS]
    assert len(sides) == len(FIELDS)
    for before, after in sides:
        assert after is not None
        assert (rows_on(before), rows_on(after)) == (len(living), len(leaving))
        named = [dict(side.shown) | dict(side.missing) for side in (before, after)]
        apart = {value: abs(named[0][value] - named[1][value]) for value in named[0].keys() & named[1].keys()}
        assert [value for value, count in apart.items() if 0 < count < few] == []


@pytest.mark.parametrize(("leaving", "telling"), [(24, set()), (23, {"53.71", "53.72"})])
def test_finer_values_are_not_named_beside_coarser_ones_where_one_is_withheld(leaving: int, telling: set[str]) -> None:
    """Regencies add up to their province: which one lacks somebody would be said by subtraction."""
    before = _Counted(24, 2, {}, {"53.71": 12, "53.72": 12})
    after = _Counted(leaving, 1, {}, {"53": leaving})
    assert _telling(before, after, 5, coarser=True) == telling


def table(people: Sequence[Sequence[str]]) -> pa.Table:
    columns = dict(zip(FIELDS, zip(*people, strict=True), strict=True))
    return pa.table({name: pa.array(values).dictionary_encode() for name, values in columns.items()})


COUNTS = st.dictionaries(st.text(max_size=3), st.integers(1, 40), max_size=30)


@given(COUNTS, st.integers(1, 12), st.sets(st.text(max_size=3)))
def test_rare_values_are_put_together_until_they_are_many(counts: dict[str, int], few: int, telling: set[str]) -> None:
    shown, rest = _named(counts, few, telling)
    assert dict(shown) | rest == counts
    assert not dict(shown).keys() & rest.keys()
    assert all(count >= few for _value, count in shown)
    assert not shown or not rest or sum(rest.values()) >= few
    assert not dict(shown).keys() & telling
    assert not shown or len(rest) != 1 or not rest.keys() & telling


def test_places_below_the_regency_stay_codes(september: Month) -> None:
    data = september.previews[0].protected.permit.agreement.data
    place = next(field for field in data.fields if field.codes == "kemendagri-regency")
    village = data.model_copy(
        update={
            "schema_": data.schema_.model_copy(
                update={"fields": (place.model_copy(update={"codes": "kemendagri-village"}),)}
            )
        }
    )
    assert said(data, place.name, "53.71") != "53.71"
    assert said(village, place.name, "53.71.01.1001") == "53.71.01.1001"


def test_hostile_texts_come_out_harmless(september: Month) -> None:
    text = preview_page(_hostile(september.previews[0]))
    assert is_sound(text)
    assert Page(text).words["en"].count(HOSTILE) >= 8
    assert Page(text).words["id"].count(HOSTILE) >= 8


def test_every_class_of_field_has_words(september: Month) -> None:
    for field in september.previews[0].protected.permit.agreement.data.fields:
        assert wording.field_class(field.kind)


def _hostile(preview: Preview) -> Preview:
    text = Text(id=HOSTILE, en=HOSTILE)
    told = preview.metadata
    metadata = told.model_copy(
        update={
            "title": text,
            "note": HOSTILE,
            "sender": told.sender.model_copy(update={"name": HOSTILE}),
            "recipient": told.recipient.model_copy(update={"name": HOSTILE}),
            "purposes": tuple(each.model_copy(update={"text": text}) for each in told.purposes),
            "fields": tuple(each.model_copy(update={"label": HOSTILE, "level": HOSTILE}) for each in told.fields),
            "caveats": (CaveatLine(code=HOSTILE, kind="other", text=text),),
        }
    )
    return replace(preview, metadata=metadata)
