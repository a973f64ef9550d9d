"""`exchange demo`: the main job, told as it goes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from exchange.demo.audit import audit, packs
from exchange.demo.cast import (
    PASSPHRASE,
    PASSPHRASE_FILE,
    PERSON_PASSPHRASE,
    PERSON_PASSPHRASE_FILE,
    SENDERS,
    Network,
    gathered,
)
from exchange.demo.ending import Ending, summary
from exchange.demo.pages import pages
from exchange.demo.scenario import SEED, Scenario, build
from exchange.demo.story import Tell, Told, at, perform
from exchange.demo.truth import truth
from exchange.errors import Problem, WorkspaceError
from exchange.locale import _
from exchange.merging import merge_received

# The recipients of rows, and whether each erases people who withdraw.
MERGING = (("gt-ntt", False), ("io-id", True))
MARK = "this-is-an-exchange-demo.txt"


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
    for line in summary(ending, folder, time.monotonic() - began):
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
        for name, text in ((PASSPHRASE_FILE, PASSPHRASE), (PERSON_PASSPHRASE_FILE, PERSON_PASSPHRASE)):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(text + "\n", encoding="utf-8")
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
