"""A table opened under its plan, read here or by an engine where it lies: coded for the search, and ready to leave."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from exchange.protect.anonymise.coded import Coded, Numbers
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.recoded import Recoded
from exchange.protect.anonymise.table.ladders import Row

if TYPE_CHECKING:
    from exchange.engines.opening import EngineName
    from exchange.engines.table import Table
    from exchange.protect.anonymise.table.reading import Source
    from exchange.protect.anonymise.table.through_engine import Found

Ladders = Mapping[str, Sequence[Row]]


class Opened(Protocol):
    """What every table is once it is open."""

    @property
    def coded(self) -> Coded:
        """The table for the search."""

    def release(self, recoded: Recoded, out: Path, secret: bytes) -> None:
        """Write what is released to the new file `out`, whole or not at all, in an order drawn by `secret`: 16 bytes of
        chance, used once."""


@contextmanager
def opened(file: Path, plan: Plan, ladders: Ladders, out: Path, engine: EngineName | None = None) -> Iterator[Opened]:
    """The table in `file`, to be released to `out`. DisclosureError as `reading.read_table`, `coding.coded`,
    `exchange.engines.opening.opened`."""
    if engine is None:
        from exchange.protect.anonymise.table.coding import coded
        from exchange.protect.anonymise.table.reading import read_table

        source = read_table(file, plan)
        yield _Read(source, plan, *coded(source, plan, ladders))
    else:
        from exchange.engines.opening import opened as opened_by
        from exchange.protect.anonymise.table.through_engine import coded_by

        with opened_by(engine, file, plan.input.separator, out) as table:
            yield _Elsewhere(table, plan, coded_by(table, plan, ladders))


@dataclass(frozen=True, slots=True)
class _Read:
    source: Source
    plan: Plan
    coded: Coded
    of_row: Numbers

    def release(self, recoded: Recoded, out: Path, secret: bytes) -> None:
        from exchange.protect.anonymise.table.writing import released

        handle, name = tempfile.mkstemp(dir=out.absolute().parent, prefix=f".{out.name}.")  # for its owner alone
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.writelines(released(self.source, self.plan, self.of_row, recoded, secret))
            Path(name).replace(out)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    table: Table
    plan: Plan
    found: Found

    @property
    def coded(self) -> Coded:
        return self.found.coded

    def release(self, recoded: Recoded, out: Path, secret: bytes) -> None:
        from exchange.protect.anonymise.table.through_engine import released_by

        released_by(self.table, self.plan, self.found, recoded, out, secret)
