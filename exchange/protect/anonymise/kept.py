"""A recoding that is kept, so that following months are recoded alike and can be compared.

It holds labels and the values that they cover, and which labels go together; no count. Without a ladder the values are
those that occur, also in rows that were suppressed, so it stays where the table is.
Whether the promise holds is asked anew of each month: rows of a group that is too small there go to the next coarser
group that takes them, and what no group takes is suppressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, ValidationError
from pydantic import Field as Attribute

from exchange.agreements.clause import Clause, no_repeats
from exchange.agreements.text_file import load_text
from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.anonymise.alike import distinct
from exchange.protect.anonymise.coded import Coded, Numbers, QuasiIdentifier
from exchange.protect.anonymise.local_ranges.labels import means
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.plan import Method
from exchange.protect.anonymise.recoded import Label, Recoded, ladder_labels

_LARGEST = 1 << 26  # bytes: as much as a ladder may have
_MOST_GUESTS = 200  # whom a group asks before it gives up


class KeptLabel(Clause):
    """A label and the values that it covers."""

    text: str
    covers: Annotated[tuple[str, ...], Attribute(min_length=1), AfterValidator(no_repeats)]


class KeptField(Clause):
    """A quasi-identifier with its labels; `level` of its ladder where all rows have the same."""

    name: str
    labels: Annotated[tuple[KeptLabel, ...], Attribute(min_length=1)]
    level: Annotated[int, Attribute(ge=0)] | None = None


class KeptRecoding(Clause):
    """`method`: what found it; `groups`: for each group of look-alikes the places of its labels, field by field."""

    recoding: Literal[1] = 1
    method: Method
    fields: tuple[KeptField, ...]
    groups: Annotated[tuple[tuple[Annotated[int, Attribute(ge=0)], ...], ...], AfterValidator(no_repeats)]


def keep(coded: Coded, recoded: Recoded, method: Method) -> KeptRecoding:
    """What `recoded` did, by the texts of values instead of their numbers in this one table."""
    levels = recoded.levels or (None,) * len(coded.quasi)
    fields = [
        KeptField(
            name=quasi.name,
            level=level,
            labels=tuple(
                KeptLabel(text=label.text, covers=tuple(quasi.values[value] for value in label.covers))
                for label in labels
            ),
        )
        for quasi, labels, level in zip(coded.quasi, recoded.labels, levels, strict=True)
    ]
    groups, _of_row = distinct(tuple(recoded.numbers[recoded.kept].T), [len(each) for each in recoded.labels])
    return KeptRecoding(method=method, fields=tuple(fields), groups=tuple(map(tuple, groups.tolist())))


def load_kept(file: Path) -> KeptRecoding:
    """DisclosureError `recoding.no_file`, `recoding.not_utf8`, `recoding.too_large`, and as `read_kept`."""
    return read_kept(load_text(file, DisclosureError, "recoding", _LARGEST), file.name)


def read_kept(text: str, file: str) -> KeptRecoding:
    """DisclosureError `recoding.unreadable`."""
    try:
        told = KeptRecoding.model_validate_json(text)
    except ValidationError:
        told = None
    if told is None or not all(_stands(group, told.fields) for group in told.groups):
        hint = _("give a file that --keep wrote")
        raise DisclosureError(Problem("recoding.unreadable", _("this is no kept recoding"), where=file, hint=hint))
    return told


def _stands(group: tuple[int, ...], fields: tuple[KeptField, ...]) -> bool:
    return len(group) == len(fields) and all(place < len(f.labels) for place, f in zip(group, fields, strict=True))


def refuse_another_method(kept: KeptRecoding, method: Method) -> None:
    """DisclosureError `recoding.other_method`. k and the models may differ: they are asked anew."""
    if kept.method != method:
        what = _("the kept recoding was found by {kept}, and the plan says {method}")
        hint = _("name that method in the plan, or leave out --fixed")
        told = what.format(kept=kept.method, method=method)
        raise DisclosureError(Problem("recoding.other_method", told, where="protect.method", hint=hint))


def repeat(kept: KeptRecoding, coded: Coded, judge: Judge, most_suppressed: int) -> Recoded | None:
    """The recoding of another table by one that was kept; None where more rows would be suppressed than may be.

    DisclosureError `recoding.other_fields`: the kept recoding is of other quasi-identifiers or of another ladder;
    `recoding.untrue_label`: it has a label that does not mean what it is to cover, by this plan's ladders.
    """
    if tuple(field.name for field in kept.fields) != tuple(each.name for each in coded.quasi):
        raise _other_fields()
    levels = tuple(field.level for field in kept.fields if field.level is not None)
    found = _by_level(kept, levels, coded, judge) if len(levels) == len(kept.fields) else _by_group(kept, coded, judge)
    return found if int(coded.counts[~found.kept].sum()) <= most_suppressed else None


def _other_fields() -> DisclosureError:
    hint = _("keep a recoding of this plan's own fields and ladders: --keep")
    what = _("the kept recoding is of other quasi-identifiers or other ladders")
    return DisclosureError(Problem("recoding.other_fields", what, hint=hint))


def _by_level(kept: KeptRecoding, levels: tuple[int, ...], coded: Coded, judge: Judge) -> Recoded:
    if any(level >= each.levels for level, each in zip(levels, coded.quasi, strict=True)):
        raise _other_fields()
    at_level = list(zip(coded.quasi, levels, strict=True))
    if not all(_says_the_same(field, *each) for field, each in zip(kept.fields, at_level, strict=True)):
        raise _other_fields()
    columns = [q.nodes[level][column] for (q, level), column in zip(at_level, coded.combinations.T, strict=True)]
    looks, group = distinct(columns, [len(q.labels[level]) for q, level in at_level])
    held = judge.holds(group, len(looks))
    labels = tuple(ladder_labels(q, level) for q, level in at_level)
    return Recoded(labels, np.stack(columns, axis=1), held[group], levels)


def _says_the_same(field: KeptField, quasi: QuasiIdentifier, level: int) -> bool:
    """Whether every value that was there before has the same label on this ladder as it had."""
    before = {value: label.text for label in field.labels for value in label.covers}
    now = (quasi.labels[level][node] for node in quasi.nodes[level])
    return all(before.get(value, text) == text for value, text in zip(quasi.values, now, strict=True))


def _by_group(kept: KeptRecoding, coded: Coded, judge: Judge) -> Recoded:
    """Groups take the combinations that they cover, the narrowest first; one that would not hold takes none."""
    labels = _labels(kept, coded)
    _refuse_untrue(coded, labels)
    wide = [_widths(field) for field in kept.fields]
    width = [sum(of[place] for of, place in zip(wide, group, strict=True)) for group in kept.groups]
    columns = list(np.ascontiguousarray(coded.combinations.T))
    sharing = _Sharing(judge, len(coded.counts))
    for group in sorted(range(len(width)), key=width.__getitem__):
        look = [of[place] for of, place in zip(labels, kept.groups[group], strict=True)]
        sharing.form(group, _covered(coded, columns, look))
    found = sharing.group
    looks = np.array(kept.groups, dtype=np.int32).reshape(len(kept.groups), len(kept.fields))
    numbers = np.zeros(coded.combinations.shape, dtype=np.int32)
    numbers[found >= 0] = looks[found[found >= 0]]
    return Recoded(labels, numbers, found >= 0)


def _covered(coded: Coded, columns: Sequence[Numbers], look: Sequence[Label]) -> Numbers:
    """Which combinations may be released under these labels, one for each quasi-identifier; ascending. The narrowest
    label is asked first, and the next only of those that it covers: a group costs little more than one column."""
    members: Numbers = np.arange(len(coded.counts), dtype=np.int32)
    share = [len(label.covers) / quasi.domain for label, quasi in zip(look, coded.quasi, strict=True)]
    for place in sorted(range(len(look)), key=share.__getitem__):
        covers = np.zeros(coded.quasi[place].domain, dtype=np.bool_)
        covers[look[place].covers] = True
        members = members[covers[columns[place][members]]]
    return members


class _Sharing:
    """Who is in which group, while groups are formed. `group`: per combination, -1 for none."""

    def __init__(self, judge: Judge, combinations: int) -> None:
        self.group = np.full(combinations, -1, dtype=np.int32)
        self._judge = judge

    def form(self, group: int, covered: Numbers) -> None:
        """Take all that are `covered` and free; where they would not hold, some of those whom other groups can spare.
        Where that is not enough either, take none."""
        before = self.group[covered]
        self.group[covered[before < 0]] = group
        for guest in covered[before >= 0][:_MOST_GUESTS]:
            if self._holds(group):
                break
            home = self.group[guest]
            self.group[guest] = group
            if not self._holds(home):
                self.group[guest] = home
        if not self._holds(group):
            self.group[covered] = before

    def _holds(self, group: int) -> bool:
        return self._judge.hold_together(np.flatnonzero(self.group == group).astype(np.int32))


def _widths(field: KeptField) -> list[float]:
    """The share of all values that each label covers."""
    values = {value for label in field.labels for value in label.covers}
    return [len(label.covers) / len(values) for label in field.labels]


def _labels(kept: KeptRecoding, coded: Coded) -> tuple[tuple[Label, ...], ...]:
    """The kept labels over this table's values; a value that it does not have is covered by nothing."""
    labels = []
    for field, quasi in zip(kept.fields, coded.quasi, strict=True):
        place = {value: number for number, value in enumerate(quasi.values)}
        covered = [sorted(place[v] for v in label.covers if v in place) for label in field.labels]
        texts = [label.text for label in field.labels]
        labels.append(tuple(Label(t, np.array(c, dtype=np.int32)) for t, c in zip(texts, covered, strict=True)))
    return tuple(labels)


def _refuse_untrue(coded: Coded, labels: Sequence[Sequence[Label]]) -> None:
    """The file lay where others could reach it; what a label says is asked of the label alone."""
    what = _("a label of the kept recoding does not mean a value that it covers")
    hint = _("keep a recoding of this plan's own fields and ladders: --keep")
    DisclosureError.raise_all(
        Problem("recoding.untrue_label", what, where=quasi.name, hint=hint)
        for quasi, of_field in zip(coded.quasi, labels, strict=True)
        if not all(means(quasi, label.text, label.covers) for label in of_field)
    )
