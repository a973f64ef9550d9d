"""Setting up: what keeps it from being done, all at once; the steps that are needed; sshd's word before it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.dropbox.box import GROUP, DropBox
from exchange.dropbox.looking import sshd_objects
from exchange.dropbox.refusals import (
    account_taken,
    no_keeper,
    of_another,
    sshd_refuses,
    step_failed,
    workspace_in_the_way,
)
from exchange.dropbox.sshd_config import belongs_to
from exchange.dropbox.steps import LinkFolder, Step, WriteFile, link_steps, make_steps
from exchange.dropbox.system import System
from exchange.errors import Problem, TransportError


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for `box` on `system`. `workspace`: the folder "dropbox" of the keeper's workspace, if that is
    on the same machine."""

    box: DropBox
    system: System
    workspace: Path | None

    def steps(self) -> tuple[Step, ...]:
        return (*make_steps(self.box), *self.links())

    def links(self) -> tuple[LinkFolder, ...]:
        return link_steps(self.box, self.workspace) if self.workspace is not None else ()

    def needed(self) -> tuple[Step, ...]:
        """The steps that are still to be taken."""
        return tuple(each for each in self.steps() if each.needed(self.system))

    def check(self) -> None:
        """TransportError with every reason why it cannot be done; nothing has been changed."""
        TransportError.raise_all(self._reasons())

    def apply(self) -> tuple[Step, ...]:
        """Do what is needed; what was done. TransportError: `check`'s, dropbox.failed, dropbox.sshd_refuses."""
        self.check()
        done: list[Step] = []
        for step in self.needed():
            try:
                self._take(step)
            except OSError as error:
                raise TransportError(step_failed(step.words(), error.strerror or "")) from error
            done.append(step)
        return tuple(done)

    def _take(self, step: Step) -> None:
        """A file that sshd does not take would keep everybody out once it is started again: it is taken back."""
        if not isinstance(step, WriteFile) or step.path != self.box.sshd_file:
            step.take(self.system)
            return
        file = self.system.at(step.path)
        before = file.read_text() if file.exists() else None
        step.take(self.system)
        objection = sshd_objects(self.box, self.system)
        if objection is not None:
            if before is None:
                file.unlink()
            else:
                WriteFile(step.path, before).take(self.system)
            raise TransportError(sshd_refuses(objection))

    def _reasons(self) -> Iterator[Problem]:
        if self.system.user(self.box.keeper) is None:
            yield no_keeper()
        file = self.system.at(self.box.sshd_file)
        if file.exists() and file.read_text(errors="replace").partition("\n")[0] != belongs_to(self.box):
            yield of_another()
        group = self.system.group(GROUP)
        ours = group.members if group else ()
        for each in self.box.accounts:
            if self.system.user(each.name) is not None and each.name not in ours:
                yield account_taken(each.name)
        for link in self.links():
            if link.in_the_way():
                yield workspace_in_the_way("/".join(link.link.parts[-3:]))


def script(plan: Plan) -> str:
    """What `apply` does, for a person to read, or to run as root where this program is not."""
    head = ["#!/bin/sh", belongs_to(plan.box).replace("exchange dropbox --apply", "exchange dropbox"), "set -eu", ""]
    body = [each.script() for each in make_steps(plan.box)]
    if plan.links():
        body += ["", *(each.script() for each in plan.links())]
    return "\n".join([*head, *body, "", "sshd -t", "systemctl reload ssh", ""])
