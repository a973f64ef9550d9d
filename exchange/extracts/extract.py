"""An extract as the road carries it: the dictionary's fields, every value still text, and what was found wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exchange.extracts import arrow

if TYPE_CHECKING:
    import pyarrow as pa

# What a finding does: refuses the whole extract, holds its row back and is counted, or is only said.
Weight = Literal["refuse", "hold", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a workbook: stable code, weight, and the cell. Never the cell's value.

    `row` is the row of the sheet as Excel counts (from 1), 0 where the finding is about the whole sheet; `column` the
    letter of the column, "" where it is about the whole row.
    """

    code: str
    weight: Weight
    what: str
    hint: str
    sheet: str
    row: int = 0
    column: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an extract came from: the file's name without its folder, its SHA-256, the sheet."""

    file: str
    sha256: str
    sheet: str


@dataclass(frozen=True, slots=True)
class Extract:
    """What a sender's workbook says, in the words of the dictionary.

    `table`: one column per field of the dictionary that the mapping names, in the order of the dictionary, each
    `dictionary<int32, string>` without nulls; a missing value is one of the dictionary's five written forms. Codes are
    codes (no longer labels), dates ISO 8601, places Kemendagri codes, lists sorted and joined by ";". A cell that
    could not be accepted by itself, and a NIK that Excel has broken, are missing.
    `rows`: int32, the row of the sheet for each row of the table.
    `findings`: all that was found wrong; none of weight "refuse" (those raise).
    Made only by `exchange.extracts`.
    """

    table: pa.Table
    rows: pa.Int32Array
    source: Source
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def held(self) -> frozenset[int]:
        """Rows of the sheet that a finding holds back, for whichever recipient."""
        return frozenset(finding.row for finding in self.findings if finding.weight == "hold")


def only_row(extract: Extract, row: int) -> Extract:
    """The extract with that row of the sheet alone, and what was found in it; without rows if it is no case's."""
    which = arrow.bools(arrow.numbers_of(extract.rows) == row)
    findings = tuple(finding for finding in extract.findings if finding.row == row)
    return Extract(extract.table.filter(which), extract.rows.filter(which), extract.source, findings)


def count_by_code(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each code, in the order of the codes."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    return dict(sorted(counts.items()))


def held_by_code(findings: Iterable[Finding]) -> dict[str, int]:
    """How many rows a finding holds back, each row under its first code, in the order of the codes."""
    first: dict[int, Finding] = {}
    for finding in findings:
        if finding.weight == "hold":
            first.setdefault(finding.row, finding)
    return count_by_code(first.values())
