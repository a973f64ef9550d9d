"""Between packing and delivering, and between partners: what is stopped stays, and one partner harms no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulator import AGREEMENT, ROWS, SENDER, TABLES, Simulated, founded, quick_folder

from exchange.agreements.agreement import Reference
from exchange.agreements.state import state
from exchange.bundle.letters import Termination
from exchange.duties.notices import suspend, terminate
from exchange.duties.withdrawal import withdraw
from exchange.errors import KeyringError
from exchange.posting import post_letter
from exchange.registers import notices


@pytest.fixture(scope="module")
def _packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with quick_folder(tmp_path_factory.mktemp("moment")) as folder:
        network = founded(folder / "packed", rows=12)
        network.pack()
        yield network


@pytest.fixture
def network(_packed: Simulated, tmp_path: Path) -> Simulated:
    return _packed.copied(tmp_path / "copy")


def delivered(network: Simulated) -> set[str]:
    return {each.parcel.recipient for each in network.standings() if each.state == "delivered"}


def test_what_was_packed_before_an_ending_does_not_leave_after_it(network: Simulated) -> None:
    terminate(network.office(), AGREEMENT, "risk_to_survivor")
    network.deliver()
    assert delivered(network) == set()
    assert {each.code for each in network.standings()} == {"agreement.terminated"}


def test_what_was_packed_before_a_suspension_does_not_leave_after_it(network: Simulated) -> None:
    suspend(network.office(), AGREEMENT)
    network.deliver()
    assert {each.code for each in network.standings()} == {"agreement.suspended"}


def test_one_bad_card_keeps_nobody_else_from_being_told(network: Simulated) -> None:
    network.office().workspace.cards.revoke(ROWS, network.now.date())
    with pytest.raises(KeyringError) as refused:
        suspend(network.office(), AGREEMENT)
    assert refused.value.codes == ("card.revoked",)
    network.deliver()
    network.receive(TABLES)
    known = network.office(TABLES).workspace.agreements.newest(AGREEMENT)
    told = notices(network.office(TABLES))
    assert state(known.agreement, known.signatures, network.now.date(), told) == "suspended"


def test_a_withdrawal_of_somebody_with_a_bad_card_stops_no_delivery(network: Simulated) -> None:
    network.office().workspace.cards.revoke(ROWS, network.now.date())
    withdraw(network.office(), AGREEMENT, "nobody-of-this-number")
    network.deliver()
    assert TABLES in delivered(network)


@pytest.mark.parametrize("day", [dt.date(2001, 1, 1), dt.date(9999, 12, 31)])
def test_a_notice_of_a_day_that_cannot_be_ends_nothing(network: Simulated, day: dt.date) -> None:
    office = network.office(ROWS)
    agreement = office.workspace.agreements.newest(AGREEMENT).agreement
    post_letter(office, SENDER, Termination(kind="termination", on=day, ground=None), "ntt", Reference.to(agreement))
    network.deliver(ROWS)
    (taken,) = network.receive(SENDER).taken
    assert [problem.code for problem in taken.problems] == ["letter.day"]
    assert notices(network.office()) == ()


def test_one_recipient_ends_nothing_for_another(network: Simulated) -> None:
    office = network.office(ROWS)
    agreement = office.workspace.agreements.newest(AGREEMENT).agreement
    body = Termination(kind="termination", on=network.now.date(), ground=None)
    post_letter(office, TABLES, body, "ntt", Reference.to(agreement))
    network.deliver(ROWS)
    (taken,) = network.receive(TABLES).taken
    assert [problem.code for problem in taken.problems] == ["letter.not_a_party"]
