"""Parcels whose members lie in files, and files so large that several threads work on them: what comes out is what went
in, nothing that nobody signed is ever sealed, and a carrier gains nothing by size."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from seal.parties import AGREEMENT, DAY, LATER, NOW, Party, bundle, refusal

from exchange.bundle.parcel import Bundle, FileMember, Member
from exchange.errors import BundleError, SealError
from exchange.keyring.private_files import GrowingFile
from exchange.seal import sealing
from exchange.seal.opening import open_sealed, unpack_sealed
from exchange.seal.sealing import seal
from exchange.seal.series import Place
from exchange.seal.twice import Reading

LARGE = 9 * 1024**2 + 77


@pytest.fixture(scope="module")
def content() -> bytes:
    return random.Random(11).randbytes(LARGE)


@pytest.fixture
def file(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "cases.csv"
    file.write_bytes(content)
    return file


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def in_files(file: Path) -> Bundle:
    members = (Member("datapackage.json", b"{}"), FileMember.of("data/cases.csv", file))
    return Bundle(f"{1:032x}", "yks", "gt-ntt", AGREEMENT, "2026-10", None, members)


def test_a_member_in_a_file_is_sealed_as_one_in_memory(
    sender: Party, recipient: Party, file: Path, content: bytes, tmp_path: Path
) -> None:
    sealed_file, sealed = sender.seal(in_files(file))
    in_memory, _sealed = sender.seal(bundle(1, (Member("datapackage.json", b"{}"), Member("data/cases.csv", content))))
    assert len(sealed_file) == len(in_memory) == sealed.size
    opened = recipient.open(sealed_file)
    assert [(each.path, each.content) for each in opened.parcel.members] == [
        ("datapackage.json", b"{}"),
        ("data/cases.csv", content),
    ]
    assert opened.ciphertext == sealed.ciphertext
    out = tmp_path / "out"
    unpack_sealed(io.BytesIO(sealed_file), recipient.identity, recipient.cards, recipient.facts(), out)
    assert (out / "data/cases.csv").read_bytes() == content


def test_an_empty_file_is_a_member_too(sender: Party, recipient: Party, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    opened = recipient.open(sender.seal(in_files(tmp_path / "empty"))[0])
    assert opened.parcel.members[1].content == b""


@pytest.mark.parametrize("change", ["one byte", "the last byte", "longer", "shorter", "gone"])
@pytest.mark.parametrize("size", [1000, LARGE])
def test_a_file_that_changes_between_signing_and_sealing_is_never_sealed(
    sender: Party, recipient: Party, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, size: int
) -> None:
    file = tmp_path / "cases.csv"
    before = random.Random(3).randbytes(size)
    file.write_bytes(before)
    after = {
        "one byte": before[: size // 2] + bytes([before[size // 2] ^ 1]) + before[size // 2 + 1 :],
        "the last byte": before[:-1] + bytes([before[-1] ^ 1]),
        "longer": before + b"x",
        "shorter": before[:-1],
    }
    parcel, target = in_files(file), io.BytesIO()
    real, signed = sealing.sign, []

    def sign(*what: object) -> str:
        signed.append(what)
        if len(signed) == 2:  # the first only measures a signature
            file.unlink() if change == "gone" else file.write_bytes(after[change])
        return real(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(sealing, "sign", sign)
    card, times = sender.cards.get("gt-ntt", DAY), {"created": NOW, "expires": LATER}
    with pytest.raises(BundleError) as caught:
        seal(parcel, sender.identity, card, Place(1, None), randomness=bytes, target=target, **times)
    assert caught.value.codes == ("bundle.unreadable" if change == "gone" else "bundle.file_changed",)
    assert "cases.csv" in caught.value.problems[0].where
    assert recipient.refuses(target.getvalue()).codes == ("seal.damaged",)


def test_a_file_that_changed_before_it_is_signed_is_refused(sender: Party, file: Path) -> None:
    parcel = in_files(file)
    file.write_bytes(b"another")
    with pytest.raises(BundleError) as caught:
        sender.seal(parcel)
    assert caught.value.codes == ("bundle.file_changed",)


def test_a_file_that_cannot_be_read_is_said_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        FileMember.of("data/cases.csv", tmp_path / "nowhere")
    assert caught.value.codes == ("bundle.unreadable",)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.99])
@pytest.mark.parametrize("change", ["altered", "cut"])
def test_a_large_file_that_was_altered_is_refused_and_nothing_is_written(
    sender: Party, recipient: Party, file: Path, tmp_path: Path, place: float, change: str
) -> None:
    sealed, _what = sender.seal(in_files(file))
    at = int(len(sealed) * place)
    altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] if change == "altered" else sealed[:at]
    out, keys = tmp_path / "out", (recipient.identity, recipient.cards)
    error = refusal(lambda: unpack_sealed(io.BytesIO(altered), *keys, recipient.facts(), out))
    assert error.codes == ("seal.damaged",)
    assert not out.exists()


@pytest.mark.parametrize("place", [0.05, 0.5, 0.95])
def test_a_large_file_that_changes_between_the_passes_is_refused_and_nothing_stays(
    sender: Party, recipient: Party, file: Path, tmp_path: Path, place: float
) -> None:
    sealed, _what = sender.seal(in_files(file))

    @dataclass
    class Changing(io.BytesIO):
        readings: int = 0

        def seek(self, *where: int) -> int:
            self.readings += 1
            if self.readings == 3:  # the stanza, the first pass, the second pass
                super().seek(int(len(sealed) * place))
                self.write(b"x")
            return super().seek(*where)

    out, keys = tmp_path / "out", (recipient.identity, recipient.cards)
    changing = Changing()
    changing.write(sealed)
    error = refusal(lambda: unpack_sealed(changing, *keys, recipient.facts(), out))
    assert error.codes == ("seal.changed",)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".out", "out"))] == []


def test_a_source_that_breaks_in_a_large_file_is_said(sender: Party, recipient: Party, file: Path) -> None:
    class Broken(io.BytesIO):
        def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
            if self.tell() > 6_000_000:
                raise OSError(5, "Input/output error")
            return super().readinto(buffer)

    sealed, _what = sender.seal(in_files(file))
    error = refusal(lambda: open_sealed(Broken(sealed), recipient.identity, recipient.cards, recipient.facts()))
    assert error.codes == ("seal.unreadable",)


def test_a_disk_that_fills_while_a_large_file_is_sealed_leaves_nothing(
    sender: Party, file: Path, tmp_path: Path
) -> None:
    card, times = sender.cards.get("gt-ntt", DAY), {"created": NOW, "expires": LATER}
    home = tmp_path / "sealed"
    home.mkdir()

    class Full(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            if self.tell() > 5_000_000:
                raise OSError(28, "No space left on device")
            return super().write(data)

    with GrowingFile(home) as growing:
        growing.file.close()
        growing.file = Full()
        with pytest.raises(SealError) as caught:
            seal(in_files(file), sender.identity, card, Place(1, None), randomness=bytes, target=growing.file, **times)
    assert caught.value.codes == ("seal.not_written",)
    assert not list(home.iterdir())


def test_a_file_that_grows_is_private_and_has_its_name_only_when_it_is_kept(tmp_path: Path) -> None:
    with GrowingFile(tmp_path) as growing:
        growing.file.write(b"half")
        (hidden,) = tmp_path.iterdir()
        assert hidden.name.startswith(".")
        assert hidden.stat().st_mode & 0o777 == 0o600
        kept = growing.keep("whole")
    assert [*tmp_path.iterdir()] == [kept]
    assert kept.read_bytes() == b"half"
    assert kept.stat().st_mode & 0o777 == 0o600
    with GrowingFile(tmp_path) as growing:
        growing.file.write(b"never kept")
    assert [*tmp_path.iterdir()] == [kept]


def test_a_reading_that_failed_never_looks_like_the_end_of_the_file() -> None:
    class Breaks(io.BytesIO):
        def readinto(self, buffer: object) -> int:  # type: ignore[override]  # it never fills it
            raise OSError(5, "a bad disk")

    reading = Reading(Breaks(b"x" * 10))
    for _again in range(2):
        with pytest.raises(SealError) as caught:
            reading.readinto(bytearray(5))
        assert caught.value.codes == ("seal.unreadable",)
