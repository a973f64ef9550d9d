"""Within three days nothing of the agent opens the filters any more, whoever linked or not; and it says so."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest
from agent.county import AGENT, NOW, PACKING, SENDERS, County, number
from agent.test_a_round_of_linking import kept_by_agent, person_keys

from exchange.agent.keeping import FilterKeep
from exchange.duties.correspondence import facts_of
from exchange.duties.linking import clocks

DAYS = [dt.timedelta(days=days) for days in range(4)]


def at(days: float) -> str:
    return (dt.datetime.fromisoformat(PACKING) + dt.timedelta(days=days)).isoformat()


def readable(county: County) -> int:
    """How many letters' filters the agent's own keys still open."""
    office = county.office(AGENT)
    with FilterKeep.open(office.workspace.agent_folder, office.identity.key_for("agent")) as keep:
        return len(keep.filters())


@pytest.mark.parametrize("command", [("receive",), ("link",), ("status",)])
def test_any_command_deletes_what_has_been_here_for_two_days(sent: County, command: tuple[str, ...]) -> None:
    assert readable(sent) == len(SENDERS)
    sent.desk(AGENT, at(1.9)).run(*command if command != ("link",) else ("link", "--dry-run"))
    assert readable(sent) == len(SENDERS)
    sent.desk(AGENT, at(2)).run(*command)
    assert readable(sent) == 0
    assert not list((sent.folder / AGENT / "agent" / "segments").iterdir())


def test_the_deletion_is_certified_to_each_sender(sent: County) -> None:
    sent.desk(AGENT, at(2)).does("status")  # the files; nobody unlocked a key
    sent.desk(AGENT, at(2.1)).does("receive")
    sent.carry(AGENT, now=at(2.2))
    for sender in SENDERS:
        (told,) = sent.office(sender).entries("ntt", "filters.certified")
        assert told.counterpart == AGENT
    sent.desk(AGENT, at(3)).does("receive")
    assert len(list(sent.office(AGENT).entries("ntt", "filters.certified"))) == len(SENDERS)  # once each


def test_no_old_file_opens_with_the_keys_that_are_left(sent: County) -> None:
    """A thief who copied the segments earlier, and the key table later. With a copy of both of one day, and the
    identity, filters open: nothing that is deleted later can change that, and SECURITY.md says so."""
    segments = sent.folder / AGENT / "agent" / "segments"
    stolen = sent.folder / "stolen"
    shutil.copytree(segments, stolen)
    sent.desk(AGENT).does("link")
    assert kept_by_agent(sent) == 0
    for file in stolen.iterdir():
        shutil.copy(file, segments / file.name)
    assert readable(sent) == 0
    assert not list(segments.iterdir())  # what no key opens is swept away


def test_the_clocks_say_what_is_owed(sent: County) -> None:
    agent, sender = sent.office(AGENT, NOW), sent.office("yks", NOW)
    agreement = agent.workspace.agreements.newest(number("yks")).agreement
    (ours,) = clocks(facts_of(agent, agreement))
    assert (ours.code, ours.party, ours.owed_to, ours.open) == ("linking.delete", AGENT, "yks", True)
    assert ours.ends - ours.began == dt.timedelta(hours=72)
    (theirs,) = clocks(facts_of(sender, agreement))
    assert (theirs.code, theirs.party, theirs.owed_to, theirs.open) == ("linking.certify", AGENT, "yks", True)
    sent.desk(AGENT).does("link")
    sent.carry(AGENT)
    assert not any(each.open for each in clocks(facts_of(agent, agreement)))
    assert not any(each.open for each in clocks(facts_of(sender, agreement)))


def test_a_sender_that_is_missing_is_said_and_waited_for(sent: County) -> None:
    sent.desk(AGENT).does("link")
    sent.carry(AGENT)
    for sender in ("yks", "rpk"):
        sent.desk(sender, at(1)).does("link", "--send")
    sent.carry("yks", "rpk", now=at(1))
    desk = sent.desk(AGENT, at(1))
    assert desk.run("link").codes == ["linking.missing"]
    assert readable(sent) == 2
    sent.desk("jkm", at(1.5)).does("link", "--send")
    sent.carry("jkm", now=at(1.5))
    sent.desk(AGENT, at(1.5)).does("link")
    assert readable(sent) == 0
    sent.carry(AGENT, now=at(1.5))
    assert len({key.split("/")[1] for _source, key in person_keys(sent) if key}) == 1  # one round for all


def test_a_round_without_somebody_is_a_persons_choice(sent: County) -> None:
    sent.desk(AGENT).does("link")
    sent.desk("yks").does("link", "--send")
    sent.carry("yks")
    assert sent.desk(AGENT).run("link").codes == ["linking.missing", "linking.missing"]
    sent.desk(AGENT).does("link", "--incomplete")
    assert readable(sent) == 1  # stays until its time is over: the others may still come
