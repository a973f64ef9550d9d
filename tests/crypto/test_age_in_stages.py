"""Long age files are worked on by several threads. They are the files that one thread would make, whatever the sizes;
whoever alters them, and whatever breaks in the middle, is met as by one thread; and no thread stays behind."""

from __future__ import annotations

import gc
import io
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.crypto import stages
from exchange.crypto.age import CHUNK, ChunkReader, ChunkWriter
from exchange.crypto.age_chunks import BATCH, SEALED, Batch, Chunks, Opened
from exchange.crypto.hashing import hkdf
from exchange.errors import CryptoError

KEY = bytes(range(16))
NONCE = 16
PLAIN = b"".join(number.to_bytes(8, "big") for number in range(5 * BATCH * CHUNK // 8 + 100_000))
BORDERS = [batches * BATCH * CHUNK + chunks * CHUNK for batches in range(6) for chunks in (-1, 0, 1)]


def near_a_border() -> st.SearchStrategy[int]:
    sizes = st.builds(int.__add__, st.sampled_from(BORDERS), st.integers(-2, 2))
    return sizes.filter(lambda size: 0 <= size <= len(PLAIN))


def by_one_thread(plain: bytes, nonce: bytes) -> bytes:
    """The payload as C2SP's text says, chunk after chunk."""
    cipher = ChaCha20Poly1305(hkdf(KEY, salt=nonce, info=b"payload"))
    chunks = [plain[start : start + CHUNK] for start in range(0, max(1, len(plain)), CHUNK)]
    last = len(chunks) - 1
    sealed = (cipher.encrypt(n.to_bytes(11, "big") + bytes([n == last]), each, None) for n, each in enumerate(chunks))
    return nonce + b"".join(sealed)


FILE = by_one_thread(PLAIN, bytes(NONCE))


def reader(source: io.BytesIO | io.RawIOBase) -> ChunkReader:
    return ChunkReader(source, KEY)  # type: ignore[arg-type]


def pieces_until_it_fails(read: ChunkReader, size: int) -> tuple[bytes, BaseException | None]:
    """What it gave, and why it gave no more."""
    given = bytearray()
    try:
        while piece := read.read1(size):
            given += piece
    except Exception as failure:  # whatever it is
        return bytes(given), failure
    return bytes(given), None


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


# --- the same bytes ---


@settings(max_examples=20, deadline=None)
@given(near_a_border(), st.lists(st.integers(1, 3 * BATCH * CHUNK), max_size=6))
def test_whatever_is_written_in_whatever_pieces_is_what_one_thread_writes(size: int, pieces: list[int]) -> None:
    target = io.BytesIO()
    with ChunkWriter(target, KEY) as writer:
        rest = memoryview(PLAIN)[:size]
        for piece in pieces:
            writer.write(rest[:piece])
            rest = rest[piece:]
        writer.copy_from(io.BytesIO(rest))
    file = target.getvalue()
    assert file == by_one_thread(PLAIN[:size], file[:NONCE])


@settings(max_examples=20, deadline=None)
@given(near_a_border(), st.integers(1, 3 * BATCH * CHUNK), st.integers(1, 2 * BATCH * CHUNK))
def test_whatever_is_read_in_whatever_pieces_is_what_was_written(size: int, given_at_once: int, asked: int) -> None:
    with reader(InPieces(by_one_thread(PLAIN[:size], bytes(NONCE)), given_at_once + 1000)) as opened:
        parts = list(iter(lambda: opened.read(asked + 1000), b""))
        assert b"".join(parts) == PLAIN[:size]
        assert all(len(part) == asked + 1000 for part in parts[:-1])
        assert opened.read(1) == b""


def test_a_copy_is_what_was_written() -> None:
    target = io.BytesIO()
    with reader(io.BytesIO(FILE)) as opened:
        assert opened.read(10) == PLAIN[:10]
        opened.copy_to(target)
    assert target.getvalue() == PLAIN[10:]
    assert b"".join(reader(io.BytesIO(FILE)).chunks()) == PLAIN


# --- what was altered ---


@settings(max_examples=20, deadline=None)
@given(st.integers(NONCE, len(FILE) - 1), st.integers(1, 255), st.integers(CHUNK // 4, 4 * CHUNK))
def test_what_stands_before_an_altered_byte_is_given_and_nothing_after_it(place: int, change: int, asked: int) -> None:
    altered = bytearray(FILE)
    altered[place] ^= change
    with reader(io.BytesIO(altered)) as opened:
        assert_cut(opened, (place - NONCE) // SEALED, asked)


@settings(max_examples=20, deadline=None)
@given(
    near_a_border().map(lambda size: NONCE + size // CHUNK * SEALED + size % CHUNK), st.integers(CHUNK // 4, 4 * CHUNK)
)
def test_a_file_cut_short_anywhere_never_ends(length: int, asked: int) -> None:
    cut = FILE[: min(length, len(FILE) - 1)]
    with reader(io.BytesIO(cut)) as opened:
        assert_cut(opened, (len(cut) - NONCE) // SEALED, asked)


@pytest.mark.parametrize("size", [100, CHUNK, BATCH * CHUNK + CHUNK, 4 * BATCH * CHUNK, 4 * BATCH * CHUNK + CHUNK])
def test_a_file_that_goes_on_after_its_last_chunk_never_ends(size: int) -> None:
    whole = by_one_thread(PLAIN[:size], bytes(NONCE))
    for more in (b"x", whole[NONCE:], bytes(BATCH * SEALED)):
        given, failure = pieces_until_it_fails(reader(io.BytesIO(whole + more)), CHUNK)
        assert PLAIN.startswith(given)
        assert isinstance(failure, CryptoError)
        assert failure.codes == ("age.payload",)


@pytest.mark.parametrize("last", [0, 3, BATCH - 1, BATCH, 3 * BATCH, 4 * BATCH])
def test_nothing_comes_after_the_last_chunk_not_even_by_who_has_the_key(last: int) -> None:
    file = by_one_thread(PLAIN[: (last + 1) * CHUNK], bytes(NONCE)) + FILE[NONCE + (last + 1) * SEALED :]
    given, failure = pieces_until_it_fails(reader(io.BytesIO(file)), CHUNK)
    assert given == PLAIN[: (last + 1) * CHUNK]
    assert isinstance(failure, CryptoError)
    assert failure.codes == ("age.payload",)


@pytest.mark.parametrize("first", [1, BATCH, 3 * BATCH, 5 * BATCH])
def test_batches_that_change_places_are_refused(first: int) -> None:
    at = [NONCE + SEALED * number for number in (first, first + 1, first + 2)]
    swapped = FILE[: at[0]] + FILE[at[1] : at[2]] + FILE[at[0] : at[1]] + FILE[at[2] :]
    with reader(io.BytesIO(swapped)) as opened:
        assert_cut(opened, first, CHUNK)


def assert_cut(opened: ChunkReader, whole_chunks: int, asked: int) -> None:
    """It gives these chunks and fails, now and whenever it is asked again."""
    given, failure = pieces_until_it_fails(opened, asked)
    assert given == PLAIN[: whole_chunks * CHUNK]
    assert isinstance(failure, CryptoError)
    assert failure.codes == ("age.payload",)
    for _attempt in range(2):
        with pytest.raises(CryptoError):
            opened.read(1)


# --- what breaks in the middle ---


class InPieces(io.BytesIO):
    """Gives no more than so much at once, and breaks where it is told to."""

    def __init__(self, content: bytes, most: int, breaks_at: int | None = None) -> None:
        super().__init__(content)
        self._most, self._breaks_at = most, breaks_at

    def read(self, size: int | None = -1, /) -> bytes:
        self._break()
        return super().read(self._most if size is None or size < 0 else min(size, self._most))

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        self._break()
        return super().readinto(buffer[: self._most])

    def _break(self) -> None:
        if self._breaks_at is not None and self.tell() > self._breaks_at:
            raise OSError(5, "Input/output error")


class Full(io.BytesIO):
    """A disk with so much room."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if len(data) > super().write(data[: self._room - self.tell()]):
            raise OSError(28, "No space left on device")
        return len(data)


class Hiccup(io.BytesIO):
    """Fails once, after some batches, and never again."""

    failed = False

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if not self.failed and self.tell() > 3 * BATCH * SEALED:
            self.failed = True
            raise OSError(5, "once")
        return super().write(data)


class Slow(io.BytesIO):
    """Lets the others run before it looks at what it is given."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        time.sleep(0.03)
        return super().write(data)


@settings(max_examples=15, deadline=None)
@given(st.integers(NONCE, len(FILE) - 1))
def test_a_source_that_breaks_is_said_each_time_after_what_it_gave(at: int) -> None:
    with reader(InPieces(FILE, CHUNK, breaks_at=at)) as opened:
        given, failure = pieces_until_it_fails(opened, CHUNK)
        assert PLAIN.startswith(given)
        whole = (at - NONCE) // SEALED
        assert len(given) >= CHUNK * (whole and 1 + (whole - 1) // BATCH * BATCH)  # the first chunk comes alone
        assert isinstance(failure, OSError)
        with pytest.raises(OSError, match="Input/output"):
            opened.read()


@settings(max_examples=15, deadline=None)
@given(st.integers(NONCE, len(FILE) - 1))
def test_a_target_that_breaks_is_said_and_what_it_took_opens_for_nobody(room: int) -> None:
    target = Full(room)
    with pytest.raises(OSError, match="No space"):
        write_in_chunks(target)
    taken = target.getvalue()
    assert taken == by_one_thread(PLAIN, taken[:NONCE])[:room]
    given, failure = pieces_until_it_fails(reader(io.BytesIO(taken)), CHUNK)
    assert PLAIN.startswith(given)
    assert isinstance(failure, CryptoError)


def write_in_chunks(target: io.BytesIO) -> None:
    with ChunkWriter(target, KEY) as writer:
        for start in range(0, len(PLAIN), CHUNK):
            writer.write(PLAIN[start : start + CHUNK])


def test_after_a_write_that_failed_once_nothing_more_is_written() -> None:
    target = Hiccup()
    with pytest.raises(OSError, match="once"):
        write_in_chunks(target)
    taken = target.getvalue()
    assert by_one_thread(PLAIN, taken[:NONCE]).startswith(taken)


def test_a_slow_target_gets_what_was_written() -> None:
    target = Slow()
    write_in_chunks(target)
    taken = target.getvalue()
    assert taken == by_one_thread(PLAIN, taken[:NONCE])


def test_whoever_closes_over_a_failure_is_told_of_it_again() -> None:
    writer = ChunkWriter(Full(NONCE + 10), KEY)
    with suppress(OSError):
        writer.write(PLAIN)
    with pytest.raises(OSError, match="No space"):
        writer.close()


@pytest.mark.parametrize("size", [100, BATCH * CHUNK, len(PLAIN)])
def test_a_writer_that_is_left_by_an_exception_writes_no_end(size: int) -> None:
    target = io.BytesIO()
    with suppress(ZeroDivisionError), ChunkWriter(target, KEY) as writer:
        writer.write(PLAIN[:size])
        raise ZeroDivisionError
    given, failure = pieces_until_it_fails(reader(io.BytesIO(target.getvalue())), CHUNK)
    assert PLAIN.startswith(given)
    assert isinstance(failure, CryptoError)


# --- threads and memory ---


@pytest.mark.parametrize("leave", ["close", "with", "forget"])
def test_no_thread_outlives_a_reader_that_is_left_in_the_middle(leave: str) -> None:
    before = threading.active_count()
    opened = reader(io.BytesIO(FILE))
    opened.read(len(PLAIN) - 20_000)
    assert threading.active_count() > before
    if leave == "close":
        opened.close()
    elif leave == "with":
        with suppress(ZeroDivisionError), opened:
            raise ZeroDivisionError
    else:
        del opened
        gc.collect()
    assert threading.active_count() == before


def test_a_closed_reader_gives_nothing() -> None:
    opened = reader(io.BytesIO(FILE))
    opened.close()
    with pytest.raises(ValueError, match="closed"):
        opened.read(1)


def test_a_file_of_a_few_megabytes_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def threads(_number: int) -> None:
        raise AssertionError("a thread")

    monkeypatch.setattr(stages, "_threads", threads)
    target = io.BytesIO()
    with ChunkWriter(target, KEY) as writer:
        writer.write(PLAIN[: 2 * BATCH * CHUNK])
    target.seek(0)
    with reader(target) as opened:
        assert opened.read((BATCH + 1) * CHUNK) == PLAIN[: (BATCH + 1) * CHUNK]


def test_a_reader_and_a_writer_hold_a_few_batches_and_no_more() -> None:
    endless = Endless(PLAIN)
    opened = reader(endless)
    opened.read(3 * BATCH * CHUNK)
    assert endless.given < (3 + 2 * stages.DEPTH + 4) * BATCH * SEALED
    opened.close()

    waits = threading.Event()
    target = Waiting(waits)
    taken = count()
    thread = threading.Thread(target=lambda: write_all(target, taken))
    thread.start()
    thread.join(1.0)
    assert next(taken) < stages.DEPTH + 6
    waits.set()
    thread.join()


def write_all(target: Waiting, taken: Iterator[int]) -> None:
    with ChunkWriter(target, KEY) as writer:  # type: ignore[arg-type]
        for _batch in range(40):
            writer.write(PLAIN[: BATCH * CHUNK])
            next(taken)


class Endless(io.RawIOBase):
    """A payload without end; what it holds opens for a while."""

    def __init__(self, plain: bytes) -> None:
        self._file = io.BytesIO(by_one_thread(plain * 8, bytes(NONCE)))
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        taken = self._file.readinto(buffer)
        self.given += taken
        return taken


class Waiting(io.BytesIO):
    """Takes the first batches, then waits for a sign."""

    def __init__(self, sign: threading.Event) -> None:
        super().__init__()
        self._sign = sign

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() > 3 * BATCH * CHUNK:
            self._sign.wait()
        return super().write(data)


def test_where_the_cipher_itself_fails_nothing_is_given_out_from_behind_the_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine without memory is no forger, but what it skips must not look like the file either."""
    open_batch, numbers = Chunks.open, count()

    def fails_once(self: Chunks, batch: Batch) -> Opened:
        if next(numbers) == 3:
            raise MemoryError
        return open_batch(self, batch)

    monkeypatch.setattr(Chunks, "open", fails_once)
    with reader(io.BytesIO(FILE)) as opened:
        given, failure = pieces_until_it_fails(opened, 100_000)
    assert isinstance(failure, MemoryError)
    assert PLAIN.startswith(given)


def test_a_closed_reader_gives_nothing_of_what_it_held() -> None:
    opened = reader(io.BytesIO(FILE))
    assert opened.read(10) == PLAIN[:10]
    opened.close()
    with pytest.raises(ValueError, match="closed"):
        opened.read(5)


def test_nothing_is_read_where_nothing_is_asked_for_and_any_buffer_is_filled() -> None:
    source = io.BytesIO(FILE)
    with reader(source) as opened:
        at = source.tell()
        assert opened.read(0) == b""
        assert source.tell() == at
        buffer = array("I", bytes(400))
        assert opened.readinto(buffer) == 400
        assert buffer.tobytes() == PLAIN[:400]
