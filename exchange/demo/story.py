"""The demo's story: what happens between the organisations from August to November 2026, act by act.

Everything is done by the functions that the commands call; only the people are invented, and the clock is set. Each act
says through `tell` what it does; `Told` keeps what the end compares.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from exchange.acknowledging import acknowledge, held, to_acknowledge
from exchange.agreements.agreement import Reference
from exchange.agreements.period import Period
from exchange.approving import approve, waiting
from exchange.bundle.letters import NetworkSecretLetter
from exchange.checking import Job
from exchange.delivering import deliver
from exchange.demo import agreements
from exchange.demo.cast import NETWORK, RECIPIENTS, SENDERS, Network
from exchange.demo.scenario import Scenario, Workbook
from exchange.demo.workbooks import write_workbook
from exchange.duties.withdrawal import withdraw
from exchange.errors import AgreementError, ExchangeError
from exchange.keyring.people import Acting
from exchange.locale import _
from exchange.matching.secret import NetworkSecret
from exchange.merging import open_store
from exchange.office import Office
from exchange.posting import post_letter
from exchange.receiving import Received, receive
from exchange.registers import keep_network_secret
from exchange.sending import Packed, pack

Tell = Callable[[str], None]
WITA = dt.timezone(dt.timedelta(hours=8))
STICK = "usb-stick"
CARRIER = "what-the-carrier-saw"


@dataclass(slots=True)
class Told:
    """What happened, for the table at the end and for the tests."""

    packed: list[Packed] = field(default_factory=list)
    received: list[tuple[str, Received]] = field(default_factory=list)
    refused: list[ExchangeError] = field(default_factory=list)


def at(month: int, day: int, hour: int = 9) -> dt.datetime:
    """A moment of the story, in UTC."""
    return dt.datetime(2026, month, day, hour, tzinfo=WITA).astimezone(dt.UTC)


def perform(network: Network, scenario: Scenario, told: Told, tell: Tell) -> None:
    """The whole story."""
    _sign(network.at(at(8, 25)), scenario, told, tell)
    _share_secret(network.at(at(8, 28)), tell)
    _september(network.at(at(10, 5)), scenario, told, tell)
    _withdraw(network.at(at(10, 12)), scenario, told, tell)
    _correct(network.at(at(10, 15)), scenario, told, tell)
    _october(network.at(at(11, 5)), scenario, told, tell)


def write_extract(network: Network, workbook: Workbook, name: str) -> Path:
    """The CSO's own workbook, as Excel would have saved it."""
    folder = network.members[workbook.cso][0].folder / "extracts"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    write_workbook(workbook.reports, path)
    path.chmod(0o600)
    return path


# --- the acts ---


def _sign(network: Network, scenario: Scenario, told: Told, tell: Tell) -> None:
    tell(_("25 August. Three agreements, one for each CSO; every party signs with its own key."))
    for sender in SENDERS:
        signed = agreements.share(network, sender.id)
        late = RECIPIENTS[0].id
        for party in (sender.id, *(each.id for each in RECIPIENTS if each.id != late)):
            agreements.hand_round(network, sender.id, agreements.signature(network, sender.id, party))
        told.refused.append(_refused_unsigned(network.at(at(10, 1)), scenario, sender.id))
        agreements.hand_round(network, sender.id, agreements.signature(network, sender.id, late))
        tell(
            _("  {agreement}: {refusal} – refused. Now {party} signs as well.").format(
                agreement=Reference.to(signed.agreement), refusal=told.refused[-1].problems[0].what, party=late
            )
        )


def _refused_unsigned(network: Network, scenario: Scenario, sender: str) -> ExchangeError:
    path = write_extract(network, scenario.workbook(sender, "2026-09"), "2026-09.xlsx")
    job = Job(path, agreements.agreement_id(sender), Period.read("2026-09"), note="-")
    try:
        pack(network.office(sender), job)
    except AgreementError as error:
        return error
    raise AssertionError("an agreement without all signatures let something leave")


def _share_secret(network: Network, tell: Tell) -> None:
    first, *others = SENDERS
    coordinator = network.office(first.id)
    secret = NetworkSecret.new(NETWORK, "2026", coordinator.randomness)
    keep_network_secret(coordinator, secret)
    for other in others:
        body = NetworkSecretLetter(
            kind="network_secret", network=NETWORK, epoch=secret.epoch, secret=secret.secret.hex()
        )
        post_letter(coordinator, other.id, body, NETWORK)
    stick = network.folder / STICK
    stick.mkdir(exist_ok=True)
    deliver(coordinator, folder=stick)
    for other in others:
        receive(network.office(other.id), folder=stick)
    tell(
        _("28 August. {party} makes the network's secret; the other CSOs get it sealed, on a USB stick.").format(
            party=first.id
        )
    )
    tell(_("  Recipients never hold it: they can compare match tokens, and never make one."))


def _september(network: Network, scenario: Scenario, told: Told, tell: Tell) -> None:
    tell(_("5 October. September's extracts: read from Excel, checked, and packed for each recipient."))
    for sender in SENDERS:
        path = write_extract(network, scenario.workbook(sender.id, "2026-09"), "2026-09.xlsx")
        for period in ("2026-09", "2026-Q3"):
            _pack(network, sender.id, path, period, told, tell)
    tell(_("  Two people of each CSO look at what would leave, and sign. One signature alone lets nothing leave."))
    for sender in SENDERS:
        approve_all(network, sender.id)
    _exchange(network, told, tell)


def _withdraw(network: Network, scenario: Scenario, told: Told, tell: Tell) -> None:
    gone = scenario.withdrawal
    stopped = withdraw(network.office(gone.cso), agreements.agreement_id(gone.cso), gone.case_ref)
    tell(
        _("12 October. One person withdraws at {party}: {count} letter asks to erase her.").format(
            party=gone.cso, count=len(stopped.told)
        )
    )
    _exchange(network, told, tell)


def _correct(network: Network, scenario: Scenario, told: Told, tell: Tell) -> None:
    corrected = scenario.correction
    tell(
        _("15 October. {party} corrects its September: new bundles take the place of the old.").format(
            party=corrected.cso
        )
    )
    path = write_extract(network, corrected, "2026-09-corrected.xlsx")
    for period in ("2026-09", "2026-Q3"):
        _pack(network, corrected.cso, path, period, told, tell, corrects=True)
    approve_all(network, corrected.cso)
    _exchange(network, told, tell)


def _october(network: Network, scenario: Scenario, told: Told, tell: Tell) -> None:
    tell(_("5 November. October's extracts. One CSO had no cases: its empty month looks like any other."))
    for sender in SENDERS:
        path = write_extract(network, scenario.workbook(sender.id, "2026-10"), "2026-10.xlsx")
        _pack(network, sender.id, path, "2026-10", told, tell)
        approve_all(network, sender.id)
    _exchange(network, told, tell)


# --- what every month has ---


def _pack(
    network: Network, sender: str, path: Path, period: str, told: Told, tell: Tell, *, corrects: bool = False
) -> None:
    note = "Tidak ada perubahan metode atau staf pada periode ini."
    job = Job(path, agreements.agreement_id(sender), Period.read(period), note=note, corrects=corrects)
    for packed in pack(network.office(sender), job):
        told.packed.append(packed)
        account, consented = packed.prepared.protected.account, packed.prepared.consented
        tell(
            _("  {sender} → {recipient}, {period}: {rows} rows, {held} held back, k {k}.").format(
                sender=sender,
                recipient=packed.sealed.envelope.recipient,
                period=period,
                rows=account.rows_out,
                held=consented.held_back.total,
                k="–" if account.k_reached is None else account.k_reached,
            )
        )


def approve_all(network: Network, sender: str) -> None:
    """The sender's people approve whatever waits, one after the other."""
    for person in network.people[sender]:
        office = network.office(sender)
        for each in waiting(office):
            approve(office, each, person)


def _exchange(network: Network, told: Told, tell: Tell) -> None:
    """Everything that waits goes, everything that came is answered, until nobody has anything left to say."""
    sent = sum(len(deliver(office)) for office in network.offices(SENDERS))
    _look_over_the_carriers_shoulder(network)
    for office in network.offices(RECIPIENTS):
        told.received.append((office.party, receive(office)))
        _acknowledge(office, network.people[office.party][0])
        deliver(office)
    for office in network.offices(SENDERS):
        told.received.append((office.party, receive(office)))
        deliver(office)
    taken = [each for _party, received in told.received for each in received.taken]
    tell(
        _("  Over SFTP: {sent} steps of delivery; {accepted} bundles accepted so far, every receipt signed.").format(
            sent=sent, accepted=sum(each.outcome == "accepted" for each in taken)
        )
    )


def _acknowledge(office: Office, officer: Acting) -> None:
    """The recipient's officer reads the notices of what is new; the senders learn it from a receipt."""
    with open_store(office) as store:
        here = held(office, store)
    for told in here:
        for new in to_acknowledge(office, [told], officer.person.id):
            acknowledge(office, new, officer)


def _look_over_the_carriers_shoulder(network: Network) -> None:
    """Keep what lies on the servers now, as whoever runs them could: the reader may try to learn something from it."""
    kept = network.folder / CARRIER
    kept.mkdir(mode=0o700, exist_ok=True)
    for recipient in RECIPIENTS:
        for file in sorted((network.members[recipient.id][0].dropbox / "incoming").glob("*/*")):
            shutil.copyfile(file, kept / file.name)
