"""How the demo ends: what each recipient got, what was held back and why, people beside the truth, the auditor."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange.audit.verify import Verdict
from exchange.consent.applying import REASONS
from exchange.consent.consented import HeldReason
from exchange.demo.cast import PASSPHRASE_FILE, RECIPIENTS, SENDERS
from exchange.demo.story import Told
from exchange.demo.truth import Truth
from exchange.locale import _
from exchange.merge.people import MergeCounts
from exchange.protect.protected import Account
from exchange.reports.wording import held_reason
from exchange.sending import Packed


@dataclass(frozen=True, slots=True)
class Ending:
    """How the story ends: what the tests look at."""

    told: Told
    merged: tuple[tuple[str, MergeCounts, Truth], ...]
    verdict: Verdict
    states: Mapping[str, str]  # how each sealed file stands in its sender's outbox, by SHA-256
    pages: tuple[Path, ...]


def summary(ending: Ending, folder: Path, seconds: float) -> Iterator[str]:
    """The lines that the demo ends with."""
    yield ""
    yield _("What each recipient got (* a correction)")
    yield from _table(_head(), _lines(ending))
    yield ""
    yield _("Held back, and why: rows of all extracts, by recipient")
    yield from _table((_("reason"), *(each.id for each in RECIPIENTS)), _held_back(ending))
    yield ""
    for party, counts, true in ending.merged:
        yield _(
            "{party}: {reports} reports, {people} people (in truth {true_people} people in {true_reports}); "
            "{undecided} pairs for a person to decide"
        ).format(
            party=party,
            undecided=counts.undecided,
            reports=counts.reports,
            people=counts.people,
            true_people=true.people,
            true_reports=true.reports,
        )
    verdict = ending.verdict
    yield _("Logs verified by the auditor: {good} of {all}; {matches} deliveries matched with receptions.").format(
        good=sum(log.ok for log in verdict.logs), all=len(verdict.logs), matches=len(verdict.matches)
    )
    yield _("Pages to read:")
    yield from (f"  {page}" for page in ending.pages)
    yield _("Look inside, for example:")
    yield f"  {_command_to_look_inside(folder)}"
    yield _("{seconds} seconds.").format(seconds=round(seconds))


def _command_to_look_inside(folder: Path) -> str:
    """A command that can be typed as it stands: nobody need have put `exchange` on the path."""
    program = ["exchange"] if shutil.which("exchange") else [os.path.relpath(sys.executable), "-m", "exchange"]
    secret = shlex.quote(str(folder / PASSPHRASE_FILE))
    return f"EXCHANGE_PASSPHRASE_FILE={secret} {shlex.join([*program, '-w', str(folder / SENDERS[0].id), 'status'])}"


def _head() -> tuple[str, ...]:
    return (_("recipient"), _("sender"), _("period"), _("rows"), _("held back"), "k", _("delivered"), _("acknowledged"))


def _lines(ending: Ending) -> Iterator[tuple[str, ...]]:
    for packed in _in_order(ending):
        envelope, account = packed.sealed.envelope, packed.prepared.protected.account
        consented = packed.prepared.consented
        state = ending.states[packed.sealed.ciphertext_sha256]
        yield (
            envelope.recipient,
            envelope.sender,
            _period(packed),
            str(account.rows_out),
            str(consented.held_back.total),
            _k(account),
            _("yes") if state in {"delivered", "acknowledged"} else _("no"),
            _("yes") if state == "acknowledged" else _("no"),
        )


def _k(account: Account) -> str:
    if account.k_reached is None:
        return _("tables only") if account.gate != "reported" else _("no rows")
    if account.gate == "reported":
        return _("{k}, no gate").format(k=account.k_reached)
    return _("{k} of {asked}").format(k=account.k_reached, asked=account.k_asked)


def _held_back(ending: Ending) -> Iterator[tuple[str, ...]]:
    counted: Counter[tuple[str, HeldReason]] = Counter()
    for packed in ending.told.packed:
        for reason, count in packed.prepared.consented.held_back.by_reason:
            counted[packed.sealed.envelope.recipient, reason] += count
    for reason in REASONS:
        row = [counted[each.id, reason] for each in RECIPIENTS]
        if any(row):
            yield held_reason(reason), *map(str, row)


def _in_order(ending: Ending) -> list[Packed]:
    return sorted(ending.told.packed, key=lambda p: (p.sealed.envelope.recipient, p.sealed.envelope.sender))


def _period(packed: Packed) -> str:
    return f"{packed.sealed.envelope.period}{'*' if packed.sealed.envelope.replaces else ''}"


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    rows = [head, *lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return (
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
