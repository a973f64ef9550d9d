"""An agreement in the terms of the Data Privacy Vocabulary 2.3, in JSON-LD: a process for each purpose and recipient.

https://w3id.org/dpv/2.3 (W3C Community Group report; the terms are those of its `dpv.csv`, the countries those of its
`loc` extension). DPV 2.3 retires `dpv:PersonalDataHandling` for `dpv:Process`, and has no `hasConsent`: consent is a
legal basis, and its status is said with `dpv:hasConsentStatus`. Purposes, legal bases and states of consent are named
as the agreement names them. What DPV has no word for stands under `x:`, which is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange.agreements.agreement import Agreement
from exchange.agreements.dictionary import Field
from exchange.agreements.duties import Purpose
from exchange.agreements.parties import Party
from exchange.agreements.tiers import Rule, Tier
from exchange.exports.exported import Document, Exported, export, named, whole
from exchange.exports.names import PREFIXES, agreement_iri, in_both, node, organisation, party_iri, safeguard, typed

# What a field is to DPV before any rule; `x:class` says the agreement's own class beside it.
CLASSES = {
    "direct": "dpv:IdentifyingPersonalData",
    "quasi": "dpv:PersonalData",
    "sensitive": "dpv:SensitivePersonalData",
    "attribute": "dpv:PersonalData",
    "free_text": "dpv:PersonalData",
    "control": "dpv:PersonalData",
}
MEASURES = {
    "row_key": "dpv:Pseudonymisation",
    "pseudonymise": "dpv:Pseudonymisation",
    "mask": "dpv:DataRedaction",
    "scrub": "dpv:DataRedaction",
    "round": "dpv:Deidentification",
    "top_code": "dpv:Deidentification",
    "bottom_code": "dpv:Deidentification",
    "generalise": "dpv:Deidentification",
    "map": "dpv:Deidentification",
}
TREATED_AS = {
    "statistics": "dpv:StatisticallyConfidentialData",
    "pseudonymised": "dpv:PseudonymisedData",
    "personal_data": "dpv:PersonalData",
}
FREQUENCIES = {"month": "P1M", "quarter": "P3M"}


def as_dpv(agreement: Agreement) -> Exported:
    """The processes under the agreement, and the clauses that they do not hold."""
    return export(agreement, lambda heard: _agreement(heard, agreement_iri(heard, agreement.digest)))


def _agreement(agreement: Agreement, iri: str) -> Document:
    return {
        "@context": {"@version": 1.1, **PREFIXES},  # 1.1 has values that are JSON
        "@id": iri,
        "@type": "dpv:LegalAgreement",
        "dcterms:identifier": agreement.id,
        "dcterms:hasVersion": agreement.version,
        "dcterms:title": in_both(agreement.title),
        "dpv:hasDuration": {
            "@type": "dpv:UntilTimeDuration",
            "x:from": typed(agreement.term.effective, "date"),
            "x:until": typed(agreement.term.expires, "date"),
        },
        "dpv:hasDataController": _party(agreement.sender),
        "dpv:hasNotice": {
            "@type": "dpv:Notice",
            "dcterms:description": in_both(agreement.notices.confidentiality),
        },
        **_assessed(agreement),
        "dpv:hasProhibition": [*_forbidden(agreement, iri)],
        "dpv:hasObligation": [*_obligations(agreement)],
        "dpv:hasProcess": [
            _process(agreement, purpose, party, iri)
            for purpose in agreement.purposes
            for party in agreement.recipients
            if party.id in purpose.recipients
        ],
    }


def _party(party: Party) -> Document:
    return {"@id": party_iri(party.id), **organisation(party)}


def _assessed(agreement: Agreement) -> Document:
    found = agreement.impact_assessment
    if found.reference is None:
        return {}
    told = {"@type": "dpv:DPIA", "dcterms:identifier": found.reference}
    return {"dpv:hasImpactAssessment": told | ({"dcterms:date": typed(found.date, "date")} if found.date else {})}


def _forbidden(agreement: Agreement, iri: str) -> Iterator[Document]:
    for each in agreement.prohibited:
        bound = [node(party_iri(party.id)) for party in agreement.recipients if party.id not in (each.exception or {})]
        yield {
            "@id": f"{iri}#no-{each.act}",
            "@type": "dpv:Prohibition",
            "dcterms:description": in_both(each.text),
            "dpv:isApplicableFor": bound,
        }


def _obligations(agreement: Agreement) -> Iterator[Document]:
    breach = agreement.breach
    yield {
        "@type": "dpv:Obligation",
        "dpv:hasOrganisationalMeasure": node("dpv:DataBreachNotification"),
        "dpv:hasDuration": typed(f"PT{breach.tell_parties_within_hours}H", "duration"),
        "dcterms:source": breach.law,
        "x:lawDeadline": typed(f"PT{breach.law_deadline_hours}H", "duration"),
    }


# --- one purpose at one recipient ---


def _linked(agreement: Agreement, party: Party) -> Document:
    """The linking agent works on filters and row keys, where the tier has them go there."""
    agent, match = agreement.agent, agreement.tier_of(party.id).match
    if agent is None or match is None or match.via != "agent":
        return {}
    return {"dpv:hasDataProcessor": _party(agent)}


def _process(agreement: Agreement, purpose: Purpose, party: Party, iri: str) -> Document:
    tier = agreement.tier_of(party.id)
    return {
        "@id": f"{iri}#{purpose.id}-{party.id}",
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@id": f"{iri}#{purpose.id}",
            "@type": f"dpv:{purpose.dpv}",
            "dcterms:description": in_both(purpose.text),
        },
        "dpv:hasLegalBasis": [*_bases(agreement, purpose, party)],
        "dpv:hasProcessing": [node("dpv:Share"), *([node("dpv:CrossBorderTransfer")] if party.cross_border else [])],
        "dpv:hasDataController": node(party_iri(agreement.sender.id)),
        "dpv:hasDataExporter": node(party_iri(agreement.sender.id)),
        "dpv:hasRecipientDataController": _party(party),
        **_linked(agreement, party),
        "dpv:hasDataSubject": {
            "@type": "dpv:VulnerableDataSubject",
            "dcterms:description": in_both(agreement.data.population),
        },
        "dpv:hasPersonalData": [*_fields(agreement, tier, purpose, iri)],
        "dpv:hasFrequency": {"@type": "dpv:Frequency", "x:every": typed(FREQUENCIES[tier.every], "duration")},
        "dpv:hasStorageCondition": [*_stored(agreement, party)],
        "dpv:hasTechnicalOrganisationalMeasure": [*_measures(agreement, tier, party)],
        **_where(party),
    }


def _bases(agreement: Agreement, purpose: Purpose, party: Party) -> Iterator[Document]:
    """The basis in law; and, whatever it is, the person's own yes to this recipient."""
    for basis in agreement.legal_basis:
        if basis.purpose == purpose.id:
            yield {
                "@type": f"dpv:{basis.dpv}",
                "dpv:hasApplicableLaw": {"@type": "dpv:Law", "dcterms:title": basis.law},
            }
    rule = agreement.consent
    yield {
        "@type": "dpv:Consent",
        "dpv:hasScope": rule.scope[party.id],
        "dpv:hasConsentStatus": [node(f"dpv:{code}") for code in rule.accept],
        "dpv:hasDuration": typed(f"P{rule.valid_months}M", "duration"),
        "dpv:hasNotice": [
            {
                "@type": "dpv:ConsentNotice",
                "dcterms:identifier": name,
                "dcterms:issued": typed(form.start, "date"),
                "dpv:hasScope": list(form.covers),
            }
            for name, form in rule.forms.items()
        ],
    }


def _fields(agreement: Agreement, tier: Tier, purpose: Purpose, iri: str) -> Iterator[Document]:
    """The fields that serve the purpose, each with what is done to it before it leaves."""
    for name, rule in tier.release.items():
        if rule.rule != "drop" and purpose.id in rule.purposes:
            yield _field(named(agreement.data.fields, name), rule, tier, iri)


def _field(field: Field, rule: Rule, tier: Tier, iri: str) -> Document:
    return {
        "@id": f"{iri}#{tier.treated_as}-{field.name}",
        "@type": [CLASSES[field.kind], TREATED_AS[tier.treated_as]],
        "dcterms:identifier": field.name,
        "dcterms:title": {"@value": field.label, "@language": "id"},
        "dcterms:description": {"@value": field.description, "@language": "en"},
        "x:class": field.kind,
        "x:about": field.about,
        "x:rule": {"@value": whole(rule), "@type": "@json"},
    }


def _stored(agreement: Agreement, party: Party) -> Iterator[Document]:
    rule = agreement.retention[party.id]
    yield {
        "@type": "dpv:StorageDuration",
        "dpv:hasDuration": typed(f"P{rule.keep_months}M", "duration"),
        "x:from": rule.start,
    }
    yield {
        "@type": "dpv:StorageDeletion",
        "dpv:hasDuration": typed(f"P{rule.certificate_within_days}D", "duration"),
        "x:then": rule.then,
        "x:survivesEnd": rule.survives_end,
    }


def _measures(agreement: Agreement, tier: Tier, party: Party) -> Iterator[Document]:
    """What protects people: what the rules do, the gate, encryption, who may open."""
    rules = dict.fromkeys(MEASURES[each.rule] for each in tier.release.values() if each.rule in MEASURES)
    yield from (node(measure) for measure in rules)
    yield {"@type": "dpv:Deidentification", "x:protect": {"@value": whole(tier.protect), "@type": "@json"}}
    yield node("dpv:EncryptionInTransfer")
    yield node("dpv:DigitalSignatures")
    yield {"@type": "dpv:EncryptionAtRest", "x:atRest": agreement.security.at_rest}
    yield {
        "@type": "dpv:AccessControlMethod",
        "x:access": agreement.security.access,
        "x:person": list(party.named_users or ()),
    }


def _where(party: Party) -> dict[str, Any]:
    """To which countries the data go beyond the recipient's own, and under which safeguard."""
    away = party.cross_border
    if away is None:
        return {}
    return {
        "dpv:hasThirdCountry": [node(f"loc:{code}") for code in away.countries],
        "dpv:hasLegalMeasure": safeguard(away),
    }
