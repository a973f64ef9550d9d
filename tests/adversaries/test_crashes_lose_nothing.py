"""The machine stops – before any durable step, by a power cut, by `kill -9`, by a full disk: whoever runs the command
again loses nothing, sends and stores nothing twice, and has logs that an auditor finds whole."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from simulator import AGREEMENT, RECIPIENTS, ROWS, SENDER, TABLES, Simulated, founded, quick_folder
from transport.other_user import codes_as_ordinary_user

from exchange.approving import reject, waiting
from exchange.delivering import deliver
from exchange.demo.cast import APPROVERS
from exchange.duties.disposal import dispose
from exchange.duties.withdrawal import withdraw
from exchange.errors import AgreementError, ExchangeError
from exchange.merging import merge_received
from exchange.posting import resume
from exchange.receiving import receive
from exchange.registers import withdrawals
from exchange.seal.series import Series
from exchange.sending import pack
from exchange.workspace.workspace import Workspace

# Whatever writes something that is meant to stay.
DURABLE = (
    "exchange.keyring.private_files.GrowingFile.keep",
    "exchange.seal.ledger.Ledger.gave",
    "exchange.seal.ledger.Ledger.queued",
    "exchange.seal.ledger.Ledger.took",
    "exchange.seal.ledger.Ledger.reopen",
    "exchange.seal.ledger.Ledger.take_back",
    "exchange.audit.log.Log.append",
    "exchange.audit.heads.Heads.checkpoint_due",
    "exchange.audit.witness.Witness.see",
    "exchange.protect.releases.releases.Releases.record",
    "exchange.protect.releases.releases.Releases.forget",
    "exchange.transport.parcels.insert",
    "exchange.transport.parcels.record",
    "exchange.transport.outbox.Outbox.queue",
    "exchange.transport.arrivals.note",
    "exchange.transport.inbox.Inbox._move",
    "exchange.merge.store.Store.apply",
    "exchange.merge.store.Store.withdraw",
    "exchange.merge.store.Store.dispose",
    "exchange.merge.store.Store.keep",
    "simulator.CarriersRoad.put",
)


class PowerCutError(BaseException):
    """Nothing of ours catches it."""


@contextmanager
def power_cut_before(step: int) -> Iterator[list[str]]:
    """The machine stops before the durable step of this number; which steps there were."""
    steps: list[str] = []

    def stopping(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            steps.append(name)
            if len(steps) >= step:
                raise PowerCutError
            return real(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in DURABLE:
            patch.setattr(name, stopping(name, _found(name)))
        with suppress(PowerCutError):
            yield steps


def _found(name: str) -> Callable[..., object]:
    from importlib import import_module

    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        with suppress(ModuleNotFoundError):
            found: object = import_module(".".join(parts[:end]))
            for part in parts[end:]:
                found = getattr(found, part)
            assert callable(found)
            return found
    raise LookupError(name)


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with quick_folder(tmp_path_factory.mktemp("crashes")) as folder:
        yield folder


@pytest.fixture(scope="module")
def ready(fast: Path) -> Simulated:
    """Nothing has been sent yet."""
    return founded(fast / "network", rows=12)


@pytest.fixture(scope="module")
def packed(ready: Simulated) -> Simulated:
    network = ready.copied(ready.folder.parent / "packed")
    network.pack()
    return network


@pytest.fixture(scope="module")
def sent(packed: Simulated) -> Simulated:
    network = packed.copied(packed.folder.parent / "sent")
    network.deliver()
    return network


@pytest.fixture(scope="module")
def acknowledged(sent: Simulated) -> Simulated:
    network = sent.copied(sent.folder.parent / "acknowledged")
    network.round()
    return network


# --- what must be so in the end ---


def pack_again(network: Simulated) -> None:
    """As a person would whose command was cut off; that all of it had been packed is a good answer as well."""
    try:
        network.pack()
    except AgreementError as error:
        if {*error.codes} != {"agreement.already_sent"}:
            raise
    network.approve()


def check_all_is_as_if_nothing_had_happened(network: Simulated) -> None:
    sender = network.office()
    assert not sender.workspace.ledger.unqueued()
    assert not [*sender.workspace.sealed_folder.iterdir()]
    assert {standing.state for standing in network.standings()} - {"rejected"} == {"acknowledged"}
    noted = {entry.ciphertext: entry for entry in network.entries(SENDER, "bundle.packed")}
    for party in RECIPIENTS:
        (release,) = sender.workspace.releases.current(AGREEMENT, party)
        assert sender.workspace.releases.shown(release.bundle)
        (accepted,) = network.entries(party, "bundle.accepted")
        (segment,) = network.segments(party)
        assert accepted.ciphertext == release.ciphertext
        assert segment.metadata.bundle == release.bundle
        packed_counts, accepted_counts = noted[release.ciphertext].counts, accepted.counts
        assert packed_counts is not None
        assert accepted_counts is not None
        assert accepted_counts.rows_in == packed_counts.rows_out == segment.row_count
        series = Series(SENDER, party, AGREEMENT, "bundle")
        assert network.office(party).workspace.ledger.expected(series).sequence == 2
    for kind in ("bundle.delivered", "bundle.acknowledged"):
        ciphertexts = [entry.ciphertext for entry in network.entries(SENDER, kind)]
        assert len(ciphertexts) == len({*ciphertexts}) == len(RECIPIENTS), kind
    verdict = network.audited()
    assert verdict.ok, [str(finding) for finding in verdict.findings]
    assert all(match.complete for match in verdict.matches)


def each_cut(start: Simulated, act: Callable[[Simulated], object]) -> Iterator[Simulated]:
    """The network after `act` was cut off before a durable step: before the first of each kind, when nothing of it is
    there yet, and before the last, when it is there for the other recipient."""
    with power_cut_before(NEVER) as steps:
        act(_afresh(start))
    assert len(steps) > 2, "no durable step was seen"
    firsts, lasts = {name: steps.index(name) for name in steps}, {name: at for at, name in enumerate(steps)}
    for at in sorted({*firsts.values(), *lasts.values()}):
        network = _afresh(start)
        with power_cut_before(at + 1) as done:
            act(network)
        assert len(done) == at + 1, "another run has other steps"
        print(f"cut before {done[-1]}")  # pytest shows it where a check fails
        yield network


NEVER = 1 << 30


def _afresh(start: Simulated) -> Simulated:
    shutil.rmtree(start.folder.parent / "cut", ignore_errors=True)
    return start.copied(start.folder.parent / "cut")


# --- a power cut ---


def test_packing_that_was_cut_off_goes_on_with_the_next_pack(ready: Simulated) -> None:
    for network in each_cut(ready, Simulated.only_pack):
        network.deliver()
        assert {standing.state for standing in network.standings()} <= {"packed"}, "nobody has approved"
        pack_again(network)
        network.round()
        check_all_is_as_if_nothing_had_happened(network)


def test_approvals_that_were_cut_off_are_given_once(ready: Simulated) -> None:
    """Between a signature, its line in the log, and the release: the next person or delivery finishes it."""
    start = ready.copied(ready.folder.parent / "waiting")
    start.only_pack(to=(TABLES,))
    for network in each_cut(start, Simulated.approve):
        network.approve()
        noted = [entry.person for entry in network.entries(SENDER, "release.approved")]
        assert noted == [person_id for person_id, _name in APPROVERS]
        assert [standing.state for standing in network.standings()] == ["queued"]


def test_a_rejection_that_was_cut_off_is_undone_or_finished(ready: Simulated) -> None:
    start = ready.copied(ready.folder.parent / "unwanted")
    start.only_pack()
    for network in each_cut(start, reject_all):
        resume(network.office())
        for standing in network.standings():
            known = network.office().workspace.releases.find(f"sha256:{standing.parcel.sha256}")
            assert (standing.state == "rejected") == (known is None)
        reject_all(network)
        assert {standing.state for standing in network.standings()} == {"rejected"}
        rejected = [entry.ciphertext for entry in network.entries(SENDER, "release.rejected")]
        assert len(rejected) == len({*rejected}) == len(RECIPIENTS)
        pack_again(network)
        network.round()
        check_all_is_as_if_nothing_had_happened(network)


def reject_all(network: Simulated) -> None:
    for each in reversed(waiting(network.office())):
        reject(network.office(), each, network.network.people[SENDER][0])


def test_delivering_that_was_cut_off_goes_on_with_the_next_delivery(packed: Simulated) -> None:
    for network in each_cut(packed, Simulated.deliver):
        network.round()
        check_all_is_as_if_nothing_had_happened(network)


@pytest.mark.parametrize("party", RECIPIENTS)
def test_receiving_that_was_cut_off_goes_on_with_the_next_receive(sent: Simulated, party: str) -> None:
    for network in each_cut(sent, lambda network: network.receive(party)):
        network.round()
        check_all_is_as_if_nothing_had_happened(network)


def test_receipts_that_were_half_taken_in_are_taken_in_once(sent: Simulated) -> None:
    answered = sent.copied(sent.folder.parent / "answered")
    for party in RECIPIENTS:
        answered.receive(party)
        answered.deliver(party)
    for network in each_cut(answered, lambda network: network.receive(SENDER)):
        network.round()
        check_all_is_as_if_nothing_had_happened(network)


# --- a withdrawal ---


def a_case(network: Simulated) -> str:
    """A case number that the recipient of rows got."""
    (packed,) = (each for each in network.packed if each.sealed.envelope.recipient == ROWS)
    consented = packed.prepared.consented
    cases = zip(consented.table.column("x_CaseRef").to_pylist(), consented.tables_only.to_pylist(), strict=True)
    return next(str(case) for case, tables_only in cases if not tables_only)


def check_she_is_gone(network: Simulated, rows: int) -> None:
    (segment,) = network.segments(ROWS)
    assert segment.row_count == rows - 1
    assert network.entries(SENDER, "erasure.certified")
    verdict = network.audited()
    assert verdict.ok, [str(finding) for finding in verdict.findings]


def test_a_withdrawal_that_was_cut_off_is_made_again(acknowledged: Simulated) -> None:
    (before,) = acknowledged.segments(ROWS)
    case = a_case(acknowledged)
    for network in each_cut(acknowledged, lambda network: withdraw(network.office(), AGREEMENT, case)):
        withdraw(network.office(), AGREEMENT, case)
        network.round()
        check_she_is_gone(network, before.row_count)


def test_a_withdrawal_that_was_cut_off_is_finished_by_delivering(packed: Simulated) -> None:
    """Her bundles wait. Once the withdrawal is recorded, nothing with her leaves, and nobody has to say it again."""
    case = a_case(packed)
    for network in each_cut(packed, lambda network: withdraw(network.office(), AGREEMENT, case)):
        recorded = bool(withdrawals(network.office(), AGREEMENT))
        network.deliver()
        left = {each.period for each in network.entries(SENDER, "bundle.delivered") if each.counterpart == ROWS}
        assert bool(left) is not recorded
        if recorded:
            assert [each.counterpart for each in network.entries(SENDER, "release.taken_back")].count(ROWS) == 1
            assert len(network.entries(SENDER, "consent.withdrawn")) == 1
            pack_again(network)
            network.round()
            assert network.audited().ok
            (segment,) = network.segments(ROWS)
            assert segment.row_count == rows_of(packed) - 1


def rows_of(network: Simulated) -> int:
    (packed,) = (each for each in network.packed if each.sealed.envelope.recipient == ROWS)
    return packed.prepared.protected.account.rows_out


def test_an_erasure_that_was_cut_off_is_finished_and_certified_once(acknowledged: Simulated) -> None:
    (before,) = acknowledged.segments(ROWS)
    asked = acknowledged.copied(acknowledged.folder.parent / "asked")
    withdraw(asked.office(), AGREEMENT, a_case(asked))
    asked.deliver()
    for network in each_cut(asked, lambda network: network.receive(ROWS)):
        network.round()
        check_she_is_gone(network, before.row_count)
        for party in (ROWS, SENDER):
            (certified,) = network.entries(party, "erasure.certified")
            assert certified.counts is not None
            assert certified.counts.reports == 1


# --- a disposal ---


def disposed(network: Simulated) -> None:
    dispose(network.office(ROWS), AGREEMENT, all_now=True)


def check_it_was_destroyed_and_certified_once(network: Simulated, bundle: str, reports: int) -> None:
    assert not network.segments(ROWS)
    assert not [*(network.office(ROWS).workspace.store_folder / "segments").glob("*.segment")][1:]  # one: who is known
    for kind in ("disposal.due", "disposal.done"):
        (entry,) = network.entries(ROWS, kind)
        assert entry.counts is not None
        assert (entry.bundle, entry.counts.reports) == (bundle, reports)
    for party in (ROWS, SENDER):
        (certified,) = network.entries(party, "disposal.certified")
        assert certified.bundle == bundle
    assert not network.office(ROWS).workspace.ledger.unqueued()
    verdict = network.audited()
    assert verdict.ok, [str(finding) for finding in verdict.findings]


def test_a_disposal_that_was_cut_off_is_finished_and_certified_once(acknowledged: Simulated) -> None:
    (segment,) = acknowledged.segments(ROWS)
    kept = acknowledged.copied(acknowledged.folder.parent / "kept")
    merge_received(kept.office(ROWS))
    for network in each_cut(kept, disposed):
        disposed(network)
        network.round()
        check_it_was_destroyed_and_certified_once(network, segment.metadata.bundle, segment.row_count)


def test_a_certificate_that_was_half_taken_in_is_noted_once(acknowledged: Simulated) -> None:
    (segment,) = acknowledged.segments(ROWS)
    certified = acknowledged.copied(acknowledged.folder.parent / "certified")
    disposed(certified)
    certified.deliver(ROWS)
    for network in each_cut(certified, lambda network: network.receive(SENDER)):
        network.round()
        check_it_was_destroyed_and_certified_once(network, segment.metadata.bundle, segment.row_count)


# --- kill -9 ---


def by_hand(network: Simulated, stick: Path) -> None:
    """The whole month on a USB stick, which survives every process."""
    with suppress(AgreementError):  # packed before
        pack(network.office(), network.job())
    network.approve()
    stick.mkdir(exist_ok=True)
    deliver(network.office(), folder=stick)
    for party in RECIPIENTS:
        receive(network.office(party), folder=stick)
        deliver(network.office(party), folder=stick)
    receive(network.office(), folder=stick)


@pytest.mark.parametrize("seed", range(3))
def test_a_program_that_is_killed_at_any_moment_is_run_again(ready: Simulated, seed: int) -> None:
    chance = random.Random(seed)
    network = ready.copied(ready.folder.parent / "killed")
    stick = network.folder / "stick"
    stick.mkdir()
    for _attempt in range(4):
        process = multiprocessing.get_context("fork").Process(target=by_hand, args=(network, stick), daemon=True)
        process.start()
        time.sleep(chance.uniform(0.1, 3))
        process.kill()
        process.join(60)
    for _turn in range(2):
        by_hand(network, stick)
    check_all_is_as_if_nothing_had_happened(network)
    shutil.rmtree(network.folder)


# --- a full disk ---


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@contextmanager
def only(free: int, disk: Path) -> Iterator[None]:
    """So many bytes are free on the disk; then there is room again."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        room = os.statvfs(disk)
        file.write(bytes(max(0, room.f_bavail * room.f_frsize - free)))
    yield
    filler.unlink()


NO_ROOM = {
    "file.not_written",
    "transport.no_space",
    "transport.queue_damaged",
    "seal.ledger",
    "seal.not_written",
    "releases.unusable",
    "audit.log_unusable",
    "workspace.not_writable",
    "store.unusable",
}


@pytest.mark.parametrize("free", [0, 8_192, 65_536, 300_000, 600_000])
def test_a_full_disk_is_said_and_nothing_is_lost_once_there_is_room(
    ready: Simulated, small_disk: Path, free: int
) -> None:
    network = ready.copied(small_disk / "network")
    refused: list[str] = []
    with only(free, small_disk):
        try:
            network.pack()
            network.deliver()
        except ExchangeError as error:
            refused += error.codes
    pack_again(network)
    network.deliver()
    with only(free, small_disk):
        for party in RECIPIENTS:
            try:
                received = network.receive(party)
                refused += (problem.code for each in received.taken for problem in each.problems)
                refused += (problem.code for problem in received.problems)
            except ExchangeError as error:
                refused += error.codes
    assert refused
    assert {*refused} <= NO_ROOM
    network.round()
    check_all_is_as_if_nothing_had_happened(network)


# --- somebody else's machine account ---


def test_another_user_of_the_machine_gets_nowhere(ready: Simulated) -> None:
    """Even where the way to the folder is open."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own folders are closed to others
        Path(folder).chmod(0o755)
        network = ready.copied(Path(folder) / "network")
        network.folder.chmod(0o755)
        ours = network.office().workspace.folder
        assert stat.S_IMODE(ours.stat().st_mode) == 0o700
        assert codes_as_ordinary_user(lambda: Workspace.open(ours))[0].startswith("workspace.")
        assert codes_as_ordinary_user(network.pack)[0].split(".")[0] in {"workspace", "agreement", "transport"}
        assert codes_as_ordinary_user(lambda: receive(network.office(TABLES)))[0].split(".")[0] in {
            "workspace",
            "transport",
        }
