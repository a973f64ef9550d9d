"""A pack is read once, line by line; its entries are read when they are asked for, and must still be what they were."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from audit.network import Network

from exchange.audit import lines as lines_module
from exchange.audit import reading, unpack
from exchange.audit.entries import Entry
from exchange.audit.history import History
from exchange.audit.log import Log
from exchange.audit.reading import ReadLog, read_pack
from exchange.errors import AuditError


@pytest.fixture
def network(tmp_path: Path) -> Network:
    network = Network(tmp_path, ["yks", "gt-ntt"])
    yks = network["yks"]
    with yks.log() as log:
        log.append(*(yks.entry("store.read", person=f"p{number}") for number in range(600)))
        log.append(yks.entry("card.revoked", key="SHA256:" + "a" * 43))
        for number in (3, 300):
            log.erase(number, at=network.tick())
    return network


def read(network: Network, pack: Path) -> ReadLog:
    return read_pack(pack, {network["yks"].origin: network["yks"].key.verify_key})


@pytest.mark.parametrize("name", ["folder", "pack.tar"])
def test_every_entry_is_what_the_log_holds(network: Network, name: str) -> None:
    log = read(network, network["yks"].pack(name))
    with network["yks"].log() as own:
        held = {record.number: record.opening.entry for record in own.records() if record.opening}
    assert log.findings == []
    assert dict(log.entries) == held
    assert (len(log.entries), log.erased) == (601, {3, 300})
    assert (300 in log.entries, 301 in log.entries, 603 in log.entries, -1 in log.entries) == (
        False,
        True,
        False,
        False,
    )
    with pytest.raises(KeyError):
        log.entries[3]


def test_of_some_kinds_only_those_are_read(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History.of_read(read(network, network["yks"].pack()))
    asked: list[bytes] = []
    reread = lines_module.Opening.reread
    monkeypatch.setattr(lines_module.Opening, "reread", lambda data: (asked.append(data), reread(data))[1])
    found = list(history.of("card.revoked", "opening.erased"))
    assert [(number, entry.kind) for number, entry in found] == [
        (600, "card.revoked"),
        (601, "opening.erased"),
        (602, "opening.erased"),
    ]
    assert all(b"store.read" not in data for data in asked)


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_pack_that_changes_after_it_was_verified_is_not_believed(network: Network, how: str) -> None:
    pack = network["yks"].pack()
    log = read(network, pack)
    file = pack / "entries.jsonl"
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace(b'"p7"', b'"p8"'))
    with pytest.raises(AuditError) as refused:
        log.entries[7]
    assert refused.value.codes == ("audit.pack_changed",)


def test_what_the_expression_does_not_take_is_read_the_slow_way(tmp_path: Path) -> None:
    network = Network(tmp_path, ["yks"])
    network.now = datetime(2028, 2, 29, 8, tzinfo=UTC)
    written = [network["yks"].entry("store.merged"), network["yks"].entry("store.merged")]
    network["yks"].write("store.merged")
    with network["yks"].log() as log:
        log.append(*written)
    found = read(network, network["yks"].pack())
    assert list(found.entries.values())[1:] == written
    assert found.findings == []


def test_a_bundle_of_entries_has_nothing_where_one_was_erased(network: Network) -> None:
    pack = network["yks"].pack()
    bundle, sizes = (pack / "tile/entries/000").read_bytes(), []
    while bundle:
        sizes.append(int.from_bytes(bundle[:2], "big"))
        bundle = bundle[2 + sizes[-1] :]
    assert [number for number, size in enumerate(sizes) if not size] == [3]
    assert len(sizes) == 256


def test_a_pack_brings_only_so_many_documents(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = network["yks"].pack()
    for number in range(5):
        (pack / f"cards/{number}.card").write_bytes(b"x" * 100)
    monkeypatch.setattr(reading, "_MAX_DOCUMENTS", 350)
    log = read(network, pack)
    assert [each.code for each in log.findings] == ["audit.pack_damaged"]
    assert sum(map(len, log.documents.values())) <= 2 * 350
    assert len(log.entries) == 601


def test_a_pack_has_only_so_many_files(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = network["yks"].pack()
    monkeypatch.setattr(unpack, "_MAX_FILES", 5)
    assert "audit.pack_damaged" in [each.code for each in read(network, pack).findings]


def test_nobody_reads_lines_without_end_that_are_no_entries(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = network["yks"].pack()
    with (pack / "entries.jsonl").open("ab") as file:
        file.write(b"\n" * 1_000_000)
    monkeypatch.setattr(lines_module, "_MOST_UNREADABLE", 1000)
    log = read(network, pack)
    assert {"audit.pack_damaged", "audit.entry_unsigned"} <= {each.code for each in log.findings}
    assert len(log.entries) == 601


def test_entries_of_a_log_are_the_same_whoever_reads_them(network: Network) -> None:
    yks = network["yks"]
    pack = yks.pack()
    with Log.open(yks.path) as log:
        own: dict[int, Entry] = dict(History.of_log(log, yks.key.verify_key).of("store.read"))
    assert own == dict(History.of_read(read(network, pack)).of("store.read"))
