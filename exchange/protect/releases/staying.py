"""The rows of a new period, made so that people who stand in several look alike with enough others over all of them.

Look-alikes are found as in any release; then each group is held against what the recipient has. Who would be left
among too few, because what never changes in the others did not occur in earlier groups, is left out, or a field under
diversity is withheld from the whole group, whichever costs fewer cells. A group that differs by few from what it was
leaves out as many as it takes to differ by k, or by nobody. A group that cannot be mended is left out.

Where match tokens join the rows of several months, a whole history is what look-alikes have in common: those of one
history leave as groups of their own, and who is gone must be as many, so others leave with them; as in a correction.

The result is not trusted: `exchange.protect.releases.intersecting` judges it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from exchange.protect.columns import Column
from exchange.protect.gate import apply_suppression, people_of
from exchange.protect.promise import Promise
from exchange.protect.releases.memory import Case, Shown, Values
from exchange.protect.rows.groups import Group, People
from exchange.protect.rows.suppression import Suppression, suppress

SECOND_CHANCES = 3  # for those who were left out, to form groups among themselves under other masks
Look = tuple[str | None, ...]
Story = tuple[Values | None, ...]  # of one person, release by release
Left = dict[Case, Values]


@dataclass(frozen=True, slots=True)
class Month:
    """The people who come, by person: `those` are the columns that say something of them, `household` goes beside.
    `may_suppress`: whether the tier withholds cells to keep its promise."""

    people: tuple[Case, ...]
    those: tuple[Column, ...]
    household: tuple[int, ...]
    promise: Promise
    may_suppress: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.those)


def stay(
    month: Month,
    earlier: Sequence[Shown],
    joined: Sequence[Shown],
    alone: Left,
    without: Collection[Case] = frozenset(),
) -> Left:
    """The rows that can leave, by person, each with its values. `joined`: those of `earlier` whose rows the recipient
    can join to these by tokens. `alone`: as they would leave if nothing had left before. `without`: people who are to
    be left out. The earlier of two who would do equally well is left out first: shuffle them."""
    search = _Search(month, earlier)
    if joined:
        return search.by_history(joined, without)
    left = search.mended({person: values for person, values in alone.items() if person not in without})
    for _time in range(SECOND_CHANCES):
        out = [person for person in month.people if person not in left and person not in without]
        more = search.mended(left | search.protected(out))
        if len(more) <= len(left):
            break
        left = more
    return left


def relieved(month: Month, left: Left, exposed: Collection[Case], joined: Sequence[Shown]) -> Left:
    """Those rows, with less told in the groups in which the `exposed` may be: what is under diversity is withheld from
    a group, or, where it is already, the group is left out. The groups that help most for their size come first."""
    over = [month.names.index(name) for name in month.promise.over]
    groups: dict[Look, list[Case]] = defaultdict(list)
    for person, values in left.items():
        groups[tuple(values[at] for at in over)].append(person)
    known = dict(zip(month.people, zip(*(each.texts() for each in month.those), strict=True), strict=True))
    waiting = {
        person: [look for look in groups if _may_be(look, [known[person][at] for at in over], month.promise)]
        for person in exposed
        if person in known
    }
    stories = {_story(person, joined) for person in exposed} if joined else set()
    after = {person: values for person, values in left.items() if not joined or _story(person, joined) not in stories}
    if len(after) < len(left):
        return after
    while any(waiting.values()):
        helped = Counter(look for looks in waiting.values() for look in looks)
        telling = {look for look in helped if _tells(month, (after[person] for person in groups[look]))}
        look = max(telling or helped, key=lambda each: (helped[each] / len(groups[each]), each))
        rows = {person: after.pop(person) for person in groups[look]}
        if look in telling:
            after |= _hidden(month, rows)
        waiting = {person: looks for person, looks in waiting.items() if look not in looks}
    return _whole(left, after, joined)


def _may_be(look: Look, known: Sequence[str], promise: Promise) -> bool:
    return all(told in (mine, promise.suppressed) for told, mine in zip(look, known, strict=True))


def _tells(month: Month, rows: Iterable[Values]) -> bool:
    """Whether anything is told of a field under diversity that might be withheld."""
    places = [month.names.index(rule.field) for rule in month.promise.diversity]
    return month.may_suppress and any(values[at] != month.promise.suppressed for values in rows for at in places)


def _hidden(month: Month, rows: Left) -> Left:
    diverse = {rule.field for rule in month.promise.diversity}
    return {
        person: tuple(
            month.promise.suppressed if name in diverse else value
            for name, value in zip(month.names, values, strict=True)
        )
        for person, values in rows.items()
    }


def _whole(before: Left, after: Left, joined: Sequence[Shown]) -> Left:
    """Where rows can be joined, who is left out singly would be the few of a history: then the whole history is."""
    if not joined:
        return after
    broken = {_story(person, joined) for person in before.keys() - after.keys()}
    return {person: values for person, values in after.items() if _story(person, joined) not in broken}


def _story(person: Case, joined: Sequence[Shown]) -> Story:
    return tuple((shown.rows or {}).get(person) for shown in joined)


@dataclass(eq=False)
class _Book:
    """A release, or the one that is made: who lies in which group, and by what never changes."""

    names: tuple[str, ...]
    rows: Mapping[Case, Values]
    household: Mapping[Case, int]
    promise: Promise
    groups: dict[Look, list[Case]] = field(default_factory=lambda: defaultdict(list))
    _alikes: dict[Look, dict[Look, list[Case]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names, promise = self.names, self.promise
        self._over = [names.index(name) if name in names else None for name in promise.over]
        self._diverse = [names.index(rule.field) if rule.field in names else None for rule in promise.diversity]
        self._place = {person: at for at, person in enumerate(self.rows)}
        told = list(zip(*self.rows.values(), strict=True)) if self.rows else [()] * len(names)
        fields = (*promise.over, *(rule.field for rule in promise.diversity))
        nothing = [promise.suppressed] * len(self.rows)
        those = [Column.of_texts(n, told[names.index(n)] if n in names else nothing) for n in fields]
        known = people_of(those, [self.household[person] for person in self.rows], promise)
        self._alike = People(known.quasi[:, :0], known.household, known.codes)
        for person in self.rows:
            self.groups[self.look(person)].append(person)

    def look(self, person: Case) -> Look:
        return tuple(None if at is None else self.rows[person][at] for at in self._over)

    def told(self, person: Case) -> Look:
        """What is told of the fields under diversity, None where nothing is."""
        told = (None if at is None else self.rows[person][at] for at in self._diverse)
        return tuple(None if value == self.promise.suppressed else value for value in told)

    def by_codes(self, look: Look) -> dict[Look, list[Case]]:
        """The people of a group, by what is told of the fields under diversity."""
        if look not in self._alikes:
            self._alikes[look] = defaultdict(list)
            for person in self.groups[look]:
                self._alikes[look][self.told(person)].append(person)
        return self._alikes[look]

    def keeps(self, people: Sequence[Case]) -> bool:
        """Whether these would keep the promise as one group."""
        return Group(self._alike, self.promise, [self._place[person] for person in people]).lacking() == 0


class _Search:
    def __init__(self, month: Month, earlier: Sequence[Shown]) -> None:
        self._month, self._promise = month, month.promise
        self._earlier = [
            _Book(shown.row_fields, shown.rows, shown.household, month.promise) for shown in earlier if shown.rows
        ]
        self._at = {person: at for at, person in enumerate(month.people)}
        self._stands: dict[Case, list[int]] = defaultdict(list)
        for number, book in enumerate(self._earlier):
            for person in book.rows.keys() & self._at.keys():
                self._stands[person].append(number)

    # --- histories ---

    def by_history(self, joined: Sequence[Shown], without: Collection[Case]) -> Left:
        """People by what the joined rows of all earlier releases say of them; each history leaves by itself."""
        here, gone = defaultdict[Story, list[Case]](list), defaultdict[Story, list[Case]](list)
        for person in self._month.people:
            (gone if person in without else here)[_story(person, joined)].append(person)
        for person in dict.fromkeys(person for shown in joined for person in shown.rows or ()):
            if person not in self._at:
                gone[_story(person, joined)].append(person)
        left: Left = {}
        for story, people in here.items():
            left |= self.protected(self.in_company(people, gone[story]) if any(story) and gone[story] else people)
        return _whole(left, self.mended(left), joined)

    def in_company(self, here: list[Case], gone: list[Case]) -> list[Case]:
        """Those who can come again: without as many as must stay away with those who are gone."""
        here, gone = list(here), list(gone)
        books = [book for book in self._earlier if gone[0] in book.rows]
        while here and not all(book.keeps(gone) for book in books):
            gone.append(here.pop(0))
        return here

    # --- groups ---

    def protected(self, people: Sequence[Case]) -> Left:
        """Those who can leave as groups among themselves, with what is left of their values."""
        if len(people) < self._promise.k:
            return {}
        places = np.array([self._at[person] for person in people], dtype=np.int64)
        those = tuple(each.take(places) for each in self._month.those)
        found = Suppression.nothing(len(people), len(self._promise.diversity))
        if self._month.may_suppress:
            household = [self._month.household[at] for at in places.tolist()]
            found = suppress(people_of(those, household, self._promise), self._promise)
        kept = np.flatnonzero(~found.left_out)
        after = tuple(each.take(kept) for each in apply_suppression(those, found, self._promise))
        values = zip(*(each.texts() for each in after), strict=True)
        return {people[at]: told for at, told in zip(kept.tolist(), values, strict=True)}

    def mended(self, left: Left) -> Left:
        """Without whom the earlier releases would expose, group by group."""
        household = dict(zip(self._month.people, self._month.household, strict=True))
        groups = _Book(self._month.names, left, household, self._promise).groups.values()
        found: Left = {}
        for people in groups:
            found |= self._mended({person: left[person] for person in people}, household)
        return found

    def _mended(self, rows: Left, household: Mapping[Case, int]) -> Left:
        while rows:
            book = _Book(self._month.names, rows, household, self._promise)
            if not book.keeps([*rows]):
                return {}
            out = self._exposed(book)
            if len(out) * len(self._month.names) > len(rows) and _tells(self._month, rows.values()):
                rows = _hidden(self._month, rows)
                continue
            out = out or self._unlike_before(book)
            if not out:
                return rows
            rows = {person: values for person, values in rows.items() if person not in out}
        return {}

    # --- what never changes ---

    def _exposed(self, book: _Book) -> set[Case]:
        """Whom this group and the earlier ones together leave among too few."""
        (people,) = book.groups.values()
        kinds = book.by_codes(next(iter(book.groups))).keys()
        judged: dict[object, bool] = {}
        out = set[Case]()
        for person in people:
            stands = [(self._earlier[number], self._earlier[number].look(person)) for number in self._stands[person]]
            story = tuple((id(earlier), look) for earlier, look in stands)
            if story not in judged:
                judged[story] = self._holds(book, kinds, stands)
            if not judged[story]:
                out.add(person)
        return out

    def _holds(self, book: _Book, kinds: Collection[Look], stands: Sequence[tuple[_Book, Look]]) -> bool:
        if not stands:
            return True
        (look,) = book.groups
        held = [kinds, *(earlier.by_codes(before).keys() for earlier, before in stands)]
        for there, its in ((book, look), *stands):
            kept = (people for told, people in there.by_codes(its).items() if all(_occurs(told, them) for them in held))
            if not there.keeps([person for people in kept for person in people]):
                return False
        return True

    # --- groups that few enter or leave ---

    def _unlike_before(self, book: _Book) -> set[Case]:
        """Who must be left out for the group to differ by k people from what it was, or by nobody; () where it does."""
        ((look, people),) = book.groups.items()
        for earlier in self._earlier:
            before = earlier.groups.get(look, ())
            staying = [p for p in people if p in earlier.rows and earlier.look(p) == look and _same(earlier, book, p)]
            coming = [person for person in people if person not in set(staying)]
            gone = len(before) - len(staying)
            few = self._promise.k - len({*before, *people} - set(staying))
            if not staying or few <= 0 or (not gone and not coming):
                continue
            if not gone and len(coming) <= few:
                return set(coming)
            return set(staying[:few])
        return set()


def _same(earlier: _Book, book: _Book, person: Case) -> bool:
    """Whether both tell the same of the fields under diversity, as far as they tell."""
    then, now = earlier.told(person), book.told(person)
    return all(a == b or None in (a, b) for a, b in zip(then, now, strict=True))


def _occurs(kind: Look, held: Collection[Look]) -> bool:
    """Whether what never changes of somebody may be that of one of these."""
    return kind in held or any(all(a == b or None in (a, b) for a, b in zip(kind, them, strict=True)) for them in held)
