"""`datapackage.json`: a Frictionless Data Package v2, so that any reader of the standard opens a bundle.

https://datapackage.org/standard/data-package/. `$schema` stands at package level; pick lists stand also as
`constraints.enum`, lists of codes as `x-codes`; `required` is the sender's affair and stays out, since a withheld value
would break it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from exchange.agreements.dictionary import Data, Field
from exchange.agreements.tiers import Rule, Tier
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import Member
from exchange.crypto.canonical import digest_of_bytes
from exchange.protect.protected import Protected, ReleasedTable

PACKAGE_FILE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def package(
    protected: Protected,
    metadata: Metadata,
    rows: Member | None,
    tokens: Member | None,
    tables: Sequence[Member],
    others: Sequence[Member],
) -> Member:
    """The descriptor over these members, each with its size and SHA-256."""
    data, tier = protected.permit.agreement.data, protected.permit.tier
    resources = []
    if rows is not None:
        resources.append(_table_resource(data.name, rows, row_schema(data, tier)))
    if tokens is not None:
        resources.append(_table_resource("tokens", tokens, _TOKEN_SCHEMA))
    for member, table in zip(tables, protected.tables, strict=True):
        resources.append(_table_resource(name_of(member), member, _cell_schema(data, table)))
    descriptor = {
        "$schema": PROFILE,
        "name": data.name,
        "id": metadata.bundle,
        "title": metadata.title.en,
        "created": metadata.created.isoformat(),
        "contributors": [{"title": metadata.sender.name, "roles": ["publisher"]}],
        "resources": resources,
        "x-files": [{"path": each.path, "bytes": len(each.content), "hash": _hash(each)} for each in others],
        "x-exchange": metadata.model_dump(mode="json"),
    }
    return Member(PACKAGE_FILE, json.dumps(descriptor, ensure_ascii=False, indent=1).encode("utf-8"))


def name_of(member: Member) -> str:
    """The resource's name: its file's, without folder and ending."""
    return member.path.rsplit("/", 1)[-1].removesuffix(".csv")


def _table_resource(name: str, member: Member, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "path": member.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(member.content),
        "hash": _hash(member),
        "schema": schema,
    }


def _hash(member: Member) -> str:
    return digest_of_bytes(member.content)


def row_schema(data: Data, tier: Tier) -> dict[str, Any]:
    """The Table Schema of the rows as they leave: types and pick lists follow what each rule makes of a field."""
    return {
        "fields": [_row_field(data.field(name), tier.release[name]) for name in tier.row_fields],
        "missingValues": [each.model_dump() for each in data.schema_.missing_values],
        **({"primaryKey": [data.key]} if data.key in tier.row_fields else {}),
    }


def _row_field(field: Field, rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": field.name,
        "type": "string",
        "title": field.label,
        "description": field.description,
        "x-class": field.kind,
        "x-rule": rule.rule,
    }
    if rule.rule == "keep":
        told |= _values(field)
    elif rule.rule == "map":
        told["constraints"] = {"enum": sorted({*rule.to.values(), rule.otherwise})}
    return told


def _values(field: Field) -> dict[str, Any]:
    """A kept field stays what it was; a list is written with ";", which Table Schema v2 can say."""
    told: dict[str, Any] = {"type": field.type}
    if field.type == "list":
        told |= {"delimiter": ";", "itemType": "string", "x-codes": field.codes or list(field.categories or ())}
    elif field.categories:
        told["constraints"] = {"enum": list(field.categories)}
    elif field.codes:
        told["x-codes"] = field.codes
    return told


def _cell_schema(data: Data, table: ReleasedTable) -> dict[str, Any]:
    return {
        "fields": [
            *(
                {
                    "name": name,
                    "type": "string",
                    "title": data.field(name).label,
                    "description": "* stands for all values together",
                }
                for name in table.fields
            ),
            {"name": "people", "type": "integer", "description": "Number of people; empty where it is withheld"},
        ],
        "missingValues": [{"value": "", "label": "withheld_by_this_agreement"}],
    }


_TOKEN_SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "row_key", "type": "string", "description": "Joins a token to its row"},
        {"name": "kind", "type": "string", "description": "Which combination the token stands for"},
        {"name": "token", "type": "string", "description": "Keyed; equal tokens of a kind suggest one person"},
    ],
}
