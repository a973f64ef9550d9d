"""How long sealing and opening 1 GiB takes, beside the stock tools that do the same.

`make bench-seal` invents a file of random bytes and times whole processes in turns, start-up included:

- `encrypt`, `decrypt`: `exchange.crypto.age` beside Debian's `age`, both with an X25519 key, since Debian's knows no
  hybrid ones;
- `pack`: `seal`, which hashes, signs and encrypts a parcel whose member lies in a file, into a private file that is on
  the disk at the end; beside `tar`, `sha256sum`, `ssh-keygen -Y sign`, and `tar` piped into `age`;
- `open`: `unpack_sealed`, two passes and then a folder of files that are on the disk; beside what FORMAT.md, section 6,
  tells to do by hand, once.

What counts is the ratio of the medians: both sides run on the same machine, in the same minutes, under the same load.
Everything lies in memory (`/dev/shm`) where that is there, since a disk's mood would drown the rest. The memory
is what the process had at its peak above what it had when everything was imported.

    python -m benchmarks.seal [--runs 3] [--mib 1024] [--folder DIR]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import Taken, median, timed

if TYPE_CHECKING:
    from exchange.agreements.agreement import Reference
    from exchange.crypto.signing import SigningKey
    from exchange.keyring.card_book import CardBook
    from exchange.keyring.identity import Identity

SENDER, RECIPIENT = "yks", "gt-ntt"
PASSPHRASE = "orang-orang rekaan saja"  # noqa: S105  # nobody's: these parties are invented and live for minutes
DAY = dt.date(2026, 11, 3)
NOW = dt.datetime(2026, 11, 3, 8, 30, tzinfo=dt.UTC)
MEMBER = "data/cases.csv"
NAMESPACE = "data-sharing-exchange/bundle/v1"
MIB = 1024**2
TO_REACH = {"encrypt": 0.65, "decrypt": 0.65, "pack": 0.4, "open": 0.4}
MOST_MEMORY = 80 * MIB


def main() -> None:
    options = _options()
    if options.job:
        JOBS[options.job](options.folder)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        invent(folder, options.mib)
        compare(folder, options.mib, options.runs)


# --- both sides ---


def compare(folder: Path, mib: int, runs: int) -> None:
    peer = timed("/bin/sh", "-c", "age --version").said.strip()
    print(f"Python {platform.python_version()}, cryptography {version('cryptography')}, age {peer}")
    print(f"{os.cpu_count()} processors, {platform.machine()}; {mib} MiB in {folder.parent}; medians of {runs} runs")
    ours: dict[str, list[Taken]] = {job: [] for job in JOBS}
    theirs: dict[str, list[Taken]] = {job: [] for job in JOBS}
    for _run in range(runs):
        for job in JOBS:
            theirs[job].append(by_hand(job, folder))
            ours[job].append(timed(sys.executable, __file__, "--job", job, "--folder", str(folder)))
    print(f"{'':10}{'ours s':>8} {'cpu s':>7} {'theirs s':>9} {'cpu s':>7} {'ratio':>7} {'to reach':>9} {'MB more':>8}")
    for job in JOBS:
        ratio = median(ours[job], "wall") / median(theirs[job], "wall")
        memory = max(int(each.said) for each in ours[job]) / 1e6
        print(
            f"{job:10}{median(ours[job], 'wall'):8.2f} {median(ours[job], 'cpu'):7.2f}"
            f" {median(theirs[job], 'wall'):9.2f} {median(theirs[job], 'cpu'):7.2f}"
            f" {ratio:7.2f} {TO_REACH[job]:9.2f} {memory:8.0f}"
        )
    print(f"load {os.getloadavg()[0]:.1f}")
    if any(int(each.said) > MOST_MEMORY for taken in ours.values() for each in taken):
        raise SystemExit("more than 80 MB beyond what was there at the start")


def by_hand(job: str, folder: Path) -> Taken:
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    return timed("/bin/sh", "-euc", f"cd {folder}; " + BY_HAND[job])


BY_HAND = {
    "encrypt": "age -r $(age-keygen -y age.key) -o theirs.age plain",
    "decrypt": "age -d -i age.key -o theirs.plain theirs.age",
    "pack": (
        "cd members; tar -cf ../payload.tar data; cd ..;"
        " sha256sum envelope.json payload.tar > SHA256SUMS;"
        f" rm -f SHA256SUMS.sig; ssh-keygen -q -Y sign -f root -n {NAMESPACE} SHA256SUMS;"
        " tar -cf - SHA256SUMS SHA256SUMS.sig envelope.json payload.tar"
        " | age -r $(age-keygen -y age.key) -o theirs.sealed"
    ),
    "open": (
        "cd out; age -d -i ../age.key ../theirs.sealed > b.tar;"
        " tar -xf b.tar SHA256SUMS SHA256SUMS.sig envelope.json payload.tar;"
        f" ssh-keygen -q -Y verify -f ../allowed -I yks -n {NAMESPACE} -s SHA256SUMS.sig < SHA256SUMS;"
        " sha256sum --quiet --strict -c SHA256SUMS; tar -xf payload.tar"
    ),
}


# --- ours, each in a process of its own ---


def encrypting(folder: Path) -> None:
    from exchange.crypto.age import encrypt, parse_identity

    identity = parse_identity(_secret(folder))
    began = _memory()
    with (folder / "plain").open("rb") as source, (folder / "ours.age").open("wb") as target:
        encrypt(source, target, [identity.recipient])
    print(_memory() - began)


def decrypting(folder: Path) -> None:
    from exchange.crypto.age import decrypt, parse_identity

    identity = parse_identity(_secret(folder))
    began = _memory()
    with (folder / "theirs.age").open("rb") as source, (folder / "ours.plain").open("wb") as target:
        decrypt(source, target, [identity])
    print(_memory() - began)


def packing(folder: Path) -> None:
    from exchange.bundle.parcel import Bundle, FileMember
    from exchange.keyring.private_files import GrowingFile
    from exchange.seal.sealing import seal
    from exchange.seal.series import Place

    sender, card = _identity(folder, SENDER), _book(folder).get(RECIPIENT, DAY)
    member = FileMember.of(MEMBER, folder / "members" / MEMBER)
    bundle = Bundle("0" * 32, SENDER, RECIPIENT, _reference(), "2026-10", None, (member,))
    began = _memory()
    times = {"created": NOW, "expires": NOW + dt.timedelta(days=60)}
    with GrowingFile(folder) as growing:
        seal(bundle, sender, card, Place(1, None), randomness=os.urandom, target=growing.file, **times)
        growing.keep("ours.sealed")
    print(_memory() - began)


def opening(folder: Path) -> None:
    from exchange.seal.facts import KnownAgreement, OpeningFacts
    from exchange.seal.ledger import Ledger
    from exchange.seal.opening import unpack_sealed

    recipient, cards = _identity(folder, RECIPIENT), _book(folder)
    roots = frozenset((party, _identity(folder, party).fingerprint()) for party in (SENDER, RECIPIENT))
    known = KnownAgreement(_reference(), SENDER, frozenset({RECIPIENT}), roots)
    facts = OpeningFacts(NOW, (known,), Ledger(folder / "ledger.sqlite"))
    out = folder / "out" / "ours"
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    began = _memory()
    with (folder / "ours.sealed").open("rb") as source:
        unpack_sealed(source, recipient, cards, facts, out)
    print(_memory() - began)


JOBS: dict[str, Callable[[Path], None]] = {
    "encrypt": encrypting,
    "decrypt": decrypting,
    "pack": packing,
    "open": opening,
}


# --- two invented parties, and what they send ---


def invent(folder: Path, mib: int) -> None:
    """The file, the keys of both tools, and cards that know each other."""
    from exchange.keyring.card import issue_card
    from exchange.keyring.identity import new_identity
    from exchange.keyring.identity_file import save_identity
    from exchange.keyring.shapes import Names

    (folder / "members" / "data").mkdir(parents=True)
    chance = random.Random(1)  # noqa: S311  # nobody's secret
    with (folder / "members" / MEMBER).open("wb") as file:
        for _block in range(mib):
            file.write(chance.randbytes(MIB))
    (folder / "plain").hardlink_to(folder / "members" / MEMBER)
    for party in (SENDER, RECIPIENT):
        identity = new_identity(party, Names(id=party, en=party), f"dpo@{party}.example", DAY)
        save_identity(identity, folder / f"{party}.identity", PASSPHRASE, work_factor=1)
        _book(folder).add(issue_card(identity, DAY), DAY)
        _book(folder).confirm(party, DAY)
        if party == SENDER:
            _their_signer(folder, identity.root)
    timed("/bin/sh", "-euc", f"age-keygen -o {folder}/age.key 2> {os.devnull}")
    (folder / "envelope.json").write_text('{"invented": true}\n')


def _their_signer(folder: Path, root: SigningKey) -> None:
    (folder / "root").touch(mode=0o600)
    (folder / "root").write_text(root.openssh_private())
    (folder / "allowed").write_text(f"{SENDER} {root.verify_key.openssh()}\n")


def _identity(folder: Path, party: str) -> Identity:
    from exchange.keyring.identity_file import load_identity

    return load_identity(folder / f"{party}.identity", PASSPHRASE)


def _book(folder: Path) -> CardBook:
    from exchange.keyring.card_book import CardBook

    (folder / "cards").mkdir(exist_ok=True)
    return CardBook(folder / "cards")


def _reference() -> Reference:
    from exchange.agreements.agreement import Reference

    return Reference(id="DSA-NTT-2026-01", version="1.0.0", digest="sha256:" + "a" * 64)


def _secret(folder: Path) -> str:
    return (folder / "age.key").read_text().split()[-1]


def _memory() -> int:
    """Bytes at the peak until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm") if Path("/dev/shm").is_dir() else None)  # noqa: S108
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
