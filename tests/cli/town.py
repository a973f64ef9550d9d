"""A town: one sender, three recipients, an auditor; cards confirmed, an agreement signed by all, one workbook."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from cli.organisations import SIGNING, Desk, founded

from exchange.agreements.signatures import Signatures, sign
from exchange.by_hand import folder_for
from exchange.demo.cast import APPROVERS
from exchange.demo.reports import Report
from exchange.demo.scenario import build
from exchange.demo.workbooks import write_workbook

AGREEMENT = "DSA-NTT-2026-004"
SENDER, RECIPIENTS = "yks", ("gt-ntt", "dinas-p3a", "io-id")
FOUNDED = dt.date(2026, 8, 20)
# At each recipient one of the people whom the agreement names, and what a command of theirs says.
OFFICERS = {"gt-ntt": "data.officer.1", "dinas-p3a": "statistician.1", "io-id": "case.data.officer"}
AS_OFFICER = ("--as", OFFICERS["gt-ntt"])


@dataclass(frozen=True)
class Town:
    """`sender` has a workbook for 2026-09; `identifiers` are the names and numbers in it."""

    folder: Path
    identifiers: tuple[str, ...]

    @property
    def sender(self) -> Desk:
        return Desk(self.folder / SENDER, SENDER)

    def recipient(self, party: str = "gt-ntt") -> Desk:
        return Desk(self.folder / party, party)

    @property
    def workbook(self) -> Path:
        return self.folder / "cases.xlsx"

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    def folder_for(self, party: str) -> Path:
        """What the sender puts on the stick for a party."""
        return folder_for(self.sender.office(dt.datetime.fromisoformat(SIGNING)), party, self.stick)

    @property
    def job(self) -> tuple[str, ...]:
        """The options of a month that is packed for one recipient."""
        return ("-a", AGREEMENT, "-p", "2026-09", "--to", "gt-ntt")

    def copied(self, to: Path) -> Town:
        """The same town in another folder: what happens there stays there."""
        shutil.copytree(self.folder, to)
        return Town(to, self.identifiers)

    def becomes(self, other: Town) -> None:
        """As the other town is now, in its own folder: what took long is done once, and each test goes on from it."""
        shutil.rmtree(self.folder)
        shutil.copytree(other.folder, self.folder)

    def packed(self) -> Path:
        """One bundle on the stick for gt-ntt."""
        self.sender.does("pack", self.workbook, *self.job, "--note", "-", stdin="Tidak ada perubahan.")
        self.sender.approves()
        self.sender.does("deliver", "--to-folder", self.stick)
        return self.bundle

    @property
    def bundle(self) -> Path:
        """The only bundle on the stick for gt-ntt."""
        (bundle,) = self.folder_for("gt-ntt").iterdir()
        return bundle


def drafted(fingerprints: dict[str, str]) -> bytes:
    """The example's text with these root keys, in the order in which it names its parties."""
    text = files("exchange.demo").joinpath("dsa-ntt.yaml").read_text(encoding="utf-8")
    for party in (SENDER, *RECIPIENTS, "independent-auditor"):
        text = text.replace("SHA256:<fingerprint>", fingerprints[party], 1)
    return text.encode()


@cache
def some_reports() -> tuple[tuple[Report, ...], tuple[str, ...]]:
    """Sixty reports, and every direct identifier in them."""
    reports = build().workbook(SENDER, "2026-09").reports[:60]
    return reports, tuple(sorted({text for report in reports for text in report.direct_identifiers if len(text) > 5}))


def built(folder: Path, *changes: tuple[bytes, bytes]) -> Town:
    """The town as it stands before its first month, without the commands that other tests try; its agreement with each
    of `changes` (old text, new text)."""
    desks = {party: founded(folder, party, FOUNDED) for party in (SENDER, *RECIPIENTS, "independent-auditor")}
    for party, officer in OFFICERS.items():
        desks[party].certifies(officer, "Petugas Contoh", "open")
    for person, name in APPROVERS:
        desks[SENDER].certifies(person, name, "approve")
    for desk in desks.values():
        for other in desks.values():
            if other != desk:
                desk.workspace.cards.add(other.workspace.own.card(), FOUNDED)
                desk.workspace.cards.confirm(other.party, FOUNDED)
    text = drafted({party: desk.workspace.own.card().card.fingerprint for party, desk in desks.items()})
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    offices = {party: desk.office(dt.datetime.fromisoformat(SIGNING)) for party, desk in desks.items()}
    for desk in desks.values():
        desk.workspace.agreements.add(text)
    agreement = desks[SENDER].workspace.agreements.newest(AGREEMENT)
    signed = Signatures.of(
        *(sign(agreement.agreement, p, offices[p].identity.root, dt.date(2026, 8, 25)) for p in (SENDER, *RECIPIENTS))
    )
    for desk in desks.values():
        desk.workspace.agreements.add_signatures(desk.workspace.agreements.newest(AGREEMENT), signed)
    agreement.mapping_file.write_bytes(files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes())
    reports, identifiers = some_reports()
    write_workbook(reports, folder / "cases.xlsx")
    desks[SENDER].at(SIGNING).does("network", "new", "--epoch", "2026")
    return Town(folder, identifiers)
