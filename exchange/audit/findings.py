"""What an auditor is told: one finding for each thing that is wrong, or that somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchange.locale import Said, _

Weight = Literal["wrong", "look"]

# Codes that do not by themselves say that something is wrong.
_LOOK = {
    "audit.entry_future",
    "audit.time_backwards",
    "audit.time_ahead",
    "audit.unwitnessed",
    "audit.pack_absent",
    "audit.in_transit",
    "audit.unacknowledged",
    "audit.own_key",
    "audit.across_untold",
    "audit.agreement_absent",
    "audit.clock_skew",
    "audit.compelled_untold",
    "audit.contradicted",
    "audit.given_up",
    "audit.k_untold",
    "audit.kept_absent",
    "audit.kept_unreadable",
    "audit.key_in_doubt",
    "audit.key_untold",
    "audit.leave_absent",
    "audit.month_late",
    "audit.onward_untold",
    "audit.quarantined",
    "audit.reader_untold",
    "audit.refused",
    "audit.until_untold",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable; `said` the sentence, in any language; `entry` (and `last`, for a run) count from 0; `byte` is
    an offset in entries.jsonl of the pack."""

    code: str
    said: Said
    pack: str = ""
    origin: str = ""
    entry: int | None = None
    last: int | None = None
    byte: int | None = None

    @property
    def what(self) -> str:
        """The sentence in the language being spoken."""
        return str(self.said)

    @property
    def weight(self) -> Weight:
        return "look" if self.code in _LOOK else "wrong"

    @property
    def where(self) -> str:
        """Pack, log, entry and byte, as far as they are known."""
        parts = [self.pack, self.origin if self.origin != self.pack else ""]
        if self.entry is not None and self.last not in (None, self.entry):
            parts.append(_("entries {first} to {last}").format(first=self.entry, last=self.last))
        elif self.entry is not None:
            parts.append(_("entry {number}").format(number=self.entry))
        if self.byte is not None:
            parts.append(_("byte {offset}").format(offset=self.byte))
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what
