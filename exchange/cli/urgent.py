"""`exchange urgent`: a life is at risk; a director tells one recipient, and somebody else looks at it afterwards."""

from __future__ import annotations

import click

from exchange.cli import console, desk
from exchange.cli.groups import Group
from exchange.cli.texts import one_text, text_option
from exchange.locale import _


@click.group(
    cls=Group,
    help=_("A life is at risk: a director tells one recipient what it must know, and somebody else reviews that."),
    epilog=desk.example("exchange urgent release DSA-NTT-2026-004 --to io-id --as director.1"),
)
def urgent() -> None:
    pass


@urgent.command(
    help=_(
        "Tell one recipient of the agreement ID at once what it must know because a life is at risk, and for no other "
        "reason. A person certified as director signs it with their own key. The text comes from a file, from stdin, "
        "or is asked for."
    ),
    epilog=desk.example("exchange urgent release DSA-NTT-2026-004 --to io-id --as director.1 --text warning.txt"),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--to", "recipient", required=True, metavar="PARTY", help=_("the recipient that must know"))
@desk.as_option()
@text_option()
@desk.dry_run_option()
def release(agreement_id: str, *, recipient: str, person_id: str | None, texts: tuple[str, ...], dry_run: bool) -> None:
    from exchange.duties.correspondence import plain
    from exchange.duties.urgent import check_recipient, review_by
    from exchange.duties.urgent import release as give

    office = desk.office()
    agreement = check_recipient(office, agreement_id, recipient)
    text = plain("text", one_text(texts))
    director = desk.acting(office.workspace, agreement.urgent.released_by, person_id, office.now.date())
    desk.end_dry_run(dry_run)
    letter = give(office, agreement_id, recipient, text, director)
    until = review_by(agreement, office.now)
    console.answer({"letter": letter.id, "told": [recipient], "review_by": until.isoformat()}, [letter.id])
    desk.say_recorded(1)
    console.say(
        _("somebody else reviews it until {when} UTC: exchange urgent review {id} --as PERSON").format(
            when=f"{until:%Y-%m-%d %H:%M}", id=letter.id[:12]
        )
    )


@urgent.command(
    help=_(
        "Look at the urgent disclosure ID, which somebody else released, and record that you did: another director, or "
        "a person certified to review."
    ),
    epilog=desk.example("exchange urgent review 4f1d2c --as officer.1"),
)
@click.argument("letter_id", metavar="ID")
@desk.as_option()
@desk.dry_run_option()
def review(letter_id: str, *, person_id: str | None, dry_run: bool) -> None:
    from exchange.duties.correspondence import agreement_under
    from exchange.duties.letter_text import lines
    from exchange.duties.urgent import check_reviewer, disclosure, reviewing_role
    from exchange.duties.urgent import review as note

    office = desk.office()
    letter, body = disclosure(office, letter_id)
    role = reviewing_role(office.workspace.own.card().card, person_id)
    reviewer = desk.acting(office.workspace, role, person_id, office.now.date())
    check_reviewer(body, reviewer)
    for line in lines(letter, agreement_under(office, letter)):
        console.say(line)
    desk.end_dry_run(dry_run)
    note(office, letter_id, reviewer)
    console.answer({"letter": letter.id, "reviewed_by": reviewer.person.id}, [letter.id])
    desk.say_recorded(0)
