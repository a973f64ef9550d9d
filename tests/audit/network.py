"""A small network in memory and on disk: organisations that send, receive, witness each other and make packs.

Every organisation and number here is invented. An attacker may rewrite one organisation's log file between steps.
"""

from __future__ import annotations

import copy
import hashlib
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from exchange.audit.checkpoint import log_origin, witness_name
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.pack import Enclosures, export
from exchange.audit.scope import Scope
from exchange.audit.verify import Verdict, verify
from exchange.audit.witness import Witness
from exchange.crypto.signing import SigningKey

START = datetime(2026, 10, 1, 8, tzinfo=UTC)
AGREEMENT = AgreementRef(id="DSA-NTT-2026-004", version="1.1.0", digest="sha256:" + "a" * 64)


def digest(what: str) -> str:
    return "sha256:" + hashlib.sha256(what.encode()).hexdigest()


class Organisation:
    def __init__(self, network: Network, party: str) -> None:
        self.network, self.party = network, party
        self.folder.mkdir()
        self.origin = log_origin(party, network.name)
        self.key = SigningKey(hashlib.sha256(party.encode()).digest())
        Log.create(self.path, self.origin).close()

    @property
    def folder(self) -> Path:
        return self.network.folder / self.party

    @property
    def path(self) -> Path:
        return self.folder / "log.sqlite"

    def log(self) -> Log:
        return Log.open(self.path)

    def write(self, kind: Kind, **fields: Any) -> int:
        with self.log() as log:
            return log.append(self.entry(kind, **fields))[0]

    def entry(self, kind: Kind, **fields: Any) -> Entry:
        return Entry(time=self.network.tick(), kind=kind, party=self.party, **fields)

    def show(self, *others: Organisation, back: bool = False) -> None:
        """Sign the log as it is and let `others` witness it; their cosignatures come `back`, or are lost."""
        with self.log() as log:
            for other in others:
                shown = Heads(log).show(self.key, witness_name(other.origin), other.key.verify_key)
                with Witness.open(other.folder, other.origin) as witness:
                    cosigned = witness.see(shown, self.key.verify_key, signer=other.key, at=self.network.now)
                if back:
                    name = witness_name(other.origin)
                    Heads(log).add_cosignatures(cosigned.data, self.key.verify_key, [(name, other.key.verify_key)])

    def pack(self, name: str = "", scope: Scope | None = None) -> Path:
        target = self.network.folder / (name or f"{self.party}.pack")
        with Witness.open(self.folder, self.origin) as witness:
            held = witness.held()
        with self.log() as log:
            Heads(log).checkpoint(self.key)
            enclosures = Enclosures(cards={"own.card": b"a card"}, agreements={"dsa.yaml": b"an agreement"})
            at = self.network.tick()
            export(log, self.key, target, at=at, scope=scope, held=held, enclosures=enclosures)
        return target


class Network:
    def __init__(self, folder: Path, parties: Iterable[str] = ("yks", "peduli", "gt-ntt"), name: str = "ntt") -> None:
        self.folder, self.name, self.now = folder, name, START
        self.members = {party: Organisation(self, party) for party in parties}

    def __getitem__(self, party: str) -> Organisation:
        return self.members[party]

    def copy(self, folder: Path) -> Network:
        """The same network once more, in `folder`: durable writes are slow, so stories start from a copy."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        twin = copy.deepcopy(self)
        twin.folder = folder
        return twin

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def send(
        self,
        sender: str,
        recipient: str,
        bundle: str,
        *,
        lost: Iterable[Kind] = (),
        under: AgreementRef = AGREEMENT,
        **changes: Any,
    ) -> None:
        """One bundle goes all the way; the entries of the kinds in `lost` are never written."""
        ours: dict[str, Any] = {
            "bundle": bundle,
            "ciphertext": digest(bundle),
            "agreement": under,
            "period": "2026-09",
        }
        receipt = digest(f"receipt of {bundle}")
        sent = {**ours, "counterpart": recipient}
        came = {**ours, "counterpart": sender, **changes}
        steps: list[tuple[str, Kind, dict[str, Any]]] = [
            (sender, "bundle.packed", sent),
            (sender, "bundle.delivered", sent),
            (recipient, "bundle.received", {"ciphertext": ours["ciphertext"]}),
            (recipient, "bundle.opened", came),
            (recipient, "bundle.accepted", {**came, "receipt": receipt}),
            (sender, "bundle.acknowledged", {**sent, "receipt": receipt}),
        ]
        for party, kind, fields in steps:
            if kind not in lost:
                self[party].write(kind, **fields)

    def verify(self, *parties: str, keys: bool = True) -> Verdict:
        chosen = [self[party] for party in parties or self.members]
        known = {each.origin: each.key.verify_key for each in self.members.values()} if keys else None
        return verify([each.pack() for each in chosen], keys=known)


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]
