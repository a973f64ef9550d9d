"""What a release showed of whom, kept so that the next one can be compared with it.

It is personal data: it leaves this room only as bytes that the sender locks with its identity (`exchange.remembering`),
and is forgotten when the recipient must have destroyed what it got (`Releases.forget`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.agreements.period import Period
from exchange.agreements.tiers import Tier
from exchange.matching.tokens import TokenKind
from exchange.protect.tables.counting import Key

Case = bytes  # a case number under a key of the sender: `exchange.registers.case_key`
Values = tuple[str, ...]
CaseTokens = tuple[tuple[TokenKind, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One release as its recipient holds it, by case.

    `form`: what the tier gave then, field by field (`form_of`). `rows`: the values of `row_fields` as released, None
    where no rows left; `household`: numbers that people of one household share, within this release. `people`: the
    values of `table_fields` by which each person was counted, empty where no tables left. `cells`: the counts that were
    published. `epoch`: of the network's secret under which `tokens` were made. `known`: everybody who
    could stand in rows, also who was left out, with the values before any was withheld: as one knows who knows them.
    """

    form: str
    row_fields: tuple[str, ...]
    rows: Mapping[Case, Values] | None
    household: Mapping[Case, int]
    table_fields: tuple[str, ...]
    people: Mapping[Case, Values]
    cells: Mapping[Key, int]
    epoch: str = ""
    tokens: Mapping[Case, CaseTokens] = field(default_factory=dict)
    known: Mapping[Case, Values] = field(default_factory=dict)

    @property
    def says_nothing(self) -> bool:
        return not self.rows and not self.cells

    def to_bytes(self) -> bytes:
        return json.dumps(
            {
                "form": self.form,
                "row_fields": self.row_fields,
                "rows": None if self.rows is None else {case.hex(): values for case, values in self.rows.items()},
                "household": {case.hex(): number for case, number in self.household.items()},
                "table_fields": self.table_fields,
                "people": {case.hex(): values for case, values in self.people.items()},
                "cells": [[cell, count] for cell, count in self.cells.items()],
                "epoch": self.epoch,
                "tokens": {case.hex(): tokens for case, tokens in self.tokens.items()},
                "known": {case.hex(): values for case, values in self.known.items()},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode("utf-8")

    @classmethod
    def from_bytes(cls, kept: bytes) -> Shown:
        """What `to_bytes` wrote."""
        told = json.loads(kept)
        return cls(
            form=told["form"],
            row_fields=tuple(told["row_fields"]),
            rows=None if told["rows"] is None else _by_case(told["rows"]),
            household={bytes.fromhex(case): number for case, number in told["household"].items()},
            table_fields=tuple(told["table_fields"]),
            people=_by_case(told["people"]),
            cells={tuple((name, value) for name, value in cell): count for cell, count in told["cells"]},
            epoch=told["epoch"],
            tokens={bytes.fromhex(c): tuple((kind, token) for kind, token in t) for c, t in told["tokens"].items()},
            known=_by_case(told.get("known", {})),  # none in what was kept before it was asked for
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A bundle that the recipient got: of which period, and what it showed."""

    period: Period
    shown: Shown


@dataclass(frozen=True, slots=True)
class Memory:
    """What a new release is compared with. `cases`: the keyed reference of each row that comes, in their order.
    `replaced`: what the bundles showed that it takes the place of, the oldest first; () for a period's first.
    `earlier`: every bundle of other periods that the recipient holds, those that were replaced included, the oldest
    first."""

    cases: tuple[Case, ...]
    replaced: tuple[Shown, ...] = ()
    earlier: tuple[Kept, ...] = ()


def form_of(tier: Tier) -> str:
    """What a tier gives, and how it protects it, as one text: releases of one form can be compared value by value."""
    told = {
        "release": {name: rule.model_dump(mode="json", by_alias=True) for name, rule in tier.release.items()},
        "protect": tier.protect.model_dump(mode="json", by_alias=True),
        "treated_as": tier.treated_as,
    }
    return json.dumps(told, sort_keys=True)


def _by_case(told: Mapping[str, list[str]]) -> dict[Case, Values]:
    return {bytes.fromhex(case): tuple(values) for case, values in told.items()}
