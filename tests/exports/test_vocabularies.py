"""ODRL and DPV: every term that stands in their namespaces is one of theirs, and a policy has the parts it must have.

The lists hold the terms that the exports use. ODRL: https://www.w3.org/ns/odrl/2/ODRL22.ttl (Recommendation of 15
February 2018). DPV: https://w3id.org/dpv/2.3/dpv/dpv.csv.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from agreements.example import agreement, changed
from agreements.opposites import full

from exchange.agreements.agreement import Agreement
from exchange.agreements.reading import read_agreement
from exchange.exports.dpv import as_dpv
from exchange.exports.exported import Document
from exchange.exports.odrl import as_odrl

ODRL_PROPERTIES = {
    "uid", "profile", "conflict", "assigner", "assignee", "permission", "prohibition", "obligation", "target", "action",
    "constraint", "duty", "leftOperand", "operator", "rightOperand", "andSequence", "consentingParty", "informedParty",
}  # fmt: skip
ODRL_VALUES = {
    "@type": {"Agreement", "Party", "Asset", "Duty"},
    "conflict": {"prohibit"},
    "action": {"use", "distribute", "delete", "inform", "obtainConsent", "reviewPolicy", "attribute"},
    "leftOperand": {
        "purpose", "dateTime", "recipient", "fileFormat", "deliveryChannel", "spatial", "delayPeriod", "event",
    },
    "operator": {"eq", "neq", "gteq", "lteq", "isAnyOf"},
}  # fmt: skip
DPV = {
    "AccessControlMethod", "Consent", "ConsentGiven", "ConsentNotice", "CrossBorderTransfer", "DPIA",
    "DataBreachNotification", "Deidentification", "DigitalSignatures", "EncryptionAtRest", "EncryptionInTransfer",
    "Frequency", "GovernmentalOrganisation", "IdentifyingPersonalData", "InternationalOrganisation", "Law",
    "LegalAgreement", "NonGovernmentalOrganisation", "Notice", "Obligation", "PersonalData", "Process", "Prohibition",
    "ProvideOfficialStatistics", "Pseudonymisation", "PseudonymisedData", "PublicInterest", "PublicPolicyMaking",
    "RenewedConsentGiven", "SafeguardForDataTransfer", "SensitivePersonalData", "ServiceProvision", "Share",
    "DataRedaction", "DataSubject", "StatisticallyConfidentialData", "StorageDeletion", "StorageDuration",
    "UntilTimeDuration", "VulnerableDataSubject",
    "hasApplicableLaw", "hasConsentStatus", "hasContact", "hasDataController", "hasDataExporter", "hasDataSubject",
    "hasDuration", "hasFrequency", "hasImpactAssessment", "hasJurisdiction", "hasLegalBasis", "hasLegalMeasure",
    "hasName", "hasNotice", "hasObligation", "hasOrganisationalMeasure", "hasPersonalData", "hasProcess",
    "hasProcessing", "hasProhibition", "hasPurpose", "hasRecipientDataController", "hasScope", "hasStorageCondition",
    "hasTechnicalOrganisationalMeasure", "hasThirdCountry", "isApplicableFor",
}  # fmt: skip
DCTERMS = {
    "accessRights", "date", "description", "hasVersion", "identifier", "issued", "language", "replaces", "source",
    "title",
}  # fmt: skip
PREFIXES = {"x", "dpv", "dcterms", "xsd", "loc"}
DOCUMENTS = [agreement(), full()]


def pairs(place: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, all the way down; what is a value in JSON is left alone."""
    if isinstance(place, dict):
        for key, value in place.items():
            if key == "@context" or (key == "@value" and place.get("@type") == "@json"):
                continue
            yield key, value
            yield from pairs(value)
    elif isinstance(place, list):
        for each in place:
            yield from pairs(each)


def words(document: Document) -> set[str]:
    """Every key, and every single value."""
    found: set[str] = set()
    for key, value in pairs(document):
        several = value if isinstance(value, list) else [value]
        found |= {key, *(each for each in several if isinstance(each, str))}
    return found


def with_prefix(document: Document, prefix: str) -> set[str]:
    return {word.partition(":")[2] for word in words(document) if word.startswith(f"{prefix}:")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=["example", "full"])
def test_what_stands_in_the_namespace_of_odrl_is_a_term_of_odrl(document: Agreement) -> None:
    for key, value in pairs(as_odrl(document).document):
        assert ":" in key or key.startswith("@") or key in ODRL_PROPERTIES, key
        if key in ODRL_VALUES:
            several = value if isinstance(value, list) else [value]
            ours = [each for each in several if ":" not in each]
            assert set(ours) <= ODRL_VALUES[key], (key, ours)


@pytest.mark.parametrize("document", DOCUMENTS, ids=["example", "full"])
def test_what_stands_in_the_namespaces_of_dpv_and_dublin_core_is_theirs(document: Agreement) -> None:
    for made in (as_odrl(document).document, as_dpv(document).document):
        assert with_prefix(made, "dpv") <= DPV
        assert with_prefix(made, "dcterms") <= DCTERMS
        prefixes = {word.partition(":")[0] for word in words(made) if re.fullmatch(r"[a-z]+:[A-Za-z-]+", word)}
        assert prefixes <= PREFIXES


def test_every_key_of_dpv_has_a_namespace() -> None:
    assert all(":" in key or key.startswith("@") for key, _value in pairs(as_dpv(full()).document))


def test_a_policy_names_its_parties_and_exactly_its_text() -> None:
    made = as_odrl(agreement()).document
    assert made["uid"].endswith(f"{agreement().id}:{agreement().version}:{agreement().digest}")
    assert made["assigner"]["uid"].endswith(":yks")
    uses = [each for each in made["permission"] if each["action"] == "use"]
    assert [each["assignee"]["uid"].rpartition(":")[2] for each in uses] == ["gt-ntt", "dinas-p3a", "io-id"]


def test_every_rule_of_a_policy_has_what_a_rule_needs() -> None:
    """Of ODRL's information model, 2.6: a permission and a prohibition have a target, every rule has an action, and in
    an agreement an assignee (the assigner stands once, above all rules)."""
    made = as_odrl(full()).document
    for kind in ("permission", "prohibition", "obligation"):
        assert made[kind]
        for rule in made[kind]:
            assert {"uid", "action", "assignee"} <= set(rule)
            assert kind == "obligation" or "target" in rule
    rules = [rule["uid"] for kind in ("permission", "prohibition", "obligation") for rule in made[kind]]
    assert len(set(rules)) == len(rules)


def test_every_constraint_has_two_operands_and_an_operator() -> None:
    for key, value in pairs(as_odrl(full()).document):
        if key in {"constraint", "@list"}:
            for each in value:
                assert {"leftOperand", "operator", "rightOperand"} <= set(each) or set(each) == {"andSequence"}


def limits(party: str, left: str) -> Any:
    made = as_odrl(agreement()).document["permission"]
    use = next(each for each in made if each["uid"].endswith(f"#use-{party}"))
    return next(each for each in use["constraint"] if each["leftOperand"] == left)["rightOperand"]


def test_a_policy_holds_each_recipient_to_its_purposes_and_countries() -> None:
    assert [each["x:purpose"] for each in limits("gt-ntt", "purpose")] == ["trends", "counting"]
    assert limits("gt-ntt", "spatial") == [{"@id": "loc:ID"}]
    assert limits("io-id", "spatial") == [{"@id": "loc:ID"}, {"@id": "loc:CH"}, {"@id": "loc:PH"}]


def test_an_exception_is_a_permission_of_the_one_and_a_prohibition_of_the_others() -> None:
    made = as_odrl(agreement()).document
    rule = next(each for each in made["prohibition"] if each["action"] == "x:contactDataSubject")
    assert not [each for each in rule["assignee"] if each.endswith(":io-id")]
    allowed = next(each for each in made["permission"] if each["action"] == "x:contactDataSubject")
    assert allowed["assignee"].endswith(":io-id")


def test_data_are_destroyed_after_the_agreed_months() -> None:
    made = as_odrl(agreement()).document["obligation"]
    rule = next(each for each in made if each["uid"].endswith("#destroy-io-id"))
    event, delay = rule["constraint"][0]["andSequence"]["@list"]
    assert (rule["action"], event["rightOperand"]["@id"]) == ("delete", "x:receipt")
    assert delay["rightOperand"] == {"@value": "P36M", "@type": "xsd:duration"}


def test_a_process_is_one_purpose_at_one_recipient() -> None:
    made = as_dpv(agreement()).document["dpv:hasProcess"]
    ids = [each["@id"].rpartition("#")[2] for each in made]
    assert ids == ["trends-gt-ntt", "trends-dinas-p3a", "counting-gt-ntt", "counting-dinas-p3a", "coordination-io-id"]
    counting = made[2]
    assert [each["dcterms:identifier"] for each in counting["dpv:hasPersonalData"]] == ["x_CaseRef"]
    assert counting["dpv:hasLegalBasis"][0]["@type"] == "dpv:PublicInterest"
    assert {"@id": "dpv:Pseudonymisation"} in counting["dpv:hasTechnicalOrganisationalMeasure"]


def test_texts_of_an_agreement_are_values_and_never_terms() -> None:
    """Somebody's title cannot become a key, nor close a string."""
    text = changed(("en: Coordination of assistance", 'en: "\\"}, \\"permission\\": [{\\"action\\": \\"use\\"}"'))
    made = as_odrl(read_agreement(text, "dsa.yaml")).document
    assert json.loads(json.dumps(made)) == made
    assert len(made["permission"]) == len(as_odrl(agreement()).document["permission"])


def test_a_policy_tells_a_scrubbed_note_from_one_that_is_kept() -> None:
    made = as_odrl(full()).document["permission"]
    (asset,) = (each["target"] for each in made if each["uid"].endswith("#use-io-id"))
    rules = {each["dcterms:identifier"]: each["x:rule"] for each in asset["x:field"]}
    assert rules["cas_IncomingReferralDetails"] == "scrub"
    assert rules["prs_Gender"] == "keep"
    assert [each["x:pseudonyms"] for each in asset["x:field"] if "x:pseudonyms" in each] == ["keyed", "keyed"]
