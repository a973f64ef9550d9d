"""A pack that was damaged on its way: every damage is a finding with its place, and the rest is still read."""

from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from audit.network import Network, codes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exchange.audit import unpack
from exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from exchange.audit.entries import Opening
from exchange.audit.heads import Heads
from exchange.audit.notes import Note
from exchange.audit.tree import EMPTY_ROOT, leaf_hash
from exchange.audit.verify import Verdict, verify

Lines = list[bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = Network(tmp_path_factory.mktemp("sound"))
    for number in range(3):
        network.send("yks", "gt-ntt", f"bundle-0{number}")
    network["yks"].show(network["gt-ntt"])
    return network


@pytest.fixture
def network(sound: Network, tmp_path: Path) -> Network:
    return sound.copy(tmp_path)


def verdict_after(network: Network, change: Callable[[Lines], Lines]) -> Verdict:
    pack = network["yks"].pack()
    file = pack / "entries.jsonl"
    file.write_bytes(b"".join(change(file.read_bytes().splitlines(keepends=True))))
    return verify([pack, network["gt-ntt"].pack()])


def wrong(verdict: Verdict) -> list[tuple[str, int | None, int | None]]:
    return [
        (each.code.removeprefix("audit."), each.entry, each.last) for each in verdict.findings if each.weight == "wrong"
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda lines: [*lines[:4], *lines[5:]], [("entry_missing", 4, 4)]),
        (lambda lines: lines[:4], [("entry_missing", 4, 8)]),
        (lambda lines: [*lines[:4], lines[4][:30]], [("entry_altered", 4, None), ("entry_missing", 5, 8)]),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], [("entry_altered", 8, None)]),
        (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], [("entry_misplaced", 4, None)]),
        (lambda lines: [*lines[:4], lines[3], *lines[4:]], [("entry_misplaced", 3, None)]),
        (lambda lines: [*lines[:4], b"{}\n", *lines[4:]], [("entry_inserted", 4, None)]),
        (lambda lines: [*lines[:4], b"\xff\n", *lines[5:]], [("entry_altered", 4, None)]),
        (lambda lines: [*lines, lines[0].replace(b"yks", b"ykz")], [("entry_unsigned", 9, 9)]),
        (lambda lines: [b"\n", *lines], [("entry_inserted", 0, None)]),
        (lambda lines: [*lines[:4], b"x" * 200_000 + b"\n", *lines[5:]], [("entry_altered", 4, None)]),
    ],
    ids=[
        "gap",
        "cut",
        "cut in a line",
        "no last newline",
        "swapped",
        "twice",
        "inserted",
        "replaced",
        "appended",
        "blank",
        "huge",
    ],
)
def test_the_damaged_entry_is_named(
    network: Network, change: Callable[[Lines], Lines], expected: list[tuple[str, int | None, int | None]]
) -> None:
    verdict = verdict_after(network, change)
    own = [each for each in wrong(verdict) if each[0].startswith("entry")]
    assert own[: len(expected)] == expected
    assert all(each[0] == "entry_inserted" for each in own[len(expected) :])  # the rest of a huge line
    assert not verdict.logs[0].ok
    assert verdict.logs[1].ok


def test_a_damaged_tile_is_told_from_a_damaged_entry(network: Network) -> None:
    pack = network["yks"].pack()
    tile = pack / "tile/0/000.p/9"
    tile.write_bytes(tile.read_bytes()[:40])
    verdict = verify([pack, network["gt-ntt"].pack()])
    assert wrong(verdict) == [("tile_damaged", 0, 8)]
    assert (verdict.logs[0].size, verdict.logs[0].witnessed) == (9, 9)


def test_a_forged_tile_breaks_the_root(network: Network) -> None:
    pack = network["yks"].pack()
    tile = pack / "tile/0/000.p/9"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    found = [code for code, _entry, _last in wrong(verify([pack, network["gt-ntt"].pack()]))]
    assert "entry_altered" in found
    assert "history_rewritten" in found


@pytest.mark.parametrize("name", ["pack.json", "checkpoint", "entries.jsonl", "tile/0/000.p/9"])
def test_a_missing_part_is_a_finding(network: Network, name: str) -> None:
    pack = network["yks"].pack()
    (pack / name).unlink()
    verdict = verify([pack, network["gt-ntt"].pack()])
    assert not verdict.logs[0].ok
    assert verdict.logs[1].ok


def test_an_entry_of_a_later_version_is_named_and_the_rest_is_read(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange.audit import log as log_module

    yks = network["yks"]
    future = (
        b'{"entry":{"kind":"bundle.teleported","party":"yks","time":"2026-10-01T08:00:00Z"},"salt":"'
        + b"0" * 32
        + b'"}'
    )

    class Future:
        data = future

    with monkeypatch.context() as patch, yks.log() as log:
        patch.setattr(log_module.Opening, "of", lambda *_args: Future)
        log.append(yks.entry("store.merged"))
    yks.write("store.merged")
    verdict = network.verify()
    [finding] = [each for each in verdict.findings if each.code == "audit.entry_future"]
    assert (finding.entry, finding.weight) == (9, "look")
    assert verdict.logs[0].size == 11


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\0" * 10240])
def test_what_is_no_pack_is_a_finding(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pack.tar").write_bytes(content)
    verdict = verify([tmp_path / "pack.tar", tmp_path / "nowhere"])
    assert codes(verdict).count("audit.pack_unreadable") == 2
    assert not verdict.ok


def test_a_checkpoint_that_claims_too_much_is_found_quickly(network: Network) -> None:
    yks = network["yks"]
    pack = yks.pack()
    (pack / "checkpoint").write_bytes(sign_checkpoint(Checkpoint(yks.origin, 10**15, bytes(32)), yks.key).data)
    assert "audit.log_truncated" in codes(verify([pack]))


def test_a_pack_of_a_later_version_is_a_finding(network: Network) -> None:
    pack = network["yks"].pack()
    page = json.loads((pack / "pack.json").read_text())
    (pack / "pack.json").write_text(json.dumps(page | {"pack": 2}))
    assert codes(verify([pack]))[0] == "audit.pack_unreadable"


@pytest.fixture(scope="module")
def whole(sound: Network) -> bytes:
    return sound["yks"].pack("whole.tar").read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 20), st.integers(1, 255), st.booleans())
def test_no_damage_to_a_tar_escapes_as_another_error(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, place: int, flip: int, cut: bool
) -> None:
    tar = tmp_path_factory.mktemp("tar") / "yks.tar"
    content = bytearray(whole)
    place %= len(content)
    if cut:
        del content[place:]
    else:
        content[place] ^= flip
    tar.write_bytes(content)
    verify([tar])


def test_what_the_party_itself_has_signed_binds_it(network: Network) -> None:
    """Tiles and lines are forged to fit each other; no other organisation is asked."""
    yks = network["yks"]
    pack = yks.pack()
    lines = (pack / "entries.jsonl").read_bytes().splitlines()
    lines[4] = lines[4].replace(b"gt-ntt", b"gt-ntx")
    (pack / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    (pack / "tile/0/000.p/9").write_bytes(b"".join(map(leaf_hash, lines)))
    assert wrong(verify([pack])) == [("history_rewritten", 0, 8)]


def test_a_checkpoint_from_another_network_is_not_taken_for_ours(network: Network) -> None:
    yks = network["yks"]
    pack = yks.pack()
    (pack / "checkpoints").mkdir()
    foreign = sign_checkpoint(Checkpoint("yks.ntb/exchange-log", 0, EMPTY_ROOT), yks.key)
    forged = foreign.data.replace(b"yks.ntb", b"yks.ntt")
    (pack / "checkpoints/0").write_bytes(forged)
    assert [code for code, *_ in wrong(verify([pack]))] == ["checkpoint_unsigned"]
    (pack / "checkpoints/0").write_bytes(foreign.data)
    assert [code for code, *_ in wrong(verify([pack]))] == ["foreign_log"]


def test_when_the_head_is_damaged_the_last_sound_checkpoint_counts(network: Network) -> None:
    yks = network["yks"]
    entry = yks.entry("store.merged")
    with yks.log() as log:
        log.append(*[entry] * 191)
        Heads(log).checkpoint(yks.key)
        log.append(*[entry] * 100)
    pack = yks.pack()
    (pack / "checkpoint").write_bytes(b"")
    verdict = verify([pack])
    assert wrong(verdict) == [("note_unreadable", None, None), ("entry_unsigned", 200, 299)]
    assert verdict.logs[0].size == 200


def test_a_held_checkpoint_that_was_forged_is_to_be_looked_at_in_the_pack_that_holds_it(network: Network) -> None:
    packs = [network["yks"].pack(), network["gt-ntt"].pack()]
    held = packs[1] / "held/000000"
    held.write_bytes(held.read_bytes().replace(b"\n9\n", b"\n8\n"))
    verdict = verify(packs)
    [found] = [each for each in verdict.findings if each.code == "audit.kept_unsigned"]
    assert (found.pack, found.weight) == (packs[1].name, "look")
    assert [log.ok for log in verdict.logs] == [True, True]


def test_a_held_note_that_is_none_is_to_be_looked_at_in_the_pack_that_holds_it(network: Network) -> None:
    packs = [network["yks"].pack(), network["gt-ntt"].pack()]
    (packs[1] / "held/000007").write_bytes(b"\xff")
    [found] = [each for each in verify(packs).findings if each.code == "audit.kept_unreadable"]
    assert (found.pack, found.weight) == (packs[1].name, "look")


def test_a_forged_cosignature_does_not_count_and_is_to_be_looked_at(network: Network) -> None:
    network["yks"].show(network["gt-ntt"], back=True)
    packs = [network["yks"].pack(), network["gt-ntt"].pack()]
    note = Note.parse((packs[0] / "checkpoint").read_bytes())
    own, witness = note.signatures
    (packs[0] / "checkpoint").write_bytes(note.signed(replace(witness, value=bytes(72))).data)
    assert own in note.signatures
    alone = verify(packs[:1], keys={each.origin: each.key.verify_key for each in network.members.values()})
    assert (alone.ok, alone.logs[0].witnessed) == (True, 0)
    [found] = [each for each in alone.findings if each.code == "audit.cosignature_forged"]
    assert (found.pack, found.weight) == (packs[0].name, "look")
    assert verify(packs).logs[0].witnessed == 9  # as the witness itself has kept it


def test_a_key_that_the_auditor_knows_wins_over_the_one_in_the_pack(network: Network) -> None:
    yks, other = network["yks"], network["gt-ntt"]
    found = [code for code, *_ in wrong(verify([yks.pack()], keys={yks.origin: other.key.verify_key}))]
    assert found[:2] == ["key_differs", "checkpoint_unsigned"]


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (timedelta(days=-2), "audit.time_backwards"),
        (timedelta(days=2), "audit.time_ahead"),
        (timedelta(seconds=-60), ""),
    ],
)
def test_an_impossible_time_is_to_be_looked_at(network: Network, later: timedelta, code: str) -> None:
    yks = network["yks"]
    entry = yks.entry("store.merged")
    with yks.log() as log:
        log.append(entry.model_copy(update={"time": entry.time + later}))
    found = [each for each in verify([yks.pack()]).findings if each.code.startswith("audit.time")]
    assert [(each.code, each.entry, each.weight) for each in found] == ([(code, 9, "look")] if code else [])


def test_an_entry_of_another_party_in_the_log_is_named(network: Network) -> None:
    yks = network["yks"]
    foreign = Opening(yks.entry("store.merged").model_copy(update={"party": "peduli"}), bytes(16))
    with yks.log() as log, log.turn():
        log._write([foreign])
    assert wrong(verify([yks.pack()])) == [("foreign_entry", 9, None)]


def test_the_same_party_in_two_networks_is_not_mixed_up(tmp_path: Path) -> None:
    for network in ("ntt", "ntb"):
        (tmp_path / network).mkdir()
    here, there = (Network(tmp_path / network, ["yks", "gt"], network) for network in ("ntt", "ntb"))
    here.send("yks", "gt", "bundle-00")
    there.send("yks", "gt", "bundle-01")
    packs = [world[party].pack() for world in (here, there) for party in ("yks", "gt")]
    verdict = verify(packs)
    assert [finding for finding in verdict.findings if finding.weight == "wrong"] == []
    assert [match.complete for match in verdict.matches] == [True, True]
    assert "audit.pack_absent" in codes(verify([packs[0], packs[3]]))


def test_a_link_out_of_the_pack_is_not_followed(network: Network, tmp_path: Path) -> None:
    pack = network["yks"].pack()
    (pack / "vkeys").rename(tmp_path / "elsewhere")
    (pack / "vkeys").symlink_to(tmp_path / "elsewhere")
    assert "pack_damaged" in [code for code, *_ in wrong(verify([pack]))]


def test_a_file_without_end_is_not_swallowed(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = network["yks"].pack()
    monkeypatch.setattr(unpack, "_MAX_FILE", 50)
    found = [code for code, *_ in wrong(verify([pack]))]
    assert "pack_damaged" in found
    assert "pack_unreadable" in found


def header(size: bytes, kind: bytes = b"0") -> bytes:
    """A tar header of pack.json, whose size is written so."""
    block = bytearray(tarfile.TarInfo("pack.json").tobuf(tarfile.USTAR_FORMAT)[:512])
    block[124:136], block[156:157] = size, kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax(record: bytes) -> bytes:
    whole = b"%d %s\n" % (len(record) + 4, record)
    assert len(whole) == len(record) + 4
    return header(b"%011o\0" % len(whole), b"x") + whole + bytes(-len(whole) % 512)


@pytest.mark.parametrize(
    "hostile",
    [
        header(b"\x80" + b"\xff" * 11),
        header(b"\xff" * 12),
        pax(b"size=" + b"9" * 30) + header(b"%011o\0" % 0),
        pax(b"GNU.sparse.map=1,x") + header(b"%011o\0" % 512) + bytes(512),
    ],
    ids=["a size beyond all numbers", "a negative size", "a size beyond all numbers, in words", "a map that is none"],
)
def test_a_tar_that_the_library_stumbles_over_is_a_finding(tmp_path: Path, hostile: bytes) -> None:
    pack = tmp_path / "hostile.tar"
    pack.write_bytes(hostile + bytes(1024))
    assert "audit.pack_unreadable" in codes(verify([pack]))


def test_a_sparse_member_of_terabytes_is_not_read(network: Network, tmp_path: Path) -> None:
    """512 bytes that claim to be 8 GiB of zeros, or as many as one likes."""
    pack = tmp_path / "bomb.tar"
    with tarfile.open(pack, "w") as tar:
        for file in sorted(network["yks"].pack().rglob("*")):
            if file.is_file() and file.name != "entries.jsonl":
                tar.add(file, file.relative_to(network.folder / "yks.pack").as_posix())
    sparse = bytearray(tarfile.TarInfo("entries.jsonl").tobuf(tarfile.GNU_FORMAT)[:512])
    sparse[156:157] = b"S"
    sparse[386:410] = b"%011o\0%011o\0" % (0, 0)
    sparse[483:495] = b"\x80" + (1 << 42).to_bytes(11, "big")
    sparse[148:156] = b" " * 8
    sparse[148:156] = b"%06o\0 " % sum(sparse)
    whole = pack.read_bytes().rstrip(b"\0")
    whole += bytes(-len(whole) % 512)
    pack.write_bytes(whole + bytes(sparse) + bytes(1024))
    found = codes(verify([pack]))
    assert "audit.pack_damaged" in found
    assert "audit.entry_missing" in found


def test_a_tar_with_folders_in_it_is_read(network: Network, tmp_path: Path) -> None:
    pack = tmp_path / "whole.tar"
    with tarfile.open(pack, "w", format=tarfile.USTAR_FORMAT) as tar:
        for file in sorted(network["yks"].pack().rglob("*")):
            tar.add(file, file.relative_to(network.folder / "yks.pack").as_posix(), recursive=False)
    assert verify([pack]).logs[0].ok


@pytest.mark.parametrize(
    "name", ["GNU.sparse.map=0,1", "path=entries.jsonl", "hdrcharset=BINARY", "size=1", "mtime=1.5"]
)
def test_of_what_has_grown_upon_plain_tar_nothing_is_read(network: Network, name: str) -> None:
    pack = network["yks"].pack("plain.tar")
    pack.write_bytes(pax(name.encode().ljust(60, b" ")) + pack.read_bytes())
    verdict = verify([pack])
    assert wrong(verdict) == [("pack_damaged", None, None)]
    assert verdict.logs[0].size == 9


def test_a_header_costs_nobody_an_hour(tmp_path: Path) -> None:
    """The library looks for the length of a pax record with an expression that begins anew at every digit."""
    digits = b"1" * (16 * 1024 * 1024)
    pack = tmp_path / "digits.tar"
    pack.write_bytes(header(b"%011o\0" % len(digits), b"x") + digits + bytes(1024))
    began = time.process_time()
    assert "audit.pack_unreadable" in codes(verify([pack]))
    assert time.process_time() - began < 1


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1999-12-31T23:59:59Z"])
def test_a_time_that_no_log_knows_is_a_finding(network: Network, moment: str) -> None:
    pack = network["yks"].pack()
    line = (pack / "entries.jsonl").read_bytes().splitlines(keepends=True)[0]
    for name in ("checkpoint", "tile/0/000.p/9"):
        (pack / name).unlink()
    whole = line.replace(json.loads(line)["entry"]["time"].encode(), moment.encode())
    (pack / "entries.jsonl").write_bytes(whole)
    assert [code for code, *_ in wrong(verify([pack]))] == ["note_unreadable", "entry_unreadable"]
    page = json.loads((pack / "pack.json").read_text())
    (pack / "pack.json").write_text(json.dumps(page | {"made": moment}))
    assert "audit.pack_unreadable" in codes(verify([pack]))


def test_a_certification_for_ever_is_no_entry(network: Network) -> None:
    about: dict[str, Any] = {"person": "a", "key": "SHA256:" + "A" * 43}
    for day in (date(9999, 12, 31), date(1, 1, 1)):
        with pytest.raises(ValidationError):
            network["yks"].entry("person.certified", **about, until=day)
