"""People decide which reports are of one person, where links alone cannot: they look, they say, and both is noted.

    look      a certified person, named in every agreement under which the store holds anything, sees pairs
    decide    one word on one pair; noted in the log before it counts, without saying about whom
    recall    what became of a person, and why

A decision serves counting. It never decides anything about a case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from exchange.audit.entries import Counts, Entry
from exchange.errors import MergeError, Problem
from exchange.keyring.people import Acting
from exchange.locale import _
from exchange.merge.changes import Change, Reason
from exchange.merge.chosen.rules import MergingRules
from exchange.merge.decisions import Asked, Decision, Decisions, Grounds, Two, Verdict, all_codes, two
from exchange.merge.false_merges import sample
from exchange.merge.merging import Grouped, grouped, named, still_here
from exchange.merge.merging import decide as decide_in
from exchange.merge.pairs import Pair, to_review
from exchange.merge.persons import Persons
from exchange.merging import merging_rules, open_store
from exchange.named_users import check_named_user
from exchange.office import Office

Shown = Literal["pairs", "pairs_open", "history"]
"""What was looked at; the log has it as its note."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a person at work sees of the store: its reports as they are linked now, and who was known at the last
    merge."""

    found: Grouped
    persons: Persons
    person: str
    rules: MergingRules

    @property
    def decisions(self) -> Decisions:
        return self.found.decisions

    def pairs(self, most: int) -> tuple[Pair, ...]:
        return tuple(islice(to_review(self.found, self.person), most))

    def code(self, pair: Two) -> str:
        return self.decisions.code(pair)

    def disputed(self) -> tuple[Two, ...]:
        """Pairs of which two reviewers say different things."""
        return tuple(sorted(pair for pair, each in self.decisions.standings.items() if each.state == "disputed"))


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known of a person: how they changed, what holds their reports together, what was decided about these."""

    changes: tuple[Change, ...]
    held_by: tuple[Reason, ...]
    words: tuple[Decision, ...]


def check_may_look(office: Office, acting: Acting) -> None:
    """AgreementError (open.not_a_named_user) where an agreement does not name the person under which anything is
    here."""
    with open_store(office) as store:
        references = [each.metadata.agreement for each in store.segments()]
    check_named_user(office, acting.person.id, references)


def look(office: Office, acting: Acting) -> Looked:
    """As `check_may_look`. Nothing is shown yet, and nothing changes."""
    check_may_look(office, acting)
    with open_store(office) as store:
        found, persons = grouped(store), named(store)
    return Looked(
        replace(found, decisions=_seeded(office, found.decisions)), persons, acting.person.id, merging_rules(office)
    )


def note_read(office: Office, looked: Looked, pairs: Sequence[Two], note: Shown) -> Looked:
    """Note that these pairs are about to be shown: how many, not which. Where more than the two reports is shown, no
    word of this person on them is blind from now on."""
    counts = Counts(pairs=len(pairs), reports=len({name for pair in pairs for name in pair}))
    _note(office, office.entry("store.read", person=looked.person, counts=counts, note=note))
    if note == "pairs" or not pairs:
        return looked
    return _kept(office, looked, lambda before: before.opening(looked.person, pairs))


def pair_of(looked: Looked, code: str) -> Two:
    """The pair of that short name. MergeError: `review.unknown_pair`."""
    halves = code.strip().lower().split("-")
    names = looked.found.known.all_names()
    by_half: dict[str, list[str]] = {half: [] for half in halves}
    for name, half in zip(names, all_codes(looked.decisions.seed, names), strict=True):
        if half in by_half:
            by_half[half].append(name)
    if len(halves) != 2 or halves[0] == halves[1] or any(len(found) != 1 for found in by_half.values()):
        hint = _("pairs are named as exchange review pairs and exchange review history name them")
        raise MergeError(Problem("review.unknown_pair", _("there is no such pair"), hint=hint))
    return two(*(by_half[half][0] for half in halves))


def decide(office: Office, looked: Looked, pair: Two, verdict: Verdict, grounds: Grounds | None = None) -> Looked:
    """Note and keep a person's word on a pair. MergeError: `review.contradicts`, with which other decisions."""

    def with_word(before: Decisions) -> Decisions:
        after = before.with_word(_word(office, looked, pair, verdict, grounds, before))  # what is refused is not noted
        counts, codes = Counts(pairs=1), (f"pair.{verdict}",)
        _note(office, office.entry("store.reviewed", person=looked.person, counts=counts, codes=codes))
        return after

    return _kept(office, looked, with_word)


def check_word(office: Office, looked: Looked, pair: Two, verdict: Verdict) -> None:
    """As `decide` would refuse it."""
    looked.decisions.with_word(_word(office, looked, pair, verdict, None, looked.decisions))


def _word(
    office: Office, looked: Looked, pair: Two, verdict: Verdict, grounds: Grounds | None, before: Decisions
) -> Decision:
    blind = not before.was_opened(looked.person, pair)
    return Decision(
        left=pair[0],
        right=pair[1],
        verdict=verdict,
        person=looked.person,
        at=office.now,
        reviewers=before.reviewers,
        grounds=grounds,
        blind=blind,
        sampled=blind and pair in sample(looked.found.links, looked.found.known, before.seed),
    )


def take_back(office: Office, looked: Looked, pair: Two) -> Looked:
    """A word is taken back: the last where one reviewer decides, else one's own. MergeError as `check_said`."""
    check_said(looked, pair)
    return decide(office, looked, pair, "taken_back")


def check_said(looked: Looked, pair: Two) -> None:
    """MergeError `review.nothing_said` where there is nothing that this person could take back."""
    words = looked.decisions.by_pair.get(pair, ())
    mine = [each for each in words if each.person == looked.person or words[-1].reviewers == 1]
    if not mine or mine[-1].verdict == "taken_back":
        what, hint = _("you have said nothing about this pair that stands"), _("see exchange review history")
        raise MergeError(Problem("review.nothing_said", what, looked.code(pair), hint))


def ask_for(office: Office, looked: Looked, reviewers: int) -> Looked:
    """From now on so many people must say the same of a pair before it counts."""
    asked = Asked(reviewers=reviewers, person=looked.person, at=office.now)

    def asking(before: Decisions) -> Decisions:
        counts, codes = Counts(pairs=0), (f"reviewers.{reviewers}",)
        _note(office, office.entry("store.reviewed", person=looked.person, counts=counts, codes=codes))
        return before.asking(asked)

    return _kept(office, looked, asking)


def recall(looked: Looked, person: str | None) -> Recalled:
    """Of one person; of all, what was decided and changed, without why, where none is named. MergeError
    `review.unknown_person` where the last merge knew nobody of that id, and no change names it."""
    if person is None:
        changes = tuple(each.model_copy(update={"why": ()}) for each in looked.persons.changes)
        return Recalled(changes, (), looked.decisions.given)
    changes = tuple(each for each in looked.persons.changes if person in {each.person, *each.others})
    identities = looked.persons.identities_of(person)
    if not changes and not identities:
        what, hint = _("nobody is known by this id"), _("ids stand in what exchange export writes")
        raise MergeError(Problem("review.unknown_person", what, person, hint))
    known = looked.found.known
    here = [number for number in known.numbers(identities).tolist() if number >= 0]
    groups = {group for each in here for group in known.of_each(looked.found.groups.group_of, each)}
    explaining = looked.found.explaining
    held_by = tuple(reason for group in sorted(groups) for reason in explaining.of_group(group))
    about = frozenset(identities)
    words = tuple(each for each in looked.decisions.given if each.left in about or each.right in about)
    return Recalled(changes, held_by, words)


def pairs_in(recalled: Recalled) -> tuple[Two, ...]:
    """Every pair that is told of."""
    reasons = (*recalled.held_by, *(reason for change in recalled.changes for reason in change.why))
    told = (*(reason.pair for reason in reasons), *(word.pair for word in recalled.words))
    return tuple(dict.fromkeys(pair for pair in told if pair is not None))


def _kept(office: Office, looked: Looked, after: Callable[[Decisions], Decisions]) -> Looked:
    with open_store(office) as store:
        decisions = decide_in(store, lambda before: after(_seeded(office, before)))
    here = still_here(decisions, looked.found.known)
    return replace(looked, found=replace(looked.found, decisions=here))


def _seeded(office: Office, decisions: Decisions) -> Decisions:
    return decisions.with_seed(office.identity.key_for("review of pairs"))


def _note(office: Office, entry: Entry) -> None:
    """The store holds what came in all networks, so each of their logs says that it was read or decided about."""
    for network in office.workspace.logs.networks():
        office.note(network, entry)
