"""The example loads; broken texts are refused for the stated reason at the stated place."""

from __future__ import annotations

from pathlib import Path

import pytest
from agreements.example import FILE, TEXT, changed

from exchange.agreements.reading import load_agreement, read_agreement
from exchange.errors import AgreementError

SHARED = Path(__file__).parents[3] / "shared/examples/dsa-ntt.yaml"


def line_of(text: str, mark: str) -> int:
    assert mark in text
    return text[: text.index(mark)].count("\n") + 1


def refusal(text: str) -> AgreementError:
    with pytest.raises(AgreementError) as caught:
        read_agreement(text, "dsa.yaml")
    return caught.value


def test_the_example_loads_unchanged() -> None:
    agreement = load_agreement(FILE)
    assert agreement.id == "DSA-NTT-2026-004"
    assert [party.id for party in agreement.recipients] == ["gt-ntt", "dinas-p3a", "io-id"]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared is not here")
def test_the_shipped_example_is_the_shared_one() -> None:
    assert FILE.read_bytes() == SHARED.read_bytes()


# what is changed, into what, the code, and a mark on the line that must be named ("" where it is what was written)
BROKEN = [
    ("rolle", "role: sender", "rolle: sender", "unknown_key", "rolle: sender"),
    ("no version", "version: 1.1.0 ", "", "missing_key", "agreement: 1"),
    ("unknown section", "approval: {people: 2}", "approvals: {people: 2}", "unknown_key", "approvals:"),
    ("format 2", "agreement: 1 ", "agreement: 2 ", "bad_value", "agreement: 2"),
    ("version of two parts", "version: 1.1.0 ", "version: 1.1 ", "bad_value", "version: 1.1 "),
    ("version in Arabic digits", "version: 1.1.0 ", "version: 1.1.1٢ ", "bad_value", "version: 1.1.1٢"),
    ("lower-case id", "id: DSA-NTT", "id: dsa-NTT", "bad_value", "id: dsa-NTT"),
    ("third language", "also: [en]", "also: [fr]", "bad_value", "also: [fr]"),
    ("a date that is none", "expires: 2027-08-31", "expires: 2027-08-32", "bad_value", "2027-08-32"),
    ("a date as Indonesians write it", "expires: 2027-08-31", "expires: 31-08-2027", "bad_value", "31-08-2027"),
    ("a date as seconds", "expires: 2027-08-31", "expires: 1819584000", "bad_value", "1819584000"),
    ("yes is not true", "{required: true, ref", "{required: yes, ref", "bad_value", "{required: yes, ref"),
    ("a number with an underscore", "keep_months: 24", "keep_months: 2_4", "bad_value", "keep_months: 2_4"),
    ("a number with a fraction", "keep_months: 24", "keep_months: 24.0", "bad_value", "keep_months: 24.0"),
    ("k of 1", "k: 5  ", "k: 1  ", "bad_value", "k: 1  "),
    ("no k at all", "k: 5  ", "k:  ", "empty_value", " k:  "),
    ("null", "k: 5  ", "k: null  ", "empty_value", "k: null"),
    ("an unknown rule", "{rule: row_key,", "{rule: row_keys,", "bad_value", "row_keys"),
    ("a rule forgotten", "{rule: row_key, ", "{", "missing_key", "x_CaseRef: {for"),
    ("a rule's own key in another", "{rule: row_key,", "{rule: row_key, edges: [0],", "unknown_key", "edges: [0],"),
    ("edges that fall", "[0, 18, 30, 45]", "[0, 30, 18]", "bad_value", "[0, 30, 18]"),
    ("edges that begin late", "[0, 18, 30, 45]", "[5, 18]", "bad_value", "[5, 18]"),
    ("an unknown ladder", "ladder: age_band", "ladder: age_bands", "bad_value", "age_bands"),
    ("an unknown class", "x-class: direct", "x-class: directly", "bad_value", "directly"),
    ("an unknown type", "type: list, x-label: Kew", "type: array, x-label: Kew", "bad_value", "type: array"),
    ("a purpose named twice", "for: [counting]}", "for: [counting, counting]}", "bad_value", "counting, counting"),
    ("no purpose", "for: [counting]}", "for: []}", "bad_value", "x_CaseRef: {rule: row_key, for: []"),
    ("no party key", '    key: "SHA256:', '    kee: "SHA256:', "unknown_key", "kee:"),
    ("half a fingerprint", "SHA256:", "SHA256:AAAA", "bad_value", "SHA256:AAAA"),
    ("a sender with a tier", "role: sender", "role: sender\n    tier: statistics", "bad_value", "- id: yks"),
    ("a recipient without users", "    named_users: [statistician.1]\n", "", "bad_value", "- id: dinas-p3a"),
    ("a time zone of nowhere", "Asia/Makassar", "Asia/Kupang", "bad_value", "Asia/Kupang"),
    ("due on the 31st", "due_day: 10", "due_day: 31", "bad_value", "due_day: 31"),
    ("unsafe tables", "secondary_suppression: true", "secondary_suppression: false", "bad_value", "suppression: false"),
    (
        "tables over four fields",
        "by: [[prs_Birthdate, prs_Gender],",
        "by: [[a, b, c, d],",
        "bad_value",
        "[[a, b, c, d]",
    ),
    ("a share of 0 %", "no_code_above_percent: 80", "no_code_above_percent: 0", "bad_value", "percent: 0}"),
    ("a share that is no number", "no_code_above_percent: 80", "no_code_above_percent: .nan", "bad_value", ".nan"),
    ("a key twice", "network: ntt", "network: ntt\nnetwork: ntb", "repeated_key", "network: ntb"),
    ("an anchor", "network: ntt", "network: &n ntt", "anchor", "network: &n"),
    ("an alias", "id: Ekstrak", "id: *n # ", "alias", "id: *n"),
    ("a tag", "network: ntt", "network: !!str ntt", "tag", "network: !!str"),
    ("a merge key", "network: ntt", "network: ntt\n<<: {a: b}", "merge_key", "<<: {a"),
    ("a second document", "urgent:", "---\nurgent:", "several_documents", "---\nurgent:"),
    ("a directive", "# Data-sharing", "%YAML 1.1\n---\n# Data-sharing", "directive", "---\n# Data"),
    ("a key that is a list", "network: ntt", "? [network]\n: ntt", "key_not_text", "? [network]"),
    ("a tab", "    role: sender", "\trole: sender", "not_yaml", "\trole"),
    ("a bracket left open", "also: [en]}", "also: [en}", "not_yaml", "also: [en}"),
    ("a name shown in another order", "Yayasan Kasih", '"\\u202eYayasan Kasih" #', "bad_value", "u202eYayasan"),
    ("a name of two lines", "name: Maria T.", 'name: "Maria\\nT."', "bad_value", "Maria\\nT."),
    ("a list where a text belongs", "network: ntt", "network: [ntt]", "bad_value", "network: [ntt]"),
    ("a text where a table belongs", "approval: {people: 2}", "approval: two", "bad_value", "approval: two"),
    ("a text where a list belongs", "also: [en]", "also: en", "bad_value", "also: en"),
]


@pytest.mark.parametrize(("old", "new", "code", "mark"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_agreement_is_refused_where_it_is_broken(old: str, new: str, code: str, mark: str) -> None:
    text = changed((old, new))
    found = [each for each in refusal(text).problems if each.code == f"agreement.{code}"]
    assert found, refusal(text).codes
    first = found[0]
    assert first.where.startswith(f"dsa.yaml, line {line_of(text, mark)}, column "), first.where


def test_every_mistake_is_reported_at_once_in_the_order_of_the_file() -> None:
    text = changed(("role: sender", "rolle: sender"), ("k: 5  ", "k: 1  "), ("due_day: 10", "due_day: 31"))
    problems = refusal(text).problems
    assert [problem.code for problem in problems] == [
        "agreement.missing_key",
        "agreement.unknown_key",
        "agreement.bad_value",
        "agreement.bad_value",
    ]
    assert problems[1].hint == "did you mean role?"
    assert "(parties[0].rolle)" in problems[1].where
    assert "(tiers.task-force.protect.k)" in problems[2].where


def test_no_message_repeats_a_value() -> None:
    text = changed(("contact: dpo@yks.example", "contact: [secret-value]"), ("due_day: 10", "due_day: secret-value"))
    assert "secret-value" not in str([(each, each.hint) for each in refusal(text).problems])


def test_norway_stays_norway_and_a_version_keeps_its_zeros() -> None:
    agreement = read_agreement(changed(("[CH, PH]", "[NO, PH]"), ("version: 1.1.0 ", "version: 1.10.0 ")), "dsa.yaml")
    safeguard = agreement.party("io-id").cross_border
    assert safeguard is not None
    assert safeguard.countries == ("NO", "PH")
    assert agreement.version == "1.10.0"


def test_comments_layout_and_order_do_not_change_the_digest() -> None:
    swapped = changed(
        ("network: ntt", "id_: x"), ("id: DSA-NTT-2026-004", "network: ntt"), ("id_: x", "id: DSA-NTT-2026-004")
    )
    plain = "\n".join(line for line in swapped.splitlines() if not line.startswith("#"))
    assert swapped != TEXT
    assert read_agreement(plain, "a.yaml").digest == read_agreement(TEXT, "b.yaml").digest


def test_a_default_that_is_written_out_does_not_change_the_digest() -> None:
    text = changed(("{rule: keep, for: [trends]}", "{rule: keep, in: rows, for: [trends]}"))
    assert read_agreement(text, "a.yaml").digest == read_agreement(TEXT, "b.yaml").digest


def test_every_word_of_meaning_changes_the_digest() -> None:
    text = changed(("keep_months: 24", "keep_months: 25"))
    assert read_agreement(text, "a.yaml").digest != read_agreement(TEXT, "b.yaml").digest


def test_a_changed_copy_has_a_digest_of_its_own() -> None:
    first = read_agreement(TEXT, "a.yaml")
    assert first.digest == first.model_copy().digest
    assert first.digest != first.model_copy(update={"version": "9.9.9"}).digest


def test_a_file_that_is_not_there_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(AgreementError) as caught:
        load_agreement(tmp_path / "dsa.yaml")
    assert caught.value.codes == ("agreement.no_file",)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dsa.yaml").write_bytes("title: Persetujuan é".encode("cp1252"))
    with pytest.raises(AgreementError) as caught:
        load_agreement(tmp_path / "dsa.yaml")
    assert caught.value.codes == ("agreement.not_utf8",)
