"""Do the rows of several periods, held together, point at a few people? Asked before anything is sealed.

The adversary holds every bundle that the recipient ever got, and knows of one person every value outside diversity, in
each period anew, and in which periods she was there. In each release her row lies in a group that those values allow.
What she has of the fields under diversity must occur there each time; so over the months fewer and fewer people are
left who could be her, and fewer codes. That it never changes is taken of every field under diversity: where a code did
change, too few are left instead of too many; and for an adversary who does not rely on it, each release has kept the
promise by itself. An adversary who knows which of the groups is hers sees fewer people, and is asked too. Where match
tokens join the rows of several releases, whole histories are compared instead.

What is asked (`exposed`): at least k people are left, in every release, of enough households, and no code is in too
many of them; and a group of two releases differs by nobody or by at least k people. It is recomputed from what each
release showed and shares no step with the search (`staying`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from exchange.protect.promise import Promise
from exchange.protect.releases.memory import Case, Shown, Values

Look = tuple[tuple[str, str], ...]  # field by field: of a group of look-alikes, or of a person's codes
Looks = frozenset[Look]
History = tuple[tuple[int, Looks], ...]  # by the number of a release: the groups in which a person may be
Judgement = Literal["kept", "few", "pinned"]


@dataclass(frozen=True, slots=True)
class Exposed:
    """People of whom all releases together say too much. `few`: they are among fewer than k, or of too few households;
    `pinned`: one code is in too many of those among whom they are; `moved`: their group differs by few from what it
    was in another release."""

    few: frozenset[Case]
    pinned: frozenset[Case]
    moved: frozenset[Case]

    @property
    def all(self) -> frozenset[Case]:
        return self.few | self.pinned | self.moved


def exposed(earlier: Sequence[Told], new: Shown, promise: Promise) -> Exposed:
    """Whom the release `new` exposes together with `earlier`, the oldest first; all by person (`joining.by_person`)."""
    have = [told for told in earlier if told.rows]
    if not new.rows or not any(told.known.keys() & new.known.keys() for told in have):
        return Exposed(frozenset(), frozenset(), frozenset())
    found = _Check([*have, Told(new, promise, new.row_fields)], promise)
    judged = [found.intersected(), found.joined()]
    few, pinned = (frozenset().union(*(each[which] for each in judged)) for which in ("few", "pinned"))
    return Exposed(few, pinned, found.moved())


class Told:
    """One release, group by group. `now`: the fields of the rows that are given now."""

    def __init__(self, shown: Shown, promise: Promise, now: Collection[str]) -> None:
        names, diverse = shown.row_fields, {rule.field for rule in promise.diversity}
        self.shown, self.rows, self.known = shown, shown.rows or {}, shown.known or shown.rows or {}
        self._suppressed = promise.suppressed
        # a field that was given once and is not any more is known all the same
        self._over = [
            (name, at) for at, name in enumerate(names) if name in promise.over or name not in {*now, *diverse}
        ]
        self.fields = tuple(name for name, _at in self._over)
        self.codes = {name: at for at, name in enumerate(names) if name in diverse}
        self.groups: dict[Look, list[Case]] = defaultdict(list)
        for case, values in self.rows.items():
            self.groups[self.look(values)].append(case)
        self._allowed: dict[Look, Looks] = {}
        self._profiles: dict[Look, dict[Look, list[Case]]] = {}

    def look(self, values: Values) -> Look:
        return tuple((name, values[at]) for name, at in self._over)

    def profile(self, case: Case) -> Look:
        """What is told of the fields under diversity."""
        values = self.rows[case]
        return tuple((name, values[at]) for name, at in self.codes.items() if values[at] != self._suppressed)

    def own(self, case: Case) -> Looks:
        return frozenset((self.look(self.rows[case]),))

    def allowed(self, case: Case) -> Looks:
        """The groups that fit what is known of a person."""
        known = self.look(self.known[case])
        if known not in self._allowed:
            self._allowed[known] = frozenset(
                look
                for look in self.groups
                if all(v in (mine, self._suppressed) for (_n, v), (_m, mine) in zip(look, known, strict=True))
            )
        return self._allowed[known]

    def profiles(self, look: Look) -> dict[Look, list[Case]]:
        """The people of a group by their profiles."""
        if look not in self._profiles:
            self._profiles[look] = defaultdict(list)
            for case in self.groups[look]:
                self._profiles[look][self.profile(case)].append(case)
        return self._profiles[look]


class _Check:
    def __init__(self, told: Sequence[Told], promise: Promise) -> None:
        self._promise, self._told = promise, told
        self._judged: dict[History, Judgement] = {}

    # --- candidates, release by release ---

    def intersected(self) -> dict[str, set[Case]]:
        """Of those who are there in the newest release, left out or not: who is exposed in it or in an earlier one."""
        found: dict[str, set[Case]] = defaultdict(set)
        for case in self._told[-1].known:
            there = [(number, told.allowed(case)) for number, told in enumerate(self._told) if case in told.known]
            seen = [(number, told.own(case)) for number, told in enumerate(self._told) if case in told.rows]
            for history in (there, seen):
                found[self._judge(tuple((number, looks) for number, looks in history if looks))].add(case)
        return found

    def _judge(self, history: History) -> Judgement:
        if len(history) < 2:
            return "kept"  # by the promise of each release
        if history not in self._judged:
            self._judged[history] = next((each for each in self._judgements(history) if each != "kept"), "kept")
        return self._judged[history]

    def _judgements(self, history: History) -> Iterator[Judgement]:
        held = [{p for look in looks for p in self._told[number].profiles(look)} for number, looks in history]
        possible: dict[Look, bool] = {}
        for number, looks in history:
            left: list[Case] = []
            for profile, cases in (each for look in looks for each in self._told[number].profiles(look).items()):
                if profile not in possible:
                    possible[profile] = all(profile in them or _fits(profile, them) for them in held)
                left += cases if possible[profile] else ()
            yield self._judgement(self._told[number], left)

    # --- whole histories, where tokens join them ---

    def joined(self) -> dict[str, set[Case]]:
        new, found = self._told[-1], defaultdict[str, set[Case]](set)
        have = [told for told in self._told if told.shown.tokens and told.shown.epoch == new.shown.epoch]
        if new not in have or not any(told.rows.keys() & new.rows.keys() for told in have[:-1]):
            return found
        alike: dict[object, list[Case]] = defaultdict(list)
        for case in dict.fromkeys(case for told in have for case in told.rows):
            alike[self._story(have, case)].append(case)
        for cases in alike.values():
            for told in (told for told in have if cases[0] in told.rows):
                found[self._judgement(told, cases)] |= set(cases)
        return found

    def _story(self, have: Sequence[Told], case: Case) -> object:
        """What all releases say of one person, whom they name by her tokens: also whether anything changed."""
        stands = [told for told in have if case in told.rows]
        looks = tuple(told.look(told.rows[case]) if case in told.rows else None for told in have)
        changes = tuple(
            (a.rows[case], a.shown.tokens.get(case)) == (b.rows[case], b.shown.tokens.get(case))
            for a, b in pairwise(stands)
        )
        return looks, changes

    # --- groups of two releases, subtracted ---

    def moved(self) -> frozenset[Case]:
        """Those of the newest release whose group differs by fewer than k people from what it was."""
        new, found = self._told[-1], set[Case]()
        for told in (told for told in self._told[:-1] if told.fields == new.fields):
            for look, cases in new.groups.items():
                before = set(told.groups.get(look, ()))
                staying = {case for case in before & set(cases) if not self._changed(told, new, case)}
                differing = len(before | set(cases)) - len(staying)
                if before & set(cases) and 0 < differing < self._promise.k:
                    found |= set(cases)
        return frozenset(found)

    def _changed(self, told: Told, new: Told, case: Case) -> bool:
        """Whether a code that both releases tell is another one."""
        then, now = dict(told.profile(case)), dict(new.profile(case))
        return any(then[name] != now[name] for name in then.keys() & now.keys())

    # --- the promise ---

    def _judgement(self, told: Told, cases: Sequence[Case]) -> Judgement:
        """What these people of a release lack as a group."""
        promise, size = self._promise, len(cases)
        if size < promise.k:
            return "few"
        if promise.households is not None:
            members = Counter(told.shown.household[case] for case in cases)
            most = max(members.values())
            if len(members) < promise.households.at_least or most * 100 > promise.households.none_above_percent * size:
                return "few"
        for rule in promise.diversity:
            values = [told.rows[case][told.codes[rule.field]] for case in cases if rule.field in told.codes]
            said = [value for value in values if value != promise.suppressed]  # withheld from whole groups only
            codes = Counter(code for value in said for code in promise.codes(rule, value))
            if max(codes.values(), default=0) * 100 > rule.percent * len(said):
                return "pinned"
        return "kept"


def _fits(profile: Look, them: Collection[Look]) -> bool:
    """Whether somebody has codes that contradict nothing of what is told of one of these, where both are told."""
    mine = dict(profile)
    return any(all(mine.get(name, value) == value for name, value in other) for other in them)
