"""What an auditor is told: one finding for each thing that is wrong, or that somebody should look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from exchange.locale import Said, _, later

Weight = Literal["wrong", "look"]

# Codes that do not by themselves say that something is wrong.
_LOOK = {
    "audit.across_untold",
    "audit.agreement_absent",
    "audit.agreement_not_theirs",
    "audit.approver_untold",
    "audit.back_dated",
    "audit.beyond_scope",
    "audit.cell_untold",
    "audit.claimed_besides",
    "audit.clock_skew",
    "audit.compelled_untold",
    "audit.consent_untold",
    "audit.contradicted",
    "audit.cosignature_forged",
    "audit.dated_ahead",
    "audit.entry_future",
    "audit.erasure_open",
    "audit.fields_untold",
    "audit.given_up",
    "audit.in_transit",
    "audit.k_untold",
    "audit.kept_unreadable",
    "audit.kept_unsigned",
    "audit.key_in_doubt",
    "audit.key_revoked_elsewhere",
    "audit.key_untold",
    "audit.lapsed_on_the_way",
    "audit.not_delivered",
    "audit.onward_untold",
    "audit.own_key",
    "audit.pack_absent",
    "audit.quarantined",
    "audit.reader_untold",
    "audit.received_unread",
    "audit.refused",
    "audit.silent",
    "audit.stale",
    "audit.time_ahead",
    "audit.time_backwards",
    "audit.timestamp_late",
    "audit.timestamp_unknown",
    "audit.unacknowledged",
    "audit.until_untold",
    "audit.unwitnessed",
}

# What comes first: whether the history is what it was, the gravest first; then whether the histories agree.
_ORDER = (
    "audit.checkpoint_forged",
    "audit.key_disputed",
    "audit.forked",
    "audit.rolled_back",
    "audit.inconsistent",
    "audit.history_rewritten",
    "audit.log_truncated",
    "audit.key_differs",
    "audit.own_key",
    "audit.checkpoint_unsigned",
    "audit.checkpoint_unreadable",
    "audit.note_unreadable",
    "audit.pack_unreadable",
    "audit.entry_altered",
    "audit.entry_inserted",
    "audit.entry_misplaced",
    "audit.entry_missing",
    "audit.opening_missing",
    "audit.entry_withheld",
    "audit.scope_unsigned",
    "audit.scope_names_less",
    "audit.entry_unsigned",
    "audit.entry_unreadable",
    "audit.foreign_entry",
    "audit.foreign_log",
    "audit.tile_damaged",
    "audit.pack_damaged",
    "audit.timestamp_contradicts",
    "audit.timestamp_wrong",
    "audit.paper_forged",
    "audit.paper_unmatched",
    "audit.entry_future",
    "audit.beyond_scope",
    "audit.scope_narrower",
    "audit.cosignature_forged",
    "audit.kept_unsigned",
    "audit.kept_unreadable",
    "audit.back_dated",
    "audit.dated_ahead",
    "audit.timestamp_late",
    "audit.timestamp_unknown",
    "audit.time_backwards",
    "audit.time_ahead",
    "audit.silent",
    "audit.stale",
    "audit.unwitnessed",
    "audit.misdelivered",
    "audit.received_not_delivered",
    "audit.delivered_not_received",
    "audit.letter_not_sent",
    "audit.letter_not_received",
    "audit.letter_differs",
    "audit.agreement_differs",
    "audit.receipt_unmatched",
    "audit.unacknowledged",
    "audit.not_delivered",
    "audit.in_transit",
    "audit.pack_absent",
)
_PLACE = {code: place for place, code in enumerate(_ORDER)}


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


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once: what is wrong before what is to be looked at, in the order above; the rest as it was found."""
    once = dict.fromkeys(findings)
    return tuple(sorted(once, key=lambda each: (each.weight != "wrong", _PLACE.get(each.code, len(_PLACE)))))


def as_told(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """For people: what is normal in every log is said once, and names the logs."""
    unwitnessed = [each for each in findings if each.code == "audit.unwitnessed"]
    if len(unwitnessed) < 2:
        return tuple(findings)
    logs = ", ".join(dict.fromkeys(f"{_log_of(each)} ({_run(each)})" for each in unwitnessed))
    once = Finding("audit.unwitnessed", later("nobody else has witnessed the newest entries of {logs} yet", logs=logs))
    return gravest_first((*(each for each in findings if each.code != once.code), once))


def _log_of(finding: Finding) -> str:
    """Party and network, or the pack where no log is known."""
    return finding.origin.partition("/")[0] or finding.pack


def _run(finding: Finding) -> int:
    first = finding.entry or 0
    return (first if finding.last is None else finding.last) - first + 1
