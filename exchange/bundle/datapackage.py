"""`datapackage.json`: a Frictionless Data Package v2, so that any reader of the standard opens a bundle.

https://datapackage.org/standard/data-package/. `required` is the sender's affair and stays out, since a withheld value
would break it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from exchange.agreements.dictionary import Data
from exchange.agreements.tiers import Tier
from exchange.bundle.descriptor import (
    Constraints,
    Contributor,
    Descriptor,
    File,
    Holds,
    LabelledCode,
    Missing,
    Resource,
    Schema,
    SchemaField,
)
from exchange.bundle.metadata import Metadata
from exchange.bundle.parcel import Member
from exchange.bundle.released import ReleasedField
from exchange.crypto.canonical import digest_of_bytes
from exchange.protect.protected import ReleasedTable

PACKAGE_FILE, README_FILE = "datapackage.json", "README.html"
LONG_LIST = 100  # codes; longer public lists are named, and only their codes are written out
TOTAL = "*"


def descriptor(metadata: Metadata, name: str, resources: Sequence[Resource], others: Sequence[Member]) -> Member:
    """The descriptor over these members, each with its size and SHA-256."""
    told = Descriptor(
        profile="https://datapackage.org/profiles/2.0/datapackage.json",
        name=name,
        id=metadata.bundle,
        title=metadata.title.en,
        created=metadata.created,
        contributors=(Contributor(title=metadata.sender.name, roles=("publisher",)),),
        resources=tuple(resources),
        files=tuple(File(path=each.path, bytes=len(each.content), hash=_hash(each)) for each in others),
        metadata=metadata,
    )
    return Member(PACKAGE_FILE, json.dumps(told.as_json(), ensure_ascii=False, indent=1).encode("utf-8"))


def resource(name: str, member: Member, holds: Holds, schema: Schema) -> Resource:
    """A CSV file as a table of the package."""
    return Resource(
        name=name, path=member.path, bytes=len(member.content), hash=_hash(member), holds=holds, schema_=schema
    )


def _hash(member: Member) -> str:
    return digest_of_bytes(member.content)


def row_schema(data: Data, tier: Tier, fields: Sequence[ReleasedField]) -> Schema:
    """The Table Schema of the rows as they leave: types and pick lists follow what each rule makes of a field."""
    named = {each.field.name: each for each in fields}
    return Schema(
        fields=tuple(_row_field(named[name]) for name in tier.row_fields),
        missing_values=tuple(Missing(value=e.value, label=e.label) for e in data.schema_.missing_values),
        primary_key=(data.key,) if data.key in tier.row_fields else None,
    )


def _row_field(released: ReleasedField) -> SchemaField:
    """A kept field stays what it was. A list is written with ";", which Table Schema v2 can say."""
    field, codes = released.field, released.codes
    labelled = None if codes is None else tuple(LabelledCode(value=c.code, label=c.en, label_id=c.id) for c in codes)
    kept = released.rule.rule == "keep"
    told = SchemaField(
        name=field.name,
        type=released.type,
        title=field.label,
        description=field.description,
        kind=field.kind,
        rule=released.rule.rule,
        public_list=field.codes if kept else None,
    )
    if released.several:
        return told.model_copy(update={"delimiter": ";", "item_type": "string", "codes": labelled})
    if labelled is None:
        return told
    enum = Constraints(enum=tuple(code.value for code in labelled))
    return told.model_copy(update={"constraints": enum, "categories": labelled if len(labelled) <= LONG_LIST else None})


def count_schema(data: Data, table: ReleasedTable) -> Schema:
    """The Table Schema of a table of counts."""
    values = (
        SchemaField(
            name=name,
            type="string",
            title=data.field(name).label,
            description=f"{TOTAL} stands for all values together",
        )
        for name in table.fields
    )
    people = SchemaField(name="people", type="integer", description="Number of people; empty where it is withheld")
    return Schema(fields=(*values, people), missing_values=(Missing(value="", label="withheld_by_this_agreement"),))


TOKEN_SCHEMA = Schema(
    fields=(
        SchemaField(name="row_key", type="string", description="Joins a token to its row"),
        SchemaField(name="kind", type="string", description="Which combination the token stands for"),
        SchemaField(name="token", type="string", description="Keyed; equal tokens of a kind suggest one person"),
    )
)
