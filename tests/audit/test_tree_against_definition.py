"""The tree against RFC 6962's recursive definition, written here once more, as plainly as the RFC has it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.audit.tree import (
    EMPTY_ROOT,
    Tree,
    consistency_path,
    grown,
    inclusion_path,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from exchange.errors import AuditError


def mth(data: list[bytes]) -> bytes:
    """Merkle Tree Hash, RFC 6962 section 2.1."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def data_of(size: int) -> list[bytes]:
    return [number.to_bytes(4) for number in range(size)]


def tree_of(data: list[bytes]) -> Tree:
    return Tree(leaf_hash(each) for each in data)


def flipped(value: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(value))


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_every_root_is_the_definition(data: list[bytes]) -> None:
    tree = tree_of(data)
    assert tree.root() == mth(data)
    for size in range(len(data) + 1):
        assert tree.root(size) == mth(data[:size])


@given(st.lists(st.binary(max_size=8), max_size=70), st.integers(0, 70))
def test_a_tree_grows_by_the_nodes_that_new_leaves_complete(data: list[bytes], size: int) -> None:
    before, whole = tree_of(data[:size]), tree_of(data)
    for level, first, hashes in grown(before.size, before.node, [*map(leaf_hash, data[size:])]):
        assert [whole.node(level, first + place) for place in range(len(hashes))] == hashes
        assert (first + len(hashes)) == len(data) >> level


def test_the_empty_tree_has_the_root_of_nothing() -> None:
    assert Tree().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_every_proof_of_small_trees_is_accepted() -> None:
    tree = tree_of(data_of(33))
    for size in range(1, 34):
        root = tree.root(size)
        for index in range(size):
            verify_inclusion(tree.node(0, index), index, size, inclusion_path(index, size, tree.node), root)
        for first in range(1, size + 1):
            verify_consistency(first, size, consistency_path(first, size, tree.node), tree.root(first), root)


@settings(max_examples=150)
@given(st.data())
def test_inclusion_holds_for_no_other_leaf_place_or_path(draw: st.DataObject) -> None:
    size = draw.draw(st.integers(2, 300))
    index = draw.draw(st.integers(0, size - 1))
    tree = tree_of(data_of(size))
    path = inclusion_path(index, size, tree.node)
    leaf, root = tree.node(0, index), tree.root()
    verify_inclusion(leaf, index, size, path, root)
    at, bit = draw.draw(st.integers(0, len(path) - 1)), draw.draw(st.integers(0, 255))
    other = draw.draw(st.integers(0, size - 1).filter(lambda number: number != index))
    lies = [
        (flipped(leaf, bit), index, path, root),
        (leaf, other, path, root),
        (leaf, index, [*path[:at], flipped(path[at], bit), *path[at + 1 :]], root),
        (leaf, index, path[:-1], root),
        (leaf, index, [*path, root], root),
        (leaf, index, path, flipped(root, bit)),
    ]
    for lie_leaf, lie_index, lie_path, lie_root in lies:
        with pytest.raises(AuditError):
            verify_inclusion(lie_leaf, lie_index, size, lie_path, lie_root)


@settings(max_examples=150)
@given(st.data())
def test_no_changed_history_is_consistent(draw: st.DataObject) -> None:
    second = draw.draw(st.integers(2, 300))
    first = draw.draw(st.integers(1, second - 1))
    changed = draw.draw(st.integers(0, first - 1))
    data = data_of(second)
    honest = tree_of(data)
    forged = tree_of([*data[:changed], b"changed", *data[changed + 1 :]])
    verify_consistency(first, second, consistency_path(first, second, honest.node), honest.root(first), honest.root())
    for path in (consistency_path(first, second, tree.node) for tree in (honest, forged)):
        with pytest.raises(AuditError):
            verify_consistency(first, second, path, honest.root(first), forged.root())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_proof_of_what_is_not_there_is_refused(index: int, size: int) -> None:
    with pytest.raises(AuditError) as refused:
        inclusion_path(index, size, tree_of(data_of(3)).node)
    assert refused.value.codes == ("audit.proof_out_of_range",)


def test_a_longer_log_cannot_precede_a_shorter_one() -> None:
    with pytest.raises(AuditError) as refused:
        consistency_path(4, 3, tree_of(data_of(4)).node)
    assert refused.value.codes == ("audit.proof_out_of_range",)
