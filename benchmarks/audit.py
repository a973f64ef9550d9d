"""How fast a log is written, proved and verified, and what memory that takes: the figures that issue 10 asks for.

- one by one: `Log.append` of one entry at a time, each on the disk when it returns; beside bare SQLite that inserts the
  same bytes into one table with the same settings (write-ahead log, full sync), in turns; and pymerkle's SQLite tree.
- in batches: `Log.append` of 1,000 entries at a time.
- verify: `read_pack` of one log in a folder, in a process of its own: every signature, every hash, every line.
- proofs: inclusion proofs of entries all over that log, made from its SQLite file, and checked; and pymerkle's.
- a month: packs of many organisations that send to each other and witness each other, verified and matched together.

What counts is processor seconds, which a busy machine changes least, and for what waits for the disk the ratio of
seconds on the clock. Everything lies in --folder: a disk, if writing to a disk is what is to be measured.

    python -m benchmarks.audit [--peers PYTHON] [--entries 1000000] [--organisations 50] [--folder DIR]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import timed

if TYPE_CHECKING:
    from exchange.audit.entries import Entry, Kind
    from exchange.crypto.signing import SigningKey

ONE_BY_ONE, PROOFS, BATCH = 500, 20_000, 1000
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KINDS: tuple[Kind, ...] = ("bundle.packed", "bundle.delivered", "bundle.acknowledged", "letter.received", "store.read")
"""What the entries of a long log are, in turn."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    reached: str
    to_reach: str
    holds: bool | None = None


def main() -> None:
    options = _options()
    if options.job:
        print(json.dumps(JOBS[options.job](Path(options.target))))
        return
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        figures = chain(
            one_by_one(folder),
            a_long_log(folder, options.entries),
            a_month(folder, options.organisations),
            pymerkle(folder, options.peers),
        )
        for figure in figures:
            print(f"| {figure.what} | {figure.reached} | {figure.to_reach} | {_word(figure.holds)} |", flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")


def _word(holds: bool | None) -> str:
    return "" if holds is None else "yes" if holds else "no"


# --- writing ---


def one_by_one(folder: Path) -> Iterator[Figure]:
    """In turns of 50, so that both meet the disk in the same moods."""
    from exchange.audit.database import connect, transaction
    from exchange.audit.entries import Opening
    from exchange.audit.log import Log

    entries = [entry for _number, entry in zip(range(ONE_BY_ONE), long_log(), strict=False)]
    bare = connect(folder / "bare.sqlite")
    bare.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, opening BLOB) STRICT")
    took = {"ours": 0.0, "bare": 0.0}
    with Log.create(folder / "one.sqlite", "yks.ntt/exchange-log") as log:
        for first in range(0, ONE_BY_ONE, 50):
            those = entries[first : first + 50]
            data = [Opening.of(entry, os.urandom).data for entry in those]
            began = time.perf_counter()
            for each in data:
                with transaction(bare):
                    bare.execute("INSERT INTO entry (opening) VALUES (?)", (each,))
            turned = time.perf_counter()
            for entry in those:
                log.append(entry)
            took["ours"] += time.perf_counter() - turned
            took["bare"] += turned - began
    bare.close()
    ratio = took["bare"] / took["ours"]
    each_second = f"{ONE_BY_ONE / took['ours']:,.0f}/s beside {ONE_BY_ONE / took['bare']:,.0f}/s: {ratio:.2f}"
    yield Figure("appended one by one, beside bare SQLite", each_second, ">= 0.5", ratio >= 0.5)


def a_long_log(folder: Path, count: int) -> Iterator[Figure]:
    from exchange.audit.heads import Heads
    from exchange.audit.log import Log
    from exchange.audit.pack import export

    key, entries, spent = _key("yks"), long_log(), 0.0
    with Log.create(folder / "long.sqlite", "yks.ntt/exchange-log") as log:
        for _batch in range(count // BATCH):
            batch = list(islice(entries, BATCH))
            began = time.process_time()
            log.append(*batch)
            spent += time.process_time() - began
        yield Figure("appended in batches of 1,000", f"{count / spent:,.0f}/s", ">= 20,000/s", count / spent >= 20_000)
        head = Heads(log).checkpoint(key)
        began = time.process_time()
        export(log, key, folder / "long", at=START + dt.timedelta(days=4000))
        yield Figure(f"a pack of {count:,} written", f"{time.process_time() - began:.1f} s", "")
        yield from _proofs(log, head.checkpoint.size, head.checkpoint.root)
    said = json.loads(
        timed(sys.executable, "-m", "benchmarks.audit", "--job", "verify", "--target", str(folder / "long")).said
    )
    within = 10 * count / 1_000_000
    yield Figure(
        f"{count:,} entries verified", f"{said['seconds']:.1f} s", f"<= {within:g} s", said["seconds"] <= within
    )
    yield Figure("memory at its peak", f"{said['peak'] / 1e6:.0f} MB", "<= 200 MB", said["peak"] <= 200e6)


def _proofs(log: object, size: int, root: bytes) -> Iterator[Figure]:
    from exchange.audit.log import Log
    from exchange.audit.tree import verify_inclusion

    assert isinstance(log, Log)  # noqa: S101
    chance = random.Random(1)  # noqa: S311  # which entries
    numbers = [chance.randrange(size) for _proof in range(PROOFS)]
    began = time.process_time()
    tree = log.tree(size)
    loaded = time.process_time()
    paths = list(log.inclusions(numbers, size))
    made = time.process_time()
    for number, path in zip(numbers, paths, strict=True):
        verify_inclusion(tree.node(0, number), number, size, path, root)
    checked = time.process_time()
    loading = loaded - began
    rate = PROOFS / max(made - loaded - loading, 1e-9)
    what = f"{rate:,.0f}/s, after {loading:.1f} s in which the tree is read"
    yield Figure("inclusion proofs made", what, ">= 20,000/s", rate >= 20_000)
    rate = PROOFS / (checked - made)
    yield Figure("inclusion proofs checked", f"{rate:,.0f}/s", ">= 20,000/s", rate >= 20_000)


# --- verifying, in a process of its own ---


def verifying(pack: Path) -> dict[str, float]:
    from exchange.audit.reading import read_pack

    key = _key("yks").verify_key
    began = time.process_time()
    log = read_pack(pack, {"yks.ntt/exchange-log": key})
    seconds = time.process_time() - began
    if log.findings or log.tree.root() != log.checkpoints[-1].checkpoint.root:
        raise SystemExit(f"not whole: {log.findings[:3]}")
    return {"seconds": seconds, "peak": _memory()}


def matching(folder: Path) -> dict[str, float]:
    from exchange.audit.verify import verify

    packs = sorted(folder.glob("*.tar"))
    keys = {f"{pack.stem}.ntt/exchange-log": _key(pack.stem).verify_key for pack in packs}
    began = time.process_time()
    verdict = verify(packs, keys=keys)
    seconds = time.process_time() - began
    if not verdict.ok or not all(match.complete for match in verdict.matches):
        raise SystemExit(f"not as sent: {[str(each) for each in verdict.findings[:3]]}")
    return {"seconds": seconds, "matches": len(verdict.matches), "entries": sum(log.size for log in verdict.logs)}


JOBS: dict[str, Callable[[Path], dict[str, float]]] = {"verify": verifying, "match": matching}


def a_month(folder: Path, organisations: int) -> Iterator[Figure]:
    """Every organisation sends five bundles to each of four others, and shows them its log."""
    place = folder / "month"
    place.mkdir()
    invent_month(place, [f"org-{number:02}" for number in range(organisations)])
    said = json.loads(timed(sys.executable, "-m", "benchmarks.audit", "--job", "match", "--target", str(place)).said)
    what = f"packs of {organisations} organisations ({said['entries']:,.0f} entries, {said['matches']:,.0f} bundles)"
    yield Figure(f"{what} verified and matched", f"{said['seconds']:.1f} s", "<= 30 s", said["seconds"] <= 30)


def pymerkle(folder: Path, python: str | None) -> Iterator[Figure]:
    if python is None:
        return
    entries, proofs = 1000, 500
    program = str(Path(__file__).with_name("audit_peers.py"))
    said = json.loads(timed(python, program, str(folder / "pymerkle.sqlite"), str(entries), str(proofs)).said)
    name = f"pymerkle {said['pymerkle']}, {entries:,} entries"
    yield Figure(f"{name}: appended one by one", f"{entries / said['append']:,.0f}/s of processor", "beside")
    yield Figure(f"{name}: proofs made", f"{proofs / said['prove']:,.0f}/s", "beside")
    yield Figure(f"{name}: proofs checked", f"{proofs / said['check']:,.0f}/s", "beside")


# --- what is invented ---


def long_log() -> Iterator[Entry]:
    """The entries of `yks`, one every ten minutes, without end."""
    from exchange.audit.entries import AgreementRef, Counts, Entry

    chance = random.Random(1)  # noqa: S311  # nobody's secret
    agreement = AgreementRef(id="DSA-NTT-2026-004", version="1.1.0", digest="sha256:" + "a" * 64)
    number = 0
    while True:
        kind, at = KINDS[number % len(KINDS)], START + dt.timedelta(seconds=100 * number)
        number += 1
        if kind == "store.read":
            yield Entry(time=at, kind=kind, party="yks", person="budi.s", counts=Counts(people=3))
            continue
        digest = "sha256:" + chance.randbytes(32).hex()
        if kind == "letter.received":
            letter = chance.randbytes(16).hex()
            yield Entry(
                time=at, kind=kind, party="yks", counterpart="gt-ntt", note="receipt", ciphertext=digest, letter=letter
            )
            continue
        yield Entry(
            time=at,
            kind=kind,
            party="yks",
            counterpart="gt-ntt",
            agreement=agreement,
            period="2026-09",
            bundle=chance.randbytes(16).hex(),
            ciphertext=digest,
            receipt=digest if kind == "bundle.acknowledged" else None,
            counts=Counts(rows_in=30, rows_out=25, held_back=5) if kind == "bundle.packed" else None,
        )


def invent_month(folder: Path, parties: list[str]) -> None:
    """Logs that tell one story, each witnessed by a neighbour, as packs."""
    from exchange.audit.checkpoint import witness_name
    from exchange.audit.entries import AgreementRef, Counts, Entry
    from exchange.audit.heads import Heads
    from exchange.audit.log import Log
    from exchange.audit.pack import export
    from exchange.audit.witness import Witness

    chance, at = random.Random(2), START  # noqa: S311
    agreement = AgreementRef(id="DSA-NTT-2026-004", version="1.1.0", digest="sha256:" + "a" * 64)
    written: dict[str, list[Entry]] = {party: [] for party in parties}
    for number in range(5 * 4 * len(parties)):
        place, at = number % len(parties), at + dt.timedelta(minutes=20)
        sender, recipient = parties[place], parties[(place + 1 + number // len(parties) % 4) % len(parties)]
        ciphertext, receipt = (f"sha256:{chance.randbytes(32).hex()}" for _digest in range(2))
        about = {"time": at, "agreement": agreement, "bundle": chance.randbytes(16).hex(), "ciphertext": ciphertext}
        ours = {**about, "party": sender, "counterpart": recipient}
        theirs = {**about, "party": recipient, "counterpart": sender}
        rows = Counts(rows_in=30, rows_out=25, held_back=5)
        written[sender].append(Entry.model_validate({**ours, "kind": "bundle.packed", "counts": rows}))
        written[sender].append(Entry.model_validate({**ours, "kind": "bundle.delivered"}))
        written[recipient].append(Entry(time=at, kind="bundle.received", party=recipient, ciphertext=ciphertext))
        written[recipient].append(Entry.model_validate({**theirs, "kind": "bundle.opened"}))
        written[recipient].append(Entry.model_validate({**theirs, "kind": "bundle.accepted", "receipt": receipt}))
        written[sender].append(Entry.model_validate({**ours, "kind": "bundle.acknowledged", "receipt": receipt}))
    held: dict[str, tuple[bytes, ...]] = {}
    for party, neighbour in zip(parties, [*parties[1:], parties[0]], strict=True):
        (folder / neighbour).mkdir(exist_ok=True)
        origin = f"{neighbour}.ntt/exchange-log"
        with Log.create(folder / f"{party}.sqlite", f"{party}.ntt/exchange-log") as log:
            log.append(*written[party])
            shown = Heads(log).show(_key(party), witness_name(origin), _key(neighbour).verify_key)
        with Witness.open(folder / neighbour, origin) as witness:
            witness.see(shown, _key(party).verify_key, signer=_key(neighbour), at=at)
            held[neighbour] = witness.held()
    for party in parties:
        with Log.open(folder / f"{party}.sqlite") as log:
            target = folder / f"{party}.tar"
            export(log, _key(party), target, at=at, held=held[party])


def _memory() -> int:
    """Bytes at the peak. What `resource` tells a child begins with its parent's peak; Linux itself knows better."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def _key(party: str) -> SigningKey:
    from exchange.crypto.hashing import sha256
    from exchange.crypto.signing import SigningKey

    return SigningKey(sha256(party.encode()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", help="the Python of the environment with pymerkle")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--organisations", type=int, default=50)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    parser.add_argument("--target", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
