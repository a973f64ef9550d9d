"""The recipient's store: what every bundle brought, locked segment by segment; nothing readable on the disk, ever.

    store.sqlite     which file holds what, under which key; who must never come back (`key_table`)
    segments/        one locked Parquet file per bundle, each under a key of its own (`segment`, `segment_files`)
    ../store.key     the table's own key, another one whenever something was destroyed (`store_key`)

A report is known by its source (sender and agreement), its case and its revision (the bundle that brought it); nothing
that a source said is changed in place. Where a release has no pseudonyms, a case is the row key within that release,
which is random and says nothing in the next. A bundle is applied once, and in any order: a correction takes the place
of what it corrects even if it arrives first.

A withdrawal erases its reports and keeps a keyed hash, so that no bundle brings them back; disposal does so with whole
bundles. Order on the disk: the new file, then the line that names it, then the old file goes; a crash leaves at most a
file that nobody can open.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from exchange.bundle.contents import Contents
from exchange.bundle.metadata import Metadata
from exchange.crypto.box import KEY
from exchange.errors import MergeError, Problem
from exchange.locale import _
from exchange.merge.key_table import Held, KeyTable
from exchange.merge.records import Records, records_of
from exchange.merge.refusals import translated, wrong_key
from exchange.merge.segment import Segment, about
from exchange.merge.segment_files import SegmentFiles
from exchange.merge.store_key import StoreKey

TABLE_FILE = "store.sqlite"

Document = Literal["people", "decisions", "compared"]
"""What the store keeps of its own: whom it knows, what people decided about pairs of reports, and how pairs stand that
were compared."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a bundle did: rows and tokens taken, rows left out because their people withdrew.

    `replaced`: the bundle that this one took the place of, if it was here. `already_there`: nothing was done, because
    the bundle had been applied before. `superseded`: nothing was taken, because its correction had come first.
    `disposed`: nothing was taken, because the bundle has been destroyed here.
    """

    bundle: str
    rows: int = 0
    tokens: int = 0
    withdrawn: int = 0
    replaced: str | None = None
    already_there: bool = False
    superseded: bool = False
    disposed: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """A bundle that lies in the store. `reports`: how many; None, and no `metadata`, where its segment is damaged."""

    sender: str
    agreement: str
    bundle: str
    period: str
    received: dt.datetime
    reports: int | None
    metadata: Metadata | None


class Store:
    """An open store. Close it, or use it in a `with`."""

    def __init__(self, table: KeyTable, files: SegmentFiles) -> None:
        self._table = table
        self._files = files

    @classmethod
    def open(cls, folder: Path, key: bytes) -> Self:
        """The store in `folder`, made if there is none. `key`: 32 random bytes. Its key file lies beside the folder.

        MergeError: `store.wrong_key`, `store.no_key`, `store.altered`, `store.not_private`, `store.unusable`.
        """
        if len(key) != KEY:
            raise wrong_key()
        files = SegmentFiles(folder / "segments")
        with translated():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.folder.mkdir(mode=0o700, exist_ok=True)
        _refuse_public(folder)
        with translated():
            unused = not any(files.folder.iterdir())
        own = StoreKey(folder.with_name(f"{folder.name}.key"), key)
        store = cls(KeyTable(folder / TABLE_FILE, own, may_begin=unused), files)
        try:
            with store._table.reading():
                store._sweep()
        except BaseException:
            store.close()
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._table.close()

    @property
    def generation(self) -> int:
        """How often the store has changed; kept elsewhere, it shows that an old copy was put back."""
        return self._table.generation

    # --- writing ---

    def apply(self, contents: Contents, received: dt.datetime) -> Applied:
        """Take what a bundle brings. MergeError `store.corrected_twice`: another bundle has corrected the same one."""
        said = contents.metadata
        name = ("bundle", said.sender.id, said.agreement.id, said.bundle)
        with self._table.changing():
            if self._find(contents) is not None:
                return Applied(said.bundle, already_there=True)
            replaced = self._replace(contents)
            if self._table.buried(*_disposed(*name[1:])):
                return Applied(said.bundle, replaced=replaced, disposed=True)
            if self._table.buried(*name):
                done = Applied(said.bundle, replaced=replaced, superseded=True)
            else:
                segment, withdrawn = self._without_withdrawn(Segment.of(contents, received))
                self._add(segment)
                done = Applied(said.bundle, segment.row_count, len(segment.tokens), withdrawn, replaced)
        self._tidy()
        return done

    def withdraw(self, sender: str, agreement_id: str, pseudonym: str) -> int:
        """Erase every report that `sender` made under this pseudonym, now and in bundles to come; how many there were.

        Segments are written anew under new keys; the old keys and files are destroyed. Counts in tables stay: they
        name nobody. In gated tiers there are no pseudonyms, and a person is left out of the next release instead.
        """
        erased = 0
        with self._table.changing():
            self._table.bury(*_report(sender, agreement_id, pseudonym), cause="withdrawal")
            for held in self._bundles():
                if (held.sender, held.agreement) == (sender, agreement_id):
                    erased += self._erase(held, pseudonym)
            self._drop("compared")
        self._tidy()
        return erased

    def dispose(self, sender: str, agreement_id: str, bundle: str) -> None:
        """Destroy what a bundle brought, its key first, also where the segment is damaged; it never comes back.

        Repeating it changes nothing.
        """
        with self._table.changing():
            self._table.bury(*_disposed(sender, agreement_id, bundle), cause="disposal")
            for held in self._bundles():
                if (held.sender, held.agreement, held.bundle) == (sender, agreement_id, bundle):
                    self._table.remove(held)
            self._drop("compared")
        self._tidy()

    def keep(self, what: Document, content: bytes) -> None:
        """Keep a document of the store's own in place of the one before."""
        self.alter(what, lambda _before: content)

    def drop(self, what: Document) -> None:
        """Destroy a document of the store's own, and its key."""
        with self._table.changing():
            self._drop(what)
        self._tidy()

    def alter(self, what: Document, after: Callable[[bytes | None], bytes | None]) -> None:
        """Keep what `after` makes of the document as it is, None where there is none; nobody changes it meanwhile. What
        `after` raises leaves it as it was."""
        with self._table.changing():
            before = [held for held in self._table.held() if held.what == what]
            content = self._files.read(before[0].file, before[0].key) if before else None
            new = after(content)
            if new is not None and new != content:
                for held in before:
                    self._table.remove(held)
                file, key = self._files.write(new)
                self._table.add(Held(file=file, key=key, what=what))
        self._tidy()

    # --- reading ---

    def kept(self, what: Document) -> bytes | None:
        """The document that was kept, None if there is none. MergeError `store.damaged`."""
        with self._table.reading():
            found = [held for held in self._table.held() if held.what == what]
            return self._files.read(found[0].file, found[0].key) if found else None

    def holdings(self) -> tuple[Holding, ...]:
        """What lies here, damaged segments too."""
        with self._table.reading():
            return tuple(self._holding(held) for held in self._bundles())

    def metadata(self) -> tuple[Metadata, ...]:
        """What every bundle says of itself, in the order of `segments`. MergeError as there."""
        with self._table.reading():
            return tuple(about(self._read(held))[0].metadata for held in self._bundles())

    def reports_of(self, sender: str, agreement_id: str, pseudonym: str) -> int:
        """How many reports `sender` made under this pseudonym."""
        with self._table.reading():
            those = [self._segment(h) for h in self._bundles() if (h.sender, h.agreement) == (sender, agreement_id)]
        return sum(each.row_count - each.without({pseudonym}).row_count for each in those if each.pseudonymised)

    def segments(self) -> tuple[Segment, ...]:
        """Every segment, by sender, agreement, period and bundle. MergeError `store.damaged`, `store.altered`."""
        with self._table.reading():
            return tuple(self._segment(held) for held in self._bundles())

    def records(self) -> Records:
        """All reports of all segments, in one table, with where each came from, and their tokens."""
        return records_of(self.segments())

    # --- steps ---

    def _drop(self, what: Document) -> None:
        for held in self._table.held():
            if held.what == what:
                self._table.remove(held)

    def _bundles(self) -> tuple[Held, ...]:
        return tuple(held for held in self._table.held() if held.what == "bundle")

    def _find(self, contents: Contents) -> Held | None:
        said = contents.metadata
        wanted = (said.sender.id, said.agreement.id, said.bundle)
        return next((each for each in self._bundles() if (each.sender, each.agreement, each.bundle) == wanted), None)

    def _replace(self, contents: Contents) -> str | None:
        """Take away what the bundle corrects, and keep it away; its id if it was here."""
        said = contents.metadata
        if said.replaces is None:
            return None
        old = ("bundle", said.sender.id, said.agreement.id, said.replaces)
        if self._table.buried_by_another(*old, cause=said.bundle):
            raise _corrected_twice(said.sender.id, said.period)
        self._table.bury(*old, cause=said.bundle)
        for held in self._bundles():
            if ("bundle", held.sender, held.agreement, held.bundle) == old:
                self._table.remove(held)
                return said.replaces
        return None

    def _without_withdrawn(self, segment: Segment) -> tuple[Segment, int]:
        if not segment.pseudonymised:
            return segment, 0
        sender, agreement = segment.metadata.sender.id, segment.metadata.agreement.id
        keys: list[str] = segment.row_keys().to_pylist()
        gone = self._table.buried_among(keys, lambda key: _report(sender, agreement, key))
        kept = segment.without(gone)
        return kept, segment.row_count - kept.row_count

    def _erase(self, held: Held, pseudonym: str) -> int:
        segment = self._segment(held)
        if not segment.pseudonymised:
            return 0
        kept = segment.without({pseudonym})
        if kept.row_count != segment.row_count:
            self._table.remove(held)
            self._add(kept)
        return segment.row_count - kept.row_count

    def _holding(self, held: Held) -> Holding:
        received = held.received or dt.datetime.min.replace(tzinfo=dt.UTC)
        named = (held.sender, held.agreement, held.bundle, held.period, received)
        try:
            said, reports = about(self._read(held))
        except MergeError:
            return Holding(*named, reports=None, metadata=None)
        return Holding(*named, reports=reports, metadata=said.metadata)

    def _segment(self, held: Held) -> Segment:
        return Segment.from_bytes(self._read(held))

    def _read(self, held: Held) -> bytes:
        return self._files.read(held.file, held.key)

    def _add(self, segment: Segment) -> None:
        file, key = self._files.write(segment.to_bytes())
        said = segment.metadata
        self._table.add(
            Held(
                file=file,
                key=key,
                what="bundle",
                sender=said.sender.id,
                agreement=said.agreement.id,
                bundle=said.bundle,
                period=said.period,
                received=segment.received,
            )
        )

    def _tidy(self) -> None:
        with self._table.reading():
            self._sweep()

    def _sweep(self) -> None:
        self._files.sweep({held.file for held in self._table.held()})


def _report(sender: str, agreement_id: str, pseudonym: str) -> tuple[str, ...]:
    return ("report", sender, agreement_id, pseudonym)


def _disposed(sender: str, agreement_id: str, bundle: str) -> tuple[str, ...]:
    """By another name than what a correction buries: a bundle that is gone can still be corrected by a new one."""
    return ("disposed", sender, agreement_id, bundle)


def _refuse_public(folder: Path) -> None:
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        raise MergeError(
            Problem(
                "store.not_private",
                _("others on this machine can look into the store"),
                where=folder.name,
                hint=_("make it private: chmod 700 on the folder"),
            )
        )


def _corrected_twice(sender: str, period: str) -> MergeError:
    return MergeError(
        Problem(
            "store.corrected_twice",
            _("another bundle has already taken the place of the one that this corrects"),
            where=f"{sender} {period}",
            hint=_("ask the sender for a correction of the newest bundle"),
        )
    )
