"""Tiers, field by field: what is released exists, may be released at all, by a rule that fits it, and for a purpose."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import codes_of, find
from exchange.agreements.contradiction import Contradiction, absent
from exchange.agreements.dictionary import Field
from exchange.agreements.shape import Path
from exchange.agreements.tiers import (
    BottomCode,
    Drop,
    GeneraliseAge,
    GeneraliseCountry,
    GeneraliseDate,
    GeneraliseIndustry,
    GeneraliseNumber,
    GeneraliseOwn,
    GeneralisePlace,
    Keep,
    Map,
    Mask,
    Pseudonymise,
    Round,
    RowKey,
    Rule,
    Scrub,
    Tier,
    TopCode,
)
from exchange.ladders.register import ladder
from exchange.locale import _

# The only rules under which a direct identifier may leave, as something else.
_SAID_ABOVE = ("direct", "free_text", "control")
# From which level of the place ladder a field's codes climb.
_LEVELS = ladder("place").levels
_PLACES = {f"kemendagri-{level}": _LEVELS.index(level) for level in ("village", "district", "regency", "province")}
_NUMBERS = ("integer", "number")
_FOR_IDENTIFIERS = (Drop, RowKey, Pseudonymise)


def check_tiers(agreement: Agreement) -> Iterator[Contradiction]:
    for tier_id, tier in agreement.tiers.items():
        path: Path = ("tiers", tier_id)
        for name, rule in tier.release.items():
            here = (*path, "release", name)
            field = find(agreement.data, name)
            if field is None:
                known = [each.name for each in agreement.data.fields]
                what = _("the dictionary has no field {name}")
                yield from absent("unknown_field", [(name, here)], known, what)
            else:
                yield from _may_leave(tier, field, rule, here)
                yield from _rule_fits(agreement, tier, field, rule, here)
            yield from _purposes(agreement, tier_id, rule.purposes, (*here, "for"))
        if tier.match is not None:
            yield from _purposes(agreement, tier_id, tier.match.purposes, (*path, "match", "for"))


def _may_leave(tier: Tier, field: Field, rule: Rule, path: Path) -> Iterator[Contradiction]:
    if isinstance(rule, Drop):
        return
    if field.kind == "direct" and not isinstance(rule, _FOR_IDENTIFIERS):
        what = _("{field} identifies a person directly and would be released").format(field=field.name)
        hint = _("a direct identifier leaves as a row key or a pseudonym, or not at all")
        yield Contradiction("identifier_released", (*path, "rule"), what, hint)
    if field.kind == "free_text" and not isinstance(rule, Scrub):
        what = _("{field} is free text, which leaves scrubbed or not at all").format(field=field.name)
        yield Contradiction("free_text_released", (*path, "rule"), what, _("use scrub or drop"))
    if field.kind == "free_text" and tier.gated:
        what = _("{field} is free text, which never leaves in a gated tier").format(field=field.name)
        hint = _("use drop; only a tier that is treated_as: personal_data gets case notes")
        yield Contradiction("free_text_in_gated_tier", (*path, "rule"), what, hint)
    if field.kind == "control":
        what = _("{field} steers the sharing and is itself not released").format(field=field.name)
        yield Contradiction("control_released", (*path, "rule"), what, _("use drop"))


def _rule_fits(agreement: Agreement, tier: Tier, field: Field, rule: Rule, path: Path) -> Iterator[Contradiction]:
    here = (*path, "rule")
    match rule:
        case Keep() if field.type in ("string", "list") and codes_of(field) is None and field.kind not in _SAID_ABOVE:
            what = _("{field} may hold any text, and would leave as somebody typed it").format(field=field.name)
            hint = _("give it categories or x-codes in the dictionary, or use drop")
            yield Contradiction("open_text_released", here, what, hint)
        case RowKey() if field.name != agreement.data.key:
            what = _("a row key stands for the primary key, {key}").format(key=agreement.data.key)
            yield Contradiction("rule_misfit", here, what)
        case Pseudonymise() if tier.gated and field.kind == "direct":
            what = _("a pseudonym would join the releases of a gated tier to each other")
            yield Contradiction("pseudonym_in_gated_tier", here, what, _("use row_key for the primary key, else drop"))
        case Pseudonymise() if rule.kind == "chosen" and field.name != agreement.data.key:
            what = _("a person chooses a pseudonym for herself: for the primary key, {key}")
            yield Contradiction("rule_misfit", (*path, "kind"), what.format(key=agreement.data.key), "kind: random")
        case Map():
            yield from _map_fits(field, rule, path)
        case GeneraliseOwn():
            yield from _own_fits(field, rule, path)
    misfit = _misfit(field, rule)
    if misfit:
        yield Contradiction("rule_misfit", here, misfit)
    if rule.rule == "generalise" and not _ladder_fits(agreement, field, rule):
        what = _("the ladder {ladder} does not fit {field}").format(ladder=rule.ladder, field=field.name)
        yield Contradiction("ladder_misfit", (*path, "ladder"), what)


def _misfit(field: Field, rule: Rule) -> str | None:
    """Why a rule is not for such a field, by its class or type."""
    match rule:
        case Pseudonymise() if field.kind != "direct":
            return _("only a direct identifier gets a pseudonym")
        case Mask() if field.type != "string":
            return _("only a string can be masked")
        case Scrub() if field.kind != "free_text":
            return _("only free text is scrubbed")
        case Scrub() if field.type != "string" or rule.place == "tables":
            return _("a case note is a string, and stands in rows alone")
        case Round() | TopCode() | BottomCode() if field.type not in _NUMBERS:
            return _("only an integer or a number is rounded or coded")
    return None


def _map_fits(field: Field, rule: Map, path: Path) -> Iterator[Contradiction]:
    codes = codes_of(field)
    if codes is None:
        yield Contradiction("rule_misfit", (*path, "rule"), _("only a field with codes can be mapped"))
        return
    named: list[tuple[str, Path]] = [(code, (*path, "to", code)) for code in rule.to]
    yield from absent("unknown_code", named, codes, _("{name} is not a code of this field"))


def _own_fits(field: Field, rule: GeneraliseOwn, path: Path) -> Iterator[Contradiction]:
    """Every code of the field has its row, so that no value is met that the table does not hold; and no other row."""
    codes, named = codes_of(field) or (), tuple(row[0] for row in rule.rows)
    rows: list[tuple[str, Path]] = [(code, (*path, "table", at, 0)) for at, code in enumerate(named, 1)]
    if codes:
        yield from absent("unknown_code", rows, codes, _("{name} is not a code of this field"))
        missing: list[tuple[str, Path]] = [(code, (*path, "table")) for code in codes]
        yield from absent("code_not_on_ladder", missing, named, _("{name} has no row in the table"))


def _ladder_fits(agreement: Agreement, field: Field, rule: Rule) -> bool:
    match rule:
        case GeneraliseAge():
            return field.name == agreement.data.age.birthdate
        case GeneraliseDate():
            return field.type == "date"
        case GeneralisePlace():
            return field.codes in _PLACES and _PLACES[field.codes] <= _LEVELS.index(rule.to)
        case GeneraliseCountry():
            return field.codes == "iso-3166-1-alpha-2"
        case GeneraliseIndustry():
            industries = ladder("industry")
            return all(industries.at(code, "sector") is not None for code in codes_of(field) or ("",))
        case GeneraliseNumber():
            return field.type in _NUMBERS
        case GeneraliseOwn():
            return codes_of(field) is not None
    return True


def _purposes(agreement: Agreement, tier: str, named: tuple[str, ...], path: Path) -> Iterator[Contradiction]:
    """The purposes exist, and are those of the recipients that have this tier."""
    purposes = {purpose.id: purpose for purpose in agreement.purposes}
    at: list[tuple[str, Path]] = [(name, (*path, index)) for index, name in enumerate(named)]
    yield from absent("unknown_purpose", at, purposes, _("there is no purpose {name}"))
    receiving = [party.id for party in agreement.recipients if party.tier == tier]
    serves = {name: purposes[name].recipients for name in named if name in purposes}
    for name, place in at:
        if name in serves and not set(serves[name]) & set(receiving):
            what = _("{name} is a purpose of no recipient in this tier").format(name=name)
            yield Contradiction("foreign_purpose", place, what)
    for party in receiving:
        if serves and not any(party in recipients for recipients in serves.values()):
            what = _("it is released to {party} for no purpose of its own").format(party=party)
            yield Contradiction("no_purpose", path, what)
