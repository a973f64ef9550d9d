"""Three senders, a linking agent, a recipient: filters go to the agent, which rows are of one person comes back, and
the agent keeps nothing."""

from __future__ import annotations

from collections import Counter

from agent.county import AGENT, SENDERS, County

from exchange.agent.keeping import FilterKeep
from exchange.merge.store import Store


def store(county: County, party: str = "io-id") -> Store:
    office = county.office(party)
    return Store.open(office.workspace.store_folder, office.identity.key_for("store"))


def person_keys(county: County, party: str = "io-id") -> list[tuple[str, str | None]]:
    with store(county, party) as opened:
        reports = opened.records().reports
    return list(zip(reports.column("source").to_pylist(), reports.column("person_key").to_pylist(), strict=True))


def kept_by_agent(county: County) -> int:
    office = county.office(AGENT)
    with FilterKeep.open(office.workspace.agent_folder, office.identity.key_for("agent")) as keep:
        return len(keep.letters())


def test_a_bundle_that_is_linked_through_an_agent_carries_no_tokens(sent: County) -> None:
    with store(sent) as opened:
        segments = opened.segments()
    assert len(segments) == len(SENDERS)
    assert all(len(each.tokens) == 0 and each.metadata.linking is None and each.row_count for each in segments)


def test_rows_of_one_person_get_one_key(sent: County) -> None:
    assert kept_by_agent(sent) == len(SENDERS)
    said = sent.desk(AGENT).does("--json", "link")
    assert '"senders": 3' in said
    sent.carry(AGENT)
    keys = person_keys(sent)
    assert all(key is not None and key.startswith(f"{AGENT}/") for _source, key in keys)
    several = [key for key, sources in Counter(key for _source, key in keys).items() if sources > 1]
    assert several, "the demo's people are known to several organisations"
    assert len({source for source, key in keys if key in several}) > 1


def test_after_a_complete_round_the_agent_has_nothing_and_has_certified_it(sent: County) -> None:
    sent.desk(AGENT).does("link")
    assert kept_by_agent(sent) == 0
    assert not list((sent.folder / AGENT / "agent" / "segments").iterdir())
    sent.carry(AGENT)
    for sender in SENDERS:
        certified = list(sent.office(sender).entries("ntt", "filters.certified"))
        assert [each.counterpart for each in certified] == [AGENT]
        assert certified[0].counts is not None
        assert certified[0].counts.reports
