"""Question 1: what went from one to the other, under which agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from audit.network import START, Network

from exchange.asking.answer import Answer, Asked
from exchange.asking.questions import BY_NAME
from exchange.asking.shown import Shown
from exchange.audit.history import History
from exchange.audit.proofs import verify_entry_proof
from exchange.errors import AuditError
from exchange.locale import speaking

ON_THE_DAY = Asked(recipient="gt-ntt", since=START.date(), until=START.date())


def sent(history: History, asked: Asked = ON_THE_DAY) -> Answer:
    return BY_NAME["sent"].answer(Shown.of([history], START), asked)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    network = Network(tmp_path, ["yks", "gt-ntt"])
    for number in range(2):
        network.send("yks", "gt-ntt", f"bundle-0{number}")
    return network


def test_what_went_between_two_dates_is_answered_with_proofs(network: Network) -> None:
    yks = network["yks"]
    pack = yks.pack()
    histories = [History.of_pack(pack, {yks.origin: yks.key.verify_key})]
    with yks.log() as log:
        histories.append(History.of_log(log, yks.key.verify_key))
        answers = [sent(history) for history in histories]
        lines = [data for _number, _leaf, data in log.raw_records()]
    assert answers[0] == answers[1]
    answer = answers[0]
    assert str(answer.sentence) == (
        "2 bundles went from yks to gt-ntt from 2026-10-01 to 2026-10-01, under DSA-NTT-2026-004 1.1.0"
    )
    assert len(answer.evidence) == len(answer.lines) == 2
    for sending in answer.evidence:
        opening = lines[sending.number]
        assert opening is not None
        assert verify_entry_proof(sending.proof, opening, yks.key.verify_key)[0] == sending.number


def test_the_answer_speaks_both_languages(network: Network) -> None:
    answer = sent(History.of_pack(network["yks"].pack()))
    document = answer.as_json()
    assert isinstance(document, dict)
    sentences = document["sentence"]
    assert isinstance(sentences, dict)
    assert sentences["en"] == str(answer.sentence)
    with speaking("id"):
        assert sentences["id"] == str(answer.sentence) != sentences["en"]


def test_other_days_and_other_recipients_are_left_out(network: Network) -> None:
    history = History.of_pack(network["yks"].pack())
    month = Asked(recipient="gt-ntt", since=date(2026, 9, 1), until=date(2026, 9, 30))
    assert not sent(history, month).evidence
    nothing = sent(history, Asked(recipient="peduli", since=date(2026, 9, 1), until=date(2026, 12, 31)))
    assert str(nothing.sentence) == "nothing went from yks to peduli from 2026-09-01 to 2026-12-31"


def test_a_bundle_delivered_twice_went_once(network: Network) -> None:
    yks = network["yks"]
    with yks.log() as log:
        [again] = [record.opening.entry for record in log.records() if record.number == 1 and record.opening]
        log.append(again)
    assert len(sent(History.of_pack(yks.pack())).evidence) == 2


def test_no_answer_is_given_from_a_broken_pack(network: Network) -> None:
    pack = network["yks"].pack()
    (pack / "entries.jsonl").write_bytes(b"")
    with pytest.raises(AuditError) as refused:
        History.of_pack(pack)
    assert "audit.entry_missing" in refused.value.codes


def test_without_a_senders_log_nothing_is_said_to_have_gone_or_not(network: Network) -> None:
    of_recipient = History.of_pack(network["gt-ntt"].pack())
    for sender in (None, "yks"):
        answer = sent(of_recipient, replace(ON_THE_DAY, sender=sender))
        assert str(answer.sentence) == (
            "no log of yks was shown; by its own log gt-ntt received 2 bundles from 2026-10-01 to 2026-10-01"
        )
        assert [each.code for each in answer.findings] == ["audit.pack_absent"]
        assert "received from yks: 2026-09" in str(answer.lines[0])
        assert answer.logs == ("gt-ntt",)
        with speaking("id"):
            assert "log yks tidak ditunjukkan" in str(answer.sentence)


def test_where_neither_side_was_shown_nothing_is_known(network: Network) -> None:
    answer = sent(History.of_pack(network["yks"].pack()), replace(ON_THE_DAY, sender="rpk"))
    assert str(answer.sentence) == "no log of rpk was shown; what went to gt-ntt is not known"
    assert [each.code for each in answer.findings] == ["audit.pack_absent"]


def test_a_sender_that_is_not_shown_is_told_of_beside_those_that_are(tmp_path: Path) -> None:
    network = Network(tmp_path, ["yks", "rpk", "gt-ntt"])
    network.send("yks", "gt-ntt", "bundle-01")
    network.send("rpk", "gt-ntt", "bundle-02")
    shown = [History.of_pack(network[party].pack()) for party in ("yks", "gt-ntt")]
    answer = BY_NAME["sent"].answer(Shown.of(shown, START), ON_THE_DAY)
    assert str(answer.sentence) == (
        "1 bundle went from yks to gt-ntt from 2026-10-01 to 2026-10-01, under DSA-NTT-2026-004 1.1.0; "
        "no log of rpk was shown; by its own log gt-ntt received 1 bundle from 2026-10-01 to 2026-10-01"
    )
    assert len(answer.lines) == len(answer.evidence) == 2
