"""What the house does under an agreement, from the reading of it to the bundle, as texts that can be compared.

Everything else is held still: people, dates, keys, chance. What only quotes the agreement's digest is left out, since
every change of every clause changes that. Rows are observed in `observed_rows`, duties in `observed_duties`; here, what
the agreement itself says and allows, and who must notice which clause.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path

from agreements.example import PARTIES, SIGNED_ON, agreement, key
from agreements.observed_duties import clocks, duties, keepings
from agreements.observed_rows import (
    ON,
    RECIPIENTS,
    bundles,
    consents,
    corrections,
    or_refusal,
    publications,
    readings,
    releases,
)

from exchange import checking, delivering
from exchange.agreements.access import objections_to_opening
from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.approval import Proposed, approvals_missing, approve, judge
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit, Request, permit
from exchange.agreements.signatures import Signatures, sign
from exchange.agreements.state import Notice, state, supersession
from exchange.agreements.summary import summary
from exchange.duties.inspection import kept_until, reader_of
from exchange.keyring.card import Card, issue_card
from exchange.keyring.identity import new_identity
from exchange.keyring.people import certify
from exchange.keyring.shapes import Names, Person

PERMIT_DAYS = tuple(dt.date(2026, 10, 31) + dt.timedelta(days=days) for days in (0, 1, 10, 13, 14, 75))
DAYS = tuple(dt.date(2026, 9, 1) + dt.timedelta(days=days) for days in (-1, 0, 29, 70, 71, 72, 75, 364, 365))


def checked(document: Agreement) -> str:
    return repr([(each.code, each.where) for each in check_agreement(document)])


def signing(document: Agreement) -> str:
    """Who can sign what, the digest left out."""
    signed = [
        or_refusal(
            lambda party=party: sign(document, party, key(party), SIGNED_ON).statement.model_copy(update={"digest": ""})
        )
        for party in _signatories()
    ]
    return repr(signed)


def states(document: Agreement) -> str:
    signed = or_refusal(lambda: _signed(document))
    if not isinstance(signed, Signatures):
        return repr(signed)
    found = [
        or_refusal(lambda day=day, given=given: state(document, signed, day, given))
        for day in DAYS
        for given in _notices(document)
    ]
    replaced = or_refusal(lambda: supersession(document, signed, ON))
    return repr((found, replaced and replaced.agreement if isinstance(replaced, Notice) else replaced))


def permits(document: Agreement) -> str:
    """What may be sent, to whom, when, and whether it is late."""
    signed = or_refusal(lambda: _signed(document))
    if not isinstance(signed, Signatures):
        return repr(signed)
    found = []
    for party, period in (
        *RECIPIENTS.items(),
        ("gt-ntt", "2026-09"),
        ("gt-ntt", "2027-08"),
        ("dinas-p3a", "2026-10"),
        ("io-id", "2026-Q4"),
    ):
        for day in PERMIT_DAYS:
            request = Request(party, Period.read(period), day)
            allowed = or_refusal(lambda request=request: permit(document, signed, request))
            found.append((allowed.late, allowed.first, allowed.last) if isinstance(allowed, Permit) else allowed)
    return repr(found)


def summaries(document: Agreement) -> str:
    return repr([line for tongue in ("id", "en") for line in summary(document, tongue) if document.digest not in line])  # type: ignore[arg-type]


def notes(document: Agreement) -> str:
    """Whether a period may be packed without the sender's note about it."""
    job = checking.Job(Path("cases.csv"), document.id, Period.read("2026-10"))
    return repr(or_refusal(lambda: checking.check_note(document, job)))


def channels(document: Agreement) -> str:
    """Over which channels a bundle would not be sent."""
    return repr([delivering.not_agreed(document, over) is None for over in ("sftp", "folder")])


PACKED = dt.datetime(2026, 11, 5, 1, tzinfo=dt.UTC)


def approvals(document: Agreement) -> str:
    """How many people are still missing once nobody, one, two … have signed that a bundle leaves."""
    bundle, ciphertext = "0" * 32, f"sha256:{'0' * 64}"
    proposed = Proposed(
        agreement=Reference.to(document),
        bundle=bundle,
        ciphertext=ciphertext,
        page=ciphertext,
        recipient="gt-ntt",
        period="2026-10",
    )
    given = [approve(proposed, person, key(person), PACKED) for person in _APPROVERS]
    judged = [
        judge(document, proposed, given[:count], _card(), packed=PACKED, now=PACKED) for count in range(len(given) + 1)
    ]
    return repr([approvals_missing(document, each.people) for each in judged])


_APPROVERS = tuple(f"officer.{number}" for number in range(1, 6))


@cache
def _card() -> Card:
    """The sender's, which certifies five people."""
    names = Names(id="Yayasan (contoh)", en="Foundation (example)")
    sender = new_identity("yks", names, "dpo@yks.example", SIGNED_ON, root=key("yks"))
    days = {"not_before": SIGNED_ON, "not_after": SIGNED_ON + dt.timedelta(days=400)}
    for person in _APPROVERS:
        public = key(person).verify_key.openssh()
        sender = certify(sender, Person(id=person, name="Orang (contoh)", roles=("approve",), key=public, **days))
    return issue_card(sender, SIGNED_ON).card


def openings(document: Agreement) -> str:
    """Who of the example's people may open what came, at each recipient."""
    named = [name for each in agreement().recipients for name in each.named_users or ()]
    return repr(
        [
            (to, person, [each.code for each in objections_to_opening(document, to, person)])
            for to in RECIPIENTS
            for person in named
        ]
    )


def inspections(document: Agreement) -> str:
    """For whom an evidence pack may be made, by which key they are known, and how long the log is kept."""
    named = (None, *PARTIES, "independent-auditorx", "somebody")
    readers = [or_refusal(lambda name=name: reader_of([document], name)) for name in named]
    return repr((readers, kept_until([document], ON)))


OBSERVERS: dict[str, Callable[[Agreement], str]] = {
    "checked": checked, "signing": signing, "states": states, "permits": permits, "readings": readings,
    "consents": consents, "releases": releases, "bundles": bundles, "summaries": summaries,
    "notes": notes, "openings": openings, "duties": duties, "channels": channels, "clocks": clocks,
    "keepings": keepings, "publications": publications, "inspections": inspections, "approvals": approvals,
    "corrections": corrections,
}  # fmt: skip


# Which of them must notice, by the part of the house that obeys the clause (`exchange.agreements.obeyed.OBEYED`).
BY_PLACE: dict[str, tuple[str, ...]] = {
    "agreements/reading": ("checked",),
    "agreements/signatures": ("signing", "checked"),
    "agreements/state": ("states", "permits", "checked"),
    "agreements/permit": ("permits", "checked"),
    "agreements/summary": ("summaries", "checked"),
    "agreements/check_parties": ("checked",),
    "agreements/check_tiers": ("checked",),
    "matching": ("releases", "checked"),
    "agent": ("releases", "checked"),
    "bundle": ("bundles", "checked"),
    "consent": ("consents", "readings", "checked"),
    "extracts": ("readings", "checked"),
    "redact": ("releases", "checked"),
    "protect": ("releases", "checked"),
    "protect/releases": ("corrections", "checked"),
    "sending": ("notes", "bundles", "checked"),
    "approving": ("approvals", "checked"),
    "receiving": ("bundles", "checked"),
    "acknowledging": ("bundles", "checked"),
    "delivering": ("channels", "checked"),
    "merge": ("checked",),
    "merge/publishing": ("publications", "bundles", "checked"),
    "duties": ("duties", "clocks", "checked"),
    "duties/retention": ("keepings", "checked"),
    "duties/inspection": ("inspections", "checked"),
    "agreements/access": ("openings", "checked"),
}


def _signatories() -> tuple[str, ...]:
    return tuple(each.party for each in agreement().signatories)


def _signed(document: Agreement) -> Signatures:
    return Signatures.of(
        *(sign(document, each.party, key(each.party), SIGNED_ON) for each in document.signatories if "key" in each.by)
    )


def _notices(document: Agreement) -> tuple[tuple[Notice, ...], ...]:
    reference, on = Reference.to(document), dt.date(2026, 10, 12)
    grounds = ("breach_unreported", "onward_transfer_without_approval", "risk_to_survivor")
    at_once = tuple((Notice("termination", reference, "yks", on, ground),) for ground in grounds)  # type: ignore[arg-type]
    return (
        (),
        (Notice("suspension", reference, "io-id", on),),
        (Notice("termination", reference, "yks", on),),
        *at_once,
    )
