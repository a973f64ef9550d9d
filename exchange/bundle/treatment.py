"""What a rule did to a field, and why, in the language being spoken.

How: the values that can come out are those of `released`, so that what is said and what was done cannot part. Why: by
the field's class and the rule; the agreement gives no other reason, and nobody types one.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.agreements.dictionary import Field
from exchange.agreements.tiers import (
    Generalise,
    GeneraliseAge,
    GeneraliseNumber,
    GeneraliseOwn,
    Map,
    Pseudonymise,
    Rule,
)
from exchange.agreements.words import treatment
from exchange.bundle.released import ReleasedField
from exchange.locale import _


def how(released: ReleasedField | None) -> str:
    """What a field went through; None: it does not leave."""
    return _("not shared") if released is None else _rule(released.rule, released)


def why(field: Field, released: ReleasedField | None) -> str:
    """Why that was done to it."""
    if released is None:
        return _why_not_shared(field)
    match released.rule.rule:
        case "keep":
            return _("the purposes need it as it is")
        case "row_key":
            return _("rows need a key, and one that names a case would lead back to a person")
        case "pseudonymise":
            return _("reports of one person must hang together without saying who it is")
        case "mask" | "scrub":
            return _("the rest would tell who somebody is")
    return _("exact values could single a person out, and the purposes do not need them")


def _why_not_shared(field: Field) -> str:
    match field.kind:
        case "direct":
            return _("it tells who somebody is")
        case "free_text":
            return _("free text may tell who somebody is")
        case "control":
            return _("it serves the sender's own checks")
    return _("the agreement names no purpose of this recipient that needs it")


def _rule(rule: Rule, released: ReleasedField) -> str:
    match rule.rule:
        case "keep":
            return _("as recorded")
        case "row_key":
            return _("replaced by a random key, new in each bundle")
        case "pseudonymise":
            return _pseudonym(rule)
        case "mask":
            return _("only the last {count} characters left").format(count=rule.keep_last)
        case "scrub":
            return _("names, numbers and addresses in the case notes masked, doubtful words decided by a person")
        case "map":
            return _mapped(rule)
        case "round" | "top_code" | "bottom_code":
            return treatment(rule)
        case "generalise":
            return _generalised(rule, released)
        case "drop":
            return _("not shared")


def _pseudonym(rule: Pseudonymise) -> str:
    if rule.kind == "chosen":
        return _("replaced by a pseudonym that the person chose, or a random one, for this recipient only")
    return _("replaced by a pseudonym, for this recipient only")


def _mapped(rule: Map) -> str:
    """Each code with what it became: whoever compares with other data must know what was put together."""
    return _("put together: {codes}; everything else is {other}").format(codes=_together(rule.to), other=rule.otherwise)


def _together(became: Mapping[str, str]) -> str:
    sources: dict[str, list[str]] = {}
    for code, target in became.items():
        sources.setdefault(target, []).append(code)
    return "; ".join(
        target if codes == [target] else f"{', '.join(codes)} → {target}" for target, codes in sources.items()
    )


def _generalised(rule: Generalise, released: ReleasedField) -> str:
    if isinstance(rule, GeneraliseAge):
        return _("age at intake, in bands: {bands}").format(bands=", ".join(released.values or ()))
    if isinstance(rule, GeneraliseNumber):
        return _("in intervals: {intervals}").format(intervals="; ".join(released.values or ()))
    if isinstance(rule, GeneraliseOwn):
        label = rule.levels.index(rule.to)
        return _("put together: {codes}").format(codes=_together({row[0]: row[label] for row in rule.rows}))
    levels = {
        "month": _("only the month"),
        "quarter": _("only the quarter"),
        "year": _("only the year"),
        "district": _("only the district"),
        "regency": _("only the regency or city"),
        "province": _("only the province"),
        "island": _("only the group of islands"),
        "country": _("only the country"),
        "region": _("only the region of the world"),
        "subregion": _("only the sub-region of the world"),
        "sector": _("only the sector"),
        "broad_sector": _("only the broad sector"),
    }
    return levels[rule.to]
