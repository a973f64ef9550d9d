"""What the things of an agreement are called where every thing needs an IRI.

Ours stand in a URN namespace of our own, which is not registered and leads nowhere; those of vocabularies keep theirs.
"""

from __future__ import annotations

from typing import Any

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import Text
from exchange.agreements.parties import CrossBorder, Party

OURS = "urn:data-sharing-exchange:"
PREFIXES = {
    "x": f"{OURS}terms:",
    "dpv": "https://w3id.org/dpv#",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "loc": "https://w3id.org/dpv/loc#",  # ISO 3166 codes of countries and regions
}


def agreement_iri(agreement: Agreement, digest: str) -> str:
    """The id, the version, and the digest of exactly this text."""
    return f"{OURS}agreement:{agreement.id}:{agreement.version}:{digest}"


def party_iri(party: str) -> str:
    return f"{OURS}party:{party}"


def in_both(text: Text) -> list[dict[str, str]]:
    """A text with its two languages, as JSON-LD has it."""
    return [{"@value": text.id, "@language": "id"}, {"@value": text.en, "@language": "en"}]


def typed(value: object, kind: str) -> dict[str, str]:
    """A literal of an XML Schema type: "date", "duration", "integer"."""
    return {"@value": str(value), "@type": f"xsd:{kind}"}


def node(iri: str) -> dict[str, Any]:
    return {"@id": iri}


def organisation(party: Party) -> dict[str, Any]:
    """Who a party is, in the terms of DPV."""
    kinds = {
        "cso": "dpv:NonGovernmentalOrganisation",
        "government": "dpv:GovernmentalOrganisation",
        "international-organisation": "dpv:InternationalOrganisation",
    }
    return {
        "@type": kinds[party.kind],
        "dpv:hasName": party.name,
        "dpv:hasContact": party.contact,
        "dpv:hasJurisdiction": node(f"loc:{party.jurisdiction}"),
        "x:breachContact": party.breach_contact,
        "x:rootKey": party.key,
    }


def safeguard(rule: CrossBorder) -> dict[str, Any]:
    """What safeguards data that leave the country."""
    return {"@type": "dpv:SafeguardForDataTransfer", "x:kind": rule.safeguard, "dcterms:source": rule.reference}
