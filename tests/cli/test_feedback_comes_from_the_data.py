"""A recipient tells a sender what was found in its data: seen by a person, sent, and read in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli.organisations import Desk
from cli.town import AGREEMENT, AS_OFFICER, Town

from exchange.bundle.feedback import Figures
from exchange.locale import speaking

JOB = ("feedback", AGREEMENT, "--period", "2026-Q3")


@pytest.fixture
def recipient(town: Town, bundle: Path) -> Desk:
    recipient = town.recipient()
    recipient.does("receive", "--from-folder", bundle.parent)
    return recipient


def figures(said: dict[str, Any]) -> Figures:
    return Figures.model_validate(said["feedback"]["figures"])


def test_a_draft_shows_what_the_data_tell_and_sends_nothing(recipient: Desk) -> None:
    said = recipient.run("--json", *JOB, "--draft", *AS_OFFICER)
    assert said.status == 0
    told = figures(said.json)
    assert [each.period for each in told.periods] == ["2026-09"]
    (september,) = told.periods
    rows = sum(each["rows"] for each in recipient.run("--json", "status", "--store").json["store"])
    assert (september.rows, september.bundles, september.corrections, september.late) == (rows, 1, 0, False)
    assert {each.differs for each in september.fields} == {None}  # nobody else has told of anybody
    assert september.elsewhere is None
    assert (told.merged, told.exported) == (1, 0)
    assert recipient.run("--json", "letters").json == []
    (read,) = recipient.run("--json", "audit", "entries", "--kind", "store.read").json
    assert (read["person"], read["period"], read["note"]) == ("data.officer.1", "2026-Q3", "feedback")


def test_the_sender_reads_it_in_both_languages(town: Town, recipient: Desk) -> None:
    refused = recipient.run(*JOB, *AS_OFFICER, "--text", "results=-", stdin="Dua pelatihan.")
    assert refused.codes == ["usage.nobody_to_ask"]
    assert "2026-09: 1 bundles came" in refused.err  # a person has seen it
    recipient.does(*JOB, *AS_OFFICER, "--text", "results=-", "--yes", stdin="Dua pelatihan.")
    recipient.does("deliver", "--to-folder", town.stick)
    town.sender.does("receive", "--from-folder", town.stick)
    (letter,) = town.sender.run("--json", "letters").json
    english = town.sender.does("letters", "show", letter["id"])
    with speaking("id"):
        indonesian = town.sender.does("letters", "show", letter["id"])
    assert "prs_Gender: unknown in" in english
    assert "prs_Gender: tidak diketahui pada" in indonesian
    assert all("Dua pelatihan." in each for each in (english, indonesian))


def test_feedback_without_the_words_that_only_people_know_is_refused(recipient: Desk) -> None:
    assert recipient.run(*JOB, *AS_OFFICER, "--yes").codes == ["letter.text_missing"]


def test_what_is_kept_too_long_is_said_when_it_is_merged(recipient: Desk) -> None:
    (held,) = recipient.run("--json", "status", "--store").json["store"]
    assert held["destroy_on"] == "2028-10-05"
    assert "to be destroyed on 2028-10-05" in recipient.does("status", "--store")
    assert "is to be destroyed already" not in recipient.run("merge").err
    assert "is to be destroyed already" in recipient.at("2028-10-05T09:00:00+08:00").run("merge").err
