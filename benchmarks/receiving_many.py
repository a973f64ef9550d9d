"""How long a recipient takes from twelve senders' sealed bundles to each person once, and how much memory.

`make bench-merge` founds thirteen invented organisations with keys, cards and signed agreements, lets twelve of them
pack a month by the real road (`sending.pack`: check, consent, redact, protect, describe, seal), approve it and put it
on a stick, until some 20,000 rows lie there with their match tokens. Making them is in no figure. Then each step runs
in a process of its own, from the start of Python:

    receive     the twelve files are collected, opened, compared with the agreements, stored, acknowledged
    merge       the store is opened, linked, grouped, viewed; people get their ids
    merge again the same once more, as every month

To reach: receive and merge ≤ 60 s on the clock.

    python -m benchmarks.receiving_many [--rows 20000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from benchmarks.timing import Taken, timed
from exchange.agreements.period import Period
from exchange.agreements.signatures import Signatures, sign
from exchange.checking import Job
from exchange.delivering import deliver
from exchange.demo.casework import Row, write_report
from exchange.demo.cast import AUDITOR, FOUNDED, NETWORK, RECIPIENTS, Network, with_approvers
from exchange.demo.exploitation import what_happened
from exchange.demo.people import make_household
from exchange.demo.reports import Report
from exchange.demo.story import approve_all
from exchange.demo.workbooks import write_workbook
from exchange.keyring.card import issue_card
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.people import Acting
from exchange.keyring.shapes import Names
from exchange.matching.secret import NetworkSecret
from exchange.merging import merge_received
from exchange.office import Office
from exchange.receiving import receive
from exchange.registers import keep_network_secret
from exchange.sending import pack
from exchange.workspace.workspace import Workspace

SENDERS = tuple(f"c{number:02d}" for number in range(1, 13))
RECIPIENT, PERIOD = "io-id", "2026-09"  # who gets rows of personal data, with tokens
NOW = dt.datetime(2026, 10, 5, 1, tzinfo=dt.UTC)
SIGNED = dt.date(2026, 8, 25)
PASSPHRASE = "semua orang di sini rekaan"  # noqa: S105  # of nobody
TOLD = 2.1  # rows of a workbook for each that leaves: consent holds back the others
STEPS: dict[str, str] = {"receive": "receive", "merge": "merge", "merge again": "merge"}


# --- what lies on the stick ---


def make(folder: Path, rows: int) -> None:
    network = _founded(folder)
    for sender, reports in _months(int(rows * TOLD)).items():
        book = folder / f"{sender}.xlsx"
        write_workbook(reports, book)
        job = Job(book, _id(sender), Period.read(PERIOD), to=(RECIPIENT,), note="Tidak ada perubahan.")
        (packed,) = pack(network.office(sender), job)
        approve_all(network, sender)
        deliver(network.office(sender), folder=folder / "stick")
        said(f"{sender}: {len(reports)} rows told, {packed.prepared.protected.account.rows_out} leave")


def _founded(folder: Path) -> Network:
    (folder / "stick").mkdir(parents=True)
    parties = (*SENDERS, *(each.id for each in RECIPIENTS), AUDITOR)
    founded = {party: _member(folder / party, party) for party in parties}
    members = {party: (workspace, identity) for party, (workspace, identity, _people) in founded.items()}
    network = Network(folder, NOW, members, {party: people for party, (_w, _i, people) in founded.items()})
    for one, other in ((one, other) for one in SENDERS for other in parties[len(SENDERS) :]):
        _introduce(members[one][0], members[other][0])
        _introduce(members[other][0], members[one][0])
    secret = NetworkSecret.new(NETWORK, "2026", network.office(SENDERS[0]).randomness)
    for sender in SENDERS:
        _agree(network, sender)
        keep_network_secret(network.office(sender), secret)
    return network


def _member(folder: Path, party: str) -> tuple[Workspace, Identity, tuple[Acting, ...]]:
    workspace, names = Workspace.create(folder, party), Names(id=_name(party), en=_name(party))
    identity = new_identity(party, names, f"dpo@{party}.example", FOUNDED)
    identity, people = with_approvers(workspace, identity) if party in SENDERS else (identity, ())
    save_identity(identity, workspace.identity_file, PASSPHRASE, work_factor=10)
    workspace.own.save_card(issue_card(identity, FOUNDED))
    return workspace, identity, people


def _introduce(one: Workspace, other: Workspace) -> None:
    one.cards.add(other.own.card(), FOUNDED)
    one.cards.confirm(other.party, FOUNDED)


def _agree(network: Network, sender: str) -> None:
    text = files("exchange.demo").joinpath("dsa-ntt.yaml").read_text(encoding="utf-8")
    names = (("DSA-NTT-2026-004", _id(sender)), ("Yayasan Kasih Sesama (contoh)", _name(sender)))
    for old, new in (*names, ("yks", sender), ("YKS", sender.upper())):
        text = text.replace(old, new)
    named = (sender, *(each.id for each in RECIPIENTS), AUDITOR)
    for party in named:
        text = text.replace("SHA256:<fingerprint>", network.members[party][1].fingerprint(), 1)
    for party in (sender, RECIPIENT):
        network.members[party][0].agreements.add(text.encode())
    workspace = network.members[sender][0]
    agreement = workspace.agreements.newest(_id(sender))
    workspace.agreements.save_mapping(agreement, files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes())
    signatures = Signatures.of(
        *(sign(agreement.agreement, party, network.members[party][1].root, SIGNED) for party in named[:-1])
    )
    for party in (sender, RECIPIENT):
        here = network.members[party][0]
        here.agreements.add_signatures(here.agreements.newest(_id(sender)), signatures)


def _id(sender: str) -> str:
    return f"DSA-NTT-2026-1{sender[1:]}"


def _name(party: str) -> str:
    return next((each.name for each in RECIPIENTS if each.id == party), f"Organisasi {party} (contoh)")


def _months(rows: int) -> dict[str, list[Report]]:
    """What each sender has written of its month; one person in seven is known to two or three of them."""
    rng = random.Random(20)  # noqa: S311  # the same on every machine
    told: dict[str, list[Report]] = {sender: [] for sender in SENDERS}
    for number, members in enumerate(_households(rng)):
        known_to = rng.sample(SENDERS, rng.choices((1, 2, 3), (86, 11, 3))[0])
        for person in members:
            happened = what_happened(rng, person)
            for sender in known_to:
                case = f"{sender.upper()}-2026-{len(told[sender]):05d}"
                household = f"KK-{sender.upper()}-{number:05d}" if len(members) > 1 else ""
                row = Row(sender, "Ance Liukae", Period.read(PERIOD), case, household, sender == known_to[0])
                told[sender].append(write_report(rng, person, happened, row))
        if sum(map(len, told.values())) >= rows:
            return told
    return told


def _households(rng: random.Random) -> Iterator[tuple]:  # type: ignore[type-arg]  # of invented people
    people = number = 0
    while True:
        members = make_household(rng, number, people, rng.choices((1, 2, 3), (82, 13, 5))[0])
        yield members
        people, number = people + len(members), number + 1


# --- the steps, each in a process of its own ---


def do(folder: Path, step: str) -> None:
    workspace = Workspace(folder / RECIPIENT, RECIPIENT)
    office = Office(workspace, load_identity(workspace.identity_file, PASSPHRASE), NOW)
    steps: dict[str, Callable[[], str]] = {
        "receive": lambda: _received(office, folder / "stick"),
        "merge": lambda: _merged(office),
    }
    print(steps[step]())


def _received(office: Office, stick: Path) -> str:
    taken = [each for each in receive(office, folder=stick).taken if each.outcome == "accepted"]
    return f"{len(taken)} bundles, {sum(each.rows for each in taken):,} rows"


def _merged(office: Office) -> str:
    counts = merge_received(office).counts
    return f"{counts.reports:,} reports, {counts.people:,} people"


def said(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _row(name: str, taken: Taken) -> str:
    return f"| {name} | {taken.wall:.1f} | {taken.cpu:.1f} | {taken.peak / 2**20:.0f} | {taken.said.strip()} |"


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=20_000)
    asked.add_argument("--keep", type=Path, help="a folder in which what was made stays, to be received again")
    asked.add_argument("--step", choices=sorted({*STEPS.values()}))
    given = asked.parse_args()
    if given.step:
        do(given.keep, given.step)
        return
    with tempfile.TemporaryDirectory(prefix="receiving-") as temporary:
        folder = given.keep or Path(temporary) / "network"
        if not folder.exists():
            make(folder, given.rows)
        here = ["--keep", str(folder), "--step"]
        took = {name: timed(sys.executable, __file__, *here, step) for name, step in STEPS.items()}
    print(f"Python {platform.python_version()}, splink {version('splink')}, duckdb {version('duckdb')}\n")
    print("| step | clock, s | processor, s | peak, MB | |\n|---|---|---|---|---|")
    print("\n".join(_row(name, taken) for name, taken in took.items()))
    print(f"\nreceive and merge: {took['receive'].wall + took['merge'].wall:.1f} s; to reach: 60 s")


if __name__ == "__main__":
    main()
