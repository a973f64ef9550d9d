"""Whatever bytes a server sends: an answer or a TransportError comes of it, never another exception, never a hang."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import Problem, TransportError
from exchange.transport.sftp.conversation import Conversation
from exchange.transport.sftp.pace import Pace
from exchange.transport.sftp.packets import LARGEST, Code, Fields, Kind, packet, string, u32, u64

HELLO = packet(
    Kind.VERSION, u32(3), string(b"fsync@openssh.com"), string(b"1"), string(b"statvfs@openssh.com"), string(b"2")
)


class Script:
    """A stream that says what it was given, and then hangs up."""

    def __init__(self, said: bytes) -> None:
        self._said = said
        self.heard = b""

    def send(self, data: bytes) -> None:
        self.heard += data

    def answered(self) -> None:
        pass

    def receive(self) -> bytes:
        if not self._said:
            raise TransportError(Problem("transport.connection_lost", "over"))
        piece, self._said = self._said[:7], self._said[7:]
        return piece


def read(talk: Conversation, size: int) -> bytes:
    got = bytearray()
    talk.run(talk.read(b"h", "x", 0, size, got.extend))
    return bytes(got)


def write(talk: Conversation, content: Callable[[int], bytes]) -> int:
    return talk.run(talk.write(b"h", "x", 0, content, lambda _count: None))


VERBS: list[Callable[[Conversation], Any]] = [
    lambda talk: talk.run(talk.open("x", 1)),
    lambda talk: talk.run(talk.close(b"h", "x")),
    lambda talk: talk.run(talk.attributes(b"h", "x")),
    lambda talk: talk.run(talk.stat("x")),
    lambda talk: talk.run(talk.finish(b"h", "x")),
    lambda talk: talk.run(talk.remove("x")),
    lambda talk: talk.run(talk.rename("x", "y")),
    lambda talk: talk.run(talk.posix_rename("x", "y")),
    lambda talk: talk.run(talk.free_space("x")),
    lambda talk: talk.run(talk.names("x")),
    lambda talk: read(talk, 100),
    lambda talk: write(talk, _once(b"abc")),
]


def _once(block: bytes) -> Callable[[int], bytes]:
    left = [block]
    return lambda _size: left.pop() if left else b""


FIELDS = st.one_of(
    st.integers(0, 2**32 - 1).map(u32),
    st.integers(0, 12).map(u32),
    st.integers(0, 2**64 - 1).map(u64),
    st.binary(max_size=40).map(string),
    st.binary(max_size=20),
)
PACKETS = st.builds(
    lambda kind, number, fields: packet(kind, u32(number), *fields),
    st.sampled_from(Kind),
    st.integers(0, 3),
    st.lists(FIELDS, max_size=5),
)


@settings(max_examples=400, deadline=None)
@given(said=st.one_of(st.binary(max_size=80), st.lists(PACKETS, max_size=4).map(b"".join)), verb=st.sampled_from(VERBS))
def test_any_bytes_give_an_answer_or_a_refusal(said: bytes, verb: Callable[[Conversation], Any]) -> None:
    with contextlib.suppress(TransportError):
        verb(Conversation(Script(HELLO + said), "there"))


@settings(max_examples=100, deadline=None)
@given(said=st.binary(max_size=60))
def test_any_greeting_gives_a_conversation_or_a_refusal(said: bytes) -> None:
    with contextlib.suppress(TransportError):
        Conversation(Script(said), "there")


def code(said: bytes, verb: Callable[[Conversation], Any]) -> str:
    with pytest.raises(TransportError) as refused:
        verb(Conversation(Script(HELLO + said), "there"))
    return refused.value.codes[0]


def status(number: int, what: Code) -> bytes:
    return packet(Kind.STATUS, u32(number), u32(what), string(b"\x1b[2Jserver's text"), string(b""))


def test_an_answer_to_another_question_ends_the_conversation() -> None:
    assert code(status(9, Code.OK), lambda talk: talk.run(talk.remove("x"))) == "transport.garbled"


def test_the_same_answer_twice_ends_the_conversation() -> None:
    twice = status(1, Code.OK) * 2 + status(2, Code.OK)
    assert code(twice, lambda talk: (talk.run(talk.remove("x")), talk.run(talk.remove("y")))) == "transport.garbled"


def test_ok_where_a_handle_is_due_is_no_handle() -> None:
    assert code(status(1, Code.OK), lambda talk: talk.run(talk.open("x", 1))) == "transport.garbled"


def test_ok_where_data_is_due_is_no_data() -> None:
    assert code(status(1, Code.OK), lambda talk: read(talk, 5)) == "transport.garbled"


def test_a_packet_larger_than_any_is_not_waited_for() -> None:
    assert code(u32(LARGEST + 1), lambda talk: talk.run(talk.remove("x"))) == "transport.garbled"
    assert code(u32(0), lambda talk: talk.run(talk.remove("x"))) == "transport.garbled"


def test_an_older_protocol_is_refused() -> None:
    with pytest.raises(TransportError) as refused:
        Conversation(Script(packet(Kind.VERSION, u32(2))), "there")
    assert refused.value.codes == ("transport.garbled",)


@pytest.mark.parametrize(
    ("reads", "writes", "block"),
    [
        (261_120, 261_120, 131_072),
        (65_536, 40_000, 40_000),
        (0, 0, 32_768),
        (1, 1, 32_768),
        (2**64 - 1,) * 2 + (131_072,),
    ],
)
def test_requests_are_as_large_as_the_server_says_and_never_absurd(reads: int, writes: int, block: int) -> None:
    hello = packet(Kind.VERSION, u32(3), string(b"limits@openssh.com"), string(b"1"))
    limits = packet(Kind.EXTENDED_REPLY, u32(1), u64(262_144), u64(reads), u64(writes), u64(5))
    assert Conversation(Script(hello + limits), "there").pace.block == block
    refused = packet(Kind.STATUS, u32(1), u32(8), string(b""), string(b""))
    assert Conversation(Script(hello + refused), "there").pace.block == 32_768


def test_a_server_that_names_no_limits_gets_what_every_server_takes() -> None:
    assert Conversation(Script(HELLO), "there").pace.block == 32_768


def test_answers_out_of_order_are_put_in_order() -> None:
    data = {number: packet(Kind.DATA, u32(number), string(bytes([number]) * 4)) for number in (1, 2, 3)}
    pace = Pace(room=12, block=4)
    talk = Conversation(Script(HELLO + data[2] + data[3] + data[1]), "there")
    talk.pace = pace
    assert read(talk, 12) == b"\1\1\1\1\2\2\2\2\3\3\3\3"


def test_a_late_failure_among_many_writes_is_raised() -> None:
    answers = b"".join(status(number, Code.FAILURE if number == 3 else Code.OK) for number in range(1, 6))
    blocks = [b"e", b"d", b"c", b"b", b"a"]
    assert code(answers, lambda talk: write(talk, lambda _size: blocks.pop() if blocks else b"")) == (
        "transport.failed"
    )


def test_the_servers_own_words_reach_no_screen() -> None:
    with pytest.raises(TransportError) as refused:
        VERBS[5](Conversation(Script(HELLO + status(1, Code.FAILURE)), "there"))
    assert "server's text" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_fields_never_read_past_their_packet() -> None:
    with pytest.raises(ValueError, match="too soon"):
        Fields(u32(5) + b"abc").string()


@given(seconds=st.lists(st.floats(0, 100), max_size=50))
def test_a_pace_stays_within_its_bounds(seconds: list[float]) -> None:
    pace = Pace()
    for each in seconds:
        pace.answered(each)
        assert 8 * 1024 <= pace.room <= pace.most
        assert 0 < pace.step() <= pace.block


def test_a_list_of_empty_pages_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.transport.sftp.conversation.MOST_LISTED", 20)
    pages = b"".join(packet(Kind.NAME, u32(number), u32(0)) for number in range(2, 40))
    talk = Conversation(Script(HELLO + packet(Kind.HANDLE, u32(1), string(b"h")) + pages), "box:22")
    with pytest.raises(TransportError) as refused:
        talk.run(talk.names("x"))
    assert refused.value.codes == ("transport.garbled",)


def a_listing(*pages: tuple[bytes, ...]) -> Conversation:
    entry = string(b"-rw") + u32(0)
    said = [
        packet(Kind.NAME, u32(number), u32(len(names)), *(string(name) + entry for name in names))
        for number, names in enumerate(pages, start=2)
    ]
    closed = status(len(pages) + 2, Code.EOF) + status(len(pages) + 3, Code.OK)
    return Conversation(Script(HELLO + packet(Kind.HANDLE, u32(1), string(b"h")) + b"".join(said) + closed), "box:22")


def test_names_that_cannot_be_ours_are_not_kept() -> None:
    talk = a_listing((b"x" * 256, b"good"), (b"\xff",))
    assert [name for name, _attributes in talk.run(talk.names("x"))] == ["good"]


def test_names_that_cannot_be_ours_count_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.transport.sftp.conversation.MOST_LISTED", 20)
    talk = a_listing(*[(b"\xff",) * 5] * 5)
    with pytest.raises(TransportError) as refused:
        talk.run(talk.names("x"))
    assert refused.value.codes == ("transport.garbled",)


def test_a_list_that_comes_too_slowly_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.transport.sftp.conversation.LISTING", -1)
    talk = a_listing((b"good",))
    with pytest.raises(TransportError) as refused:
        talk.run(talk.names("x"))
    assert refused.value.codes == ("transport.garbled",)


def test_a_handle_that_every_request_would_carry_is_short() -> None:
    said = packet(Kind.HANDLE, u32(1), string(bytes(257)))
    assert code(said, lambda talk: talk.run(talk.open("x", 1))) == "transport.garbled"


def test_a_file_that_comes_byte_by_byte_begins_no_deadline_anew() -> None:
    """Each byte is a whole answer, so that none would ever pass; an end of a file may be as short as it is."""

    class Heard(Script):
        times = 0

        def answered(self) -> None:
            self.times += 1

    for sizes, times in (([1] * 100, 1), ([60, 40], 1), ([2048, 2048], 2)):
        answers = b"".join(packet(Kind.DATA, u32(number), string(bytes(size))) for number, size in enumerate(sizes, 1))
        stream = Heard(HELLO + answers)
        talk = Conversation(stream, "there")
        stream.times = 0
        assert read(talk, sum(sizes)) == bytes(sum(sizes))
        assert stream.times == times
