"""The audit page: findings first, every log and every sending, and what logs cannot prove."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from audit.network import Network, digest
from reports.checking import Page, is_sound
from reports.month import MADE

from exchange.asking.answer import Asked
from exchange.asking.examining import examine
from exchange.asking.questions import BY_NAME
from exchange.asking.shown import Shown
from exchange.audit.dates import Seen
from exchange.audit.entries import AgreementRef
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.audit.reading import read_pack
from exchange.audit.verify import Verdict, verify
from exchange.locale import Said
from exchange.locale.harmless import SHOWN
from exchange.reports.audit_page import Audit, audit_page
from exchange.reports.audit_time_line import time_line

ASKED = Asked(recipient="gt-ntt", since=dt.date(2026, 10, 1), until=dt.date(2026, 10, 31))
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


def shown(packs: list[Path], *, histories: bool = True) -> Audit:
    verdict = verify(packs)
    before_her = Shown.of(verdict.histories, MADE)
    answers = (BY_NAME["sent"].answer(before_her, ASKED), *examine(before_her))
    audit = Audit(tuple(pack.name for pack in packs), (), verdict, answers, MADE)
    return audit if histories else replace(audit, verdict=replace(verdict, histories=()), answers=())


def test_page_is_sound_and_in_both_languages(packs: list[Path]) -> None:
    assert is_sound(audit_page(shown(packs)))


def test_what_is_wrong_stands_first(packs: list[Path]) -> None:
    audit = shown(packs)
    found = audit.verdict
    text = Page(audit_page(audit)).words["en"]
    assert not found.ok
    wrong = [each for each in found.findings if each.weight == "wrong"]
    places = [text.index(each.what) for each in wrong]
    assert places
    assert max(places) < text.index("To look at") < text.index("Each log on its own")
    assert all(each.code in text for each in found.findings)


def test_sound_logs_are_said_to_be_sound_as_far_as_logs_can_show(tmp_path: Path) -> None:
    network = Network(tmp_path, ("yks", "gt-ntt"))
    network.send("yks", "gt-ntt", "bundle-whole")
    packs = [network[party].pack() for party in ("yks", "gt-ntt")]
    text = audit_page(shown(packs))
    assert is_sound(text)
    assert "Nothing is wrong in these logs" in Page(text).words["en"]
    assert "cannot prove" in Page(text).words["en"]


def test_every_log_and_every_sending_is_named(packs: list[Path]) -> None:
    verdict = shown(packs).verdict
    page = audit_page(shown(packs))
    text = Page(page).words["en"]
    for log in verdict.logs:
        assert log.origin in text
        assert log.fingerprint in text
    for match in verdict.matches:
        assert match.ciphertext.removeprefix("sha256:")[:12] in text
    assert text.count("yks → gt-ntt") == 3  # the month, and each file
    assert "DSA-NTT-2026-004 1.1.0" in text
    assert page.count('class="gap"') == 2 * 1  # that the lost bundle was received
    assert "no answer shown" in text


def test_log_without_history_names_entries_by_number(packs: list[Path]) -> None:
    text = audit_page(shown(packs, histories=False))
    assert is_sound(text)
    assert "2026-10-01" not in text
    assert f"{digest('bundle-whole').removeprefix('sha256:')[:12]}…" in text
    assert "entry 1" in Page(text).words["en"]


def test_log_of_the_same_party_in_another_network_is_not_mistaken_for_it(packs: list[Path]) -> None:
    audit = shown(packs)
    ours = audit.verdict.histories
    foreign = {number: entry.model_copy(update={"ciphertext": digest("x"), "period": "2020-01"})
               for number, entry in ours[0].entries.items()}  # fmt: skip
    other = replace(ours[0], origin="yks.other/exchange-log", entries=foreign)
    text = audit_page(replace(audit, verdict=replace(audit.verdict, histories=(other, *ours))))
    assert "2020-01" not in text
    assert "2026-09" in text


def test_what_is_attested_is_counted(packs: list[Path]) -> None:
    text = Page(audit_page(shown(packs))).words["en"]
    assert "Data of a person who withdrew were erased1" in text


def test_command_that_reproduces_it_can_be_pasted(packs: list[Path], tmp_path: Path) -> None:
    strange = tmp_path / "a pack; of yks"
    shutil.move(packs[0], strange)
    text = Page(audit_page(shown([strange, packs[1]]))).words["en"]
    assert "exchange audit verify 'a pack; of yks' gt-ntt.pack" in text
    assert "exchange audit query sent --to gt-ntt --since 2026-10-01 --until 2026-10-31 --pack 'a pack; of yks'" in text


def test_empty_verdict_gives_a_page() -> None:
    assert is_sound(audit_page(Audit((), (), Verdict((), (), ()), (), MADE)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: replace(v, findings=(Finding(HOSTILE, Said(HOSTILE), HOSTILE, HOSTILE),)),
        lambda v: replace(v, logs=tuple(replace(log, pack=HOSTILE, origin=HOSTILE) for log in v.logs)),
        lambda v: replace(v, logs=tuple(replace(log, fingerprint=HOSTILE) for log in v.logs)),
        lambda v: replace(v, matches=tuple(replace(m, sender=HOSTILE, recipient=HOSTILE) for m in v.matches)),
    ],
)
def test_hostile_texts_come_out_harmless(packs: list[Path], spoil: Callable[[Verdict], Verdict]) -> None:
    audit = shown(packs)
    text = audit_page(replace(audit, verdict=spoil(audit.verdict)))
    assert is_sound(text)
    assert HOSTILE in Page(text).words["en"]


UNSEEN = "\u202e\x1b[2J\u009b31m\u2066\x07"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: replace(v, findings=(Finding(UNSEEN, Said(UNSEEN), UNSEEN, UNSEEN),)),
        lambda v: replace(v, logs=tuple(replace(log, pack=UNSEEN, origin=UNSEEN) for log in v.logs)),
        lambda v: replace(v, logs=tuple(replace(log, stamps=(Seen(1, MADE, UNSEEN),)) for log in v.logs)),
        lambda v: replace(v, matches=tuple(replace(m, sender=UNSEEN, recipient=UNSEEN) for m in v.matches)),
    ],
)
def test_nothing_on_the_page_turns_a_line_around_or_commands_a_terminal(
    packs: list[Path], spoil: Callable[[Verdict], Verdict]
) -> None:
    audit = shown(packs)
    text = audit_page(replace(audit, verdict=spoil(audit.verdict)))
    assert is_sound(text)
    assert "??[2J?31m??" in Page(text).words["en"]
    assert {each for each in text if not each.isprintable()} <= set(SHOWN)


def test_the_name_of_a_pack_is_harmless_on_the_page(packs: list[Path], tmp_path: Path) -> None:
    strange = tmp_path / f"y{UNSEEN}s"
    shutil.move(packs[0], strange)
    text = audit_page(shown([strange, packs[1]]))
    assert {each for each in text if not each.isprintable()} <= set(SHOWN)
    assert "y??[2J?31m??s" in Page(text).words["en"]


def test_every_finding_has_the_command_that_shows_it_again(packs: list[Path]) -> None:
    audit = replace(shown(packs), keys=("yks=yks.card.json",))
    text = Page(audit_page(audit)).words["en"]
    assert audit.found
    assert all(command.endswith("--key yks=yks.card.json") for _finding, command in audit.found)
    commands = [command for _finding, command in audit.found]
    assert {command.split()[2] for command in commands} >= {"verify"}
    assert all(text.count(command) >= commands.count(command) for command in commands)


def test_questions_are_answered_in_both_languages(packs: list[Path]) -> None:
    words = Page(audit_page(shown(packs))).words
    assert "2 bundles went from yks to gt-ntt" in words["en"]
    assert "yks" in words["id"]
    assert "bundles went" not in words["id"]


def test_questions_that_must_be_told_something_say_how_to_ask_them(packs: list[Path]) -> None:
    audit = shown(packs)
    asked = tuple(each for each in audit.answers if not BY_NAME[each.question].needs)
    text = Page(audit_page(replace(audit, answers=asked))).words["en"]
    assert text.count("not asked: the command says what it must be told") == 2
    assert "exchange audit query sent --to PARTY --since DAY --until DAY --pack" in text
    assert "exchange audit query pseudonym PSEUDONYM --agreement ID --to PARTY --pack" in text


def test_the_month_shows_the_worst_of_what_went(packs: list[Path]) -> None:
    text = audit_page(shown(packs))
    assert "2026: sealed files by sender, recipient and period" in Page(text).words["en"]
    assert "not all of it" in Page(text).words["en"]


def test_what_happens_seldom_stands_in_the_time_line(packs: list[Path]) -> None:
    text = Page(audit_page(shown(packs))).words["en"]
    when = text.index("What happened when")
    assert when < text.index("that a person was erased was certified", when) < text.index("Each log on its own")


def test_what_happened_to_an_agreement_in_every_copy_stands_once_a_day(network: Network) -> None:
    text = AgreementRef(id="DSA-NTT-001", version="1.0.0", digest=digest("text"))
    for party in ("yks", "gt-ntt"):
        network[party].write("agreement.made", agreement=text)
        for signer in ("yks", "gt-ntt"):
            network[party].write("agreement.signed", agreement=text, counterpart=signer, person="director.1")
    network.now += dt.timedelta(days=1)
    network["yks"].write("agreement.signed", agreement=text, counterpart="io-id", person="director.1")
    events = time_line([History.of_read(read_pack(network[party].pack(), {})) for party in ("yks", "gt-ntt")])
    about = [each for each in events if each.agreement]
    assert [str(each.what) for each in about] == ["an agreement was made", *["an agreement was signed"] * 2]
    made, signed, later = about
    assert [[(party, len(numbers)) for party, numbers in each.entries] for each in about] == [
        [("gt-ntt", 1), ("yks", 1)],
        [("gt-ntt", 2), ("yks", 2)],
        [("yks", 1)],
    ]
    assert (signed.counterparts, later.counterparts) == (("gt-ntt", "yks"), ("io-id",))
    assert (made.is_single, later.is_single) == (False, True)
