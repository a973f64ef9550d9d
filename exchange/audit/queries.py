"""The auditor's questions, each a function over histories: an answer with a sentence, JSON, and proofs.

1. What went from one party to another between two dates, and under which version of the agreement?

A log attests what its party wrote; the answer says whose log it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Self

from exchange.audit.checkpoint import SignedCheckpoint, party_of
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.log import Log
from exchange.audit.proofs import entry_proof
from exchange.audit.reading import read_pack
from exchange.audit.tree import PerfectNode
from exchange.crypto.canonical import Json
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import LANGUAGES, Language, _, ngettext, speaking


@dataclass(frozen=True, slots=True)
class History:
    """The entries of one log that can still be read, by number, under a signed head."""

    origin: str
    entries: Mapping[int, Entry]
    head: SignedCheckpoint
    node: PerfectNode = field(repr=False)

    @classmethod
    def of_log(cls, log: Log, key: VerifyKey) -> Self:
        """Our own log up to its last checkpoint. Raises AuditError `audit.log_unsigned` where there is none."""
        checkpoints = log.checkpoints(key)
        if not checkpoints:
            raise _unsigned(log.origin)
        head = checkpoints[-1]
        records = log.records(0, head.checkpoint.size)
        entries = {record.number: record.opening.entry for record in records if record.opening}
        return cls(log.origin, entries, head, log.node)

    @classmethod
    def of_pack(cls, path: Path, keys: Mapping[str, VerifyKey] | None = None) -> Self:
        """The log in an evidence pack. Raises AuditError with everything that is wrong with it: verify it first."""
        log = read_pack(path, keys or {})
        wrong = [finding for finding in log.findings if finding.weight == "wrong"]
        AuditError.raise_all(Problem(finding.code, finding.what, finding.where) for finding in wrong)
        if not log.checkpoints:
            raise _unsigned(path.name)
        return cls(log.origin, log.entries, log.checkpoints[-1], log.tree.node)


@dataclass(frozen=True, slots=True)
class Sending:
    """One delivered bundle: the entry that says so, and the proof that the entry is in the log (C2SP tlog-proof)."""

    number: int
    entry: Entry
    proof: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer to question 1, from the sender's log. `since` and `until` are days in UTC, both included."""

    origin: str
    sender: str
    recipient: str
    since: date
    until: date
    sendings: tuple[Sending, ...]

    @property
    def agreements(self) -> tuple[AgreementRef, ...]:
        """Every version of an agreement under which something went, in the order of first use."""
        return tuple(dict.fromkeys(each.entry.agreement for each in self.sendings if each.entry.agreement))

    @property
    def sentence(self) -> str:
        """The answer in the language being spoken."""
        if not self.sendings:
            return _("nothing went from {sender} to {recipient} from {since} to {until}").format(**self._names())
        named = ", ".join(f"{each.id} {each.version}" for each in self.agreements)
        count = len(self.sendings)
        return ngettext(
            "{count} bundle went from {sender} to {recipient} from {since} to {until}, under {agreements}",
            "{count} bundles went from {sender} to {recipient} from {since} to {until}, under {agreements}",
            count,
        ).format(count=count, agreements=named, **self._names())

    def as_json(self) -> Json:
        """The answer for programs: both sentences, and every sending with its proof."""
        return {
            "question": "sent",
            "log": self.origin,
            **self._names(),
            "sentence": {tongue: self._in(tongue) for tongue in LANGUAGES},
            "sendings": [
                {
                    "entry": each.number,
                    **each.entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
                    "proof": each.proof.decode(),
                }
                for each in self.sendings
            ],
        }

    def _names(self) -> dict[str, str]:
        return {
            "sender": self.sender,
            "recipient": self.recipient,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }

    def _in(self, tongue: Language) -> str:
        with speaking(tongue):
            return self.sentence


def sent(history: History, recipient: str, since: date, until: date) -> Sent:
    """Question 1, of the sender's `history`: what went to `recipient` in these days (UTC, both included)?

    A bundle that was delivered more than once counts once, when it first went.
    """
    first: dict[str | None, tuple[int, Entry]] = {}
    for number, entry in sorted(history.entries.items()):
        if entry.kind == "bundle.delivered" and entry.counterpart == recipient:
            first.setdefault(entry.ciphertext, (number, entry))
    within = ((number, entry) for number, entry in first.values() if since <= entry.time.date() <= until)
    proved = (Sending(number, entry, entry_proof(number, history.head, history.node)) for number, entry in within)
    return Sent(history.origin, party_of(history.origin), recipient, since, until, tuple(proved))


def _unsigned(where: str) -> AuditError:
    return AuditError(Problem("audit.log_unsigned", _("the log has no checkpoint yet"), where, _("make one first")))
