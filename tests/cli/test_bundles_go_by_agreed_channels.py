"""A bundle goes only over a channel that its agreement lists; a letter gets through over any."""

from __future__ import annotations

from pathlib import Path

from cli.town import AGREEMENT, RECIPIENTS, built


def test_a_bundle_on_a_road_that_was_not_agreed_stays_and_a_letter_goes(tmp_path: Path) -> None:
    town = built(tmp_path, (b"channels: [sftp, folder]", b"channels: [sftp]"))
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    town.sender.approves()
    said = town.sender.run("deliver", "--to-folder", town.stick, "--json")
    assert (said.status, said.json["status"]) == (11, 11)
    assert [each["code"] for each in said.json["problems"]] == ["transport.channel_not_agreed"]
    assert "--to-folder" in said.json["problems"][0]["hint"]
    assert not list(town.stick.rglob("*.age"))
    town.sender.does("agreement", "suspend", AGREEMENT)
    said = town.sender.run("deliver", "--to-folder", town.stick, "--json")
    gone = [each["kind"] for each in said.json["events"] if each["state"] == "delivered"]
    assert gone == ["letter"] * len(RECIPIENTS)
    for folder in ("incoming", "outgoing"):
        (town.sender.workspace.dropbox / folder / "gt-ntt").mkdir(parents=True)
    tomorrow = town.sender.at("2026-10-07T09:00:00+08:00")
    tomorrow.does("agreement", "resume", AGREEMENT)
    said = tomorrow.run("deliver", "--json")
    assert [each["state"] for each in said.json["events"] if each["kind"] == "bundle"] == ["delivered"]
