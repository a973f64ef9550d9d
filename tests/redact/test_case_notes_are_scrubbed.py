"""Case notes leave scrubbed: what is certain is masked, and on what is not a person decides before anything leaves."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping

import pytest
from agreements.example import changed, problems
from hypothesis import given, settings
from hypothesis import strategies as st
from redact.ntt import AGREEMENT, MARIA, consented, extract, with_release

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Keep, Scrub
from exchange.demo.names import JAVA, TIMOR, make_name
from exchange.errors import DisclosureError
from exchange.redact.allowed import allowed
from exchange.redact.identifiers import identifiers
from exchange.redact.keys import redact_keys
from exchange.redact.last_look import last_look
from exchange.redact.notes.decisions import Decisions, Scrubbing
from exchange.redact.notes.found import Found
from exchange.redact.notes.marks import AROUND, Mark, marks_of
from exchange.redact.notes.reading import Note, Notes, read_notes, staff_of
from exchange.redact.plan import plan
from exchange.redact.redact import redact
from exchange.redact.redacted import Masks, Redacted

NOTE = "cas_IncomingReferralDetails"
SCRUB = Scrub.model_validate({"rule": "scrub", "for": ("coordination",)})
KEY = bytes(32)


def scrubbing_agreement() -> Agreement:
    return with_release({**AGREEMENT.tiers["case-coordination"].release, NOTE: SCRUB})


NOTES_LEAVE = scrubbing_agreement()
ALLOWED = allowed(NOTES_LEAVE)
Row = Mapping[str, str]


def read(*rows: Row) -> tuple[Notes, ...]:
    table = extract(rows).table
    return read_notes(table, AGREEMENT.data, [NOTE], staff_of(table, AGREEMENT.data))


def marks(*rows: Row) -> tuple[Mark, ...]:
    return marks_of(read(*rows), Decisions(KEY))


def decided(keep: frozenset[str], *rows: Row) -> Decisions:
    """These words are kept, all others masked."""
    every = {mark.id: mark.word.casefold() for mark in marks(*rows)}
    kept = frozenset(mark for mark, word in every.items() if word in keep)
    return Decisions(KEY, frozenset(every) - kept, kept)


def sent(decisions: Decisions, *rows: Row) -> Redacted:
    scrubbing = Scrubbing(decisions, staff_of(extract(rows).table, AGREEMENT.data))
    keys = redact_keys(bytes(range(32)), AGREEMENT.id, "io-id")
    return redact(consented(rows, agreement=NOTES_LEAVE), keys, os.urandom, scrubbing)


def leaving(redacted: Redacted) -> list[str]:
    return list(redacted.table.column(NOTE).to_pylist())


def noted(text: str, row: Row = MARIA) -> Row:
    return {**row, NOTE: text}


STRANGE = noted("Klien melihat Zarquon di pelabuhan. Hari itu Zarquon pergi.")

# --- what an agreement may say ---


def test_the_agreement_with_scrubbed_notes_is_sound() -> None:
    line = "cas_Status: {rule: keep, for: [coordination]}"
    assert problems(changed((line, f"{line}\n      {NOTE}: {{rule: scrub, for: [coordination]}}"))) == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (
            "prs_Gender: {rule: keep, for: [trends]}",
            f"{NOTE}: {{rule: scrub, for: [trends]}}",
            "free_text_in_gated_tier",
        ),
        ("cas_Status: {rule: keep,", f"{NOTE}: {{rule: keep,", "free_text_released"),
        ("cas_Status: {rule: keep,", f"{NOTE}: {{rule: pseudonymise,", "free_text_released"),
        ("cas_Status: {rule: keep,", "cas_Status: {rule: scrub,", "rule_misfit"),
        ("cas_Status: {rule: keep,", f"{NOTE}: {{rule: scrub, in: tables,", "rule_misfit"),
    ],
)
def test_a_case_note_leaves_scrubbed_in_rows_of_personal_data_or_not_at_all(old: str, new: str, code: str) -> None:
    assert f"agreement.{code}" in [problem.code for problem in problems(changed((old, new)))]


def test_no_table_is_made_over_case_notes() -> None:
    text = changed(
        ("[vic_MethodOfRecruitment]]}", f"[{NOTE}]]}}"),
        ("vic_MethodOfRecruitment: {rule: keep, in: tables,", f"{NOTE}: {{rule: scrub, in: tables,"),
    )
    assert "agreement.identifier_in_tables" in [problem.code for problem in problems(text)]


def test_the_plan_refuses_what_the_checks_should_have_refused() -> None:
    gated = with_release({NOTE: SCRUB}, "task-force")
    kept = with_release({NOTE: Keep.model_validate({"rule": "keep", "for": ("coordination",)})})
    scrubbed = with_release({"cas_Status": SCRUB})
    for agreement, tier in ((gated, "task-force"), (kept, "case-coordination"), (scrubbed, "case-coordination")):
        with pytest.raises(DisclosureError) as refused:
            plan(agreement.data, agreement.tiers[tier])
        assert refused.value.codes == ("redact.free_text",)


# --- what leaves ---


def test_what_is_certain_is_masked_without_asking() -> None:
    row = noted("Klien Maria Goreti Tefnai, NIK 5301075201900012, HP 0812 3700 1234, didampingi Yuliana Bere.")
    (text,) = leaving(sent(Decisions(KEY), row))
    assert not [word for word in ("Maria", "Goreti", "Tefnai", "5301", "3700", "Yuliana", "Bere") if word in text]
    assert "[NIK]" in text or "[NOMOR]" in text


def test_nothing_leaves_while_a_word_is_open() -> None:
    with pytest.raises(DisclosureError) as refused:
        sent(Decisions(KEY), STRANGE)
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == ("notes.open_marks", "io-id")
    assert "exchange scrub EXTRACT --agreement DSA-NTT-2026-004 --period 2026-10 --to io-id" in problem.hint
    assert problem.what.startswith("1 word")
    assert "Zarquon" not in str(refused.value)


def test_one_decision_is_for_all_like_it_whatever_their_case() -> None:
    rows = (STRANGE, noted("ZARQUON menelepon lagi.", MARIA | {"x_CaseRef": "YKS-2026-0118"}))
    (mark,) = marks(*rows)
    assert (mark.notes, len(mark.sentences)) == (2, 3)
    assert leaving(sent(Decisions(KEY, kept=frozenset({mark.id})), *rows)) == [row[NOTE] for row in rows]
    for text in leaving(sent(Decisions(KEY, masks=frozenset({mark.id})), *rows)):
        assert "zarquon" not in text.casefold()


def test_decisions_under_another_key_say_nothing() -> None:
    (mark,) = marks(STRANGE)
    with pytest.raises(DisclosureError, match="nobody has decided"):
        sent(Decisions(b"another agreement", kept=frozenset({mark.id}), masks=frozenset({mark.id})), STRANGE)
    assert "arquon" not in repr(mark) + mark.id + repr(Decisions(KEY)) + repr(read(STRANGE))
    assert KEY.hex() not in repr(Decisions(KEY))


def test_the_account_says_how_much_was_masked_and_kept() -> None:
    rows = (noted("NIK 5301075201900012. Zarquon dan Blorptek datang."), MARIA, noted("UNKNOWN"))
    redacted = sent(decided(frozenset({"zarquon"}), *rows), *rows)
    (change,) = (each for each in redacted.changes if each.field == NOTE)
    assert change.rule == "scrub"
    assert change.masks == Masks(notes=1, by_kind=change.masks.by_kind if change.masks else (), kept=1)
    assert change.masks is not None
    assert change.masks.total == 2
    assert (change.values, change.changed) == (2, 1)
    assert leaving(redacted)[1:] == [MARIA[NOTE], "UNKNOWN"]


def test_a_caseworker_whose_row_stays_is_masked_in_others_notes() -> None:
    scrubbing = Scrubbing(Decisions(KEY), frozenset({"Ferdinanda Nubatonis"}))
    keys = redact_keys(bytes(range(32)), AGREEMENT.id, "io-id")
    row = noted("Sudah dibicarakan dengan ferdinanda nubatonis.")
    (text,) = leaving(redact(consented([row], agreement=NOTES_LEAVE), keys, os.urandom, scrubbing))
    assert "nubatonis" not in text


# --- what the person sees ---


def test_a_mark_is_shown_in_its_sentence_alone_with_the_rest_masked() -> None:
    (mark,) = marks(
        noted("Upah tidak dibayar. Kata Zarquon, NIK 5301075201900012 hilang. Klien membutuhkan konseling.")
    )
    (sentence,) = mark.sentences
    assert sentence.before == "Kata "
    assert sentence.word == "Zarquon"
    assert "5301075201900012" not in sentence.after
    assert "konseling" not in sentence.after


def test_a_sentence_without_end_is_cut() -> None:
    (mark,) = marks(noted("dan lagi " * 200 + "Zarquon" + " dan lagi" * 200))
    (sentence,) = mark.sentences
    assert sentence.before.startswith("…")
    assert sentence.after.endswith("…")
    assert len(sentence.before + sentence.after) <= 2 * AROUND + 2


def test_a_mask_across_the_edge_of_what_is_shown_does_not_show_its_half() -> None:
    text = "x" * 100 + "RAHASIA" + "y" * (AROUND - 3) + "Zarquon."
    at = text.index("Zarquon")
    found = (Found(100, 107, "name", True), Found(at, at + 7, "word", False))
    (mark,) = marks_of([Notes(NOTE, (Note(text, found),))], Decisions(KEY))
    assert "SIA" not in mark.sentences[0].before


def test_a_note_of_100_kb_takes_no_more_than_seconds() -> None:
    row = noted("Zarquon dan Blorptek menelepon 081237001234. " * 2300)
    began = time.monotonic()
    found = marks(row)
    (text,) = leaving(sent(decided(frozenset(), row), row))
    assert time.monotonic() - began < 20
    assert {mark.word for mark in found} >= {"Zarquon", "Blorptek"}
    assert "081237001234" not in text
    assert "Zarquon" not in text


# --- whatever is decided ---

_TEMPLATES = (
    "{name} dijemput di bandara oleh {owner}. HP {phone}.",
    "Klien {first} asal desa; NIK {nik}. {upper} sudah di shelter",
    "an. {name}, nomor aktif {phone}. gaji tdk dibayar; {lower} kabur",
    "Case {case}: {last} transferred, follow up with {owner} next week ({phone})",
    "{spaced} melapor. Berkas {case} / {household}.",
)


@given(seed=st.integers(0, 2**32), template=st.sampled_from(_TEMPLATES), keep_all=st.booleans())
@settings(max_examples=80, deadline=None)
def test_whatever_is_decided_no_direct_identifier_of_the_row_leaves(
    seed: int, template: str, *, keep_all: bool
) -> None:
    chance = random.Random(seed)
    her, owner = (make_name(chance, chance.choice((TIMOR, JAVA)), woman=True).full for _each in range(2))
    phone, nik = (
        f"0812-{chance.randrange(10**4):04d}-{chance.randrange(10**4):04d}",
        f"5301{chance.randrange(10**12):012d}",
    )
    first, _blank, last = her.partition(" ")
    row = MARIA | {
        "prs_FirstName": first,
        "prs_SecondName": last,
        "prs_MobilePhone": phone,
        "prs_IdentityNumber": nik,
        "cas_CaseOwner": owner,
    }
    text = template.format(
        name=her, first=first, last=last, owner=owner, nik=nik, case=row["x_CaseRef"], household=row["x_HouseholdRef"],
        phone=chance.choice((phone, phone.replace("-", ""), "+62 " + phone[1:].replace("-", " "))),
        upper=her.upper(), lower=her.lower(), spaced=her.replace(" ", "   "),
    )  # fmt: skip
    row = noted(text, row)
    every = frozenset(mark.word.casefold() for mark in marks(row)) if keep_all else frozenset()
    (after,) = leaving(sent(decided(every, row), row))
    assert last_look([("note.txt", after)], identifiers(extract([row]), AGREEMENT.data), ALLOWED) == (), after
