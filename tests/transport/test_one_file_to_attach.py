"""The road by e-mail: what is put together is one file, whole or not there, and the same however often it is made."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transport.contract import NO_NAMES, a_file, digest, hidden
from transport.queues import LATER, NOW, an_outbox, queued

from exchange.attaching import AttachmentRoad, take_out
from exchange.crypto.age import HybridRecipient, encrypt
from exchange.errors import TransportError
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.shapes import Names
from exchange.transport.road import Delivery, NotPut, Outgoing, put_one

OURS = new_identity("gt-ntt", Names(id="x", en="x"), "x@gt.example", dt.date(2026, 11, 1))


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    folder = tmp_path / "mail"
    folder.mkdir()
    return folder


def sealed(folder: Path, name: str, content: bytes, ours: Identity = OURS) -> Path:
    file = folder / name
    with file.open("wb") as target:
        encrypt(io.BytesIO(content), target, [HybridRecipient.parse(ours.encryption_keys[0].public.recipient)])
    return file


def taken(into: Path, *files: Path) -> tuple[list[bytes], list[str]]:
    """What was taken out, and the codes of what was not."""
    into.mkdir()
    problems = take_out(files, into, OURS)
    return sorted(each.read_bytes() for each in into.iterdir() if each.suffix), [each.code for each in problems]


def test_what_is_put_together_comes_out_byte_for_byte(mail: Path, tmp_path: Path) -> None:
    files = [sealed(tmp_path, f"{number}.age", b"x" * size) for number, size in enumerate((0, 1, 47, 48, 200_000))]
    with AttachmentRoad(mail) as road:
        outcomes = [*road.put(Outgoing(each, each.name, digest(each)) for each in files)]
        assert [each.already_there for each in outcomes if isinstance(each, Delivery)] == [False] * 5
        assert [*mail.iterdir()] == [road.made]
        again = [*road.put(Outgoing(each, each.name) for each in reversed(files))]
    assert all(isinstance(each, Delivery) for each in again)
    assert len([*mail.iterdir()]) == 1
    assert taken(tmp_path / "out", *mail.iterdir()) == (sorted(each.read_bytes() for each in files), [])


def test_putting_the_same_again_answers_already_there(mail: Path, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    with AttachmentRoad(mail) as road:
        assert not put_one(road, file, "x7Qk").already_there
    with AttachmentRoad(mail) as road:
        assert put_one(road, file, "x7Qk") == Delivery("x7Qk", 100_000, digest(file), already_there=True)
    assert hidden(mail) == []


def test_what_is_not_as_it_was_queued_is_left_out(mail: Path, tmp_path: Path) -> None:
    good, bad = sealed(tmp_path, "a.age", b"a"), sealed(tmp_path, "b.age", b"b")
    gone = Outgoing(tmp_path / "c.age", "c.age")
    with AttachmentRoad(mail) as road:
        outcomes = [*road.put([Outgoing(bad, "b.age", "0" * 64), gone, Outgoing(good, "a.age", digest(good))])]
    codes = {each.name: each.error.codes for each in outcomes if isinstance(each, NotPut)}
    assert codes == {"b.age": ("transport.altered",), "c.age": ("transport.no_directory",)}
    assert taken(tmp_path / "out", *mail.iterdir()) == ([good.read_bytes()], [])


def test_what_cannot_be_named_or_placed_is_refused(mail: Path, tmp_path: Path) -> None:
    for name in NO_NAMES:
        with AttachmentRoad(mail) as road, pytest.raises(TransportError) as refused:
            put_one(road, a_file(tmp_path, 7), name)
        assert refused.value.codes == ("transport.bad_name",), name
    assert list(mail.iterdir()) == []
    with pytest.raises(TransportError) as refused, AttachmentRoad(tmp_path / "nowhere"):
        pass
    assert refused.value.codes == ("transport.no_directory",)


def test_a_file_that_is_half_written_when_the_program_is_killed_is_made_anew(
    mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = an_outbox(tmp_path)
    for name in ("a0", "a1"):
        queued(outbox, tmp_path, name)
    with monkeypatch.context() as killed:
        killed.setattr("exchange.attaching.sha256_of", _interrupt_at(3))
        with pytest.raises(KeyboardInterrupt):
            outbox.deliver(lambda _party: AttachmentRoad(mail), NOW)
    assert list(mail.iterdir()) == []
    events = outbox.deliver(lambda _party: AttachmentRoad(mail), LATER)
    assert [each.state for each in events if each.state != "sending"] == ["delivered", "delivered"]
    assert len(list(mail.iterdir())) == 1


def _interrupt_at(call: int) -> object:
    from exchange.transport.road import sha256_of

    left = [call]

    def count(file: Path) -> str:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return sha256_of(file)

    return count


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from("\r\n >\t"), max_size=20), st.integers(1, 90), st.data())
def test_whatever_happens_to_blanks_and_line_ends_the_bytes_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, marks: list[str], width: int, data: st.DataObject
) -> None:
    """Or it is refused; never other bytes."""
    folder = tmp_path_factory.mktemp("mail")
    file = sealed(folder, "a.age", b"x" * 100)
    with AttachmentRoad(folder) as road:
        put_one(road, file, "a.age")
    assert road.made is not None
    begin, *lines, end = road.made.read_text("ascii").splitlines()
    body = "".join(lines)
    broken = [begin, *(body[at : at + width] for at in range(0, len(body), width)), end]
    for mark in marks:
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] = mark + broken[at] + ("" if mark == ">" else mark)
    (folder / "saved").write_text("\n".join(broken), newline="")
    assert taken(folder / "out", folder / "saved") == ([file.read_bytes()], [])


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_a_file_holds_taking_it_out_ends_with_a_word(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("mail")
    for beginning in (b"", b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"age-encryption.org/v1\n", b"\xff\xfe"):
        (folder / "saved").write_bytes(beginning + content)
        out = folder / str(len(list(folder.iterdir())))
        files, codes = taken(out, folder / "saved")
        assert files == []
        assert len(codes) == 1
        assert codes[0].startswith("attachment.")


@pytest.mark.parametrize("damage", ["!", ""], ids=["a letter changed", "cut off"])
def test_one_damaged_file_keeps_no_other_from_being_taken(mail: Path, tmp_path: Path, damage: str) -> None:
    files = [sealed(tmp_path, f"{number}.age", b"x" * 5000) for number in range(3)]
    with AttachmentRoad(mail) as road:
        assert all(isinstance(each, Delivery) for each in road.put(Outgoing(each, each.name) for each in files))
    (made,) = mail.iterdir()
    first, second, third = made.read_text("ascii").split("-----BEGIN")[1:]
    middle = len(second) // 2
    second = second[:middle] + (damage + second[middle + 1 :] if damage else "\n")
    made.write_text("-----BEGIN".join(("", first, second, third)), "ascii")
    came, codes = taken(tmp_path / "out", made)
    assert came == sorted(each.read_bytes() for each in (files[0], files[2]))
    assert codes == ["attachment.damaged" if damage else "attachment.cut_off"]
