"""What the things of an agreement are called in the language being spoken: kinds of parties and caveats, tiers, rules,
fields, countries."""

from __future__ import annotations

from collections.abc import Callable

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import find
from exchange.agreements.duties import CaveatKind
from exchange.agreements.parties import CrossBorder, Party, Safeguard
from exchange.agreements.tiers import (
    BottomCode,
    Drop,
    Generalise,
    GeneraliseAge,
    GeneraliseNumber,
    GeneraliseOwn,
    Keep,
    Map,
    Mask,
    Match,
    Pseudonymise,
    PseudonymKind,
    Round,
    RowKey,
    Rule,
    Scrub,
    Tier,
    TopCode,
)
from exchange.codes.lists import code_list
from exchange.locale import _, language

_PSEUDONYMS: dict[PseudonymKind, Callable[[], str]] = {
    "keyed": lambda: _("a pseudonym for this recipient alone"),
    "random": lambda: _("a random pseudonym for this recipient alone, kept in the sender's register"),
    "chosen": lambda: _("a pseudonym that the person chose for this recipient alone, or a random one"),
}


def kind_of(party: Party) -> str:
    kinds = {
        "cso": _("civil-society organisation"),
        "government": _("government"),
        "international-organisation": _("international organisation"),
    }
    return kinds[party.kind]


def role_of(party: Party) -> str:
    """What a party does."""
    match party.role:
        case "sender":
            return _("sends")
        case "recipient":
            return _("receives, tier {tier}").format(tier=party.tier)
        case "agent":
            return _("links by filters and row keys, gets no rows")


def linked_by(match: Match) -> str:
    """By what a recipient counts each person once."""
    if match.via == "agent":
        return _("filters go to the linking agent, no row does; it tells which rows are of one person")
    return _("match tokens travel along, apart from the rows, so that each person can be counted once")


def caveat_kind(kind: CaveatKind) -> str:
    """What a caveat is about."""
    kinds: dict[CaveatKind, str] = {
        "population": _("who is in the data"),
        "selection_bias": _("who is missing more often"),
        "definition": _("what a word means here"),
        "method": _("how the data were made"),
        "quality": _("how exact the data are"),
        "other": _("other"),
    }
    return kinds[kind]


def safeguard(kind: Safeguard) -> str:
    """What protects people whose data leave the country."""
    kinds: dict[Safeguard, str] = {
        "adequate-country": _("law there that protects as well as here"),
        "binding-instrument": _("a binding instrument"),
        "consent": _("the person's own consent"),
    }
    return kinds[kind]


def country(code: str) -> str:
    """A country by its name; by its code where the list has none."""
    return code_list("iso-3166-1-alpha-2").label_of(code) or code


def whereabouts(home: str, away: CrossBorder | None) -> str:
    """In which countries a recipient may have the data: its own, and those that the agreement names."""
    if away is None:
        return _("only in {country}: they must not leave it").format(country=country(home))
    others = ", ".join(country(code) for code in away.countries if code != home)
    return _("in {country}; they may also go to {countries}, safeguarded by: {safeguard} ({reference})").format(
        country=country(home), countries=others or "–", safeguard=safeguard(away.safeguard), reference=away.reference
    )


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
            said = _PSEUDONYMS[rule.kind]()
            return said if rule.epoch == "1" else _("{what}, of the epoch {epoch}").format(what=said, epoch=rule.epoch)
        case Mask():
            return _("all but the last {count} characters hidden").format(count=rule.keep_last)
        case Scrub():
            return _("names, numbers and addresses masked, doubtful words decided by a person")
    return _coarser(rule)


def _coarser(rule: Round | TopCode | BottomCode | Generalise) -> str:
    match rule:
        case GeneraliseAge():
            return _("age in bands that begin at {edges}").format(edges=", ".join(map(str, rule.edges)))
        case GeneraliseNumber():
            return _("in intervals that begin at {edges}").format(edges=", ".join(map(str, rule.edges)))
        case GeneraliseOwn():
            labels = dict.fromkeys(row[rule.levels.index(rule.to)] for row in rule.rows)
            return _("in coarser codes: {codes}").format(codes=", ".join(labels))
        case Round():
            return _("rounded to multiples of {number}").format(number=rule.to)
        case TopCode():
            return _("{number} and more as one value").format(number=rule.at)
        case BottomCode():
            return _("{number} and less as one value").format(number=rule.at)
    return _("as {level}").format(level=rule.to)


def named(agreement: Agreement, name: str) -> str:
    """A field as it is called, and its name in brackets."""
    return f"{called(agreement, name)} [{name}]"


def called(agreement: Agreement, name: str) -> str:
    """A field by its label, which is Indonesian, or by its description, which is English."""
    field = find(agreement.data, name)
    return "" if field is None else field.label if language() == "id" else field.description
