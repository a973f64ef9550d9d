"""Tiles: names, widths and hashes as C2SP tlog-tiles says, with the example of the specification."""

from __future__ import annotations

from collections import Counter

from exchange.audit.tiles import entry_bundles, leaf_tiles, tile_path, tiles
from exchange.audit.tree import Tree, leaf_hash


def test_names_are_in_groups_of_three_digits() -> None:
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(3, 5) == "tile/3/005"
    assert tile_path(0, 273, 112) == "tile/0/273.p/112"


def test_a_tree_of_70_000_has_the_tiles_of_the_example() -> None:
    made = {path: len(content) // 32 for path, content in tiles(70_000, lambda _level, _index: bytes(32))}
    assert Counter((path.split("/")[1], width) for path, width in made.items()) == {
        ("0", 256): 273,
        ("0", 112): 1,
        ("1", 256): 1,
        ("1", 17): 1,
        ("2", 1): 1,
    }
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= set(made)


def test_a_tree_of_256_is_a_full_tile_and_one_hash_above() -> None:
    tree = Tree(leaf_hash(number.to_bytes(2, "big")) for number in range(256))
    made = dict(tiles(256, tree.node))
    assert set(made) == {"tile/0/000", "tile/1/000.p/1"}
    assert made["tile/1/000.p/1"] == tree.root()
    assert made["tile/0/000"][32:64] == leaf_hash(b"\x00\x01")


def test_leaf_tiles_are_those_of_level_0() -> None:
    made = [path for path, _content in tiles(600, lambda _level, _index: bytes(32)) if path.startswith("tile/0/")]
    assert [(path, first, width) for path, first, width in leaf_tiles(600)] == [
        (made[0], 0, 256),
        (made[1], 256, 256),
        (made[2], 512, 88),
    ]


def test_an_empty_tree_has_no_tiles() -> None:
    assert list(tiles(0, Tree().node)) == []


def test_an_entry_bundle_has_every_entry_behind_its_length() -> None:
    entries = [b"a", b"", b"x" * 65535, *[b"bc"] * 254]
    made = dict(entry_bundles(entries))
    assert set(made) == {"tile/entries/000", "tile/entries/001.p/1"}
    assert made["tile/entries/000"].startswith(b"\x00\x01a\x00\x00\xff\xffxx")
    assert made["tile/entries/001.p/1"] == b"\x00\x02bc"
    assert list(entry_bundles([])) == []
