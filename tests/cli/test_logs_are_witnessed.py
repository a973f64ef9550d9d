"""Everybody watches everybody's log: by parcels, and the auditor by file. A counterpart that lies about its own is named
first, and nothing that comes with a lie is refused for it."""

from __future__ import annotations

import datetime as dt

from cli.organisations import PACKING, Desk
from cli.town import Town

from exchange.audit.checkpoint import (
    SignedCheckpoint,
    cosignatures,
    log_origin,
    witness_name,
)

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)
NETWORK, SENDER, RECIPIENT, AUDITOR = "ntt", "yks", "gt-ntt", "independent-auditor"
NEXT_MONTH = "2026-11-05T09:00:00+08:00"


def heads(desk: Desk) -> tuple[SignedCheckpoint, ...]:
    """The heads that a party's log has signed, with the cosignatures that it knows."""
    key = desk.workspace.own_card().card.log_verify_key
    with desk.workspace.open_log(NETWORK) as log:
        return log.checkpoints(key)


def cosigned_by(desk: Desk, *others: Desk) -> list[list[str]]:
    """Who has cosigned each head of a party's log, as far as that party knows."""
    keys = {each.party: each.workspace.own_card().card.log_verify_key for each in others}
    names = [(witness_name(log_origin(party, NETWORK)), key) for party, key in keys.items()]
    return [[each.witness.partition(".")[0] for each in cosignatures(head, names)] for head in heads(desk)]


def kinds(desk: Desk) -> list[str]:
    with desk.workspace.open_log(NETWORK) as log:
        return [record.opening.entry.kind for record in log.records() if record.opening]


def brings(town: Town, *, there: str = PACKING, back: str = PACKING) -> tuple[str, str]:
    """A letter from the recipient to the sender and one back, by the hand of a person; what each `receive` said."""
    return brought(town, RECIPIENT, SENDER, there), brought(town, SENDER, RECIPIENT, back)


def brought(town: Town, one: str, other: str, at: str) -> str:
    """A parcel of one party that goes to another; what its `receive` said on stderr."""
    stick = town.folder / f"from-{one}-{at[:10]}-{len(list(town.folder.iterdir()))}"
    sender, recipient = Desk(town.folder / one, one, at), Desk(town.folder / other, other, at)
    office = sender.office(dt.datetime.fromisoformat(at).astimezone(dt.UTC))
    reference = town.packed_reference if hasattr(town, "packed_reference") else None
    assert reference is None
    write(office, other)
    sender.does("deliver", "--to-folder", stick)
    said = recipient.run("receive", "--from-folder", stick)
    assert (said.status, "heeded" in said.out or "done" in said.out) == (0, True), said
    return said.err
