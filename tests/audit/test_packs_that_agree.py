"""Honest packs verify offline and match; what is missing between organisations is named."""

from __future__ import annotations

import json
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from audit.network import AGREEMENT, Network, Organisation, codes, digest

from exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from exchange.audit.entries import Kind
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.pack import Enclosures, export
from exchange.audit.verify import verify
from exchange.errors import AuditError

NOT_RECEIVED = "audit.delivered_not_received"
TAKEN_IN: tuple[Kind, ...] = ("bundle.opened", "bundle.accepted")
A_WEEK = timedelta(days=8)


def sent_to(party: str, bundle: str = "bundle-00") -> dict[str, Any]:
    return {"counterpart": party, "agreement": AGREEMENT, "ciphertext": digest(bundle)}


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path)


def test_honest_organisations_agree(network: Network) -> None:
    for number in range(3):
        network.send("yks", "gt-ntt", f"bundle-0-{number}")
        network.send("peduli", "gt-ntt", f"bundle-1-{number}")
    for each, other in [("yks", "gt-ntt"), ("peduli", "gt-ntt"), ("gt-ntt", "yks")]:
        network[each].show(network[other])
    verdict = network.verify()
    assert codes(verdict) == []
    assert verdict.ok
    assert [(log.origin, log.size, log.witnessed) for log in verdict.logs] == [
        ("yks.ntt/exchange-log", 9, 9),
        ("peduli.ntt/exchange-log", 9, 9),
        ("gt-ntt.ntt/exchange-log", 18, 18),
    ]
    assert len(verdict.matches) == 6
    assert all(match.complete for match in verdict.matches)
    assert verdict.matches[0].outcome_kind == "bundle.accepted"


def test_an_empty_log_verifies(network: Network) -> None:
    assert codes(network.verify("yks")) == []


def test_what_nobody_witnessed_is_shown_as_such(network: Network) -> None:
    network["yks"].write("store.merged")
    network["yks"].show(network["gt-ntt"])
    network["yks"].write("store.merged")
    verdict = network.verify()
    [finding] = verdict.findings
    assert (finding.code, finding.entry, finding.last, finding.weight) == ("audit.unwitnessed", 1, 1, "look")
    assert verdict.ok


def test_a_cosignature_in_the_pack_counts_without_the_witness(network: Network) -> None:
    network["yks"].write("store.merged")
    network["yks"].show(network["gt-ntt"], back=True)
    verdict = network.verify("yks")
    assert codes(verdict) == []
    assert verdict.logs[0].witnessed == 1


def test_a_key_known_from_the_pack_alone_is_said(network: Network) -> None:
    network["yks"].write("store.merged")
    verdict = network.verify("yks", keys=False)
    assert codes(verdict) == ["audit.own_key", "audit.unwitnessed"]
    assert verdict.logs[0].fingerprint == network["yks"].key.fingerprint()


def test_a_tar_says_what_a_folder_says(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-00")
    folder, tar = network["yks"].pack("a"), network["yks"].pack("a.tar")
    both = [verify([each], keys={network["yks"].origin: network["yks"].key.verify_key}) for each in (folder, tar)]
    assert [log.root for verdict in both for log in verdict.logs] == [both[0].logs[0].root] * 2
    assert codes(both[0]) == codes(both[1])
    with tarfile.open(tar) as opened:
        assert {(member.uid, member.uname, member.mtime) for member in opened} == {(0, "", 0)}
        assert sorted(member.name for member in opened if "/" not in member.name) == [
            "checkpoint",
            "entries.jsonl",
            "pack.json",
            "vkeys",
        ]
    assert [path.name for path in network.folder.glob("*.part*")] == []


def test_an_erased_opening_is_shown_and_the_log_stands(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-00")
    with network["yks"].log() as log:
        log.erase(0, at=network.tick())
    verdict = network.verify("yks")
    assert verdict.logs[0].ok
    assert verdict.logs[0].erased == 1


@pytest.mark.parametrize(
    ("lost", "changes", "expected"),
    [
        (("bundle.received", "bundle.opened", "bundle.accepted", "bundle.acknowledged"), {}, [NOT_RECEIVED]),
        (("bundle.delivered", "bundle.packed"), {}, ["audit.received_not_delivered"]),
        (("bundle.delivered",), {}, ["audit.received_not_delivered"]),
        (("bundle.received",), {}, []),
        (("bundle.accepted",), {}, ["audit.receipt_unmatched"]),
        (("bundle.acknowledged",), {}, ["audit.unacknowledged"]),
        (("bundle.accepted", "bundle.opened", "bundle.acknowledged"), {}, ["audit.in_transit"]),
        ((), {"agreement": AGREEMENT.model_copy(update={"version": "1.0.0"})}, ["audit.agreement_differs"]),
        ((), {"counterpart": "peduli"}, ["audit.received_not_delivered"]),
    ],
)
def test_what_one_side_does_not_say_is_named(
    network: Network, lost: tuple[Kind, ...], changes: dict[str, Any], expected: list[str]
) -> None:
    network.send("yks", "gt-ntt", "bundle-00")
    network.send("yks", "gt-ntt", "bundle-01", lost=lost, **changes)
    network.now += A_WEEK
    verdict = network.verify()
    found = [finding for finding in verdict.findings if finding.code != "audit.unwitnessed"]
    assert [finding.code for finding in found] == expected
    assert all(finding.entry is not None and finding.where for finding in found)
    assert all(log.ok for log in verdict.logs)
    assert verdict.ok == all(finding.weight == "look" for finding in found)


def test_a_bundle_that_reached_somebody_else_is_named(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-00")
    network["peduli"].write("bundle.received", ciphertext=digest("bundle-00"))
    assert "audit.misdelivered" in codes(network.verify())


@pytest.mark.parametrize("answer", ["bundle.refused", "bundle.quarantined"])
def test_a_bundle_that_was_not_taken_in_has_come_all_the_same(network: Network, answer: Kind) -> None:
    network.send("yks", "gt-ntt", "bundle-00", lost=[*TAKEN_IN, "bundle.acknowledged"])
    network["gt-ntt"].write(answer, ciphertext=digest("bundle-00"), counterpart="yks", codes=("seal.wrong_signer",))
    network.now += A_WEEK
    verdict = network.verify()
    assert codes(verdict) == ["audit.unwitnessed"] * 2
    assert [match.outcome_kind for match in verdict.matches] == [answer]
    assert not verdict.matches[0].complete


def test_what_its_sender_hides_is_found_wherever_it_came(network: Network) -> None:
    lost: list[Kind] = ["bundle.delivered", "bundle.received", *TAKEN_IN, "bundle.acknowledged"]
    network.send("yks", "gt-ntt", "bundle-00", lost=lost)
    network["peduli"].write("bundle.quarantined", ciphertext=digest("bundle-00"), codes=("seal.not_for_us",))
    [found] = [each for each in network.verify().findings if each.weight == "wrong"]
    assert (found.code, found.origin, found.entry) == (
        "audit.received_not_delivered",
        network["peduli"].origin,
        0,
    )


def test_what_came_after_the_senders_pack_was_made_is_no_lie(network: Network) -> None:
    network["yks"].write("bundle.packed", bundle="bundle-00", **sent_to("gt-ntt"))
    early = network["yks"].pack()
    network["gt-ntt"].write("bundle.accepted", bundle="bundle-00", receipt=digest("r"), **sent_to("yks"))
    verdict = verify([early, network["gt-ntt"].pack()])
    assert "audit.in_transit" in codes(verdict)
    assert verdict.ok


def test_what_was_approved_and_never_left_is_looked_at(network: Network) -> None:
    yks = network["yks"]
    for number in range(2):
        yks.write("bundle.packed", bundle=f"bundle-0{number}", **sent_to("gt-ntt", f"bundle-0{number}"))
        yks.write("release.approved", person="director.1", period="2026-09", **sent_to("gt-ntt", f"bundle-0{number}"))
    assert "audit.not_delivered" not in codes(network.verify())
    yks.write(
        "release.given_up", person="director.1", period="2026-09", bundle="bundle-01", **sent_to("gt-ntt", "bundle-01")
    )
    network.now += A_WEEK
    again = [yks.pack("later.pack"), network["gt-ntt"].pack("gt-ntt.later")]
    [found] = [each for each in verify(again).findings if each.code == "audit.not_delivered"]
    assert (found.entry, found.weight) == (0, "look")


def test_a_bundle_that_its_sender_gave_up_is_not_missed(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-00", lost=["bundle.received", *TAKEN_IN, "bundle.acknowledged"])
    network["yks"].write(
        "release.given_up", person="director.1", period="2026-09", bundle="bundle-00", **sent_to("gt-ntt")
    )
    network.now += A_WEEK
    assert network.verify().ok


def test_a_refusal_that_was_an_acceptance_is_named(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-00", lost=["bundle.acknowledged"])
    number = network["yks"].write("bundle.refused", **sent_to("gt-ntt"))
    [found] = [each for each in network.verify().findings if each.weight == "wrong"]
    assert (found.code, found.entry) == ("audit.receipt_unmatched", number)


def test_a_delivery_on_its_way_is_not_called_lost(network: Network) -> None:
    early = network["gt-ntt"].pack()
    network.send(
        "yks",
        "gt-ntt",
        "bundle-00",
        lost=["bundle.received", "bundle.opened", "bundle.accepted", "bundle.acknowledged"],
    )
    verdict = verify([network["yks"].pack(), early])
    assert "audit.in_transit" in codes(verdict)
    assert "audit.delivered_not_received" not in codes(verdict)


def test_an_organisation_without_a_pack_is_named_once(network: Network) -> None:
    for number in range(3):
        network.send("yks", "gt-ntt", f"bundle-0{number}")
    verdict = network.verify("yks", "peduli")
    [absent] = [finding for finding in verdict.findings if finding.code == "audit.pack_absent"]
    assert "3" in absent.what
    assert verdict.ok


def test_a_pack_needs_a_checkpoint_and_a_place_of_its_own(network: Network, tmp_path: Path) -> None:
    yks = network["yks"]

    def refused(**named: Any) -> str:
        with Log.open(yks.path) as log, pytest.raises(AuditError) as refusal:
            export(log, yks.key, tmp_path / "pack", at=network.now, **named)
        return refusal.value.codes[0]

    assert refused() == "audit.log_unsigned"
    with yks.log() as log:
        Heads(log).checkpoint(yks.key)
    assert refused(enclosures=Enclosures(cards={"../card": b""})) == "audit.pack_document"
    assert not (tmp_path / "pack").exists()
    (tmp_path / "pack").mkdir()
    assert refused() == "audit.pack_exists"


def test_a_verdict_is_also_for_programs(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-00")
    page = json.loads(json.dumps(network.verify("yks").as_json()))
    assert page["ok"] is True
    assert page["logs"][0]["size"] == 3
    assert page["matches"][0]["received"] is None
    assert page["findings"][0]["weight"] == "look"
    assert page["findings"][0]["where"]


# --- nobody vouches for itself ---


def seen_by(witness: Organisation, seen: Organisation) -> None:
    """`witness` keeps and cosigns what `seen` shows, and the cosignature comes back."""
    seen.show(witness, back=True)


def test_a_second_pack_of_ones_own_vouches_for_nothing(network: Network, tmp_path: Path) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    with yks.log() as log:
        own = Heads(log).checkpoint(yks.key).data
        export(log, yks.key, tmp_path / "second", at=network.tick(), held=[own])
    verdict = verify([yks.pack(), tmp_path / "second"], keys={yks.origin: yks.key.verify_key})
    assert [log.witnessed for log in verdict.logs] == [0, 0]


def test_ones_own_log_in_another_network_vouches_for_nothing(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    ours, also_ours = (Network(tmp_path / name, ("yks",), name)["yks"] for name in ("one", "two"))
    ours.write("store.merged")
    seen_by(also_ours, ours)
    keys = {each.origin: each.key.verify_key for each in (ours, also_ours)}
    verdict = verify([ours.pack(), also_ours.pack()], keys=keys)
    assert verdict.logs[0].witnessed == 0


def test_a_pack_that_is_nobodys_vouches_for_nothing_and_still_accuses(network: Network, tmp_path: Path) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    with yks.log() as log:
        own = Heads(log).checkpoint(yks.key).data
    nobody = tmp_path / "nobody"
    (nobody / "held").mkdir(parents=True)
    (nobody / "held" / "000000").write_bytes(own)
    assert verify([yks.pack(), nobody]).logs[0].witnessed == 0
    # A page that names somebody is not that organisation: only its own cosignature vouches.
    other = network["gt-ntt"].pack("other.pack")
    (nobody / "pack.json").write_bytes((other / "pack.json").read_bytes())
    assert verify([yks.pack("once.pack"), nobody]).logs[0].witnessed == 0
    forked = sign_checkpoint(Checkpoint(yks.origin, 1, b"\1" * 32), yks.key)
    (nobody / "held" / "000000").write_bytes(forked.data)
    assert "audit.history_rewritten" in codes(verify([yks.pack("again.pack"), nobody]))


def test_a_held_note_vouches_with_the_cosignature_of_its_holder_only(network: Network) -> None:
    yks, keys = network["yks"], {each.origin: each.key.verify_key for each in network.members.values()}
    yks.write("store.merged")
    yks.show(network["gt-ntt"])
    pack = network["gt-ntt"].pack()
    assert verify([yks.pack(), pack], keys=keys).logs[0].witnessed == 1
    [held] = (pack / "held").iterdir()
    text, _blank, signatures = held.read_bytes().partition(b"\n\n")
    own = signatures.splitlines(keepends=True)[0]
    held.write_bytes(text + b"\n\n" + own)
    assert verify([yks.pack("again.pack"), pack], keys=keys).logs[0].witnessed == 0
    held.write_bytes(text + b"\n\n" + signatures)
    other = keys | {network["gt-ntt"].origin: network["peduli"].key.verify_key}
    assert verify([yks.pack("third.pack"), pack], keys=other).logs[0].witnessed == 0


# --- what has grown old ---


def test_a_log_that_ended_long_before_its_pack_was_made_is_looked_at(network: Network) -> None:
    network["yks"].write("store.merged")
    network.now += timedelta(days=50)
    [found] = [each for each in network.verify("yks").findings if each.code == "audit.stale"]
    assert (found.entry, found.weight) == (0, "look")
    assert "2026-10-01" in found.what


def test_a_witness_that_has_cosigned_nothing_for_long_is_named(network: Network) -> None:
    yks = network["yks"]
    yks.write("store.merged")
    yks.show(network["gt-ntt"], back=True)
    network.now += timedelta(days=50)
    yks.write("store.merged")
    [found] = [each for each in network.verify("yks").findings if each.code == "audit.silent"]
    assert (found.entry, found.last, found.weight) == (1, 1, "look")
    assert "gt-ntt" in found.what


def test_whether_the_history_is_whole_is_said_before_whether_histories_agree(network: Network) -> None:
    network.send("yks", "gt-ntt", "bundle-00", lost=["bundle.delivered", "bundle.packed"])
    network["peduli"].write("store.merged")
    pack = network["peduli"].pack()
    (pack / "entries.jsonl").write_bytes(b"")
    packs = [network["gt-ntt"].pack(), network["yks"].pack(), pack]
    found = [each.code for each in verify(packs).findings if each.weight == "wrong"]
    assert found == ["audit.entry_missing", "audit.received_not_delivered"]
