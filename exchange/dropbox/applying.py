"""Setting up: what keeps it from being done, all at once; then the steps that are needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.dropbox.box import DropBox
from exchange.dropbox.needs import AccountIsFree, KeeperIsThere, LinkIsFree, Need, NoOtherBox, script_of
from exchange.dropbox.refusals import step_failed
from exchange.dropbox.sshd_config import belongs_to
from exchange.dropbox.steps import LinkFolder, Step, link_steps, make_steps
from exchange.dropbox.system import System
from exchange.errors import TransportError


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
        TransportError.raise_all(each.problem() for each in self.needs() if not each.met(self.system))

    def apply(self) -> tuple[Step, ...]:
        """Do what is needed; what was done. TransportError: `check`'s, dropbox.failed, dropbox.sshd_refuses."""
        self.check()
        done: list[Step] = []
        for step in self.needed():
            try:
                step.take(self.system)
            except OSError as error:
                raise TransportError(step_failed(step.words(), error.strerror or "")) from error
            done.append(step)
        return tuple(done)

    def needs(self) -> tuple[Need, ...]:
        """What must be so before any of it."""
        return (
            KeeperIsThere(self.box.keeper),
            NoOtherBox(self.box),
            *(AccountIsFree(each.name) for each in self.box.accounts),
            *(LinkIsFree(each) for each in self.links()),
        )


def script(plan: Plan) -> str:
    """What `apply` does, for a person to read, or to run as root where this program is not."""
    head = [
        "#!/bin/sh",
        belongs_to(plan.box).replace("exchange dropbox --apply", "exchange dropbox"),
        "set -eu",
        "",
        script_of(plan.needs()),
        "",
    ]
    body = [each.script() for each in make_steps(plan.box)]
    if plan.links():
        body += ["", *(each.script() for each in plan.links())]
    return "\n".join([*head, *body, "", "systemctl reload ssh", ""])
