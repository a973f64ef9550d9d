"""The auditor's questions, asked of what two honest organisations really wrote: no question accuses them."""

from __future__ import annotations

from pathlib import Path

from cli.organisations import Desk
from cli.town import SENDER

from exchange.asking.questions import QUESTIONS
from exchange.audit.checkpoint import Checkpoint, log_origin, sign_checkpoint
from exchange.crypto.signing import SigningKey


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


def test_what_no_log_knows_is_refused_and_what_is_asked_of_our_own_log_says_so(packs: tuple[Path, Path]) -> None:
    auditor = Desk(packs[0].parent / "independent-auditor", "independent-auditor")
    days = ("--since", "2026-12-31", "--until", "2026-10-01")
    refused = auditor.run("audit", "query", "sent", "--to", "nobody", *days, "--pack", packs[0])
    assert (refused.status, refused.codes) == (2, ["usage.days", "usage.party"])
    sender = Desk(packs[0].parent / SENDER, SENDER)
    assert "--pack asks others" in sender.run("audit", "query", "keys").err


def test_the_status_is_13_where_a_log_is_not_what_it_was(packs: tuple[Path, Path], tmp_path: Path) -> None:
    auditor = Desk(packs[0].parent / "independent-auditor", "independent-auditor")
    forged = tmp_path / "yks.cosigned"
    head = Checkpoint(log_origin(SENDER, "ntt"), 1, bytes(32))
    forged.write_bytes(sign_checkpoint(head, SigningKey(b"\1" * 32)).data)
    said = auditor.run("audit", "query", "unchanged", "--pack", packs[0], "--kept", forged, "--json")
    assert said.status == 13
    assert [each["code"] for each in said.json["findings"]] == ["audit.key_differs"]
    assert said.json["logs"] == [SENDER]
