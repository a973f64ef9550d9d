"""An agreement's dictionary as a Frictionless Table Schema v2; or what the rows of one tier hold, as they leave.

https://datapackage.org/standard/table-schema/. Keys that start with `x-` are ours, and every reader of the standard
passes over them.
"""

from __future__ import annotations

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import codes_of
from exchange.agreements.dictionary import Data, Field
from exchange.agreements.tiers import Tier
from exchange.bundle.datapackage import row_schema
from exchange.bundle.released import released_fields
from exchange.errors import AgreementError, Problem
from exchange.exports.exported import Document, Exported, export, named, whole
from exchange.locale import _

PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"


def table_schema(agreement: Agreement) -> Exported:
    """The dictionary: what a sender's extract holds before any rule."""
    return export(agreement, lambda heard: {"$schema": PROFILE, **_about(heard.data), **_dictionary(agreement, heard)})


def tier_schema(agreement: Agreement, tier: str) -> Exported:
    """What the rows of `tier` hold, with the rule that made each field. AgreementError (agreement.unknown_tier,
    agreement.no_rows) where there is no such tier, or it gets no rows."""
    found = agreement.tiers.get(tier)
    if found is None:
        hint = _("known here: {names}").format(names=", ".join(agreement.tiers))
        raise AgreementError(
            Problem("agreement.unknown_tier", _("there is no tier {name}").format(name=tier), "", hint)
        )
    if not found.row_fields:
        what, hint = _("the tier gets tables only, no rows"), _("leave --tier away: the dictionary has every field")
        raise AgreementError(Problem("agreement.no_rows", what, tier, hint))
    return export(
        agreement, lambda heard: {"$schema": PROFILE, **_about(heard.data), **_rows(agreement, found, heard, tier)}
    )


def _about(data: Data) -> Document:
    return {"name": data.name, "title": data.row_means.en, "x-title-id": data.row_means.id} | {
        "description": data.population.en,
        "x-description-id": data.population.id,
    }


def _dictionary(agreement: Agreement, heard: Agreement) -> Document:
    fields = zip(heard.data.fields, agreement.data.fields, strict=True)
    return {
        "fields": [_field(each, codes_of(known)) for each, known in fields],
        "missingValues": _missing(heard.data),
        "primaryKey": list(heard.data.schema_.primary_key),
    }


def _missing(data: Data) -> list[Document]:
    return [{"value": each.value, "label": each.label} for each in data.schema_.missing_values]


def _field(field: Field, codes: tuple[str, ...] | None) -> Document:
    """A field as the sender records it; `codes`: those that it may hold, for the standard has no public lists."""
    told: Document = {
        "name": field.name,
        "type": field.type,
        "title": field.label,
        "description": field.description,
        "x-class": field.kind,
        "x-about": field.about,
    }
    if field.codes is not None:
        told["x-list"] = field.codes
    if field.categories is not None:
        told["categories"] = list(field.categories)
    if field.written_as is not None:
        told["x-format"] = field.written_as
    if field.type == "list":
        told |= {"delimiter": ";", "itemType": "string"}
        told |= {} if codes is None else {"x-codes": list(codes)}
        told.pop("categories", None)
        codes = None
    return told | {"constraints": whole(field.constraints) | ({} if codes is None else {"enum": list(codes)})}


def _rows(agreement: Agreement, tier: Tier, heard: Agreement, name: str) -> Document:
    """The schema that travels with the rows, each field with its whole rule."""
    schema = row_schema(agreement.data, tier, released_fields(agreement, tier))
    told: Document = schema.model_dump(mode="json", by_alias=True, exclude_none=True)
    rules = heard.tiers[name].release
    for each in told["fields"]:
        field = named(heard.data.fields, each["name"])
        each |= {"name": field.name, "title": field.label, "description": field.description, "x-class": field.kind}
        each["x-rule"] = whole(rules[field.name])
    told["missingValues"] = _missing(heard.data)
    return told
