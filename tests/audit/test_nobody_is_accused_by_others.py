"""What is held against an organisation rests on what its own key has signed; what others only say of it does not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from audit.network import AGREEMENT, Network, Organisation, codes

from exchange.audit import lines, reading
from exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from exchange.audit.entries import Entry
from exchange.audit.findings import Finding
from exchange.audit.lines import Entries
from exchange.audit.verify import Verdict, verify
from exchange.crypto.signing import SigningKey, VerifyKey

STRANGER = SigningKey(b"e" * 32)
ERASED = b'{"erased":"' + b"ab" * 32 + b'"}\n'


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = Network(tmp_path_factory.mktemp("witnessed"))
    network.send("yks", "gt-ntt", "bundle-00")
    for one, other in [("yks", "gt-ntt"), ("gt-ntt", "yks")]:
        network[one].show(network[other])
    return network


@pytest.fixture
def network(witnessed: Network, tmp_path: Path) -> Network:
    return witnessed.copy(tmp_path)


def keys(network: Network) -> dict[str, VerifyKey]:
    return {each.origin: each.key.verify_key for each in network.members.values()}


def against(verdict: Verdict, accused: Organisation) -> list[Finding]:
    return [each for each in verdict.findings if each.weight == "wrong" and each.origin == accused.origin]


def both(network: Network) -> list[Path]:
    return [network[party].pack() for party in ("yks", "gt-ntt")]


# --- what others write ---


def test_a_head_under_a_strangers_key_accuses_nobody(network: Network) -> None:
    packs, accused = both(network), network["gt-ntt"]
    forged = sign_checkpoint(Checkpoint(accused.origin, 1, b"x" * 32), STRANGER)
    (packs[0] / "held" / "000099").write_bytes(forged.data)
    verdict = verify(packs, keys=keys(network))
    assert codes(verdict) == ["audit.kept_unsigned"]
    assert (verdict.findings[0].pack, verdict.findings[0].weight) == (packs[0].name, "look")
    assert [each.origin for each in verdict.histories] == [network["yks"].origin, accused.origin]


@pytest.mark.parametrize("many", [1, 9])
@pytest.mark.parametrize("place", [0, 2])
def test_an_unsigned_pack_of_an_honest_log_takes_nothing_from_it(network: Network, many: int, place: int) -> None:
    network.now += timedelta(days=20)
    packs, fake = both(network), network.folder / "fake.pack"
    fake.mkdir()
    (fake / "pack.json").write_bytes((packs[1] / "pack.json").read_bytes())
    (fake / "entries.jsonl").write_bytes(ERASED * many)
    packs.insert(place, fake)
    verdict = verify(packs, keys=keys(network))
    assert [log.ok for log in verdict.logs] == [path != fake for path in packs]
    assert {each.pack for each in verdict.findings if each.weight == "wrong"} == {"fake.pack"}
    assert against(verdict, network["gt-ntt"]) == []
    assert [match.complete for match in verdict.matches] == [True]
    assert {each.origin for each in verdict.histories} == {network["yks"].origin, network["gt-ntt"].origin}


def test_a_damaged_longer_pack_gives_way_to_the_whole_one(network: Network) -> None:
    packs = both(network)
    network["gt-ntt"].write("store.merged")
    longer = network["gt-ntt"].pack("longer.pack")
    (longer / "entries.jsonl").write_bytes(b"")
    verdict = verify([*packs, longer], keys=keys(network))
    assert [match.complete for match in verdict.matches] == [True]
    assert [each.pack for each in verdict.histories] == [path.name for path in packs]


def test_an_older_pack_beside_the_newer_rolls_nothing_back(network: Network) -> None:
    yks = network["yks"]
    older = yks.pack("older.pack")
    yks.write("store.merged")
    yks.show(network["gt-ntt"])
    assert verify([older, yks.pack(), network["gt-ntt"].pack()], keys=keys(network)).ok
    assert "audit.rolled_back" in codes(verify([older, network["gt-ntt"].pack("alone")], keys=keys(network)))


# --- who vouches ---


def test_an_invented_organisation_witnesses_nothing(tmp_path: Path) -> None:
    network = Network(tmp_path, ("yks", "sock"))
    yks = network["yks"]
    yks.write("store.merged")
    yks.show(network["sock"], back=True)
    verdict = verify([yks.pack(), network["sock"].pack()], keys={yks.origin: yks.key.verify_key})
    assert verdict.logs[0].witnessed == 0
    assert "audit.unwitnessed" in codes(verdict)


def test_a_witness_of_another_network_counts_for_nothing(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    ours, other = (Network(tmp_path / name, (party,), name)[party] for name, party in (("one", "yks"), ("two", "gt")))
    ours.write("store.merged")
    ours.show(other, back=True)
    known = {each.origin: each.key.verify_key for each in (ours, other)}
    assert verify([ours.pack()], keys=known).logs[0].witnessed == 0


@pytest.mark.parametrize("first", [True, False])
def test_of_two_keys_for_one_log_neither_wins(network: Network, tmp_path: Path, first: bool) -> None:
    (tmp_path / "other").mkdir()
    twin = Network(tmp_path / "other", ["gt-ntt"])["gt-ntt"]
    twin.key = STRANGER
    packs, fake = both(network), twin.pack()
    verdict = verify([fake, *packs] if first else [*packs, fake])
    [found] = [each for each in verdict.findings if each.weight == "wrong"]
    assert (found.code, found.origin) == ("audit.key_disputed", "")
    assert twin.origin in found.what
    assert {log.witnessed for log in verdict.logs if log.origin == network["yks"].origin} == {0}
    assert [each.origin for each in verdict.histories] == [network["yks"].origin]
    judged = verify([*packs, fake], keys=keys(network))
    assert "audit.key_disputed" not in codes(judged)
    assert [log.ok for log in judged.logs] == [True, True, False]


# --- dates against cosignatures ---


def dated(network: Network, days: int, *, shown_after: int) -> list[Finding]:
    """yks is cosigned `shown_after` days after its first entry, and goes on with one dated `days` after it."""
    yks, first = network["yks"], network.now
    with yks.log() as log:
        network.now = first + timedelta(days=shown_after)
        yks.show(network["gt-ntt"], back=True)
        entry = Entry(
            time=first, kind="disposal.done", party="yks", counterpart="gt-ntt", bundle="bundle-00", agreement=AGREEMENT
        )
        log.append(entry.model_copy(update={"time": first + timedelta(days=days)}))
    yks.show(network["gt-ntt"], back=True)
    return [
        each for each in network.verify("yks", "gt-ntt").findings if each.code.startswith(("audit.back", "audit.dated"))
    ]


def test_what_is_dated_long_before_a_cosignature_that_lacks_it_is_looked_at(network: Network) -> None:
    [found] = dated(network, 1, shown_after=60)
    assert (found.code, found.entry, found.weight) == ("audit.back_dated", 3, "look")
    assert found.origin == network["yks"].origin
    assert "gt-ntt" in found.what


def test_a_head_that_was_on_its_way_for_two_weeks_makes_nobody_a_liar(network: Network) -> None:
    assert dated(network, 1, shown_after=15) == []


def test_what_really_was_before_it_was_noted_is_not_dated_back(network: Network) -> None:
    yks, first = network["yks"], network.now
    network.now += timedelta(days=60)
    yks.show(network["gt-ntt"], back=True)
    yks.write(
        "disclosure.urgent", counterpart="gt-ntt", letter="urgent-00", person="a", agreement=AGREEMENT, since=first
    )
    assert "audit.back_dated" not in codes(network.verify("yks", "gt-ntt"))


def test_what_is_dated_after_it_was_cosigned_is_looked_at(network: Network) -> None:
    yks = network["yks"]
    with yks.log() as log:
        entry = yks.entry("store.merged")
        log.append(entry.model_copy(update={"time": entry.time + timedelta(days=3)}))
    yks.show(network["gt-ntt"], back=True)
    network.now += timedelta(days=4)
    [found] = [each for each in network.verify("yks", "gt-ntt").findings if each.code == "audit.dated_ahead"]
    assert (found.entry, found.weight) == (3, "look")


# --- as many findings as one likes ---


def test_entries_of_another_party_are_named_as_runs(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = network["yks"].pack()
    for name in ("checkpoint", "tile/0/000.p/3"):
        (pack / name).unlink()
    line = (pack / "entries.jsonl").read_bytes().splitlines(keepends=True)[0]
    other = line.replace(b'"party":"yks"', b'"party":"ykz"')
    (pack / "entries.jsonl").write_bytes(other * 50 + line + other * 50)
    found = [each for each in verify([pack]).findings if each.code == "audit.foreign_entry"]
    assert [(each.entry, each.last) for each in found] == [(0, 49), (51, 100)]
    monkeypatch.setattr(reading, "_MOST_ALIKE", 5)
    (pack / "entries.jsonl").write_bytes((other + line) * 50)
    found = [each for each in verify([pack]).findings if each.code == "audit.foreign_entry"]
    assert len(found) == 6
    assert "45" in found[-1].what


def test_what_a_log_tells_is_gone_through_once_however_much_is_acknowledged(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    entry = Entries._entry

    def counted(self: Entries, line: int) -> Entry:
        read.append(line)
        return entry(self, line)

    for number in range(1, 20):
        network.send("yks", "gt-ntt", f"bundle-{number:02}")
    with network["gt-ntt"].log() as log:
        log.append(*[network["gt-ntt"].entry("letter.sent", counterpart="yks", note="feedback")] * 50)
    packs = both(network)
    monkeypatch.setattr(Entries, "_entry", counted)
    monkeypatch.setattr(lines, "_KEPT", 1)
    assert verify(packs, keys=keys(network)).ok
    assert len(read) < 500  # of 230 entries; a thousand letters more, were they read for each acknowledgement
