"""Whatever is done to a sealed file: a refusal of ours, or a file of the one form; never another exception, never a
byte written. A few of each kind here; `make fuzz-seal` runs many."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seal.forging import archive, member
from seal.fuzz import WATCH, one
from seal.mutations import KINDS, Genuine, genuine_files, summed
from seal.parties import RECIPIENT, SENDER, party

from exchange.seal import opening
from exchange.seal.layout import Front


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Genuine, ...]:
    folder = tmp_path_factory.mktemp("sides")
    return genuine_files(party(SENDER, folder, RECIPIENT), party(RECIPIENT, folder, SENDER))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=6)
@given(seed=st.integers(0, 2**32))
def test_a_spoiled_file_is_refused_by_both_openers_and_leaves_nothing(
    genuine: tuple[Genuine, ...], tmp_path_factory: pytest.TempPathFactory, kind: str, seed: int
) -> None:
    one(kind, seed, genuine, tmp_path_factory.mktemp("fuzz"))


def test_the_kinds_spoil_what_they_name(genuine: tuple[Genuine, ...]) -> None:
    """A mutation that changes nothing would test nothing."""
    for kind, (_maker, spoil) in KINDS.items():
        for number in range(2):
            files = {spoil(random.Random(seed), genuine[number]) for seed in range(6)}
            assert len(files - {genuine[number].file}) >= 3, kind


def test_the_watch_sees_what_is_written_before_all_is_verified(
    genuine: tuple[Genuine, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nothing would be proved by its silence."""
    check = opening.check_front

    def leaking(front: Front, *others: object) -> object:
        (tmp_path / "leaked").write_bytes(front.envelope)
        return check(front, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "check_front", leaking)
    folder = tmp_path / "fuzz"
    folder.mkdir()
    with pytest.raises(AssertionError, match="leaked"):
        one("signature", 1, genuine, folder)
    assert WATCH.seen == [str(tmp_path / "leaked")]


def test_a_file_that_says_it_is_huge_takes_no_memory(genuine: tuple[Genuine, ...]) -> None:
    """2 GiB, in the header of a member that is not there, at either level."""
    of, huge = genuine[0], b"%011o\0" % (2**31 - 512)
    inner = summed(member("a", b"")[:124] + huge + member("a", b"")[136:])
    outer = of.parts.members()
    outer[3] = summed(outer[3][:124] + huge + outer[3][136:512]) + outer[3][512:]
    files = of.signed(replace(of.parts, payload=archive(inner))), of.encrypted(archive(*outer))
    tracemalloc.start()
    codes = [of.recipient.refuses(file).codes for file in files]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert codes == [("seal.payload",), ("seal.altered",)]
    assert peak < 16 * 2**20, f"{peak} bytes"  # buffers of a few batches
