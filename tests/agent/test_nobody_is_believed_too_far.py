"""Whoever takes part and lies: a recipient that plays the agent, an agent that points elsewhere, letters that are too
large, too old, of another network; and a bundle that comes to the agent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from agent.county import AGENT, NOW, SENDERS, County, month, number
from agent.test_a_round_of_linking import kept_by_agent, person_keys, store

from exchange.agreements.agreement import Reference
from exchange.bundle.agreed import check_metadata_agreed
from exchange.bundle.letters import (
    FilteredBundle,
    LetterBody,
    MatchFiltersLetter,
    MatchLinksLetter,
    MatchTokensLetter,
)
from exchange.bundle.match_tables import FILTERS_FILE, LINKS_FILE, RowLink, filters_schema, write_links, write_tokens
from exchange.bundle.parcel import Bundle, Member
from exchange.by_hand import folder_for
from exchange.errors import BundleError
from exchange.office import Office
from exchange.posting import post, post_letter
from exchange.receiving import receive
from exchange.taking_in import Taken

ROUND = "ab" * 16


def told(
    county: County, by: str, to: str, body: LetterBody, table: Member, *, under: str = "yks", now: dt.datetime = NOW
) -> Taken:
    """A letter that `by` writes with its own keys, taken in by `to`."""
    writer, reader = county.office(by, now), county.office(to, now)
    reference = Reference.to(writer.workspace.agreements.newest(number(under)).agreement)
    sealed = post_letter(writer, to, body, "ntt", reference, table=table)
    county.desk(by).does("deliver", "--to-folder", county.stick)
    (taken,) = [
        each
        for each in receive(reader, folder=county.stick).taken
        if each.file == sealed.ciphertext.removeprefix("sha256:")
    ]
    return taken


def codes(taken: Taken) -> tuple[str, ...]:
    return tuple(each.code for each in taken.problems)


def rows_of(county: County, sender: str = "yks") -> tuple[str, list[str]]:
    with store(county) as opened:
        (segment,) = [each for each in opened.segments() if each.metadata.sender.id == sender]
        return segment.metadata.bundle, segment.row_keys().to_pylist()


def links(bundle: str, *, made: dt.datetime = NOW) -> MatchLinksLetter:
    return MatchLinksLetter(kind="match_links", round=ROUND, made=made, bundles=(bundle,))


def filters(**change: object) -> MatchFiltersLetter:
    body = MatchFiltersLetter(
        kind="match_filters", recipient="io-id", network="ntt", epoch="2026", made=NOW, bundles=()
    )
    return body.model_copy(update=change)


def no_filters() -> Member:
    return Member(FILTERS_FILE, (",".join(filters_schema().names) + "\r\n").encode())


# --- at the recipient ---


@pytest.mark.parametrize("by", ["yks", "gt-ntt"])
def test_links_are_believed_of_the_agent_alone(sent: County, by: str) -> None:
    bundle, keys = rows_of(sent)
    taken = told(sent, by, "io-id", links(bundle), write_links([RowLink(bundle, keys[0], "0" * 32)]))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.not_a_party",))
    assert all(key is None for _source, key in person_keys(sent))


def test_an_agent_that_names_a_row_that_never_was_is_refused(sent: County) -> None:
    bundle, keys = rows_of(sent)
    table = write_links([RowLink(bundle, each, "0" * 32) for each in (keys[0], "p" + "a" * 26)])
    assert codes(told(sent, AGENT, "io-id", links(bundle), table)) == ("links.foreign_row",)
    assert all(key is None for _source, key in person_keys(sent))


def test_an_agent_links_no_bundle_of_another_agreement(sent: County) -> None:
    bundle, keys = rows_of(sent, "rpk")
    table = write_links([RowLink(bundle, keys[0], "0" * 32)])
    assert codes(told(sent, AGENT, "io-id", links(bundle), table, under="yks")) == ("links.foreign_bundle",)


def test_a_bundle_that_is_not_here_is_left_out(sent: County) -> None:
    bundle, keys = rows_of(sent)
    body = MatchLinksLetter(kind="match_links", round=ROUND, made=NOW, bundles=(bundle, "0" * 32))
    table = write_links([RowLink(bundle, keys[0], "1" * 32), RowLink("0" * 32, "whatever", "1" * 32)])
    assert told(sent, AGENT, "io-id", body, table).outcome == "heeded"
    assert [key for _source, key in person_keys(sent) if key] == [f"{AGENT}/{ROUND}/{'1' * 32}"]


def test_an_older_round_does_not_replace_a_newer_one(sent: County) -> None:
    bundle, keys = rows_of(sent)
    newer, older = (write_links([RowLink(bundle, keys[0], digit * 32)]) for digit in "12")
    assert told(sent, AGENT, "io-id", links(bundle), newer).outcome == "heeded"
    late = links(bundle, made=NOW - dt.timedelta(hours=1))
    assert codes(told(sent, AGENT, "io-id", late, older)) == ("links.older_round",)
    assert [key for _source, key in person_keys(sent) if key] == [f"{AGENT}/{ROUND}/{'1' * 32}"]


def test_a_newer_round_replaces_all_of_the_older(sent: County) -> None:
    bundle, keys = rows_of(sent)
    told(sent, AGENT, "io-id", links(bundle), write_links([RowLink(bundle, key, "1" * 32) for key in keys]))
    later = links(bundle, made=NOW + dt.timedelta(hours=1)).model_copy(update={"round": "cd" * 16})
    told(sent, AGENT, "io-id", later, write_links([RowLink(bundle, keys[0], "2" * 32)]))
    assert [key for _source, key in person_keys(sent) if key] == [f"{AGENT}/{'cd' * 16}/{'2' * 32}"]


def test_what_goes_takes_its_links_along(sent: County) -> None:
    sent.desk(AGENT).does("link")
    sent.carry(AGENT)
    assert all(key for _source, key in person_keys(sent))
    sent.desk("io-id").does("dispose", number("yks"), "--all-now")
    assert {source for source, _key in person_keys(sent)} == {"rpk", "jkm"}


def test_tokens_are_not_taken_where_an_agent_links(sent: County) -> None:
    bundle, _keys = rows_of(sent)
    body = MatchTokensLetter(kind="match_tokens", network="ntt", epoch="2027", bundles=(bundle,))
    assert codes(told(sent, "yks", "io-id", body, write_tokens([]))) == ("letter.not_agreed",)


# --- at the agent ---


def test_a_bundle_that_comes_to_the_agent_is_refused(sent: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender whose program was made to take the agent for a recipient gets no further than the agent's door."""
    monkeypatch.setattr("exchange.sending.post", _to_agent(post))
    job = ("-a", number("yks"), "-p", "2026-09", "--to", "io-id", "--corrects", "--note", "-")
    sent.desk("yks").does("pack", sent.folder / "yks.xlsx", *job, stdin="Koreksi.")
    monkeypatch.undo()
    stick = folder_for(sent.office("yks"), AGENT, sent.folder / "by-hand")
    stick.mkdir(parents=True)
    for file in (sent.folder / "yks" / "outbox").rglob("*.age"):
        (stick / file.name).write_bytes(file.read_bytes())
    (taken,) = receive(sent.office(AGENT), folder=sent.folder / "by-hand").taken
    assert (taken.outcome, codes(taken)) == ("refused", ("seal.not_a_party",))
    assert not (sent.folder / AGENT / "store").exists()


def test_rows_that_opened_all_the_same_would_be_refused_as_not_agreed(sent: County) -> None:
    agreement = sent.office(AGENT).workspace.agreements.newest(number("yks")).agreement
    with store(sent) as opened:
        metadata = opened.segments()[0].metadata
    with pytest.raises(BundleError) as refused:
        check_metadata_agreed(metadata, agreement, AGENT)
    assert refused.value.codes == ("receive.not_a_recipient",)


def _to_agent(post: Callable[..., object]) -> Callable[..., object]:
    def posted(office: Office, parcel: Bundle, **more: object) -> object:
        return post(office, replace(parcel, recipient=AGENT), **more)

    return posted


def test_filters_of_another_network_or_for_somebody_else_are_refused(sent: County) -> None:
    for change, code in (
        ({"network": "ntb"}, "match.other_network"),
        ({"recipient": "dinas-p3a"}, "linking.not_the_agent"),
    ):
        assert codes(told(sent, "yks", AGENT, filters(**change), no_filters())) == (code,)


def test_filters_from_a_recipient_are_refused(sent: County) -> None:
    assert codes(told(sent, "io-id", AGENT, filters(), no_filters())) == ("linking.not_the_agent",)


def test_filters_come_to_the_agent_alone(sent: County) -> None:
    assert codes(told(sent, "yks", "io-id", filters(), no_filters())) == ("linking.not_the_agent",)
    assert not (sent.folder / "io-id" / "agent").exists()


def test_a_million_rows_are_refused_whole(sent: County) -> None:
    line = b"0" * 32 + b",r1" + b"," * (len(filters_schema().names) - 2) + b"\r\n"
    content = ",".join(filters_schema().names).encode() + b"\r\n" + line * 1_000_001
    body = filters(bundles=(FilteredBundle(bundle="0" * 32, rows=1),))
    taken = told(sent, "yks", AGENT, body, Member(FILTERS_FILE, content))
    assert (taken.outcome, codes(taken)) == ("refused", ("letter.unreadable",))
    assert kept_by_agent(sent) == len(SENDERS)


def test_a_letter_without_its_table_says_nothing(sent: County) -> None:
    taken = told(sent, "yks", AGENT, filters(), Member(LINKS_FILE, b"bundle,row_key,person\r\n"))
    assert codes(taken) == ("letter.unreadable",)


def test_what_an_older_letter_says_is_not_kept_beside_the_newer(sent: County) -> None:
    late = filters(made=NOW - dt.timedelta(days=20))
    assert told(sent, "yks", AGENT, late, no_filters()).outcome == "heeded"
    assert kept_by_agent(sent) == len(SENDERS)
    assert sent.desk(AGENT).does("--json", "link")  # with the newer one of all three
    sent.carry(AGENT)
    assert any(source == "yks" and key for source, key in person_keys(sent))
    answered = [each.letter for each in sent.office("yks").entries("ntt", "filters.certified")]
    assert len(answered) == 2  # both letters' filters are certified to be deleted


# --- the secret ---


def test_an_agent_never_gets_the_networks_secret(sent: County) -> None:
    said = sent.desk("yks").run("network", "share", AGENT)
    assert said.codes == ["network.not_a_sender"]
    assert sent.desk(AGENT).run("network", "new", "--epoch", "2027").codes == ["network.not_ours"]


def test_nothing_that_the_agent_keeps_names_anybody(sent: County) -> None:
    identifiers = {
        text
        for sender in SENDERS
        for report in month(sender)
        for text in report.direct_identifiers
        if sum(letter.isdigit() for letter in text) > 5 or " " in text
    }
    assert len(identifiers) > 50
    for file in (each for each in (sent.folder / AGENT).rglob("*") if each.is_file()):
        content = file.read_bytes()
        assert not [text for text in identifiers if text.encode() in content], file.name
