"""Two months of three invented organisations, from one seed: who exists, who is known to whom, who wrote what.

    month      yks   rpk   jkm
    2026-09    185   128    74      then, in October: yks's corrected September (190 rows), and one withdrawal at rpk
    2026-10    205   141     0      jkm has no cases: it still reports

About one person in seven is known to two or three of them, under other spellings.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from exchange.agreements.period import Period
from exchange.demo.casework import Row, write_report
from exchange.demo.exploitation import label, what_happened
from exchange.demo.people import Person, make_household
from exchange.demo.reports import Report

SEED = 2026
KnownTo = Mapping[int, tuple[str, ...]]  # a person's id → the organisations that know the person
_FORCED_LABOUR = ("vic_TypeOfExploitation", "ForcedLabour")
_CLOSED = ("cas_Status", "Closed")


@dataclass(frozen=True, slots=True)
class Cso:
    """An invented organisation and its caseworkers."""

    id: str
    name: str
    caseworkers: tuple[str, ...]
    first_case: int


CSOS = (
    Cso("yks", "Yayasan Kasih Sesama (contoh)", ("Ance Liukae", "Melki Ndolu", "Sr. Benedikta"), 311),
    Cso("rpk", "Rumah Pelita Kelimutu (contoh)", ("Yustin Ndopo", "Vinsen Raja"), 87),
    Cso("jkm", "Jaringan Kawan Migran (contoh)", ("Rambu Lika", "Debi Kondamara"), 24),
)
MONTHS = ("2026-09", "2026-10")
# How many people are known to exactly these organisations. The sums are the rows above, correction included.
KNOWN_TO: dict[tuple[str, ...], int] = {
    ("yks",): 310,
    ("rpk",): 192,
    ("jkm",): 39,
    ("yks", "rpk"): 60,
    ("yks", "jkm"): 18,
    ("rpk", "jkm"): 10,
    ("yks", "rpk", "jkm"): 7,
}
IN_SEPTEMBER = {"yks": 190, "rpk": 128, "jkm": 74}
ADDED_BY_CORRECTION = 5
CHANGED_BY_CORRECTION = 7


@dataclass(frozen=True, slots=True)
class Workbook:
    """One organisation's month. No reports: an empty month, which is reported too."""

    cso: str
    month: str
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A person takes the consent back, after the row has left."""

    cso: str
    month: str
    case_ref: str
    on: date


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that happens: six workbooks, one correction, one withdrawal; and the truth about every person."""

    people: tuple[Person, ...]
    workbooks: tuple[Workbook, ...]
    correction: Workbook
    withdrawal: Withdrawal
    _person_of: Mapping[str, int]

    def workbook(self, cso: str, month: str) -> Workbook:
        """The workbook as first sent; `cso` and `month` are of `CSOS` and `MONTHS`."""
        return next(each for each in self.workbooks if (each.cso, each.month) == (cso, month))

    def person_of(self, case_ref: str) -> int:
        """The id of the person whom a case reference is about. References are unique over all organisations."""
        return self._person_of[case_ref]

    def distinct_people(self, case_refs: Iterable[str]) -> int:
        """How many people stand behind these case references: the truth beside a recipient's "N reports, M people"."""
        return len({self._person_of[each] for each in case_refs})

    def direct_identifiers(self) -> tuple[str, ...]:
        """Every direct identifier of every report, corrected ones included, sorted."""
        workbooks = (*self.workbooks, self.correction)
        return tuple(sorted({text for book in workbooks for row in book.reports for text in row.direct_identifiers}))


def build(scenario_seed: int = SEED) -> Scenario:
    """The story's data. The same seed gives the same scenario, down to each cell."""
    rng = random.Random(scenario_seed)  # noqa: S311  # the demo must repeat; nothing secret is drawn from it
    people, known_to = _populate(rng)
    happened = {person.id: what_happened(rng, person) for person in people}
    workbooks: list[Workbook] = []
    for cso in CSOS:
        rows = _rows(rng, cso, [person for person in people if cso.id in known_to[person.id]], known_to)
        reports = [write_report(rng, person, happened[person.id], row) for person, row in rows]
        workbooks += (Workbook(cso.id, month, tuple(r for r in reports if r.month == month)) for month in MONTHS)
    first, *others = workbooks
    withheld = first.reports[-ADDED_BY_CORRECTION:]
    original = replace(first, reports=first.reports[:-ADDED_BY_CORRECTION])
    correction = replace(first, reports=(*_corrected(original.reports), *withheld))
    everything = (original, *others)
    return Scenario(
        people=people,
        workbooks=everything,
        correction=correction,
        withdrawal=_withdrawal(everything),
        _person_of={row.case_ref: row.person for book in (*everything, correction) for row in book.reports},
    )


def _populate(rng: random.Random) -> tuple[tuple[Person, ...], dict[int, tuple[str, ...]]]:
    """Everybody, household by household, and to whom each is known. A household is known to the same organisations."""
    people: list[Person] = []
    known_to: dict[int, tuple[str, ...]] = {}
    household = 0
    for csos, wanted in KNOWN_TO.items():
        left = wanted
        while left:
            size = min(left, rng.choices((1, 2, 3, 4, 6), (82, 10, 4, 2, 1))[0])
            members = make_household(rng, household, len(people), size)
            people.extend(members)
            known_to.update(dict.fromkeys((member.id for member in members), csos))
            household += 1
            left -= size
    people[0] = replace(people[0], deceased=True)
    return tuple(people), known_to


def _rows(rng: random.Random, cso: Cso, people: list[Person], known_to: KnownTo) -> list[tuple[Person, Row]]:
    """Where each of the organisation's people stands in its months, household by household."""
    households: defaultdict[int, list[Person]] = defaultdict(list)
    for person in people:
        households[person.household].append(person)
    came = list(households.values())
    rng.shuffle(came)
    came.sort(key=lambda members: not any(member.deceased for member in members))  # the story tells of it in September
    rows: list[tuple[Person, Row]] = []
    for number, members in enumerate(came, start=1):
        named = len(members) > 1 or rng.randrange(100) < 30
        for person in members:
            month = MONTHS[len(rows) >= IN_SEPTEMBER[cso.id]]
            row = Row(
                cso=cso.id,
                owner=rng.choice(cso.caseworkers),
                period=Period.read(month),
                case_ref=f"{cso.id.upper()}-2026-{cso.first_case + len(rows):04d}",
                household_ref=f"KK-{cso.id.upper()}-{number:03d}" if named else "",
                first=known_to[person.id][0] == cso.id,
            )
            rows.append((person, row))
    return rows


def _corrected(reports: tuple[Report, ...]) -> tuple[Report, ...]:
    """September as known in October: one form of exploitation was wrong, six cases have moved on."""
    step = len(reports) // CHANGED_BY_CORRECTION
    wrong, *moved = range(step // 2, step * CHANGED_BY_CORRECTION, step)
    mended = list(reports)
    was = reports[wrong].trafficking.exploitation
    now = label("vic_TypeOfExploitation", "Servitude" if was == label(*_FORCED_LABOUR) else _FORCED_LABOUR[1])
    mended[wrong] = replace(reports[wrong], trafficking=replace(reports[wrong].trafficking, exploitation=now))
    for at in moved:
        now = label("cas_Status", "FollowUp" if reports[at].case_status == label(*_CLOSED) else _CLOSED[1])
        mended[at] = replace(reports[at], case_status=now)
    return tuple(mended)


def _withdrawal(workbooks: tuple[Workbook, ...]) -> Withdrawal:
    """The first grown-up of rpk's September who had agreed to everything takes it back."""
    september = next(book for book in workbooks if (book.cso, book.month) == ("rpk", MONTHS[0]))
    agreed = next(row for row in september.reports if _fully_agreed(row))
    return Withdrawal(september.cso, september.month, agreed.case_ref, date(2026, 10, 12))


def _fully_agreed(row: Report) -> bool:
    consent, trafficking = row.consent, row.trafficking
    return (
        (consent.status, consent.scope, consent.form) == ("ConsentGiven", "share_government;share_io", "F4")
        and bool(consent.evidence)
        and not consent.adult
        and isinstance(row.told.birthdate, date)
        and row.told.birthdate < date(2000, 1, 1)
        and trafficking.status == label("vic_TraffickingStatus", "ActualVictimOfTrafficking")
        and row.told.regency != "Kupang"
    )
