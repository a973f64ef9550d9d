"""The three kinds of pseudonyms over months, recipients and agreements, through the register as it lies on the disk.

A machine plays a sender: months are packed for two recipients under two agreements, people choose names, the program is
started anew. Whatever it does, each keeps hers, and no two recipients ever hold one alike.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from cli.organisations import CERTIFIED, Desk, founded
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from redact.ntt import AGREEMENT, MARIA, consented

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Pseudonymise, PseudonymKind
from exchange.choosing import Choice, choose, list_chosen
from exchange.crypto.signing import SigningKey
from exchange.errors import DisclosureError, UsageError
from exchange.keyring.people import Acting
from exchange.keyring.shapes import Person
from exchange.office import Office
from exchange.pseudonyms import keep, keep_pseudonyms, keys_for, known_as, refuse_repeated, register
from exchange.redact.chosen import alike
from exchange.redact.given import StandIn
from exchange.redact.redact import redact

START = dt.datetime(2026, 10, 5, 1, tzinfo=dt.UTC)
RECIPIENTS = ("io-id", "gt-ntt")
AGREEMENTS = ("DSA-NTT-2026-004", "DSA-NTT-2026-005")
KINDS: tuple[PseudonymKind, ...] = ("keyed", "random", "chosen")
CASES = [f"YKS-2026-000{number}" for number in range(1, 5)]
WORDS = ["Melati", "melati", "Melati-Putih", "Mawar", "MAWAR", "Bunga-Kecil", "BungaKecil", "Rosella"]


def agreed(agreement_id: str, kind: PseudonymKind, epoch: str = "1") -> Agreement:
    """The example, where both recipients know cases by pseudonyms of one kind."""
    about: dict[str, Any] = {"rule": "pseudonymise", "for": ["coordination"], "epoch": epoch}
    tier = AGREEMENT.tiers["case-coordination"]
    key = Pseudonymise.model_validate({**about, "kind": kind})
    house = Pseudonymise.model_validate({**about, "kind": "random" if kind == "chosen" else kind})
    made = tier.model_copy(update={"release": {**tier.release, "x_CaseRef": key, "x_HouseholdRef": house}})
    parties = tuple(
        each.model_copy(update={"tier": "case-coordination"}) if each.id in RECIPIENTS else each
        for each in AGREEMENT.parties
    )
    tiers = {**AGREEMENT.tiers, "case-coordination": made}
    return AGREEMENT.model_copy(update={"id": agreement_id, "tiers": tiers, "parties": parties})


def somebody() -> Acting:
    key = SigningKey.generate()
    days = {"not_before": CERTIFIED, "not_after": CERTIFIED + dt.timedelta(days=400)}
    person = Person(id="keeper.1", name="Penjaga", roles=("look_up",), key=key.verify_key.openssh(), **days)
    return Acting(person, key)


def an_office(folder: Path) -> Office:
    return founded(folder, "yks", CERTIFIED).office(START)


def packed(office: Office, agreement: Agreement, recipient: str, cases: list[str]) -> dict[str, str]:
    """A month as `sending` packs it, the rest of the road left out: each case's pseudonym as the recipient reads it."""
    rows = [MARIA | {"x_CaseRef": case, "x_HouseholdRef": f"H {case}"} for case in cases]
    keys = keys_for(office, agreement, recipient, cases)
    redacted = redact(consented(rows, recipient, agreement), keys, os.urandom)
    keep_pseudonyms(office, agreement, recipient, cases, redacted.pseudonyms)
    return dict(zip(cases, redacted.table.column("x_CaseRef").to_pylist(), strict=True))


class Months(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.office = an_office(self.folder)
        self.acting = somebody()
        self.held: dict[tuple[str, str], dict[str, list[str]]] = {}  # who → case → every pseudonym, the newest last

    @initialize(kinds=st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)))
    def agree(self, kinds: tuple[PseudonymKind, PseudonymKind]) -> None:
        self.agreements = {name: agreed(name, kind) for name, kind in zip(AGREEMENTS, kinds, strict=True)}
        self.chosen: dict[tuple[str, str, str], str] = {}

    @rule(
        name=st.sampled_from(AGREEMENTS),
        recipient=st.sampled_from(RECIPIENTS),
        cases=st.lists(st.sampled_from(CASES), min_size=1, unique=True),
    )
    def a_month(self, name: str, recipient: str, cases: list[str]) -> None:
        agreement = self.agreements[name]
        made = packed(self.office, agreement, recipient, cases)
        for case, pseudonym in made.items():
            known = self.held.setdefault((name, recipient), {}).setdefault(case, [])
            wanted = self.chosen.get((name, recipient, case))
            assert pseudonym == (wanted or (known[-1] if known else pseudonym)), "she keeps hers"
            if pseudonym not in known[-1:]:
                known.append(pseudonym)
            assert known_as(self.office, agreement, recipient, case) == tuple(dict.fromkeys(reversed(known)))

    @rule(
        name=st.sampled_from(AGREEMENTS),
        recipient=st.sampled_from(RECIPIENTS),
        case=st.sampled_from(CASES),
        word=st.sampled_from(WORDS),
    )
    def a_choice(self, name: str, recipient: str, case: str, word: str) -> None:
        agreement = self.agreements[name]
        if agreement.tier_of(recipient).release["x_CaseRef"].kind != "chosen":  # type: ignore[union-attr]  # agreed so
            return
        with suppress(UsageError):
            choose(self.office, self.acting, agreement, recipient, Choice(case, word))
            self.chosen[name, recipient, case] = word

    @rule()
    def a_restart_and_a_month_later(self) -> None:
        self.office = Desk(self.folder / "yks", "yks").office(self.office.now + dt.timedelta(days=30))

    @invariant()
    def no_two_agree_across_recipients_or_people(self) -> None:
        seen: dict[str, tuple[str, str, str]] = {}
        for (name, recipient), cases in self.held.items():
            for case, pseudonyms in cases.items():
                for each in pseudonyms:
                    assert seen.setdefault(alike(each), (name, recipient, case)) == (name, recipient, case)


Months.TestCase.settings = settings(
    max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMonths = Months.TestCase


# --- one thing at a time ---


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return an_office(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_person_keeps_her_pseudonym_over_months_however_the_number_is_typed(
    office: Office, kind: PseudonymKind
) -> None:
    agreement = agreed(AGREEMENTS[0], kind)
    first = packed(office, agreement, "io-id", CASES)
    later = dataclasses.replace(office, now=START + dt.timedelta(days=90))
    again = packed(later, agreement, "io-id", [CASES[2].lower(), CASES[0].replace("-", " ")])
    assert list(again.values()) == [first[CASES[2]], first[CASES[0]]]


@pytest.mark.parametrize("kind", KINDS)
def test_two_recipients_and_two_agreements_have_nothing_in_common(office: Office, kind: PseudonymKind) -> None:
    made = [
        pseudonym
        for name in AGREEMENTS
        for recipient in RECIPIENTS
        for pseudonym in packed(office, agreed(name, kind), recipient, CASES).values()
    ]
    assert len(set(made)) == len(made) == 16


@pytest.mark.parametrize("kind", ["random", "chosen"])
def test_another_epoch_cuts_the_thread_and_a_withdrawal_names_both(office: Office, kind: PseudonymKind) -> None:
    (before,) = packed(office, agreed(AGREEMENTS[0], kind), "io-id", CASES[:1]).values()
    new = agreed(AGREEMENTS[0], kind, "2027")
    (after,) = packed(dataclasses.replace(office, now=START.replace(month=11)), new, "io-id", CASES[:1]).values()
    assert before != after
    assert known_as(office, new, "io-id", CASES[0]) == (after, before)


def test_a_random_pseudonym_is_in_no_way_made_of_the_key(office: Office, tmp_path: Path) -> None:
    agreement = agreed(AGREEMENTS[0], "random")
    made = packed(office, agreement, "io-id", CASES)
    office.workspace.registers.pseudonyms_file.unlink()
    assert not set(packed(office, agreement, "io-id", CASES).values()) & set(made.values())


def test_randomness_that_repeats_is_refused_within_a_month_and_between_recipients(office: Office) -> None:
    agreement = agreed(AGREEMENTS[0], "random")
    rows = [MARIA | {"x_CaseRef": case} for case in CASES]
    with pytest.raises(DisclosureError) as refused:
        redact(consented(rows, "io-id", agreement), keys_for(office, agreement, "io-id"), bytes)
    assert refused.value.codes == ("redact.randomness",)

    def stuck(count: int) -> bytes:
        return bytes(range(count))

    def once(recipient: str) -> None:
        keys = keys_for(office, agreement, recipient)
        redacted = redact(consented([MARIA], recipient, agreement), keys, stuck)
        keep_pseudonyms(office, agreement, recipient, [MARIA["x_CaseRef"]], redacted.pseudonyms)

    once("io-id")
    with pytest.raises(DisclosureError) as refused:
        once("gt-ntt")
    assert refused.value.codes == ("redact.randomness",)


def test_two_releases_of_one_command_that_drew_alike_are_not_both_kept(office: Office) -> None:
    """Both were redacted before either was noted."""
    agreement = agreed(AGREEMENTS[0], "random")
    made = [
        redact(consented([MARIA], each, agreement), keys_for(office, agreement, each), lambda n: bytes(range(n)))
        for each in RECIPIENTS
    ]
    keep_pseudonyms(office, agreement, "io-id", [MARIA["x_CaseRef"]], made[0].pseudonyms)
    with pytest.raises(DisclosureError):
        keep_pseudonyms(office, agreement, "gt-ntt", [MARIA["x_CaseRef"]], made[1].pseudonyms)


def test_releases_of_one_command_are_compared_before_the_first_is_sealed(office: Office) -> None:
    agreement = agreed(AGREEMENTS[0], "random")
    drawn = [StandIn("x_CaseRef", keyed, "p" + "a" * 26) for keyed in ("p1", "p2")]
    refuse_repeated(office, agreement, [("io-id", drawn[:1]), ("gt-ntt", [])])
    with pytest.raises(DisclosureError) as refused:
        refuse_repeated(office, agreement, [("io-id", drawn[:1]), ("gt-ntt", drawn[1:])])
    assert refused.value.codes == ("redact.randomness",)
    assert register(office) == ()


def test_noting_takes_no_longer_for_each_line_the_more_there_are(office: Office) -> None:
    """Each stand-in was compared with each line: ten thousand took minutes."""
    agreement = agreed(AGREEMENTS[0], "random")
    made = [StandIn("x_HouseholdRef", f"p{each}", Compared(f"word {each}")) for each in range(600)]
    Compared.times = 0
    refuse_repeated(office, agreement, [("io-id", made)])
    assert Compared.times <= 10 * len(made)
    Compared.times = 0
    keep_pseudonyms(office, agreement, "io-id", [], made)
    assert Compared.times <= 10 * len(made)


class Compared(str):
    """A text that counts how often it is compared."""

    __slots__ = ()
    times = 0

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return str(self) == other

    __hash__ = str.__hash__


def test_a_household_has_its_line_and_no_way_back(office: Office) -> None:
    packed(office, agreed(AGREEMENTS[0], "random"), "io-id", CASES)
    lines = register(office)
    assert [each.case for each in lines] == [*CASES, *[""] * len(CASES)]


@pytest.mark.parametrize("word", ["Melati", "MELATI", "Mélati", "Me-lati"])
@pytest.mark.parametrize(
    ("agreement", "recipient", "case"),
    [
        (agreed(AGREEMENTS[0], "chosen"), "io-id", CASES[1]),
        (agreed(AGREEMENTS[0], "chosen"), "gt-ntt", CASES[0]),
        (agreed(AGREEMENTS[0], "chosen"), "gt-ntt", CASES[1]),
        (agreed(AGREEMENTS[1], "chosen"), "io-id", CASES[0]),
        (agreed(AGREEMENTS[1], "chosen"), "io-id", CASES[1]),
        (agreed(AGREEMENTS[0], "chosen", "2027"), "io-id", CASES[0]),
    ],
)
def test_a_word_is_given_once_whoever_asks_for_it_again_and_however_it_is_spelled(
    office: Office, agreement: Agreement, recipient: str, case: str, word: str
) -> None:
    choose(office, somebody(), agreed(AGREEMENTS[0], "chosen"), "io-id", Choice(CASES[0], "Melati"))
    with pytest.raises(UsageError) as refused:
        choose(office, somebody(), agreement, recipient, Choice(case, word))
    assert refused.value.codes == ("pseudonym.taken",)


def test_she_is_not_called_nearly_the_same_at_two_recipients(office: Office) -> None:
    agreement = agreed(AGREEMENTS[0], "chosen")
    choose(office, somebody(), agreement, "io-id", Choice(CASES[0], "Melati"))
    for word in ("Melati-Putih", "Mel"):
        with pytest.raises(UsageError):
            choose(office, somebody(), agreement, "gt-ntt", Choice(CASES[0], word))
    choose(office, somebody(), agreement, "gt-ntt", Choice(CASES[0], "Mawar"))


def test_the_list_says_who_stands_for_whom_now(office: Office) -> None:
    old, new = agreed(AGREEMENTS[0], "chosen"), agreed(AGREEMENTS[0], "chosen", "2027")
    choose(office, somebody(), old, "io-id", Choice(CASES[0], "Melati"))
    choose(office, somebody(), old, "io-id", Choice(CASES[1], "Mawar"))
    choose(office, somebody(), new, "io-id", Choice(CASES[0].lower(), "Rosella"))
    assert [each.pseudonym for each in list_chosen(office, somebody(), new, "io-id")] == ["Rosella"]
    assert [each.pseudonym for each in list_chosen(office, somebody(), old, "io-id")] == ["Melati", "Mawar"]


def test_a_word_that_was_chosen_waits_for_her_next_release_and_a_given_one_goes_when_it_is_destroyed(
    office: Office,
) -> None:
    agreement = agreed(AGREEMENTS[0], "chosen")
    choose(office, somebody(), agreement, "io-id", Choice(CASES[0], "Melati"))
    choose(office, somebody(), agreement, "io-id", Choice(CASES[1], "Mawar"))
    packed(office, agreement, "io-id", CASES[:1])
    later = dataclasses.replace(office, now=START.replace(year=START.year + 12))
    packed(later, agreement, "io-id", CASES[2:3])
    assert [each.pseudonym for each in register(later) if each.chosen] == ["Mawar"]
    choose(later, somebody(), agreement, "gt-ntt", Choice(CASES[3], "Melati"))
    with pytest.raises(UsageError):
        choose(later, somebody(), agreement, "gt-ntt", Choice(CASES[3], "Mawar"))


def test_what_was_chosen_is_ignored_where_the_agreement_says_random_again(office: Office) -> None:
    chosen = agreed(AGREEMENTS[0], "chosen")
    choose(office, somebody(), chosen, "io-id", Choice(CASES[0], "Melati"))
    assert packed(office, chosen, "io-id", CASES[:1]) == {CASES[0]: "Melati"}
    (random,) = packed(office, agreed(AGREEMENTS[0], "random"), "io-id", CASES[:1]).values()
    assert random != "Melati"


def test_a_register_of_before_is_still_read(office: Office) -> None:
    packed(office, agreed(AGREEMENTS[0], "keyed"), "io-id", CASES)
    lines = register(office)
    assert all(not each.keyed and each.chosen is None for each in lines)
    keep(office, lines)
    assert register(office) == lines
