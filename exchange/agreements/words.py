"""What the things of an agreement are called in the language being spoken: kinds of parties, tiers, rules, fields."""

from __future__ import annotations

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import find
from exchange.agreements.parties import Party
from exchange.agreements.tiers import Drop, GeneraliseAge, Keep, Map, Mask, Pseudonymise, RowKey, Rule, Tier
from exchange.locale import _, language


def kind_of(party: Party) -> str:
    kinds = {
        "cso": _("civil-society organisation"),
        "government": _("government"),
        "international-organisation": _("international organisation"),
    }
    return kinds[party.kind]


def treated_as(tier: Tier) -> str:
    kinds = {
        "statistics": _("statistics"),
        "pseudonymised": _("pseudonymised data"),
        "personal_data": _("personal data"),
    }
    return kinds[tier.treated_as]


def treatment(rule: Rule) -> str:
    match rule:
        case Keep():
            return _("as it is")
        case Drop():
            return _("withheld")
        case Map():
            return _("in coarser codes: {codes}").format(codes=", ".join(sorted({*rule.to.values(), rule.otherwise})))
        case RowKey():
            return _("a random key, new each time")
        case Pseudonymise():
            return _("a pseudonym for this recipient alone")
        case Mask():
            return _("all but the last {count} characters hidden").format(count=rule.keep_last)
        case GeneraliseAge():
            return _("age in bands that begin at {edges}").format(edges=", ".join(map(str, rule.edges)))
    return _("as {level}").format(level=rule.to)


def named(agreement: Agreement, name: str) -> str:
    """A field by its label, which is Indonesian, or by its description, which is English."""
    field = find(agreement.data, name)
    label = "" if field is None else field.label if language() == "id" else field.description
    return f"{label} [{name}]"
