"""The auditor's questions, asked of what two honest organisations really wrote: no question accuses them."""

from __future__ import annotations

from pathlib import Path

from cli.organisations import Desk
from cli.town import SENDER

from exchange.asking.questions import QUESTIONS


def test_an_honest_month_gives_no_finding_that_is_wrong(packs: tuple[Path, Path]) -> None:
    auditor = Desk(packs[0].parent / "independent-auditor", "independent-auditor")
    of = [word for pack in packs for word in ("--pack", str(pack))]
    for each in QUESTIONS:
        if not each.needs:
            said = auditor.run("audit", "query", each.name, *of, "--json")
            assert said.status == 0
            assert [one for one in said.json["findings"] if one["weight"] == "wrong"] == []
            assert said.json["sentence"]["id"] != said.json["sentence"]["en"]
            assert all("c2sp.org/tlog-proof" in one["proof"] for one in said.json["evidence"])


def test_the_log_of_ones_own_answers_as_well(packs: tuple[Path, Path]) -> None:
    sender = Desk(packs[0].parent / SENDER, SENDER)
    kept = sender.run("audit", "query", "unchanged", "--kept", packs[0], "--json").json
    assert kept["findings"] == []
    assert sender.run("audit", "query", "unchanged", "--kept", packs[0].parent / "gone").codes == ["audit.kept_missing"]
