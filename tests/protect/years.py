"""Three organisations that send to one tier for two years: who is with them when, and everything that the tier gets.

People stay one to eight months; their state changes and what is known of them is corrected; some withdraw. Each month
is sent, some again as corrections, and each quarter as tables. Everything goes through `protect`.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from protect.people import Person, permit, person, redacted

from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.tiers import Keep
from exchange.errors import DisclosureError
from exchange.matching.tokens import MatchTokens
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.releases.memory import Kept, Memory, Shown

FIRST = dt.date(2026, 1, 1)
STATES = ("Active", "FollowUp", "Closed")
QUASI = ("prs_Birthdate", "prs_Gender", "cas_Status")
CODES = "vic_TypeOfExploitation"
BY = [["prs_Birthdate", "prs_Gender"], ["vic_ForcedLabourIndustry"]]
TABLES = {"min_cell": 5, "secondary_suppression": True, "by": BY}


@dataclass(frozen=True)
class Survivor:
    """Somebody with an organisation from one month to another; `states`: of the case, month by month."""

    case: str
    first: int
    last: int
    values: Person
    states: tuple[str, ...]

    def at(self, month: int) -> Person:
        return {**self.values, "cas_Status": self.states[month - self.first]}


@dataclass(frozen=True)
class Sent:
    """What one bundle held, and whom it was made of: known to the test alone."""

    organisation: int
    protected: Protected
    people: dict[str, Person]

    @property
    def shown(self) -> Shown:
        assert self.protected.shown is not None
        return self.protected.shown


def months(number: int) -> list[Period]:
    return [Period.read(f"{FIRST.year + at // 12}-{at % 12 + 1:02}") for at in range(number)]


def quarter(at: int) -> Period:
    return Period.read(f"{FIRST.year + at // 4}-Q{at % 4 + 1}")


def survivors(organisation: int, number_of_months: int, each_month: int, dice: random.Random) -> list[Survivor]:
    found = []
    for first in range(-7, number_of_months):
        for number in range(each_month):
            stays = dice.randint(1, 8)
            state, states = STATES[0], []
            for _month in range(stays):
                state = dice.choices(STATES, (80, 15, 5))[0] if state == STATES[0] else state
                states.append(state)
            case = f"{organisation}-{first + 7:02}-{number:03}"
            found.append(Survivor(case, first, first + stays - 1, person(dice), tuple(states)))
    return [each for each in found if each.last >= 0]


@dataclass
class Organisation:
    """A sender. `remembers`: whether a release is compared with what the tier holds."""

    number: int
    people: list[Survivor]
    remembers: bool
    dice: random.Random
    tokens: bool = False
    clauses: dict[str, object] = field(default_factory=dict)
    kept: list[tuple[Period, Sent]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def send(self, period: Period, people: dict[str, Person], rows: bool = True) -> None:
        chain = [sent.shown for its, sent in self.kept if its == period]
        leave = leave_for(period, rows, self.clauses)
        if chain and self.remembers:
            leave = replace(leave, replaces="0" * 32)
        cases = tuple(case.encode() for case in people)
        memory = Memory(cases)
        if self.remembers:
            others = tuple(Kept(its, sent.shown) for its, sent in self.kept if its != period)
            memory = Memory(cases, tuple(chain), others)
        tokens = None
        if self.tokens and rows:
            tokens = MatchTokens("ntt", "2026", tuple((("nik", f"nik-{case}"),) for case in people))
        values = [{**each, "x_CaseRef": f"{self.dice.getrandbits(64):016x}"} for each in people.values()]
        try:
            made = protect(redacted(leave, values), tokens, self.dice, memory)
        except DisclosureError as error:
            self.refused.update(problem.code for problem in error.problems)
            return
        self.kept.append((period, Sent(self.number, made, people)))


def leave_for(period: Period, rows: bool, clauses: dict[str, object]) -> Permit:
    """The tier of the task force, with the state of the case in its rows; a quarter is tables alone."""
    leave = permit("gt-ntt", **{"tables": {**TABLES, "from": "released_rows"}, **clauses})
    if not rows:
        nothing = dict.fromkeys(
            ("k", "l_diversity", "households", "method", "max_suppressed_cells_percent", "if_not_met")
        )
        leave = permit("gt-ntt", output=["tables"], tables=TABLES, **nothing)
    tier = leave.tier
    purposes = tier.release["prs_Gender"].purposes
    release = {**tier.release, "cas_Status": Keep.model_validate({"rule": "keep", "for": purposes})}
    tiers = {**leave.agreement.tiers, "task-force": tier.model_copy(update={"release": release})}
    agreement = leave.agreement.model_copy(update={"tiers": tiers})
    return replace(leave, agreement=agreement, period=period)


def years(
    remembers: bool,
    number_of_months: int = 24,
    each_month: int = 25,
    organisations: int = 3,
    seed: int = 7,
    tokens: bool = False,
    **clauses: object,
) -> list[Organisation]:
    """Everything that the tier gets; the same people and the same corrections, whether or not anybody remembers."""
    return [
        _two_years(
            Organisation(
                number,
                survivors(number, number_of_months, each_month, random.Random(seed + number)),
                remembers,
                random.Random(seed),
                tokens,
                dict(clauses),
            ),
            number_of_months,
            random.Random(seed * 31 + number),
        )
        for number in range(organisations)
    ]


def _two_years(one: Organisation, number_of_months: int, dice: random.Random) -> Organisation:
    withdrawn: set[str] = set()
    corrections: dict[str, Person] = {}
    for at, period in enumerate(months(number_of_months)):
        one.send(period, _there(one, at, withdrawn, corrections))
        if dice.random() < 0.12:  # somebody withdrew, and something had been wrong
            there = sorted(_there(one, at, withdrawn, corrections))
            withdrawn |= set(dice.sample(there, min(len(there), dice.randint(0, 2))))
            for case in dice.sample(there, min(len(there), dice.randint(0, 3))):
                corrections[case] = {**corrections.get(case, {}), CODES: person(dice)[CODES]}
            one.send(period, _there(one, at, withdrawn, corrections))
        if at % 3 == 2:
            everybody: dict[str, Person] = {}
            for month in (at - 2, at - 1, at):
                everybody |= _there(one, month, withdrawn, corrections)
            one.send(quarter(at // 3), everybody, rows=False)
    return one


def _there(
    one: Organisation, month: int, withdrawn: Sequence[str] | set[str], corrections: dict[str, Person]
) -> dict[str, Person]:
    return {
        each.case: {**each.at(month), **corrections.get(each.case, {})}
        for each in one.people
        if each.first <= month <= each.last and each.case not in withdrawn
    }


def bundles(of: Sequence[Organisation]) -> Iterator[Sent]:
    for one in of:
        for _period, sent in one.kept:
            yield sent
