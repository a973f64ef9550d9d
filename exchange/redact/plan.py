"""The plan for one tier: every field of the dictionary with its rule, and no rule that lets a person's name through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.agreements.clause import FieldName
from exchange.agreements.dictionary import Data, Field
from exchange.agreements.tiers import Drop, GeneraliseAge, Pseudonymise, RowKey, Rule, Scrub, Tier
from exchange.errors import DisclosureError, Problem
from exchange.locale import _


@dataclass(frozen=True, slots=True)
class Plan:
    """`released`: fields with a rule other than drop, in the order of the tier. Made only by `plan`."""

    data: Data
    released: tuple[tuple[Field, Rule], ...]

    def rule_of(self, name: FieldName) -> Rule | None:
        """The rule of a released field; None for one that is dropped."""
        return next((rule for field, rule in self.released if field.name == name), None)


def plan(data: Data, tier: Tier) -> Plan:
    """What a tier's rules do to each field.

    DisclosureError with every field at fault: `redact.unknown_field`, `redact.direct_identifier` (only a row key or a
    pseudonym may come of one), `redact.free_text` (it leaves scrubbed, and never in a gated
    tier), `redact.row_key_elsewhere` (it stands under the primary key), `redact.age_elsewhere` (bands of age come of
    the birth date).
    """
    fields = {field.name: field for field in data.fields}
    DisclosureError.raise_all(
        problem
        for name, rule in tier.release.items()
        for problem in _problems(data, fields.get(name), name, rule, gated=tier.gated)
    )
    return Plan(data, tuple((fields[name], rule) for name, rule in tier.release.items() if not isinstance(rule, Drop)))


def _problems(data: Data, field: Field | None, name: FieldName, rule: Rule, *, gated: bool) -> Iterator[Problem]:
    if field is None:
        yield Problem("redact.unknown_field", _("the dictionary has no such field"), where=name)
    elif isinstance(rule, Drop):
        return
    elif field.kind == "direct" and not isinstance(rule, RowKey | Pseudonymise):
        yield Problem(
            "redact.direct_identifier",
            _("the rule {rule} would let a direct identifier out").format(rule=rule.rule),
            where=name,
            hint=_("a direct identifier leaves as a row key or a pseudonym, or not at all"),
        )
    elif (field.kind == "free_text") != isinstance(rule, Scrub):
        what = _("free text leaves scrubbed or not at all, and nothing else is scrubbed")
        yield Problem("redact.free_text", what, where=name, hint=_("drop the field"))
    elif isinstance(rule, Scrub) and (gated or rule.place == "tables"):
        what = _("free text leaves in rows of personal data alone")
        yield Problem("redact.free_text", what, where=name, hint=_("drop the field"))
    elif isinstance(rule, RowKey) and name != data.key:
        yield Problem("redact.row_key_elsewhere", _("a row key stands under the primary key only"), where=name)
    elif isinstance(rule, GeneraliseAge) and name != data.age.birthdate:
        yield Problem("redact.age_elsewhere", _("bands of age are made of the birth date only"), where=name)
