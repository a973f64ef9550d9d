"""What was compared before, as the store keeps it: each merge adds a part of its own, and now and then all of them are
written as one."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.engines.opening import EngineName
from exchange.errors import MergeError
from exchange.merge.linking.compared import Compared
from exchange.merge.linking.linking import Links
from exchange.merge.store import Store

MOST_PARTS = 36
"""Three years of months, before they are written as one."""


@dataclass(frozen=True, slots=True)
class Before:
    """`files`: of its parts. `compared`: None where there is nothing, or nothing that can be used. `lost`: there was
    something, and it is damaged or was made by another version or engine, so that everything is compared anew."""

    files: tuple[str, ...] = ()
    compared: Compared | None = None
    lost: bool = False

    def keep(self, store: Store, links: Links) -> None:
        """Keep what was compared since, for the next merge."""
        added = links.added
        if added is None or len(self.files) >= MOST_PARTS:
            if links.compared.releases:
                store.keep("compared", links.compared.to_bytes())
        elif added.releases:
            store.keep_more("compared", added.to_bytes(), self.files)


NOTHING_BEFORE = Before()


def compared_before(store: Store, engine: EngineName) -> Before:
    """Whatever of it holds no more since, linking finds out. MergeError `store.altered`."""
    try:
        parts = store.parts("compared")
    except MergeError as failure:
        if failure.codes != ("store.damaged",):
            raise
        return Before(lost=True)
    compared = Compared.of_parts([part.content for part in parts], engine)
    return Before(tuple(part.file for part in parts), compared, lost=bool(parts) and compared is None)
