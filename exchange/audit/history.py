"""What one log tells, as far as it can be read, under a signed head: of a pack, or of our own log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from exchange.audit.checkpoint import SignedCheckpoint, network_of, party_of
from exchange.audit.entries import Entry, Kind
from exchange.audit.heads import Heads
from exchange.audit.lines import Entries
from exchange.audit.log import Log
from exchange.audit.reading import ReadLog, read_pack
from exchange.audit.tree import PerfectNode, Tree
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _


@dataclass(frozen=True, slots=True)
class History:
    """The entries of one log that can still be read, by number, under a signed head.

    `documents`: what its party gave along, by path in the pack ("cards/yks.card.json", "agreements/…"),
    unread and unverified. `pack`: the pack's name, "" for our own log. `made`: when it was taken from the log. `key`:
    with which the log is signed. `held`: the heads of others' logs that its party kept, as signed notes, unverified.
    `withheld`: the numbers of entries that are not told, since they lie outside of the agreements that are asked about.
    """

    origin: str
    entries: Mapping[int, Entry]
    head: SignedCheckpoint
    node: PerfectNode = field(repr=False)
    documents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    pack: str = ""
    made: datetime | None = None
    key: VerifyKey | None = field(default=None, repr=False)
    held: tuple[bytes, ...] = field(default=(), repr=False)
    withheld: frozenset[int] = field(default=frozenset(), repr=False)

    @property
    def party(self) -> str:
        return party_of(self.origin)

    @property
    def network(self) -> str:
        return network_of(self.origin)

    def of(self, *kinds: Kind) -> Iterator[tuple[int, Entry]]:
        """The entries of these kinds with their numbers, oldest first."""
        if isinstance(self.entries, Entries):
            return self.entries.of(*kinds)
        return ((number, each) for number, each in sorted(self.entries.items()) if each.kind in kinds)

    @classmethod
    def of_log(
        cls,
        log: Log,
        key: VerifyKey,
        documents: Mapping[str, bytes] | None = None,
        made: datetime | None = None,
        held: Sequence[bytes] = (),
    ) -> Self:
        """Our own log up to its last checkpoint, its tree computed anew from what lies in it. Raises AuditError
        `audit.log_unsigned` where there is no checkpoint, `audit.log_altered` where the file is not what was signed."""
        checkpoints = Heads(log).checkpoints(key)
        if not checkpoints:
            raise _unsigned(log.origin)
        head = checkpoints[-1]
        records = tuple(log.records(0, head.checkpoint.size))
        tree = Tree(record.leaf if record.opening is None else record.opening.leaf for record in records)
        if tree.size != head.checkpoint.size or tree.root() != head.checkpoint.root:
            what, hint = (
                _("the log is not what was signed"),
                _("keep the file as it is and restore the log from a copy"),
            )
            raise AuditError(Problem("audit.log_altered", what, log.origin, hint))
        entries = {record.number: record.opening.entry for record in records if record.opening}
        return cls(log.origin, entries, head, tree.node, documents or {}, made=made, key=key, held=tuple(held))

    @classmethod
    def of_read(cls, log: ReadLog) -> Self:
        """The log in a pack that was read. Raises AuditError with everything that is wrong with it: verify it first."""
        wrong = [finding for finding in log.findings if finding.weight == "wrong"]
        AuditError.raise_all(Problem(finding.code, finding.what, finding.where) for finding in wrong)
        if not log.checkpoints:
            raise _unsigned(log.pack)
        head, node, withheld = log.checkpoints[-1], log.tree.node, frozenset(log.withheld)
        papers, made, key, held = log.documents, log.made, log.key, log.held
        return cls(log.origin, log.entries, head, node, papers, log.pack, made, key, held, withheld)

    @classmethod
    def of_pack(cls, path: Path, keys: Mapping[str, VerifyKey] | None = None) -> Self:
        """`of_read` of the pack at `path`."""
        return cls.of_read(read_pack(path, keys or {}))


def _unsigned(where: str) -> AuditError:
    return AuditError(Problem("audit.log_unsigned", _("the log has no checkpoint yet"), where, _("make one first")))
