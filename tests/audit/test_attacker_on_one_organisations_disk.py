"""An attacker with full control of one organisation's disk, sometimes of its key too: what was witnessed is found out.

The attacker edits the log's file in every way and makes the tables fit again; then the organisation makes its pack as
always, and the recipient's pack holds the checkpoint that it saw before.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from audit.network import Network, Organisation, codes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.audit.entries import Opening
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.proofs import Continuation, Showing
from exchange.audit.tree import Tree, grown, inclusion_path, join, leaf_hash
from exchange.audit.verify import verify
from exchange.audit.witness import Witness
from exchange.errors import AuditError

Openings = list[bytes]
Attack = Callable[[Openings], Openings]


def openings_of(path: Path) -> Openings:
    with sqlite3.connect(path) as file:
        return [row[0] for row in file.execute("SELECT opening FROM entry ORDER BY number")]


def rewrite(path: Path, openings: Openings, *, keep_checkpoints: bool) -> None:
    """Put another history in the file, with a tree that fits it perfectly."""
    levels = grown(0, Tree().node, [*map(leaf_hash, openings)])
    nodes = [(level, place, node) for level, first, those in levels for place, node in enumerate(those, first)]
    with sqlite3.connect(path) as file:
        file.execute("DELETE FROM entry")
        file.execute("DELETE FROM node")
        file.executemany("INSERT INTO entry VALUES (?, ?)", enumerate(openings))
        file.executemany("INSERT INTO node VALUES (?, ?, ?)", nodes)
        if not keep_checkpoints:
            file.execute("DELETE FROM checkpoint")


def changed(opening: bytes, **fields: object) -> bytes:
    read = Opening.read(opening)
    return Opening(read.entry.model_copy(update=fields), read.salt).data


def back_dated(opening: bytes) -> bytes:
    return changed(opening, time=Opening.read(opening).entry.time - timedelta(days=3))


ATTACKS: dict[str, Attack] = {
    "edits": lambda all_: [*all_[:4], changed(all_[4], counterpart="peduli"), *all_[5:]],
    "deletes": lambda all_: [*all_[:4], *all_[5:]],
    "deletes the last": lambda all_: all_[:-1],
    "inserts": lambda all_: [*all_[:4], changed(all_[4], person="invented"), *all_[4:]],
    "swaps two": lambda all_: [*all_[:4], all_[5], all_[4], *all_[6:]],
    "back-dates": lambda all_: [*all_[:4], back_dated(all_[4]), *all_[5:]],
    "begins anew": lambda all_: all_[:1],
    "changes a salt": lambda all_: [*all_[:4], Opening(Opening.read(all_[4]).entry, bytes(16)).data, *all_[5:]],
}


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = Network(tmp_path_factory.mktemp("witnessed"), ["yks", "gt-ntt"])
    for number in range(3):
        network.send("yks", "gt-ntt", f"bundle-0{number}")
        network["yks"].show(network["gt-ntt"])
    return network


@pytest.fixture
def network(witnessed: Network, tmp_path: Path) -> Network:
    return witnessed.copy(tmp_path)


def wrong(network: Network) -> list[str]:
    return [finding.code for finding in network.verify().findings if finding.weight == "wrong"]


def test_without_an_attack_nothing_is_found(network: Network) -> None:
    assert wrong(network) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_who_has_the_disk_but_not_the_key_cannot_even_make_a_pack(network: Network, attack: str) -> None:
    yks = network["yks"]
    rewrite(yks.path, ATTACKS[attack](openings_of(yks.path)), keep_checkpoints=True)
    with pytest.raises(AuditError) as refused:
        yks.pack()
    assert refused.value.codes == ("audit.log_altered",)


@pytest.mark.parametrize("attack", ATTACKS)
def test_who_has_the_disk_and_the_key_is_found_by_what_others_saw(network: Network, attack: str) -> None:
    yks = network["yks"]
    rewrite(yks.path, ATTACKS[attack](openings_of(yks.path)), keep_checkpoints=False)
    verdict = network.verify()
    mine, other = verdict.logs
    assert not mine.ok
    assert other.ok
    [finding] = [each for each in verdict.findings if each.code in {"audit.history_rewritten", "audit.rolled_back"}]
    assert finding.entry is not None
    assert finding.last is not None
    if finding.code == "audit.history_rewritten":  # between the two sizes that were witnessed, the changed one is named
        assert (finding.entry, finding.last) == (3, 5)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_witness_refuses_the_rewritten_log(network: Network, attack: str) -> None:
    yks, witness = network["yks"], network["gt-ntt"]
    rewrite(yks.path, ATTACKS[attack](openings_of(yks.path)), keep_checkpoints=False)
    with pytest.raises(AuditError) as refused:
        yks.show(witness)
    assert refused.value.codes[0] in {"audit.rolled_back", "audit.inconsistent", "audit.forked"}


def test_a_proof_made_from_the_rewritten_log_convinces_nobody(network: Network) -> None:
    yks, other = network["yks"], network["gt-ntt"]
    all_ = openings_of(yks.path)
    rewrite(yks.path, [*ATTACKS["edits"](all_), all_[0]], keep_checkpoints=False)
    with Witness.open(other.folder, other.origin) as witness, yks.log() as log:
        size = witness.size_of(yks.origin)
        shown = Showing(Heads(log).checkpoint(yks.key).data, (Continuation(size, tuple(log.consistency(size))),))
        with pytest.raises(AuditError) as refused:
            witness.see(shown, yks.key.verify_key, signer=other.key, at=network.now)
        assert refused.value.codes == ("audit.inconsistent",)
        assert len(witness.contradictions()) == 1


def test_an_edited_opening_whose_leaf_was_left_is_named_with_entry_and_byte(network: Network) -> None:
    yks = network["yks"]
    all_ = openings_of(yks.path)
    with sqlite3.connect(yks.path) as file:
        file.execute("UPDATE entry SET opening = ? WHERE number = 4", (changed(all_[4], counterpart="peduli"),))
    [finding] = [each for each in network.verify().findings if each.code == "audit.entry_altered"]
    assert (finding.entry, finding.byte) == (4, sum(len(each) + 1 for each in all_[:4]))


def test_an_opening_that_was_taken_away_silently_is_named(network: Network) -> None:
    with sqlite3.connect(network["yks"].path) as file:
        file.execute("UPDATE entry SET opening = NULL WHERE number = 4")
    [finding] = [each for each in network.verify().findings if each.code == "audit.opening_missing"]
    assert (finding.entry, finding.weight) == (4, "wrong")


def test_a_forked_log_is_found_when_both_histories_meet(network: Network) -> None:
    yks = network["yks"]
    shutil.copytree(yks.folder, network.folder / "other-self")
    yks.write("store.merged")
    honest = yks.pack("honest")
    shutil.rmtree(yks.folder)
    (network.folder / "other-self").rename(yks.folder)
    yks.write("store.read", person="data.officer.1")
    verdict = verify([honest, yks.pack("other")])
    [finding] = [each for each in verdict.findings if each.code == "audit.forked"]
    assert finding.entry == 9


def test_a_foreign_log_in_its_place_is_found(network: Network) -> None:
    yks = network["yks"]
    true_key = yks.key.verify_key
    yks.path.unlink()
    Log.create(yks.path, yks.origin).close()
    yks.key = Organisation(network, "stranger").key
    yks.write("store.merged")
    packs = [yks.pack("stranger-pack"), network["gt-ntt"].pack()]
    [found] = {each for each in verify(packs).findings if each.code == "audit.kept_unsigned"}
    assert (found.pack, found.weight) == ("gt-ntt.pack", "look")  # without a known key, nobody knows who lies
    verdict = verify(packs, keys={yks.origin: true_key})
    [found] = [each for each in verdict.findings if each.code == "audit.key_differs"]
    assert (found.pack, found.weight) == ("stranger-pack", "wrong")
    assert not verdict.ok


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = Network(tmp_path_factory.mktemp("sixty"), ["yks", "gt-ntt"])
    yks = network["yks"]
    with yks.log() as log:
        log.append(*(yks.entry("letter.sent", counterpart="gt-ntt", note="feedback") for _ in range(60)))
    yks.show(network["gt-ntt"])
    return network


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_to_one_entry_of_a_witnessed_log_is_found(
    sixty: Network, tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject
) -> None:
    network = sixty.copy(tmp_path_factory.mktemp("network"))
    yks = network["yks"]
    all_ = openings_of(yks.path)
    place = draw.draw(st.integers(0, 59))
    byte = draw.draw(st.integers(0, len(all_[place]) - 1))
    bit = 1 << draw.draw(st.integers(0, 7))
    entry = all_[place]
    all_[place] = entry[:byte] + bytes([entry[byte] ^ bit]) + entry[byte + 1 :]
    rewrite(yks.path, all_, keep_checkpoints=False)
    assert "audit.history_rewritten" in codes(network.verify())


def test_every_single_entry_change_among_a_thousand_is_found_by_its_root() -> None:
    """Without files: for each of 1,000 entries, the tree with that entry changed has another root."""
    leaves = [leaf_hash(number.to_bytes(2, "big")) for number in range(1000)]
    tree = Tree(leaves)

    def root_with_change(place: int) -> bytes:
        top, path = leaf_hash(b"changed"), inclusion_path(place, 1000, tree.node)
        left, last = place, 999
        for sibling in path:  # RFC 9162 section 2.1.3.2, with another leaf
            right_child = left & 1 or left == last
            top = join(sibling, top) if right_child else join(top, sibling)
            while right_child and left and not left & 1:
                left, last = left >> 1, last >> 1
            left, last = left >> 1, last >> 1
        return top

    assert len({tree.root(), *map(root_with_change, range(1000))}) == 1001
