"""Which clause does what with one field on its way to one recipient. No row is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Tier
from exchange.agreements.words import named, treated_as, treatment
from exchange.errors import AgreementError, Problem
from exchange.locale import _


@dataclass(frozen=True, slots=True)
class Step:
    """What one clause says: its path as in the YAML, and its effect in the language being spoken."""

    clause: str
    says: str


def explain_field(agreement: Agreement, name: str, recipient: str) -> tuple[Step, ...]:
    """Every clause that touches the field `name` for `recipient`, in the order of the road.

    AgreementError: agreement.unknown_field, agreement.not_a_recipient.
    """
    _refuse_unknown(agreement, name, recipient)
    tier_name, tier = agreement.party(recipient).tier, agreement.tier_of(recipient)
    return (
        Step(f"data.schema.fields.{name}", named(agreement, name)),
        *_deciding(agreement, name, recipient),
        Step(f"parties.{recipient}", _("gets tier {tier}: {kind}").format(tier=tier_name, kind=treated_as(tier))),
        *_released(tier, f"tiers.{tier_name}", name),
        *_served(agreement, tier, name),
        *_protected(tier, f"tiers.{tier_name}.protect", name),
    )


def leaves(agreement: Agreement, name: str, recipient: str) -> bool:
    """Whether anything of the field reaches the recipient, in rows or in tables."""
    tier = agreement.tier_of(recipient)
    return name in tier.row_fields or name in tier.table_fields


def _refuse_unknown(agreement: Agreement, name: str, recipient: str) -> None:
    problems = []
    if name not in {field.name for field in agreement.data.fields}:
        hint = _("its fields: {names}").format(names=", ".join(field.name for field in agreement.data.fields))
        problems.append(Problem("agreement.unknown_field", _("the agreement has no such field"), hint=hint))
    recipients = [party.id for party in agreement.recipients]
    if recipient not in recipients:
        hint = _("its recipients: {names}").format(names=", ".join(recipients))
        problems.append(Problem("agreement.not_a_recipient", _("the agreement has no such recipient"), hint=hint))
    AgreementError.raise_all(problems)


def _deciding(agreement: Agreement, name: str, recipient: str) -> Iterator[Step]:
    """What the field decides about its row, whether or not it leaves."""
    data, consent = agreement.data, agreement.consent
    if name == data.key:
        yield Step("data.schema.primaryKey", _("tells the cases apart, and who withdrew"))
    if name == data.period.field:
        said = _("places the row in a period; up to {days} days late")
        yield Step("data.period", said.format(days=data.period.late_entries_days))
    if name in (data.age.birthdate, data.age.on):
        yield Step("data.age", _("gives the age at intake"))
    if name in data.include:
        yield Step(f"data.include.{name}", _("only rows with: {codes}").format(codes=", ".join(data.include[name])))
    if name == data.household:
        yield Step("data.household", _("tells which people belong to one household"))
    for clause, field in consent.fields.model_dump().items():
        if name == field:
            said = _("decides with the others whether the row goes; needed for {party}: {scope}")
            needed = consent.scope.get(recipient, "–")
            yield Step(f"consent.fields.{clause}", said.format(party=recipient, scope=needed))
    if name == consent.deceased.field:
        yield Step("consent.deceased", _("decides whether the row goes, or is counted in tables alone"))


def _released(tier: Tier, path: str, name: str) -> Iterator[Step]:
    rule = tier.release.get(name)
    if rule is None:
        yield Step(f"{path}.release", _("does not list it: withheld"))
        return
    if name not in tier.row_fields and rule.rule != "drop":
        where = _(" (in tables only)") if name in tier.table_fields else _(" (in nothing that leaves)")
    else:
        where = ""
    yield Step(f"{path}.release.{name}", treatment(rule) + where)


def _served(agreement: Agreement, tier: Tier, name: str) -> Iterator[Step]:
    purposes = tier.release[name].purposes if name in tier.release else ()
    for purpose in agreement.purposes:
        if purpose.id in purposes:
            yield Step(f"purposes.{purpose.id}", f"{purpose.text}")
    for basis in agreement.legal_basis:
        if basis.purpose in purposes:
            yield Step(f"legal_basis.{basis.purpose}", f"{basis.dpv}, {basis.law}")


def _protected(tier: Tier, path: str, name: str) -> Iterator[Step]:
    protect, diverse = tier.protect, tier.protect.l_diversity or {}
    in_rows = name in tier.row_fields and tier.release[name].rule != "row_key"
    looked_at = protect.quasi_identifiers or tuple(field for field in tier.row_fields if field not in diverse)
    if in_rows and protect.k is not None and name in looked_at:
        gate = (
            _("may be withheld in a row, until {k} people look alike")
            if tier.gated
            else _("counts in k = {k}, reported")
        )
        yield Step(f"{path}.k", gate.format(k=protect.k))
    if in_rows and name in diverse:
        said = _("no code in more than {percent} % of look-alikes; else withheld")
        yield Step(f"{path}.l_diversity.{name}", said.format(percent=f"{diverse[name].no_code_above_percent:g}"))
    if protect.tables is not None and name in tier.table_fields:
        breakdowns = [" × ".join(each) for each in protect.tables.by if name in each]
        said = _("counted in {tables}; counts below {min_cell} are withheld")
        yield Step(f"{path}.tables", said.format(tables="; ".join(breakdowns), min_cell=protect.tables.min_cell))
