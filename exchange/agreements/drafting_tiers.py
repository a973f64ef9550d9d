"""A tier of the template made to fit what was answered: its fields, their purposes, and how people are protected in it.

Nothing here widens what a recipient gets beyond the answer: a field that the template does not release to a tier comes
in the coarsest form that fits it, and whatever leans on a field that is gone, goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import TypeAdapter

from exchange.agreements.answers import TierAnswer
from exchange.agreements.check_dictionary import codes_of
from exchange.agreements.contradiction import Contradiction, absent
from exchange.agreements.dictionary import Data, Field
from exchange.agreements.duties import Purpose
from exchange.agreements.tiers import Place, Protect, Pseudonymise, PseudonymKind, Rule, Tier
from exchange.locale import _

_AGE_EDGES = (0, 18, 30, 45)
_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


def places(tier: Tier) -> dict[str, Place]:
    """Where each field of a tier stands that it releases; what stands in rows may be counted in tables as well."""
    rows = "rows" in tier.protect.output
    return {name: rule.place if rows else "tables" for name, rule in tier.release.items() if rule.rule != "drop"}


def places_for(tier: Tier, data: Data, field: Field) -> tuple[Place, ...]:
    """Where a field may stand in a tier, the more careful place first; empty for one that never leaves for it."""
    if field.name not in tier.release and _coarsest(tier, data, field) is None:
        return ()
    here: list[Place] = (
        ["tables"] if field.kind not in ("direct", "free_text") and "tables" in tier.protect.output else []
    )
    return (*here, "rows") if "rows" in tier.protect.output else tuple(here)


def check_tier(answer: TierAnswer, tier: Tier, data: Data) -> Iterator[Contradiction]:
    """Why a tier cannot be drafted as answered; the paths begin below the tier."""
    wanted = answer.fields or {}
    known = {field.name: field for field in data.fields}
    yield from absent(
        "unknown_field", [(n, ("fields", n)) for n in wanted], known, _("the dictionary has no field {name}")
    )
    for name, place in wanted.items():
        if name not in known:
            continue
        allowed = places_for(tier, data, known[name])
        if place not in allowed:
            what = _("{field} may not leave so for this tier").format(field=name)
            hint = _("allowed here: {names}").format(names=", ".join(allowed) or "–")
            yield Contradiction("field_may_not_leave", ("fields", name), what, hint)
    if wanted and "rows" in tier.protect.output and "rows" not in wanted.values():
        yield Contradiction("no_row_fields", ("fields",), _("rows are agreed, and no field stands in them"))
    if answer.pseudonyms is not None and not _gets_pseudonyms(tier, wanted or places(tier), data):
        yield Contradiction("no_pseudonyms", ("pseudonyms",), _("this tier gets no pseudonyms"))
    if answer.k is not None and tier.protect.k is None:
        yield Contradiction("no_k", ("k",), _("k belongs to a tier with rows"))


def fitted(tier: Tier, answer: TierAnswer, data: Data, purposes: Iterable[Purpose], receiving: Iterable[str]) -> Tier:
    """The template's `tier` as answered, for the parties in `receiving`."""
    wanted = answer.fields or places(tier)
    serving = [each for each in purposes if set(each.recipients) & set(receiving)]
    release = {
        field.name: _placed(tier, data, field, wanted[field.name], serving, receiving)
        for field in data.fields
        if field.name in wanted
    }
    made = tier.model_copy(update={"release": _of_kind(release, data, answer.pseudonyms)})
    made = made.model_copy(update={"protect": _protect(made, wanted, answer.k, data)})
    if made.match is None or wanted.get(data.key) != "rows":
        return made.model_copy(update={"match": None})
    match = made.match.model_copy(update={"purposes": _purposes(made.match.purposes, serving, receiving)})
    return made.model_copy(update={"match": match})


def key_rule(tier: Tier, wanted: dict[str, Place], data: Data) -> Rule | None:
    """The rule under which a tier with these fields would get the primary key."""
    key = next(field for field in data.fields if field.name == data.key)
    return (tier.release.get(key.name) or _coarsest(tier, data, key)) if key.name in wanted else None


def _gets_pseudonyms(tier: Tier, wanted: dict[str, Place], data: Data) -> bool:
    return isinstance(key_rule(tier, wanted, data), Pseudonymise)


def _of_kind(release: dict[str, Rule], data: Data, kind: PseudonymKind | None) -> dict[str, Rule]:
    if kind is None:
        return release
    others: PseudonymKind = "random" if kind == "chosen" else kind
    return {
        name: rule.model_copy(update={"kind": kind if name == data.key else others})
        if isinstance(rule, Pseudonymise)
        else rule
        for name, rule in release.items()
    }


def _placed(
    tier: Tier, data: Data, field: Field, place: Place, serving: Iterable[Purpose], receiving: Iterable[str]
) -> Rule:
    rule = tier.release.get(field.name) or _coarsest(tier, data, field)
    assert rule is not None  # noqa: S101  # `check_tier` let nothing else pass
    beside_rows = place if "rows" in tier.protect.output else rule.place
    return rule.model_copy(
        update={"place": beside_rows, "purposes": _purposes(rule.purposes, serving, receiving)},
    )


def _purposes(wanted: Iterable[str], serving: Iterable[Purpose], receiving: Iterable[str]) -> tuple[str, ...]:
    """The template's purposes that the tier still has; all of the tier's where they would leave a recipient without."""
    kept = [each for each in serving if each.id in set(wanted)]
    served = {party for each in kept for party in each.recipients}
    return tuple(each.id for each in (kept if set(receiving) <= served else serving))


def _coarsest(tier: Tier, data: Data, field: Field) -> Rule | None:
    """The rule under which a field that the template withholds may leave; None if under none."""
    said = _coarsest_of_direct(tier, data, field) if field.kind == "direct" else _coarsest_of_values(data, field)
    return None if said is None else _RULE.validate_python({**said, "for": ("any",)})


def _coarsest_of_direct(tier: Tier, data: Data, field: Field) -> dict[str, object] | None:
    if field.about != "survivor" or "rows" not in tier.protect.output:
        return None
    if tier.gated:
        return {"rule": "row_key"} if field.name == data.key else None
    return {"rule": "pseudonymise"}


def _coarsest_of_values(data: Data, field: Field) -> dict[str, object] | None:
    if field.kind in ("free_text", "control"):
        return None
    if field.name == data.age.birthdate:
        return {"rule": "generalise", "ladder": "age_band", "edges": _AGE_EDGES}
    if field.type == "date":
        return {"rule": "generalise", "ladder": "date", "to": "year"}
    if (field.codes or "").startswith("kemendagri-"):
        return {"rule": "generalise", "ladder": "place", "to": "island"}
    if field.codes == "iso-3166-1-alpha-2":
        return {"rule": "generalise", "ladder": "country", "to": "region"}
    return {"rule": "keep"} if codes_of(field) is not None else None


def _protect(tier: Tier, wanted: dict[str, Place], k: int | None, data: Data) -> Protect:
    """The protection without whatever leaned on a field that is gone, and a table for each counted field."""
    protect, rows = tier.protect, {name for name, place in wanted.items() if place == "rows"}
    least = k or protect.k
    named = protect.quasi_identifiers
    kinds = {field.name: field.kind for field in data.fields}
    added = [name for name in tier.row_fields if kinds[name] == "quasi" and name not in (named or ())]
    kept = {name: rule for name, rule in (protect.l_diversity or {}).items() if name in rows}
    households = protect.households
    if households and least:
        households = households.model_copy(update={"at_least": min(households.at_least, least)})
    update = {
        "k": least,
        "quasi_identifiers": None if named is None else (*(each for each in named if each in rows), *added),
        "l_diversity": kept or None,
        "households": households,
    }
    return _with_tables(protect.model_copy(update=update), wanted)


def _with_tables(protect: Protect, wanted: dict[str, Place]) -> Protect:
    if protect.tables is None:
        return protect
    kept = tuple(each for each in protect.tables.by if set(each) <= wanted.keys())
    counted = {name for breakdown in kept for name in breakdown}
    alone = tuple((name,) for name, place in wanted.items() if place == "tables" and name not in counted)
    if kept or alone:
        tables = protect.tables.model_copy(update={"by": (*kept, *alone)})
        return protect.model_copy(update={"tables": tables})
    output = tuple(each for each in protect.output if each != "tables")
    steps = tuple(each for each in protect.if_not_met or () if each != "tables")
    return protect.model_copy(update={"tables": None, "output": output, "if_not_met": steps or None})
