"""Who is in the year of ten organisations, and what they have agreed: real cards, real agreements, signed by all.

Every organisation and number here is invented; keys are made from fixed seeds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from importlib.resources import files
from itertools import pairwise

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.onward_approval import OnwardApproval, OnwardStatement, approve_onward
from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import Signatures, sign
from exchange.audit.checkpoint import log_origin
from exchange.audit.entries import AgreementRef
from exchange.crypto.signing import SigningKey
from exchange.keyring.card import SignedCard, issue_card
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.people import certify
from exchange.keyring.shapes import Names, Person, Role

NETWORK = "ntt"
SENDERS = ("yks", "rpk", "jkm", "cso-4", "cso-5", "cso-6")
TASK_FORCE, STATISTICS, CASES = RECIPIENTS = ("gt-ntt", "dinas-p3a", "io-id")
AUDITOR, MINISTRY = "independent-auditor", "ministry"
WRITERS = (*SENDERS, *RECIPIENTS)
EVERYBODY = (*WRITERS, AUDITOR)
FOUNDED, SIGNED_ON, CERTIFIED_UNTIL = dt.date(2026, 8, 20), dt.date(2026, 8, 25), dt.date(2027, 12, 31)
END = dt.datetime(2027, 8, 25, 9, tzinfo=dt.UTC)
"""When the packs are made."""
_DECIDES: tuple[tuple[str, Role], ...] = (
    ("director.1", "approve"),
    ("data.officer.1", "approve"),
    ("head.1", "director"),
    ("head.2", "director"),
)
PEOPLE: dict[str, tuple[tuple[str, Role], ...]] = {
    **dict.fromkeys(SENDERS, _DECIDES),
    TASK_FORCE: (("data.officer.1", "open"), ("data.officer.2", "open")),
    STATISTICS: (("statistician.1", "open"),),
    CASES: (("case.data.officer", "open"),),
    AUDITOR: (),
    MINISTRY: (),
}


def digest(*what: object) -> str:
    return "sha256:" + hashlib.sha256(repr(what).encode()).hexdigest()


def secret(*what: object) -> SigningKey:
    return SigningKey(hashlib.sha256(repr(("year", *what)).encode()).digest())


@cache
def identity(party: str) -> Identity:
    made = new_identity(party, Names(id=party, en=party), f"data@{party}.example", FOUNDED, root=secret(party))
    for name, role in PEOPLE[party]:
        key = secret(party, name).verify_key.openssh()
        person = Person(id=name, name=name, roles=(role,), key=key, not_before=FOUNDED, not_after=CERTIFIED_UNTIL)
        made = certify(made, person)
    return made


@cache
def card(party: str) -> SignedCard:
    return issue_card(identity(party), FOUNDED)


@cache
def text(sender: str) -> bytes:
    """The example's agreement for a sender. The task force keeps for six months: destruction falls into the year."""
    said = files("exchange.demo").joinpath("dsa-ntt.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("DSA-NTT-2026-004", f"DSA-NTT-2026-{SENDERS.index(sender) + 4:03}"),
        ("yks", sender),
        ("YKS", sender.upper()),
        ("gt-ntt: {keep_months: 24", "gt-ntt: {keep_months: 6"),
    ):
        assert old in said
        said = said.replace(old, new)
    for party in (sender, *RECIPIENTS, AUDITOR):
        said = said.replace("SHA256:<fingerprint>", identity(party).fingerprint(), 1)
    return said.encode("utf-8")


@cache
def onward_text() -> bytes:
    """Under which the task force may pass on what it has merged, to a ministry; it begins when the year ends."""
    said = text("yks").decode()
    for old, new in (
        (f"DSA-NTT-2026-{4:03}", "DSA-GT-2027-001"),
        (identity("yks").fingerprint(), "<the sender>"),
        (identity(TASK_FORCE).fingerprint(), identity(MINISTRY).fingerprint()),
        ("<the sender>", identity(TASK_FORCE).fingerprint()),
        (TASK_FORCE, MINISTRY),
        ("yks", TASK_FORCE),
        ("effective: 2026-09-01", "effective: 2027-08-01"),
        ("expires: 2027-08-31", "expires: 2028-07-31"),
        ("review_by: 2027-05-31", "review_by: 2028-05-31"),
    ):
        assert old in said
        said = said.replace(old, new)
    return said.encode("utf-8")


def text_of(sender: str) -> bytes:
    """Of an agreement under which this party sends."""
    return onward_text() if sender == TASK_FORCE else text(sender)


@cache
def agreement(sender: str) -> Agreement:
    return read_agreement(text_of(sender).decode(), f"{sender}.yaml")


def leave(sender: str, until: dt.date) -> OnwardApproval:
    """A sender lets the task force pass on what came from it, until that day."""
    under, to = agreement(sender), agreement(TASK_FORCE)
    fields = ("prs_Gender", "vic_TypeOfExploitation")
    both = {"under": Reference.to(under), "to": Reference.to(to)}
    said = OnwardStatement(**both, party=sender, fields=fields, until=until, signed_on=SIGNED_ON)
    return approve_onward(said, under, identity(sender).root)


@cache
def reference(sender: str) -> AgreementRef:
    return AgreementRef(**Reference.to(agreement(sender)).model_dump())


@cache
def signatures(sender: str) -> Signatures:
    read = agreement(sender)
    return Signatures.of(*(sign(read, each.party, identity(each.party).root, SIGNED_ON) for each in read.signatories))


def periods(recipient: str) -> tuple[tuple[str, dt.date], ...]:
    """Each period that is owed within the year, and the first day after it."""
    months = [dt.date(2026 + (8 + n) // 12, (8 + n) % 12 + 1, 1) for n in range(12)]
    ends = list(pairwise(months))
    if recipient != STATISTICS:
        return tuple((f"{first:%Y-%m}", after) for first, after in ends)
    return tuple((f"{first.year}-Q{first.month // 3}", after) for first, after in ends if first.month % 3 == 0)


def origin(party: str) -> str:
    return log_origin(party, NETWORK)


KEYS = {origin(party): identity(party).log.verify_key for party in EVERYBODY}
"""What the auditor knows from cards."""


def watchers(party: str) -> tuple[str, ...]:
    """Who sees the log of a party: the other side of its agreements, and the auditor."""
    return (*(RECIPIENTS if party in SENDERS else SENDERS), AUDITOR)
