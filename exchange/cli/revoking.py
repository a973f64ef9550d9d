"""`exchange card revoke`: stop believing a party; or, where a machine of ours is lost, have nobody believe what lay on
it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import KeyringError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.office import Office
    from exchange.reports.lost_machine import Called, Drill, Owed
    from exchange.revoking import Revoked
    from exchange.workspace.workspace import Workspace


@click.command(
    help=_(
        "Stop believing the keys of PARTY: nothing is sent to it, nothing of it is opened. With --lost, on another "
        "machine that has our keys: revoke the keys that lay on a machine of ours, make new ones, tell the partners, "
        "and write the page that says what people do now, in order. Safe to say again after a crash. Another time is "
        "another machine: then the newest keys are revoked too."
    ),
    epilog=desk.example(
        "exchange card revoke gt-ntt",
        "exchange card revoke --lost --since 2026-11-20T08:00+08:00 --person officer.1",
    ),
)
@click.argument("party", required=False)
@click.option("--lost", is_flag=True, help=_("a machine of ours is lost, with our keys on it"))
@click.option("--since", metavar="TIME", help=_("since when it is out of our hands; now where nothing is said"))
@click.option(
    "--person", "people", multiple=True, metavar="ID", help=_("whose own key lay on it too (may be repeated)")
)
@click.option("--root-too", is_flag=True, help=_("the root key is in doubt as well: every agreement must be amended"))
@desk.dry_run_option()
def revoke(
    party: str | None, *, lost: bool, since: str | None, people: tuple[str, ...], root_too: bool, dry_run: bool
) -> None:
    if lost == (party is not None) or (not lost and (since or people or root_too)):
        hint = _("a party: exchange card revoke PARTY; a machine of ours: exchange card revoke --lost")
        raise UsageError(Problem("usage.revoke", _("say what is to be revoked, one or the other"), hint=hint))
    if party is not None:
        _revoke_party(party, dry_run=dry_run)
    else:
        _revoke_lost(since, people, root_too=root_too, dry_run=dry_run)


def _revoke_party(party: str, *, dry_run: bool) -> None:
    from exchange.renewing import networks

    office = desk.office_to_look()
    cards = office.workspace.cards
    before = cards.trust(party)
    desk.end_dry_run(dry_run)
    if before.revoked_on is None:
        for network in networks(office.workspace):
            office.note(network, office.entry("card.revoked", counterpart=party, key=before.root))
    trust = cards.revoke(party, office.now.date())
    line = _("{party} is revoked since {day}").format(party=party, day=trust.revoked_on)
    console.answer({"party": party, **trust.model_dump(mode="json")}, [line])


def _revoke_lost(since: str | None, people: tuple[str, ...], *, root_too: bool, dry_run: bool) -> None:
    from exchange.office import Office
    from exchange.renewing import tell
    from exchange.revoking import lose, the_loss

    workspace, now = desk.here(), desk.now()
    secret = desk.passphrase()
    identity = desk.unlock_to_certify(workspace, secret)
    loss = the_loss(workspace, identity, _moment(since), people, root=root_too, now=now)
    desk.end_dry_run(dry_run)
    done = lose(workspace, identity, loss, secret, now)
    office = Office(workspace, done.identity, now)
    for problem in tell(office):
        console.warn(problem)
    if not done.new:
        console.warn(_nothing_new(done))
    _show(office, done)


def _nothing_new(done: Revoked) -> Problem:
    what = _("nothing was revoked: all that this loss takes was revoked before")
    hint = _("is it another machine? say so without --since, or with the time since when that one is lost")
    return Problem("card.nothing_new", what, where=done.loss.since.astimezone().isoformat(), hint=hint)


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        # Without its zone it is this computer's: whoever has lost a machine shall not have to think of zones.
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        hint = _("write it as 2026-11-20T08:00, or with its zone as 2026-11-20T08:00+08:00")
        raise UsageError(Problem("usage.moment", _("this is no moment"), where="--since", hint=hint)) from None


# --- the drill ---


def _show(office: Office, done: Revoked) -> None:
    from exchange.keyring.private_files import write_private
    from exchange.reports.lost_machine import drill_page

    drill = _drill(office, done)
    file = office.workspace.pages / f"lost-machine-{drill.since:%Y-%m-%d}.html"
    write_private(file, drill_page(drill).encode("utf-8"))
    document = {
        "since": done.loss.since.isoformat(),
        "new": done.new,
        "revoked": [each.model_dump(mode="json") for each in done.revoked],
        "people": list(done.loss.people),
        "root": done.identity.root_revoked,
        "call": [{"party": each.party, "contact": each.contact, "box": each.box} for each in drill.partners],
        "letters": list(drill.letters),
        "sftp_client_key": drill.client,
        "files": list(drill.files),
        "page": str(file),
    }
    console.answer(document, [*_lines(drill), "", str(file)])
    console.say(_("print the page; the files for partners: exchange card export"))


def _lines(drill: Drill) -> Iterator[str]:
    for title, sentences in drill.headings:
        yield title
        yield from (f"  {sentence}" for sentence in sentences)


def _drill(office: Office, done: Revoked) -> Drill:
    from exchange.keyring.card import file_name
    from exchange.keyring.revocation import revocation_name
    from exchange.reports.lost_machine import Drill
    from exchange.revoking import keys_here

    identity, uses = done.identity, [each.use for each in done.revoked]
    return Drill(
        party=office.party,
        since=done.loss.since.astimezone(),
        signing=uses.count("signing"),
        encryption=uses.count("encryption"),
        people=done.loss.people,
        others=keys_here(office.workspace),
        root=identity.root_revoked,
        root_apart=identity.root_apart,
        files=(revocation_name(office.party), *(() if identity.root_revoked else (file_name(office.party),))),
        client=identity.sftp_client.verify_key.openssh() if identity.sftp_client else None,
        partners=tuple(_called(office)),
        jump_hosts=tuple(dict.fromkeys(_jump_hosts(office.workspace))),
        letters=tuple(_letters(office)),
        owed=tuple(_owed(office.workspace, office.now)),
    )


def _called(office: Office) -> Iterator[Called]:
    """Everybody whose card we believe: also who shares no agreement with us may have our card."""
    from exchange.reports.lost_machine import Called

    for each in office.workspace.cards.all():
        if each.believed(office.now.date()):
            server = each.card.sftp.host if each.card.sftp else None
            yield Called(each.card.party, each.card.contact, server)


def _jump_hosts(workspace: Workspace) -> Iterator[str]:
    """Where our key lets us in as well. A route that cannot be read stops nobody who has lost a machine."""
    from exchange.transport.sftp.target import host_and_port

    for each in workspace.cards.all():
        with suppress(KeyringError):
            yield from (host_and_port(jump.host, jump.port) for jump in workspace.routes.to(each.card.party).via)


def _letters(office: Office) -> Iterator[str]:
    from exchange.approving import letters_before_a_loss
    from exchange.cli.words import kind_word

    for standing, entry in letters_before_a_loss(office):
        kind, about = kind_word(entry.note or "letter"), f" ({entry.agreement.id})" if entry.agreement else ""
        yield f"{standing.parcel.recipient}: {kind}{about}, {console.local(standing.parcel.queued_at)}"


def _owed(workspace: Workspace, now: dt.datetime) -> Iterator[Owed]:
    from exchange.duties.overview import in_force
    from exchange.reports.lost_machine import Owed

    for agreement in in_force(workspace, now):
        breach = agreement.breach
        yield Owed(agreement.id, breach.tell_parties_within_hours, breach.law_deadline_hours, breach.law)
