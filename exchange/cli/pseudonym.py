"""`exchange pseudonym`: the words that people chose for themselves, one recipient at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk, texts
from exchange.cli.groups import Group
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.pseudonyms import Led


@click.group(
    cls=Group,
    help=_(
        "Pseudonyms that people choose for themselves, where an agreement says so. They stand in our register, which "
        "people open whom our card certifies to look up. Whoever chose none has a random one."
    ),
    epilog=desk.example(
        "exchange pseudonym choose Melati --case - --agreement DSA-NTT-2026-004 --to io-id --as director.1"
    ),
)
def pseudonym() -> None:
    pass


def _to_option() -> desk.Options:
    return click.option("--to", "recipient", required=True, metavar="PARTY", help=_("the recipient"))


@pseudonym.command(
    help=_(
        "Let the person of a case be known to the recipient PARTY as NAME, from the next bundle on. The name is "
        "hers alone: it is refused if anybody chose it before, for this recipient or another, until that recipient "
        "must have destroyed what it got; and if it tells who somebody is. With --extract it is compared with "
        "everybody in that workbook at once; exchange pack does so in any case. The log has who chose, and neither "
        "name nor case."
    ),
    epilog=desk.example(
        "exchange pseudonym choose Melati --case - --agreement DSA-NTT-2026-004 --to io-id --as director.1"
    ),
)
@click.argument("name")
@click.option("--case", required=True, metavar="CASE", help=_("the case number; - asks for it, or reads it from stdin"))
@desk.agreement_option()
@_to_option()
@click.option("--extract", type=desk.a_path(), metavar="EXTRACT", help=_("a workbook with everybody's names"))
@desk.mapping_option()
@desk.as_option()
@desk.dry_run_option()
def choose(
    *,
    name: str,
    case: str,
    agreement_id: str,
    recipient: str,
    extract: Path | None,
    mapping: Path | None,
    person_id: str | None,
    dry_run: bool,
) -> None:
    from exchange.checking import read
    from exchange.choosing import Choice, check_choosing
    from exchange.choosing import choose as choose_one
    from exchange.leading_back import attempt, check_ours

    office = desk.office_to_look()
    with attempt(office, "pseudonym.chosen", agreement_id, recipient) as tried:
        agreement = check_ours(office, agreement_id, recipient)
        check_choosing(agreement, recipient)
        acting = tried.is_of(desk.acting(office.workspace, "look_up", person_id, office.now.date()))
        choice = Choice(texts.case_number(case), name)
        everybody = None if extract is None else read(office, agreement_id, extract, mapping)
        chosen = choose_one(office, acting, agreement, recipient, choice, everybody, dry_run=dry_run)
    desk.end_dry_run(dry_run)
    console.answer({"pseudonym": chosen.word, "known_before": chosen.known_before}, [chosen.word])
    if chosen.known_before:
        what = _("{party} knows this case under another pseudonym, and from the next bundle on counts it anew")
        console.say(what.format(party=recipient))


@pseudonym.command(
    name="list",
    help=_(
        "List which person, by case number, is known to the recipient PARTY by which name that she chose, and when it "
        "was given last. The log has every listing."
    ),
    epilog=desk.example("exchange pseudonym list --agreement DSA-NTT-2026-004 --to io-id --as director.1"),
)
@desk.agreement_option()
@_to_option()
@desk.as_option()
@desk.dry_run_option()
def list_(agreement_id: str, recipient: str, *, person_id: str | None, dry_run: bool) -> None:
    from exchange.choosing import check_choosing, list_chosen
    from exchange.leading_back import attempt, check_ours

    office = desk.office_to_look()
    with attempt(office, "pseudonym.listed", agreement_id, recipient) as tried:
        agreement = check_ours(office, agreement_id, recipient)
        acting = tried.is_of(desk.acting(office.workspace, "look_up", person_id, office.now.date()))
        check_choosing(agreement, recipient)
        desk.end_dry_run(dry_run)
        chosen = list_chosen(office, acting, agreement, recipient)
    head = (_("case"), _("pseudonym"), _("given last"))
    console.answer([_document(each) for each in chosen], console.table(head, [_row(each) for each in chosen]))


def _document(led: Led) -> dict[str, str | None]:
    given = None if led.given is None else led.given.isoformat()
    return {"case": led.case, "pseudonym": led.pseudonym, "given": given}


def _row(led: Led) -> tuple[str, str, str]:
    return led.case, led.pseudonym, _("never yet") if led.given is None else f"{led.given:%Y-%m-%d}"
