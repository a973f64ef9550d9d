"""What a change of an agreement means, in a sentence: who will receive what, and what else is new, gone or different.

The fields that a recipient gets have sentences of their own; every other clause is told by its name, with what stood
there and what stands there now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import Change, changes, place_of, recipient_of
from exchange.agreements.clause_names import clause_name
from exchange.agreements.effect import EFFECTS, Effect, effect
from exchange.agreements.exactness import says_more
from exchange.agreements.strict_yaml import written
from exchange.agreements.tiers import Tier
from exchange.agreements.words import kind_of, named, treatment
from exchange.locale import Language, _, speaking

_LONGEST = 160  # characters of a value that are shown; the whole stands in the two files


@dataclass(frozen=True, slots=True)
class Told:
    """A change, what it does, and the sentence that says so."""

    change: Change
    effect: Effect
    sentence: str


def told(old: Agreement, new: Agreement) -> tuple[Told, ...]:
    """Every change from `old` to `new` in the language being spoken; what widens first, then what narrows, the rest."""
    found = [Told(each, effect(each), sentence(each, old, new)) for each in changes(old, new)]
    return tuple(sorted(found, key=lambda each: EFFECTS.index(each.effect)))


def lines(old: Agreement, new: Agreement, tongue: Language) -> tuple[str, ...]:
    """The sentences under their headings, for a terminal."""
    with speaking(tongue):
        return tuple(_lines(told(old, new)))


def _lines(found: tuple[Told, ...]) -> Iterator[str]:
    titles: dict[Effect, str] = {
        "widens": _("Wider sharing, or weaker protection"),
        "narrows": _("Narrower sharing, or stronger protection"),
        "neutral": _("Other changes"),
        "wording": _("Wording alone"),
    }
    for kind, title in titles.items():
        of_kind = [each.sentence for each in found if each.effect == kind]
        yield from ([title, *(f"  {each}" for each in of_kind)] if of_kind else [])
    if not found:
        yield _("nothing differs")


def sentence(change: Change, old: Agreement, new: Agreement) -> str:
    """What the change means, in the language being spoken."""
    if change.clause == "tiers.*.release.*":
        return _about_a_field(change, old, new)
    if change.clause == "parties.*":
        party = new.party(str(change.path[1])) if change.after is not None else old.party(str(change.path[1]))
        said = (
            _("{name} ({kind}) is newly a party")
            if change.before is None
            else _("{name} ({kind}) is no party any more")
        )
        return said.format(name=party.name, kind=kind_of(party))
    return _in_general(change, old, new)


def _about_a_field(change: Change, old: Agreement, new: Agreement) -> str:
    recipient, name = recipient_of(change) or "", str(change.path[3])
    places = place_of(_tier(old, recipient), name), place_of(_tier(new, recipient), name)
    values = {
        "who": _called(recipient, old, new),
        "field": named(new if any(each.name == name for each in new.data.fields) else old, name),
        "before": treatment(change.before) if change.before is not None else "",
        "after": treatment(change.after) if change.after is not None else "",
        "purposes": ", ".join(change.after.purposes) if change.after is not None else "",
    }
    return _field_sentence(change, places).format(**values)


def _field_sentence(change: Change, places: tuple[str | None, str | None]) -> str:
    if places[1] is None and places[0] is None:
        return _("{who} still does not receive {field}")
    if places[1] is None:
        return _("{who} will no longer receive {field}")
    if places[0] is None and places[1] == "tables":
        return _("{who} will newly receive {field} in tables: {after}, for {purposes}")
    if places[0] is None:
        return _("{who} will newly receive {field} in the rows: {after}, for {purposes}")
    if places == ("tables", "rows"):
        return _("{who} will receive {field} in the rows and no longer only in tables: {after}, for {purposes}")
    if places == ("rows", "tables"):
        return _("{who} will receive {field} only in tables and no longer in the rows: {after}, for {purposes}")
    return _same_place_sentence(change)


def _same_place_sentence(change: Change) -> str:
    if says_more(change.before, change.after):
        return _("{who} will receive {field} more exactly or in another way: {after}, and no longer {before}")
    if says_more(change.after, change.before):
        return _("{who} will receive {field} less exactly: {after}, and no longer {before}")
    return _("{who} will receive {field} for other purposes or in other words: {after}, for {purposes}")


def _in_general(change: Change, old: Agreement, new: Agreement) -> str:
    who = [_called(str(step), old, new) for step in _names_on_the_way(change)]
    what = ": ".join([*who, clause_name(change.clause)])
    match change.kind:
        case "added":
            return _("{what}: newly {after}").format(what=what, after=shown(change.after))
        case "removed":
            return _("{what}: no longer {before}").format(what=what, before=shown(change.before))
        case "reordered":
            return _("{what}: the same in another order").format(what=what)
    said = _("{what}: {after} instead of {before}")
    return said.format(what=what, before=shown(change.before), after=shown(change.after))


def _names_on_the_way(change: Change) -> Iterator[str]:
    """The names that the agreement itself gives to what stands above the clause; not that of a value in a list."""
    general = change.clause.split(".")
    for at, (step, key) in enumerate(zip(change.path, general, strict=True)):
        a_value = at == len(general) - 1 and not isinstance(change.before or change.after, BaseModel)
        if key == "*" and not (
            a_value and change.kind in ("added", "removed") and str(step) in shown(change.before or change.after)
        ):
            yield str(step)


def _tier(agreement: Agreement, recipient: str) -> Tier | None:
    try:
        return agreement.tier_of(recipient)
    except KeyError:
        return agreement.tiers.get(recipient.removeprefix("tier "))


def _called(name: str, old: Agreement, new: Agreement) -> str:
    """A party by its name, a field by its label, anything else as the agreement calls it."""
    for agreement in (new, old):
        for party in agreement.parties:
            if party.id == name:
                return party.name
        if any(field.name == name for field in agreement.data.fields):
            return named(agreement, name)
    return name


def shown(value: Any) -> str:
    """A value or a whole section in one line."""
    text = _plain(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _plain(value: Any) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case str():
            return f"“{value}”" if " " in value else value
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(_plain(each) for each in value)
        case dict():
            return ", ".join(f"{key}: {_plain(each)}" for key, each in value.items())
        case BaseModel():
            return ", ".join(f"{key}: {_plain(each)}" for key, each in _filled(value))
        case dt.date():
            return value.isoformat()
    return str(value)


def _filled(model: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, info in type(model).model_fields.items():
        if getattr(model, name) is not None:
            yield info.alias or name, getattr(model, name)


def document(each: Told) -> dict[str, Any]:
    """The same for a program: `before` and `after` are None where the clause is new or gone."""
    change = each.change
    return {
        "effect": each.effect,
        "clause": written(change.path),
        "recipient": recipient_of(change),
        "kind": change.kind,
        "before": None if change.before is None else _plain(change.before),
        "after": None if change.after is None else _plain(change.after),
        "says": each.sentence,
    }
