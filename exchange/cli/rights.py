"""`exchange rights`: a person asks for her rights; the request is recorded, forwarded, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk, texts
from exchange.cli.groups import Group
from exchange.errors import KeyringError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.bundle.letters import Right
    from exchange.duties.correspondence import KeptLetter
    from exchange.office import Office

RIGHTS = ("access", "correction", "erasure", "restriction", "objection")


@click.group(
    cls=Group,
    help=_("A person asks for her rights: record the request, forward it to the one who answers, say that it was."),
    epilog=desk.example("exchange rights request DSA-NTT-2026-004 --right access"),
)
def rights() -> None:
    pass


@rights.command(
    help=_(
        "Record what a person asked for under the agreement ID. Where another party answers such requests, it is "
        "forwarded to that party by letter; its clock runs from the moment in which the person asked. What the person "
        "said comes from a file, from stdin, or is asked for."
    ),
    epilog=desk.example(
        "exchange rights request DSA-NTT-2026-004 --right correction --case",
        "exchange rights request DSA-NTT-2026-004 --right access --pseudonym Melati --text said.txt",
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--right", required=True, type=click.Choice(RIGHTS), help=_("what the person asks for"))
@click.option("--case", is_flag=True, help=_("about a case of ours: its number is asked for, or is stdin's first line"))
@click.option("--pseudonym", metavar="P", help=_("the pseudonym by which a recipient knows the person"))
@click.option("--asked", metavar="TIME", help=_("when the person asked; now where nothing is said"))
@texts.text_option()
@desk.dry_run_option()
def request(
    agreement_id: str,
    *,
    right: Right,
    case: bool,
    pseudonym: str | None,
    asked: str | None,
    texts: tuple[str, ...],
    dry_run: bool,
) -> None:
    from exchange.cli.texts import moment, one_text
    from exchange.duties.correspondence import binding
    from exchange.duties.rights import check, record

    office = desk.office()
    agreement = binding(office, agreement_id)
    when = office.now if asked is None else moment(asked, agreement)
    number = _case() if case else None
    asking = check(office, agreement_id, right, one_text(texts), asked=when, case=number, pseudonym=pseudonym)
    desk.end_dry_run(dry_run)
    _go_on(office, record(office, asking))


@rights.command(
    help=_("Forward the recorded request ID again, where no letter could be written before, as for want of a card."),
    epilog=desk.example("exchange rights forward 4f1d2c"),
)
@click.argument("letter_id", metavar="ID")
@desk.dry_run_option()
def forward(letter_id: str, *, dry_run: bool) -> None:
    from exchange.duties.rights import rights_request

    office = desk.office()
    letter = rights_request(office, letter_id)
    desk.end_dry_run(dry_run)
    _go_on(office, letter)


@rights.command(
    help=_("Say that we have answered the person whose request is ID: its clock stops."),
    epilog=desk.example("exchange rights answered 4f1d2c"),
)
@click.argument("letter_id", metavar="ID")
@desk.dry_run_option()
def answered(letter_id: str, *, dry_run: bool) -> None:
    from exchange.duties.rights import answered as close
    from exchange.duties.rights import ours_to_answer

    office = desk.office()
    letter = ours_to_answer(office, letter_id)
    desk.end_dry_run(dry_run)
    close(office, letter)
    console.answer({"letter": letter.id}, [letter.id])
    desk.say_recorded(0)


def _go_on(office: Office, letter: KeptLetter) -> None:
    """Forward it; or, where we answer, say what has to be done about it."""
    from exchange.duties.rights import forward as send
    from exchange.duties.rights import holders

    problems: list[Problem] = []
    sent = False
    try:
        sent = send(office, letter)
    except KeyringError as error:
        problems += error.problems
        what = _("the request is recorded and its clock runs; when this is mended: exchange rights forward {id}")
        console.say(what.format(id=letter.id[:12]))
    told = [letter.recipient] if sent else []
    held_by = holders(office, letter)
    document = {"letter": letter.id, "told": told, "held_by": held_by}
    if letter.recipient == office.party:
        _say_what_to_do(letter, held_by)
    if not problems:
        desk.say_recorded(len(told))
    console.answer_partly(document, [letter.id], KeyringError, problems)


def _say_what_to_do(letter: KeptLetter, held_by: tuple[str, ...]) -> None:
    from exchange.bundle.letters import RightsRequest

    body = letter.body
    if not isinstance(body, RightsRequest):
        return
    console.say(_("we answer it; when that is done: exchange rights answered {id}").format(id=letter.id[:12]))
    if body.pseudonym is not None and letter.case is None:
        console.say(
            _("who it is tells: exchange lookup {pseudonym} --agreement {id} --to {party}").format(
                pseudonym=body.pseudonym, id=letter.agreement.id, party=_who_knows(letter)
            )
        )
    if held_by:
        console.say(
            _("these recipients hold personal data of this person: {parties}").format(parties=", ".join(held_by))
        )
    if body.right == "correction":
        console.say(_("mend the workbook and send the period again: exchange pack … --corrects"))
    elif body.right != "access":
        console.say(_("nothing about her leaves any more, and recipients erase her, after: exchange withdraw"))


def _who_knows(letter: KeptLetter) -> str:
    """The recipient who forwarded it knows the person so; where we were asked ourselves, nobody said who does."""
    return "PARTY" if letter.sender == letter.recipient else letter.sender


def _case() -> str:
    """The number of a case, from a person, who types it twice since it is not shown; or stdin's first line."""
    if console.interactive():
        again = _("the same case number again")
        return str(click.prompt(_("case number"), hide_input=True, confirmation_prompt=again, err=True))
    return texts.read_line()
