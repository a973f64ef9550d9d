"""generalise: a coarser value from a ladder (`exchange/ladders/`). What a ladder does not hold is never guessed."""

from __future__ import annotations

from collections.abc import Callable

from exchange.agreements.tiers import (
    Generalise,
    GeneraliseAge,
    GeneraliseNumber,
    GeneraliseOwn,
    Pseudonymise,
    Round,
    Rule,
)
from exchange.errors import DisclosureError, Problem
from exchange.extracts import arrow
from exchange.ladders.own import own_ladder
from exchange.ladders.register import ladder
from exchange.ladders.types import Ladder
from exchange.locale import _
from exchange.redact.column import Column
from exchange.redact.setting import Setting

_NO_AGE = -1


def generalise_age(column: Column, rule: GeneraliseAge, setting: Setting) -> Column:
    """The band of the age at intake, in the place of the date of birth.

    DisclosureError `redact.not_on_ladder` for an age that no band holds, or none beside a date of birth.
    """
    import numpy as np

    bands, said = _rungs(rule), column.has_value()
    ages = np.where(said, arrow.numbers_of(setting.ages.fill_null(_NO_AGE)), _NO_AGE)
    labels = [bands.at(str(age), _level(rule)) for age in np.unique(ages[said]).tolist()]
    known = [label for label in labels if label is not None]
    if len(known) < len(labels) or (ages[said] == _NO_AGE).any():
        raise _not_on_ladder(column, rule)
    place = np.searchsorted(np.unique(ages[said]), ages)
    codes = np.where(said, place, len(labels) + column.codes)
    return column.with_codes(arrow.texts([*known, *column.values]), codes)


def generalise(column: Column, rule: Generalise, _setting: Setting) -> Column:
    """The label on the rule's level; in a list, of each code. DisclosureError `redact.not_on_ladder`."""
    return column.rewritten_by_code(_climber(column, rule))


def ladder_of(rule: Rule) -> tuple[str, str]:
    """The ladder and level that a rule takes a field to: ("date", "month"); ("", "5") where it rounds to fives;
    ("", "2026") for pseudonyms of an epoch that is named; ("", "") for any other rule."""
    if isinstance(rule, Pseudonymise):
        return "", "" if rule.epoch == "1" else rule.epoch
    if isinstance(rule, Round):
        return "", str(rule.to)
    if rule.rule != "generalise":
        return "", ""
    return rule.ladder, _level(rule)


def _level(rule: Generalise) -> str:
    match rule:
        case GeneraliseAge():
            return "band"
        case GeneraliseNumber():
            return "interval"
    return rule.to


def _rungs(rule: Generalise) -> Ladder:
    match rule:
        case GeneraliseAge() | GeneraliseNumber():
            return ladder(rule.ladder, edges=rule.edges)
        case GeneraliseOwn():
            return own_ladder(rule.levels, rule.rows)
    return ladder(rule.ladder)


def _climber(column: Column, rule: Generalise) -> Callable[[str], str]:
    rungs, level = _rungs(rule), _level(rule)

    def climb(code: str) -> str:
        label = rungs.at(code, level)
        if label is None:
            raise _not_on_ladder(column, rule)
        return label

    return climb


def _not_on_ladder(column: Column, rule: Generalise) -> DisclosureError:
    return DisclosureError(
        Problem(
            "redact.not_on_ladder",
            _("a value is not on the ladder {name}").format(name=rule.ladder),
            where=column.field.name,
            hint=_("run `exchange check` on the extract: it names the cell"),
        )
    )
