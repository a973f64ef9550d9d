"""Both tars have one form. What a sender's own program or a re-encrypting recipient could put there instead is refused,
also where everything is signed as it should be."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seal.forging import MTIME, Parts, archive, for_, locked, member, padded, unlocked
from seal.mutations import FILE_KEY
from seal.mutations import payload as payload_in_chunks
from seal.parties import DAY, MEMBERS, RECIPIENT, SENDER, Party, bundle, letter, months_key, party, refusal
from seal.second_opener import second_opener

from exchange.crypto.age_header import encode_header
from exchange.crypto.signing import SigningKey
from exchange.errors import ExchangeError
from exchange.seal.layout import MAX_MEMBERS, MAX_PAYLOAD
from exchange.seal.opening import unpack_sealed
from exchange.seal.ustar import END, Entry, Names, TarError, decode, encode, is_path


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Party, Party]:
    folder = tmp_path_factory.mktemp("layout")
    return party(SENDER, folder, RECIPIENT), party(RECIPIENT, folder, SENDER)


@pytest.fixture(scope="module")
def parts(sides: tuple[Party, Party]) -> Parts:
    return Parts.of(sides[0].seal(bundle())[0], sides[1].identity)


def both_refuse(sides: tuple[Party, Party], file: bytes, *codes: str) -> str:
    """Both openers refuse it; what the first would answer."""
    error = sides[1].refuses(file)
    assert not codes or error.codes[0] in codes
    assert not second_opens(sides, file)
    return error.answer


def by_hand(sender: Party) -> SigningKey:
    """With which the sender itself signs what its program would not."""
    return sender.identity.signing_key(DAY)


def second_opens(sides: tuple[Party, Party], file: bytes) -> bool:
    sender, ours = sides[0].identity, sides[1].identity
    seed, signer = months_key(ours).seed, sender.signing_key(DAY).verify_key.raw
    try:
        second_opener(file, seed, signer, RECIPIENT, ours.fingerprint())
    except Exception:
        return False
    return True


def tar_by_python(kind: bytes = tarfile.REGTYPE, *, form: int = tarfile.USTAR_FORMAT, **fields: object) -> bytes:
    """One member as Python's tarfile writes it, made as much like ours as it can be."""
    info = tarfile.TarInfo("data/cases.csv")
    info.type, info.mode, info.mtime = kind, 0o600, MTIME
    content = b"row_key\n" if kind in {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE} else b""
    info.size = len(content)
    for name, value in fields.items():
        setattr(info, name, value)
    return info.tobuf(form) + content + bytes(-len(content) % 512)


FIRST = member("data/first.csv", b"row_key\n")
GOOD = member("data/cases.csv", b"row_key\n")
TRICKS: dict[str, bytes] = {
    "a symbolic link": tar_by_python(tarfile.SYMTYPE, linkname="/etc/passwd"),
    "a hard link": tar_by_python(tarfile.LNKTYPE, linkname="README.html"),
    "a folder": tar_by_python(tarfile.DIRTYPE),
    "a character device": tar_by_python(tarfile.CHRTYPE, devmajor=1, devminor=3),
    "a block device": tar_by_python(tarfile.BLKTYPE, devmajor=8),
    "a pipe": tar_by_python(tarfile.FIFOTYPE),
    "a contiguous file": tar_by_python(tarfile.CONTTYPE),
    "an old plain file": tar_by_python(tarfile.AREGTYPE),
    "a GNU header": tar_by_python(form=tarfile.GNU_FORMAT),
    "a GNU long name": tar_by_python(form=tarfile.GNU_FORMAT, name="a" * 200),
    "a pax record": tar_by_python(form=tarfile.PAX_FORMAT, name="a" * 200),
    "a pax size": tar_by_python(form=tarfile.PAX_FORMAT, pax_headers={"size": "1"}),
    "a prefix": tar_by_python(name="a/" * 60 + "b"),
    "an absolute path": tar_by_python(name="/etc/cron.d/a"),
    "a way up": tar_by_python(name="../a"),
    "a way up inside": tar_by_python(name="data/../../a"),
    "a backslash": tar_by_python(name="data\\a"),
    "a drive": tar_by_python(name="C:a"),
    "a stream": tar_by_python(name="a:b"),
    "a hidden file": tar_by_python(name=".bashrc"),
    "a device of Windows": tar_by_python(name="data/NUL.csv"),
    "a name of dots": tar_by_python(name="data/a."),
    "an empty name": tar_by_python(name=""),
    "a name with a space": tar_by_python(name="a b"),
    "a name that is not ASCII": tar_by_python(name="ä"),
    "a mode that lets others read": tar_by_python(mode=0o644),
    "a mode that runs as its owner": tar_by_python(mode=0o4755),
    "an owner": tar_by_python(uid=1000, uname="x"),
    "another time": member("data/cases.csv", b"", MTIME + 1),
    "a wrong sum": GOOD[:148] + b"000000\0 " + GOOD[156:],
    "something in the filling": GOOD[:-1] + b"x",
    "something in the header's end": GOOD[:511] + b"x" + GOOD[512:],
    "a size in spaces": GOOD[:124] + b"         10\0" + GOOD[136:],
    "a size in base 256": GOOD[:124] + b"\x80" + bytes(10) + b"\x08" + GOOD[136:],
    "a negative size": GOOD[:124] + b"\xff" * 12 + GOOD[136:],
    "a member that is there already": FIRST,
    "the same name in capitals": member("DATA/first.csv", b""),
    "a folder where a file is": member("README.html/a", b""),
    "a file where a folder is": member("data", b""),
    "a size beyond the end": encode(Entry("z", 10**9, MTIME)),
}


def test_without_a_trick_it_opens(sides: tuple[Party, Party], parts: Parts) -> None:
    payload = padded(archive(FIRST, member("README.html", b"x"), GOOD))
    file = replace(parts, payload=payload).signed(by_hand(sides[0])).written(for_(sides[1].identity))
    assert len(sides[1].open(file).parcel.members) == 3
    assert second_opens(sides, file)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_in_the_payload_is_refused_although_it_is_signed(
    sides: tuple[Party, Party], parts: Parts, tmp_path: Path, trick: str
) -> None:
    payload = padded(archive(FIRST, member("README.html", b"x"), TRICKS[trick]))
    signed = replace(parts, payload=payload).signed(by_hand(sides[0]))
    file = signed.written(for_(sides[1].identity))
    assert both_refuse(sides, file, "seal.payload") == "refusal"
    facts = sides[1].facts()
    refusal(lambda: unpack_sealed(io.BytesIO(file), sides[1].identity, sides[1].cards, facts, tmp_path / "out"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_among_the_four_members_is_refused(sides: tuple[Party, Party], parts: Parts, trick: str) -> None:
    for place in range(5):
        members = parts.members()
        members.insert(place, TRICKS[trick])
        assert both_refuse(sides, locked(archive(*members), for_(sides[1].identity)), "seal.layout") == "silence"


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m[::-1],
        lambda m: [m[1], m[0], m[2], m[3]],
        lambda m: [m[0], m[1], m[3], m[2]],
        lambda m: m[:3],
        lambda m: m[:2] + m[3:],
        lambda m: m[1:],
        lambda m: [],
        lambda m: [*m, m[2]],
        lambda m: [m[0], *m],
        lambda m: [*m[:3], member("payload.tar", b"")],
        lambda m: [*m[:3], member("payload.tar", bytes(511))],
        lambda m: [*m[:3], encode(Entry("payload.tar", MAX_PAYLOAD, MTIME))],
        lambda m: [member("SHA256SUMS", b"x" * 159), *m[1:]],
        lambda m: [m[0], member("SHA256SUMS.sig", b"x" * 4097), *m[2:]],
        lambda m: [*m[:2], member("envelope.json", b"x" * 16385), m[3]],
        lambda m: [m[0].replace(b"SHA256SUMS", b"SHA256SUMs", 1), *m[1:]],
    ],
)
def test_members_missing_repeated_swapped_renamed_or_too_large_are_refused(
    sides: tuple[Party, Party], parts: Parts, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    file = locked(archive(*change(parts.members())), for_(sides[1].identity))
    both_refuse(sides, file, "seal.layout", "seal.too_large", "seal.altered")


@pytest.mark.parametrize("place", range(4))
def test_every_member_bears_the_same_time(sides: tuple[Party, Party], parts: Parts, place: int) -> None:
    members, later = parts.members(), replace(parts, mtime=MTIME + 1).members()
    members[place] = later[place]
    both_refuse(sides, locked(archive(*members), for_(sides[1].identity)), "seal.layout")


def test_a_payload_that_is_too_large_is_not_read(sides: tuple[Party, Party], parts: Parts) -> None:
    beyond = encode(Entry("payload.tar", MAX_PAYLOAD + 512, MTIME))
    both_refuse(sides, locked(archive(*parts.members()[:3], beyond), for_(sides[1].identity)), "seal.too_large")


def test_a_payload_is_whole_blocks(sides: tuple[Party, Party], parts: Parts) -> None:
    signed = replace(parts, payload=parts.payload + b"\0").signed(by_hand(sides[0]))
    both_refuse(sides, signed.written(for_(sides[1].identity)), "seal.layout")
    unfilled = [*signed.members()[:3], encode(Entry("payload.tar", len(signed.payload), MTIME)) + signed.payload]
    both_refuse(sides, locked(archive(*unfilled), for_(sides[1].identity)), "seal.layout")


@pytest.mark.parametrize(
    "end", [b"", bytes(512), bytes(1023), bytes(1025), bytes(1536), bytes(1024) + b"x", b"x" * 1024]
)
def test_the_file_ends_where_it_must(sides: tuple[Party, Party], parts: Parts, end: bytes) -> None:
    both_refuse(sides, locked(b"".join(parts.members()) + end, for_(sides[1].identity)), "seal.layout")


def test_a_last_chunk_is_never_empty(sides: tuple[Party, Party], parts: Parts) -> None:
    """A tar that fills its chunks, encrypted anew by somebody who holds the file key: one plaintext, two files."""
    rest = len(archive(*parts.members())) % 65536
    signed = replace(parts, payload=parts.payload + bytes(65536 - rest)).signed(by_hand(sides[0]))
    plain = archive(*signed.members())
    head = encode_header((for_(sides[1].identity).wrap(FILE_KEY),), FILE_KEY)
    sizes = [65536] * (len(plain) // 65536)
    assert second_opens(sides, head + payload_in_chunks(plain, sizes))
    assert sides[1].open(head + payload_in_chunks(plain, sizes))
    both_refuse(sides, head + payload_in_chunks(plain, [*sizes, 0]), "seal.damaged")


@pytest.mark.parametrize(
    "payload",
    [
        END,
        bytes(512),
        bytes(4096),
        GOOD,
        GOOD + bytes(512),
        GOOD + END + bytes(511) + b"x",
        GOOD + bytes(512) + GOOD,
        GOOD + END + GOOD + END,
    ],
)
def test_the_padding_holds_nothing_and_is_long_enough(sides: tuple[Party, Party], parts: Parts, payload: bytes) -> None:
    signed = replace(parts, payload=payload).signed(by_hand(sides[0]))
    assert both_refuse(sides, signed.written(for_(sides[1].identity)), "seal.payload") == "refusal"


def test_a_thousand_members_travel_and_one_more_does_not(sides: tuple[Party, Party], parts: Parts) -> None:
    for many, opens in ((MAX_MEMBERS, True), (MAX_MEMBERS + 1, False)):
        payload = archive(*(member(f"data/{number}", b"") for number in range(many)))
        file = replace(parts, payload=payload).signed(by_hand(sides[0])).written(for_(sides[1].identity))
        if opens:
            assert len(sides[1].open(file).parcel.members) == many
            assert second_opens(sides, file)
        else:
            both_refuse(sides, file, "seal.payload")


@pytest.mark.parametrize(
    "change",
    [
        lambda sums: sums.replace(b"  ", b" *"),
        lambda sums: sums[:-1],
        lambda sums: sums.upper(),
        lambda sums: b"".join(reversed(sums.splitlines(keepends=True))),
        lambda sums: sums.replace(b"\n", b"\r\n"),
        lambda sums: sums.replace(b"payload.tar", b"payload.tzr"),
        lambda sums: sums.splitlines(keepends=True)[0] * 2,
        lambda sums: b"",
    ],
)
def test_sums_have_one_form_even_where_they_are_signed(
    sides: tuple[Party, Party], parts: Parts, change: Callable[[bytes], bytes]
) -> None:
    from exchange.crypto.sshsig import sign
    from exchange.keyring.namespaces import BUNDLE

    sums = change(parts.sums)
    signed = replace(parts, sums=sums, signature=sign(by_hand(sides[0]), BUNDLE, sums).encode())
    both_refuse(sides, signed.written(for_(sides[1].identity)), "seal.sums", "seal.layout")


@pytest.mark.parametrize(
    "changes",
    [
        {"envelope": 2},
        {"envelope": 0},
        {"envelope": "1"},
        {"envelope": True},
        {"extra": 1},
        {"kind": "gossip"},
        {"kind": "receipt"},  # with a period
        {"id": "0" * 31},
        {"id": "0" * 32 + "\n"},
        {"id": "A" * 32},
        {"sequence": 0},
        {"sequence": 2},
        {"sequence": "1"},
        {"previous": "sha256:" + "0" * 64},
        {"created": "2026-11-03T15:30:00+07:00"},
        {"created": "2026-11-03T08:30:00+00:00"},
        {"created": "2026-11-03T08:30:00"},
        {"created": "2026-11-03T08:30:00.000Z"},
        {"created": "2026-11-03T08:30:01Z"},  # not the members' time
        {"created": 1793694600},
        {"created": "1969-11-03T08:30:00Z"},
        {"expires": "2026-11-03T08:30:00Z"},
        {"expires": "9999-11-03T08:30:00Z"},
        {"agreement": None},
        {"agreement": {}},
        {"period": None},
        {"period": "oktober"},
        {"period": "2026-13"},
        {"period": "2026-00"},
        {"period": "2026-Q5"},
        {"period": "1999-12"},
        {"replaces": ""},
    ],
    ids=str,
)
def test_an_envelope_has_one_form_even_where_it_is_signed(
    sides: tuple[Party, Party], parts: Parts, changes: dict[str, object]
) -> None:
    file = parts.saying(**changes).signed(by_hand(sides[0])).written(for_(sides[1].identity))
    both_refuse(sides, file, "seal.envelope", "seal.version", "seal.layout")


@pytest.mark.parametrize("changes", [{"period": "2026-10"}, {"replaces": "0" * 32}, {"kind": "bundle"}], ids=str)
def test_a_letter_says_nothing_that_is_a_bundles(sides: tuple[Party, Party], changes: dict[str, object]) -> None:
    message = Parts.of(sides[0].seal(letter())[0], sides[1].identity)
    file = message.saying(**changes).signed(by_hand(sides[0])).written(for_(sides[1].identity))
    both_refuse(sides, file, "seal.envelope")


@pytest.mark.parametrize("version", [0, 2, 99])
def test_another_version_of_the_envelope_is_refused_as_such(
    sides: tuple[Party, Party], parts: Parts, version: int
) -> None:
    file = parts.saying(envelope=version, new_in_it=1).signed(by_hand(sides[0])).written(for_(sides[1].identity))
    assert both_refuse(sides, file, "seal.version") == "silence"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"1",
        b"[" * 16000,
        b'{"envelope":' * 1300,
        b"\xff\xfe",
        b"NaN",
        b'{"envelope":' + b"9" * 5000 + b"}",
    ],
)
def test_an_envelope_that_is_none_is_refused(sides: tuple[Party, Party], parts: Parts, text: bytes) -> None:
    file = replace(parts, envelope=text).signed(by_hand(sides[0])).written(for_(sides[1].identity))
    both_refuse(sides, file, "seal.envelope", "seal.version", "seal.wrong_kind")


def test_an_envelope_laid_out_otherwise_is_refused(sides: tuple[Party, Party], parts: Parts) -> None:
    text = parts.envelope
    for other in (
        text + b"\n",
        text.replace(b":1,", b":1.0,"),
        text.replace(b'{"agr', b'{"kind":"bundle","agr'),
        b" " + text,
    ):
        file = replace(parts, envelope=other).signed(by_hand(sides[0])).written(for_(sides[1].identity))
        both_refuse(sides, file, "seal.envelope")


@settings(max_examples=250, deadline=None)
@given(
    at=st.integers(0, 8000),
    length=st.integers(0, 600),
    new=st.one_of(st.binary(max_size=30), st.sampled_from([bytes(512), END, GOOD, GOOD[:512]])),
    resigned=st.booleans(),
)
@example(at=0, length=0, new=b"", resigned=True)
def test_whatever_is_changed_inside_both_openers_agree(
    sides: tuple[Party, Party],
    tmp_path_factory: pytest.TempPathFactory,
    at: int,
    length: int,
    new: bytes,
    resigned: bool,  # hypothesis gives it
) -> None:
    """Never anything but a refusal or the same parcel for both; never a byte written after a refusal."""
    genuine = Parts.of(sides[0].seal(bundle())[0], sides[1].identity)
    key = for_(sides[1].identity)
    if resigned:  # inside the payload, by the sender's own hand
        payload = genuine.payload[:at] + new + genuine.payload[at + length :]
        file = replace(genuine, payload=payload).signed(by_hand(sides[0])).written(key)
    else:
        plain = unlocked(genuine.written(key), sides[1].identity)
        file = locked(plain[:at] + new + plain[at + length :], key)
    folder = tmp_path_factory.mktemp("fuzz")
    try:
        opened = sides[1].open(file)
    except ExchangeError:
        assert not second_opens(sides, file)
        refusal(
            lambda: unpack_sealed(io.BytesIO(file), sides[1].identity, sides[1].cards, sides[1].facts(), folder / "out")
        )
        assert not list(folder.iterdir())
    else:
        assert second_opens(sides, file)
        assert resigned or opened.parcel.members == MEMBERS


@given(st.binary(min_size=512, max_size=512) | st.just(b"").map(lambda _: GOOD[:512]))
@settings(max_examples=100, deadline=None)
def test_a_header_is_read_only_where_it_would_be_written_so(block: bytes) -> None:
    try:
        entry = decode(block)
    except TarError:
        return
    assert encode(entry) == block
    assert is_path(entry.name)


@given(st.lists(st.text("aB./-_\0", max_size=6), max_size=6))
@settings(max_examples=200, deadline=None)
def test_names_that_are_admitted_stay_inside_and_apart(texts: list[str]) -> None:
    from pathlib import PurePosixPath, PureWindowsPath

    names, files = Names(), []
    for text in filter(is_path, texts):
        assert ".." not in PureWindowsPath(text).parts
        assert not PureWindowsPath(text).is_absolute()
        assert PurePosixPath(text).as_posix() == text
        if not names.clashes(text):
            files.append(text.lower())
    assert len(set(files)) == len(files)
    assert not [(one, other) for one in files for other in files if one.startswith(other + "/")]


def test_stock_tar_lists_what_we_write_without_a_word(sides: tuple[Party, Party], parts: Parts) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(*parts.members()))) as outer:
        assert outer.getnames() == ["SHA256SUMS", "SHA256SUMS.sig", "envelope.json", "payload.tar"]
    with tarfile.open(fileobj=io.BytesIO(parts.payload)) as inner:
        infos = inner.getmembers()
    assert [info.name for info in infos] == [each.path for each in MEMBERS]
    assert {(info.uid, info.gid, info.mode, info.mtime, info.type) for info in infos} == {(0, 0, 0o600, MTIME, b"0")}
