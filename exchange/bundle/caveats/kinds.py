"""The kinds of caveats that the program adds: a closed list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchange.agreements.clause import Text
from exchange.agreements.duties import CaveatKind

CaveatCode = Literal[
    "consent_gap",  # people assisted who are not here, in a band
    "deceased",  # those known to have died: in tables only, or nowhere
    "no_rows",  # no rows leave: none, or too few to be safe; which of the two is not said
    "cells_withheld",  # values in rows withheld so that every group reaches k
    "rows_withheld",  # rows left out for the same reason
    "k_measured",  # k is reported here, not a gate
    "table_cells_withheld",
    "reading_tables",  # what a value means that a table does not list
    "random_order",  # of the rows
    "coarser",  # fields that are less exact than what the sender holds
    "recoded",  # fields whose rarer codes were put together
    "masked",  # fields of which only the last characters are left
    "scrubbed",  # case notes in which something is masked
    "row_keys",  # rows have keys that say nothing
    "pseudonyms",  # fields that hold pseudonyms
    "fields_not_shared",
    "tokens",  # match tokens serve counting, never a decision
    "links",  # so do the links that come from a linking agent
    "months_left_out",  # of the period, outside the agreement's term
    "late_entries",
    "sent_late",
    "correction",
    "changed_rows",  # against what is replaced: how many rows are new, changed, gone
    "changed_tables",  # against what is replaced: which tables differ
    "few_left_out",  # changes that concern too few people are not in a correction
    "across_releases",  # what all bundles together would tell of few people: left out, or counted
]

KINDS: dict[CaveatCode, CaveatKind] = {
    "consent_gap": "selection_bias",
    "deceased": "selection_bias",
    "no_rows": "population",
    "cells_withheld": "quality",
    "rows_withheld": "selection_bias",
    "k_measured": "method",
    "table_cells_withheld": "quality",
    "reading_tables": "method",
    "random_order": "method",
    "coarser": "quality",
    "recoded": "quality",
    "masked": "quality",
    "scrubbed": "quality",
    "row_keys": "method",
    "pseudonyms": "method",
    "fields_not_shared": "method",
    "tokens": "method",
    "links": "method",
    "months_left_out": "population",
    "late_entries": "population",
    "sent_late": "other",
    "correction": "other",
    "changed_rows": "other",
    "changed_tables": "other",
    "few_left_out": "quality",
    "across_releases": "quality",
}


@dataclass(frozen=True, slots=True)
class DerivedCaveat:
    """One caveat that the program adds, with the figure that triggered it ("" where the figure is not said)."""

    code: CaveatCode
    text: Text
    figure: str = ""

    @property
    def kind(self) -> CaveatKind:
        return KINDS[self.code]
