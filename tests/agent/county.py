"""A county: three senders of one network, two recipients whose rows are linked, a linking agent; all signed."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from cli.organisations import PACKING, SIGNING, Desk, founded
from cli.town import FOUNDED, OFFICERS, RECIPIENTS

from exchange.agreements.signatures import Signatures, sign
from exchange.demo.cast import APPROVERS
from exchange.demo.reports import Report
from exchange.demo.scenario import build
from exchange.demo.workbooks import write_workbook
from exchange.matching.secret import NetworkSecret
from exchange.office import Office
from exchange.registers import keep_network_secret

AGENT, AUDITOR = "agen-ntt", "independent-auditor"
NUMBERS = {"yks": "004", "rpk": "005", "jkm": "006"}
SENDERS = tuple(NUMBERS)
NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)
ROWS = 40  # of each sender's month

_PARTY = """  - id: agen-ntt
    name: Agen pencocokan (contoh)
    role: agent
    kind: cso
    jurisdiction: ID-NT
    contact: agen@agen.example
    breach_contact: "+62-811-0000-009"
    key: "SHA256:<fingerprint>"

purposes:  """
_MATCH = ("match: {strength: tokens, via: recipient,", "match: {strength: fields, via: agent,")
_SIGNS = (
    "  - {party: io-id, name: Head",
    "  - {party: agen-ntt, name: Agnes, title: Ketua, by: [key]}\n  - {party: io-id, name: Head",
)


def with_agent(text: str) -> str:
    """The example's text, whose two tiers with rows are linked through an agent."""
    return text.replace("\npurposes:  ", f"\n{_PARTY}", 1).replace(*_MATCH).replace(*_SIGNS, 1)


def number(sender: str) -> str:
    return f"DSA-NTT-2026-{NUMBERS[sender]}"


def month(sender: str) -> tuple[Report, ...]:
    """Reports of one organisation, first those of people whom others helped too."""
    months = {each: build().workbook(each, "2026-09").reports for each in SENDERS}
    others = {row.person for each, rows in months.items() if each != sender for row in rows}
    return tuple(sorted(months[sender], key=lambda row: row.person not in others))[:ROWS]


@dataclass(frozen=True)
class County:
    folder: Path

    def desk(self, party: str, now: str = PACKING) -> Desk:
        return Desk(self.folder / party, party, now)

    def office(self, party: str, now: dt.datetime = NOW) -> Office:
        return self.desk(party).office(now)

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    def copied(self, to: Path) -> County:
        shutil.copytree(self.folder, to)
        return County(to)

    def packs(self, sender: str, to: str = "io-id", now: str = PACKING) -> Desk:
        """A month of a sender, approved."""
        desk = self.desk(sender, now)
        job = ("-a", number(sender), "-p", "2026-09", "--to", to, "--note", "-")
        desk.does("pack", self.folder / f"{sender}.xlsx", *job, stdin="Tidak ada perubahan.")
        desk.approves()
        return desk

    def carry(self, *parties: str, now: str = PACKING) -> None:
        """What each has to say goes on the stick; then everybody takes what is theirs."""
        for party in parties or (*SENDERS, AGENT, *RECIPIENTS):
            self.desk(party, now).run("deliver", "--to-folder", self.stick)
        for party in (*SENDERS, AGENT, *RECIPIENTS):
            self.desk(party, now).does("receive", "--from-folder", self.stick)


def county(folder: Path, *, through_agent: bool = True) -> County:
    """As it stands before its first month."""
    parties = (*SENDERS, *RECIPIENTS, AGENT, AUDITOR)
    desks = {party: founded(folder, party, FOUNDED) for party in parties}
    for party, officer in OFFICERS.items():
        desks[party].certifies(officer, "Petugas Contoh", "open")
    for sender in SENDERS:
        for person, name in APPROVERS:
            desks[sender].certifies(person, name, "approve")
    for desk in desks.values():
        for other in desks.values():
            if other != desk:
                desk.workspace.cards.add(other.workspace.own.card(), FOUNDED)
                desk.workspace.cards.confirm(other.party, FOUNDED)
    offices = {party: desk.office(dt.datetime.fromisoformat(SIGNING)) for party, desk in desks.items()}
    for sender in SENDERS:
        _agree(desks, offices, sender, through_agent=through_agent)
        write_workbook(month(sender), folder / f"{sender}.xlsx")
    secret = NetworkSecret.new("ntt", "2026", offices["yks"].randomness)
    for sender in SENDERS:
        keep_network_secret(offices[sender], secret, "yks")
    return County(folder)


def _agree(desks: dict[str, Desk], offices: dict[str, Office], sender: str, *, through_agent: bool) -> None:
    text = files("exchange.demo").joinpath("dsa-ntt.yaml").read_text(encoding="utf-8")
    text = (with_agent(text) if through_agent else text).replace("DSA-NTT-2026-004", number(sender))
    text = text.replace("yks", sender)
    signing = (sender, *RECIPIENTS, *((AGENT,) if through_agent else ()))
    for party in (*signing, AUDITOR):
        text = text.replace("SHA256:<fingerprint>", desks[party].workspace.own.card().card.fingerprint, 1)
    known = (*signing, AUDITOR)
    for party in known:
        desks[party].workspace.agreements.add(text.encode())
    agreement = desks[sender].workspace.agreements.newest(number(sender))
    signatures = Signatures.of(
        *(sign(agreement.agreement, each, offices[each].identity.root, dt.date(2026, 8, 25)) for each in signing)
    )
    for party in known:
        desks[party].workspace.agreements.add_signatures(
            desks[party].workspace.agreements.newest(number(sender)), signatures
        )
    agreement.mapping_file.write_bytes(files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes())
