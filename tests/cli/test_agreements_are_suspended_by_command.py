"""Stopping by command: the letter travels, and packing is refused with its code."""

from __future__ import annotations

from cli.town import AGREEMENT, SENDER, Town


def test_a_recipients_suspension_reaches_the_sender_and_stops_packing(town: Town) -> None:
    recipient = town.recipient()
    assert recipient.run("--json", "agreement", "suspend", AGREEMENT).json["told"] == [SENDER]
    recipient.does("deliver", "--to-folder", town.stick)
    town.sender.does("receive", "--from-folder", town.stick)

    said = town.sender.run("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    assert (said.status, said.codes) == (5, ["agreement.suspended"])


def test_a_rehearsed_termination_stops_nothing(town: Town) -> None:
    town.sender.does("agreement", "terminate", AGREEMENT, "--ground", "risk_to_survivor", "--dry-run")
    assert town.packed()


def test_a_termination_on_a_ground_that_the_agreement_lists_ends_it_today(town: Town) -> None:
    town.sender.does("agreement", "terminate", AGREEMENT, "--ground", "risk_to_survivor")
    said = town.sender.run("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    assert (said.status, said.codes) == (5, ["agreement.terminated"])
