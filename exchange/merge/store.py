"""The recipient's store: what every bundle brought, locked segment by segment; nothing readable on the disk, ever.

    store.sqlite     which file holds what, under which key; who must never come back (`key_table`, `buried`)
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from exchange.bundle.contents import Contents
from exchange.bundle.metadata import Linking, Metadata
from exchange.crypto.box import KEY
from exchange.errors import MergeError, Problem
from exchange.locale import _
from exchange.merge.buried import bundle_name, disposed_name, report_name
from exchange.merge.key_table import Held, KeyTable
from exchange.merge.parts import Part
from exchange.merge.records import Records, records_of
from exchange.merge.refusals import translated, wrong_key
from exchange.merge.row_links import Links, Tokens, encode_anew, link, refuse_over
from exchange.merge.segment import Round, Segment, about
from exchange.merge.segment_files import SegmentFiles
from exchange.merge.shelf import Document, Shelf
from exchange.merge.store_key import StoreKey

TABLE_FILE = "store.sqlite"


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

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._table = shelf.table

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
        store = cls(Shelf(KeyTable(folder / TABLE_FILE, own, may_begin=unused), files))
        try:
            store._tidy()
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
        """Take what a bundle brings. MergeError `store.corrected_twice`: another bundle has corrected the same one;
        `match.epoch_over`: its tokens are of an epoch that is over."""
        said = contents.metadata
        name = (said.sender.id, said.agreement.id, said.bundle)
        with self._table.changing():
            if self._shelf.find(*name) is not None:
                return Applied(said.bundle, already_there=True)
            replaced = self._make_way(said)
            if self._table.buried(*disposed_name(*name)):
                return Applied(said.bundle, replaced=replaced, disposed=True)
            if self._table.buried(*bundle_name(*name)):
                done = Applied(said.bundle, replaced=replaced, superseded=True)
            else:
                if said.linking is not None:
                    refuse_over(self._shelf, said.linking, said.sender.id)
                segment, withdrawn = self._without_withdrawn(Segment.of(contents, received))
                self._shelf.add(segment)
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
            self._table.bury(*report_name(sender, agreement_id, pseudonym), cause="withdrawal")
            for held in self._shelf.under(sender, agreement_id):
                erased += self._erase(held, pseudonym)
            self._shelf.drop("compared")
        self._tidy()
        return erased

    def link(self, sender: str, agreement_id: str, made: Round, links: Links) -> int:
        """Take in which rows of `sender`'s bundles are of one person, as the agreement's linking agent tells: in place
        of all that it told before; how many reports it tells of. Bundles that are not here are left out.

        MergeError: links.older_round, where a later round is here; links.foreign_bundle, links.foreign_row, where it
        names a bundle of somebody else, or a row that never was.
        """
        with self._table.changing():
            told = link(self._shelf, sender, agreement_id, made, links)
        self._tidy()
        return told

    def encode_anew(self, sender: str, agreement_id: str, ring: Linking, tokens: Tokens) -> dict[bytes, bytes]:
        """Put tokens that were made under another epoch's secret in the place of those that rows of these bundles have;
        what each report's identity was, and is. Bundles that are not here are left out.

        MergeError: match.epoch_over, links.foreign_bundle, links.foreign_row.
        """
        with self._table.changing():
            moved = encode_anew(self._shelf, sender, agreement_id, ring, tokens)
            self._shelf.drop("compared")
        self._tidy()
        return moved

    def dispose(self, sender: str, agreement_id: str, bundle: str) -> None:
        """Destroy what a bundle brought, its key first, also where the segment is damaged; it never comes back.

        Repeating it changes nothing.
        """
        with self._table.changing():
            self._table.bury(*disposed_name(sender, agreement_id, bundle), cause="disposal")
            for held in self._shelf.under(sender, agreement_id):
                if held.bundle == bundle:
                    self._table.remove(held)
            self._shelf.drop("compared")
        self._tidy()

    def keep(self, what: Document, content: bytes) -> None:
        """Keep a document of the store's own in place of the one before, whose key is destroyed."""
        with self._table.changing():
            self._shelf.keep(what, content)
        self._tidy()

    def keep_more(self, what: Document, content: bytes, before: Sequence[str]) -> None:
        """Keep a further part of a document: it goes on from the last of the files that its parts were in `before`.
        Where others lie there by now, nothing is kept."""
        with self._table.changing():
            if [held.file for held in self._shelf.parts(what)] == list(before):
                self._shelf.keep_more(what, content)
        self._tidy()

    def drop(self, what: Document) -> None:
        """Destroy a document of the store's own, and its key."""
        with self._table.changing():
            self._shelf.drop(what)
        self._tidy()

    def alter(self, what: Document, after: Callable[[bytes | None], bytes | None]) -> None:
        """Keep what `after` makes of the document as it is, None where there is none; nobody changes it meanwhile. What
        `after` raises leaves it as it was."""
        with self._table.changing():
            content = self._shelf.document(what)
            new = after(content)
            if new is not None and new != content:
                self._shelf.keep(what, new)
        self._tidy()

    # --- reading ---

    def kept(self, what: Document) -> bytes | None:
        """The document that was kept, None if there is none. MergeError `store.damaged`."""
        with self._table.reading():
            return self._shelf.document(what)

    def parts(self, what: Document) -> tuple[Part, ...]:
        """A document that is kept in parts, none if there is none. MergeError `store.damaged`."""
        with self._table.reading():
            return tuple(Part(held.file, self._shelf.read(held)) for held in self._shelf.parts(what))

    def holdings(self) -> tuple[Holding, ...]:
        """What lies here, damaged segments too."""
        with self._table.reading():
            return tuple(self._holding(held) for held in self._shelf.bundles())

    def metadata(self) -> tuple[Metadata, ...]:
        """What every bundle says of itself, in the order of `segments`. MergeError as there."""
        with self._table.reading():
            return tuple(about(self._shelf.read(held))[0].metadata for held in self._shelf.bundles())

    def reports_of(self, sender: str, agreement_id: str, pseudonym: str) -> int:
        """How many reports `sender` made under this pseudonym."""
        with self._table.reading():
            those = [self._shelf.segment(held) for held in self._shelf.under(sender, agreement_id)]
        return sum(each.row_count - each.without({pseudonym}).row_count for each in those if each.pseudonymised)

    def segments(self) -> tuple[Segment, ...]:
        """Every segment, by sender, agreement, period and bundle. MergeError `store.damaged`, `store.altered`."""
        with self._table.reading():
            return tuple(self._shelf.segment(held) for held in self._shelf.bundles())

    def records(self) -> Records:
        """All reports of all segments, in one table, with where each came from, and their tokens."""
        return records_of(self.segments())

    # --- steps ---

    def _make_way(self, said: Metadata) -> str | None:
        """Take away what the bundle corrects, and keep it away; its id if it was here."""
        if said.replaces is None:
            return None
        old = (said.sender.id, said.agreement.id, said.replaces)
        if self._table.buried_by_another(*bundle_name(*old), cause=said.bundle):
            raise _corrected_twice(said.sender.id, said.period)
        self._table.bury(*bundle_name(*old), cause=said.bundle)
        held = self._shelf.find(*old)
        if held is None:
            return None
        self._table.remove(held)
        self._shelf.drop("compared")
        return said.replaces

    def _without_withdrawn(self, segment: Segment) -> tuple[Segment, int]:
        if not segment.pseudonymised:
            return segment, 0
        sender, agreement = segment.metadata.sender.id, segment.metadata.agreement.id
        keys: list[str] = segment.row_keys().to_pylist()
        gone = self._table.buried_among(keys, lambda key: report_name(sender, agreement, key))
        kept = segment.without(gone)
        return kept, segment.row_count - kept.row_count

    def _erase(self, held: Held, pseudonym: str) -> int:
        segment = self._shelf.segment(held)
        if not segment.pseudonymised:
            return 0
        kept = segment.without({pseudonym})
        if kept.row_count != segment.row_count:
            self._shelf.replace(held, kept)
        return segment.row_count - kept.row_count

    def _holding(self, held: Held) -> Holding:
        received = held.received or dt.datetime.min.replace(tzinfo=dt.UTC)
        named = (held.sender, held.agreement, held.bundle, held.period, received)
        try:
            said, reports = about(self._shelf.read(held))
        except MergeError:
            return Holding(*named, reports=None, metadata=None)
        return Holding(*named, reports=reports, metadata=said.metadata)

    def _tidy(self) -> None:
        with self._table.reading():
            self._shelf.sweep()


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
