"""Parcels of the outbox that a person names: sent once more, or given up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.office import Office
    from exchange.transport.parcels import Standing

_DIGITS = 8


def one_of(standings: Iterable[Standing], name: str) -> Standing:
    """The parcel whose file, or its digest, begins so. UsageError (parcel.unknown) where none does, or several do."""
    begins = name.removeprefix("sha256:")
    found = [each for each in standings if each.parcel.name.startswith(begins) or each.parcel.sha256.startswith(begins)]
    if len(begins) < _DIGITS or len(found) != 1:
        what = _("no parcel of the outbox is meant by this, or several are")
        hint = _("exchange status shows their files; give at least {count} digits").format(count=_DIGITS)
        raise UsageError(Problem("parcel.unknown", what, name, hint))
    return found[0]


# --- once more ---


def named_again(office: Office, names: tuple[str, ...]) -> tuple[Standing, ...]:
    """What is named, and may go once more. UsageError as of `again`."""
    standings = office.workspace.outbox.status() if names else ()
    named = {each.parcel.id: each for each in (one_of(standings, name) for name in names)}
    UsageError.raise_all(_not_again(each) for each in named.values() if not _may_go_again(each))
    return tuple(named.values())


def again(office: Office, names: tuple[str, ...]) -> None:
    """Queue once more what is named. UsageError (parcel.unknown, parcel.not_again) before anything is changed."""
    for each in named_again(office, names):
        if each.state == "packed":
            from exchange.writing_again import write_again

            write_again(office, each)
            console.say(_("written again with today's keys: {file}").format(file=each.parcel.name))
        else:
            office.workspace.outbox.retry(each.parcel.id, office.now)


def _may_go_again(standing: Standing) -> bool:
    of_before_a_loss = standing.state == "packed" and standing.code == "letter.sealed_with_revoked"
    return standing.may_go_again or of_before_a_loss


def _not_again(standing: Standing) -> Problem:
    what = _("only what failed, has no receipt, or is a letter signed with a revoked key goes once more")
    hints = {
        "packed": _("it waits for people: exchange approve"),
        "queued": _("it goes with the next exchange deliver"),
        "sending": _("it goes with the next exchange deliver"),
        "refused": _("pack a correction: exchange pack --corrects"),
    }
    return Problem("parcel.not_again", what, standing.parcel.name, hints.get(standing.state, _("it is finished")))


# --- never ---


def give_up(name: str, person_id: str | None, *, yes: bool, dry_run: bool) -> None:
    from exchange.giving_up import release_of

    office = desk.office_in_time() if not dry_run else desk.office_to_look()
    standing = one_of(office.workspace.outbox.status(), name)
    if standing.state in {"acknowledged", "refused", "rejected"} or (
        standing.state == "delivered" and not standing.parcel.awaits_receipt
    ):
        what, hint = _("it is finished: there is nothing to give up"), _("see exchange status")
        raise UsageError(Problem("parcel.finished", what, standing.parcel.name, hint))
    if release_of(office, standing) is None:
        _give_up_letter(office, standing, yes=yes, dry_run=dry_run)
    else:
        _give_up_bundle(office, standing, person_id, yes=yes, dry_run=dry_run)


def _give_up_letter(office: Office, standing: Standing, *, yes: bool, dry_run: bool) -> None:
    from exchange.giving_up import give_up_letter

    desk.end_dry_run(dry_run)
    party = standing.parcel.recipient
    question = _("does {party} know by phone what this letter says, or need it no more?").format(party=party)
    _ask(question, yes=yes)
    give_up_letter(office, standing)
    _answer(standing, "given_up", _("given up: it never goes"))


def _give_up_bundle(office: Office, standing: Standing, person_id: str | None, *, yes: bool, dry_run: bool) -> None:
    from exchange.giving_up import give_up_bundle, nobody_has, release_of

    release, party = release_of(office, standing), standing.parcel.recipient
    if release is None:
        return
    acting = desk.acting(office.workspace, "approve", person_id, office.now.date())
    taken_back = nobody_has(office, standing)
    if taken_back:
        question = _("{name}: nobody can have this bundle yet. Shall it never leave?")
    else:
        question = _("{name}: has {party} said that it has nothing of this bundle, and shall it never take it in?")
    desk.end_dry_run(dry_run)
    _ask(question.format(name=acting.person.name, party=party), yes=yes)
    give_up_bundle(office, standing, release, acting.person.id)
    if taken_back:
        _answer(standing, "rejected", _("rejected: it never leaves; its period can be packed again"))
        return
    said = _(
        "given up: a letter tells {party} not to wait for it (exchange deliver); send the period again: --corrects"
    )
    _answer(standing, "given_up", said.format(party=party))


def _ask(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not console.interactive():
        what, hint = _("there is nobody to ask"), _("ask the recipient first, then add --yes")
        raise UsageError(Problem("usage.nobody_to_ask", what, hint=hint))
    click.confirm(question, abort=True, err=True)


def _answer(standing: Standing, state: str, said: str) -> None:
    parcel = standing.parcel
    document = {"file": parcel.name, "recipient": parcel.recipient, "state": state}
    console.answer(document, [f"{parcel.recipient}  {parcel.name}"])
    console.say(said)
