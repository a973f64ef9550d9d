"""Where a linking agent keeps filters for the days in which it links: locked, each letter's under a key of its own.

    ../agent.key     the key of the table, a new one whenever a letter's is destroyed (as beside a recipient's store)
    keys.sqlite      which file holds which letter's filters, under which key (as in a recipient's store)
    segments/        one locked file for each letter

To delete is to destroy the key and then the file. A file's time is that of the letter's coming, so that whoever cannot
unlock the keys can still delete what is due.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from exchange.bundle.letters import MatchFiltersLetter
from exchange.errors import MergeError
from exchange.merge.key_table import Held, KeyTable
from exchange.merge.refusals import translated
from exchange.merge.segment_files import SegmentFiles
from exchange.merge.store_key import StoreKey

if TYPE_CHECKING:
    import pyarrow as pa

_ABOUT = b"data-sharing-exchange"
_SEGMENTS = "segments"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of filters that is here: by its id, from whom, under which agreement, for which recipient."""

    id: str
    sender: str
    agreement: str
    recipient: str
    received: dt.datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """What such a letter brought; `table` as `exchange.bundle.match_tables.filters_schema`."""

    letter: Letter
    said: MatchFiltersLetter
    table: pa.Table


class FilterKeep:
    """An open keep. Use it in a `with`."""

    def __init__(self, table: KeyTable, files: SegmentFiles) -> None:
        self._table = table
        self._files = files

    @classmethod
    def open(cls, folder: Path, key: bytes) -> Self:
        """The keep in `folder`, made if there is none. MergeError as `exchange.merge.store.Store.open`."""
        files = SegmentFiles(folder / _SEGMENTS)
        with translated():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.folder.mkdir(mode=0o700, exist_ok=True)
            unused = not any(files.folder.iterdir())
        own = StoreKey(folder.with_name(f"{folder.name}.key"), key)
        keep = cls(KeyTable(folder / "keys.sqlite", own, may_begin=unused), files)
        try:
            keep._sweep()
        except BaseException:
            keep.close()
            raise
        return keep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._table.close()

    def put(self, letter: Letter, said: MatchFiltersLetter, table: pa.Table) -> None:
        """Keep a letter's filters. What a sender said before for the same recipient goes: a letter is complete."""
        with self._table.changing():
            for held in self._table.held():
                if (held.sender, held.agreement, held.recipient) == (letter.sender, letter.agreement, letter.recipient):
                    self._table.remove(held)
            file, key = self._files.write(_to_bytes(said, table), letter.received)
            self._table.add(
                Held(
                    file=file,
                    key=key,
                    what="filters",
                    sender=letter.sender,
                    agreement=letter.agreement,
                    bundle=letter.id,
                    recipient=letter.recipient,
                    received=letter.received,
                )
            )
        self._sweep()

    def letters(self) -> tuple[Letter, ...]:
        """What is kept, files that are gone included."""
        with self._table.reading():
            return tuple(_letter(held) for held in self._table.held())

    def filters(self) -> tuple[Filters, ...]:
        """What every letter brought whose file is still here."""
        found: list[Filters] = []
        with self._table.reading():
            for held in self._table.held():
                try:
                    content = self._files.read(held.file, held.key)
                except MergeError:  # deleted without its key, or by somebody else: there is nothing to link
                    continue
                found.append(_from_bytes(_letter(held), content))
        return tuple(found)

    def destroy(self, letters: Iterable[str]) -> None:
        """Destroy the keys and files of letters, by their ids. Repeating it changes nothing."""
        gone = frozenset(letters)
        with self._table.changing():
            for held in self._table.held():
                if held.bundle in gone:
                    self._table.remove(held)
        self._sweep()

    def _sweep(self) -> None:
        with self._table.reading():
            self._files.sweep({held.file for held in self._table.held()})


def delete_old(folder: Path, before: dt.datetime) -> int:
    """Delete the files of what came before a moment, without any key; how many. The lines that name them go with the
    next command that unlocks the keys."""
    deleted = 0
    segments = folder / _SEGMENTS
    for file in sorted(segments.glob("*.segment")) if segments.is_dir() else ():
        with translated():
            if file.stat().st_mtime <= before.timestamp():
                file.unlink(missing_ok=True)
                deleted += 1
    return deleted


def _letter(held: Held) -> Letter:
    received = held.received or dt.datetime.min.replace(tzinfo=dt.UTC)
    return Letter(held.bundle, held.sender, held.agreement, held.recipient, received)


def _to_bytes(said: MatchFiltersLetter, table: pa.Table) -> bytes:
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({_ABOUT: said.model_dump_json()}), target)
    return target.getvalue()


def _from_bytes(letter: Letter, content: bytes) -> Filters:
    import pyarrow as pa
    from pyarrow import parquet

    table = parquet.ParquetFile(pa.BufferReader(content)).read()
    said = MatchFiltersLetter.model_validate_json(table.schema.metadata[_ABOUT])
    return Filters(letter, said, table.replace_schema_metadata(None))
