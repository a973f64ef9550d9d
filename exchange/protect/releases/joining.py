"""Who is the same person in several releases, as far as their recipient can tell or the sender knows.

The sender knows by the case number, keyed. The recipient knows by match tokens alone: a row key is new each time, and a
pseudonym that leaves a gated tier is a value like any other, shared by k people. Tokens of one epoch join two rows,
so they also join two cases of one person who came back under another number. What the recipient can join with the
bundles of other senders, no sender can know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from exchange.matching.tokens import SUPPORTING, TOKEN_KINDS
from exchange.protect.releases.memory import Case, CaseTokens, Shown


@dataclass(frozen=True, slots=True)
class Seen:
    """Who stands in one release, and by which tokens of which epoch."""

    cases: Collection[Case]
    epoch: str
    tokens: Mapping[Case, CaseTokens]

    @classmethod
    def of(cls, shown: Shown) -> Seen:
        return cls({*(shown.rows or {}), *shown.people, *shown.known}, shown.epoch, shown.tokens)


def same_people(releases: Sequence[Seen]) -> dict[Case, Case]:
    """Every case, and by which case its person is called.

    Tokens join from the rarest kind to the most common, those that need other evidence not at all. Two that stand in
    one release are two people, or two rows that somebody would have to tell apart: they are never joined.
    """
    found = _People(releases)
    for kind in (each for each in TOKEN_KINDS if each not in SUPPORTING):
        first: dict[tuple[str, str], Case] = {}
        for each in releases:
            for case, tokens in each.tokens.items():
                for token in (token for its, token in tokens if its == kind):
                    found.join(first.setdefault((each.epoch, token), case), case)
    return {case: found.person(case) for case in found.stands}


class _People:
    def __init__(self, releases: Sequence[Seen]) -> None:
        self.stands: dict[Case, set[int]] = {}
        for number, each in enumerate(releases):
            for case in each.cases:
                self.stands.setdefault(case, set()).add(number)
        self._called: dict[Case, Case] = {}

    def person(self, case: Case) -> Case:
        while case in self._called:
            case = self._called[case]
        return case

    def join(self, one: Case, other: Case) -> None:
        one, other = self.person(one), self.person(other)
        if one != other and not self.stands[one] & self.stands[other]:
            self._called[other] = one
            self.stands[one] = self.stands[one] | self.stands[other]


def by_person(shown: Shown, people: Mapping[Case, Case]) -> Shown:
    """The release with people in the place of cases."""
    return replace(
        shown,
        rows=None if shown.rows is None else {people[case]: values for case, values in shown.rows.items()},
        household={people[case]: number for case, number in shown.household.items()},
        people={people[case]: values for case, values in shown.people.items()},
        tokens={people[case]: tokens for case, tokens in shown.tokens.items()},
        known={people[case]: values for case, values in shown.known.items()},
    )
