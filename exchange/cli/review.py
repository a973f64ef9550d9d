"""`exchange review`: people decide which reports are of one person, where links alone cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk, notices
from exchange.cli.groups import Group
from exchange.cli.review_pairs import pairs
from exchange.cli.reviewer import at_work, say_stands
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.deciding import Looked
    from exchange.merge.changes import Change, Reason
    from exchange.merge.decisions import Decision

VERDICTS = ("same", "different", "unsure")
# Written out, as the help must be quick; a test compares them with those of `exchange.merge.decisions`.
GROUNDS = ("asked_source", "what_fields_say", "relatives", "two_places_at_once")


@click.group(
    cls=Group,
    help=_(
        "Look at pairs of reports that may be of one person, and decide. What people decided outlives every merge. "
        "It serves counting; it never decides anything about a case."
    ),
    epilog=desk.example("exchange review pairs --as data.officer.1"),
)
def review() -> None:
    pass


review.add_command(pairs)


@review.command(
    help=_(
        "Say of the PAIR, by the name that exchange review pairs gives it, that its reports are of the same person, of "
        "different people, or that you are unsure. A word that contradicts other decisions is refused. Where two "
        "reviewers are asked for, it counts once another person has said the same."
    ),
    epilog=desk.example("exchange review decide k4mzq2-7ahw3c different --why relatives --as data.officer.1"),
)
@click.argument("pair", metavar="PAIR")
@click.argument("verdict", metavar="VERDICT", type=click.Choice(VERDICTS))
@click.option("--why", type=click.Choice(GROUNDS), help=_("on what grounds; kept with the decision"))
@notices.acknowledge_option()
@desk.as_option()
@desk.dry_run_option()
def decide(
    pair: str, verdict: str, why: str | None, person_id: str | None, *, acknowledge: bool, dry_run: bool
) -> None:
    from exchange.deciding import check_word, pair_of
    from exchange.deciding import decide as decide_on
    from exchange.merge.decisions import GROUNDS as KNOWN
    from exchange.merge.decisions import Verdict

    meant: dict[str, Verdict] = {"same": "same", "different": "different", "unsure": "unsure"}
    office, looked = at_work(person_id, acknowledge=acknowledge)
    wanted = pair_of(looked, pair)
    check_word(office, looked, wanted, meant[verdict])
    desk.end_dry_run(dry_run)
    grounds = next((each for each in KNOWN if each == why), None)
    say_stands(decide_on(office, looked, wanted, meant[verdict], grounds), wanted)


@review.command(
    help=_(
        "Take back what was said of the PAIR; both stay in the history. To undo a merge decide that a pair of it is "
        "different, to undo a split that it is the same: exchange review history names the pairs."
    ),
    epilog=desk.example("exchange review undo k4mzq2-7ahw3c --as data.officer.1"),
)
@click.argument("pair", metavar="PAIR")
@notices.acknowledge_option()
@desk.as_option()
@desk.dry_run_option()
def undo(pair: str, person_id: str | None, *, acknowledge: bool, dry_run: bool) -> None:
    from exchange.deciding import check_said, pair_of, take_back

    office, looked = at_work(person_id, acknowledge=acknowledge)
    wanted = pair_of(looked, pair)
    check_said(looked, wanted)
    desk.end_dry_run(dry_run)
    say_stands(take_back(office, looked, wanted), wanted)


@review.command(
    help=_(
        "Tell how the person of that id came about: which links or decisions hold the reports together, what was "
        "merged or split, and why; without an id, all that was decided and changed. What is told of a pair here is "
        "hidden from whoever reviews, so your word on it measures nothing any more."
    ),
    epilog=desk.example("exchange review history hq4k2m7w3c5zx6ab1 --as data.officer.1"),
)
@click.argument("person", metavar="[PERSON]", required=False)
@notices.acknowledge_option()
@desk.as_option()
@desk.dry_run_option()
def history(person: str | None, person_id: str | None, *, acknowledge: bool, dry_run: bool) -> None:
    from exchange.deciding import note_read, pairs_in, recall
    from exchange.merge import wording
    from exchange.merge.counts import notice

    office, looked = at_work(person_id, acknowledge=acknowledge)
    recalled = recall(looked, person)
    desk.end_dry_run(dry_run)
    looked = note_read(office, looked, pairs_in(recalled), "history")
    decisions = looked.decisions
    document = {
        "notice": notice(),
        "changes": [_change(looked, each) for each in recalled.changes],
        "held_by": [_reason(looked, each) for each in recalled.held_by],
        "decisions": [_word(looked, each) for each in recalled.words],
    }
    lines = [line for each in recalled.changes for line in wording.change(each, decisions)]
    if recalled.held_by:
        lines += [_("held together by"), wording.before_anything(looked.found.links.learned.matching)]
        lines += [f"  {wording.reason(each, decisions)}" for each in recalled.held_by]
    lines += [wording.word(each, decisions) for each in recalled.words]
    console.answer(document, lines)
    if not lines:
        console.say(_("nothing was decided or changed yet"))
    console.say(notice())


@review.command(
    help=_(
        "Show how many people must say the same of a pair before it counts, or set it: 1 or 2. What was decided before "
        "stays decided. Who set it and when is kept, and noted in the log."
    ),
    epilog=desk.example("exchange review reviewers 2 --as data.officer.1"),
)
@click.argument("number", metavar="[NUMBER]", required=False, type=click.IntRange(1, 2))
@notices.acknowledge_option()
@desk.as_option()
@desk.dry_run_option()
def reviewers(number: int | None, person_id: str | None, *, acknowledge: bool, dry_run: bool) -> None:
    from exchange.deciding import ask_for

    office, looked = at_work(person_id, acknowledge=acknowledge)
    desk.end_dry_run(dry_run)
    if number is not None:
        looked = ask_for(office, looked, number)
    asked = looked.decisions.reviewers
    console.answer({"reviewers": asked}, [str(asked)])


def _change(looked: Looked, change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "person": change.person,
        "others": list(change.others),
        "why": [_reason(looked, each) for each in change.why],
    }


def _reason(looked: Looked, reason: Reason) -> dict[str, Any]:
    return {
        "cause": reason.cause,
        "pair": None if reason.pair is None else looked.code(reason.pair),
        "probability": reason.probability,
        "weights": dict(reason.weights),
    }


def _word(looked: Looked, word: Decision) -> dict[str, Any]:
    return {
        "pair": looked.code(word.pair),
        "verdict": word.verdict,
        "person": word.person,
        "at": word.at.isoformat(),
        "why": word.grounds,
        "blind": word.blind,
    }
