"""What the parties owe each other beyond the data: dates, delivery, retention, breach, rights, audit."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator
from pydantic import Field as Attribute

from exchange.agreements.clause import (
    CaveatId,
    Clause,
    Code,
    Digest,
    FieldName,
    Line,
    PartyId,
    PurposeId,
    Text,
    Version,
)
from exchange.agreements.parties import Auditor
from exchange.locale import _

Hours = Annotated[int, Attribute(ge=1, le=8784)]
Days = Annotated[int, Attribute(ge=0, le=3660)]
Months = Annotated[int, Attribute(ge=1, le=600)]


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(_("there is no such time zone"))
    return name


DueDay = Annotated[int, Attribute(ge=1, le=28)]
TimeZone = Annotated[str, AfterValidator(_known_timezone)]


class Supersedes(Clause):
    version: Version
    digest: Digest


class Termination(Clause):
    notice_days: Days
    immediate_if: tuple[Literal["breach_unreported", "onward_transfer_without_approval", "risk_to_survivor"], ...]


class OnEnd(Clause):
    stop_sending: Literal["immediately"]


class Term(Clause):
    """When the agreement binds. Its state is derived from signatures, dates and notices, never typed."""

    effective: dt.date
    expires: dt.date
    review_by: dt.date
    supersedes: Supersedes | None = None
    change_note: Text | None = None
    termination: Termination
    on_end: OnEnd


class Purpose(Clause):
    """`dpv`: the name of a purpose in W3C DPV 2.3."""

    id: PurposeId
    dpv: Code
    recipients: Annotated[tuple[PartyId, ...], Attribute(min_length=1)]
    text: Text


class Prohibition(Clause):
    act: Literal["reidentify", "law_enforcement_use", "contact_data_subject", "decide_a_case_from_a_match"]
    exception: Annotated[dict[PartyId, Literal["via_sender"]] | None, Attribute(alias="except")] = None
    text: Text


class LegalBasis(Clause):
    purpose: PurposeId
    dpv: Code
    law: Line


class ImpactAssessment(Clause):
    required: bool
    reference: Line | None = None
    date: dt.date | None = None


class Identification(Clause):
    """By which tool and standard people were identified, and by whom."""

    tool: Line
    standard: Line
    decided_by: Literal["caseworker", "panel", "authority"]


class Receipt(Clause):
    within_days: Days
    acknowledges: tuple[Literal["confidentiality", "caveats", "prohibited"], ...]


class Delivery(Clause):
    """`channels`: how bundles may travel. `sftp`, to a server; `folder`, on a stick or a shared drive that somebody
    answers for; `email`, attached, which servers for mail keep and copy where nobody knows: never meant by `folder`.
    """

    due_day: DueDay
    timezone: TimeZone
    grace_days: Days
    nil_report: Literal["required", "not_required"]
    monthly_note: Literal["required", "optional"]
    corrections: Literal["replacement_bundle"]
    receipt: Receipt
    channels: Annotated[tuple[Literal["sftp", "folder", "email"], ...], Attribute(min_length=1)]


class Approval(Clause):
    people: Annotated[int, Attribute(ge=1, le=5)]


class Urgent(Clause):
    only: Literal["risk_to_life"]
    released_by: Literal["director"]
    review_within_hours: Hours


class CompelledDisclosure(Clause):
    tell_sender: Literal["before_where_lawful"]
    give: Literal["the_least"]


class Security(Clause):
    at_rest: Literal["encrypted"]
    access: Literal["named_users"]


class Retention(Clause):
    """How long a recipient keeps what it got. `start`: what starts the clock."""

    keep_months: Months
    start: Annotated[Literal["receipt"], Attribute(alias="from")]
    then: Literal["destroy"]
    survives_end: bool
    certificate_within_days: Days


class Publish(Clause):
    only: Literal["tables"]
    min_cell: Annotated[int, Attribute(ge=2, le=1000)]
    quote_caveats: bool


class Onward(Clause):
    default: Literal["prohibited"]
    approval_by: PartyId
    publish: Publish


class Breach(Clause):
    tell_parties_within_hours: Hours
    law_deadline_hours: Hours
    law: Line
    must_say: tuple[Literal["data_exposed", "when_and_how", "handling_and_recovery"], ...]
    survivors_told: Literal["via_sender_safe_contact"]


class RightsRequests(Clause):
    answered_by: PartyId
    forward_within_hours: Hours


class Feedback(Clause):
    senders: Annotated[tuple[PartyId, ...], Attribute(alias="from", min_length=1)]
    every: Literal["month", "quarter", "year"]
    says: tuple[Literal["data_quality", "results"], ...]


class Notices(Clause):
    confidentiality: Text


CaveatKind = Literal["population", "selection_bias", "definition", "method", "quality", "other"]


class Caveat(Clause):
    """What a reader must know; travels with every bundle. The program adds those that follow from what it did."""

    id: CaveatId
    kind: CaveatKind
    text: Text


class AuditRule(Clause):
    keep_years: Annotated[int, Attribute(ge=1, le=100)]
    auditors: tuple[Auditor, ...]
    may_inspect: tuple[PartyId, ...]


class ConsentForm(Clause):
    """A version of the consent form: since when it is read to people, and which scopes it covers."""

    start: Annotated[dt.date, Attribute(alias="from")]
    covers: Annotated[tuple[Code, ...], Attribute(min_length=1)]


class ConsentFields(Clause):
    """Which fields of the dictionary hold what a person said."""

    status: FieldName
    scope: FieldName
    given_on: FieldName
    form: FieldName
    evidence: FieldName
    adult: FieldName


class Minors(Clause):
    below_age: Annotated[int, Attribute(ge=1, le=25)]
    unknown_age: Literal["as_minor"]
    also_needs: Annotated[tuple[Code, ...], Attribute(min_length=1)]
    renew_at: Annotated[int, Attribute(ge=1, le=25)]


class Deceased(Clause):
    field: FieldName
    release: Literal["tables_only", "hold_back"]


class Withdrawal(Clause):
    stop_within_hours: Hours
    tell_recipients_within_hours: Hours
    personal_data_tiers: Literal["erase"]
    gated_tiers: Literal["from_next_release"]
    erase_within_days: Days
    certificate: Literal["required"]


class Consent(Clause):
    """Who must have said yes to what. A row without it is held back for that recipient, and counted."""

    fields: ConsentFields
    accept: Annotated[tuple[Code, ...], Attribute(min_length=1)]
    evidence: Literal["required", "not_required"]
    valid_months: Months
    forms: Annotated[dict[Code, ConsentForm], Attribute(min_length=1)]
    scope: dict[PartyId, Code]
    minors: Minors
    deceased: Deceased
    unknown: Literal["hold_back"]
    withdrawal: Withdrawal
