"""`exchange feedback`: what a recipient gives the sender back for each period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.texts import named_texts, texts_option
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.bundle.letters import Feedback
    from exchange.duties.correspondence import Draft
    from exchange.office import Office


@click.command(
    help=_(
        "Tell the sender of the agreement ID, for a period that is over, what was found in its data and what became of "
        "them. The figures come from the store, which is merged first: what is missing, repeated, late; where other "
        "senders say otherwise, in bands over many people, so that nobody learns of another's person. They are shown "
        "to the person at work, who adds in words what the agreement asks for (results), and sends it. It is due 30 "
        "days after the period's end. --draft shows it, and sends nothing."
    ),
    epilog=desk.example(
        "exchange feedback DSA-NTT-2026-004 --period 2026-Q3 --draft --as data.officer.1",
        "exchange feedback DSA-NTT-2026-004 --period 2026-Q3 --text results=results.txt --as data.officer.1",
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--period", "-p", required=True, metavar="2026-Q3", help=_("a month, a quarter or a year that is over"))
@texts_option()
@click.option("--draft", "draft_only", is_flag=True, help=_("show the figures; send nothing"))
@click.option("--yes", is_flag=True, help=_("send without asking"))
@desk.as_option()
@desk.dry_run_option()
def feedback(
    agreement_id: str,
    *,
    period: str,
    texts: tuple[str, ...],
    draft_only: bool,
    yes: bool,
    person_id: str | None,
    dry_run: bool,
) -> None:
    from exchange.duties.correspondence import binding
    from exchange.duties.feedback import check, give, must_say

    office = desk.office()
    wanted = () if draft_only else must_say(binding(office, agreement_id))
    given = check(office, agreement_id, period, named_texts(texts, wanted), draft=draft_only)
    person = _named(office, given, person_id)
    desk.end_dry_run(dry_run)
    told = _with_figures(office, given, person)
    if draft_only:
        console.answer(_document(told), _lines(told))
        return
    for line in _lines(told):
        console.say(line)
    if not yes:
        _ask()
    letter = give(office, told)
    console.answer({"letter": letter.id, "told": [letter.recipient], **_document(told)}, [letter.id])
    desk.say_recorded(1)


def _named(office: Office, given: Draft[Feedback], person_id: str | None) -> str:
    """Who looks at figures from the rows: one of the people whom the agreement names for it."""
    from exchange.named_users import check_named_user

    person = desk.acting(office.workspace, "open", person_id, office.now.date()).person.id
    check_named_user(office, person, [given.reference])
    return person


def _with_figures(office: Office, given: Draft[Feedback], person: str) -> Draft[Feedback]:
    from exchange.duties.feedback import with_figures
    from exchange.merging import merge_received, open_store

    with office.workspace.turn("receiving"):  # else a bundle could come between the view and its records
        merged = merge_received(office)
        with open_store(office) as store:
            records = store.records()
    return with_figures(office, given, records, merged, person)


def _ask() -> None:
    if not console.interactive():
        what, hint = _("there is nobody to ask"), _("look at it first: exchange feedback --draft; then add --yes")
        raise UsageError(Problem("usage.nobody_to_ask", what, hint=hint))
    click.confirm(_("shall this be sent?"), abort=True, err=True)


def _document(told: Draft[Feedback]) -> dict[str, object]:
    return {"feedback": told.body.model_dump(mode="json")}


def _lines(told: Draft[Feedback]) -> list[str]:
    from exchange.duties.feedback_text import figure_lines

    return [] if told.body.figures is None else [*figure_lines(told.body.figures)]
