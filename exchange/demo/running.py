"""`exchange demo`: the main job, told as it goes."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange.audit.verify import Verdict
from exchange.demo.audit import audit, packs
from exchange.demo.cast import PASSPHRASE, SENDERS, Network, gathered
from exchange.demo.pages import pages
from exchange.demo.scenario import SEED, Scenario, build
from exchange.demo.story import Tell, Told, at, perform
from exchange.demo.truth import Truth, truth
from exchange.errors import Problem, WorkspaceError
from exchange.locale import _
from exchange.merge.people import MergeCounts
from exchange.receiving import merge_received

# The recipients of rows, and whether each erases people who withdraw.
MERGING = (("gt-ntt", False), ("io-id", True))
MARK = "this-is-an-exchange-demo.txt"
PASSPHRASE_FILE = "passphrase.txt"  # noqa: S105  # a file's name


@dataclass(frozen=True, slots=True)
class Ending:
    """How the story ends: what the tests look at."""

    told: Told
    merged: tuple[tuple[str, MergeCounts, Truth], ...]
    verdict: Verdict
    states: Mapping[str, str]  # how each sealed file stands in its sender's outbox, by SHA-256
    pages: tuple[Path, ...]


def run(folder: Path, *, seed: int = SEED, tell: Callable[[str], None]) -> Ending:
    """The whole demo in `folder`, which is emptied if an earlier demo left it, and left for the reader.

    WorkspaceError (demo.folder) if something else lies there.
    """
    began = time.monotonic()
    _clear(folder)
    scenario = build(seed)
    tell(_("All organisations and people here are invented. Everything lies in {folder}").format(folder=folder))
    with gathered(folder, at(8, 20)) as network:
        told = Told()
        perform(network, scenario, told, tell)
        ending = _end(network.at(at(11, 6)), scenario, told, tell)
    for line in _summary(ending, folder, time.monotonic() - began):
        tell(line)
    return ending


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise WorkspaceError(
            Problem(
                "demo.folder",
                _("something that is not a demo lies in this folder"),
                where=folder.name,
                hint=_("name another with --folder"),
            )
        )
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        (folder / MARK).write_text("A second run of the demo empties this folder.\n", encoding="utf-8")
        passphrase = folder / PASSPHRASE_FILE
        passphrase.touch(mode=0o600)
        passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    except OSError:
        hint = _("name another with --folder")
        raise WorkspaceError(Problem("demo.folder", _("the folder cannot be made"), folder.name, hint)) from None


def _end(network: Network, scenario: Scenario, told: Told, tell: Tell) -> Ending:
    tell(_("6 November. The recipients merge what they hold; the auditor takes everybody's log."))
    merged = {party: merge_received(network.office(party)) for party, _erases in MERGING}
    handed = packs(network)
    verdict = audit(network, handed)
    states = {
        standing.parcel.sha256: standing.state
        for office in network.offices(SENDERS)
        for standing in office.workspace.outbox.status()
    }
    counted = tuple(
        (party, merged[party].counts, truth(scenario, told.packed, party, erases=erases)) for party, erases in MERGING
    )
    return Ending(told, counted, verdict, states, tuple(pages(network, told, merged, handed)))


# --- the table at the end ---


def _summary(ending: Ending, folder: Path, seconds: float) -> Iterator[str]:
    yield ""
    yield _("What each recipient got")
    yield from _table(_head(), _lines(ending))
    yield ""
    for party, counts, true in ending.merged:
        yield _("{party}: {reports} reports, {people} people (in truth {true_people} people in {true_reports})").format(
            party=party,
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
    for packed in sorted(ending.told.packed, key=lambda p: (p.sealed.envelope.recipient, p.sealed.envelope.sender)):
        envelope, account = packed.sealed.envelope, packed.prepared.protected.account
        consented = packed.prepared.consented
        state = ending.states[packed.sealed.ciphertext_sha256]
        yield (
            envelope.recipient,
            envelope.sender,
            f"{envelope.period}{'*' if envelope.replaces else ''}",
            str(account.rows_out),
            str(consented.considered - len(consented)),
            "–" if account.k_reached is None else str(account.k_reached),
            _("yes") if state in {"delivered", "acknowledged"} else _("no"),
            _("yes") if state == "acknowledged" else _("no"),
        )


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    rows = [head, *lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return (
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
