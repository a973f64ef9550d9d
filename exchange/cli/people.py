"""`exchange card people …`: the people whom our root key certifies, and what each may do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.groups import Group
from exchange.errors import KeyringError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.keyring.identity import Identity
    from exchange.keyring.shapes import Person
    from exchange.workspace.workspace import Workspace

ROLES = ("prepare", "approve", "open", "review", "look_up", "sign", "director")
DAYS = 400  # as long as a signing key counts


@click.group(
    cls=Group,
    help=_("People whom our card certifies, each with a key and a passphrase of their own, and what each may do."),
    epilog=desk.example('exchange card people certify director.1 --name "Maria Contoh" --role sign --role director'),
)
def people() -> None:
    pass


@people.command(
    help=_(
        "Certify the person ID for one role or several, and make our next card. A new key is made under the person's "
        "own passphrase, which only the person types, or which stands in the file that EXCHANGE_PERSON_PASSPHRASE_FILE "
        "names; --key takes the public key that the person made elsewhere. Whoever is certified already keeps the key; "
        "for a new one, dismiss the person first."
    ),
    epilog=desk.example('exchange card people certify data.officer.1 --name "Petugas Contoh" --role open'),
)
@click.argument("person_id", metavar="ID")
@click.option("--name", required=True, metavar="TEXT", help=_("the person's name, as agreements write it"))
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help=_("what the person may do")
)
@click.option(
    "--days", type=click.IntRange(1, 3660), default=DAYS, show_default=True, help=_("for how many days from today")
)
@click.option("--key", type=desk.a_path(), metavar="FILE.pub", help=_("the public key that the person made elsewhere"))
@desk.dry_run_option()
def certify(person_id: str, name: str, roles: tuple[str, ...], days: int, key: Path | None, *, dry_run: bool) -> None:
    from exchange.crypto.signing import SigningKey
    from exchange.keyring.certification import issue_certification
    from exchange.keyring.people import certify, save_person_key
    from exchange.noting import note_keys
    from exchange.renewing import change

    workspace, moment = desk.here(), desk.now()
    secret = desk.passphrase()
    identity = desk.unlock_to_certify(workspace, secret)
    known = next((each.key for each in identity.people if each.id == person_id), None)
    public = known if key is None else _public_key(key)
    made = SigningKey.generate() if public is None else None
    text = made.verify_key.openssh() if made else str(public)
    person = _person(person_id, name, roles, text, moment.date(), days)
    certify(identity, person)
    theirs = _new_passphrase(person_id, secret) if made else ""
    desk.end_dry_run(dry_run)

    def certified(ours: Identity) -> Identity:
        after = certify(ours, person)
        if made:  # before the identity and the card: nobody is certified whose key is lost
            save_person_key(made, workspace.people.key_file(person.id), theirs)
        workspace.people.save_certification(issue_certification(after, person))
        return after

    change(workspace, secret, moment, certified, root=identity.root)
    note_keys(workspace, moment)
    console.answer(person.model_dump(mode="json"), [person_line(person)])
    say_who_gets_the_card()


@people.command(
    name="list",
    help=_("List the people whom our card certifies, their roles and the fingerprints of their keys."),
    epilog=desk.example("exchange card people list"),
)
def list_() -> None:
    certified = desk.here().own.card().card.people
    head = (_("person"), _("name"), _("roles"), _("until"), _("fingerprint"))
    rows = [
        (each.id, each.name, " ".join(each.roles), str(each.not_after), each.verify_key.fingerprint())
        for each in certified
    ]
    console.answer([each.model_dump(mode="json") for each in certified], console.table(head, rows))


@people.command(
    help=_("Certify the person ID no longer: our next card leaves them out, and their key is deleted here."),
    epilog=desk.example("exchange card people dismiss data.officer.1"),
)
@click.argument("person_id", metavar="ID")
@desk.dry_run_option()
def dismiss(person_id: str, *, dry_run: bool) -> None:
    from exchange.keyring.people import dismiss
    from exchange.renewing import change

    workspace, moment = desk.here(), desk.now()
    secret = desk.passphrase()
    identity = desk.unlock_to_certify(workspace, secret)
    # Both are looked at: after a crash between the two the card may still certify whom the identity has forgotten.
    known = {each.id: each for each in (*identity.people, *workspace.own.card().card.people)}
    if person_id not in known:
        hint = _("whom our card certifies: exchange card people list")
        raise KeyringError(Problem("person.unknown", _("our card certifies nobody of this id"), hint=hint))
    desk.end_dry_run(dry_run)
    change(workspace, secret, moment, lambda ours: dismiss(ours, person_id), root=identity.root)
    workspace.people.forget(person_id)
    _note_dismissed(workspace, known[person_id], moment)
    console.answer({"dismissed": person_id}, [person_id])
    say_who_gets_the_card()


@people.command(
    help=_(
        "Make a key of your own in FILE, under your own passphrase, on your own machine or stick; FILE.pub is for your "
        "organisation to certify. To use it, name FILE in EXCHANGE_PERSON_KEY."
    ),
    epilog=desk.example("exchange card people key director.age"),
)
@click.argument("file", type=desk.a_path())
@desk.dry_run_option()
def key(file: Path, *, dry_run: bool) -> None:
    from exchange.crypto.signing import SigningKey
    from exchange.keyring.passphrase import check_passphrase
    from exchange.keyring.people import save_person_key

    public = file.with_name(f"{file.name}.pub")
    for each in (file, public):
        desk.refuse_to_replace(each)
    secret = desk.passphrase_of(file.stem, new=True)
    check_passphrase(secret)
    desk.end_dry_run(dry_run)
    made = SigningKey.generate()
    save_person_key(made, file, secret)
    public.write_text(made.verify_key.openssh(file.stem) + "\n", encoding="utf-8")
    console.answer({"key": str(public), "fingerprint": made.fingerprint()}, [str(public)])
    console.say(_("give {file} to your organisation, and read to it the fingerprint:").format(file=public.name))
    console.say(made.fingerprint())


def person_line(person: Person) -> str:
    """Who it is, what they may do, until when."""
    line = _("{person}, {name}: {roles}, until {last}")
    return line.format(person=person.id, name=person.name, roles=", ".join(person.roles), last=person.not_after)


def _person(person_id: str, name: str, roles: tuple[str, ...], key: str, today: dt.date, days: int) -> Person:
    from pydantic import ValidationError

    from exchange.keyring.refusals import misshapen
    from exchange.keyring.shapes import Person

    content = {"id": person_id, "name": name, "roles": tuple(each for each in ROLES if each in roles), "key": key}
    try:
        return Person.model_validate({**content, "not_before": today, "not_after": today + dt.timedelta(days=days)})
    except ValidationError as error:
        raise misshapen("person.malformed", error) from None


def _public_key(file: Path) -> str:
    from exchange.crypto.signing import VerifyKey
    from exchange.errors import CryptoError

    with file.open("rb") as source:
        content = source.read(1000)
    try:
        return VerifyKey.from_openssh(content.decode("utf-8")).openssh()
    except (CryptoError, UnicodeDecodeError):
        hint = _("a person makes one with: exchange card people key FILE")
        raise UsageError(Problem("usage.key", _("the file holds no key"), where=file.name, hint=hint)) from None


def _new_passphrase(person_id: str, ours: str) -> str:
    """A passphrase that is not the organisation's: whoever opens its identity is not thereby each of its people."""
    from exchange.keyring.passphrase import check_passphrase

    theirs = desk.passphrase_of(person_id, new=True)
    check_passphrase(theirs)
    desk.refuse_shared(theirs, ours, _("each person takes one that nobody else knows"))
    return theirs


def _note_dismissed(workspace: Workspace, person: Person, moment: dt.datetime) -> None:
    """Every network's log says who may act for us no more."""
    from exchange.audit.entries import Entry

    key = person.verify_key.fingerprint()
    for network in workspace.logs.networks():
        with workspace.logs.open(network) as log:
            log.append(Entry(time=moment, kind="person.dismissed", party=workspace.party, person=person.id, key=key))


def say_who_gets_the_card() -> None:
    console.say(_("partners get our new card with the next: exchange deliver"))
    console.say(_("give it by hand to whoever has no agreement with us yet: exchange card export"))
