"""Which entries of a log an evidence pack shows: all, or those that some agreements' auditor may see.

In scope is what is about an agreement of the scope; and what is about no agreement, where it names nobody else, or one
who is a party or an auditor of the scope's agreements. Everything else is withheld, and so is padding: how many entries
are withheld shall tell no caseload of the other agreements. Of what is withheld the leaf stays, so that the tree, its
heads and what others have witnessed are the same in every pack of a log.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from exchange.audit.entries import AgreementId, Entry, PartyId


class Scope(BaseModel):
    """`agreements`: their ids, each in every version. `parties`: theirs, with their auditors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    agreements: Annotated[tuple[AgreementId, ...], Field(min_length=1, max_length=1000)]
    parties: Annotated[tuple[PartyId, ...], Field(max_length=60_000)]

    def covers(self, entry: Entry) -> bool:
        """Whether a pack of this scope shows the entry."""
        about = agreement_of(entry)
        if about is not None:
            return about in self._ids
        return entry.kind != "log.padding" and (entry.counterpart is None or entry.counterpart in self._names)

    # Asked of every entry of a log, and a stranger wrote the lists.
    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(self.agreements)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.parties)


def agreement_of(entry: Entry) -> str | None:
    """The id of the agreement that an entry is about; what is passed on is about the one under which it came."""
    about = entry.agreement or entry.onward
    return None if about is None else about.id


def common(scopes: Iterable[Scope | None]) -> frozenset[str] | None:
    """The agreements of which every pack tells; None where each shows a whole log (None)."""
    told = [frozenset(each.agreements) for each in scopes if each is not None]
    return frozenset.intersection(*told) if told else None
