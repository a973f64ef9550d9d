"""One log: what is appended stays, in order; two processes do no harm; the file's damage is named."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.audit.checkpoint import cosign, log_origin, open_checkpoint
from exchange.audit.entries import AgreementRef, Counts, Entry, Opening
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.tree import Tree, verify_consistency, verify_inclusion
from exchange.crypto.signing import SigningKey
from exchange.errors import AuditError

ORIGIN = log_origin("yks", "ntt")
START = datetime(2026, 10, 1, 8, tzinfo=UTC)
KEY = SigningKey(bytes(range(32)))


def letter(number: int) -> Entry:
    return Entry(
        time=START + timedelta(minutes=number), kind="letter.sent", party="yks", counterpart="gt-ntt", note="feedback"
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log.create(tmp_path / "log.sqlite", ORIGIN) as created:
        yield created


def test_entries_come_back_in_the_order_in_which_they_were_written(log: Log) -> None:
    assert log.append(letter(0)) == range(1)
    assert log.append(letter(1), letter(2), letter(3)) == range(1, 4)
    assert log.append() == range(4, 4)
    found = list(log.records())
    assert [record.number for record in found] == [0, 1, 2, 3]
    assert [record.opening and record.opening.entry for record in found] == [letter(number) for number in range(4)]
    assert log.root() == Tree(record.leaf for record in found).root()


def test_a_log_outlives_its_process(tmp_path: Path) -> None:
    with Log.create(tmp_path / "log", ORIGIN) as log:
        log.append(letter(0), letter(1))
        root = log.root()
    with Log.open(tmp_path / "log") as again:
        assert (again.origin, again.size, again.root()) == (ORIGIN, 2, root)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 5), max_size=12))
def test_batches_make_the_same_tree_as_single_entries(
    tmp_path_factory: pytest.TempPathFactory, batches: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    salt = bytes(16)
    entries = [letter(number) for number in range(sum(batches))]
    with Log.create(folder / "batches", ORIGIN, randomness=lambda _size: salt) as log:
        for size in batches:
            log.append(*entries[log.size : log.size + size])
        assert log.root() == Tree(Opening(entry, salt).leaf for entry in entries).root()


def test_proofs_from_the_table_are_those_of_the_tree(log: Log) -> None:
    log.append(*(letter(number) for number in range(21)))
    records = list(log.records())
    for size in range(1, 22):
        for record in records[:size]:
            verify_inclusion(record.leaf, record.number, size, log.inclusion(record.number, size), log.root(size))
        verify_consistency(size, 21, log.consistency(size), log.root(size), log.root())


def test_every_salt_is_its_own(log: Log) -> None:
    log.append(*[letter(0)] * 50)
    assert len({record.leaf for record in log.records()}) == 50


def test_an_entry_of_another_party_is_refused_and_nothing_is_written(log: Log) -> None:
    foreign = letter(0).model_copy(update={"party": "gt-ntt"})
    with pytest.raises(AuditError) as refused:
        log.append(letter(0), foreign)
    assert refused.value.codes == ("audit.foreign_entry",)
    assert log.size == 0


def test_an_erased_opening_is_gone_and_the_log_stands(log: Log) -> None:
    log.append(letter(0), letter(1))
    before = log.root(2)
    assert log.erase(1, at=START + timedelta(days=1)) == 2
    assert log.root(2) == before
    first, second, third = log.records()
    assert first.opening is not None
    assert second.opening is None
    assert third.opening is not None
    assert third.opening.entry.counts == Counts(entry=1)


def test_no_copy_of_an_erased_opening_stays_in_the_files_of_the_log(log: Log, tmp_path: Path) -> None:
    for _batch in range(4):
        log.append(*(letter(number) for number in range(100)))
    salts = [record.opening.salt.hex().encode() for record in log.records() if record.opening]
    erased = range(0, 400, 3)
    for number in erased:
        log.erase(number, at=START + timedelta(days=1))
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())  # the log is still open
    left = {number for number, salt in enumerate(salts) if salt in files}
    assert left == set(range(400)) - set(erased)


def test_only_what_is_there_can_be_erased(log: Log) -> None:
    with pytest.raises(AuditError) as refused:
        log.erase(0, at=START)
    assert refused.value.codes == ("audit.proof_out_of_range",)
    assert log.size == 0


def test_a_checkpoint_is_signed_kept_and_not_repeated(log: Log) -> None:
    log.append(letter(0))
    first = Heads(log).checkpoint(KEY)
    assert Heads(log).checkpoint(KEY) == first
    log.append(letter(1))
    second = Heads(log).checkpoint(KEY)
    assert Heads(log).checkpoints(KEY.verify_key) == (first, second)
    assert (second.checkpoint.size, second.checkpoint.root) == (2, log.root())


def test_a_log_that_was_changed_below_its_checkpoint_signs_no_more(log: Log, tmp_path: Path) -> None:
    log.append(letter(0), letter(1))
    Heads(log).checkpoint(KEY)
    with sqlite3.connect(tmp_path / "log.sqlite") as attacker:
        attacker.execute("UPDATE node SET hash = zeroblob(32) WHERE level = 1")
    with pytest.raises(AuditError) as refused:
        Heads(log).checkpoint(KEY)
    assert refused.value.codes == ("audit.log_altered",)


def test_a_second_log_is_not_made_over_the_first(log: Log, tmp_path: Path) -> None:
    log.append(letter(0))
    with pytest.raises(AuditError) as refused:
        Log.create(tmp_path / "log.sqlite", ORIGIN)
    assert refused.value.codes == ("audit.log_exists",)
    assert log.size == 1


def test_a_log_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AuditError) as refused:
        Log.create(tmp_path / "nowhere" / "log", ORIGIN)
    assert refused.value.codes == ("audit.log_unusable",)
    Log.create(tmp_path / "log", ORIGIN).close()
    assert [file.name for file in tmp_path.iterdir()] == ["log"]


def test_the_file_is_for_its_owner_alone(log: Log, tmp_path: Path) -> None:
    log.append(letter(0))
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "audit.log_missing"), (b"", "audit.log_unusable"), (b"not a database" * 100, "audit.log_unusable")],
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    if content is not None:
        (tmp_path / "log").write_bytes(content)
    with pytest.raises(AuditError) as refused:
        Log.open(tmp_path / "log")
    assert refused.value.codes == (code,)


def test_a_log_of_a_later_version_is_refused(log: Log, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "log.sqlite") as later:
        later.execute("PRAGMA user_version = 2")
    with pytest.raises(AuditError) as refused:
        Log.open(tmp_path / "log.sqlite")
    assert refused.value.codes == ("audit.log_future",)


def test_a_missing_node_is_named_not_guessed(log: Log, tmp_path: Path) -> None:
    log.append(letter(0), letter(1))
    with sqlite3.connect(tmp_path / "log.sqlite") as attacker:
        attacker.execute("DELETE FROM node WHERE level = 1")
    with pytest.raises(AuditError) as refused:
        log.root()
    assert refused.value.codes == ("audit.log_unusable",)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from exchange.audit.entries import Entry
from exchange.audit.log import Log
with Log.open(Path(sys.argv[1])) as log:
    for number in range(200):
        moment = datetime(2026, 10, 1, tzinfo=UTC)
        log.append(Entry(time=moment, kind="letter.sent", party="yks", counterpart=sys.argv[2], note="feedback"))
"""


def test_two_processes_that_append_at_once_make_one_valid_log(log: Log, tmp_path: Path) -> None:
    house = Path(__file__).parents[2]
    command = [sys.executable, "-c", WRITER, str(tmp_path / "log.sqlite")]
    writers = [
        subprocess.Popen([*command, side], env={**os.environ, "PYTHONPATH": str(house)}) for side in ("left", "right")
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    records = list(log.records())
    sides = [record.opening.entry.counterpart for record in records if record.opening]
    assert (len(records), sides.count("left"), sides.count("right")) == (400, 200, 200)
    assert log.root() == Tree(record.leaf for record in records).root()


def test_a_full_disk_loses_nothing(log: Log) -> None:
    log.append(letter(0))
    root = log.root()
    pages = log._db.execute("PRAGMA page_count").fetchone()[0]
    log._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(AuditError) as refused:
        log.append(*(letter(number) for number in range(1000)))
    assert refused.value.codes == ("audit.log_unusable",)
    assert (log.size, log.root()) == (1, root)
    log._db.execute("PRAGMA max_page_count = 1000000")
    assert log.append(letter(1)) == range(1, 2)


def test_an_append_that_breaks_half_way_leaves_nothing(log: Log, tmp_path: Path) -> None:
    log.append(letter(0))
    root = log.root()
    with sqlite3.connect(tmp_path / "log.sqlite") as attacker:  # the node that the second entry completes is taken
        attacker.execute("INSERT INTO node VALUES (1, 0, zeroblob(32))")
    with pytest.raises(AuditError) as refused:
        log.append(letter(1))
    assert refused.value.codes == ("audit.log_unusable",)
    assert (log.size, log.root()) == (1, root)


def test_what_entries_say_is_found_without_reading_them(log: Log) -> None:
    agreement = AgreementRef(id="DSA-NTT-2026-004", version="1.1.0", digest="sha256:" + "a" * 64)
    says: list[dict[str, Any]] = [
        {"person": "budi"},
        {},
        {"person": "sari"},
        {"person": "budi", "agreement": agreement},
    ]
    log.append(*(letter(number).model_copy(update=said) for number, said in enumerate(says)))
    assert log.told("person") == ("budi", "sari")
    assert [AgreementRef.model_validate_json(each) for each in log.told("agreement")] == [agreement]
    log.erase(2, at=START)
    assert log.told("person") == ("budi",)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 65])
def test_many_proofs_at_once_are_those_made_one_by_one(log: Log, size: int) -> None:
    log.append(*map(letter, range(70)))
    numbers = range(size)
    assert list(log.inclusions(numbers, size)) == [log.inclusion(number, size) for number in numbers]
    with pytest.raises(AuditError):
        list(log.inclusions([size], size))


def test_an_entry_that_no_pack_could_carry_is_refused(log: Log) -> None:
    long = letter(1).model_copy(update={"fields": tuple(f"field_{number:050}" for number in range(1200))})
    with pytest.raises(AuditError, match="too long"):
        log.append(letter(0), long)
    assert log.size == 0


# --- what others see of it ---

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)


def sizes_over(log: Log, busy: dict[int, int], weeks: int = 10) -> list[int]:
    """The sizes that others are shown, week by week, when in some of them more entries are written."""
    sizes = []
    for week in range(weeks):
        at = MONDAY + timedelta(days=7 * week, hours=9)
        if busy.get(week):
            log.append(*[letter(0)] * busy[week])
        sizes.append(Heads(log).checkpoint_due(KEY, at).checkpoint.size)
    return sizes


def test_what_others_see_of_the_size_is_a_matter_of_the_calendar(tmp_path: Path) -> None:
    quiet, busy = (Log.create(tmp_path / name, log_origin("yks", "ntt")) for name in ("quiet", "busy"))
    with quiet, busy:
        calendar = [64 * week for week in range(1, 11)]
        assert sizes_over(quiet, {}) == calendar
        assert sizes_over(busy, {0: 40, 3: 1, 4: 63, 8: 20}) == calendar


def test_whoever_is_not_asked_for_months_shows_no_more_than_that(tmp_path: Path) -> None:
    with Log.create(tmp_path / "log", log_origin("yks", "ntt")) as log:
        for week in (0, 9):
            log.append(*[letter(0)] * 30)
            Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=7 * week))
        assert [each.checkpoint.size for each in Heads(log).checkpoints(KEY.verify_key)] == [64, 640]
        log.append(*[letter(0)] * 65)  # more than a step in a week is told by steps
        assert Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=70)).checkpoint.size == 768


def test_within_a_week_there_is_one_head_and_what_follows_is_behind_it(tmp_path: Path) -> None:
    with Log.create(tmp_path / "log", log_origin("yks", "ntt")) as log:
        head = Heads(log).checkpoint_due(KEY, MONDAY)
        log.append(letter(0))
        assert Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=6, hours=23)) == head
        assert Heads(log).checkpoint(KEY).checkpoint.size == 65  # as it is: for ourselves
        assert Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=6)) == head
        visit = Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=6), at_once=True)
        assert visit.checkpoint.size == 128
        assert Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=7)).checkpoint.size == 192


def test_a_clock_that_was_wrong_once_neither_fills_the_disk_nor_stops_the_heads(tmp_path: Path) -> None:
    with Log.create(tmp_path / "log", log_origin("yks", "ntt")) as log:
        Heads(log).checkpoint_due(KEY, MONDAY)
        assert Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=40_000)).checkpoint.size == 64 * 54
        assert Heads(log).checkpoint_due(KEY, MONDAY + timedelta(hours=6)).checkpoint.size == 64 * 55
        assert Heads(log).checkpoint_due(KEY, MONDAY - timedelta(hours=3)).checkpoint.size == 64 * 55


def test_an_entry_that_was_changed_since_the_last_head_is_not_signed(tmp_path: Path) -> None:
    with Log.create(tmp_path / "log", log_origin("yks", "ntt")) as log:
        Heads(log).checkpoint_due(KEY, MONDAY)
        log.append(letter(0), letter(1))
        with sqlite3.connect(tmp_path / "log") as other:
            other.execute("UPDATE entry SET opening = (SELECT opening FROM entry WHERE number = 65) WHERE number = 64")
        with pytest.raises(AuditError) as refused:
            Heads(log).checkpoint_due(KEY, MONDAY + timedelta(days=7))
        assert refused.value.codes == ("audit.log_altered",)
        assert log.size == 66  # nor was it padded


def test_who_owes_us_a_cosignature_and_since_when(tmp_path: Path) -> None:
    witness, its = "gt-ntt.ntt/exchange-witness", SigningKey(bytes(range(1, 33)))
    with Log.create(tmp_path / "log", log_origin("yks", "ntt")) as log:

        def owed() -> datetime | None:
            return Heads(log).unanswered(KEY.verify_key, witness, its.verify_key)

        assert owed() is None
        for week in range(12):
            shown = Heads(log).show(KEY, witness, its.verify_key, MONDAY + timedelta(days=7 * week))
            assert owed() == MONDAY
        head = open_checkpoint(shown.note, KEY.verify_key)
        cosigned = cosign(head, its, name=witness, at=MONDAY)
        Heads(log).add_cosignatures(cosigned.data, KEY.verify_key, [(witness, its.verify_key)])
        assert owed() is None
