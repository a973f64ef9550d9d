"""What stands on the machine, asked of it: facts, which `judging.py` judges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from exchange.dropbox.box import ETC, GROUP, OUTGOING, Account, DropBox
from exchange.dropbox.sshd_word import sshd_objects, sshd_settings
from exchange.dropbox.steps import folders
from exchange.dropbox.system import Stands, System, User, find


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked for at a path, and what is there."""

    path: PurePosixPath
    wanted: Stands
    found: Stands | None


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """`settings`: what counts for the account by sshd's own word ("chrootdirectory" → "/srv/…"); empty where sshd was
    not asked. `groups`: beside its own. `key`: the content of its file of keys."""

    account: Account
    user: User | None
    groups: tuple[str, ...]
    key: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """`objection`: what sshd said against its configuration, None if nothing. `above`: the folders above the drop box.
    `host_keys`: of the server, OpenSSH's lines without comment. `unreadable`: receipts that their account cannot read.
    """

    sshd: bool
    objection: str | None
    accounts: tuple[AccountSeen, ...]
    folders: tuple[Seen, ...]
    above: tuple[tuple[PurePosixPath, Stands | None], ...]
    cleaner: bool
    deadline: str
    host_keys: tuple[str, ...]
    unreadable: int


def look(box: DropBox, system: System) -> MachineFacts:
    """Ask the machine. Nothing is changed."""
    deadline, keys = system.at(box.deadline_file), sorted(system.at(ETC / "ssh").glob("ssh_host_*_key.pub"))
    return MachineFacts(
        sshd=find("sshd") is not None,
        objection=sshd_objects(box, system),
        accounts=tuple(_account(box, system, each) for each in box.accounts),
        folders=tuple(Seen(each.path, each.wanted, system.stands(each.path)) for each in folders(box)),
        above=tuple((each, system.stands(each)) for each in box.folder.parents),
        cleaner=find("systemd-tmpfiles") is not None or not system.is_this_machine,
        deadline=deadline.read_text(errors="replace") if deadline.exists() else "",
        host_keys=tuple(" ".join(each.read_text(errors="replace").split()[:2]) for each in keys),
        unreadable=sum(_unreadable(system.at(box.home(each) / OUTGOING)) for each in box.accounts),
    )


def _account(box: DropBox, system: System, account: Account) -> AccountSeen:
    file, groups = system.at(box.keys / account.name), system.groups()
    return AccountSeen(
        account,
        system.user(account.name),
        tuple(each.name for each in groups if account.name in each.members and each.name != GROUP),
        file.read_text(errors="replace") if file.exists() else "",
        sshd_settings(box, system, account) if system.is_this_machine else (),
    )


def _unreadable(folder: Path) -> int:
    """By their group alone, which is the account's: it is among the others only where it is not in the group."""
    try:
        return sum(1 for each in folder.iterdir() if each.is_file() and not each.stat().st_mode & 0o040)
    except OSError:
        return 0
