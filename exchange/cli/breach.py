"""`exchange breach`: data were exposed; the other parties and the authority are told in time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.breach_scope import draft, scope
from exchange.cli.groups import Group
from exchange.cli.texts import moment, named_texts, texts_option
from exchange.errors import KeyringError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.parties import Party
    from exchange.duties.correspondence import KeptLetter
    from exchange.office import Office

MAX_PAPER = 16 * 1024**2  # bytes of what an authority was sent: a scan of a few pages


@click.group(
    cls=Group,
    help=_(
        "Data were exposed: find out whose and who got them, draft the notices, record it, tell the other parties by "
        "letter or phone, and the authority."
    ),
    epilog=desk.example(
        "exchange breach scope DSA-NTT-2026-004 --party gt-ntt",
        "exchange breach notice DSA-NTT-2026-004 --noticed 2026-10-05T09:00",
    ),
)
def breach() -> None:
    pass


for command in (scope, draft):
    breach.add_command(command)


@breach.command(
    help=_(
        "Record a breach under the agreement ID and write to every other party. Each text that the agreement says must "
        "be told comes from a file, from stdin, or is asked for. Whom no letter reaches is named with the number to "
        "call; the status is 4 then."
    ),
    epilog=desk.example(
        "exchange breach notice DSA-NTT-2026-004 --noticed 2026-10-05T09:00",
        "exchange breach notice DSA-NTT-2026-004 --noticed 2026-10-05T09:00 --text data_exposed=what.txt",
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--noticed", required=True, metavar="TIME", help=_("when it was noticed: the clocks run from then"))
@texts_option()
@desk.dry_run_option()
def notice(agreement_id: str, *, noticed: str, texts: tuple[str, ...], dry_run: bool) -> None:
    from exchange.duties.breach import asks, check, must_say, record
    from exchange.duties.correspondence import binding

    office = desk.office()
    agreement = binding(office, agreement_id)
    for line in asks(agreement):
        console.say(line)
    said = named_texts(texts, must_say(agreement))
    noticing = check(office, agreement_id, said, moment(noticed, agreement))
    desk.end_dry_run(dry_run)
    _tell(office, record(office, noticing))


@breach.command(
    help=_("Write about the breach ID to every party that was not told yet, as when a card has come since."),
    epilog=desk.example("exchange breach tell 4f1d2c"),
)
@click.argument("letter_id", metavar="ID")
@desk.dry_run_option()
def tell(letter_id: str, *, dry_run: bool) -> None:
    from exchange.duties.breach import our_breach

    office = desk.office()
    recorded = our_breach(office, letter_id)
    desk.end_dry_run(dry_run)
    _tell(office, recorded)


@breach.command(
    help=_("Record that PARTY heard of the breach ID over the phone."),
    epilog=desk.example("exchange breach told 4f1d2c io-id"),
)
@click.argument("letter_id", metavar="ID")
@click.argument("party")
@click.option("--when", metavar="TIME", help=_("when that was; now where nothing is said"))
@desk.dry_run_option()
def told(letter_id: str, party: str, *, when: str | None, dry_run: bool) -> None:
    from exchange.duties.breach import check_party, our_breach, told_by_phone

    office = desk.office()
    recorded = our_breach(office, letter_id)
    at = _when(office, recorded, when)
    check_party(office, recorded, party)
    desk.end_dry_run(dry_run)
    told_by_phone(office, recorded, party, at)
    console.answer({"breach": recorded.id, "told": [party]}, [party])
    desk.say_recorded(0)


@breach.command(
    help=_("Record that the authority was told of the breach ID, as the law asks: its clock stops."),
    epilog=desk.example("exchange breach reported 4f1d2c", "exchange breach reported 4f1d2c --file notice.pdf"),
)
@click.argument("letter_id", metavar="ID")
@click.option("--when", metavar="TIME", help=_("when that was; now where nothing is said"))
@click.option("--file", type=desk.a_path(), metavar="FILE", help=_("what was sent: kept locked, its digest in the log"))
@desk.dry_run_option()
def reported(letter_id: str, *, when: str | None, file: Path | None, dry_run: bool) -> None:
    from exchange.duties.breach import our_breach
    from exchange.duties.breach import reported as report

    office = desk.office()
    recorded = our_breach(office, letter_id)
    at, sent = _when(office, recorded, when), None if file is None else _paper(file)
    desk.end_dry_run(dry_run)
    report(office, recorded, at, sent)
    console.answer({"breach": recorded.id}, [recorded.id])
    desk.say_recorded(0)


def _when(office: Office, recorded: KeptLetter, when: str | None) -> dt.datetime:
    from exchange.duties.correspondence import agreement_under, not_later

    return office.now if when is None else not_later(office, moment(when, agreement_under(office, recorded)))


def _tell(office: Office, recorded: KeptLetter) -> None:
    from exchange.duties.breach import tell as write

    done = write(office, recorded)
    if not done.unreached:
        desk.say_recorded(len(done.by_letter))
    console.say(_("when the authority is told: exchange breach reported {id}").format(id=recorded.id[:12]))
    document = {
        "breach": recorded.id,
        "told": done.by_letter,
        "unreached": [{"party": each.id, "call": each.breach_contact} for each in done.unreached],
    }
    problems = [_to_be_called(recorded, each) for each in done.unreached]
    console.answer_partly(document, [recorded.id, *done.by_letter], KeyringError, problems)


def _to_be_called(recorded: KeptLetter, party: Party) -> Problem:
    what = _("no letter reaches this party: call {contact}").format(contact=party.breach_contact)
    hint = _("the breach is recorded; after the call: exchange breach told {id} {party}")
    return Problem("breach.unreached", what, party.id, hint.format(id=recorded.id[:12], party=party.id))


def _paper(file: Path) -> bytes:
    with file.open("rb") as source:
        content = source.read(MAX_PAPER + 1)
    if len(content) > MAX_PAPER:
        what = _("the file is too large to be kept")
        raise UsageError(Problem("usage.too_large", what, where=file.name))
    return content
