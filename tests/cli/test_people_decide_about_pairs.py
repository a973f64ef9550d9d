"""Pairs of reports by commands alone: who may look, what is hidden, what is noted, and what a decision does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest
from cli.organisations import PASSPHRASE, Desk
from cli.town import Town, built

from exchange.cli.review import GROUNDS, VERDICTS
from exchange.demo.scenario import build
from exchange.demo.workbooks import write_workbook
from exchange.merge import merging
from exchange.merge.counts import notice
from exchange.merge.decisions import GROUNDS as KNOWN
from exchange.merge.linking.linking import Links
from exchange.merge.records import Records
from exchange.merging import open_store

FIRST, SECOND = ("--as", "data.officer.1"), ("--as", "data.officer.2")
_MADE: dict[str, Links | None] = {}
TWICE = 12
"""So many people stand in the workbook twice; every third of these pairs is undecided, the others are linked."""


@pytest.fixture(scope="module")
def _town_where_people_come_twice(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = built(tmp_path_factory.mktemp("town"))
    reports = build().workbook("yks", "2026-09").reports[:60]
    known = [each for each in reports if each.told.identity and each.told.phone and each.told.second_name]
    again = [
        replace(each, case_ref=f"{each.case_ref}-B", told=replace(each.told, phone="")) for each in known[: 2 * TWICE]
    ]
    town.workbook.unlink()
    write_workbook((*reports, *again), town.workbook)
    bundle = town.packed()
    desk = town.recipient()
    for person in (FIRST[1], SECOND[1]):
        desk.certifies(person, "Petugas Contoh", "open", "review")
    desk.does("receive", "--from-folder", bundle.parent)
    return town


@pytest.fixture
def town(_town_where_people_come_twice: Town, tmp_path: Path) -> Town:
    return _town_where_people_come_twice.copied(tmp_path / "town")


@pytest.fixture
def desk(town: Town) -> Iterator[Desk]:
    """The recipient; links of its store are as likely as these stories need, whatever the model says. They are made
    once: here nothing more is received."""

    def softened(records: Records, *_given: Any, **_named: Any) -> Links:
        links = _MADE.setdefault("links", None) or real(records)
        _MADE["links"] = links
        strong = links.pairs.filter(pa.compute.greater_equal(links.pairs.column("probability"), 0.995))
        probability = [0.9 if at % 3 == 0 else 0.999 for at in range(strong.num_rows)]
        at = strong.column_names.index("probability")
        return replace(links, pairs=strong.set_column(at, "probability", pa.array(probability)))

    real = merging.link
    desk = town.recipient()
    with mock.patch.object(merging, "link", softened):
        for who in (FIRST, SECOND):
            desk.does("review", "history", "--acknowledge", *who)
        yield desk


def pairs(desk: Desk, *options: str, who: tuple[str, ...] = FIRST) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = desk.run("review", "pairs", "--most", "100", "--json", *options, *who).json["pairs"]
    return listed


def undecided(desk: Desk) -> list[str]:
    """The codes of the pairs that are not linked, as an observer of these tests learns them: through the store."""
    opened = pairs(desk.at(desk.now), "--open", who=SECOND)
    return [each["pair"] for each in opened if not each["sampled"]]


def noted(desk: Desk, *kinds: str) -> list[dict[str, Any]]:
    return [each for each in desk.run("audit", "entries", "--json").json if each["kind"] in kinds]


def counts(desk: Desk) -> dict[str, Any]:
    merged: dict[str, Any] = desk.run("merge", "--json").json
    return merged


def identities(desk: Desk) -> set[str]:
    with open_store(desk.office(dt.datetime.fromisoformat(desk.now))) as store:
        return {each.hex() for each in store.records().reports.column("identity").to_pylist()}


# --- the story ---


def test_a_decision_joins_two_reports_and_taking_it_back_parts_them_again(desk: Desk) -> None:
    before = counts(desk)
    (pair, *_others) = undecided(desk)
    said = desk.run("review", "decide", pair, "same", "--why", "asked_source", *FIRST, "--json")
    assert said.json == {"pair": pair, "state": "decided", "verdict": "same"}
    joined = counts(desk)
    assert (joined["people"], joined["undecided"]) == (before["people"] - 1, before["undecided"] - 1)
    desk.does("review", "undo", pair, *FIRST)
    again = counts(desk)
    assert (again["people"], again["undecided"]) == (before["people"], before["undecided"])
    words = desk.run("review", "history", "--json", *FIRST).json["decisions"]
    assert [(each["pair"], each["verdict"], each["why"]) for each in words] == [
        (pair, "same", "asked_source"),
        (pair, "taken_back", None),
    ]
    assert desk.run("review", "undo", pair, *FIRST).codes == ["review.nothing_said"]


def test_a_wrong_link_is_cut_and_stays_cut_and_the_history_says_why(desk: Desk) -> None:
    before = counts(desk)
    linked = next(each["pair"] for each in pairs(desk, "--open") if each["sampled"])
    desk.does("review", "decide", linked, "different", *FIRST)
    for _again in range(2):
        assert counts(desk)["people"] == before["people"] + 1
    changes = desk.run("review", "history", "--json", *FIRST).json["changes"]
    (split,) = [each for each in changes if each["kind"] == "split"]
    told = desk.run("review", "history", split["person"], *FIRST)
    assert f"{linked}  decided by data.officer.1, 2026-10-05: two people" in told.out
    assert notice() in told.err
    desk.does("review", "undo", linked, *FIRST)
    assert counts(desk)["people"] == before["people"]
    told = desk.run("review", "history", split["person"], "--json", *FIRST).json
    assert [each["kind"] for each in told["changes"]] == ["split", "merged"]
    (why,) = told["changes"][1]["why"]
    assert (why["cause"], why["pair"], why["probability"]) == ("link", linked, 0.999)


def test_pairs_are_shown_blind_and_no_token_ever(desk: Desk) -> None:
    listed = pairs(desk)
    assert len(listed) > TWICE / 2
    for each in listed:
        assert each.keys() == {"pair", "fields", "tokens"}
        assert {line["likeness"] for line in each["fields"]} <= {"agree", "differ", "not_known", "not_comparable"}
        assert set(each["tokens"].values()) <= {"agree", "differ", "not_known"}
    screen = desk.run("review", "pairs", "--list", *FIRST)
    with open_store(desk.office(dt.datetime.fromisoformat(desk.now))) as store:
        tokens = {token for segment in store.segments() for token in segment.tokens.column("token").to_pylist()}
    for hidden in ("yks", "2026-09", "received", "probability", "0.9", *identities(desk), *tokens):
        assert hidden not in screen.out, hidden
        assert hidden not in str(listed)
    assert notice() in screen.err
    shown = pairs(desk, "--open")
    assert {each["sides"][0]["source"] for each in shown} == {"yks"}
    assert {each["probability"] for each in shown} == {0.9, 0.999}


def test_what_is_worth_most_comes_first_and_one_in_five_measures_the_links(desk: Desk) -> None:
    shown = pairs(desk, "--open")
    values = [each["value"] for each in shown if not each["sampled"]]
    assert values == sorted(values, reverse=True)
    assert sum(each["sampled"] for each in shown[:5]) == 1
    assert [each["pair"] for each in shown] == [each["pair"] for each in pairs(desk)]
    assert len(pairs(desk)) == len({each["pair"] for each in pairs(desk)})


def test_links_that_were_looked_at_blind_measure_how_often_links_are_wrong(desk: Desk) -> None:
    assert counts(desk)["false_merges"] is None
    assert "was not measured" in desk.does("merge")
    linked = [each["pair"] for each in pairs(desk, "--open", who=SECOND) if each["sampled"]]
    for pair in linked[:-1]:
        desk.does("review", "decide", pair, "same", *FIRST)
    desk.does("review", "decide", linked[-1], "different", *FIRST)
    measured = counts(desk)["false_merges"]
    assert (measured["reviewed"], measured["wrong"]) == (len(linked), 1)
    assert 0 < measured["low"] < 1 / len(linked) < measured["high"] < 1
    assert f"of {len(linked)} links that people looked at, 1 were wrong" in desk.does("merge")


def test_whoever_saw_the_probability_measures_nothing(desk: Desk) -> None:
    linked = [each["pair"] for each in pairs(desk, "--open") if each["sampled"]]
    desk.does("review", "decide", linked[0], "same", *FIRST)
    assert counts(desk)["false_merges"] is None
    words = desk.run("review", "history", "--json", *FIRST).json["decisions"]
    assert [each["blind"] for each in words] == [False]


# --- two reviewers ---


def test_where_two_are_asked_for_one_word_decides_nothing(desk: Desk) -> None:
    pair, other, *_more = undecided(desk)
    before = counts(desk)
    assert desk.run("review", "reviewers", "2", "--json", *FIRST).json == {"reviewers": 2}
    said = desk.run("review", "decide", pair, "same", "--json", *FIRST)
    assert (said.json["state"], said.json["verdict"]) == ("waits", None)
    assert desk.run("review", "decide", pair, "same", "--json", *FIRST).json["state"] == "waits"  # one is no two
    assert counts(desk)["people"] == before["people"]
    assert desk.run("review", "decide", pair, "same", "--json", *SECOND).json["state"] == "decided"
    assert counts(desk)["people"] == before["people"] - 1
    desk.does("review", "decide", other, "same", *FIRST)
    assert desk.run("review", "decide", other, "different", "--json", *SECOND).json["state"] == "disputed"
    assert counts(desk)["people"] == before["people"] - 1
    listed = desk.run("review", "pairs", "--json", *FIRST).json
    assert listed["disputed"] == [other]
    assert (
        f"1 pair is disputed between reviewers, and stays undecided: {other}"
        in desk.run("review", "pairs", "--list", *SECOND).err
    )
    desk.does("review", "undo", other, *SECOND)
    assert desk.run("review", "pairs", "--json", *FIRST).json["waiting"] == 1


# --- who may, and what is noted ---


def test_only_reviewers_whom_the_agreement_names_see_a_pair(desk: Desk) -> None:
    desk.certifies("data.officer.3", "Petugas Contoh", "open", "review")  # certified, not named
    desk.certifies("data.officer.2", "Petugas Contoh", "open", "look_up")  # named, certified for something else
    pair = undecided_as(desk)
    before = len(noted(desk, "store.read", "store.reviewed"))
    for command in (("pairs", "--list"), ("decide", pair, "same"), ("undo", pair), ("history",), ("reviewers", "2")):
        for dry in ((), ("--dry-run",)):
            for who, code in (
                (("--as", "data.officer.3"), "open.not_a_named_user"),
                (SECOND, "person.may_not"),
                (("--as", "data.officer.9"), "person.unknown"),
                ((), "person.none"),
            ):
                said = desk.run("review", *command, *dry, *who)
                assert (said.codes, said.out) == ([code], ""), (command, said)
    assert len(noted(desk, "store.read", "store.reviewed")) == before


def undecided_as(desk: Desk) -> str:
    return next(each["pair"] for each in pairs(desk))


def test_notices_are_acknowledged_before_the_first_pair(town: Town) -> None:
    said = town.recipient().run("review", "pairs", "--list", *FIRST)
    assert (said.codes, said.out) == (["open.not_acknowledged"], "")
    assert noted(town.recipient(), "store.read") == []
    assert town.recipient().run("review", "pairs", "--list", "--acknowledge", *FIRST).status == 0


def test_every_look_and_every_word_is_noted_with_counts_alone(desk: Desk) -> None:
    before = len(noted(desk, "store.read"))
    shown = pairs(desk)
    desk.does("review", "decide", shown[0]["pair"], "unsure", *FIRST)
    pairs(desk, "--open", "--most", "1")
    reads = noted(desk, "store.read")[before:]
    assert [each["note"] for each in reads] == ["pairs", "pairs_open"]
    reports = {half for each in shown for half in each["pair"].split("-")}
    assert reads[0]["counts"] == {"pairs": len(shown), "reports": len(reports)}
    (word,) = noted(desk, "store.reviewed")
    assert (word["person"], word["counts"], word["codes"]) == (FIRST[1], {"pairs": 1}, ["pair.unsure"])
    people = {each["person"] for each in noted(desk, "store.read", "store.reviewed")}
    assert people == {FIRST[1], SECOND[1]}
    log = str(desk.run("audit", "entries", "--json").json)
    assert not [name for name in (*identities(desk), *(each["pair"] for each in shown)) if name in log]


def test_a_pair_of_which_one_is_unsure_is_not_asked_of_the_same_person_again(desk: Desk) -> None:
    pair = undecided_as(desk)
    desk.does("review", "decide", pair, "unsure", *FIRST)
    assert pair not in [each["pair"] for each in pairs(desk)]
    assert pair in [each["pair"] for each in pairs(desk, who=SECOND)]


def test_nothing_is_shown_or_kept_on_a_dry_run(desk: Desk) -> None:
    pair = undecided_as(desk)
    entries = len(desk.run("audit", "entries", "--json").json)
    for command in (("pairs",), ("pairs", "--list"), ("decide", pair, "same"), ("history",), ("reviewers", "2")):
        said = desk.run("review", *command, "--dry-run", *FIRST)
        assert (said.status, said.out) == (0, ""), said
    assert len(desk.run("audit", "entries", "--json").json) == entries
    assert desk.run("review", "history", "--json", *FIRST).json["decisions"] == []


def test_what_contradicts_is_refused_with_the_pairs_that_say_otherwise(desk: Desk) -> None:
    pair = undecided_as(desk)
    desk.does("review", "decide", pair, "same", *FIRST)
    halves = pair.split("-")
    other = next(each for each in [p["pair"] for p in pairs(desk)] if each != pair).split("-")[0]
    third = [f"{a}-{b}" for a, b in ((halves[0], other), (halves[1], other))]
    desk.does("review", "decide", third[0], "same", *FIRST)
    entries = len(noted(desk, "store.reviewed"))
    for dry in (("--dry-run",), ()):
        said = desk.run("review", "decide", third[1], "different", *dry, *FIRST)
        assert said.codes == ["review.contradicts"]
        assert all(set(each.split("-")) & set(said.err.replace(",", " ").replace("-", " ").split()) for each in third)
    assert len(noted(desk, "store.reviewed")) == entries
    assert desk.run("review", "history", "--json", *FIRST).json["decisions"][-1]["verdict"] == "same"


def test_unknown_pairs_and_people_are_refused(desk: Desk) -> None:
    for pair in ("abcdef-ghijkl", "abcdef", "", "-", undecided_as(desk).split("-")[0] * 2, "../x", "é-é"):
        assert desk.run("review", "decide", pair, "same", *FIRST).codes == ["review.unknown_pair"], pair
    assert desk.run("review", "history", "hnobody", *FIRST).codes == ["review.unknown_person"]
    assert desk.run("review", "pairs", *FIRST).codes == ["usage.nobody_to_ask"]


def test_the_words_of_the_command_are_those_that_are_kept() -> None:
    assert GROUNDS == KNOWN
    assert VERDICTS == ("same", "different", "unsure")


# --- at a terminal ---


def test_a_person_at_a_terminal_decides_pair_by_pair_in_indonesian(town: Town) -> None:
    desk = town.recipient()
    desk.does("review", "history", "--acknowledge", *FIRST)
    words = "orang yang sama, berbeda orang, ragu, akhiri?"
    replies = [("frasa sandi: ", PASSPHRASE), (words, "x"), (words, "ragu"), (words, "a")]
    status, screen = desk.talk("--language", "id", "review", "pairs", *FIRST, replies=replies)
    assert status == 0, screen
    assert "kecocokan antarlaporan dipakai untuk menghitung" in screen
    assert "token pencocokan" in screen
    (word,) = noted(desk, "store.reviewed")
    assert word["codes"] == ["pair.unsure"]
