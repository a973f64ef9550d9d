"""What must be known of data before their rows are read: shown, and acknowledged by the person at work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.acknowledging import Described
    from exchange.keyring.people import Acting
    from exchange.office import Office


def acknowledge_option() -> desk.Options:
    what = _("the person named with --as has read the notices and will keep to them; asks nothing")
    return click.option("--acknowledge", is_flag=True, help=what)


def show(those: Iterable[Described]) -> None:
    """What bundles say of themselves: what several say alike is shown once."""
    from exchange.bundle.words import seen, story

    shown: set[tuple[str, str]] = set()
    for told in those:
        for head, lines in story(told.metadata):
            new = [line for line in lines if (head, line) not in shown]
            shown.update((head, line) for line in new)
            for line in [head, *(f"  {line}" for line in new)] if new else []:
                console.say(seen(line))


def acknowledged(
    office: Office, those: Sequence[Described], acting: Acting, *, given: bool, shown: bool = False
) -> None:
    """Go on only once this person has acknowledged what is asked, now or before; AgreementError otherwise. `shown`:
    what the bundles say stands on the screen already."""
    from exchange.acknowledging import acknowledge, not_acknowledged, to_acknowledge

    new = to_acknowledge(office, those, acting.person.id)
    if not new:
        return
    if not shown:
        show(new)
    asked = ", ".join(_asked(new))
    question = _("I have read {notices} above, and will keep to them").format(notices=asked)
    if not given and not (console.interactive() and click.confirm(question, default=False, err=True)):
        raise not_acknowledged(new)
    for told in new:
        acknowledge(office, told, acting)
    console.say(_("acknowledged: {notices}; receipts tell the senders: exchange deliver").format(notices=asked))


def _asked(those: Iterable[Described]) -> Iterator[str]:
    from exchange.bundle.words import notice

    yield from dict.fromkeys(notice(each) for told in those for each in told.asked)
