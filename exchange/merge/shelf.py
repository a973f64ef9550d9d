"""What lies in a store: segments and documents, each locked in a file under a key of its own, which the table holds.

Whoever changes something does so inside `table.changing()`, and has the files of what went removed by `sweep` after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchange.merge.key_table import Held, KeyTable
from exchange.merge.parts import in_turn
from exchange.merge.segment import Segment
from exchange.merge.segment_files import SegmentFiles

Document = Literal["people", "decisions", "compared"]
"""What the store keeps of its own: whom it knows, what people decided about pairs of reports, and how pairs stand that
were compared."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """`table` says which file of `files` holds what. Reading raises MergeError `store.damaged`, `store.altered`."""

    table: KeyTable
    files: SegmentFiles

    # --- bundles ---

    def bundles(self) -> tuple[Held, ...]:
        """By sender, agreement, period and bundle."""
        return tuple(held for held in self.table.held() if held.what == "bundle")

    def under(self, sender: str, agreement_id: str) -> tuple[Held, ...]:
        """Those of `sender` under one agreement."""
        return tuple(each for each in self.bundles() if (each.sender, each.agreement) == (sender, agreement_id))

    def find(self, sender: str, agreement_id: str, bundle: str) -> Held | None:
        return next((each for each in self.under(sender, agreement_id) if each.bundle == bundle), None)

    def segment(self, held: Held) -> Segment:
        return Segment.from_bytes(self.read(held))

    def read(self, held: Held) -> bytes:
        return self.files.read(held.file, held.key)

    def add(self, segment: Segment) -> None:
        file, key = self.files.write(segment.to_bytes())
        said = segment.metadata
        self.table.add(
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

    def replace(self, held: Held, segment: Segment) -> None:
        """Under a new key; the old one is destroyed."""
        self.table.remove(held)
        self.add(segment)

    # --- documents ---

    def document(self, what: Document) -> bytes | None:
        """None where none was kept."""
        found = [held for held in self.table.held() if held.what == what]
        return self.read(found[0]) if found else None

    def parts(self, what: Document) -> tuple[Held, ...]:
        """Of a document that is kept in parts, each after the one that it goes on from."""
        return in_turn(held for held in self.table.held() if held.what == what)

    def keep(self, what: Document, content: bytes) -> None:
        """In place of the one before, all its parts."""
        self.drop(what)
        self.keep_more(what, content)

    def keep_more(self, what: Document, content: bytes) -> None:
        """A further part, which goes on from the last one."""
        before = self.parts(what)
        file, key = self.files.write(content)
        self.table.add(Held(file=file, key=key, what=what, after=before[-1].file if before else ""))

    def drop(self, what: Document) -> None:
        for held in self.table.held():
            if held.what == what:
                self.table.remove(held)

    # --- what went ---

    def sweep(self) -> None:
        """Remove the files that no line names any more."""
        self.files.sweep({held.file for held in self.table.held()})
