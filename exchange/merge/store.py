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
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, TypeAlias

from exchange.bundle.contents import Contents
from exchange.bundle.metadata import Linking, Metadata
from exchange.crypto.box import KEY
from exchange.errors import MergeError, Problem
from exchange.locale import _
from exchange.matching.epochs import follows
from exchange.merge.key_table import Held, KeyTable
from exchange.merge.parts import Part, in_turn
from exchange.merge.records import Records, identities_of, records_of
from exchange.merge.refusals import epoch_over, foreign, older_round, translated, wrong_key
from exchange.merge.segment import Round, Segment, about
from exchange.merge.segment_files import SegmentFiles
from exchange.merge.store_key import StoreKey
from exchange.protect.protected import RowToken

TABLE_FILE = "store.sqlite"
Links: TypeAlias = Mapping[str, Mapping[str, str]]
"""Bundle → row key → person."""
Tokens: TypeAlias = Mapping[str, Sequence[RowToken]]
"""Bundle → the tokens of its rows."""

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
        """Take what a bundle brings. MergeError `store.corrected_twice`: another bundle has corrected the same one;
        `match.epoch_over`: its tokens are of an epoch that is over."""
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
                if said.linking is not None:
                    self._refuse_over(said.linking, said.sender.id)
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

    def link(self, sender: str, agreement_id: str, made: Round, links: Links) -> int:
        """Take in which rows of `sender`'s bundles are of one person, as the agreement's linking agent tells: in place
        of all that it told before; how many reports it tells of. Bundles that are not here are left out.

        MergeError: links.older_round, where a later round is here; links.foreign_bundle, links.foreign_row, where it
        names a bundle of somebody else, or a row that never was.
        """
        with self._table.changing():
            ours = self._under(sender, agreement_id)
            self._refuse_foreign(ours, links)
            segments = {held: self._segment(held) for held in ours}
            for segment in segments.values():
                if segment.round is not None and segment.round.made > made.made:
                    raise older_round(sender)
                self._refuse_strange_rows(segment, links.get(segment.metadata.bundle, {}))
            told = 0
            for held, segment in segments.items():
                keys = set(segment.row_keys().to_pylist())
                persons = {k: p for k, p in links.get(held.bundle, {}).items() if k in keys}
                self._table.remove(held)
                self._add(segment.linked(made, persons))
                told += len(persons)
        self._tidy()
        return told

    def encode_anew(self, sender: str, agreement_id: str, ring: Linking, tokens: Tokens) -> dict[bytes, bytes]:
        """Put tokens that were made under another epoch's secret in the place of those that rows of these bundles have;
        what each report's identity was, and is. Bundles that are not here are left out.

        MergeError: match.epoch_over, links.foreign_bundle, links.foreign_row.
        """
        moved: dict[bytes, bytes] = {}
        with self._table.changing():
            self._refuse_over(ring, sender)
            ours = self._under(sender, agreement_id)
            self._refuse_foreign(ours, tokens)
            for held in (each for each in ours if each.bundle in tokens):
                segment = self._segment(held)
                self._refuse_strange_rows(segment, {each.row_key for each in tokens[held.bundle]})
                keys = set(segment.row_keys().to_pylist())
                mine = [each for each in tokens[held.bundle] if each.row_key in keys]
                anew = segment.encoded_anew(ring.network, ring.epoch, mine)
                before, after = identities_of(segment), identities_of(anew)
                moved |= {before[key]: after[key] for key in keys if before[key] != after[key]}
                self._table.remove(held)
                self._add(anew)
            self._drop("compared")
        self._tidy()
        return moved

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
        """Keep a document of the store's own in place of the one before, whose key is destroyed."""
        with self._table.changing():
            self._drop(what)
            self._keep(what, content)
        self._tidy()

    def keep_more(self, what: Document, content: bytes, before: Sequence[str]) -> None:
        """Keep a further part of a document: it goes on from the last of the files that its parts were in `before`.
        Where others lie there by now, nothing is kept."""
        with self._table.changing():
            files = [held.file for held in self._parts(what)]
            if files == list(before):
                self._keep(what, content, after=files[-1] if files else "")
        self._tidy()

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
                self._drop(what)
                self._keep(what, new)
        self._tidy()

    # --- reading ---

    def kept(self, what: Document) -> bytes | None:
        """The document that was kept, None if there is none. MergeError `store.damaged`."""
        with self._table.reading():
            found = [held for held in self._table.held() if held.what == what]
            return self._files.read(found[0].file, found[0].key) if found else None

    def parts(self, what: Document) -> tuple[Part, ...]:
        """A document that is kept in parts, none if there is none. MergeError `store.damaged`."""
        with self._table.reading():
            return tuple(Part(held.file, self._read(held)) for held in self._parts(what))

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

    def _keep(self, what: Document, content: bytes, after: str = "") -> None:
        file, key = self._files.write(content)
        self._table.add(Held(file=file, key=key, what=what, after=after))

    def _parts(self, what: Document) -> tuple[Held, ...]:
        return in_turn(held for held in self._table.held() if held.what == what)

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
                self._drop("compared")
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
                network="" if said.linking is None else said.linking.network,
                epoch="" if said.linking is None else said.linking.epoch,
            )
        )

    def _under(self, sender: str, agreement_id: str) -> tuple[Held, ...]:
        return tuple(each for each in self._bundles() if (each.sender, each.agreement) == (sender, agreement_id))

    def _refuse_foreign(self, ours: Sequence[Held], named: Collection[str]) -> None:
        others = {each.bundle for each in self._bundles()} - {each.bundle for each in ours}
        if others & set(named):
            raise foreign("links.foreign_bundle", _("it names a bundle that came under another agreement"))

    def _refuse_strange_rows(self, segment: Segment, named: Collection[str]) -> None:
        """A row may be named whose person has withdrawn since; no other that is not here."""
        said, keys = segment.metadata, set(segment.row_keys().to_pylist())
        for key in set(named) - keys:
            if not (segment.pseudonymised and self._table.buried(*_report(said.sender.id, said.agreement.id, key))):
                raise foreign("links.foreign_row", _("it names a row that its bundle does not have"))

    def _refuse_over(self, ring: Linking, sender: str) -> None:
        """An epoch is over once tokens of a later one have come from its network."""
        epochs = [each.epoch for each in self._bundles() if each.network == ring.network and each.epoch]
        if any(follows(each, ring.epoch) for each in epochs):
            raise epoch_over(sender, ring.epoch)

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
