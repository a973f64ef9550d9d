"""`exchange review pairs`: the undecided pairs, the most valuable first, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import click

from exchange.cli import console, desk, notices
from exchange.cli.reviewer import at_work, nobody_to_ask
from exchange.errors import MergeError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.deciding import Looked
    from exchange.merge.pairs import Pair
    from exchange.merge.sides import FieldLine, Sides
    from exchange.office import Office

Answer = Literal["same", "different", "unsure", "stop"]
MOST = 20


@click.command(
    help=_(
        "Show pairs of reports that may be of one person, those first whose decision changes the counts most, and ask "
        "about each; with --list, or for programs, decide nothing. Some pairs are linked already, and measure how "
        "often links are wrong. Of match tokens is shown whether they agree, never what they are. Sources, dates of "
        "receipt, the probability and what others said are hidden unless --open asks for them, which is noted: such a "
        "word measures nothing. The screen shows cases: see that nobody else looks at it."
    ),
    epilog=desk.example(
        "exchange review pairs --as data.officer.1",
        "exchange review pairs --list --most 5 --as data.officer.1 --json",
    ),
)
@click.option("--list", "list_", is_flag=True, help=_("give the pairs, and decide nothing"))
@click.option("--open", "open_", is_flag=True, help=_("show also what is hidden from whoever reviews; noted"))
@click.option("--most", type=click.IntRange(1, 1000), default=MOST, help=_("so many pairs at most"))
@notices.acknowledge_option()
@desk.as_option()
@desk.dry_run_option()
def pairs(person_id: str | None, *, list_: bool, open_: bool, most: int, acknowledge: bool, dry_run: bool) -> None:
    from exchange.deciding import note_read

    listed = list_ or click.get_current_context().obj.as_json
    if not (listed or dry_run or console.interactive()):
        raise nobody_to_ask()
    office, looked = at_work(person_id, acknowledge=acknowledge)
    waiting = looked.pairs(most)
    desk.end_dry_run(dry_run)
    looked = note_read(office, looked, [each.identities for each in waiting], "pairs_open" if open_ else "pairs")
    if listed:
        lines = (line for each in waiting for line in ("", *_lines(looked, each, open_=open_)))
        console.answer(_document(looked, waiting, open_=open_), lines)
    else:
        decided = _ask_all(office, looked, waiting, open_=open_)
        console.answer({"decided": decided}, ())
        if decided:
            console.say(_("what was decided counts with the next exchange merge"))
    _say(looked, len(waiting))


def _ask_all(office: Office, looked: Looked, waiting: tuple[Pair, ...], *, open_: bool) -> int:
    """Each word is kept before the next is asked for: whoever is interrupted goes on from there. How many decided."""
    from exchange.deciding import decide

    decided = 0
    for number, pair in enumerate(waiting, 1):
        for line in ("", *_lines(looked, pair, open_=open_)):
            console.say(line)
        answer = _ask(f"{number}/{len(waiting)}, {looked.person}")
        if answer == "stop":
            break
        try:
            looked = decide(office, looked, pair.identities, answer)
            decided += answer != "unsure"
        except MergeError as error:
            console.complain(error)
    return decided


def _ask(who: str) -> Answer:
    """The answer, by its whole word or its beginning."""
    words: dict[Answer, str] = {
        "same": _("same person"),
        "different": _("different people"),
        "unsure": _("unsure"),
        "stop": _("stop"),
    }
    question = f"{who}: {', '.join(words.values())}?"
    while True:
        said = str(click.prompt(question, prompt_suffix=" ", err=True)).strip().casefold()
        found = [answer for answer, word in words.items() if said and word.startswith(said)]
        if len(found) == 1:
            return found[0]


# --- one pair ---


def _lines(looked: Looked, pair: Pair, *, open_: bool) -> Iterator[str]:
    from exchange.merge.sides import side_by_side
    from exchange.merge.wording import kind_of_token, likeness

    sides = side_by_side(looked.found, pair.identities, looked.rules)
    yield _("pair {pair}").format(pair=looked.code(pair.identities))
    head = (_("field"), _("one report"), _("the other"), "")
    yield from console.table(head, [_row(line) for line in sides.fields])
    tokens = [(kind_of_token(kind), likeness(like)) for kind, like in sides.tokens]
    yield from console.table((_("match token"), ""), tokens)
    if open_:
        yield from _opened(looked, pair, sides)


def _row(line: FieldLine) -> tuple[str, ...]:
    from exchange.merge.wording import likeness

    return line.field, line.left or "", line.right or "", likeness(line.likeness)


def _opened(looked: Looked, pair: Pair, sides: Sides) -> Iterator[str]:
    """What is hidden from whoever reviews."""
    from exchange.merge import wording

    for side in sides.about:
        told = _("{source}, {period}, received {day}, {reports} reports")
        yield told.format(source=side.source, period=side.period, day=side.received, reports=side.reports)
    link = looked.found.explaining.link_of(pair.identities)
    if link is not None:
        yield wording.reason(link, looked.decisions)
    for each in looked.decisions.by_pair.get(pair.identities, ()):
        yield wording.word(each, looked.decisions)


# --- as a document ---


def _document(looked: Looked, waiting: tuple[Pair, ...], *, open_: bool) -> dict[str, Any]:
    from exchange.merge.counts import notice

    states = [each.state for each in looked.decisions.standings.values()]
    return {
        "notice": notice(),
        "undecided": looked.found.groups.undecided.num_rows,
        "reviewers": looked.decisions.reviewers,
        "waiting": states.count("waits"),
        "disputed": [looked.code(pair) for pair in looked.disputed()],
        "pairs": [_pair(looked, each, open_=open_) for each in waiting],
    }


def _pair(looked: Looked, pair: Pair, *, open_: bool) -> dict[str, Any]:
    from dataclasses import asdict

    from exchange.merge.sides import side_by_side

    sides = side_by_side(looked.found, pair.identities, looked.rules)
    told = {
        "pair": looked.code(pair.identities),
        "fields": [asdict(line) for line in sides.fields],
        "tokens": dict(sides.tokens),
    }
    if not open_:
        return told
    link = looked.found.explaining.link_of(pair.identities)
    return told | {
        "sampled": pair.sampled,
        "value": pair.value,
        "sides": [asdict(side) for side in sides.about],
        "probability": None if link is None else link.probability,
        "weights": {} if link is None else dict(link.weights),
        "words": [[each.person, each.verdict] for each in looked.decisions.by_pair.get(pair.identities, ())],
    }


def _say(looked: Looked, shown: int) -> None:
    from exchange.merge.counts import notice
    from exchange.merge.wording import codes

    if not shown:
        console.say(_("no pair waits for you"))
    disputed = looked.disputed()
    if disputed:
        what = ngettext(
            "{count} pair is disputed between reviewers, and stays undecided: {pairs}",
            "{count} pairs are disputed between reviewers, and stay undecided: {pairs}",
            len(disputed),
        )
        console.say(what.format(count=len(disputed), pairs=codes(disputed, looked.decisions)))
    console.say(notice())
