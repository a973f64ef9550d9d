"""What somebody does who is new to this: the wrong month, the wrong number, the wrong folder; and what is said then."""

from __future__ import annotations

import datetime as dt
import os
from unittest import mock

import pytest
from cli.organisations import Desk, Said, founded
from cli.town import AGREEMENT, FOUNDED, Town

from exchange.agreements.period import Period
from exchange.checking import Job, check
from exchange.preparing import consented

NOTE = ("--note", "-")


def withdrawn(town: Town, case: str) -> Said:
    return town.sender.run("withdraw", "-", "-a", AGREEMENT, stdin=case)


# --- withdrawing ---


def test_a_case_number_that_no_release_knows_is_recorded_and_said(town: Town) -> None:
    said = withdrawn(town, "YKS-2026-9999")
    assert (said.status, said.out) == (0, "")
    assert "withdraw.never_released" in said.err
    assert "compare it with the workbook" in said.err
    assert "YKS-2026-9999" not in said.err
    assert [each["kind"] for each in town.sender.run("audit", "entries", "--json").json] == ["consent.withdrawn"]


def test_whoever_got_tables_alone_is_named_and_no_letter_is_written(town: Town) -> None:
    town.packed()
    office = town.sender.office(dt.datetime.fromisoformat(town.sender.now))
    checked = check(office, Job(town.workbook, AGREEMENT, Period.read("2026-09"), ("gt-ntt",), corrects=True))
    went = consented(office, checked, checked.permits[0])
    case = str(went.table.column(went.permit.agreement.data.key).to_pylist()[0])
    said = withdrawn(town, case)
    assert "no letter is needed" in said.err
    assert "gt-ntt got no row that could be recalled" in said.err
    assert "never_released" not in said.err
    document = town.sender.run("--json", "withdraw", "-", "-a", AGREEMENT, stdin=case).json
    assert (document["told"], document["gated"], document["warnings"]) == ([], ["gt-ntt"], [])


# --- another month's workbook ---


def test_a_workbook_of_another_month_is_packed_with_a_warning(town: Town) -> None:
    november = town.sender.at("2026-12-05T09:00:00+08:00")
    job = (town.workbook, "-a", AGREEMENT, "-p", "2026-11", "--to", "gt-ntt")
    checked = november.run("check", *job, "--json")
    assert [each["code"] for each in checked.json["warnings"]] == ["extract.another_month", "pack.earlier_owed"]
    assert "extract.another_month" in checked.err
    packed = november.run("pack", *job, *NOTE, "--json", stdin="Tidak ada.")
    assert packed.status == 0
    assert [each["code"] for each in packed.json[0]["warnings"]] == ["extract.another_month"]
    assert "none of them is of 2026-11" in packed.err


def test_the_months_own_workbook_brings_no_warning(town: Town) -> None:
    assert town.sender.run("check", town.workbook, *town.job, "--json").json["warnings"] == []
    packed = town.sender.run("pack", town.workbook, *town.job, *NOTE, "--json", stdin="Tidak ada.")
    assert packed.json[0]["warnings"] == []
    again = town.sender.run("check", town.workbook, *town.job)
    assert again.codes == ["agreement.already_sent"]
    assert "say --corrects" in again.err
    town.sender.does("check", town.workbook, *town.job, "--corrects")


# --- the wrong place ---


def test_a_recipient_is_told_that_it_does_not_send(town: Town) -> None:
    said = town.recipient().run("pack", town.workbook, *town.job, *NOTE, stdin="Tidak ada.")
    assert said.codes == ["agreement.not_the_sender"]
    assert "it has one sender: yks" in said.err


def test_a_missing_mapping_says_how_it_is_given(town: Town) -> None:
    town.sender.workspace.agreements.newest(AGREEMENT).mapping_file.unlink()
    said = town.sender.run("check", town.workbook, *town.job)
    assert said.codes == ["mapping.absent"]
    assert "exchange agreement add FILE --mapping FILE" in said.err


def test_a_file_that_may_not_be_read_is_named_without_its_folder(town: Town) -> None:
    with mock.patch.object(os, "access", return_value=False):  # what click asks, and root is always granted
        said = town.sender.run("card", "add", town.folder / "maria" / "card.json")
    assert said.codes == ["file.missing"]
    assert "maria" not in said.err


def test_an_agreement_with_another_key_for_us_is_for_its_author_to_mend(town: Town) -> None:
    newcomer = founded_again(town)
    file = town.folder / "dsa.yaml"
    file.write_bytes(next((town.sender.folder / "agreements").rglob("*.yaml")).read_bytes())
    said = newcomer.run("agreement", "add", file)
    assert "the agreement names another key for us" in said.err
    assert newcomer.workspace.own.card().card.fingerprint in said.err
    assert "compare fingerprints with yks" not in said.err


def founded_again(town: Town) -> Desk:
    return founded(town.folder / "elsewhere", "yks", FOUNDED)


# --- the door ---


@pytest.mark.parametrize("words", [(), ("card",), ("agreement",), ("audit", "query"), ("agreement", "signatures")])
def test_a_group_alone_shows_its_help(town: Town, words: tuple[str, ...]) -> None:
    said = town.sender.run(*words)
    assert (said.status, said.out, said.codes) == (2, "", [])
    assert said.err.startswith("Usage: exchange")
    assert "…" not in said.err.partition("Commands:")[2]
    assert "..." not in said.err.partition("Commands:")[2]
    assert town.sender.run(*words, "--json").json["error"][0]["code"] in {"usage.missing", "usage.wrong"}


def test_a_verb_nearly_right_is_recognised(town: Town) -> None:
    assert "'check'" in town.sender.run("chek").err


def test_an_options_name_stands_without_quotes(town: Town) -> None:
    said = town.sender.run("check", "cases.xlsx", "-a", AGREEMENT)
    assert "error: --period / -p is missing [usage.missing]" in said.err


# --- what is there ---


def test_a_road_with_nothing_on_it_is_said(town: Town) -> None:
    assert "nothing waits in the outbox" in town.sender.run("deliver").err
    assert "nothing new has come" in town.sender.run("receive").err


def test_status_says_who_sent_what(town: Town) -> None:
    bundle, recipient = town.packed(), town.recipient()
    recipient.does("receive", "--from-folder", bundle.parent)
    (came,) = recipient.run("status", "--json").json["inbox"]
    assert (came["sender"], came["what"], came["period"]) == ("yks", "bundle", "2026-09")
    (answer,) = recipient.run("status", "--json").json["outbox"]
    assert (answer["kind"], answer["what"]) == ("letter", "receipt")
    assert "yks     bundle  2026-09" in recipient.does("status")
    town.sender.does("pack", town.workbook, *town.job, *NOTE, "--corrects", stdin="Koreksi.")
    went = town.sender.run("status", "--json").json["outbox"]
    assert sorted(each["what"] for each in went) == ["bundle", "correction"]
