"""Timestamps of a log (RFC 3161): an authority that knows nothing of it says when a checkpoint was there.

Cosignatures have dates too, by the clocks of those who cosign. An authority's stamp holds against an organisation that
dates back its log together with all its witnesses. It is over the bytes of the signed note with the signature of its
log alone, which stay the same whatever cosignatures come. Nothing connects to an authority here: what it is asked, and
what it answers, are files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from exchange.audit.checkpoint import Checkpoint, SignedCheckpoint, bare, open_checkpoint
from exchange.audit.dates import CLOCKS_APART, SHOWN_LATE, Seen, contradicted
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.reading import ReadLog
from exchange.crypto.hashing import sha256
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError, CryptoError, Problem
from exchange.locale import Said, _, counted_later, later

if TYPE_CHECKING:
    from exchange.audit.lines import Entries
    from exchange.crypto.timestamp import Authorities, Query

_MOST_STAMPS = 3_000
"""Of one log that are judged: one a week for fifty years."""
_MOST_OF_A_HEAD = 10
"""Of one checkpoint: people ask an authority or two."""


def stamped_bytes(signed: SignedCheckpoint, key: VerifyKey) -> bytes:
    """What an authority stamps: the note of a checkpoint with the signature of its log's `key` alone."""
    return bare(signed, key).data


def request_stamp(log: Log, key: SigningKey, at: datetime) -> tuple[int, Query]:
    """What asks an authority to stamp the log as it stands (`at`, our clock), and how many entries that are: a
    checkpoint is made as for an auditor's visit, padded, since stamps are in packs and their sizes would tell a
    caseload.

    AuditError as `Heads.checkpoint`; UsageError as `exchange.crypto.timestamp.query`.
    """
    from exchange.crypto.timestamp import query  # certificates take a tenth of a second to import

    head = Heads(log).checkpoint_due(key, at, at_once=True)
    asked = query(stamped_bytes(head, key.verify_key))
    with log.turn():
        log.ask_stamp(_kept(asked.nonce), head.checkpoint.size)
    return head.checkpoint.size, asked


def accept_stamp(log: Log, key: VerifyKey, answer: bytes, authorities: Authorities, at: datetime) -> Seen:
    """Keep an authority's answer beside the checkpoint that it was asked to stamp, and beside other answers to it.
    Raises as `answered`; then nothing was kept."""
    from exchange.crypto.timestamp import Timestamp

    with log.turn():
        seen, nonce = answered(log, key, answer, authorities, at), Timestamp.read(answer).nonce
        if nonce is not None:
            log.keep_stamp(_kept(nonce), answer)
    return seen


def answered(log: Log, key: VerifyKey, answer: bytes, authorities: Authorities, at: datetime) -> Seen:
    """What an authority's answer says of the checkpoint that it was asked to stamp. What is kept of answers is in every
    pack from then on, and so what would speak against our own log is none: somebody's clock is wrong. `at`: ours.

    AuditError: audit.timestamp_unasked where nothing was asked to which this is an answer; audit.timestamp_early where
    it is dated before an entry under it was written; audit.timestamp_ahead where it is of a day to come. CryptoError as
    `Timestamp.read` and `Timestamp.verify`.
    """
    from exchange.crypto.timestamp import Timestamp

    stamp = Timestamp.read(answer)
    size = None if stamp.nonce is None else log.stamp_asked(_kept(stamp.nonce))
    heads = (open_checkpoint(note, key) for note in log.notes())
    head = next((each for each in heads if each.checkpoint.size == size), None)
    if head is None:
        what, hint = _("this log has asked for no such timestamp"), _("ask anew: exchange audit stamp request")
        raise AuditError(Problem("audit.timestamp_unasked", what, log.origin, hint))
    stamp.verify(stamped_bytes(head, key), authorities)
    _check_clocks(stamp.time, log.newest(head.checkpoint.size), at, log.origin)
    return Seen(head.checkpoint.size, stamp.time, stamp.authority)


def _check_clocks(stamped: datetime, newest: datetime | None, at: datetime, origin: str) -> None:
    """`newest`: the latest date of an entry under the stamp; `at`: our clock."""
    whose = _("check the date of this computer; if it is right, the authority's is wrong: ask another authority")
    if newest is not None and stamped < newest - CLOCKS_APART:
        what = _("the timestamp is of {stamped}, and an entry under it is dated {newest}")
        ours = _("check the date of this computer: it was ahead when that was written, or is behind now")
        hint = ours if newest > at + CLOCKS_APART else whose
        what = what.format(stamped=_day(stamped), newest=_day(newest))
        raise AuditError(Problem("audit.timestamp_early", what, origin, hint))
    if stamped > at + CLOCKS_APART:
        what = _("the timestamp is of {stamped}, and on this computer it is {today}")
        what = what.format(stamped=_day(stamped), today=_day(at))
        raise AuditError(Problem("audit.timestamp_ahead", what, origin, whose))


def judge_stamps(log: ReadLog, authorities: Authorities | None) -> None:
    """Which timestamps of a pack count, and what they say against the dates of its entries.

    One of a checkpoint that does not fit with the log counts for nothing; what is wrong there is said elsewhere. The
    same answer is judged once, and not more than anybody has: a stranger's pack shall not take a day.
    """
    if log.key is None or not log.answers:
        return
    if authorities is None:
        what = later("timestamps were not judged: give the root certificates of authorities that you believe (--tsa)")
        log.found("audit.timestamp_unknown", what)
        return
    heads = {sha256(stamped_bytes(each, log.key)): each for each in log.checkpoints}
    stamps = dict.fromkeys(_genuine(log, heads, log.key, authorities))
    log.stamped = tuple(sorted(stamps, key=lambda each: (each.size, each.time)))
    _check_dates(log)
    _check_delay(log)


def _genuine(
    log: ReadLog, heads: Mapping[bytes, SignedCheckpoint], key: VerifyKey, authorities: Authorities
) -> Iterator[Seen]:
    from exchange.crypto.timestamp import Timestamp

    different = {answer: name for name, answer in reversed(log.answers.items())}
    answers = [(name, answer) for answer, name in reversed(different.items())]
    left_out, of_head = len(answers[_MOST_STAMPS:]), Counter[bytes]()
    for name, answer in answers[:_MOST_STAMPS]:
        try:
            stamp = Timestamp.read(answer)
            head = heads.get(stamp.imprint)
            if head is None:
                log.found("audit.timestamp_wrong", later("{file} is a timestamp of no head of this log", file=name))
                continue
            of_head[stamp.imprint] += 1
            if of_head[stamp.imprint] > _MOST_OF_A_HEAD:
                left_out += 1
                continue
            stamp.verify(stamped_bytes(head, key), authorities)
        except CryptoError as error:
            unknown = error.codes == ("timestamp.authority_unknown",)
            code = "audit.timestamp_unknown" if unknown else "audit.timestamp_wrong"
            log.found(code, later("{file}: {what}", file=name, what=Said(error.problems[0].what)))
            continue
        if _fits(log, head.checkpoint):
            yield Seen(head.checkpoint.size, stamp.time, stamp.authority)
    if left_out:
        what = counted_later(
            "{count} timestamp was not judged: there are more than anybody needs",
            "{count} timestamps were not judged: there are more than anybody needs",
            left_out,
        )
        log.found("audit.timestamp_unknown", what)


def _fits(log: ReadLog, head: Checkpoint) -> bool:
    return head.size <= log.covered and log.tree.root(head.size) == head.root


def _check_dates(log: ReadLog) -> None:
    against = contradicted(log.entries, log.stamped)
    for each, numbers in against.under.items():
        what = later("dated after {authority} had stamped it, on {day}", authority=each.by, day=_day(each.time))
        log.found_runs("audit.timestamp_contradicts", what, numbers)
    for each, numbers in against.behind.items():
        names = {"authority": each.by, "day": _day(each.time)}
        what = later("dated long before {authority} stamped the log without this, on {day}", **names)
        log.found_runs("audit.back_dated", what, numbers)


def _check_delay(log: ReadLog) -> None:
    """A head that was stamped long after its newest entry, as that is dated, may have been made just before."""
    first: dict[int, Seen] = {}
    for each in log.stamped:
        first.setdefault(each.size, each)
    for size, each in first.items():
        newest = _time(log.entries, size - 1)
        if newest is not None and each.time - newest > SHOWN_LATE:
            names = {"day": _day(each.time), "newest": _day(newest)}
            what = later("stamped only on {day}, though its newest entry is dated {newest}", **names)
            log.found("audit.timestamp_late", what, entry=size - 1)


def _time(entries: Entries, number: int) -> datetime | None:
    entry = entries.get(number)
    return None if entry is None else entry.time


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _kept(nonce: int) -> str:
    """A nonce as the log keeps it."""
    return f"{nonce:x}"
