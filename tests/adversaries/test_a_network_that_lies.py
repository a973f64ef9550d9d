"""The network lies: whatever the carrier does with sealed files, data arrives once, in order, or not at all – and once
the carrier is honest again, everything arrives."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge.received import told_tokens
from needles import Needles
from simulator import AGREEMENT, RECIPIENTS, SENDER, TRICKS, Carrier, Simulated, founded, quick_folder, scenario

from exchange.bundle.contents import read_contents
from exchange.duties.notices import suspend
from exchange.seal.sizes import STEPS, step
from exchange.transport.parcels import FINISHED

SEEDS = range(8)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """Two months and a correction are packed, for two recipients; nothing has left."""
    with quick_folder(tmp_path_factory.mktemp("lies")) as folder:
        network = founded(folder / "network")
        network.pack("2026-09")
        network.pack("2026-10")
        network.pack("2026-09", corrects=True)
        yield network


@pytest.fixture
def network(ready: Simulated, request: pytest.FixtureRequest) -> Iterator[Simulated]:
    """A copy, with a carrier whose chance is the test's own."""
    seed = request.node.callspec.params.get("seed", 0) if hasattr(request.node, "callspec") else 0
    copy = ready.copied(ready.folder.parent / "copy", seed)
    yield copy
    shutil.rmtree(copy.folder)


def retry_until_nothing_waits(network: Simulated) -> None:
    """Three times at most; and once more, by which nothing may change."""
    for _ in range(3):
        network.retry()
        if all(each.state in FINISHED for each in network.standings()):
            break
    network.round()


# --- what must hold at any moment ---


def check_nothing_is_believed_that_is_not_so(network: Simulated) -> None:
    """Each bundle is accepted at most once and in order; no receipt says more than the recipient's own log."""
    acknowledged = {each.ciphertext for each in network.entries(SENDER, "bundle.acknowledged")}
    accepted: set[str | None] = set()
    for party in RECIPIENTS:
        sent = [each.sealed.ciphertext for each in network.packed if each.sealed.envelope.recipient == party]
        taken = [entry.ciphertext for entry in network.entries(party, "bundle.accepted")]
        assert taken == sent[: len(taken)]
        accepted |= {*taken}
    assert acknowledged <= accepted
    for standing in network.standings():
        if standing.state == "acknowledged":
            assert f"sha256:{standing.parcel.sha256}" in acknowledged


def check_everything_has_arrived(network: Simulated) -> None:
    for party in RECIPIENTS:
        sent = {p.sealed.envelope.id: p for p in network.packed if p.sealed.envelope.recipient == party}
        replaced = {p.sealed.envelope.replaces for p in sent.values()}
        stored = {segment.metadata.bundle: segment for segment in network.segments(party)}
        assert stored.keys() == sent.keys() - replaced
        for bundle, segment in stored.items():
            contents = read_contents(sent[bundle].prepared.bundle)
            assert segment.tables == contents.tables
            assert told_tokens(segment) == {*contents.tokens}
            assert (segment.rows is None) == (contents.rows is None)
            assert segment.rows is None or segment.rows.to_pylist() == contents.rows.to_pylist()
        assert len(network.entries(party, "bundle.accepted")) == len(sent)


def check_logs_agree(network: Simulated) -> None:
    verdict = network.audited()
    assert verdict.ok, [str(finding) for finding in verdict.findings]
    assert len(verdict.matches) == len(network.packed)
    assert all(match.complete for match in verdict.matches)


def check_nothing_lies_in_the_clear(network: Simulated) -> None:
    """No name, no pseudonym and no token in what the carrier ever saw or in any file of any party."""
    tokens = {token.token for packed in network.packed for token in packed.prepared.protected.tokens}
    names = {name for name in scenario().direct_identifiers() if len(name) > 8}
    assert tokens
    assert names
    telling = Needles(text.encode() for text in tokens | names)
    contents = {content for _party, _name, content in network.carrier.seen}
    for party in (SENDER, *RECIPIENTS):
        contents |= {path.read_bytes() for path in (network.folder / party).rglob("*") if path.is_file()}
    for content in contents:
        assert not telling.in_(content)


@given(st.lists(st.binary(min_size=3, max_size=5), max_size=9), st.binary(max_size=60))
def test_what_is_looked_for_at_once_is_found_as_one_by_one(texts: list[bytes], content: bytes) -> None:
    texts += [content[at : at + 4] for at in range(0, len(content) - 4, 7)]
    assert Needles(texts).in_(content) == {text for text in texts if text in content}


# --- one trick at a time ---


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.__name__)
def test_once_the_carrier_is_honest_again_everything_has_arrived(
    network: Simulated, trick: Callable[[Carrier], None]
) -> None:
    trick(network.carrier)
    network.deliver()
    trick(network.carrier)
    for party in RECIPIENTS:
        network.receive(party)
        trick(network.carrier)
        network.deliver(party)
    trick(network.carrier)
    network.receive(SENDER)
    check_nothing_is_believed_that_is_not_so(network)
    network.carrier.honest()
    retry_until_nothing_waits(network)
    check_nothing_is_believed_that_is_not_so(network)
    check_everything_has_arrived(network)
    assert {standing.state for standing in network.standings()} == {"acknowledged"}
    check_logs_agree(network)


# --- many ---


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_carrier_does_each_bundle_is_accepted_once_and_in_order(network: Simulated, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(chance.randrange(2, 5)):
        for party in chance.sample((SENDER, *RECIPIENTS), 3):
            for trick in chance.sample(TRICKS, chance.randrange(4)):
                trick(network.carrier)
            network.deliver(party)
            network.receive(party)
        check_nothing_is_believed_that_is_not_so(network)
    network.carrier.honest()
    retry_until_nothing_waits(network)
    check_nothing_is_believed_that_is_not_so(network)
    check_everything_has_arrived(network)
    assert all(each.state in FINISHED or each.reason for each in network.standings())
    check_logs_agree(network)
    check_nothing_lies_in_the_clear(network)


# --- what it sees ---


def test_an_honest_month_shows_the_carrier_names_that_are_random_and_sizes_that_are_steps(network: Simulated) -> None:
    """Bundles, corrections, receipts and notices of all parties: outside they differ in nothing but their step."""
    network.round()
    suspend(network.office(), AGREEMENT)
    network.round()
    files = {name: content for _party, name, content in network.carrier.seen}
    assert len(files) == len(network.carrier.seen) > len(network.packed) + 4
    assert all(re.fullmatch(r"[0-9a-f]{32}\.age", name) for name in files)
    telling = _telling(network)
    blocks: set[bytes] = set()
    for content in files.values():
        assert step(len(content)) - 600 < len(content) <= step(len(content))
        assert not [text for text in telling if text in content]
        start = content.index(b"\n--- ") + 49
        version, stanza, _body, mac, _rest = content.split(b"\n", 4)
        assert (version, stanza.split(b" ")[:2], len(stanza.split(b" "))) == (
            b"age-encryption.org/v1",
            [b"->", b"mlkem768x25519"],
            3,
        )
        assert start == len(version + stanza + _body + mac) + 4, "and nothing else before the nonce"
        own = {content[at : at + 16] for at in (*range(40, start - 64, 16), *range(start, len(content) - 16, 16))}
        assert blocks.isdisjoint(own), "two files hold the same sixteen bytes"
        blocks |= own
    (size,) = {len(content) for content in files.values()}
    assert step(size) == STEPS[0], "a small month is as large as a letter"


def _telling(network: Simulated) -> set[bytes]:
    """Whatever would say who writes to whom: ids, names, roots, keys and their fingerprints, agreement, period."""
    found = {AGREEMENT.encode(), b"2026-09", b"data-sharing-exchange", b"SSHSIG", b"ustar", b"envelope", b"datapackage"}
    for party, (_workspace, identity) in network.network.members.items():
        fingerprint = identity.fingerprint()
        root = identity.root.verify_key
        found |= {party.encode(), fingerprint.encode(), fingerprint[7:].encode(), root.raw, root.openssh().encode()}
        found.add(hashlib.sha256(root.blob()).digest())
        for key in identity.opening_keys:
            public = key.recipient
            found |= {public.key[at : at + 32] for at in range(0, len(public.key), 32)} | {str(public).encode()}
            found |= {hashlib.sha256(public.key).digest(), hashlib.sha256(str(public).encode()).digest()}
    return {each for each in found if len(each) > 5}
