"""An answer to an auditor's question, for people or for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from exchange.cli import console
from exchange.errors import AuditError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.asking.answer import Answer


def show(answer: Answer) -> None:
    """For people or programs; the status is 13 where something is wrong, as that of `exchange audit verify`."""
    console.answer(answer.as_json(), _lines(answer))
    if any(each.weight == "wrong" for each in answer.findings):
        raise click.exceptions.Exit(AuditError.exit_status)


def _lines(answer: Answer) -> Iterator[str]:
    yield str(answer.sentence)
    for line in answer.lines:
        yield f"  {line}"
    for finding in answer.findings:
        label = _("wrong") if finding.weight == "wrong" else _("look")
        yield console.in_one_line(f"{label}: {finding} [{finding.code}]")
    yield _("by the logs of: {parties}").format(parties=", ".join(answer.logs))
    if answer.attested is not None:
        yield str(answer.attested)
    if answer.sample:
        yield _("drawn to be checked on site:")
        for drawn in answer.drawn:
            yield f"  {drawn}"
