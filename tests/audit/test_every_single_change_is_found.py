"""An attacker with full control of one organisation's disk changes one entry among 1,000 that others have witnessed.

Every place is tried through the reader of packs, the kinds of change in turn; every kind at every place stands in
test_attacker_on_one_organisations_disk.py, by roots. The plain attacker changes the entries and nothing else: then the
reader alone names the entry. The thorough one makes the tree anew and signs it with the organisation's own key: then
what the witness has kept speaks against the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from audit.network import Network

from exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from exchange.audit.entries import Opening
from exchange.audit.reading import read_pack
from exchange.audit.tiles import tiles
from exchange.audit.tree import Tree, leaf_hash
from exchange.audit.verify import verify

SIZE = 1000
Lines = list[bytes]


def redone(line: bytes, **changes: object) -> bytes:
    opening = Opening.read(line)
    return Opening(opening.entry.model_copy(update=changes), opening.salt).data


def edited(lines: Lines, place: int) -> Lines:
    return [*lines[:place], redone(lines[place], kind="store.exported", person="budi"), *lines[place + 1 :]]


def deleted(lines: Lines, place: int) -> Lines:
    return [*lines[:place], *lines[place + 1 :]]


def inserted(lines: Lines, place: int) -> Lines:
    return [*lines[:place], Opening(Opening.read(lines[place]).entry, bytes(16)).data, *lines[place:]]


def reordered(lines: Lines, place: int) -> Lines:
    first = min(place, SIZE - 2)
    return [*lines[:first], lines[first + 1], lines[first], *lines[first + 2 :]]


def back_dated(lines: Lines, place: int) -> Lines:
    earlier = Opening.read(lines[place]).entry.time - timedelta(days=1)
    return [*lines[:place], redone(lines[place], time=earlier), *lines[place + 1 :]]


CHANGES: dict[Callable[[Lines, int], Lines], str] = {
    edited: "audit.entry_altered",
    deleted: "audit.entry_missing",
    inserted: "audit.entry_inserted",
    reordered: "audit.entry_misplaced",
    back_dated: "audit.entry_altered",
}


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = Network(tmp_path_factory.mktemp("witnessed"), ["yks", "gt-ntt"])
    yks = network["yks"]
    with yks.log() as log:
        log.append(*(yks.entry("store.merged") for _number in range(SIZE)))
    yks.show(network["gt-ntt"])
    yks.pack()
    network["gt-ntt"].pack()
    return network


@pytest.fixture
def lines(witnessed: Network) -> Lines:
    return (witnessed.folder / "yks.pack" / "entries.jsonl").read_bytes().splitlines()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_reader_names_the_entry_that_was_changed(
    witnessed: Network, lines: Lines, change: Callable[[Lines, int], Lines]
) -> None:
    yks, pack = witnessed["yks"], witnessed.folder / "yks.pack"
    keys = {yks.origin: yks.key.verify_key}
    try:
        for place in (0, *range([*CHANGES].index(change), SIZE, len(CHANGES)), SIZE - 1):
            put(pack / "entries.jsonl", change(lines, place))
            found = [(each.code, each.entry) for each in read_pack(pack, keys).findings]
            assert found == [(CHANGES[change], min(place, SIZE - 2) if change is reordered else place)]
    finally:
        put(pack / "entries.jsonl", lines)


def test_what_the_witness_has_kept_speaks_against_a_tree_made_anew(witnessed: Network, lines: Lines) -> None:
    yks, pack, other = witnessed["yks"], witnessed.folder / "yks.pack", witnessed.folder / "gt-ntt.pack"
    keys = {each.origin: each.key.verify_key for each in witnessed.members.values()}
    changes = [*CHANGES]
    forged = witnessed.folder / "forged.pack"
    (forged / "tile").mkdir(parents=True)
    (forged / "pack.json").write_bytes((pack / "pack.json").read_bytes())
    for place in range(0, SIZE, 7):  # one tree made anew is as another: the rest is shown by roots
        made = changes[(place + 2) % len(changes)](lines, place)
        tree = Tree(map(leaf_hash, made))
        put(forged / "entries.jsonl", made)
        for name, content in tiles(tree.size, tree.node):
            (forged / name).parent.mkdir(parents=True, exist_ok=True)
            (forged / name).write_bytes(content)
        head = sign_checkpoint(Checkpoint(yks.origin, tree.size, tree.root()), yks.key)
        (forged / "checkpoint").write_bytes(head.data)
        verdict = verify([forged, other], keys=keys)
        assert not verdict.logs[0].ok
        assert verdict.logs[0].witnessed == 0
        assert {each.code for each in verdict.findings if each.weight == "wrong"} <= {
            "audit.history_rewritten",
            "audit.rolled_back",
        }


def put(path: Path, lines: Lines) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
