"""Which values a field can have as it leaves, where that is a closed list; their labels in both languages.

The list is found by putting every value that the field could have had through the very rule that the data went
through, so that what is said of the values and what was done to them cannot part.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import codes_of
from exchange.agreements.dictionary import Field
from exchange.agreements.tiers import (
    BottomCode,
    GeneraliseAge,
    GeneraliseNumber,
    Mask,
    Pseudonymise,
    Round,
    RowKey,
    Rule,
    Scrub,
    Tier,
    TopCode,
)
from exchange.codes import places
from exchange.codes.lists import Code, code_list, htcds_fields
from exchange.redact.column import Column
from exchange.redact.keys import RedactKeys
from exchange.redact.rules import RULES
from exchange.redact.setting import Setting

_AGES = range(121)
_PLACES = ("kemendagri-regency", "kemendagri-province")
_ALL_PLACES = (*_PLACES, "kemendagri-district", "kemendagri-village")
_SOMEBODYS_BIRTH_DATE = "2000-01-01"  # beside each age, since only what has a birth date has a band


@dataclass(frozen=True, slots=True)
class ReleasedField:
    """A field of a release: `rule` is what it went through; `codes` its possible values in the order of their list,
    None where any value can come."""

    field: Field
    rule: Rule
    codes: tuple[Code, ...] | None

    @property
    def values(self) -> tuple[str, ...] | None:
        return None if self.codes is None else tuple(code.code for code in self.codes)

    @property
    def type(self) -> str:
        """What its values are as they leave, by the dictionary's types."""
        if self.several:
            return "list"
        if self.rule.rule == "round":
            return "integer"
        return self.field.type if self.rule.rule == "keep" else "string"

    @property
    def several(self) -> bool:
        """Whether a cell holds several codes, joined by ";"."""
        return self.field.type == "list" and self.rule.rule in {"keep", "map", "generalise"}


def released_fields(agreement: Agreement, tier: Tier) -> tuple[ReleasedField, ...]:
    """The fields of the rows and of the tables, in the tier's order."""
    leave = {*tier.row_fields, *tier.table_fields}
    return tuple(
        _released(agreement.data.field(name), rule, frozenset(agreement.data.missing()))
        for name, rule in tier.release.items()
        if name in leave
    )


def _released(field: Field, rule: Rule, missing: frozenset[str]) -> ReleasedField:
    values = _values(field, rule, missing)
    if values is None:
        return ReleasedField(field, rule, None)
    return ReleasedField(field, rule, tuple(_labelled(field, value) for value in values))


def _values(field: Field, rule: Rule, missing: frozenset[str]) -> tuple[str, ...] | None:
    if isinstance(rule, RowKey | Pseudonymise | Mask | Scrub | Round | TopCode | BottomCode):
        return None
    if isinstance(rule, GeneraliseNumber):
        each_interval = (rule.edges[0] - 1, *rule.edges)
        return _through(rule, Column.of(field, missing, [str(number) for number in each_interval]))
    if isinstance(rule, GeneraliseAge):
        return _through(rule, Column.of(field, missing, [_SOMEBODYS_BIRTH_DATE] * len(_AGES)), _AGES)
    codes = codes_of(field)
    return None if codes is None else _through(rule, Column.of(field, missing, codes))


def _through(rule: Rule, column: Column, ages: Sequence[int] = ()) -> tuple[str, ...]:
    import pyarrow as pa

    setting = Setting(pa.array(ages, pa.int32()), RedactKeys("", "", lambda _epoch: b""), secrets.token_bytes)
    after = RULES[type(rule)](column, rule, setting)
    # In the order of what went in, so that bands rise and lists stay as they are agreed.
    return () if after is None else tuple(dict.fromkeys(after.texts()))


def _labelled(field: Field, value: str) -> Code:
    """With the labels of the lists that know it; a code that none knows is its own label."""
    known = _listed(field.codes, field.name).get(value)
    if known is not None:
        return known
    label = (places.name_of(value) if field.codes in _ALL_PLACES else None) or value
    return Code(value, label, label)


@cache
def _listed(codes: str | None, name: str) -> dict[str, Code]:
    if codes in _ALL_PLACES:
        return {code.code: code for each in _PLACES for code in code_list(each)}
    if codes is not None and codes != "htcds-2.0":
        return {code.code: code for code in code_list(codes)}
    if name in htcds_fields():  # also where the agreement lists the categories itself
        return {code.code: code for code in code_list("htcds-2.0", field=name)}
    return {}
