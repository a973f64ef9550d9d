"""The pages that the demo leaves for people: what leaves, what came, what the logs show; and each newest README."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from exchange.asking.examining import examine
from exchange.asking.shown import Shown
from exchange.demo.audit import audit
from exchange.demo.cast import AUDITOR, NETWORK, RECIPIENTS, SENDERS, Network, Organisation
from exchange.demo.story import Told
from exchange.keyring.private_files import write_private
from exchange.merge.counts import count_people
from exchange.merge.people import Merged
from exchange.merging import open_store
from exchange.office import Office
from exchange.reports.audit_page import Audit, audit_page
from exchange.reports.leaving import Leaving, leaving_page
from exchange.reports.received import Expected, Holding, People, arrivals, received_page
from exchange.sending import Packed

MONTHS, QUARTERS = ("2026-09", "2026-10"), ("2026-Q3",)
COUNTED = ("prs_Gender", "prs_Birthdate", "vic_TypeOfExploitation")


def pages(network: Network, told: Told, merged: dict[str, Merged], packs: Sequence[Path]) -> Iterator[Path]:
    """Every page, written where its reader finds it."""
    for sender in SENDERS:
        yield _put(network, sender.id, "what-left.html", leaving_page(_leavings(told, sender.id), network.now))
    for recipient in RECIPIENTS:
        page = _received(network.office(recipient.id), recipient, merged.get(recipient.id))
        yield _put(network, recipient.id, "what-came.html", page)
        newest = _newest(told, recipient.id)
        readme = next(m.content for m in newest.prepared.bundle.members if m.path == "README.html")
        name = f"README-{newest.sealed.envelope.sender}-{newest.sealed.envelope.period}.html"
        yield _put(network, recipient.id, name, readme.decode("utf-8"))
    yield _put(network, AUDITOR, "audit.html", audit_page(_audit(network, packs)))


def _newest(told: Told, recipient: str) -> Packed:
    """The first sender's: the last one's newest month is empty, and would show little."""
    roads = ((packed, packed.sealed.envelope) for packed in told.packed)
    return [packed for packed, road in roads if (road.sender, road.recipient) == (SENDERS[0].id, recipient)][-1]


def _put(network: Network, party: str, name: str, page: str) -> Path:
    path = network.members[party][0].pages / name
    write_private(path, page.encode("utf-8"))
    return path


def _leavings(told: Told, sender: str) -> list[Leaving]:
    return [
        Leaving(
            packed.prepared.protected,
            packed.prepared.metadata,
            packed.prepared.consented.held_back.by_reason,
            packed.sealed.envelope.sequence,
            packed.sealed.size,
            packed.sealed.ciphertext,
        )
        for packed in told.packed
        if packed.sealed.envelope.sender == sender
    ]


def _received(office: Office, recipient: Organisation, merged: Merged | None) -> str:
    with office.workspace.logs.open(NETWORK) as log:
        entries = [record.opening.entry for record in log.records() if record.opening]
    receipts = {f"sha256:{each.parcel.sha256}": each.state for each in office.workspace.outbox.status()}
    with open_store(office) as store:
        holdings = [Holding.of(segment) for segment in store.segments()]
    periods = QUARTERS if recipient.id == "dinas-p3a" else MONTHS
    people = None if merged is None else _people(office, merged)
    expected = Expected(SENDERS, periods)
    return received_page(recipient, expected, arrivals(entries, receipts, holdings), holdings, people, office.now)


def _people(office: Office, merged: Merged) -> People:
    agreement = office.workspace.agreements.all()[0].agreement
    by = [(name,) for name in COUNTED if name in merged.fields]
    counted = count_people(merged, by, agreement.onward.publish.min_cell)
    return People(merged.counts, counted, agreement.data)


def _audit(network: Network, packs: Sequence[Path]) -> Audit:
    verdict = audit(network, packs)
    answers = examine(Shown.of(verdict.histories, network.now))
    return Audit(("packs",), (), verdict, answers, network.now)
