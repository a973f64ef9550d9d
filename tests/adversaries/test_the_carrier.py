"""The carrier: the server and the line between. It holds every sealed file, no key, and may do what it likes."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seal.forging import cut_points
from seal.parties import MEMBERS, RECIPIENT, SENDER, Party, bundle, letter, party, refusal

from exchange.bundle.parcel import Member
from exchange.seal.opening import open_sealed, unpack_sealed
from exchange.seal.sinks import FolderSink

DAMAGE = {"seal.damaged", "seal.downgraded", "seal.not_for_us"}


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Party, Party]:
    folder = tmp_path_factory.mktemp("carrier")
    return party(SENDER, folder, RECIPIENT), party(RECIPIENT, folder, SENDER)


@pytest.fixture(scope="module")
def file(sides: tuple[Party, Party]) -> bytes:
    sealed, _what = sides[0].seal(bundle(1, (*MEMBERS, Member("data/large.csv", random.Random(7).randbytes(100_000)))))
    return sealed


def refused_and_nothing_written(recipient: Party, file: bytes, folder: Path) -> str:
    """The code of the refusal, which opening into a folder gives too, leaving nothing behind."""
    code = recipient.refuses(file).codes[0]
    out = folder / "out"
    again = refusal(
        lambda: unpack_sealed(io.BytesIO(file), recipient.identity, recipient.cards, recipient.facts(), out)
    )
    assert again.codes == (code,)
    assert not [path for path in folder.iterdir() if "out" in path.name]
    return code


def test_a_file_cut_short_anywhere_is_refused(sides: tuple[Party, Party], file: bytes, tmp_path: Path) -> None:
    places = {*cut_points(file), *random.Random(1).sample(range(len(file)), 30)}
    for at in sorted(places):
        assert refused_and_nothing_written(sides[1], file[:at], tmp_path) == "seal.damaged", at


def test_a_file_that_goes_on_is_refused(sides: tuple[Party, Party], file: bytes, tmp_path: Path) -> None:
    for more in (b"\0", b"x" * 16, bytes(65552), file):
        assert refused_and_nothing_written(sides[1], file + more, tmp_path) == "seal.damaged"


def test_one_altered_bit_anywhere_is_refused(sides: tuple[Party, Party], file: bytes, tmp_path: Path) -> None:
    chance = random.Random(2)
    places = [*chance.sample(range(1700), 60), *chance.sample(range(1700, len(file)), 60), len(file) - 1]
    for at in places:
        altered = bytearray(file)
        altered[at] ^= 1 << chance.randrange(8)
        assert refused_and_nothing_written(sides[1], bytes(altered), tmp_path) in DAMAGE, at


@pytest.mark.parametrize(
    "change",
    [
        lambda head, chunks: head + b"".join(reversed(chunks)),
        lambda head, chunks: head + b"".join([chunks[1], chunks[0], *chunks[2:]]),
        lambda head, chunks: head + b"".join(chunks[1:]),
        lambda head, chunks: head + b"".join([*chunks[:-2], chunks[-1]]),
        lambda head, chunks: head + b"".join([*chunks, chunks[-1]]),
        lambda head, chunks: head + b"".join([chunks[0], *chunks]),
    ],
)
def test_chunks_out_of_their_order_are_refused(
    sides: tuple[Party, Party], file: bytes, tmp_path: Path, change: Callable[[bytes, list[bytes]], bytes]
) -> None:
    start = file.index(b"\n--- ") + 49 + 16
    chunks = [file[at : at + 65552] for at in range(start, len(file), 65552)]
    assert refused_and_nothing_written(sides[1], change(file[:start], chunks), tmp_path) == "seal.damaged"


def test_the_halves_of_two_files_do_not_make_one(sides: tuple[Party, Party], file: bytes, tmp_path: Path) -> None:
    other, _sealed = sides[0].seal(bundle(2))
    for at in cut_points(file):
        if at > 0:
            mixed = file[:at] + other[at:]
            assert mixed in {file, other} or refused_and_nothing_written(sides[1], mixed, tmp_path) in DAMAGE


def test_what_is_no_sealed_file_is_refused(sides: tuple[Party, Party], tmp_path: Path) -> None:
    for rubbish in (b"", b"\n", b"age-encryption.org/v1\n", b"\0" * 300_000, b"-> X25519 a\n" * 9000, b"PK\x03\x04"):
        assert refused_and_nothing_written(sides[1], rubbish, tmp_path) == "seal.damaged"


@pytest.mark.parametrize("change", ["another file", "its last chunk", "cut between chunks", "gone on"])
def test_a_file_changed_between_the_two_passes_is_refused(
    sides: tuple[Party, Party], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Whoever can write to the inbox while a file is opened gains nothing, not even with a file that is itself good:
    no byte of it is ever written."""
    sender, recipient = sides
    secret = Member("data/large.csv", random.Random(7).randbytes(300_000))
    good, other = sender.seal(bundle(1, (secret,)))[0], sender.seal(bundle(2, (Member("other.csv", b"x"),)))[0]
    other = {
        "another file": other,
        "its last chunk": good[:-65000] + other[-65000:],
        "cut between chunks": good[: 4 * 65536],
        "gone on": good + b"x",
    }[change]
    begun: list[str] = []
    begin = FolderSink.begin
    monkeypatch.setattr(FolderSink, "begin", lambda *given: (begun.append(given[1]), begin(*given)))

    class Changing(io.BytesIO):
        readings = 0

        def seek(self, *where: int) -> int:
            self.readings += 1
            if self.readings == 3:  # the stanza, the first pass, the second pass
                super().seek(0)
                self.truncate()
                self.write(other)
            return super().seek(*where)

    facts = recipient.facts()
    error = refusal(lambda: open_sealed(Changing(good), recipient.identity, recipient.cards, facts))
    assert error.codes == ("seal.changed",)
    out = tmp_path / "out"
    error = refusal(lambda: unpack_sealed(Changing(good), recipient.identity, recipient.cards, facts, out))
    assert error.codes == ("seal.changed",)
    assert not list(tmp_path.iterdir())
    assert begun == ([] if change == "another file" else ["data/large.csv"])


def test_a_file_that_cannot_be_read_is_refused(sides: tuple[Party, Party], file: bytes) -> None:
    class Broken(io.BytesIO):
        def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
            if self.tell() > 100_000:
                raise OSError(5, "Input/output error")
            return super().readinto(buffer)

    recipient = sides[1]
    error = refusal(lambda: open_sealed(Broken(file), recipient.identity, recipient.cards, recipient.facts()))
    assert (error.codes, error.answer) == (("seal.unreadable",), "silence")


def test_files_kept_back_and_let_through_later_show_as_a_gap(tmp_path: Path) -> None:
    sender, recipient = party(SENDER, tmp_path, RECIPIENT), party(RECIPIENT, tmp_path, SENDER)
    first, second, third, fourth = (sender.send(bundle(number))[0] for number in (1, 2, 3, 4))
    recipient.take(first)
    held = recipient.refuses(fourth)
    assert (held.codes, held.answer, held.missing) == (("seal.out_of_sequence",), "hold", range(2, 4))
    assert held.envelope
    assert held.envelope.sequence == 4
    for file in (second, third, fourth):
        recipient.take(file)


def test_a_file_delivered_twice_is_taken_in_once(tmp_path: Path) -> None:
    sender, recipient = party(SENDER, tmp_path, RECIPIENT), party(RECIPIENT, tmp_path, SENDER)
    for parcel in (bundle(1), letter(2)):
        file, sealed = sender.send(parcel)
        recipient.take(file)
        error = recipient.refuses(file)
        assert (error.codes, error.answer, error.envelope) == (("seal.replayed",), "receipt", sealed.envelope)


def test_a_damaged_body_uses_up_no_number(tmp_path: Path) -> None:
    """Else a carrier could make the recipient turn away the true file."""
    sender, recipient = party(SENDER, tmp_path, RECIPIENT), party(RECIPIENT, tmp_path, SENDER)
    file, _sealed = sender.send(bundle())
    error = recipient.refuses(file[:-1])
    assert (error.answer, error.envelope) == ("silence", None)
    recipient.take(file)


def test_a_file_kept_back_until_it_expired_is_refused(sides: tuple[Party, Party], file: bytes) -> None:
    from seal.parties import LATER

    error = sides[1].refuses(file, sides[1].facts(LATER))
    assert (error.codes, error.answer) == (("seal.expired",), "refusal")


@settings(max_examples=150, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 262_000), st.integers(0, 40), st.binary(max_size=40)), min_size=1, max_size=3
    ),
    near=st.booleans(),
)
def test_whatever_the_carrier_writes_nothing_but_a_refusal_comes_of_it(
    sides: tuple[Party, Party],
    file: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[int, int, bytes]],
    near: bool,  # hypothesis gives it
) -> None:
    mutated = bytearray(file)
    for at, length, new in edits:
        place = at % 1720 if near else at  # the header is small, and half the tries should go there
        mutated[place : place + length] = new
    if bytes(mutated) != file:
        code = refused_and_nothing_written(sides[1], bytes(mutated), tmp_path_factory.mktemp("fuzz"))
        assert code in DAMAGE
