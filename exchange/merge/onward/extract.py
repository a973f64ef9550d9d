"""An export is again an extract: the records of people, in the words of an agreement of our own.

Only what the sources' approvers let go on goes on: reports that came under an agreement with an approval, and of those
the fields that it names; whatever nobody approved, and whatever comes from a sensitive source, is as if it had never
come. Records are chosen anew of what is left, by the same rules. What people agreed to is what every approver involved
attests, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.dictionary import parse_date
from exchange.agreements.onward_approval import Attested
from exchange.agreements.period import Period
from exchange.merge.chosen.choosing import chosen
from exchange.merge.chosen.origins import origins_of
from exchange.merge.chosen.told import Places, coded
from exchange.merge.onward.joined import Joined, keep_promise, strictest
from exchange.merge.people import Basis, Merged
from exchange.protect.columns import Column

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Leave:
    """That what came under `agreement` may go on: these fields, with what its approver attests of consent."""

    agreement: Agreement
    fields: frozenset[str]
    consent: Attested | None


@dataclass(frozen=True, slots=True)
class Onward:
    """`table`: text, a column for each field of our agreement's dictionary, a row for each person. `k`: the group of
    look-alikes that every row stands in, None where no source asked for one. `cells`, `left_out`: withheld for it.
    `origins`: the bundles behind the rows, as places in those of the view."""

    table: pa.Table
    k: int | None
    cells: int
    left_out: int
    origins: frozenset[int]

    @property
    def people(self) -> int:
        return int(self.table.num_rows)


def as_extract(merged: Merged, leaves: Sequence[Leave], own: Agreement, period: Period, recipient: str) -> Onward:
    """The people whom what may go on reported first in `period`, as an extract under `own`.

    `recipient`: whom the sources' agreements call so: us. DisclosureError as `joined.keep_promise`.
    """
    if merged.basis is None or not merged.reports.num_rows:
        return Onward(_table(own, {}, 0), None, 0, 0, frozenset())
    basis = merged.basis
    origin = origins_of(basis.told.source, coded(merged.reports.column("release")), merged.origins)
    leave = _leave_of(merged, leaves, origin, basis)
    person, first = _of_period(merged, basis, leave, period)
    people = len(first)
    told = {name: _values(merged, basis, leaves, leave, (person, people), name) for name in _shared(merged, own)}
    told[own.data.period.field] = [
        _day(said, Period.read(when)) for said, when in zip(told.get(own.data.period.field, first), first, strict=True)
    ]
    involved = [leaves[n].agreement for n in np.unique(leave[person >= 0]).tolist()]
    joined, k = _protected(told, people, involved, own, recipient)
    columns = {each.name: each.texts() for each in joined.those}
    ids = np.unique(basis.person[person >= 0])
    names = merged.people.column("person").take(ids).to_pylist()
    columns[own.data.key] = [names[row] for row in joined.rows.tolist()]
    columns |= _consent(leaves, leave, person, joined.rows, own)
    return Onward(
        table=_table(own, columns, len(joined.rows)),
        k=k,
        cells=joined.cells,
        left_out=joined.left_out,
        origins=frozenset(np.unique(origin[person >= 0]).tolist()),
    )


def _leave_of(merged: Merged, leaves: Sequence[Leave], origin: Places, basis: Basis) -> Places:
    """For each report by which leave it may go on, -1 by none."""
    place = {Reference.to(each.agreement): number for number, each in enumerate(leaves)}
    by_origin = np.array([*(place.get(each.metadata.agreement, -1) for each in merged.origins), -1], dtype=np.int64)
    return np.where(basis.told.hushed, -1, by_origin[origin])


def _of_period(merged: Merged, basis: Basis, leave: Places, period: Period) -> tuple[Places, list[str]]:
    """For each report that may go on its person's place among those first reported in `period`, -1 for all others; and
    for each of these people the period of that first report."""
    when = coded(merged.reports.column("period"))
    going = np.flatnonzero(leave >= 0)
    order = going[np.lexsort((basis.told.turn[going], when.numbers[going]))[::-1]]
    first = np.full(merged.counts.people, -1, dtype=np.int64)
    first[basis.person[order]] = when.numbers[order]  # of several the last stays: the earliest period
    inside = np.array([Period.read(each).first in period for each in when.values] + [False])
    those = np.flatnonzero(inside[first])
    place = np.full(merged.counts.people, -1, dtype=np.int64)
    place[those] = np.arange(len(those))
    return np.where(leave >= 0, place[basis.person], -1), [when.values[n] for n in first[those].tolist()]


def _shared(merged: Merged, own: Agreement) -> tuple[str, ...]:
    """The fields of our dictionary that the view tells of; not those that we fill in ourselves."""
    ours = {own.data.key, *(own.consent.fields.model_dump().values())}
    return tuple(each.name for each in own.data.fields if each.name in merged.fields and each.name not in ours)


def _values(
    merged: Merged, basis: Basis, leaves: Sequence[Leave], leave: Places, people: tuple[Places, int], name: str
) -> list[str | None]:
    """For each person the value chosen of those that may go on. `people`: each report's person, and how many."""
    allowed = np.array([*(name in each.fields for each in leaves), False])
    rows = chosen(basis.told, name, np.where(allowed[leave], people[0], -1), people[1], merged.rules)
    values = basis.told.fields[name]
    numbers = np.where(rows >= 0, values.numbers[rows], -1).tolist()
    return [values.values[number] if number >= 0 else None for number in numbers]


def _day(said: str | None, when: Period) -> str:
    """A day in the period of the first report: the one that is told, else its first, since only the period is known."""
    day = parse_date(said or "")
    return str(day if day is not None and day in when else when.first)


def _protected(
    told: dict[str, list[str | None]] | dict[str, list[str]],
    people: int,
    agreements: Sequence[Agreement],
    own: Agreement,
    recipient: str,
) -> tuple[Joined, int | None]:
    silent = _missing(own)
    columns = [Column.of_texts(name, [silent if v is None else v for v in values]) for name, values in told.items()]
    promise = strictest(agreements, recipient, list(told), own.data.missing(), own.data.suppressed())
    return keep_promise(columns, people, promise), None if promise is None else promise.k


def _missing(own: Agreement) -> str:
    return next((value for value, label in own.data.missing().items() if label == "missing"), "")


def _consent(
    leaves: Sequence[Leave], leave: Places, person: Places, rows: Places, own: Agreement
) -> dict[str, list[str]]:
    """What each person agreed to, by the approvers of all reports that the record is made of: the least of them."""
    going = np.flatnonzero(person >= 0)
    involved: dict[int, set[int]] = {}
    for who, which in np.unique(np.stack([person[going], leave[going]], axis=1), axis=0).tolist():
        involved.setdefault(who, set()).add(which)
    made = {each: _least([leaves[n].consent for n in sorted(each)]) for each in map(frozenset, involved.values())}
    written = [_written(made[frozenset(involved[row])], own) for row in rows.tolist()]
    names = own.consent.fields.model_dump().values()
    return {name: [each.get(name, _missing(own)) for each in written] for name in names}


def _least(said: Sequence[Attested | None]) -> Attested | None:
    """What all of these say: the scopes in common, the earliest day; nothing where one says nothing or another form."""
    known = [each for each in said if each is not None]
    if len(known) < len(said) or len({each.form for each in known}) != 1:
        return None
    scope = [code for code in known[0].scope if all(code in each.scope for each in known)]
    oldest = min(known, key=lambda each: each.given_on)
    adults = {each.adult for each in known}
    if not scope:
        return None
    return oldest.model_copy(update={"scope": tuple(scope), "adult": oldest.adult if None not in adults else None})


def _written(said: Attested | None, own: Agreement) -> dict[str, str]:
    if said is None:
        return {}
    fields = own.consent.fields
    told = {
        fields.status: own.consent.accept[0],
        fields.scope: ";".join(sorted(said.scope)),
        fields.given_on: str(said.given_on),
        fields.form: said.form,
        fields.evidence: said.evidence,
    }
    return told | ({fields.adult: said.adult} if said.adult else {})


def _table(own: Agreement, columns: dict[str, list[str]], rows: int) -> pa.Table:
    import pyarrow as pa

    silent = [_missing(own)] * rows
    return pa.table({each.name: pa.array(columns.get(each.name, silent), pa.string()) for each in own.data.fields})
