"""A year of ten organisations – six senders, three recipients, an auditor who watches – in logs and packs.

Real agreements, cards, logs, cosignatures and packs; only the data and the road are left out.

    story = Story(seed=1)                                          # an honest year
    story.drop(story.sent("yks", "gt-ntt", "2026-11").delivered)   # something is not as it was
    year = written(story, folder)
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from audit.year_cast import (
    AUDITOR,
    END,
    EVERYBODY,
    KEYS,
    MINISTRY,
    RECIPIENTS,
    SENDERS,
    TASK_FORCE,
    WRITERS,
    agreement,
    card,
    identity,
    origin,
    signatures,
    text_of,
    watchers,
)
from audit.year_events import Event
from audit.year_story import HOUR, Story

from exchange.agreements.onward_approval import OnwardApproval
from exchange.audit.checkpoint import witness_name
from exchange.audit.entries import Entry
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.pack import Enclosures, export
from exchange.audit.witness import Witness
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.keyring.card import file_name


@dataclass(frozen=True, slots=True)
class Year:
    """The packs of all who keep a log, and the keys that the auditor has from their cards."""

    folder: Path
    packs: dict[str, Path]
    keys: dict[str, VerifyKey]
    kept: tuple[bytes, ...] = ()
    """The heads that the auditor has cosigned in the year."""


def written(story: Story, folder: Path) -> Year:
    """The logs of a year: each month what it brought is written in one piece, shown and cosigned; then the packs."""
    for party in EVERYBODY:
        (folder / party).mkdir()
    for party in WRITERS:
        Log.create(folder / party / "log.sqlite", origin(party)).close()
    rest = {party: story.of(party) for party in WRITERS}
    for month in [*_month_ends(), END]:
        for party in WRITERS:
            now = [each for each in rest[party] if each.at < month]
            rest[party] = rest[party][len(now) :]
            _write_month(story, folder, party, now, month)
    with Witness.open(folder / AUDITOR, origin(AUDITOR)) as witness:
        kept = witness.held()
    return Year(folder, {party: _pack(folder, party, story.leaves) for party in WRITERS}, KEYS, kept)


def rewritten(year: Year, folder: Path, party: str, first: int, changed: Entry | None = None) -> Path:
    """A pack of a log that its party has signed anew, with its true key: entry `first` is `changed` and the others are
    written after it again, or the log ends before it."""
    shutil.copytree(year.folder / party, folder / party)
    path = folder / party / "log.sqlite"
    with Log.open(path) as log:
        rest = [each.opening.entry for each in log.records(first + 1) if each.opening]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM entry WHERE number >= ?", (first,))
        database.execute("DELETE FROM node WHERE (place + 1) * (1 << level) > ?", (first,))
        database.execute("DELETE FROM checkpoint WHERE size > ?", (first,))
    with Log.open(path) as log:
        log.append(*([changed, *rest] if changed else []))
    return _pack(folder, party)


def _month_ends() -> Iterator[dt.datetime]:
    return (dt.datetime(2026 + (8 + n) // 12, (8 + n) % 12 + 1, 28, tzinfo=dt.UTC) for n in range(11))


def _write_month(story: Story, folder: Path, party: str, events: Sequence[Event], at: dt.datetime) -> None:
    key = identity(party).log
    with Log.open(folder / party / "log.sqlite") as log:
        for number, event in zip(log.append(*(each.entry for each in events)), events, strict=True):
            event.number = number
        deaf = {who for whose, who, since in story.deaf if whose == party and since <= at.date()}
        for other in watchers(party):
            if other not in deaf:
                _show(log, key, folder, other, at)


def _show(log: Log, key: SigningKey, folder: Path, other: str, at: dt.datetime) -> None:
    watcher, name = identity(other).log, witness_name(origin(other))
    shown = Heads(log).show(key, name, watcher.verify_key, at)
    with Witness.open(folder / other, origin(other)) as witness:
        cosigned = witness.see(shown, key.verify_key, signer=watcher, at=at)
    Heads(log).add_cosignatures(cosigned.data, key.verify_key, [(name, watcher.verify_key)])


def _pack(folder: Path, party: str, leaves: Mapping[str, OnwardApproval] | None = None) -> Path:
    target, key = folder / f"{party}.pack", identity(party).log
    with Witness.open(folder / party, origin(party)) as witness:
        held = witness.held()
    texts = _texts((*SENDERS, TASK_FORCE) if party in RECIPIENTS else (party,))
    if party == TASK_FORCE:
        texts |= {f"{agreement(each).id}.onward.json": one.to_json() for each, one in (leaves or {}).items()}
    papers = Enclosures(cards=_cards((*EVERYBODY, MINISTRY)), agreements=texts)
    with Log.open(folder / party / "log.sqlite") as log:
        Heads(log).checkpoint(key)
        export(log, key, target, at=END + HOUR, held=held, enclosures=papers)
    return target


def _cards(parties: Iterable[str]) -> dict[str, bytes]:
    return {file_name(each): card(each).to_bytes() for each in parties}


def _texts(senders: Iterable[str]) -> dict[str, bytes]:
    texts: dict[str, bytes] = {}
    for each in senders:
        name = f"{agreement(each).id}-{agreement(each).version}"
        texts |= {f"{name}.yaml": text_of(each), f"{name}.signatures.json": signatures(each).to_json()}
    return texts
