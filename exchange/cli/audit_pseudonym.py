"""`exchange audit query pseudonym`: what our log tells of one person; answered in the sender's own house only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.asking.questions import BY_NAME
from exchange.cli import desk
from exchange.cli.audit_answer import show
from exchange.cli.audit_keys import key_option
from exchange.cli.audit_reading import read_to_ask
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.asking.answer import Answer

_WORDS = BY_NAME["pseudonym"]


@click.command(
    "pseudonym",
    help=_(
        "Say what our log tells of the person whom the recipient PARTY knows as PSEUDONYM. No log names anybody, so "
        "only the sender can answer, from its registers, by a person whom its card certifies to look up; the log has "
        "every look-up, also one that failed. Asked of packs, the answer is who can tell."
    ),
    epilog=desk.example(
        "exchange audit query pseudonym pk3vq0d7m2x --agreement DSA-NTT-2026-004 --to io-id --as director.1"
    ),
)
@click.argument("pseudonym")
@desk.agreement_option()
@click.option("--to", "recipient", required=True, metavar="PARTY", help=_("the recipient who knows the pseudonym"))
@desk.as_option()
@click.option("--pack", "packs", multiple=True, type=desk.a_path(), help=_("ask this pack: it tells who can answer"))
@key_option()
@desk.dry_run_option()
def pseudonym(
    pseudonym: str,
    agreement_id: str,
    recipient: str,
    *,
    person_id: str | None,
    packs: tuple[Path, ...],
    keys: tuple[str, ...],
    dry_run: bool,
) -> None:
    if packs:
        show(_of_packs(packs, keys, agreement_id, recipient))
    else:
        show(_in_the_house(pseudonym, agreement_id, recipient, person_id, dry_run=dry_run))


def _in_the_house(pseudonym: str, agreement_id: str, recipient: str, person_id: str | None, *, dry_run: bool) -> Answer:
    from exchange.asking.answer import Asked
    from exchange.asking.shown import Shown
    from exchange.case_history import led_to
    from exchange.duties.inspection import own_history
    from exchange.leading_back import attempt, check_ours

    office = desk.office_to_look()
    with attempt(office, "pseudonym.looked_up", agreement_id, recipient) as tried:
        agreement = check_ours(office, agreement_id, recipient)
        acting = tried.is_of(desk.acting(office.workspace, "look_up", person_id, office.now.date()))
        desk.end_dry_run(dry_run)
        ids = led_to(office, acting, agreement, recipient, pseudonym)
    asked = Asked(agreement=agreement_id, recipient=recipient, led_to=ids)
    return _WORDS.answer(Shown.of([own_history(office, agreement.network)], office.now), asked)


def _of_packs(packs: tuple[Path, ...], keys: tuple[str, ...], agreement_id: str, recipient: str) -> Answer:
    from exchange.asking.answer import Asked

    return _WORDS.answer(read_to_ask(packs, keys), Asked(agreement=agreement_id, recipient=recipient))
