"""`exchange card forget`: the card of a party, or our own encryption keys once their month is over."""

from __future__ import annotations

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _


@click.command(
    help=_(
        "Take the card of PARTY out of the book, readable or not, so that its card can be added anew, unconfirmed; "
        "keys that it has revoked stay revoked. Or, without PARTY: delete each encryption key of ours 35 days after "
        "its month, or keep them all (the default). Whoever takes the machine later cannot read what is past then; nor "
        "can we open what was not opened in time."
    ),
    epilog=desk.example("exchange card forget gt-ntt", "exchange card forget --after-month"),
)
@click.argument("party", required=False)
@click.option("--after-month/--never", default=None, help=_("delete old encryption keys, or keep them"))
@desk.dry_run_option()
def forget(party: str | None, *, after_month: bool | None, dry_run: bool) -> None:
    if party is not None and after_month is None:
        _forget_party(party, dry_run=dry_run)
    elif party is None and after_month is not None:
        _forget_keys(after_month=after_month, dry_run=dry_run)
    else:
        hint = _("a party: exchange card forget PARTY; our old keys: exchange card forget --after-month")
        raise UsageError(Problem("usage.forget", _("say what is to be forgotten, one or the other"), hint=hint))


def _forget_party(party: str, *, dry_run: bool) -> None:
    cards = desk.here().cards
    cards.check_lies_here(party)
    desk.end_dry_run(dry_run)
    cards.forget(party)
    console.answer({"party": party}, [_("{party} is forgotten").format(party=party)])
    console.say(_("nothing goes there until its card is added again and its safety words are read"))


def _forget_keys(*, after_month: bool, dry_run: bool) -> None:
    from dataclasses import replace

    from exchange.keyring.identity_file import load_identity
    from exchange.renewing import change

    workspace, moment = desk.here(), desk.now()
    secret = desk.passphrase()
    load_identity(workspace.identity_file, secret)
    desk.end_dry_run(dry_run)
    change(workspace, secret, moment, lambda ours: replace(ours, forgets=after_month))
    said = _("old encryption keys are deleted") if after_month else _("all encryption keys are kept")
    console.answer({"forgets": after_month}, [said])
