"""A drop box: the accounts, folders and files by which partners put bundles to us and fetch our letters.

    /srv/exchange-dropbox/                root, 0755     each account is locked into its own folder (chroot)
        yks/                              root, 0755
            incoming/                     0730           owner: who runs `receive`; group: the account alone
            outgoing/                     2750           the same
    /etc/ssh/exchange-dropbox/yks         root, 0644     the account's key, where it cannot change it

What the account puts is readable by its name alone: see DROPBOX.md for why the modes are these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from exchange.dropbox.refusals import bad_account, bad_folder, no_keeper
from exchange.errors import UsageError

GROUP = "exchange-senders"
FOLDER = PurePosixPath("/srv/exchange-dropbox")
ETC = PurePosixPath("/etc")
DAYS = 60
INCOMING, OUTGOING = "incoming", "outgoing"
# What Debian's useradd takes; only digits would be read as a number by other programs.
_ACCOUNT = re.compile(r"(?![0-9]+$)[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_FOLDER = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._-]*)+", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sender:
    """A party that puts bundles here; `key`: its public key for servers, OpenSSH's line, from its believed card."""

    party: str
    key: str


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's account of one sender."""

    name: str
    sender: Sender


@dataclass(frozen=True, slots=True)
class DropBox:
    """The drop box of `party`. `keeper`: the account that runs `exchange receive` and `deliver`; `days`: after how many
    a file that nobody took is removed; `prefix`: what the accounts' names begin with before the party's.

    UsageError for what cannot be: every reason.
    """

    party: str
    keeper: str
    senders: tuple[Sender, ...]
    folder: PurePosixPath = FOLDER
    days: int = DAYS
    prefix: str = ""

    def __post_init__(self) -> None:
        problems = [bad_account(each.name) for each in self.accounts if not _ACCOUNT.fullmatch(each.name)]
        if not _FOLDER.fullmatch(str(self.folder)):
            problems.append(bad_folder())
        if not _USER.fullmatch(self.keeper):
            problems.append(no_keeper())
        UsageError.raise_all(problems)

    @property
    def accounts(self) -> tuple[Account, ...]:
        return tuple(Account(self.prefix + each.party, each) for each in self.senders)

    def home(self, account: Account) -> PurePosixPath:
        """What the account sees as "/"."""
        return self.folder / account.name

    @property
    def keys(self) -> PurePosixPath:
        """The folder of the accounts' keys, one file each."""
        return ETC / "ssh" / "exchange-dropbox"

    @property
    def sshd_file(self) -> PurePosixPath:
        return ETC / "ssh" / "sshd_config.d" / "50-exchange-dropbox.conf"

    @property
    def deadline_file(self) -> PurePosixPath:
        return ETC / "tmpfiles.d" / "exchange-dropbox.conf"

    def key_line(self, account: Account) -> str:
        """The whole of the account's authorized_keys. `restrict`: also what a later OpenSSH may think of."""
        return f"restrict {account.sender.key}\n"

    def deadline(self) -> str:
        """For systemd-tmpfiles, whose timer runs every day on Debian: by the time of writing, since being read by a
        backup must not keep a file."""
        lines = (f"e {self.folder}/*/{name} - - - m:{self.days}d" for name in (INCOMING, OUTGOING))
        return "\n".join(["# Written by: exchange dropbox --apply", *lines, ""])
