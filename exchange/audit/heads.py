"""The checkpoints of one organisation's log: made, padded to the calendar, cosigned by others, and shown to them.

The size of a checkpoint would tell everybody who sees it how much happened here: it is made at a fixed time, in one
transaction with the entries of padding before it (`checkpoint_due`). Each time, what was added since the last one is
hashed anew, so that nothing is signed but what lies here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from exchange.audit.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosignatures,
    open_checkpoint,
    sign_checkpoint,
)
from exchange.audit.log import Log
from exchange.audit.notes import COSIGNATURE_V1, key_id
from exchange.audit.proofs import MAX_CONTINUES, Continuation, Showing
from exchange.audit.tree import EMPTY_ROOT
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _

STEP = 64
"""A log that is shown to others has a multiple of so many entries: it grows by one step a week, whatever happened."""
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_MOST_WEEKS = 53  # a clock that was wrong once must not fill the disk


class Heads:
    """The checkpoints of an open log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def checkpoints(self, key: VerifyKey) -> tuple[SignedCheckpoint, ...]:
        """The checkpoints that this log has signed, smallest first, each verified with its `key`."""
        return tuple(self._newest(key))[::-1]

    def checkpoint(self, key: SigningKey) -> SignedCheckpoint:
        """Sign the log just as it is, and keep the checkpoint: for ourselves, and for an auditor who gets the log.

        C2SP: a log must not sign what contradicts an earlier checkpoint of its own. Raises AuditError
        `audit.log_altered` when the tree no longer has the root of the last one, or when what came since is not what
        stands in the tree: then somebody has changed the file.
        """
        with self._log.turn():
            return self._signed(key)

    def checkpoint_due(self, key: SigningKey, at: datetime, *, at_once: bool = False) -> SignedCheckpoint:
        """The checkpoint for others to see: the one of this week, made when it is first asked for (`at`, our clock).

        Weeks begin on Monday, 0:00 UTC. With each the log grows by `STEP` entries, some or all of them padding, so that
        its size is a matter of the calendar; where more has happened, by as many steps as that needs. What happens
        afterwards is behind it, and unwitnessed, until the next; `at_once` makes one now, a step further, as for an
        auditor's visit. Raises AuditError as `checkpoint`.
        """
        with self._log.turn():
            last = next((each for each in self._newest(key.verify_key) if each.checkpoint.size % STEP == 0), None)
            made = self._made(last.checkpoint.size) if last else None
            if last and made and not at_once and _is_of_this_week(made, at):
                return last
            size, weeks = self._log.size, 1 if made is None else min(max(_week(at) - _week(made), 1), _MOST_WEEKS)
            padded = max((last.checkpoint.size if last else 0) + STEP * weeks, (size // STEP + 1) * STEP)
            self._log.pad(padded, at)
            return self._signed(key)

    def check(self, key: VerifyKey) -> None:
        """Raise AuditError `audit.log_altered` as `checkpoint` does, signing nothing."""
        self._last(key)

    def _last(self, key: VerifyKey) -> SignedCheckpoint | None:
        last = next(self._newest(key), None)
        if not self._log.continues(last.checkpoint if last else Checkpoint(self._log.origin, 0, EMPTY_ROOT)):
            raise AuditError(
                Problem(
                    "audit.log_altered",
                    _("the log no longer continues its last checkpoint: somebody has changed the file"),
                    where=self._log.origin,
                    hint=_("keep the file as it is and restore the log from a copy"),
                )
            )
        return last

    def _signed(self, key: SigningKey) -> SignedCheckpoint:
        last, size = self._last(key.verify_key), self._log.size
        if last and last.checkpoint.size == size:
            return last
        signed = sign_checkpoint(Checkpoint(self._log.origin, size, self._log.root()), key)
        self._log.keep_note(size, signed.data)
        return signed

    def _made(self, size: int) -> datetime | None:
        """When a padded checkpoint was made: the last entry under it says so. None where nothing is under it, or that
        is gone."""
        record = next(self._log.records(size - 1, size), None) if size else None
        return record.opening.entry.time if record and record.opening else None

    def add_cosignatures(self, note: bytes, key: VerifyKey, witnesses: Iterable[tuple[str, VerifyKey]]) -> None:
        """Keep the cosignatures of `witnesses` (name, key) that came back on a checkpoint of this log.

        Raises AuditError as `open_checkpoint` and `cosignatures` do, and `audit.checkpoint_unknown` when this log has
        never signed that checkpoint.
        """
        arrived = open_checkpoint(note, key)
        known = tuple(witnesses)
        cosignatures(arrived, known)
        ids = {(name, key_id(name, COSIGNATURE_V1, each.raw)) for name, each in known}
        with self._log.turn():
            kept = next((each for each in self._newest(key) if each.checkpoint == arrived.checkpoint), None)
            if kept is None:
                what = _("this log has signed no such checkpoint")
                raise AuditError(Problem("audit.checkpoint_unknown", what, where=self._log.origin))
            merged = kept.note.signed(*(each for each in arrived.note.signatures if (each.name, each.key_id) in ids))
            self._log.keep_note(arrived.checkpoint.size, merged.data)

    def show(
        self,
        key: SigningKey,
        witness: str,
        witness_key: VerifyKey,
        at: datetime | None = None,
        *,
        at_once: bool = False,
    ) -> Showing:
        """A checkpoint for `witness` (its name and key), with the way from every size that it may have seen last.

        That is the last one that it has cosigned, as far as we know, and those that it was shown since, of which the
        newest and the oldest are remembered. `at`, `at_once`: as `checkpoint_due`; without `at` the log is shown just
        as it is, which is for a witness from whom nothing needs hiding.
        """
        head = self.checkpoint(key) if at is None else self.checkpoint_due(key, at, at_once=at_once)
        size, cosigned = head.checkpoint.size, self._cosigned(key.verify_key, witness, witness_key)
        with self._log.turn():
            shown = self._shown_since(cosigned, witness)
            since = [each for each in shown if each != size]
            first, rest = since[:1], since[1:]
            since = [*first, *rest[-(MAX_CONTINUES - 2) :]]
            self._log.remember_shown(witness, {*since, size})
        sizes = [each for each in (*reversed(since), cosigned) if 0 < each < size]
        return Showing(head.data, tuple(Continuation(each, tuple(self._log.consistency(each, size))) for each in sizes))

    def unanswered(self, key: VerifyKey, witness: str, witness_key: VerifyKey) -> datetime | None:
        """Since when the witness owes us a cosignature: when the oldest checkpoint that it was shown since its last one
        was made. None where it owes none."""
        cosigned = self._cosigned(key, witness, witness_key)
        return next((self._made(each) for each in self._shown_since(cosigned, witness) if each > cosigned), None)

    def _cosigned(self, key: VerifyKey, witness: str, witness_key: VerifyKey) -> int:
        """The size of the last checkpoint that the witness has cosigned, as far as we know; 0 without one."""
        known = [(witness, witness_key)]
        return next((each.checkpoint.size for each in self._newest(key) if cosignatures(each, known)), 0)

    def _shown_since(self, size: int, witness: str) -> list[int]:
        return [each for each in self._log.shown_to(witness) if each > size]

    def _newest(self, key: VerifyKey) -> Iterator[SignedCheckpoint]:
        """The checkpoints, largest first, each opened when it is asked for."""
        return (open_checkpoint(note, key) for note in self._log.notes())


def _week(moment: datetime) -> int:
    return (moment - _MONDAY) // _WEEK


def _is_of_this_week(made: datetime, at: datetime) -> bool:
    """Also where a clock was a little ahead; what was made by one that was far ahead keeps no other from being made."""
    return _week(made) == _week(at) or timedelta() < made - at <= _DAY
