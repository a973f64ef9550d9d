"""Does a recoding keep what a plan asks? Asked before anything is written; shares no step with search and judge.

Groups are counted from the texts that will be written, and each model once more from its definition.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from exchange.errors import Problem
from exchange.locale import _
from exchange.protect.anonymise.coded import Coded, Sensitive, Tally
from exchange.protect.anonymise.plan import Closeness, Diversity, Protection
from exchange.protect.anonymise.recoded import Recoded

Members = list[int]  # numbers of combinations
_EXACT = 1e-9


def broken(coded: Coded, recoded: Recoded, asked: Protection) -> tuple[Problem, ...]:
    """Every way in which a recoding breaks its plan, each once; () where it keeps it."""
    problems = [
        *_not_counted(coded, asked),
        *_untrue_labels(coded, recoded),
        *_too_many_suppressed(coded, recoded, asked),
    ]
    counts = coded.counts.tolist()
    for members in _groups(recoded):
        size = sum(counts[each] for each in members)
        problems += _broken_group(coded, members, size, asked)
    return tuple(dict.fromkeys(problems))


def _not_counted(coded: Coded, asked: Protection) -> Iterator[Problem]:
    """What is asked of a field whose codes nobody counted is kept by no group."""
    what = _("nothing was counted of what the plan asks here")
    counted = {field.name for field in coded.sensitive}
    for name in (*asked.l_diversity, *asked.t_closeness):
        if name not in counted:
            yield Problem("protect.not_counted", what, where=name)
    if asked.households is not None and coded.households is None:
        yield Problem("protect.not_counted", what, where="households")


def _groups(recoded: Recoded) -> list[Members]:
    kept = np.flatnonzero(recoded.kept)
    columns = [
        [labels[number].text for number in recoded.numbers[kept, place].tolist()]
        for place, labels in enumerate(recoded.labels)
    ]
    groups: dict[tuple[str, ...], Members] = defaultdict(list)
    for member, look in zip(kept.tolist(), zip(*columns, strict=True), strict=True):
        groups[look].append(member)
    return list(groups.values())


def _untrue_labels(coded: Coded, recoded: Recoded) -> Iterator[Problem]:
    for place, (quasi, labels) in enumerate(zip(coded.quasi, recoded.labels, strict=True)):
        number, value = recoded.numbers[recoded.kept, place], coded.combinations[recoded.kept, place]
        true = np.concatenate([np.int64(at) * quasi.domain + label.covers for at, label in enumerate(labels)])
        if not np.isin(number.astype(np.int64) * quasi.domain + value, true).all():
            yield Problem("protect.untrue_label", _("a label does not cover the value it stands for"), where=quasi.name)


def _too_many_suppressed(coded: Coded, recoded: Recoded, asked: Protection) -> Iterator[Problem]:
    suppressed = int(coded.counts[~recoded.kept].sum())
    if suppressed * 100 > asked.max_suppressed_rows_percent * coded.rows + 1e-6:
        yield Problem("protect.too_many_suppressed", _("more rows are suppressed than the plan allows"))


def _broken_group(coded: Coded, members: Members, size: int, asked: Protection) -> Iterator[Problem]:
    if size < asked.k:
        yield Problem("protect.group_below_k", _("a group of look-alikes is smaller than the plan asks"))
    if asked.households is not None and coded.households is not None:
        living = _counted(coded.households, members)
        if len(living) < asked.households.at_least:
            yield Problem("protect.few_households", _("a group of look-alikes is of too few households"))
        if max(living.values()) * 100 > asked.households.none_above_percent * size + _EXACT:
            yield Problem("protect.household_dominates", _("one household is too much of a group of look-alikes"))
    for field in coded.sensitive:
        codes = _counted(field.tally, members)
        diversity, closeness = asked.l_diversity.get(field.name), asked.t_closeness.get(field.name)
        if diversity is not None and not _is_diverse(codes, size, field, diversity):
            what = _("a group of look-alikes is not as diverse as the plan asks")
            yield Problem("protect.group_not_diverse", what, where=field.name)
        if closeness is not None and _far(codes, size, field, closeness) > closeness.max + _EXACT:
            what = _("a group of look-alikes is farther from the whole table than the plan asks")
            yield Problem("protect.group_not_close", what, where=field.name)


def _counted(tally: Tally, members: Members) -> Counter[int]:
    counts: Counter[int] = Counter()
    for member in members:
        pairs = slice(tally.starts[member], tally.starts[member + 1])
        for what, rows in zip(tally.what[pairs].tolist(), tally.rows[pairs].tolist(), strict=True):
            counts[what] += rows
    return counts


def _is_diverse(codes: Mapping[int, int], size: int, field: Sensitive, asked: Diversity) -> bool:
    if asked.no_code_above_percent is not None:
        most = max((rows for code, rows in codes.items() if code not in field.missing), default=0)
        return most * 100 <= asked.no_code_above_percent * size + _EXACT
    if asked.distinct is not None:
        return len(codes) >= asked.distinct
    if asked.entropy is not None:
        entropy = -sum(rows / size * math.log(rows / size) for rows in codes.values())
        return entropy >= math.log(asked.entropy) - _EXACT
    if asked.recursive is not None:
        falling = sorted(codes.values(), reverse=True)
        return falling[0] < asked.recursive.c * sum(falling[asked.recursive.l - 1 :])
    return False


def _far(codes: Mapping[int, int], size: int, field: Sensitive, asked: Closeness) -> float:
    total: Sequence[int] = field.total.tolist()
    rows = sum(total)
    differences = [codes.get(code, 0) / size - overall / rows for code, overall in enumerate(total)]
    if asked.distance == "equal":
        return sum(map(abs, differences)) / 2
    carried, work = 0.0, 0.0
    for difference in differences:
        carried += difference
        work += abs(carried)
    return work / max(1, len(total) - 1)
