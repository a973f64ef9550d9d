"""An agreement as an ODRL 2.2 Agreement, in JSON-LD.

https://www.w3.org/TR/odrl-model/, https://www.w3.org/TR/odrl-vocab/. Terms without a prefix are ODRL's; those with `x:`
are ours, and the policy says so by naming a profile. What it says:

- a permission for each recipient: use of what its tier gets, each field with its rule, for its purposes, in the term,
  in its countries, over the agreed channels; with the duties without which there is none: survivors' consent,
  acknowledgement;
- a permission to publish tables, and one to pass data on where the approving party consents;
- a prohibition for each forbidden act, of all recipients but those excepted; and of passing on without approval;
- obligations: destroy after the time of keeping and certify it, tell of a breach, report back, forward requests.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.parties import FORGETS_WITHIN_HOURS, Party
from exchange.agreements.tiers import Rule
from exchange.exports.exported import Document, Exported, export
from exchange.exports.names import (
    OURS,
    PREFIXES,
    agreement_iri,
    in_both,
    node,
    organisation,
    party_iri,
    safeguard,
    typed,
)

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
PROFILE = f"{OURS}odrl-profile:1"
MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
ACTS = {
    "reidentify": "x:reidentify",
    "law_enforcement_use": "x:useForLawEnforcement",
    "contact_data_subject": "x:contactDataSubject",
    "decide_a_case_from_a_match": "x:decideFromMatch",
}
AT_THE_END = {"destroy": "delete"}
BY_DEFAULT = {"prohibited": "no"}


def as_odrl(agreement: Agreement) -> Exported:
    """The policy, and the clauses that it does not hold."""
    return export(agreement, lambda heard: _policy(heard, agreement_iri(heard, agreement.digest)))


def _policy(agreement: Agreement, iri: str) -> Document:
    return {
        "@context": [CONTEXT, PREFIXES],
        "@type": "Agreement",
        "uid": iri,
        "profile": PROFILE,
        "conflict": "prohibit",
        **_described(agreement),
        "assigner": _party(agreement.sender),
        "permission": [
            *(_use(agreement, party, iri) for party in agreement.recipients),
            *_link(agreement, iri),
            _publish(agreement, iri),
            _pass_on(agreement, iri),
            *_excepted(agreement, iri),
        ],
        "prohibition": [*_forbidden(agreement, iri)],
        "obligation": [*_obligations(agreement, iri)],
    }


def _link(agreement: Agreement, iri: str) -> Iterator[Document]:
    """What the linking agent may do with filters, for whom, and for how long: it has no other data."""
    agent = agreement.agent
    if agent is not None:
        linked = [party_iri(party.id) for party in agreement.linked_recipients]
        yield {
            "uid": f"{iri}#link",
            "assignee": _party(agent),
            "target": f"{iri}#filters",
            "action": "x:link",
            "x:linksFor": linked,
            "duty": [{"action": "delete", "constraint": [_within("x:receipt", f"PT{FORGETS_WITHIN_HOURS}H")]}],
        }


def _described(agreement: Agreement) -> Document:
    term = agreement.term
    told: Document = {
        "dcterms:identifier": agreement.id,
        "dcterms:hasVersion": agreement.version,
        "dcterms:title": in_both(agreement.title),
        "dcterms:language": [agreement.language.prevails, *agreement.language.also],
        "dcterms:accessRights": in_both(agreement.notices.confidentiality),
        "x:reviewBy": typed(term.review_by, "date"),
        "x:terminationNotice": typed(f"P{term.termination.notice_days}D", "duration"),
        "x:terminationAtOnceFor": list(term.termination.immediate_if),
        "x:caveat": [
            {"dcterms:identifier": each.id, "x:kind": each.kind, "dcterms:description": in_both(each.text)}
            for each in agreement.caveats
        ],
    }
    if term.supersedes is not None:
        told["dcterms:replaces"] = f"{OURS}agreement:{agreement.id}:{term.supersedes.version}:{term.supersedes.digest}"
    if term.change_note is not None:
        told["dcterms:description"] = in_both(term.change_note)
    return told


def _party(party: Party) -> Document:
    told = organisation(party)
    return {**told, "@type": ["Party", told["@type"]], "uid": party_iri(party.id)}


# --- permissions ---


def _use(agreement: Agreement, party: Party, iri: str) -> Document:
    """What a recipient may do with what it gets."""
    return {
        "uid": f"{iri}#use-{party.id}",
        "target": _asset(agreement, party, iri),
        "assignee": _party(party),
        "action": "use",
        "constraint": [*_limits(agreement, party)],
        "duty": [_consent(agreement, party), *_acknowledge(agreement)],
    }


def _asset(agreement: Agreement, party: Party, iri: str) -> Document:
    tier = agreement.tier_of(party.id)
    return {
        "@type": "Asset",
        "uid": f"{iri}#tier-{party.tier}",
        "dcterms:title": in_both(agreement.data.row_means),
        "dcterms:description": in_both(agreement.data.population),
        "x:treatedAs": tier.treated_as,
        "x:every": tier.every,
        "x:field": [_field(name, rule) for name, rule in tier.release.items() if rule.rule != "drop"],
    }


def _field(name: str, rule: Rule) -> Document:
    """A field and the rule that it went through: a scrubbed note is another thing than one that is kept."""
    told: Document = {"dcterms:identifier": name, "x:rule": rule.rule}
    return told | ({"x:pseudonyms": rule.kind} if rule.rule == "pseudonymise" else {})


def _limits(agreement: Agreement, party: Party) -> Iterator[Document]:
    purposes = [
        {"@id": f"dpv:{each.dpv}", "x:purpose": each.id, "dcterms:description": in_both(each.text)}
        for each in agreement.purposes
        if party.id in each.recipients
    ]
    yield _constraint("purpose", "isAnyOf", purposes)
    yield _constraint("dateTime", "gteq", typed(agreement.term.effective, "date"))
    yield _constraint("dateTime", "lteq", typed(agreement.term.expires, "date"))
    yield _constraint("recipient", "eq", node(party_iri(party.id)))
    yield _constraint("fileFormat", "isAnyOf", [MEDIA[each] for each in agreement.tier_of(party.id).formats])
    yield _constraint("deliveryChannel", "isAnyOf", [node(f"x:{each}") for each in agreement.delivery.channels])
    if party.named_users is not None:
        yield _constraint("x:person", "isAnyOf", [node(f"{party_iri(party.id)}:{each}") for each in party.named_users])
    home, away = party.country, party.cross_border
    where = [node(f"loc:{code}") for code in dict.fromkeys((home, *(away.countries if away else ())))]
    spatial = _constraint("spatial", "isAnyOf", where)
    yield spatial if away is None else {**spatial, "x:safeguard": safeguard(away)}


def _consent(agreement: Agreement, party: Party) -> Document:
    """The sender's duty: nobody's row leaves without that person's own yes."""
    rule = agreement.consent
    return {
        "@type": "Duty",
        "action": "obtainConsent",
        "assignee": party_iri(agreement.sender.id),
        "consentingParty": "dpv:DataSubject",
        "constraint": [
            _constraint("x:consentScope", "eq", rule.scope[party.id]),
            _constraint("x:consentStatus", "isAnyOf", [node(f"dpv:{code}") for code in rule.accept]),
            _constraint("x:ageOfConsent", "lteq", typed(f"P{rule.valid_months}M", "duration")),
        ],
    }


def _acknowledge(agreement: Agreement) -> Iterator[Document]:
    receipt = agreement.delivery.receipt
    if receipt.acknowledges:
        yield {
            "@type": "Duty",
            "action": "reviewPolicy",
            "x:acknowledges": list(receipt.acknowledges),
            "constraint": [_within("x:arrival", f"P{receipt.within_days}D")],
        }


def _publish(agreement: Agreement, iri: str) -> Document:
    rule = agreement.onward.publish
    told: Document = {
        "uid": f"{iri}#publish",
        "target": f"{iri}#{rule.only}",
        "assignee": _recipients(agreement),
        "action": "distribute",
        "constraint": [_constraint("x:smallestCell", "gteq", typed(rule.min_cell, "integer"))],
    }
    return told | ({"duty": [{"action": "attribute", "x:quotes": "caveats"}]} if rule.quote_caveats else {})


def _pass_on(agreement: Agreement, iri: str) -> Document:
    return {
        "uid": f"{iri}#pass-on",
        "target": f"{iri}#data",
        "assignee": _recipients(agreement),
        "action": "distribute",
        "duty": [{"action": "obtainConsent", "consentingParty": party_iri(agreement.onward.approval_by)}],
    }


def _excepted(agreement: Agreement, iri: str) -> Iterator[Document]:
    """What is forbidden to all but a few: they may, through the sender."""
    for each in agreement.prohibited:
        for party, how in (each.exception or {}).items():
            yield {
                "uid": f"{iri}#{each.act}-{party}",
                "target": f"{iri}#data",
                "assignee": party_iri(party),
                "action": ACTS[each.act],
                "constraint": [_constraint("x:way", "eq", how)],
            }


# --- prohibitions, obligations ---


def _forbidden(agreement: Agreement, iri: str) -> Iterator[Document]:
    for each in agreement.prohibited:
        bound = [party_iri(party.id) for party in agreement.recipients if party.id not in (each.exception or {})]
        if not bound:
            continue
        yield {
            "uid": f"{iri}#no-{each.act}",
            "target": f"{iri}#data",
            "assignee": bound,
            "action": ACTS[each.act],
            "dcterms:description": in_both(each.text),
        }
    approving = party_iri(agreement.onward.approval_by)
    yield {
        "uid": f"{iri}#{BY_DEFAULT[agreement.onward.default]}-passing-on",
        "target": f"{iri}#data",
        "assignee": _recipients(agreement),
        "action": "distribute",
        "constraint": [_constraint("x:approvedBy", "neq", node(approving))],
    }


def _obligations(agreement: Agreement, iri: str) -> Iterator[Document]:
    for party, rule in agreement.retention.items():
        delete = _constraint("delayPeriod", "lteq", typed(f"P{rule.keep_months}M", "duration"))
        certify = [_within("x:destruction", f"P{rule.certificate_within_days}D")]
        yield _duty(iri, f"destroy-{party}", party, AT_THE_END[rule.then], [_after(f"x:{rule.start}", delete)]) | {
            "x:survivesEnd": rule.survives_end
        }
        yield _duty(iri, f"certify-{party}", party, "inform", certify) | {
            "informedParty": party_iri(agreement.sender.id)
        }
    yield from _telling(agreement, iri)


def _telling(agreement: Agreement, iri: str) -> Iterator[Document]:
    """Who tells whom of what: a breach, a request, how the data served."""
    everybody = [party_iri(party.id) for party in agreement.parties]
    breach, rights, feedback = agreement.breach, agreement.rights_requests, agreement.feedback
    yield {
        "uid": f"{iri}#tell-of-breach",
        "assignee": everybody,
        "action": "inform",
        "informedParty": everybody,
        "constraint": [_within("x:breach", f"PT{breach.tell_parties_within_hours}H")],
        "x:says": list(breach.must_say),
        "dcterms:source": breach.law,
    }
    yield {
        "uid": f"{iri}#forward-requests",
        "assignee": _recipients(agreement),
        "action": "inform",
        "informedParty": party_iri(rights.answered_by),
        "constraint": [_within("x:rightsRequest", f"PT{rights.forward_within_hours}H")],
    }
    for party in feedback.senders:
        yield _duty(iri, f"feedback-{party}", party, "inform", [_constraint("x:every", "eq", feedback.every)]) | {
            "informedParty": party_iri(agreement.sender.id),
            "x:says": list(feedback.says),
        }


def _duty(iri: str, name: str, party: str, action: str, constraint: list[Document]) -> Document:
    return {
        "uid": f"{iri}#{name}",
        "target": f"{iri}#data",
        "assignee": party_iri(party),
        "action": action,
        "constraint": constraint,
    }


# --- constraints ---


def _constraint(left: str, operator: str, right: object) -> Document:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _after(event: str, then: Document) -> Document:
    """First the event, then what is counted from it (a logical constraint in sequence)."""
    return {"andSequence": {"@list": [_constraint("event", "eq", node(event)), then]}}


def _within(event: str, duration: str) -> Document:
    return _after(event, _constraint("delayPeriod", "lteq", typed(duration, "duration")))


def _recipients(agreement: Agreement) -> list[str]:
    return [party_iri(party.id) for party in agreement.recipients]
