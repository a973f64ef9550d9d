"""What must be so before a drop box is made: asked before `--apply` changes anything, and by the script as well."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Protocol

from exchange.dropbox.box import GROUP, DropBox
from exchange.dropbox.refusals import account_taken, in_one_line, no_keeper, of_another, workspace_in_the_way
from exchange.dropbox.sshd_config import belongs_to
from exchange.dropbox.steps import LinkFolder
from exchange.dropbox.system import System
from exchange.errors import Problem


class Need(Protocol):
    """`script`: a condition of the shell; `problem`: what is wrong where it is not met."""

    def problem(self) -> Problem: ...

    def script(self) -> str: ...

    def met(self, system: System) -> bool: ...


@dataclass(frozen=True, slots=True)
class KeeperIsThere:
    """Who is to own the folders."""

    keeper: str

    def problem(self) -> Problem:
        return no_keeper()

    def script(self) -> str:
        return f"getent passwd {self.keeper} >/dev/null"

    def met(self, system: System) -> bool:
        return system.user(self.keeper) is not None


@dataclass(frozen=True, slots=True)
class NoOtherBox:
    """sshd's file is not there, or is this drop box's by its first line."""

    box: DropBox

    def problem(self) -> Problem:
        return of_another()

    def script(self) -> str:
        file = self.box.sshd_file
        return f'[ ! -e {file} ] || [ "$(head -n 1 {file})" = {shlex.quote(belongs_to(self.box))} ]'

    def met(self, system: System) -> bool:
        file = system.at(self.box.sshd_file)
        return not file.exists() or file.read_text(errors="replace").partition("\n")[0] == belongs_to(self.box)


@dataclass(frozen=True, slots=True)
class AccountIsFree:
    """Nobody has the account's name, or a sender has."""

    name: str

    def problem(self) -> Problem:
        return account_taken(self.name)

    def script(self) -> str:
        members = f"getent group {GROUP} | cut -d: -f4 | tr , '\\n'"
        return f"! getent passwd {self.name} >/dev/null || {members} | grep -qx {self.name}"

    def met(self, system: System) -> bool:
        group = system.group(GROUP)
        return system.user(self.name) is None or (group is not None and self.name in group.members)


@dataclass(frozen=True, slots=True)
class LinkIsFree:
    """Nothing lies in the workspace where the link goes."""

    link: LinkFolder

    def problem(self) -> Problem:
        return workspace_in_the_way("/".join(self.link.link.parts[-3:]))

    def script(self) -> str:
        at = shlex.quote(str(self.link.link))
        return f'[ ! -d {at} ] || [ -L {at} ] || [ -z "$(ls -A {at})" ]'

    def met(self, _system: System) -> bool:
        return not self.link.in_the_way()


def script_of(needs: tuple[Need, ...]) -> str:
    """Every reason why it cannot be done, and then an end."""
    return "\n".join(
        [
            "cannot=",
            'no() { echo "$1" >&2; cannot=1; }',
            *(f"{each.script()} || no {shlex.quote(in_one_line(each.problem()))}" for each in needs),
            '[ -z "$cannot" ] || exit 1',
        ]
    )
