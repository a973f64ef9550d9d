"""A recipient with two senders, each under an agreement of its own that all have signed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from cli.organisations import PASSPHRASE, Desk, founded
from cli.town import AGREEMENT, FOUNDED, RECIPIENTS, SENDER, drafted
from transport.servers import road_to

from exchange.agreements.signatures import Signatures, sign
from exchange.keyring.identity_file import load_identity
from exchange.transport.sftp.road import SftpRoad
from exchange.transport.sftp.target import SftpTarget

OTHER, OTHER_AGREEMENT = "psn", "DSA-NTT-2026-005"
SIGNED = dt.date(2026, 8, 25)
RECIPIENT = RECIPIENTS[0]


@dataclass(frozen=True)
class Network:
    folder: Path

    def desk(self, party: str = RECIPIENT) -> Desk:
        return Desk(self.folder / party, party)

    def key(self, party: str) -> str:
        """The party's private key for servers, OpenSSH's text."""
        client = load_identity(self.folder / party / "identity.age", PASSPHRASE).sftp_client
        assert client is not None
        return client.openssh_private()

    def road(self, party: str, target: SftpTarget) -> SftpRoad:
        from transport.servers import KeyPair

        return road_to(target, KeyPair(self.key(party), ""))


def a_network(folder: Path) -> Network:
    """Only the recipient knows everybody."""
    parties = (SENDER, OTHER, *RECIPIENTS, "independent-auditor")
    desks = {party: founded(folder, party, FOUNDED) for party in parties}
    recipient = desks[RECIPIENT].workspace
    for party in parties:
        if party != RECIPIENT:
            recipient.cards.add(desks[party].workspace.own.card(), FOUNDED)
            recipient.cards.confirm(party, FOUNDED)
    fingerprints = {party: desk.workspace.own.card().card.fingerprint for party, desk in desks.items()}
    text = drafted(fingerprints)
    second = re.sub(rb"\byks\b", b"psn", text).replace(AGREEMENT.encode(), OTHER_AGREEMENT.encode())  # no part of a key
    second = second.replace(fingerprints[SENDER].encode(), fingerprints[OTHER].encode())
    for agreed, sender in ((text, SENDER), (second, OTHER)):
        kept = recipient.agreements.add(agreed)
        signers = (sender, *RECIPIENTS)
        roots = {each: load_identity(desks[each].workspace.identity_file, PASSPHRASE).root for each in signers}
        signed = Signatures.of(*(sign(kept.agreement, each, roots[each], SIGNED) for each in signers))
        recipient.agreements.add_signatures(kept, signed)
    return Network(folder)
