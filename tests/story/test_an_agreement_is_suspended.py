"""A recipient suspends the agreement: nothing leaves any more, until it lifts its own suspension."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.agreements.period import Period
from exchange.checking import Job, check
from exchange.delivering import deliver
from exchange.demo import agreements
from exchange.demo.cast import RECIPIENTS, Network, gathered
from exchange.demo.scenario import build
from exchange.demo.story import at, write_extract
from exchange.duties.notices import resume, suspend, terminate
from exchange.errors import AgreementError
from exchange.receiving import receive

AGREEMENT = agreements.agreement_id("yks")


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with gathered(tmp_path, at(8, 20)) as network:
        agreements.share(network, "yks")
        for party in ("yks", *(each.id for each in RECIPIENTS)):
            agreements.hand_round(network, "yks", agreements.signature(network, "yks", party))
        yield network.at(at(10, 5))


def refusals(network: Network, extract: Path) -> tuple[str, ...]:
    job = Job(extract, AGREEMENT, Period.read("2026-09"))
    try:
        check(network.office("yks"), job)
    except AgreementError as error:
        return error.codes
    return ()


def test_from_the_letter_on_nothing_leaves_until_it_is_lifted(network: Network) -> None:
    extract = write_extract(network, build().workbook("yks", "2026-09"), "2026-09.xlsx")
    assert refusals(network, extract) == ()
    for day, give, expected in ((5, suspend, ("agreement.suspended",)), (6, resume, ())):
        today = network.at(at(10, day))
        give(today.office("gt-ntt"), AGREEMENT)
        deliver(today.office("gt-ntt"))
        receive(today.office("yks"))
        assert refusals(today, extract) == expected


def test_a_senders_own_termination_stops_it_at_once_and_reaches_everybody(network: Network) -> None:
    extract = write_extract(network, build().workbook("yks", "2026-09"), "2026-09.xlsx")
    letters = terminate(network.office("yks"), AGREEMENT)
    assert {letter.envelope.recipient for letter in letters} == {each.id for each in RECIPIENTS}
    assert refusals(network, extract) == ("agreement.suspended",)
    deliver(network.office("yks"))
    for each in RECIPIENTS:
        assert [taken.outcome for taken in receive(network.office(each.id)).taken] == ["heeded"]
