"""How fast files travel, beside OpenSSH's own `sftp` (aes128-gcm) over the same sshd.

`make bench-transport` starts an sshd of its own on the loopback, with folders in memory (`/dev/shm`), and times in
turns, in processes of their own, the connection included:

- `up`, `down`: one file of 1 GiB. Ours also hashes it, writes to a hidden part, calls fsync, checks the size and
  renames: nothing of that can be switched off. `sftp` puts and gets under the final name.
- `1000 up`, `1000 down`: as many bundles of 100 KiB; `1000 up, bare`: ours without fsync, check and rename, as `sftp`.
- `far up`, `100 far up`: 64 MiB in one file, and 100 bundles of 100 KiB, through a relay (`relay.py`) that adds 50 ms
  each way at 100 Mbit/s. 64 MiB are compared with what the link itself needs for them, from when we are let in: that
  takes a dozen round trips, whatever comes after.
- `five cuts`: 64 MiB over a link that breaks five times; what counts is how many bytes are sent in all.

What counts is the ratio of the medians. Memory is the peak of our whole process.

    python -m benchmarks.transport [--runs 3] [--mib 1024] [--only ROW…]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.crypto.signing import SigningKey
from exchange.demo.sftp_server import Server, running_server

MIB = 1024**2
SMALL = 100 * 1024
ACCOUNT = "yks"
DELAY, MBIT = 0.05, 100.0
MOST_MEMORY = 100 * MIB


@dataclass(frozen=True, slots=True)
class Row:
    """`reach`: at least (faster than the peer), or at most where the name says so. `peer`: None: the link itself."""

    name: str
    job: str
    peer: str
    files: int
    size: int
    reach: float
    far: bool = False


ROWS = (
    Row("up", "put", "put", 1, 1024 * MIB, 0.95),
    Row("down", "get", "get", 1, 1024 * MIB, 0.95),
    Row("1000 up", "put", "put", 1000, SMALL, 0.7),
    Row("1000 up, bare", "bare", "put", 1000, SMALL, 1.2),
    Row("1000 down", "get", "get", 1000, SMALL, 1.5),
    Row("far up", "put", "link", 1, 64 * MIB, 1 / 1.1, far=True),
    Row("100 far up", "put", "put", 100, SMALL, 4, far=True),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one process sends from and to."""

    near: Path
    far: Path
    server: Server
    key: Path
    port: int


def main() -> None:
    given = _options()
    if given.job:
        _job(given)
        return
    with tempfile.TemporaryDirectory(dir=_memory(), prefix="exchange-bench-") as name, _place(Path(name)) as place:
        print(f"| | ours, s | {_sftp_version()}, s | ratio | to reach | MB |\n|---|---|---|---|---|---|")
        for row in ROWS:
            if not given.only or row.name in given.only:
                _measure(row, place, given)
        if not given.only or "five cuts" in given.only:
            _five_cuts(place)


def _measure(row: Row, place: Place, given: argparse.Namespace) -> None:
    size = given.mib * MIB if row.size == 1024 * MIB else row.size
    _fill(place.near, row.files, size)
    ours: list[float] = []
    peers: list[float] = []
    peak = 0
    with _far(place) if row.far else contextlib.nullcontext(place) as at:
        for _run in range(given.runs):
            _before(row.job, at, row.files)
            seconds, memory = _ours("put when in" if row.peer == "link" else row.job, at)
            ours, peak = [*ours, seconds], max(peak, memory)
            _check(at, row)
            if row.peer == "link":
                peers.append(size * row.files * 8 / (MBIT * 1e6))
                continue
            _before(row.peer, at, row.files)
            peers.append(_sftp(row.peer, at))
    mine, theirs = statistics.median(ours), statistics.median(peers)
    print(
        f"| {row.name} | {mine:.2f} | {theirs:.2f} | {theirs / mine:.2f} | {row.reach:.2f} | {peak / 1e6:.0f} |",
        flush=True,
    )


def _five_cuts(place: Place) -> None:
    """Each cut comes after another 10 MiB and some."""
    _fill(place.near, 1, 64 * MIB)
    _before("put", place, 1)
    with _relay(place, "--delay", "0", "--mbit", "10000", "--cut", *["11000000"] * 5) as (relay, at):
        seconds, memory = _ours("persist", at)
        sent, received = _counted(relay)
    assert (place.far / "f0000").read_bytes() == (place.near / "f0000").read_bytes()  # noqa: S101
    moved = f"sent {sent / MIB:.1f} MiB, read back {received / MIB:.1f}"
    print(f"| five cuts | {seconds:.2f} | | {moved} | 75 MiB sent | {memory / 1e6:.0f} |")


# --- one process ---


def _ours(job: str, place: Place) -> tuple[float, int]:
    """Seconds and bytes of memory of a process that does `job`."""
    command = [sys.executable, __file__, "--job", job, "--folder", str(place.near), "--port", str(place.port)]
    command += ["--user", str(place.server.user), "--host-key", place.server.host_key, "--key", str(place.key)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # ourselves
    seconds, memory = done.stdout.split()
    return float(seconds), int(memory)


def _job(given: argparse.Namespace) -> None:
    import paramiko  # noqa: F401  # starting Python is not what is measured

    from exchange.transport.sftp.road import SftpRoad
    from exchange.transport.sftp.target import SftpTarget

    target = SftpTarget("127.0.0.1", given.port, given.user, "incoming", given.host_key)
    key = given.key.read_text()
    began = time.perf_counter()
    if given.job == "put when in":
        with SftpRoad(target, key, settle=0) as road:
            began = time.perf_counter()
            _put(lambda: contextlib.nullcontext(road), given.folder)
            taken = time.perf_counter() - began
    else:
        JOBS[given.job](lambda: SftpRoad(target, key, settle=0), given.folder)
        taken = time.perf_counter() - began
    print(taken, _peak())


def _peak() -> int:
    """Bytes. What `getrusage` tells of a process begins with what its parent had."""
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _put(make: Callable[[], object], folder: Path) -> None:
    from exchange.transport.road import Delivery, Outgoing

    with make() as road:  # type: ignore[attr-defined]
        for outcome in road.put(Outgoing(file, file.name) for file in sorted(folder.iterdir())):
            assert isinstance(outcome, Delivery), outcome  # noqa: S101


def _get(make: Callable[[], object], folder: Path) -> None:
    from exchange.transport.road import Fetched, Wanted

    target = folder.with_name("back")
    with make() as road:  # type: ignore[attr-defined]
        there = road.list()
        for outcome in road.get(Wanted(file.name, target / file.name, file.size) for file in there):
            assert isinstance(outcome, Fetched), outcome  # noqa: S101


def _bare(make: Callable[[], object], folder: Path) -> None:
    """As `sftp` puts: opened under the final name, written, closed."""
    with make() as road:  # type: ignore[attr-defined]
        talk = road._folder().talk

        async def put(file: Path) -> None:
            path = f"incoming/{file.name}"
            handle = await talk.open(path, 0x02 | 0x08 | 0x10)
            with file.open("rb") as content:
                await talk.write(handle, path, 0, content.read, lambda _count: None)
            await talk.close(handle, path)

        for _done in talk.together(put(file) for file in sorted(folder.iterdir())):
            pass


def _persist(make: Callable[[], object], folder: Path) -> None:
    from exchange.transport.persistence import Persistence
    from exchange.transport.road import NotPut, Outgoing, Watch

    (file,) = folder.iterdir()

    def attempt(watch: Watch) -> None:
        with make() as road:  # type: ignore[attr-defined]
            (outcome,) = road.put([Outgoing(file, file.name)], watch)
            if isinstance(outcome, NotPut):
                raise outcome.error

    Persistence(first=0.01).on(attempt, lambda _name, _done, _size: None)


JOBS: dict[str, Callable[[Callable[[], object], Path], None]] = {
    "put": _put,
    "get": _get,
    "bare": _bare,
    "persist": _persist,
}


# --- the peer ---


def _sftp(job: str, place: Place) -> float:
    known = place.key.with_name("known_hosts")
    known.write_text(f"[127.0.0.1]:{place.port} {place.server.host_key}\n")
    batch = place.key.with_name("batch")
    back = place.near.with_name("back")
    batch.write_text(f"put {place.near}/* incoming/\n" if job == "put" else f"get incoming/* {back}/\n")
    options = ["BatchMode=yes", f"UserKnownHostsFile={known}", "Ciphers=aes128-gcm@openssh.com", "Compression=no"]
    command = ["sftp", "-q", "-F", "none", "-b", str(batch), "-i", str(place.key), "-P", str(place.port)]
    command += [f"-o{option}" for option in options] + [f"{place.server.user}@127.0.0.1"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # the peer
    return time.perf_counter() - began


def _sftp_version() -> str:
    told = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr  # noqa: S607
    return "sftp of " + told.split(",")[0].split()[0]


# --- places ---


@contextlib.contextmanager
def _place(folder: Path) -> Iterator[Place]:
    key = SigningKey.generate()
    with running_server(folder / "box", {ACCOUNT: key.verify_key.openssh()}, kind="sshd") as server:
        private = folder / "key"
        private.write_text(key.openssh_private())
        private.chmod(0o600)
        (folder / "near").mkdir()
        (folder / "back").mkdir()
        yield Place(folder / "near", folder / "box" / "incoming" / ACCOUNT, server, private, server.port)


@contextlib.contextmanager
def _far(place: Place) -> Iterator[Place]:
    with _relay(place, "--delay", str(DELAY), "--mbit", str(MBIT)) as (_relayed, at):
        yield at


@contextlib.contextmanager
def _relay(place: Place, *options: str) -> Iterator[tuple[subprocess.Popen[str], Place]]:
    command = [sys.executable, str(Path(__file__).with_name("relay.py")), str(place.server.port), *options]
    relay = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # ours
    assert relay.stdout  # noqa: S101
    try:
        yield relay, Place(place.near, place.far, place.server, place.key, int(relay.stdout.readline()))
    finally:
        relay.terminate()
        relay.wait()


def _counted(relay: subprocess.Popen[str]) -> tuple[int, int]:
    assert relay.stdin and relay.stdout  # noqa: S101, PT018
    relay.stdin.write("\n")
    relay.stdin.flush()
    sent, received = relay.stdout.readline().split()
    return int(sent), int(received)


def _fill(folder: Path, files: int, size: int) -> None:
    for each in folder.iterdir():
        each.unlink()
    some = random.Random(0).randbytes(min(size, 64 * MIB))  # noqa: S311  # no secret
    for number in range(files):
        with (folder / f"f{number:04}").open("wb") as file:
            for _piece in range(max(1, size // len(some))):
                file.write(some)


def _before(job: str, place: Place, files: int) -> None:
    """Nothing is there but what is fetched."""
    back = place.near.with_name("back")
    for folder in (back, place.far):
        if folder is back or job != "get":
            for each in folder.iterdir():
                each.unlink()
    if job == "get" and len(list(place.far.iterdir())) != files:
        for each in place.far.iterdir():
            each.unlink()
        for each in place.near.iterdir():
            shutil.copy(each, place.far)
    os.sync()


def _check(place: Place, row: Row) -> None:
    there = place.near.with_name("back") if row.job == "get" else place.far
    assert sorted(each.name for each in there.iterdir()) == sorted(each.name for each in place.near.iterdir())  # noqa: S101


def _memory() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--only", nargs="*", default=[])
    for name, kind in (("job", str), ("folder", Path), ("port", int), ("user", str), ("host-key", str), ("key", Path)):
        parser.add_argument(f"--{name}", type=kind)
    return parser.parse_args()


if __name__ == "__main__":
    main()
