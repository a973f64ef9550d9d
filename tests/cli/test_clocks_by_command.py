"""What is owed and by when, as `exchange status` says it; whoever withdraws is in nothing that leaves afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cli.organisations import Desk, Said
from cli.test_a_withdrawal_reaches_whoever_got_the_person import packed_for_coordination, went_to, withdrawn
from cli.town import AGREEMENT, SENDER, Town

from exchange.agreements.agreement import Reference
from exchange.bundle.letters import Certificate
from exchange.delivering import deliver
from exchange.duties.withdrawal import withdraw
from exchange.errors import TransportError
from exchange.office import Office
from exchange.posting import post_letter
from exchange.receiving import receive
from exchange.taking_in import Taken
from exchange.transport.refusals import connection_lost
from exchange.transport.road import NotPut, Outgoing

JOB = ("-a", AGREEMENT, "-p", "2026-09", "--to", "io-id", "--note", "-")


def day(number: int, month: int = 10) -> str:
    return f"2026-{month:02}-{number:02}T09:00:00+08:00"


def clocks(desk: Desk, code: str) -> list[dict[str, Any]]:
    return [each for each in desk.run("--json", "status").json["clocks"] if each["code"].startswith(code)]


def states(desk: Desk, code: str) -> list[tuple[str, str]]:
    return [(each["code"], each["state"]) for each in clocks(desk, code)]


def outbox(desk: Desk) -> list[tuple[str, str]]:
    return [(each["what"], each["state"]) for each in desk.run("--json", "status").json["outbox"]]


def sent_with_her(town: Town) -> str:
    """A bundle of personal data has arrived at io-id; the number of one case in it."""
    case = packed_for_coordination(town)
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    return case


def office(desk: Desk, at: str = day(5)) -> Office:
    return desk.office(dt.datetime.fromisoformat(at).astimezone(dt.UTC))


# --- the three clocks ---


def test_the_clock_of_a_withdrawal_runs_until_the_certificate_is_here(town: Town) -> None:
    case = sent_with_her(town)
    assert withdrawn(town, case).json["told"] == ["io-id"]
    assert states(town.sender, "withdrawal") == [("withdrawal.tell", "running"), ("withdrawal.erase", "running")]
    assert states(town.sender.at(day(7)), "withdrawal") == [
        ("withdrawal.tell", "overdue"),
        ("withdrawal.erase", "running"),
    ]
    town.sender.does("deliver", "--to-folder", town.stick)
    late = town.sender.at(day(13))
    assert states(late, "withdrawal") == [("withdrawal.erase", "overdue")]
    (clock,) = clocks(late, "withdrawal")
    assert (clock["party"], clock["owed_to"], clock["clause"]) == (
        "io-id",
        "yks",
        "consent.withdrawal.erase_within_days",
    )
    assert "call the recipient" in clock["to_do"]
    said = late.run("status")
    assert said.status == 0
    assert said.out.splitlines()[0] == "Clocks"
    assert "clocks.overdue" in said.err

    town.recipient("io-id").does("receive", "--from-folder", town.stick)
    town.recipient("io-id").does("deliver", "--to-folder", town.stick)
    assert not states(town.recipient("io-id"), "withdrawal")
    assert states(late, "withdrawal") == [("withdrawal.erase", "overdue")]
    town.sender.does("receive", "--from-folder", town.stick)
    assert not states(late, "withdrawal")


def test_withdrawing_again_writes_no_second_letter(town: Town) -> None:
    case = sent_with_her(town)
    assert withdrawn(town, case).json["told"] == withdrawn(town, case.lower()).json["told"] == ["io-id"]
    assert [each for each in outbox(town.sender) if each[0] == "withdrawal"] == [("withdrawal", "queued")]


def answered(town: Town, by: str, letter: str) -> Taken:
    """A certificate that this recipient writes about a letter of this id, as the sender takes it."""
    desk, stick = town.recipient(by), town.folder / f"forged-{by}"
    stick.mkdir(exist_ok=True)
    body = Certificate(
        kind="certificate", bundles=(), letter=letter, erased=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), reports_erased=1
    )
    reference = Reference.to(desk.workspace.agreements.newest(AGREEMENT).agreement)
    post_letter(office(desk), SENDER, body, "ntt", reference)
    deliver(office(desk), folder=stick)
    taken = receive(office(town.sender, day(13)), folder=stick).taken
    return taken[-1]


def test_only_whoever_was_asked_certifies_and_only_for_that_letter(town: Town) -> None:
    case = sent_with_her(town)
    early = answered(town, "io-id", "a" * 32)  # before anybody has withdrawn
    assert [each.code for each in early.problems] == ["letter.foreign_certificate"]
    withdrawn(town, case)
    (asked,) = (each["about"] for each in clocks(town.sender, "withdrawal.erase"))
    for by, letter in (("gt-ntt", asked), ("io-id", "b" * 32)):
        refused = answered(town, by, letter)
        assert (refused.outcome, [each.code for each in refused.problems]) == (
            "refused",
            ["letter.foreign_certificate"],
        )
    assert clocks(town.sender, "withdrawal.erase")
    assert answered(town, "io-id", asked).outcome == "heeded"
    log = town.sender.run("audit", "entries", "--json").json
    (entry,) = (each for each in log if each["kind"] == "erasure.certified")
    assert entry["time"].startswith("2026-10-13")  # not the day that the certificate names


# --- what waits with her in it ---


def test_a_bundle_that_waits_is_taken_back_and_packed_again_without_her(town: Town) -> None:
    case = packed_for_coordination(town)
    town.sender.approves()
    said = withdrawn(town, case).json
    assert [(each["recipient"], each["period"]) for each in said["taken_back"]] == [("io-id", "2026-09")]
    assert (said["told"], said["gated"], said["held"]) == ([], [], [])
    assert outbox(town.sender) == [("bundle", "rejected")]
    town.sender.does("deliver", "--to-folder", town.stick)
    assert not list(town.stick.rglob("*.*"))
    before = went_to(town, "io-id")
    assert case not in before
    town.sender.does("pack", town.workbook, *JOB, stdin="Tidak ada.")
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    taken = town.recipient("io-id").run("--json", "receive", "--from-folder", town.stick).json["taken"]
    assert [each["outcome"] for each in taken] == ["accepted"]


def test_what_was_packed_after_it_goes_back_as_well(town: Town) -> None:
    """A number that is taken back leaves no gap behind which later bundles would wait for ever."""
    case = packed_for_coordination(town)
    town.sender.does("pack", town.workbook, *JOB, "--corrects", stdin="Tidak ada.")
    said = withdrawn(town, case).json
    assert len(said["taken_back"]) == 2
    assert outbox(town.sender) == [("bundle", "rejected")] * 2
    assert pages(town.sender) == []


def test_no_page_that_counts_her_stays_though_telling_others_was_cut_off(town: Town) -> None:
    case = packed_for_coordination(town)
    assert len(pages(town.sender)) == 1
    with mock.patch("exchange.duties.withdrawal._tell", side_effect=OSError), pytest.raises(OSError):
        withdraw(office(town.sender), AGREEMENT, case)
    assert pages(town.sender) == []


def pages(desk: Desk) -> list[Path]:
    return list((desk.folder / "approvals").glob("*/page.html"))


def gone_while(town: Town, monkeypatch: pytest.MonkeyPatch, *, in_the_middle: bool) -> Said:
    """Sending was tried: nobody answered, or the line broke when the file was perhaps already there; then she
    withdraws."""
    case = packed_for_coordination(town)
    town.sender.approves()

    def no_line(*_arguments: object) -> None:
        raise TransportError(connection_lost("io-id"))

    with monkeypatch.context() as patch:
        patch.setattr("exchange.delivering.road_to", lambda *_: FolderThatBreaks() if in_the_middle else no_line())
        town.sender.run("deliver")
    return withdrawn(town, case)


class FolderThatBreaks:
    def __enter__(self) -> FolderThatBreaks:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def put(self, files: Iterable[Outgoing], *_: object) -> Iterator[NotPut]:
        yield from (NotPut(each.name, TransportError(connection_lost("io-id"))) for each in files)


def test_what_a_server_that_is_down_never_got_is_taken_back(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gone_while(town, monkeypatch, in_the_middle=False).json["taken_back"]


def test_what_may_have_arrived_is_held_until_a_person_has_asked(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    said = gone_while(town, monkeypatch, in_the_middle=True).json
    assert (len(said["held"]), said["taken_back"], said["told"]) == (1, [], ["io-id"])
    (held,) = said["held"]
    town.sender.run("deliver", "--to-folder", town.stick)
    assert dict(outbox(town.sender)) == {"bundle": "packed", "withdrawal": "delivered"}
    assert len(list(town.folder_for("io-id").iterdir())) == 1  # the letter alone
    refused = town.sender.rejects(held["bundle"])
    assert refused.codes == ["approval.maybe_sent"]
    assert town.sender.rejects(held["bundle"], "--never-came").status == 0
    assert dict(outbox(town.sender))["bundle"] == "rejected"


def test_what_is_packed_while_she_withdraws_does_not_leave(town: Town) -> None:
    """Recorded by one process while another packs: delivering looks again."""
    from exchange.registers import withdrew

    case = packed_for_coordination(town)
    town.sender.approves()
    withdrew(office(town.sender), AGREEMENT, case)
    town.sender.does("deliver", "--to-folder", town.stick)
    assert outbox(town.sender) == [("bundle", "rejected")]
    kinds = [each["kind"] for each in town.sender.run("audit", "entries", "--json").json]
    assert kinds[-2:] == ["release.taken_back", "consent.withdrawn"]


# --- periods, receipts, the agreement ---


def test_a_month_that_is_owed_is_said_until_it_is_there(town: Town) -> None:
    assert states(town.sender.at(day(20)), "reporting.bundle") == [("reporting.bundle", "overdue")] * 3
    town.packed()
    left = {(each["owed_to"], each["about"]) for each in clocks(town.sender.at(day(20)), "reporting.bundle")}
    assert left == {("io-id", "2026-09"), ("dinas-p3a", "2026-Q3")}
    (receipt,) = clocks(town.sender.at(day(11)), "reporting.receipt")
    assert (receipt["party"], receipt["state"]) == ("gt-ntt", "overdue")


def test_a_receipt_is_overdue_when_the_agreement_says_so(town: Town) -> None:
    """After five days, not after the seven that the outbox would wait on its own."""
    town.packed()
    town.sender.at(day(10)).does("deliver", "--to-folder", town.stick)
    assert outbox(town.sender)[0][1] == "delivered"
    said = town.sender.at("2026-10-10T09:00:01+08:00").run("deliver", "--to-folder", town.stick)
    assert "transport.no_receipt" in said.err


def test_earlier_months_that_were_never_sent_are_named_before_packing(town: Town) -> None:
    november = town.sender.at(day(5, 12))
    said = november.run("check", town.workbook, "-a", AGREEMENT, "-p", "2026-11", "--to", "gt-ntt")
    assert "2026-09, 2026-10" in said.err
    assert "pack.earlier_owed" in said.err


def test_a_review_is_said_until_it_is_recorded(town: Town) -> None:
    june = town.sender.at("2027-06-05T09:00:00+08:00")
    assert states(june, "agreement.review") == [("agreement.review", "overdue")]
    job = ("check", town.workbook, "-a", AGREEMENT, "-p", "2027-05", "--to", "gt-ntt")
    assert "agreement.review_due" in june.run(*job).err
    june.does("agreement", "reviewed", AGREEMENT)
    assert not states(june, "agreement.review")
    assert "agreement.review_due" not in june.run(*job).err


def test_an_agreement_that_expires_soon_is_said(town: Town) -> None:
    assert "agreement.expires_soon" in town.sender.at("2027-08-01T09:00:00+08:00").run("status").err
    assert "agreement.expires_soon" not in town.sender.at("2027-06-01T09:00:00+08:00").run("status").err


def test_status_asks_for_no_passphrase(town: Town) -> None:
    withdrawn(town, sent_with_her(town))
    (town.folder / f"{SENDER}.passphrase").write_text("not this one")
    assert states(town.sender, "withdrawal")


def test_what_another_owes_to_everybody_is_asked_for(town: Town) -> None:
    """Beside "overdue" always stands what to do."""
    town.packed()
    late = clocks(town.sender.at("2027-02-01T09:00:00+08:00"), "feedback")
    assert {each["to_do"] for each in late if each["state"] == "overdue"} >= {"ask gt-ntt about it"}
    assert all(each["to_do"] for each in late if each["state"] == "overdue")
