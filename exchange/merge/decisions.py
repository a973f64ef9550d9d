"""What people decided about pairs of reports: of one person, or of two. Kept for ever, and never rewritten.

A decision names its reports by their identities, so that it outlives corrections and every new linking. A later word on
a pair takes back an earlier one; both stay in the history. Where two reviewers are asked for, a verdict counts once two
different people have said the same, and while two say different things it is open. Decisions never contradict each
other: one that would is refused, with the pairs on which the others rest.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from exchange.crypto.hashing import all_keyed
from exchange.errors import MergeError, Problem
from exchange.locale import _

IdentityName = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Verdict = Literal["same", "different", "unsure", "taken_back"]
Grounds = Literal["asked_source", "what_fields_say", "relatives", "two_places_at_once"]
GROUNDS: tuple[Grounds, ...] = get_args(Grounds)
Two = tuple[str, str]
"""Two identities, hexadecimal, the smaller one first."""

MOST_REVIEWERS = 2
_CODE_LETTERS = 6  # of each report: 30 bits, enough for a million of them


def all_codes(seed: str, names: Iterable[str]) -> list[str]:
    """For each identity its half of a pair's code."""
    digests = all_keyed(bytes.fromhex(seed), "report", names)
    return [base64.b32encode(digest[:5]).decode("ascii")[:_CODE_LETTERS].lower() for digest in digests]


def two(one: str, other: str) -> Two:
    return (one, other) if one < other else (other, one)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(_Part):
    """One person's word on one pair. "unsure" and "taken_back" decide nothing.

    `reviewers`: how many had to say the same when it was said. `blind`: neither the sources nor the probability nor
    another's verdict was shown. `sampled`: the pair was linked, and put among the others to measure (`false_merges`).
    """

    left: IdentityName
    right: IdentityName
    verdict: Verdict
    person: str
    at: AwareDatetime
    reviewers: Annotated[int, Field(ge=1, le=MOST_REVIEWERS)] = 1
    grounds: Grounds | None = None
    blind: bool = True
    sampled: bool = False

    @model_validator(mode="after")
    def _of_two(self) -> Self:
        if self.left >= self.right:
            raise ValueError("a pair names two identities, the smaller one first")
        return self

    @property
    def pair(self) -> Two:
        return self.left, self.right


class Asked(_Part):
    """From `at` on so many `reviewers` must say the same; `person` said so."""

    reviewers: Annotated[int, Field(ge=1, le=MOST_REVIEWERS)]
    person: str
    at: AwareDatetime


class Opened(_Part):
    """A pair that was shown to a person with its sources and its probability."""

    person: str
    left: IdentityName
    right: IdentityName


State = Literal["decided", "waits", "disputed", "open"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a pair stands. "waits": for another reviewer. `verdict`: "same" or "different" if decided, else None."""

    state: State
    verdict: Literal["same", "different"] | None = None


@dataclass(frozen=True, slots=True)
class FalseMergeRate:
    """Of a random sample of linked pairs `reviewed` were decided by people who saw no probability; `wrong` of those
    are two people. `low`, `high`: the 95 % interval of the share of links that are wrong (Clopper and Pearson)."""

    reviewed: int
    wrong: int
    low: float
    high: float


Named = TypeVar("Named", Decision, Opened)


def _still_two(each: Decision | Opened, names: Mapping[str, str]) -> bool:
    return names.get(each.left, each.left) != names.get(each.right, each.right)


def _named_anew(each: Named, names: Mapping[str, str]) -> Named:
    left, right = two(names.get(each.left, each.left), names.get(each.right, each.right))
    return each.model_copy(update={"left": left, "right": right})


class Decisions(_Part):
    """All that was decided, the first first. `seed`: random; it draws the sample and makes the pairs' codes."""

    seed: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    given: tuple[Decision, ...] = ()
    asked: tuple[Asked, ...] = ()
    opened: tuple[Opened, ...] = ()

    @property
    def reviewers(self) -> int:
        """How many must say the same now."""
        return self.asked[-1].reviewers if self.asked else 1

    @cached_property
    def by_pair(self) -> dict[Two, tuple[Decision, ...]]:
        """The words on each pair, the first first."""
        found: defaultdict[Two, list[Decision]] = defaultdict(list)
        for each in self.given:
            found[each.pair].append(each)
        return {pair: tuple(words) for pair, words in found.items()}

    @cached_property
    def standings(self) -> dict[Two, Standing]:
        return {pair: _standing(words) for pair, words in self.by_pair.items()}

    def pairs(self, verdict: Literal["same", "different"]) -> list[Two]:
        """The pairs that were so decided, sorted."""
        return sorted(pair for pair, standing in self.standings.items() if standing.verdict == verdict)

    def code(self, pair: Two) -> str:
        """The short name of a pair, for people; it says nothing to whoever lacks the seed."""
        return "-".join(all_codes(self.seed, pair))

    def with_seed(self, seed: bytes) -> Self:
        """With a seed, if there is none yet."""
        return self if self.seed else self._with(seed=seed.hex())

    def was_opened(self, person: str, pair: Two) -> bool:
        """Whether more than the two reports was shown to this person: then no word of theirs on the pair is blind."""
        return any((each.person, each.left, each.right) == (person, *pair) for each in self.opened)

    def opening(self, person: str, pairs: Iterable[Two]) -> Self:
        """With a note of what was shown to a person with sources and probability."""
        new = (Opened(person=person, left=left, right=right) for left, right in pairs)
        opened = tuple(dict.fromkeys((*self.opened, *new)))
        return self if len(opened) == len(self.opened) else self._with(opened=opened)

    def with_word(self, word: Decision) -> Self:
        """With one more. MergeError `review.contradicts` where what would count then cannot all be true."""
        after = self._with(given=(*self.given, word))
        MergeError.raise_all(after.contradictions())
        return after

    def asking(self, asked: Asked) -> Self:
        """From now on another number of reviewers. What was decided before stays decided."""
        return self._with(asked=(*self.asked, asked))

    def within(self, identities: Collection[str]) -> Self:
        """What was decided about reports of these identities: whoever is gone is in no decision."""
        given = tuple(each for each in self.given if each.left in identities and each.right in identities)
        opened = tuple(each for each in self.opened if each.left in identities and each.right in identities)
        same = (len(given), len(opened)) == (len(self.given), len(self.opened))
        return self if same else self._with(given=given, opened=opened)

    def known_as(self, names: Mapping[str, str]) -> Self:
        """The same about reports that have other identities now: those before → those now. What was decided about two
        that have become one is decided no more."""
        return self._with(
            given=tuple(_named_anew(each, names) for each in self.given if _still_two(each, names)),
            opened=tuple(_named_anew(each, names) for each in self.opened if _still_two(each, names)),
        )

    def identities(self) -> frozenset[str]:
        """All that are named here."""
        pairs = [*(each.pair for each in self.given), *((each.left, each.right) for each in self.opened)]
        return frozenset(name for pair in pairs for name in pair)

    def _with(self, **changed: object) -> Self:
        """Made anew, so that nothing is kept that was worked out for the original."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **changed})

    def contradictions(self) -> Iterator[Problem]:
        """Pairs that are decided to be two people although other decisions make them one."""
        together: defaultdict[str, list[str]] = defaultdict(list)
        for left, right in self.pairs("same"):
            together[left].append(right)
            together[right].append(left)
        for apart in self.pairs("different"):
            chain = _chain(together, *apart)
            if chain:
                what = _("other decisions say that the reports of this pair are of one person")
                hint = _("look at the pairs, and take one of the decisions back: {pairs}")
                codes = ", ".join(self.code(two(*step)) for step in pairwise(chain))
                yield Problem("review.contradicts", what, self.code(apart), hint=hint.format(pairs=codes))


def _standing(words: Sequence[Decision]) -> Standing:
    """By the number of reviewers that was asked for when the last word was said."""
    last = words[-1]
    counted: Iterable[Decision] = (last,) if last.reviewers == 1 else {each.person: each for each in words}.values()
    told: list[Literal["same", "different"]] = [
        each.verdict for each in counted if each.verdict == "same" or each.verdict == "different"
    ]
    if not told:
        return Standing("open")
    if len(set(told)) > 1:
        return Standing("disputed")
    return Standing("decided", told[0]) if len(told) >= last.reviewers else Standing("waits")


def _chain(together: dict[str, list[str]], start: str, end: str) -> list[str]:
    """From one identity to the other by pairs that are one person, the shortest way; empty where there is none."""
    came_from: dict[str, str] = {start: start}
    front = [start]
    while front and end not in came_from:
        found = [(other, each) for each in front for other in together.get(each, ())]
        front = []
        for other, each in found:
            if other not in came_from:
                came_from[other] = each
                front.append(other)
    if end not in came_from:
        return []
    chain = [end]
    while chain[-1] != start:
        chain.append(came_from[chain[-1]])
    return chain[::-1]
