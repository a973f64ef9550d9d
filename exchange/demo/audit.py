"""The demo's auditor: takes everybody's evidence pack, sees no row, and says whether the logs hold together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exchange.asking.quiet import quiet
from exchange.audit.checkpoint import log_origin
from exchange.audit.verify import Verdict, verify
from exchange.demo.cast import AUDITOR, NETWORK, RECIPIENTS, SENDERS, Network
from exchange.duties.inspection import may_read, write_pack
from exchange.office import Office


def hand_over(office: Office, folder: Path) -> Path:
    """One organisation's evidence pack for the auditor, in `folder`."""
    target = folder / office.party
    write_pack(office, NETWORK, target, may_read(office, NETWORK, AUDITOR))
    return target


def packs(network: Network) -> tuple[Path, ...]:
    """Everybody's evidence pack, handed to the auditor."""
    folder = network.members[AUDITOR][0].folder / "packs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return tuple(hand_over(office, folder) for office in network.offices((*SENDERS, *RECIPIENTS)))


def audit(network: Network, handed: Sequence[Path]) -> Verdict:
    """The packs, verified with the keys of the cards that the auditor has confirmed, and matched with each other."""
    cards = network.members[AUDITOR][0].cards
    keys = {
        log_origin(each.id, NETWORK): cards.confirmed(each.id).card.log_verify_key for each in (*SENDERS, *RECIPIENTS)
    }
    return verify(handed, keys=keys, quiet=quiet)
