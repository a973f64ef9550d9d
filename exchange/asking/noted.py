"""An entry where it stands: what an answer rests on, and where a finding is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from exchange.asking.answer import Evidence, finding
from exchange.audit.entries import Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.locale import Said


@dataclass(frozen=True, slots=True)
class Noted:
    history: History
    number: int
    entry: Entry

    @classmethod
    def of(cls, log: History, *kinds: Kind) -> Iterator[Self]:
        """The entries of these kinds, oldest first."""
        return (cls(log, number, each) for number, each in log.of(*kinds))

    @property
    def evidence(self) -> Evidence:
        return Evidence.of(self.history, self.number)

    def finding(self, code: str, said: Said) -> Finding:
        return finding(self.history, code, said, self.number)


def evidence(noted: Iterable[Noted]) -> tuple[Evidence, ...]:
    """Each entry once, with its proof."""
    once = {(each.history.origin, each.number): each for each in noted}
    return tuple(each.evidence for each in once.values())


def day(noted: Noted | None) -> str:
    """When, in UTC; of what nobody showed, a dash."""
    return "–" if noted is None else f"{noted.entry.time:%Y-%m-%d}"
