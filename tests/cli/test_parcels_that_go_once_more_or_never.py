"""What a person does about a parcel that does not arrive: once more, or never; and what the recipient makes of it."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from cli.organisations import PACKING, Desk, Said
from cli.test_a_machine_is_lost import GONE, NOTICED, loses
from cli.town import AGREEMENT, Town

from exchange.agreements.agreement import Reference
from exchange.bundle.letters import GivenUp, Suspension
from exchange.by_hand import folder_for
from exchange.demo.cast import APPROVERS
from exchange.posting import post_letter
from exchange.transport.ledger import alone
from exchange.transport.parcels import Standing

AS = ("--yes", "--as", APPROVERS[0][0])
LATE = "2026-11-05T09:00:00+08:00"


def waiting(desk: Desk, *states: str) -> list[Standing]:
    return [each for each in desk.workspace.outbox.status() if each.state in states]


def packs(town: Town, *options: str, now: str = PACKING) -> None:
    sender = town.sender.at(now)
    sender.does("pack", town.workbook, *town.job, "--note", "-", *options, stdin="Tidak ada.")
    sender.approves()


def lost(town: Town) -> Path:
    """A bundle that was delivered to a stick, which nobody ever sees again: where it lies now."""
    packs(town)
    town.sender.does("deliver", "--to-folder", town.stick)
    (file,) = town.stick.glob("*/*.age")
    return shutil.move(file, town.folder / file.name)


def carried(town: Town, now: str = PACKING) -> Said:
    """What waits at the sender, taken to the recipient by hand."""
    town.sender.at(now).does("deliver", "--to-folder", town.stick)
    return town.recipient().at(now).run("receive", "--from-folder", town.stick)


def answered(town: Town, now: str = PACKING) -> None:
    town.recipient().at(now).does("deliver", "--to-folder", town.stick)
    town.sender.at(now).does("receive", "--from-folder", town.stick)


# --- never ---


def test_a_lost_bundle_is_given_up_and_what_follows_is_taken(town: Town) -> None:
    file = lost(town)
    packs(town, "--corrects")
    held = carried(town)
    assert "waits for what comes before it" in held.out
    said = town.sender.run("deliver", "--give-up", file.name[:8], *AS)
    assert (said.status, "given up: a letter tells gt-ntt" in said.err) == (0, True)
    taken = carried(town)
    assert (taken.codes, "accepted" in taken.out, "heeded" in taken.out) == ([], True, True)
    assert [each.state for each in town.sender.workspace.outbox.status()] == ["given_up", "delivered", "delivered"]

    shutil.copy(file, town.stick)  # the stick is found after all
    refused = town.recipient().run("receive", "--from-folder", town.stick)
    assert refused.codes == ["seal.given_up"]
    answered(town)
    assert sorted(each.state for each in town.sender.workspace.outbox.status())[:2] == ["acknowledged", "delivered"]


def test_whoever_has_what_was_given_up_answers_with_its_receipt_and_that_counts(town: Town) -> None:
    file = lost(town)
    shutil.copy(file, town.stick)
    town.recipient().does("receive", "--from-folder", town.stick)
    town.sender.does("deliver", "--give-up", file.name, *AS)
    carried(town)
    answered(town)
    bundle = town.sender.workspace.outbox.status()[0]
    assert bundle.state == "acknowledged"
    series = town.recipient().workspace.ledger.last("yks")
    assert next((each.series.kind, each.sequence) for each in series if each.series.sender == "yks") == ("bundle", 1)


def test_what_is_given_up_is_owed_again_and_its_receipt_is_not(town: Town) -> None:
    lost(town)
    before = town.sender.at(LATE).run("status", "--json").json["clocks"]
    town.sender.at(LATE).run("deliver", "--give-up", town.sender.workspace.outbox.status()[0].parcel.name, *AS)
    after = town.sender.at(LATE).run("status", "--json").json["clocks"]

    def codes(clocks: list[dict[str, str]]) -> set[tuple[str, str]]:
        return {
            (each["code"], each["owed_to"] if each["code"] == "reporting.bundle" else each["party"]) for each in clocks
        }

    assert ("reporting.receipt", "gt-ntt") in codes(before) - codes(after)
    assert any(each["code"] == "reporting.bundle" and each["about"] == "2026-09" for each in after)


def test_a_bundle_that_nobody_can_have_leaves_no_trace(town: Town) -> None:
    packs(town)
    (parcel,) = waiting(town.sender, "queued")
    assert town.sender.run("deliver", "--give-up", parcel.parcel.name, *AS, "--dry-run").status == 0
    assert waiting(town.sender, "queued")
    said = town.sender.run("deliver", "--give-up", parcel.parcel.name, *AS)
    assert "rejected: it never leaves" in said.err
    packs(town)  # as if nothing had been
    assert "accepted" in carried(town).out


def test_giving_up_needs_a_person_and_a_bundle_that_is_not_finished(town: Town) -> None:
    file = lost(town)
    assert town.sender.run("deliver", "--give-up", file.name, "--yes").codes == ["person.none"]
    assert town.sender.run("deliver", "--give-up", file.name, "--as", APPROVERS[0][0]).codes == ["usage.nobody_to_ask"]
    assert town.sender.run("deliver", "--give-up", file.name[:7], *AS).codes == ["parcel.unknown"]
    assert town.sender.run("deliver", "--give-up", "0" * 32, *AS).codes == ["parcel.unknown"]
    shutil.copy(file, town.stick)
    town.recipient().does("receive", "--from-folder", town.stick)
    answered(town)
    assert town.sender.run("deliver", "--give-up", file.name, *AS).codes == ["parcel.finished"]


def test_what_is_cut_off_is_gone_on_with(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The letter is queued, and the machine stops: nobody is told twice."""
    file = lost(town)

    def stops(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("exchange.transport.outbox.Outbox.give_up", stops)
        assert town.sender.run("deliver", "--give-up", file.name, *AS).status == 130
    assert [each.state for each in town.sender.workspace.outbox.status()] == ["delivered", "queued"]
    for _again in range(2):
        assert town.sender.run("deliver", "--give-up", file.name, *AS).status == 0
    assert [each.state for each in town.sender.workspace.outbox.status()] == ["given_up", "queued"]


def test_nobody_but_its_sender_closes_a_number(town: Town) -> None:
    """A recipient of the same agreement writes such a letter to another one."""
    other = town.recipient("io-id")
    office = other.office(dt.datetime.fromisoformat(PACKING))
    reference = Reference.to(other.workspace.agreements.newest(AGREEMENT).agreement)
    body = GivenUp(
        kind="given_up", bundle="a" * 32, ciphertext=f"sha256:{'b' * 64}", sequence=1, envelope=f"sha256:{'c' * 64}"
    )
    post_letter(office, "gt-ntt", body, "ntt", reference)
    other.does("deliver", "--to-folder", town.stick)
    said = town.recipient().run("receive", "--from-folder", town.stick)
    assert said.codes == ["letter.not_a_party"]
    packs(town)
    assert "accepted" in carried(town).out


# --- once more ---


def test_what_failed_goes_once_more_when_its_reason_is_mended(town: Town) -> None:
    packs(town)
    (parcel,) = waiting(town.sender, "queued")
    sender = town.sender
    folder = folder_for(sender.office(dt.datetime.fromisoformat(PACKING)), "gt-ntt", town.stick)
    folder.mkdir(parents=True)
    (folder / parcel.parcel.name).write_bytes(b"somebody else's")
    said = sender.run("deliver", "--to-folder", town.stick)
    assert said.codes == ["transport.name_taken"]
    assert f"exchange deliver --again {parcel.parcel.name[:12]}" in said.err
    assert f"exchange deliver --again {parcel.parcel.name[:12]}" in sender.run("status").out
    assert "nothing waits" in sender.run("deliver", "--to-folder", town.stick).err
    (folder / parcel.parcel.name).unlink()
    assert "delivered" in sender.does("deliver", "--to-folder", town.stick, "--again", parcel.parcel.sha256[:12])


def test_a_late_receipt_says_whom_to_call_and_the_bundle_goes_once_more(town: Town) -> None:
    file = lost(town)
    sender = town.sender.at(LATE)
    assert "no receipt has come" in sender.run("deliver").err
    said = sender.run("status")
    assert f"call gt-ntt (dpo@gt-ntt.example); once more: exchange deliver --again {file.name[:12]}" in said.out
    sender.does("deliver", "--to-folder", town.stick, "--again", file.name[:12])
    assert "accepted" in town.recipient().at(LATE).does("receive", "--from-folder", town.stick)


def test_what_waits_or_is_finished_does_not_go_again(town: Town) -> None:
    packs(town)
    (parcel,) = waiting(town.sender, "queued")
    said = town.sender.run("deliver", "--to-folder", town.stick, "--again", parcel.parcel.name)
    assert (said.codes, "it goes with the next exchange deliver" in said.err) == (["parcel.not_again"], True)
    assert waiting(town.sender, "queued")


def test_a_letter_of_before_a_loss_is_written_again_with_todays_keys(town: Town) -> None:
    sender = town.sender.at(GONE)
    office = sender.office(dt.datetime.fromisoformat(GONE))
    sender.does("agreement", "suspend", AGREEMENT)
    assert [each.parcel.recipient for each in office.workspace.outbox.status()] == ["gt-ntt", "dinas-p3a", "io-id"]
    loses(town.sender)
    sender = town.sender.at(NOTICED)
    sender.run("deliver", "--to-folder", town.stick)
    held = [each for each in waiting(sender, "packed") if each.parcel.recipient == "gt-ntt"]
    assert [each.code for each in held] == ["letter.sealed_with_revoked"]
    again = sender.run("deliver", "--to-folder", town.stick, "--again", held[0].parcel.name)
    assert f"written again with today's keys: {held[0].parcel.name}" in again.err
    came = town.recipient().at(NOTICED).run("receive", "--from-folder", town.stick, "--json")
    assert (came.json["problems"], [each["kind"] for each in came.json["taken"]].count("suspension")) == ([], 1)
    states = {each.parcel.name: each.state for each in sender.workspace.outbox.status()}
    assert states[held[0].parcel.name] == "given_up"


def test_a_letter_of_which_nothing_is_kept_is_told_by_phone_and_let_go_of(town: Town) -> None:
    sender = town.sender.at(GONE)
    office = sender.office(dt.datetime.fromisoformat(GONE))
    reference = Reference.to(sender.workspace.agreements.newest(AGREEMENT).agreement)
    post_letter(office, "gt-ntt", Suspension(kind="suspension", on=dt.date(2026, 10, 5)), "ntt", reference)
    loses(town.sender)
    sender = town.sender.at(NOTICED)
    sender.run("deliver", "--to-folder", town.stick)
    (held,) = waiting(sender, "packed")
    assert sender.run("deliver", "--again", held.parcel.name).codes == ["letter.not_kept"]
    assert sender.run("deliver", "--give-up", held.parcel.name).codes == ["usage.nobody_to_ask"]
    assert sender.run("deliver", "--give-up", held.parcel.name, "--yes").status == 0
    assert not waiting(sender, "packed")
    assert "letter.sealed_with_revoked" not in sender.run("deliver", "--to-folder", town.stick).err


# --- one at a time; what would happen ---


def test_a_second_deliver_says_that_another_is_at_it(town: Town) -> None:
    packs(town)
    with alone(town.sender.folder / "outbox" / "lock.sqlite") as free:
        assert free
        said = town.sender.run("deliver", "--to-folder", town.stick)
    assert (said.status, said.codes) == (11, ["transport.others_deliver"])
    assert "nothing waits" not in said.err
    assert town.sender.run("deliver", "--to-folder", town.stick).status == 0


def test_a_rehearsal_says_where_each_would_go_and_what_holds_it_back(town: Town) -> None:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    (waits,) = town.sender.run("deliver", "--dry-run", "--to-folder", town.stick, "--json").json["waiting"]
    folder = folder_for(town.sender.office(dt.datetime.fromisoformat(PACKING)), "gt-ntt", town.stick)
    assert (waits["channel"], waits["where"]) == ("folder", f"stick/{folder.name}")
    assert waits["held_back"]["code"] == "approval.missing"
    town.sender.approves()
    (waits,) = town.sender.run("deliver", "--dry-run", "--to-folder", town.stick, "--json").json["waiting"]
    assert waits["held_back"] is None
    (waits,) = town.sender.run("deliver", "--dry-run", "--json").json["waiting"]
    assert (waits["where"], waits["held_back"]["code"]) == ("", "transport.no_address")
    assert list(town.stick.iterdir()) == []
    assert "held back: the card of gt-ntt names no server" in town.sender.run("deliver", "--dry-run").out


def test_status_shows_who_approved_of_how_many_and_when(town: Town) -> None:
    sender = town.sender
    assert "nothing waits, and nothing was sent yet" in sender.run("status").out
    assert "nothing has come yet" in sender.run("status").out
    sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    asked = len(APPROVERS)
    for count, (person, _name) in enumerate(APPROVERS, 1):
        (stands,) = sender.run("status", "--json").json["outbox"]
        assert (stands["state"], stands["approved"]["count"], stands["approved"]["asked"]) == (
            "packed",
            count - 1,
            asked,
        )
        sender.does("approve", "--all", "--yes", "--as", person)
    (stands,) = sender.run("status", "--json").json["outbox"]
    assert (stands["state"], stands["approved"]["count"]) == ("queued", asked)
    assert stands["approved"]["at"].startswith("2026-10-05T01:00")
    assert f"{asked} of {asked} approvals, the last 2026-10-05" in sender.run("status").out


def test_what_failed_says_when_it_is_due_and_a_timetable_waits_for_that(town: Town) -> None:
    packs(town)
    said = town.sender.run("deliver")
    assert said.codes == ["transport.no_address"]
    (stands,) = town.sender.run("status", "--json").json["outbox"]
    assert dt.datetime.fromisoformat(PACKING) < dt.datetime.fromisoformat(stands["next_attempt"])
    assert town.sender.run("deliver", "--when-due", "--to-folder", town.stick).status == 0
    assert [each.state for each in town.sender.workspace.outbox.status()] == ["queued"]
    later = town.sender.at("2026-10-05T10:00:00+08:00")
    assert "delivered" in later.does("deliver", "--when-due", "--to-folder", town.stick)
