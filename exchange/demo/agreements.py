"""Three agreements from one example: each CSO's own, in one network, with real fingerprints."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

from exchange.agreements.signatures import Signatures, sign
from exchange.demo.cast import AUDITOR, RECIPIENTS, SENDERS, Network
from exchange.noting import note_agreement
from exchange.workspace.agreements import SignedAgreement

SIGNED_ON = dt.date(2026, 8, 25)
_PLACEHOLDER = "SHA256:<fingerprint>"
_DIRECTORS = {"yks": "Maria T.", "rpk": "Agustinus R.", "jkm": "Elisabet N."}
_NUMBERS = {"yks": "004", "rpk": "005", "jkm": "006"}


def agreement_id(sender: str) -> str:
    return f"DSA-NTT-2026-{_NUMBERS[sender]}"


def draft(network: Network, sender: str) -> bytes:
    """The example's text for this sender: its name in the place of the example's, fingerprints in the order of text."""
    name = {each.id: each.name for each in SENDERS}
    text = files("exchange.demo").joinpath("dsa-ntt.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("DSA-NTT-2026-004", agreement_id(sender)),
        (name["yks"], name[sender]),
        (_DIRECTORS["yks"], _DIRECTORS[sender]),
        ("yks", sender),
        ("YKS", sender.upper()),
    ):
        text = text.replace(old, new)
    for party in (sender, *(each.id for each in RECIPIENTS), AUDITOR):
        text = text.replace(_PLACEHOLDER, network.members[party][1].fingerprint(), 1)
    return text.encode("utf-8")


def share(network: Network, sender: str) -> SignedAgreement:
    """The draft goes to everybody named in it; the sender's copy, without any signature."""
    text = draft(network, sender)
    mapping = files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes()
    for party in (*(each.id for each in RECIPIENTS), AUDITOR, sender):
        workspace = network.members[party][0]
        signed = workspace.agreements.add(text)
        note_agreement(workspace, signed, network.now)
    network.members[sender][0].agreements.save_mapping(signed, mapping)
    return signed


def signature(network: Network, sender: str, party: str) -> Signatures:
    """One party's signature under the agreement of `sender`, made with its own key over its own copy."""
    workspace, identity = network.members[party]
    agreement = workspace.agreements.newest(agreement_id(sender)).agreement
    return Signatures.of(sign(agreement, party, identity.root, SIGNED_ON))


def hand_round(network: Network, sender: str, signatures: Signatures) -> None:
    """Everybody named in the agreement gets these signatures, by e-mail or stick."""
    for party in (sender, *(each.id for each in RECIPIENTS), AUDITOR):
        workspace = network.members[party][0]
        signed = workspace.agreements.add_signatures(workspace.agreements.newest(agreement_id(sender)), signatures)
        note_agreement(workspace, signed, network.now)
