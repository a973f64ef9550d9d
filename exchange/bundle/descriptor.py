"""What `datapackage.json` says, as types: written by `datapackage`, read by `contents`.

A Frictionless Data Package v2, https://datapackage.org/standard/data-package/, with its Table Schemas; keys that start
with `x-` are ours. A key that this version does not know is refused on reading.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic import Field as Attribute

from exchange.agreements.clause import Digest
from exchange.agreements.dictionary import MissingLabel
from exchange.bundle.context import linked, unlinked
from exchange.bundle.metadata import Metadata
from exchange.crypto.canonical import canonical, parse
from exchange.errors import CryptoError

# What a resource holds: rows about people, their match tokens, or counts.
Holds = Literal["rows", "tokens", "counts"]
Size = Annotated[int, Attribute(ge=0, le=2**40)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Missing(_Part):
    value: str
    label: MissingLabel


class LabelledCode(_Part):
    """A code with its labels: English where the standard has a place for one, Indonesian beside it."""

    value: str
    label: str
    label_id: Annotated[str, Attribute(alias="x-label-id")]


class Constraints(_Part):
    enum: tuple[str, ...]


class SchemaField(_Part):
    """One column. A closed list stands as `constraints.enum` and, unless it is long, with labels as `categories`; that
    of a list field, whose cells hold several codes, as `x-codes`. `x-list` names the public list it is."""

    name: str
    type: Literal["string", "date", "boolean", "list", "integer", "number"]
    title: str | None = None
    description: str
    delimiter: Literal[";"] | None = None
    item_type: Annotated[Literal["string"] | None, Attribute(alias="itemType")] = None
    constraints: Constraints | None = None
    categories: tuple[LabelledCode, ...] | None = None
    codes: Annotated[tuple[LabelledCode, ...] | None, Attribute(alias="x-codes")] = None
    public_list: Annotated[str | None, Attribute(alias="x-list")] = None
    kind: Annotated[str | None, Attribute(alias="x-class")] = None
    rule: Annotated[str | None, Attribute(alias="x-rule")] = None

    @property
    def allowed(self) -> frozenset[str] | None:
        """The values, or codes of a list, that may stand in the column beside what is missing; None: any."""
        if self.codes is not None:
            return frozenset(code.value for code in self.codes)
        return None if self.constraints is None else frozenset(self.constraints.enum)


class Schema(_Part):
    fields: Annotated[tuple[SchemaField, ...], Attribute(min_length=1)]
    missing_values: Annotated[tuple[Missing, ...], Attribute(alias="missingValues")] = ()
    primary_key: Annotated[tuple[str, ...] | None, Attribute(alias="primaryKey", min_length=1, max_length=1)] = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


class File(_Part):
    """A file that is no table: its path, size in bytes and SHA-256."""

    path: str
    bytes: Size
    hash: Digest


class Resource(File):
    """A table."""

    name: str
    type: Literal["table"] = "table"
    holds: Annotated[Holds, Attribute(alias="x-holds")]
    format: Literal["csv"] = "csv"
    mediatype: Literal["text/csv"] = "text/csv"
    encoding: Literal["utf-8"] = "utf-8"
    schema_: Annotated[Schema, Attribute(alias="schema")]


class Contributor(_Part):
    title: str
    roles: tuple[Literal["publisher"]]


class Descriptor(_Part):
    profile: Annotated[Literal["https://datapackage.org/profiles/2.0/datapackage.json"], Attribute(alias="$schema")]
    name: str
    id: str
    title: str
    created: AwareDatetime
    contributors: tuple[Contributor]
    resources: tuple[Resource, ...]
    files: Annotated[tuple[File, ...], Attribute(alias="x-files")]
    metadata: Annotated[Metadata, Attribute(alias="x-exchange")]

    def as_json(self) -> dict[str, Any]:
        """As it is written: what does not apply is left out, but metadata say everything."""
        told = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {**told, "x-exchange": linked(self.metadata.model_dump(mode="json"))}

    @classmethod
    def read(cls, content: bytes) -> Descriptor | None:
        """What `content` says; None where it is not exactly what this version would write to say it."""
        try:
            told = parse(content)
            if not isinstance(told, dict):
                return None
            canonical(told)  # refuses what no JSON can say again: half a character, a number beyond its digits
            found = cls.model_validate({**told, "x-exchange": unlinked(told.get("x-exchange"))})
        except (ValidationError, CryptoError, RecursionError):
            return None
        return found if found.as_json() == told else None
