"""Pairs, reasons and verdicts in words, in the language being spoken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log2

from exchange.locale import _
from exchange.merge.changes import Change, Reason
from exchange.merge.decisions import Decision, Decisions, Standing, Two
from exchange.merge.sides import Likeness


def kind_of_token(kind: str) -> str:
    """What a match token of this kind is made of."""
    words = {
        "nik": _("number on a paper"),
        "phone_name": _("phone, one word of the name"),
        "name_dob": _("name, day of birth"),
        "name_year_regency": _("name, year of birth, regency"),
        "name2_regency": _("two words of the name, regency"),
        "name2_year_regency": _("two words of the name, year of birth, regency"),
        "name_years_regency": _("name, year of birth or the next, regency"),
        "name_day_regency": _("one word of the name, day and month of birth, regency"),
        "initial_dob_sex": _("a first letter, day of birth, sex"),
        "dob_regency_sex": _("day of birth, regency, sex"),
    }
    return words.get(kind, kind)


def witness(name: str) -> str:
    """What is compared (`exchange.merge.linking.token_model`)."""
    words = {
        "number": _("number on a paper"),
        "phone": _("phone, one word of the name"),
        "person": _("name, birth, place"),
        "gender": _("gender"),
        "birth": _("age band"),
    }
    return words.get(name, name)


def likeness(like: Likeness) -> str:
    words = {
        "agree": _("agree"),
        "differ": _("differ"),
        "not_known": _("not known"),
        "not_comparable": _("not comparable"),
    }
    return words[like]


def verdict(given: str) -> str:
    words = {
        "same": _("one person"),
        "different": _("two people"),
        "unsure": _("unsure"),
        "taken_back": _("taken back"),
    }
    return words[given]


def standing(stands: Standing) -> str:
    """How a pair stands."""
    words = {
        "waits": _("it waits for another reviewer"),
        "disputed": _("reviewers disagree, so that it stays undecided"),
        "open": _("it is undecided"),
    }
    return verdict(stands.verdict) if stands.verdict else words.get(stands.state, "")


def word(said: Decision, decisions: Decisions) -> str:
    """A reviewer's word on a pair, as a line."""
    line = f"{said.at:%Y-%m-%d %H:%M} UTC  {decisions.code(said.pair)}  {said.person}: {verdict(said.verdict)}"
    return line if said.grounds is None else f"{line} ({ground(said.grounds)})"


def ground(name: str) -> str:
    words = {
        "asked_source": _("a source was asked"),
        "what_fields_say": _("by what the fields say"),
        "relatives": _("they are relatives"),
        "two_places_at_once": _("in two places at once"),
    }
    return words[name]


def reason(why: Reason, decisions: Decisions) -> str:
    """Why two parts are together, or are not, with the pair by which a person can change it."""
    told = {
        "link": _link(why),
        "decision": _decided(why, decisions),
        "held": _("the group had grown beyond reason, and was taken apart"),
        "gone": _("no link holds them together any more"),
    }[why.cause]
    return told if why.pair is None else f"{decisions.code(why.pair)}  {told}"


def _link(why: Reason) -> str:
    if why.probability is None:
        return ""
    told = _("link, probability {probability}").format(probability=f"{why.probability:.4f}")
    weights = ", ".join(f"{witness(name)} {bits:+.1f}" for name, bits in why.weights)
    return _("{link}; bits: {weights}").format(link=told, weights=weights) if weights else told


def _decided(why: Reason, decisions: Decisions) -> str:
    words = decisions.by_pair.get(why.pair, ()) if why.pair else ()
    counted = [each for each in words if each.verdict in {"same", "different"}]
    if not counted:
        return _("a decision that was taken back since")
    people = ", ".join(dict.fromkeys(each.person for each in counted if each.verdict == counted[-1].verdict))
    said = _("decided by {people}, {day}: {verdict}")
    return said.format(people=people, day=f"{counted[-1].at:%Y-%m-%d}", verdict=verdict(counted[-1].verdict))


def change(told: Change, decisions: Decisions) -> Iterator[str]:
    """A merge or a split, and why."""
    others = ", ".join(told.others)
    what = _("{person} took in {others}") if told.kind == "merged" else _("from {person} came {others}")
    yield what.format(person=told.person, others=others)
    yield from (f"  {reason(each, decisions)}" for each in told.why)


def before_anything(matching: float) -> str:
    """What the bits are added to."""
    bits = f"{log2(matching / (1 - matching)):+.1f}"
    return _("before anything is compared: {bits} bits that two reports are of one person").format(bits=bits)


def codes(pairs: Iterable[Two], decisions: Decisions) -> str:
    return ", ".join(decisions.code(pair) for pair in pairs)
