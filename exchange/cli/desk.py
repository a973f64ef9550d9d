"""What most verbs begin with: the workspace, its keys unlocked, the time; and the options that many verbs share.

Nothing of the house is imported before a command really runs, so that help is quick.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console
from exchange.errors import KeyringError, Problem, UsageError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.keyring.identity import Identity
    from exchange.keyring.people import Acting
    from exchange.keyring.shapes import Person, Role
    from exchange.keyring.ssh_agent import AgentKey
    from exchange.office import Office
    from exchange.workspace.workspace import Workspace

CLOCK = "EXCHANGE_NOW"
PERSON = "EXCHANGE_PERSON"
PERSON_KEY = "EXCHANGE_PERSON_KEY"
ROOT = "EXCHANGE_ROOT"


def here() -> Workspace:
    """The workspace that the options before the verb name."""
    from exchange.workspace.workspace import Workspace

    return Workspace.open(click.get_current_context().obj.workspace)


def office() -> Office:
    """The organisation at work: its workspace, its keys unlocked, the time."""
    from exchange.office import Office

    workspace, moment = here(), now()
    return Office(workspace, unlock(workspace), moment)


def office_in_time() -> Office:
    """The same for what partners wait for: first our keys are renewed where that is due, and partners told."""
    from exchange.office import Office
    from exchange.renewing import renew, tell
    from exchange.transport.sftp.login import Passwords

    workspace, moment, secret = here(), now(), passphrase()
    identity = renew(workspace, unlock_to_certify(workspace, secret), secret, moment)
    at_work = Office(workspace, identity, moment, passwords=Passwords(password_of))
    for problem in tell(at_work):
        console.warn(problem)
    return at_work


def office_to_look() -> Office:
    """The same for a command that only looks: the passphrase is asked for if something locked must be read."""
    from exchange.office import LockedOffice

    workspace = here()
    return LockedOffice(workspace, lambda: _unlocking(workspace), now())


def unlock(workspace: Workspace) -> Identity:
    """Our secret keys, under the passphrase that `passphrase` finds."""
    return _unlocking(workspace)()


def _unlocking(workspace: Workspace) -> Callable[[], Identity]:
    """What unlocks our secret keys, once the passphrase has been asked for."""
    from exchange.keyring.identity_file import load_identity

    return partial(load_identity, workspace.identity_file, passphrase())


def unlock_to_certify(workspace: Workspace, secret: str) -> Identity:
    """Our secret keys, the root among them."""
    from exchange.keyring.identity_file import load_identity

    return with_root_at_hand(load_identity(workspace.identity_file, secret))


def with_root_at_hand(identity: Identity) -> Identity:
    """With the root key also where it is kept apart, and EXCHANGE_ROOT names its file."""
    from exchange.keyring.identity import with_root
    from exchange.keyring.people import load_person_key

    given = os.environ.get(ROOT)
    if identity.held_root or not given:
        return identity
    return with_root(identity, load_person_key(Path(given), passphrase_of_root()))


def passphrase(*, new: bool = False, recalled: bool = True) -> str:
    """The organisation's passphrase, from the file that EXCHANGE_PASSPHRASE_FILE names; else from the system's keyring,
    if that was told to remember it and `recalled` says so; else from a person. A `new` one is not known yet."""
    from exchange.keyring.passphrase import VARIABLE

    return _asked(_("passphrase"), VARIABLE, new, _recalled if recalled and not new else None)


def remembered_as(workspace: Workspace) -> str | None:
    """The name under which the system's keyring was told to remember the passphrase; None if it was not."""
    from exchange.keyring.private_files import read_private

    if not workspace.remembered_file.exists():
        return None
    return read_private(workspace.remembered_file).decode("ascii", "replace")


def _recalled() -> str | None:
    """What the system's keyring remembers. Where it fails, why is said, and a person is asked."""
    try:
        name = remembered_as(here())
        if name is None:
            return None
        from exchange.keyring.os_keyring import recall

        return recall(name)
    except KeyringError as error:
        console.warn(error.problems[0])
        return None


def passphrase_of(person_id: str, *, new: bool = False) -> str:
    """A person's own passphrase, from the file that EXCHANGE_PERSON_PASSPHRASE_FILE names, or from that person."""
    from exchange.keyring.passphrase import PERSON_VARIABLE

    return _asked(_("passphrase of {person}").format(person=person_id), PERSON_VARIABLE, new)


def refuse_shared(theirs: str, ours: str, hint: str) -> None:
    """KeyringError (passphrase.shared) where a key of its own would lie under the organisation's passphrase."""
    if theirs == ours:
        raise KeyringError(Problem("passphrase.shared", _("this is the organisation's passphrase"), hint=hint))


def passphrase_of_root(*, new: bool = False) -> str:
    """The passphrase of a root key that is kept apart; from the file that EXCHANGE_ROOT_PASSPHRASE_FILE names, or from
    a person."""
    from exchange.keyring.passphrase import ROOT_VARIABLE

    return _asked(_("passphrase of the root key"), ROOT_VARIABLE, new)


def password_of(account: str) -> str:
    """The password of an account at a server, from a person alone. TransportError (transport.nobody_to_ask)."""
    from exchange.transport.sftp.login import nobody_to_ask

    if not console.interactive():
        return nobody_to_ask(account)
    return str(click.prompt(_("password of {account}").format(account=account), hide_input=True, err=True))


def _asked(label: str, variable: str, new: bool, recall: Callable[[], str | None] | None = None) -> str:
    """A passphrase, never from an option: options stand in the process list and in the shell's history."""
    from exchange.keyring.passphrase import passphrase_from_file

    given = passphrase_from_file(os.environ, variable)
    if given is None and recall is not None:
        given = recall()
    if given is not None:
        return given
    if not console.interactive():
        raise KeyringError(
            Problem(
                "passphrase.none",
                _("there is nobody to ask for the passphrase"),
                hint=_("put it into a private file and name the file in {variable}").format(variable=variable),
            )
        )
    again = _("the same passphrase again") if new else False
    return str(click.prompt(label, hide_input=True, confirmation_prompt=again, err=True))


def acting(workspace: Workspace, role: Role, person_id: str | None, on: dt.date) -> Acting:
    """The person whom `--as` names, certified for `role` by our own card as it stands, and their key.

    The key lies in the file that EXCHANGE_PERSON_KEY names, else in ssh-agent, else in the workspace. KeyringError:
    person.none (nobody is named), person.unknown, person.expired, person.may_not, person.revoked, person.no_key,
    person.other_key; passphrase.wrong; agent.* where the agent has the key, or nobody else has.
    """
    from exchange.keyring.people import acting_as, certified, load_person_key

    if person_id is None:
        what, hint = _("this needs a person whom our card certifies"), _("name who you are: --as PERSON, or {variable}")
        raise KeyringError(Problem("person.none", what, hint=hint.format(variable=PERSON)))
    person = certified(workspace.own.card().card, person_id, role, on)
    if any(each.key == person.key for each in workspace.revoked_keys(workspace.party)):
        what = _("the key of {person} was revoked").format(person=person.id)
        hint = _("certify the person anew, with a new key: exchange card people certify")
        raise KeyringError(Problem("person.revoked", what, hint=hint))
    given = os.environ.get(PERSON_KEY)
    file = Path(given) if given else workspace.people.key_file(person.id)
    in_agent = None if given else _in_agent(person, instead=file)
    if in_agent is not None:
        return acting_as(person, in_agent)
    if not file.exists():
        what = _("the key of {person} is not here").format(person=person.id)
        hint = _("name the file of the person's key in {variable}, or load the key into ssh-agent: ssh-add")
        raise KeyringError(Problem("person.no_key", what, hint=hint.format(variable=PERSON_KEY)))
    return acting_as(person, load_person_key(file, passphrase_of(person.id)))


def _in_agent(person: Person, *, instead: Path) -> AgentKey | None:
    """The person's key in ssh-agent, which has shown that it can sign with it now. An agent that is out of order keeps
    nobody from a key that lies in a file."""
    from exchange.keyring.ssh_agent import agent_key, show_presence

    try:
        key = agent_key(person.verify_key, os.environ)
    except KeyringError:
        if not instead.exists():
            raise
        return None
    if key is not None:
        console.say(_("ssh-agent has the key of {person}, and signs").format(person=person.id))
        show_presence(key)
    return key


def now() -> dt.datetime:
    """The time, in UTC. EXCHANGE_NOW sets another for rehearsals and tests; it is said, so that nobody is misled."""
    set_to = os.environ.get(CLOCK)
    if not set_to:
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        moment = dt.datetime.fromisoformat(set_to)
    except ValueError:
        raise _no_time() from None
    if moment.tzinfo is None:
        raise _no_time()
    moment = moment.astimezone(dt.UTC).replace(microsecond=0)
    console.say(_("{variable} says that it is {time}").format(variable=CLOCK, time=moment.isoformat()))
    return moment


def _no_time() -> UsageError:
    what = _("{variable} is not a time with its zone").format(variable=CLOCK)
    return UsageError(Problem("usage.clock", what, hint=_("write it as 2026-10-05T09:00:00+08:00")))


def put_private(out: Path, content: bytes) -> None:
    """A new file that only its owner may read; UsageError (usage.file_there) rather than over one that is there."""
    from exchange.keyring.private_files import write_private

    refuse_to_replace(out)
    write_private(out, content)


def refuse_to_replace(out: Path) -> None:
    """UsageError (usage.file_there) where a file is there that we would write over."""
    if out.exists():
        what, hint = _("there is a file of this name already"), _("name another, or delete it first")
        raise UsageError(Problem("usage.file_there", what, out.name, hint))


# --- what verbs share: examples, options ---

Options = Callable[[Callable[..., Any]], Callable[..., Any]]


def example(*commands: str) -> str:
    """The end of a verb's help: commands as they are typed."""
    lines = "\n".join(f"  {command}" for command in commands)
    return f"\b\n{_('Example')}:\n{lines}"


def a_path() -> click.Path:
    """A file or folder. Whether it is there is asked by who opens it, and said without its whole path."""
    return click.Path(path_type=Path, readable=False)  # click would show the path as it was typed


def a_day() -> click.DateTime:
    return click.DateTime(formats=["%Y-%m-%d"])


def agreement_option() -> Options:
    what = _("the agreement, by its id")
    return click.option("--agreement", "-a", "agreement_id", required=True, metavar="ID", help=what)


def period_option() -> Options:
    what = _("a month (2026-10) or a quarter (2026-Q3)")
    return click.option("--period", "-p", required=True, metavar="2026-10", help=what)


def recipients_option() -> Options:
    what = _("only for this recipient (may be repeated); otherwise for all whose data is due in such a period")
    return click.option("--to", multiple=True, metavar="PARTY", help=what)


def mapping_option() -> Options:
    what = _("another mapping than the one that lies beside the agreement")
    return click.option("--mapping", type=a_path(), help=what)


def corrects_option() -> Options:
    return click.option("--corrects", is_flag=True, help=_("replaces what was sent for this period before"))


def as_option() -> Options:
    what = _("who is at work: a person whom our card certifies (or EXCHANGE_PERSON)")
    return click.option("--as", "person_id", metavar="PERSON", envvar=PERSON, help=what)


def dry_run_option() -> Options:
    return click.option("--dry-run", is_flag=True, help=_("show what would happen, and change nothing"))


def end_dry_run(dry_run: bool, *would: str) -> None:
    """Leave here if nothing is to be changed; every check has been made. `would`: what would have been done."""
    if dry_run:
        for line in would:
            console.say(line)
        if click.get_current_context().obj.as_json:
            console.give_json({"dry_run": True})
        say_nothing_changed()
        raise click.exceptions.Exit(0)


def say_recorded(letters: int) -> None:
    """Something was recorded, and those who must know are told by letters that wait."""
    if letters:
        console.say(
            ngettext(
                "recorded; {count} letter waits in the outbox: exchange deliver",
                "recorded; {count} letters wait in the outbox: exchange deliver",
                letters,
            ).format(count=letters)
        )
    else:
        console.say(_("recorded; no letter is needed"))


def say_nothing_changed() -> None:
    console.say(_("dry run: nothing was changed"))
