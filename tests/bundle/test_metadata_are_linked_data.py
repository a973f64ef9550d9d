"""The metadata are JSON-LD: every key has a term, every term is one that its vocabulary has.

The lists hold the vocabularies' own names: DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) and PROV-O
(https://www.w3.org/TR/prov-o/) whole, DCMI terms whole, of DPV 2.3 (https://w3id.org/dpv/2.3/dpv/dpv.csv) properties
that begin with "has".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from bundle.months import TIERS, described, files, released
from pydantic import BaseModel

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import Text
from exchange.agreements.parties import CrossBorder
from exchange.bundle import metadata as parts
from exchange.bundle.context import CONTEXT, OURS, TERMS
from exchange.bundle.descriptor import Descriptor

DCAT = {
    "Catalog", "CatalogRecord", "DataService", "Dataset", "DatasetSeries", "Distribution", "Relationship", "Resource",
    "Role", "accessService", "accessURL", "bbox", "byteSize", "catalog", "centroid", "compressFormat", "contactPoint",
    "dataset", "distribution", "downloadURL", "endDate", "endpointDescription", "endpointURL", "first", "hadRole",
    "hasCurrentVersion", "hasVersion", "inSeries", "isVersionOf", "keyword", "landingPage", "last", "mediaType", "next",
    "nextVersion", "packageFormat", "prev", "previousVersion", "qualifiedRelation", "record", "resource",
    "seriesMember", "service", "servesDataset", "spatialResolutionInMeters", "startDate", "temporalResolution", "theme",
    "themeTaxonomy", "version",
}  # fmt: skip
DCTERMS = {
    "abstract", "accessRights", "accrualMethod", "accrualPeriodicity", "accrualPolicy", "alternative", "audience",
    "available", "bibliographicCitation", "conformsTo", "contributor", "coverage", "created", "creator", "date",
    "dateAccepted", "dateCopyrighted", "dateSubmitted", "description", "educationLevel", "extent", "format",
    "hasFormat", "hasPart", "hasVersion", "identifier", "instructionalMethod", "isFormatOf", "isPartOf",
    "isReferencedBy", "isReplacedBy", "isRequiredBy", "issued", "isVersionOf", "language", "license", "mediator",
    "medium", "modified", "provenance", "publisher", "references", "relation", "replaces", "requires", "rights",
    "rightsHolder", "source", "spatial", "subject", "tableOfContents", "temporal", "title", "type", "valid",
}  # fmt: skip
PROV = {
    "Activity", "Agent", "Entity", "actedOnBehalfOf", "alternateOf", "atLocation", "atTime", "endedAtTime", "generated",
    "generatedAtTime", "hadActivity", "hadGeneration", "hadMember", "hadPlan", "hadPrimarySource", "hadRole",
    "hadUsage", "influenced", "influencer", "invalidated", "invalidatedAtTime", "qualifiedAssociation",
    "qualifiedAttribution", "qualifiedCommunication", "qualifiedDelegation", "qualifiedDerivation", "qualifiedEnd",
    "qualifiedGeneration", "qualifiedInfluence", "qualifiedInvalidation", "qualifiedPrimarySource",
    "qualifiedQuotation", "qualifiedRevision", "qualifiedStart", "qualifiedUsage", "specializationOf", "startedAtTime",
    "used", "value", "wasAssociatedWith", "wasAttributedTo", "wasDerivedFrom", "wasEndedBy", "wasGeneratedBy",
    "wasInfluencedBy", "wasInformedBy", "wasInvalidatedBy", "wasQuotedFrom", "wasRevisionOf", "wasStartedBy",
}  # fmt: skip
DPV = {
    "hasApplicableLaw", "hasAddress", "hasConsentStatus", "hasContact", "hasContext", "hasCountry", "hasData",
    "hasDataController", "hasDataExporter", "hasDataImporter", "hasDataSource", "hasDataSubject",
    "hasDataSubjectScale", "hasDuration", "hasFrequency", "hasGeographicCoverage", "hasIdentifier",
    "hasImpactAssessment", "hasJurisdiction", "hasJustification", "hasLegalBasis", "hasLegalMeasure", "hasLocation",
    "hasName", "hasNotice", "hasObligation", "hasPermission", "hasPersonalData", "hasProcess", "hasProcessing",
    "hasProhibition", "hasPurpose", "hasRecipient", "hasRecipientDataController", "hasResidualRisk", "hasRight",
    "hasRisk", "hasScope", "hasSensitivityLevel", "hasStorageCondition", "hasTechnicalMeasure",
    "hasTechnicalOrganisationalMeasure", "hasThirdCountry",
}  # fmt: skip
VOCABULARIES = {"dcat": DCAT, "dcterms": DCTERMS, "prov": PROV, "dpv": DPV, "xsd": {"date", "dateTime"}}
KEPT_AS_JSON = {"masks", "diversity", "cells_withheld"}  # whose keys are fields and kinds
Context = dict[str, Any]


def iri(term: Any) -> str:
    return str(term["@id"] if isinstance(term, dict) else term)


def whole(short: str) -> str:
    """A term with its prefix written out, as a JSON-LD reader does."""
    prefix, _colon, name = short.partition(":")
    return f"{CONTEXT[prefix]}{name}" if prefix in VOCABULARIES or prefix == "x" else short


def triples(node: Any, context: Context, under: str = "") -> Iterator[tuple[str, Any]]:
    """Every property of `node` and below, expanded by the rules of JSON-LD 1.1 that our context uses, and its value."""
    for key, value in node.items():
        if key.startswith("@"):
            continue
        term = context.get(key)
        assert term is not None, f"{under}.{key} has no term"
        expanded = whole(iri(term))
        how = term if isinstance(term, dict) else {}
        if how.get("@container") == "@language":
            assert set(value) == {"id", "en"}
            yield expanded, value
        elif how.get("@type") == "@json" or not isinstance(value, dict | list):
            yield expanded, value
        else:
            inner = {**context, **how.get("@context", {})}
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    yield expanded, None
                    yield from triples(each, inner, f"{under}.{key}")
                else:
                    yield expanded, each


def models(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def told(recipient: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(described(released(recipient))[0])["datapackage.json"])["x-exchange"]
    return found


def test_every_term_is_one_of_its_vocabulary() -> None:
    used = [iri(term) for term in TERMS.values()]
    used += [term["@type"] for term in TERMS.values() if isinstance(term, dict) and term.get("@type", "@")[0] != "@"]
    unknown = [term for term in used if not term.startswith("x:") and term.split(":")[1] not in _of(term)]
    assert unknown == []
    assert {"dcat", "dcterms", "prov", "dpv"} <= {term.split(":")[0] for term in used}


def _of(term: str) -> set[str]:
    return VOCABULARIES[term.split(":")[0]]


def test_every_key_of_every_part_of_the_metadata_has_a_term() -> None:
    ours = [each for each in vars(parts).values() if isinstance(each, type) and issubclass(each, BaseModel)]
    keys = set().union(*map(models, (*(each for each in ours if each is not Text), Reference, CrossBorder)))
    assert {"why", "share", "sampling"} <= keys
    assert keys - set(TERMS) == {"dpv"}  # which in a purpose is its class
    assert CONTEXT["purposes"]["@context"]["dpv"] == "@type"
    assert set(TERMS) <= keys | {"tool", "standard", "decided_by"}


@pytest.mark.parametrize("recipient", TIERS)
def test_a_reader_of_linked_data_finds_who_made_it_of_what_and_for_what(recipient: str) -> None:
    document = told(recipient)
    assert document["@context"] == CONTEXT
    assert document["@type"] == "dcat:Dataset"
    found = list(triples(document, document["@context"]))
    properties = {name for name, _value in found}
    for asked in (
        "http://purl.org/dc/terms/publisher", "http://purl.org/dc/terms/temporal", "http://purl.org/dc/terms/spatial",
        "http://purl.org/dc/terms/provenance", "http://www.w3.org/ns/prov#wasDerivedFrom",
        "http://www.w3.org/ns/dcat#startDate", "https://w3id.org/dpv#hasPurpose", "https://w3id.org/dpv#hasLegalBasis",
        "https://w3id.org/dpv#hasPersonalData", "https://w3id.org/dpv#hasStorageCondition",
        f"{OURS}sampling", f"{OURS}why", f"{OURS}caveat",
    ):  # fmt: skip
        assert asked in properties
    assert ("http://www.w3.org/ns/dcat#endDate", "2026-09-30") in found
    assert all(not name.startswith("x:") for name in properties)


def test_a_context_that_gives_words_another_meaning_is_refused() -> None:
    """Whoever signs the bundle signs the words; a context of their own could turn "forbidden" into "allowed"."""
    content = files(described(released("gt-ntt"))[0])["datapackage.json"]
    document = json.loads(content)
    assert Descriptor.read(content) is not None
    for wrong in ({}, {**CONTEXT, "prohibited": "dpv:hasPermission"}, "https://example.org/context.jsonld"):
        document["x-exchange"]["@context"] = wrong
        assert Descriptor.read(json.dumps(document).encode()) is None
    del document["x-exchange"]["@context"]
    assert Descriptor.read(json.dumps(document).encode()) is None
    assert Descriptor.read(b"[]") is None
