"""`exchange letters`: what people wrote to each other about an agreement, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.clocks import clock_word
from exchange.cli.groups import Group
from exchange.cli.words import kind_word
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.duties.clock import Clock
    from exchange.duties.correspondence import KeptLetter
    from exchange.office import Office

SHOWN = 12  # digits of an id in a list


@click.group(
    cls=Group,
    invoke_without_command=True,
    help=_("Read the letters that people wrote, ours and those that came, and see what they wait for."),
    epilog=desk.example("exchange letters list"),
)
@click.pass_context
def letters(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@letters.command(
    name="list",
    help=_("List the letters that people read: kind, who, when, and how their clocks stand; nothing of what they say."),
    epilog=desk.example("exchange letters list"),
)
def list_() -> None:
    from exchange.duties.correspondence import kept_letters

    office = desk.office_to_look()
    clocks = _clocks(office)
    kept = [(each, clocks.get(each.id)) for each in kept_letters(office)]
    head = (_("letter"), _("kind"), _("sender"), _("recipient"), _("when"), _("agreement"), _("state"))
    rows = [_row(office, each, found) for each, found in kept]
    console.answer([_document(office, each, found) for each, found in kept], console.table(head, rows) if rows else ())
    if not rows:
        console.say(_("nobody has written a letter yet"))


@letters.command(
    help=_("Show what the letter ID says. The first six digits of an id are enough where no other begins so."),
    epilog=desk.example("exchange letters show 4f1d2c"),
)
@click.argument("letter_id", metavar="ID")
def show(letter_id: str) -> None:
    from exchange.duties.correspondence import agreement_under, kept_letter
    from exchange.duties.letter_text import lines

    office = desk.office_to_look()
    letter = kept_letter(office, letter_id)
    agreement, found = agreement_under(office, letter), _clocks(office).get(letter.id)
    document = _document(office, letter, found) | {"case": letter.case, "says": letter.body.model_dump(mode="json")}
    between = dict.fromkeys((letter.sender, letter.recipient))  # what we recorded was written to nobody
    named = (
        kind_word(letter.body.kind),
        letter.id,
        " → ".join(between),
        console.local(letter.at),
        str(letter.agreement),
    )
    head = ", ".join(named)
    console.answer(document, [head, *lines(letter, agreement), *(clock_word(each, office.now) for each in found or ())])


@letters.command(
    help=_(
        "Delete what the letter ID says, once nothing waits for it any more: it may be about a person. The log keeps "
        "that there was a letter, and when."
    ),
    epilog=desk.example("exchange letters forget 4f1d2c"),
)
@click.argument("letter_id", metavar="ID")
@desk.dry_run_option()
def forget(letter_id: str, *, dry_run: bool) -> None:
    from exchange.duties.correspondence import forget_letter, kept_letter

    office = desk.office()
    letter = kept_letter(office, letter_id)
    waiting = [each for each in _clocks(office).get(letter.id, ()) if each.stopped is None]
    UsageError.raise_all(
        Problem(
            "letter.waits", _("this is still to be done: {duty}").format(duty=clock_word(each, office.now)), letter.id
        )
        for each in waiting
    )
    desk.end_dry_run(dry_run)
    forget_letter(office, letter)
    console.answer({"forgotten": letter.id}, [letter.id])


def _clocks(office: Office) -> dict[str, list[Clock]]:
    """Letter → its clocks; a letter of which the log knows nothing is not in it: it was cut off before it was noted."""
    from exchange.agreed import signed_agreements
    from exchange.agreements.agreement import Reference
    from exchange.duties import breach, compelled, rights, urgent
    from exchange.duties.correspondence import facts_of

    newest = {Reference.to(each).id: each for each in signed_agreements(office)}
    found: dict[str, list[Clock]] = {}
    for agreement in newest.values():
        facts = facts_of(office, agreement)
        for entry in facts.entries:
            if entry.letter is not None:
                found.setdefault(entry.letter, [])
        for duty in (rights, breach, urgent, compelled):
            for clock in duty.clocks(facts):
                found.setdefault(clock.about, []).append(clock)
    return found


def _state(office: Office, letter: KeptLetter, clocks: list[Clock] | None) -> str:
    if clocks is None:
        return _("cut off before it was recorded; do it again")
    return "; ".join(clock_word(each, office.now) for each in clocks)


def _row(office: Office, letter: KeptLetter, clocks: list[Clock] | None) -> tuple[str, ...]:
    return (
        letter.id[:SHOWN],
        kind_word(letter.body.kind),
        letter.sender,
        letter.recipient if letter.recipient != letter.sender else "",
        console.local(letter.at),
        letter.agreement.id,
        _state(office, letter, clocks),
    )


def _document(office: Office, letter: KeptLetter, clocks: list[Clock] | None) -> dict[str, Any]:
    return {
        "id": letter.id,
        "kind": letter.body.kind,
        "sender": letter.sender,
        "recipient": letter.recipient,
        "at": letter.at.isoformat(),
        "agreement": letter.agreement.model_dump(mode="json"),
        "recorded": clocks is not None,
        "clocks": [
            {"duty": each.code, "ends": each.ends.isoformat(), "state": each.state(office.now)} for each in clocks or ()
        ],
    }
