"""What goes into our evidence pack: our log, the checkpoints of others that we hold, cards, agreements, receipts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.audit.checkpoint import SignedCheckpoint
    from exchange.audit.log import Log
    from exchange.audit.pack import Enclosures
    from exchange.office import Office


def write_pack(office: Office, network: str, target: Path) -> SignedCheckpoint:
    """Our pack of a network, up to now; its head. AuditError as `exchange.audit.pack.export`."""
    from exchange.audit.pack import export

    workspace, root = office.workspace, office.identity.root
    with workspace.open_witness(network) as witness:
        held = (*workspace.held_checkpoints(network), *witness.held())
    with workspace.open_log(network) as log:
        log.checkpoint(root)
        enclosures = _enclosures(office, network, log)
        return export(log, root.verify_key, target, at=office.now, held=held, enclosures=enclosures)


def _enclosures(office: Office, network: str, log: Log) -> Enclosures:
    """Public documents only: nothing of a row, nothing of a key that is secret."""
    from exchange.audit.pack import Enclosures
    from exchange.keyring.card import file_name

    workspace = office.workspace
    signed = [workspace.own_card(), *(known.signed for known in workspace.cards.all() if known.confirmed)]
    agreements: dict[str, bytes] = {}
    for each in workspace.agreements():
        if each.agreement.network == network:
            name = f"{each.agreement.id}-{each.agreement.version}"
            agreements[f"{name}.yaml"] = each.file.read_bytes()
            agreements[f"{name}.signatures.json"] = each.signatures.to_json()
    receipts = [record.opening.entry.receipt for record in log.records() if record.opening]
    return Enclosures(
        cards={file_name(each.party): each.to_bytes() for each in signed},
        agreements=agreements,
        receipts=[receipt for receipt in receipts if receipt],
    )
