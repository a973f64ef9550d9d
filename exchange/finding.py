"""What a look at a server found: what is as it should be, what is worth knowing, what is wrong and whom to ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from exchange.errors import Problem

Severity = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `code` is stable and dotted ("doctor.host_key"); `what` a translated sentence in
    lower case without a full stop; `where` names the server, folder or account; `hint` says what to do next, and whom
    to ask."""

    severity: Severity
    code: str
    what: str
    where: str = ""
    hint: str = ""

    @property
    def problem(self) -> Problem:
        return Problem(self.code, self.what, self.where, self.hint)


def wrong(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """Those that somebody must mend."""
    return tuple(each.problem for each in findings if each.severity == "wrong")
