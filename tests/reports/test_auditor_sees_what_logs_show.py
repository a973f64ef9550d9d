"""The audit page: findings first, every log and every sending, and what logs cannot prove."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from audit.network import Network, digest
from reports.checking import Page, is_sound
from reports.month import MADE

from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.audit.verify import Verdict, verify
from exchange.locale import LANGUAGES, Language, speaking
from exchange.reports.audit_page import audit_page

HOSTILE = "<iframe src=x></iframe></td></tr>\"'&"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    network = Network(tmp_path, ("yks", "gt-ntt"))
    network.send("yks", "gt-ntt", "bundle-whole")
    network.send("yks", "gt-ntt", "bundle-lost", lost=("bundle.received", "bundle.opened", "bundle.accepted"))
    network["gt-ntt"].write("erasure.certified", counterpart="yks")
    return network


@pytest.fixture
def packs(network: Network) -> list[Path]:
    return [network[party].pack() for party in ("yks", "gt-ntt")]


def verdicts(packs: list[Path]) -> dict[Language, Verdict]:
    found = {}
    for tongue in LANGUAGES:
        with speaking(tongue):
            found[tongue] = verify(packs)
    return found


def histories(packs: list[Path]) -> list[History]:
    return [History.of_pack(pack) for pack in packs]


def test_page_is_sound_and_in_both_languages(packs: list[Path]) -> None:
    assert is_sound(audit_page(verdicts(packs), histories(packs), MADE))


def test_what_is_wrong_stands_first(packs: list[Path]) -> None:
    found = verdicts(packs)
    text = Page(audit_page(found, histories(packs), MADE)).words["en"]
    assert not found["en"].ok
    wrong = [each for each in found["en"].findings if each.weight == "wrong"]
    places = [text.index(each.what) for each in wrong]
    assert places
    assert max(places) < text.index("To look at") < text.index("Each log on its own")
    assert all(each.code in text for each in found["en"].findings)


def test_sound_logs_are_said_to_be_sound_as_far_as_logs_can_show(tmp_path: Path) -> None:
    network = Network(tmp_path, ("yks", "gt-ntt"))
    network.send("yks", "gt-ntt", "bundle-whole")
    packs = [network[party].pack() for party in ("yks", "gt-ntt")]
    text = audit_page(verdicts(packs), histories(packs), MADE)
    assert is_sound(text)
    assert "Nothing is wrong in these logs" in Page(text).words["en"]
    assert "cannot prove" in Page(text).words["en"]


def test_every_log_and_every_sending_is_named(packs: list[Path]) -> None:
    verdict = verdicts(packs)["en"]
    page = audit_page(verdicts(packs), histories(packs), MADE)
    text = Page(page).words["en"]
    for log in verdict.logs:
        assert log.origin in text
        assert log.fingerprint in text
    for match in verdict.matches:
        assert match.ciphertext.removeprefix("sha256:")[:12] in text
    assert text.count("yks → gt-ntt") == 2
    assert "DSA-NTT-2026-004 1.1.0" in text
    assert page.count('class="gap"') == 2 * 1  # that the lost bundle was received
    assert "no answer shown" in text


def test_log_without_history_names_entries_by_number(packs: list[Path]) -> None:
    text = audit_page(verdicts(packs), [], MADE)
    assert is_sound(text)
    assert "2026-10-01" not in text
    assert f"{digest('bundle-whole').removeprefix('sha256:')[:12]}…" in text
    assert "entry 1" in Page(text).words["en"]


def test_log_of_the_same_party_in_another_network_is_not_mistaken_for_it(packs: list[Path]) -> None:
    ours = histories(packs)
    foreign = {number: entry.model_copy(update={"ciphertext": digest("x"), "period": "2020-01"})
               for number, entry in ours[0].entries.items()}  # fmt: skip
    other = replace(ours[0], origin="yks.other/exchange-log", entries=foreign)
    text = audit_page(verdicts(packs), [other, *ours], MADE)
    assert "2020-01" not in text
    assert "2026-09" in text


def test_what_is_attested_is_counted(packs: list[Path]) -> None:
    text = Page(audit_page(verdicts(packs), histories(packs), MADE)).words["en"]
    assert "Data of a person who withdrew were erased1" in text


def test_command_that_reproduces_it_can_be_pasted(packs: list[Path], tmp_path: Path) -> None:
    strange = tmp_path / "a pack; of yks"
    shutil.move(packs[0], strange)
    text = Page(audit_page(verdicts([strange, packs[1]]), [], MADE)).words["en"]
    assert "exchange audit verify 'a pack; of yks' gt-ntt.pack" in text


def test_empty_verdict_gives_a_page() -> None:
    nothing = Verdict((), (), ())
    assert is_sound(audit_page({"id": nothing, "en": nothing}, [], MADE))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: replace(v, findings=(Finding(HOSTILE, HOSTILE, HOSTILE, HOSTILE),)),
        lambda v: replace(v, logs=tuple(replace(log, pack=HOSTILE, origin=HOSTILE) for log in v.logs)),
        lambda v: replace(v, logs=tuple(replace(log, fingerprint=HOSTILE) for log in v.logs)),
        lambda v: replace(v, matches=tuple(replace(m, sender=HOSTILE, recipient=HOSTILE) for m in v.matches)),
    ],
)
def test_hostile_texts_come_out_harmless(packs: list[Path], spoil: Callable[[Verdict], Verdict]) -> None:
    text = audit_page({tongue: spoil(each) for tongue, each in verdicts(packs).items()}, histories(packs), MADE)
    assert is_sound(text)
    assert HOSTILE in Page(text).words["en"]
