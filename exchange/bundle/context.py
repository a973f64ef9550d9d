"""The metadata as linked data: a JSON-LD 1.1 context, by which any JSON-LD reader finds what each key means.

DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) with DCMI terms says what the data set is, PROV-O what it was made from,
DPV 2.3 (https://w3id.org/dpv/2.3) why and how it may be used. What none of them has a word for stands under `x:`, which
is ours. A key has one meaning wherever it stands, but for those of `_SCOPED`, whose meaning depends on what they are
in. Where a vocabulary speaks of a thing (a data subject, a law) and we have a sentence about it, the sentence stands
for it.
"""

from __future__ import annotations

from typing import Any, Final

OURS = "urn:data-sharing-exchange:terms:"  # not registered, and leads nowhere
_DPV = "https://w3id.org/dpv#"
Term = str | dict[str, Any]

_PREFIXES: dict[str, Term] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "dpv": _DPV,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "x": OURS,
}


def _both(term: str) -> Term:
    """A text in both languages: {"id": …, "en": …}."""
    return {"@id": term, "@container": "@language"}


def _typed(term: str, kind: str) -> Term:
    return {"@id": term, "@type": f"xsd:{kind}"}


def _as_json(term: str) -> Term:
    """Whose keys are names of fields or kinds, and no terms."""
    return {"@id": term, "@type": "@json"}


_DATA_SET: dict[str, Term] = {
    "bundle": "dcterms:identifier",
    "sender": "dcterms:publisher",
    "recipient": "dpv:hasRecipient",
    "agreement": "dpv:hasLegalMeasure",
    "title": _both("dcterms:title"),
    "period": "x:period",
    "covers": "dcterms:temporal",
    "first": _typed("dcat:startDate", "date"),
    "last": _typed("dcat:endDate", "date"),
    "dating": "x:dating",
    "late_entries_days": "x:lateEntriesDays",
    "created": _typed("dcterms:created", "dateTime"),
    "replaces": "dcterms:replaces",
    "corrections": "x:correction",
    "made": _typed("dcterms:issued", "date"),
    "row_means": _both("x:rowMeans"),
    "area": "dcterms:spatial",
    "jurisdiction": "dpv:hasJurisdiction",
    "note": "x:monthlyNote",
    "country": "dpv:hasCountry",
}
_PEOPLE: dict[str, Term] = {
    "id": "dcterms:identifier",
    "name": "dpv:hasName",
    "contact": "dpv:hasContact",
    "version": "dcat:version",
    "digest": "x:digest",
    "network": "x:network",
    "epoch": "x:epoch",
}
_MAKING: dict[str, Term] = {
    "source": _both("prov:wasDerivedFrom"),
    "collected": _both("dcterms:provenance"),
    "sampling": _both("x:sampling"),
    "population": _both("dpv:hasDataSubject"),
    "is_not": _both("x:isNot"),
    "belonging": "x:belonging",
    "field": "x:field",
    "codes": "x:code",
    "identification": "prov:wasGeneratedBy",
    "tool": "prov:used",
    "standard": "dcterms:conformsTo",
    "decided_by": "prov:wasAssociatedWith",
    "linking": "x:matchTokens",
}
_USING: dict[str, Term] = {
    "purposes": "dpv:hasPurpose",
    "legal_basis": {"@id": "dpv:hasLegalBasis", "@type": "@vocab"},
    "law": "dpv:hasApplicableLaw",
    "text": _both("dcterms:description"),
    "prohibited": "dpv:hasProhibition",
    "act": "x:act",
    "only_via_sender": "x:onlyViaSender",
    "confidentiality": _both("dcterms:accessRights"),
    "acknowledge": "dpv:hasNotice",
    "keeping": "dpv:hasStorageCondition",
    "months_after_receipt": "x:monthsAfterReceipt",
    "certificate_within_days": "x:certificateWithinDays",
    "survives_end": "x:survivesEnd",
    "cross_border": "x:crossBorder",
    "countries": "dpv:hasThirdCountry",
    "safeguard": "x:safeguard",
    "reference": "dcterms:source",
    "passing_on": "x:passingOn",
    "approval_by": "x:approvalBy",
    "approver": "x:approver",
    "publish": "x:publish",
    "quote_caveats": "x:quoteCaveats",
}
_FIELDS: dict[str, Term] = {
    "fields": "dpv:hasPersonalData",
    "label": {"@id": "dcterms:title", "@language": "id"},
    "description": {"@id": "dcterms:description", "@language": "en"},
    "kind": "x:kind",
    "rule": "x:rule",
    "level": "x:level",
    "how": _both("x:how"),
    "why": _both("x:why"),
    "place": "x:place",
    "missing": "x:missing",
    "count": "x:count",
    "share": "x:share",
    "scrubbed": "x:scrubbed",
    "notes": "x:notes",
    "masks": _as_json("x:masks"),
    "kept": "x:kept",
    "caveats": "x:caveat",
    "code": "x:code",
    "figure": "x:figure",
}
_PROTECTION: dict[str, Term] = {
    "protection": "dpv:hasTechnicalOrganisationalMeasure",
    "treated_as": "x:treatedAs",
    "held_back": "x:heldBack",
    "min_cell": "x:minCell",
    "k_asked": "x:kAsked",
    "k_reached": "x:kReached",
    "over": "x:over",
    "diversity": _as_json("x:diversity"),
    "households": "x:households",
    "cells_withheld": _as_json("x:cellsWithheld"),
    "table_cells_withheld": "x:tableCellsWithheld",
    "highest_risk": "x:highestRisk",
    "against": "x:againstReplaced",
    "new": "x:rowsNew",
    "changed": "x:rowsChanged",
    "gone": "x:rowsGone",
}
# Inside these keys a name means something else than elsewhere. `@vocab`: purposes and legal bases are named there as
# DPV names them.
_SCOPED: dict[str, dict[str, Term]] = {
    "area": {"fields": "x:field"},
    "fields": {"@vocab": _DPV, "name": "dcterms:identifier", "purposes": "x:purpose"},
    "purposes": {"@vocab": _DPV, "dpv": "@type"},
}

TERMS: Final[dict[str, Term]] = {**_DATA_SET, **_PEOPLE, **_MAKING, **_USING, **_FIELDS, **_PROTECTION}
TYPE: Final = "dcat:Dataset"


def _scoped(name: str, term: Term) -> Term:
    if name not in _SCOPED:
        return term
    return {**({"@id": term} if isinstance(term, str) else term), "@context": _SCOPED[name]}


CONTEXT: Final[dict[str, Any]] = {
    "@version": 1.1,
    **_PREFIXES,
    **{name: _scoped(name, term) for name, term in TERMS.items()},
}


def linked(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata as JSON, with what makes them linked data."""
    return {"@context": CONTEXT, "@type": TYPE, **metadata}


def unlinked(document: Any) -> Any:
    """The same without: anything else than exactly what `linked` adds stays, and is refused by who reads it."""
    if isinstance(document, dict) and (document.get("@context"), document.get("@type")) == (CONTEXT, TYPE):
        return {name: value for name, value in document.items() if name not in {"@context", "@type"}}
    return document
