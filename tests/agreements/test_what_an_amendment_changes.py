"""Two versions of an agreement: every difference has its sentence and its weight, and a PATCH changes words alone."""

from __future__ import annotations

from functools import cache

import pytest
from agreements.example import agreement, changed
from agreements.opposites import dump as dumped
from agreements.opposites import full, turned_at
from agreements.weighed import WEIGHED

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import Change, changes
from exchange.agreements.amendment_words import lines, told
from exchange.agreements.clause_names import _names, clause_name
from exchange.agreements.effect import CLAUSES, EFFECTS, effect, judged_by
from exchange.agreements.reading import read_agreement
from exchange.agreements.shape import leaves
from exchange.agreements.succession import check_succession
from exchange.locale import speaking

LEAVES = leaves(Agreement)
# The format knows one value there: such a clause is there or not, and never different.
SINGLE = {
    "agreement", "term.on_end.stop_sending", "prohibited.*.except.*", "consent.minors.unknown_age", "consent.unknown",
    "consent.withdrawal.personal_data_tiers", "consent.withdrawal.gated_tiers", "consent.withdrawal.certificate",
    "tiers.*.protect.method",
    "tiers.*.protect.tables.secondary_suppression", "tiers.*.protect.tables.from", "delivery.corrections",
    "urgent.only", "urgent.released_by", "compelled_disclosure.tell_sender", "compelled_disclosure.give",
    "security.at_rest", "security.access", "retention.*.from", "retention.*.then", "onward.default",
    "onward.publish.only", "breach.survivors_told",
}  # fmt: skip
# What cannot be changed alone: another rule or ladder has other keys, and a recipient has a tier.
NOT_ALONE = {"tiers.*.release.*.rule", "tiers.*.release.*.ladder", "parties.*.role"}


@cache
def with_another(leaf: str) -> Agreement | None:
    return turned_at(full(), leaf)


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_is_weighed_and_has_a_name(leaf: str) -> None:
    assert judged_by(leaf) in CLAUSES
    for tongue in ("en", "id"):
        with speaking(tongue):  # type: ignore[arg-type]
            assert "." not in leaf or clause_name(leaf) != leaf


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf not in SINGLE | NOT_ALONE])
def test_every_leaf_that_differs_is_said_and_weighed(leaf: str) -> None:
    other = with_another(leaf)
    assert other is not None, "no other value was found"
    for old, new in ((full(), other), (other, full())):
        found = changes(old, new)
        assert found
        assert all(covers(each, leaf) for each in found), [each.clause for each in found]
        assert all(each.sentence.strip() and each.effect in EFFECTS for each in told(old, new))
        assert len(told(old, new)) == len(found)


def covers(change: Change, leaf: str) -> bool:
    """Whether the change is at the leaf, above it, or (a thing that got another name) among its siblings."""
    parent = (
        leaf.rpartition(".")[0] if leaf.endswith((".id", ".act", ".purpose", ".name", ".party", ".label")) else leaf
    )
    return leaf.startswith(change.clause) or change.clause.startswith(parent) or change.clause.startswith("tiers.")


@pytest.mark.parametrize("leaf", sorted(SINGLE))
def test_a_leaf_with_one_value_has_no_other(leaf: str) -> None:
    assert with_another(leaf) is None


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf not in SINGLE | NOT_ALONE])
def test_what_narrows_one_way_widens_the_other(leaf: str) -> None:
    other = with_another(leaf)
    assert other is not None
    there, back = ({effect(each) for each in changes(*pair)} for pair in ((full(), other), (other, full())))
    if "narrows" in there:
        assert "widens" in back
    assert ("wording" in there) == ("wording" in back)


@pytest.mark.parametrize("entry", [*CLAUSES, *_names()])
def test_every_entry_of_the_tables_is_a_clause_of_the_format(entry: str) -> None:
    assert any(f"{leaf}.".startswith(f"{entry}.") for leaf in LEAVES), entry


@pytest.mark.parametrize(("old", "new", "weight", "says"), WEIGHED, ids=[each[3][:40] for each in WEIGHED])
def test_a_change_is_weighed_as_a_director_would(old: str, new: str, weight: str, says: str) -> None:
    (change,) = told(agreement(), read_agreement(changed((old, new)), "dsa.yaml"))
    assert (change.effect, says in change.sentence) == (weight, True), change


def test_a_recipient_in_another_tier_has_every_field_said() -> None:
    moved = read_agreement(changed(("tier: statistics", "tier: task-force")), "dsa.yaml")
    sentences = {each.sentence: each.effect for each in told(agreement(), moved)}
    name = "Dinas P3A Provinsi NTT (contoh)"
    newly = [text for text in sentences if text.startswith(f"{name} will newly receive")]
    assert {"x_CaseRef", "x_OriginProvince", "vic_MethodOfRecruitment"} == {
        text.split("[")[1].split("]")[0] for text in newly
    }
    assert any("no longer receive" in text and "x_OriginRegency" in text for text in sentences)
    assert sentences[f"{name}: how often data are sent: month instead of quarter"] == "widens"
    assert sentences[f"{name}: match tokens: newly strength: tokens, via: recipient, for: counting"] == "widens"


def test_a_new_recipient_and_each_field_that_it_gets_are_said_first() -> None:
    before = dumped(agreement())
    before["parties"] = [each for each in before["parties"] if each["id"] != "io-id"]
    without_io = Agreement.model_validate(before)
    said = lines(without_io, agreement(), "en")
    assert said[0] == "Wider sharing, or weaker protection"
    assert (
        "International organisation, counter-trafficking unit (contoh) (international organisation) is newly a party"
        in said[1]
    )
    assert sum("will newly receive" in line for line in said) == len(agreement().tiers["case-coordination"].release)
    assert any("is no party any more" in line for line in lines(agreement(), without_io, "en"))


def test_in_indonesian_nothing_is_english() -> None:
    with speaking("id"):
        (change,) = told(agreement(), read_agreement(changed((WEIGHED[0][0], WEIGHED[0][1])), "dsa.yaml"))
        assert "akan mulai menerima Lembaga perujuk [cas_ReferringOrganisation]" in change.sentence


def amended(version: str, *also: tuple[str, str]) -> Agreement:
    return read_agreement(changed(("version: 1.1.0 ", f"version: {version} "), *also), "dsa.yaml")


def test_a_patch_of_words_is_one() -> None:
    assert check_succession(agreement(), amended("1.1.1", ("en: Contact survivors", "en: Contact any survivor"))) == ()


def test_a_patch_that_changes_more_is_refused_with_every_clause() -> None:
    new = amended(
        "1.1.1", ("k: 5 ", "k: 4 "), ("due_day: 10", "due_day: 9"), ("countries: [CH, PH]", "countries: [PH, CH]")
    )
    found = check_succession(agreement(), new)
    assert {each.code for each in found} == {"agreement.more_than_wording"}
    assert [each.where for each in found] == [
        "tiers.gt-ntt.protect.k",
        "parties.io-id.cross_border.countries",
        "delivery.due_day",
    ]


@pytest.mark.parametrize("version", ["1.2.0", "2.0.0"])
def test_a_higher_version_may_change_anything(version: str) -> None:
    assert check_succession(agreement(), amended(version, ("k: 5 ", "k: 4 "))) == ()


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (("version: 1.1.0 ", "version: 1.0.9 "), "agreement.version_order"),
        (("id: DSA-NTT-2026-004", "id: DSA-NTT-2026-005"), "agreement.another_agreement"),
        (("due_day: 10", "due_day: 9"), "agreement.version_order"),
    ],
)
def test_what_does_not_follow_is_refused(new: tuple[str, str], code: str) -> None:
    assert code in {each.code for each in check_succession(agreement(), read_agreement(changed(new), "dsa.yaml"))}


def test_a_version_that_replaces_another_text_is_refused() -> None:
    new = amended("1.2.0", ("supersedes: {version: 1.0.0", "supersedes: {version: 1.1.0"))
    assert [each.code for each in check_succession(agreement(), new)] == ["agreement.supersedes_another"]


def test_nothing_differs_from_itself() -> None:
    assert lines(agreement(), agreement(), "en") == ("nothing differs",)
