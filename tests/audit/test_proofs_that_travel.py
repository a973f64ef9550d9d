"""Proofs for strangers: an entry in a log, and a log that continues what somebody saw."""

from __future__ import annotations

from pathlib import Path

import pytest
from audit.network import START, Network

from exchange.audit.checkpoint import cosign, open_checkpoint, witness_name
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.proofs import Showing, entry_proof, verify_entry_proof
from exchange.audit.witness import Witness
from exchange.crypto.signing import SigningKey
from exchange.errors import AuditError


@pytest.fixture
def network(tmp_path: Path) -> Network:
    network = Network(tmp_path, ["yks", "gt-ntt"])
    for number in range(2):
        network.send("yks", "gt-ntt", f"bundle-0{number}")
    return network


def test_an_entry_is_proved_to_a_stranger(network: Network) -> None:
    yks = network["yks"]
    with yks.log() as log:
        head = Heads(log).checkpoint(yks.key)
        for number, _leaf, opening in log.raw_records():
            assert opening is not None
            proof = entry_proof(number, head, log.node)
            found, read, signed = verify_entry_proof(proof, opening, yks.key.verify_key)
            assert (found, read.data, signed) == (number, opening, head)


def test_the_proof_of_one_entry_is_none_of_another(network: Network) -> None:
    yks = network["yks"]
    with yks.log() as log:
        proof = entry_proof(1, Heads(log).checkpoint(yks.key), log.node)
        [_first, (_number, _leaf, opening), *_rest] = log.raw_records()
    assert opening is not None
    lies = [
        (proof, opening.replace(b"gt-ntt", b"gt-ntx")),
        (proof.replace(b"index 1", b"index 2"), opening),
        (proof.replace(b"index 1", b"index 01"), opening),
        (proof.replace(b"index 1\n", b"", 1), opening),
        (proof.replace(b"v1", b"v2", 1), opening),
        (proof.partition(b"\n\n")[0], opening),
        (b"", opening),
        (b"\xff\n\n", opening),
        (proof.replace(b"=\n", b"\n", 1), opening),
    ]
    for lie, shown in lies:
        with pytest.raises(AuditError):
            verify_entry_proof(lie, shown, yks.key.verify_key)


def test_a_showing_travels_and_is_witnessed(network: Network) -> None:
    yks, other = network["yks"], network["gt-ntt"]
    name, key = witness_name(other.origin), other.key.verify_key
    with Witness.open(other.folder, other.origin) as witness, yks.log() as log:
        under_way = [Heads(log).show(yks.key, name, key)]
        for _round in range(3):  # no cosignature has come back yet, and one showing is lost
            yks.write("store.merged")
            under_way.append(Heads(log).show(yks.key, name, key))
        del under_way[1]
        for shown in under_way:
            arrived = Showing.parse(shown.data)
            assert arrived == shown
            cosigned = witness.see(arrived, yks.key.verify_key, signer=other.key, at=network.now)
        Heads(log).add_cosignatures(cosigned.data, yks.key.verify_key, [(name, key)])
        yks.write("store.merged")
        assert len(Heads(log).show(yks.key, name, key).continues) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"checkpoint":1,"continues":[]}',
        b'{"checkpoint":"","continues":[{"size":-1,"path":[]}]}',
        b'{"checkpoint":"","continues":[{"size":1,"path":["AAAA"]}]}',
        b'{"checkpoint":"","continues":[{"size":1,"path":["?"]}]}',
        b'{"checkpoint":"","continues":[],"more":1}',
        b'{"checkpoint":"","continues":[],"seen":"\\ud800"}',
        b'{"checkpoint":"","continues":[' + b'{"path":[],"size":1},' * 64 + b'{"path":[],"size":1}]}',
        b'{"checkpoint":"","continues":[]' + b" " * 300_000 + b"}",
    ],
)
def test_what_is_no_showing_is_refused(data: bytes) -> None:
    with pytest.raises(AuditError) as refused:
        Showing.parse(data)
    assert refused.value.codes == ("audit.proof_unreadable",)


def test_cosignatures_on_a_checkpoint_we_never_made_are_refused(network: Network) -> None:
    yks, other = network["yks"], network["gt-ntt"]
    name, key = witness_name(other.origin), other.key.verify_key
    with yks.log() as log, Witness.open(other.folder, other.origin) as witness:
        shown = Heads(log).show(yks.key, name, key)
        cosigned = witness.see(shown, yks.key.verify_key, signer=other.key, at=network.now)
    with Log.create(network.folder / "restored", yks.origin) as log, pytest.raises(AuditError) as refused:
        Heads(log).add_cosignatures(cosigned.data, yks.key.verify_key, [(name, key)])
    assert refused.value.codes == ("audit.checkpoint_unknown",)


def test_a_stranger_under_a_witness_name_is_not_kept(network: Network) -> None:
    yks, other = network["yks"], network["gt-ntt"]
    name = witness_name(other.origin)
    with yks.log() as log:
        head = Heads(log).checkpoint(yks.key)
        stranger = cosign(head, SigningKey(bytes(32)), name=name, at=START)
        both = cosign(stranger, other.key, name=name, at=START)
        Heads(log).add_cosignatures(both.data, yks.key.verify_key, iter([(name, other.key.verify_key)]))
        [kept] = Heads(log).checkpoints(yks.key.verify_key)
    assert kept == cosign(head, other.key, name=name, at=START)


def test_a_showing_is_small_and_proves_from_the_first_and_the_last_that_were_shown(network: Network) -> None:
    yks, other = network["yks"], network["gt-ntt"]
    name, key = witness_name(other.origin), other.key.verify_key
    with yks.log() as log:
        sizes = []
        for _month in range(20):
            yks.write("store.merged")
            sizes.append(open_checkpoint(Heads(log).show(yks.key, name, key).note, yks.key.verify_key).checkpoint.size)
        yks.write("store.merged")
        shown = Heads(log).show(yks.key, name, key)
        assert [each.size for each in shown.continues] == [*sizes[:-7:-1], sizes[0]]
        elsewhere = Heads(log).show(yks.key, "other.ntt/exchange-witness", key)
    assert elsewhere.continues == ()  # nobody learns what another was shown
    assert len(shown.data) < 20_000


def test_what_was_seen_of_the_others_log_travels_back(network: Network) -> None:
    with network["yks"].log() as log:
        note = Heads(log).checkpoint(network["yks"].key).data
    assert Showing.parse(Showing(note, (), b"seen\n").data).seen == b"seen\n"
    assert b"seen" not in Showing(note).data
