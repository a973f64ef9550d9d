"""How long a witness, or a log, may be silent: as the agreements in the pack have data sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from asking.books import papers
from asking.story import reference
from audit.network import Network

from exchange.asking.quiet import quiet
from exchange.audit.verify import Verdict, verify

SENDER = "yks"
OF_THE_MONTH, OF_THE_QUARTER, AUDITOR = "gt-ntt", "dinas-p3a", "independent-auditor"


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """All of them have signed the example."""
    made = Network(tmp_path, (SENDER, OF_THE_MONTH, OF_THE_QUARTER, AUDITOR))
    for each in made.members.values():
        each.write("agreement.signed", agreement=reference())
    return made


def shown(network: Network, party: str, documents: dict[str, bytes]) -> Verdict:
    pack = network[party].pack()
    for path, content in documents.items():
        (pack / path).write_bytes(content)
    keys = {each.origin: each.key.verify_key for each in network.members.values()}
    return verify([pack], keys=keys, quiet=quiet)


def silent_for(network: Network, witness: str, days: int, documents: dict[str, bytes]) -> bool:
    """Whether a witness that has cosigned nothing for so many days is named."""
    sender = network[SENDER]
    sender.show(network[witness], back=True)
    network.now += timedelta(days=days)
    sender.write("store.merged")
    found = [each for each in shown(network, SENDER, documents).findings if each.code == "audit.silent"]
    assert all(witness in each.what for each in found)
    return bool(found)


@pytest.mark.parametrize(
    ("witness", "days", "named"),
    [
        (OF_THE_MONTH, 40, False),
        (OF_THE_MONTH, 50, True),
        (OF_THE_QUARTER, 110, False),
        (OF_THE_QUARTER, 125, True),
        (AUDITOR, 50, True),  # no agreement says how often
    ],
)
def test_who_gets_a_quarter_at_a_time_is_silent_later(network: Network, witness: str, days: int, named: bool) -> None:
    assert silent_for(network, witness, days, papers()) is named


@pytest.mark.parametrize("documents", [{}, papers(unsigned=True)], ids=["not shown", "not signed"])
def test_where_no_signed_agreement_tells_it_is_45_days(network: Network, documents: dict[str, bytes]) -> None:
    assert silent_for(network, OF_THE_QUARTER, 50, documents)


@pytest.mark.parametrize(
    ("party", "days", "named"),
    [(OF_THE_QUARTER, 110, False), (OF_THE_QUARTER, 125, True), (OF_THE_MONTH, 50, True), (SENDER, 50, True)],
)
def test_a_log_of_quarters_alone_may_end_longer_ago(network: Network, party: str, days: int, named: bool) -> None:
    network.now += timedelta(days=days)
    found = [each.code for each in shown(network, party, papers()).findings]
    assert ("audit.stale" in found) is named
