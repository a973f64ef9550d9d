"""What may leave: gated rows, tables whose small cells are withheld, and the risk that was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exchange.agreements.permit import Permit
from exchange.matching.tokens import TokenKind
from exchange.protect.risk import Risk
from exchange.redact.redacted import Change

if TYPE_CHECKING:
    import pyarrow as pa

    from exchange.protect.releases.memory import Shown


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its values (or "*" for a total over that field), and its count, None where it is withheld."""

    values: tuple[str, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """Counts by one breakdown, totals included, in the order of the values.

    A value of which no cell is published is not listed: it is zero, or few, or withheld so that another cannot be
    worked out. Of a value that somebody has nobody can tell which; where everybody has a listed value, totals tell that
    nobody has another. Where a person may have several codes, codes do not add up to the total,
    which counts people. "SUPPRESSED" (as the dictionary writes it) counts people from whose row the value is withheld.
    """

    fields: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def withheld(self) -> int:
        """How many of the listed cells are withheld: no more than the recipient sees."""
        return sum(cell.count is None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class RowToken:
    """One match token of one released row, by its row key (or pseudonym); `tokens.csv` is made of these."""

    row_key: str
    kind: TokenKind
    token: str


@dataclass(frozen=True, slots=True)
class Against:
    """A correction against the bundle that it replaces. `new`, `changed`, `gone`: its rows, as the recipient can tell;
    `tables`: those, by their fields, of which any published cell differs.

    For the sender alone, in a gated tier: `stale` counts people who are told as they were told before though they have
    changed since, `waiting` newcomers who were left out, `left_with` people who left because others had to; all three
    because they, or those others, were too few.
    """

    new: int
    changed: int
    gone: int
    stale: int = 0
    waiting: int = 0
    left_with: int = 0
    tables: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Across:
    """A release together with the `bundles` of other periods that the recipient holds; for the sender alone.

    `again` people stand in one of them too. Of those in the rows, `few` are left among fewer people than agreed by what
    never changes in them, `pinned` are left among people of whom too many have one code, `moved` stand in a group that
    differs by few people from an earlier one; `exposed` are one or the other. `cells` of the tables differ by few. All
    are 0 behind a gate. `left_out` rows were left out for it.
    """

    bundles: int
    again: int
    few: int
    pinned: int
    moved: int
    exposed: int
    cells: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """What protecting did, as figures: rows in and out, cells withheld in rows, k asked and reached.

    `k_reached` is the size of the smallest group of look-alikes among the released rows over `over`, None where no
    rows were released. `k_asked` is None where the tier asks for none. `gate` says how a gated tier came out: "met",
    "tables" (no rows: k could not be met at the agreed price), "nothing"; "reported" where k is
    measured and is no gate; "no_rows_agreed".
    `rows_withheld`: rows left out because nothing else helped. `table_cells_withheld`: of those listed. `before` and
    `after`: the risk over `over` in the rows that came and that leave, None where there are none by agreement or by the
    gate. `against`: what a correction changes, None where nothing is replaced. `across`: None where the recipient holds
    nothing of another period. `rows_in`, `before` and `rows_withheld`
    are exact, for the sender alone.
    """

    rows_in: int
    rows_out: int
    over: tuple[str, ...]
    k_asked: int | None
    k_reached: int | None
    gate: Literal["met", "tables", "nothing", "reported", "no_rows_agreed"]
    cells_withheld: tuple[tuple[str, int], ...]  # per field of the rows, above 0
    rows_withheld: int
    unique_rows: int
    table_cells_withheld: int
    before: Risk | None = None
    after: Risk | None = None
    against: Against | None = None
    across: Across | None = None


@dataclass(frozen=True, slots=True)
class Protected:
    """A release. `exchange.seal` seals nothing else that holds data.

    `rows`: shuffled, one `dictionary<int32, string>` column per row field in the tier's order, or None where no rows
    leave. `match`: network and epoch of the tokens, also where no rows leave; None where the tier has none. Made only
    by `exchange.protect`.
    """

    permit: Permit
    rows: pa.Table | None
    tokens: tuple[RowToken, ...]
    match: tuple[str, str] | None
    tables: tuple[ReleasedTable, ...]
    account: Account
    changes: tuple[Change, ...]
    held_back_total: int
    considered: int
    late_entries: int
    counted: tuple[int, ...] = ()
    shown: Shown | None = None
