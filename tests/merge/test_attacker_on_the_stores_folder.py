"""Somebody can write into the store's folder, and holds no key."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from merge.received import KEY, OTHER_KEY, START, bundle, bundle_id

from exchange.crypto.box import unlock
from exchange.errors import CryptoError, MergeError
from exchange.merge import segment_files
from exchange.merge.segment_files import _context
from exchange.merge.store import Store
from exchange.merge.store_key import StoreKey

ANA, BEN = {"x_CaseRef": "pana00001"}, {"x_CaseRef": "pben00001"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(bundle("a", [ANA, BEN]), START)
        store.apply(bundle("b", [ANA], sender="rpk", agreement="DSA-2"), START)
    return tmp_path / "store"


def refusal(folder: Path, key: bytes = KEY) -> tuple[str, ...]:
    with pytest.raises(MergeError) as refused, Store.open(folder, key) as store:
        store.segments()
    return refused.value.codes


def segments(folder: Path) -> list[Path]:
    return sorted((folder / "segments").iterdir())


def change(folder: Path, sql: str) -> None:
    table = sqlite3.connect(folder / "store.sqlite")
    with table:
        table.execute(sql)
    table.close()


def test_another_key_opens_nothing(folder: Path) -> None:
    assert refusal(folder, OTHER_KEY) == ("store.wrong_key",)
    assert refusal(folder, KEY[:16]) == ("store.wrong_key",)


def edit(first: Path, _second: Path) -> None:
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(bytes(data))


def shorten(first: Path, _second: Path) -> None:
    first.write_bytes(first.read_bytes()[:-1])


def swap(first: Path, second: Path) -> None:
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def delete(first: Path, _second: Path) -> None:
    first.unlink()


def empty(first: Path, _second: Path) -> None:
    first.write_bytes(b"")


@pytest.mark.parametrize("attack", [edit, shorten, swap, delete, empty])
def test_segment_that_is_not_the_one_written_is_refused(folder: Path, attack: Callable[[Path, Path], None]) -> None:
    attack(*segments(folder))
    assert refusal(folder) == ("store.damaged",)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM entry WHERE rowid = (SELECT max(rowid) FROM entry)",  # a whole bundle made to disappear
        "DELETE FROM tombstone",  # a withdrawal forgotten
        "INSERT INTO tombstone VALUES (zeroblob(32), zeroblob(32))",
        "UPDATE entry SET locked = (SELECT max(locked) FROM entry)",
        "UPDATE state SET generation = generation - 1",
        "UPDATE state SET seal = zeroblob(32)",
    ],
)
def test_line_taken_away_added_or_put_back_is_noticed(folder: Path, sql: str) -> None:
    with Store.open(folder, KEY) as store:
        store.withdraw("yks", "DSA-1", "pben00001")
    change(folder, sql)
    assert refusal(folder) == ("store.altered",)


@pytest.mark.parametrize("more", ["DELETE FROM tombstone", "DELETE FROM entry", "DELETE FROM entry WHERE rowid = 1"])
def test_table_without_its_seal_is_not_sealed_anew(folder: Path, more: str) -> None:
    """Else whoever takes the seal away takes away what he likes, and the program itself puts a seal under it."""
    with Store.open(folder, KEY) as store:
        store.withdraw("yks", "DSA-1", "pben00001")
    change(folder, more)
    change(folder, "DELETE FROM state")
    assert refusal(folder) == ("store.altered",)
    assert len(segments(folder)) == 2


@pytest.mark.parametrize("left", ["entry", "tombstone"])
def test_table_without_its_seal_and_without_files_is_not_sealed_anew_either(folder: Path, left: str) -> None:
    with Store.open(folder, KEY) as store:
        store.withdraw("yks", "DSA-1", "pben00001")
    for file in segments(folder):
        file.unlink()
    change(folder, "DELETE FROM tombstone" if left == "entry" else "DELETE FROM entry")
    change(folder, "DELETE FROM state")
    assert refusal(folder) == ("store.altered",)


def test_lost_table_of_keys_does_not_make_an_empty_store(folder: Path) -> None:
    """Opened as a new one, it would sweep away every segment, which a copy of the table might still open."""
    for file in folder.glob("store.sqlite*"):
        file.unlink()
    assert refusal(folder) == ("store.altered",)
    assert len(segments(folder)) == 2


def test_table_of_keys_that_is_no_database_is_refused(folder: Path) -> None:
    (folder / "store.sqlite").write_bytes(b"nothing like it" * 1000)
    assert refusal(folder) == ("store.unusable",)


def test_old_segment_put_back_after_a_withdrawal_opens_nothing(folder: Path) -> None:
    """The key is gone with the line that named the file: the old copy is noise, and is swept away."""
    old = {file.name: file.read_bytes() for file in segments(folder)}
    with Store.open(folder, KEY) as store:
        store.withdraw("yks", "DSA-1", "pana00001")
    for name, data in old.items():
        (folder / "segments" / name).write_bytes(data)
    with Store.open(folder, KEY) as store:
        kept = store.segments()
    assert [s.row_keys().to_pylist() for s in kept] == [["pana00001"], ["pben00001"]]  # rpk's is another agreement's
    assert len(segments(folder)) == 2


def test_destroyed_key_is_nowhere_on_the_disk_even_while_the_store_is_open(folder: Path) -> None:
    table = sqlite3.connect(folder / "store.sqlite")
    before = {locked for (locked,) in table.execute("SELECT locked FROM entry")}
    table.close()
    with Store.open(folder, KEY) as store:
        store.withdraw("yks", "DSA-1", "pana00001")
        on_disk = b"".join(file.read_bytes() for file in folder.glob("store.sqlite*"))
    assert not [each for each in before if each in on_disk]


def test_old_bytes_under_the_new_name_are_refused(folder: Path) -> None:
    old = {file.name: file.read_bytes() for file in segments(folder)}
    with Store.open(folder, KEY) as store:
        store.withdraw("yks", "DSA-1", "pana00001")
    fresh = next(file for file in segments(folder) if file.name not in old)
    gone = next(name for name in old if name not in {file.name for file in segments(folder)})
    fresh.write_bytes(old[gone])
    assert refusal(folder) == ("store.damaged",)


def test_whole_store_put_back_is_seen_by_whoever_kept_the_number(folder: Path, tmp_path: Path) -> None:
    """From inside it cannot be seen; the number of changes can be kept elsewhere."""
    shutil.copytree(folder, tmp_path / "copy")
    shutil.copyfile(tmp_path / "store.key", tmp_path / "copy.key")
    with Store.open(folder, KEY) as store:
        store.withdraw("yks", "DSA-1", "pana00001")
        now = store.generation
    with Store.open(tmp_path / "copy", KEY) as store:
        assert store.generation < now


@pytest.mark.skipif(os.name != "posix", reason="modes are not looked at elsewhere")
def test_folder_that_others_can_look_into_is_refused(folder: Path) -> None:
    folder.chmod(0o755)
    assert refusal(folder) == ("store.not_private",)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_crash_before_the_line_is_written_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = segment_files.SegmentFiles.write

    def dies(files: segment_files.SegmentFiles, plain: bytes) -> tuple[str, bytes]:
        real(files, plain)
        raise KeyboardInterrupt

    with Store.open(folder, KEY) as store:
        monkeypatch.setattr(segment_files.SegmentFiles, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            store.withdraw("yks", "DSA-1", "pana00001")
        monkeypatch.undo()
        assert len(segments(folder)) == 3
    with Store.open(folder, KEY) as store:
        assert [s.row_count for s in store.segments()] == [1, 2]
        assert len(segments(folder)) == 2
        assert store.withdraw("yks", "DSA-1", "pana00001") == 1


def test_full_disk_is_refused_in_our_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with Store.open(folder, KEY) as store:
        monkeypatch.setattr("exchange.merge.segment_files.os.fsync", full)
        with pytest.raises(MergeError) as refused:
            store.apply(bundle("c", [BEN], period="2026-10"), START)
        monkeypatch.undo()
        assert refused.value.codes == ("store.unusable",)
        assert len(store.segments()) == 2


# --- an old copy of the store ---


def destroys(store: Store, how: str) -> None:
    match how:
        case "withdrawal":
            store.withdraw("yks", "DSA-1", "pana00001")
        case "disposal":
            store.dispose("yks", "DSA-1", bundle_id("a"))
        case "correction":
            store.apply(bundle("c", [BEN], replaces="a"), START)


@pytest.mark.parametrize("how", ["withdrawal", "disposal", "correction"])
def test_old_copy_of_the_store_opens_with_nothing_that_is_left(folder: Path, tmp_path: Path, how: str) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with Store.open(folder, KEY) as store:
        destroys(store, how)
        left = {file.name: file.read_bytes() for file in (tmp_path / "store.key",)}
    (tmp_path / "copy.key").write_bytes(left["store.key"])
    assert refusal(tmp_path / "copy") == ("store.wrong_key",)
    (tmp_path / "copy.key").unlink()
    assert refusal(tmp_path / "copy") == ("store.no_key",)
    old = {file.name: file.read_bytes() for file in segments(tmp_path / "copy")}
    with Store.open(folder, KEY) as store:
        held = store._table.held()
    assert held
    for name, data in old.items():  # no key of the present opens a segment that is no longer here
        for each in held:
            if each.file != name.removesuffix(".segment"):
                with pytest.raises(CryptoError):
                    unlock(each.key, data, context=_context(name.removesuffix(".segment")))


def test_what_is_only_added_needs_no_new_key(folder: Path, tmp_path: Path) -> None:
    before = (tmp_path / "store.key").read_bytes()
    with Store.open(folder, KEY) as store:
        store.apply(bundle("c", [BEN], period="2026-10"), START)
    assert (tmp_path / "store.key").read_bytes() == before


@pytest.mark.parametrize("moment", [1, 2])
def test_crash_while_the_key_is_renewed_loses_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """Before the table is written both keys are in the file, and the old one counts; after it, the new one."""
    real, calls = StoreKey.write, []

    def dies(file: StoreKey, *keys: bytes) -> None:
        calls.append(keys)
        if len(calls) < moment:
            return real(file, *keys)
        if moment == 1:
            real(file, *keys)
        raise KeyboardInterrupt

    with Store.open(folder, KEY) as store:
        monkeypatch.setattr(StoreKey, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            store.dispose("yks", "DSA-1", bundle_id("a"))
        monkeypatch.undo()
    both = StoreKey(tmp_path / "store.key", KEY).read()
    assert len(both) == 2
    with Store.open(folder, KEY) as store:
        assert len(store.segments()) == (2 if moment == 1 else 1)
        assert len(StoreKey(tmp_path / "store.key", KEY).read()) == 1
        store.dispose("yks", "DSA-1", bundle_id("a"))
        assert [each.sender for each in store.holdings()] == ["rpk"]


def test_two_who_have_the_store_open_renew_its_key_in_turn(folder: Path) -> None:
    with Store.open(folder, KEY) as one, Store.open(folder, KEY) as other:
        one.withdraw("yks", "DSA-1", "pana00001")
        other.withdraw("yks", "DSA-1", "pben00001")
        one.dispose("rpk", "DSA-2", bundle_id("b"))
        assert [each.row_count for each in other.segments()] == [0]
