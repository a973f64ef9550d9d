"""Verifying evidence packs offline: each on its own, then against what the others have witnessed, then together.

>>> verdict = verify([Path("yks.tar"), Path("gt-ntt.tar")])      # doctest: +SKIP
>>> verdict.ok, [str(finding) for finding in verdict.findings]  # doctest: +SKIP
(True, [])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from exchange.audit.checkpoint import (
    Cosignature,
    SignedCheckpoint,
    cosignatures,
    network_of,
    open_checkpoint,
    party_of,
    witness_name,
)
from exchange.audit.findings import Finding, gravest_first
from exchange.audit.history import History
from exchange.audit.matches import Match, match_logs
from exchange.audit.notes import Note
from exchange.audit.reading import ReadLog, read_pack
from exchange.crypto import b64
from exchange.crypto.canonical import Json
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError
from exchange.locale import later

STALE = timedelta(days=45)
"""A log that is older when its pack is made, or a witness that has been silent for longer, is looked at."""


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """One log. `ok` is about its integrity alone: signed, whole, in order, as others have witnessed it.

    `size` entries under `root`; the first `witnessed` of them nobody can change unseen any more, the rest rests on the
    party's word; `erased` have lost their opening; `fingerprint` is of the key that signed.
    """

    pack: str
    origin: str
    size: int
    root: bytes
    ok: bool
    witnessed: int
    erased: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What several packs show together. Findings that are wrong come first, of them those about integrity.

    `histories`: one of each log that is in order, so that nobody needs to read the packs again to ask them.
    """

    logs: tuple[LogVerdict, ...]
    matches: tuple[Match, ...]
    findings: tuple[Finding, ...]
    histories: tuple[History, ...] = field(default=(), repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Nothing is wrong; there may be things to look at."""
        return all(log.ok for log in self.logs) and all(finding.weight != "wrong" for finding in self.findings)

    def as_json(self) -> Json:
        """The verdict for programs; roots in base 64, findings with the sentence in the language being spoken."""
        return {
            "ok": self.ok,
            "logs": [{**asdict(log), "root": b64.encode(log.root)} for log in self.logs],
            "matches": [asdict(match) for match in self.matches],
            "findings": [
                {**asdict(finding), "said": finding.what, "weight": finding.weight, "where": finding.where}
                for finding in self.findings
            ],
        }


def verify(
    packs: Sequence[Path], *, keys: Mapping[str, VerifyKey] | None = None, held: Sequence[bytes] = ()
) -> Verdict:
    """Read, check and match `packs`. Never raises for what a pack holds: everything wrong is a finding.

    `keys` are the logs' public keys as the auditor knows them, by origin; without one, the key in the pack is used and
    a finding asks to compare its fingerprint. A witness that brings no log (the auditor) is named by its origin, too.
    `held` is what the reader's own witness has seen of logs, and cosigned.
    """
    known = dict(keys or {})
    logs = [read_pack(path, known) for path in packs]
    known = {log.origin: log.key for log in logs if log.key is not None} | known
    _check_forks(logs)
    for log in logs:
        _check_age(log)
    kept = _kept(logs, held)
    witnessed = [_witnessed(log, kept, known) for log in logs]
    verdicts = [_judge(log, size) for log, size in zip(logs, witnessed, strict=True)]
    matches: list[Match] = []
    findings = [finding for log in logs for finding in log.findings]
    for network in _networks(logs):
        matched, unmatched = match_logs(network)
        matches += matched
        findings += unmatched
    return Verdict(tuple(verdicts), tuple(matches), gravest_first(findings), _histories(logs))


def _check_forks(logs: Sequence[ReadLog]) -> None:
    """Two packs of one log must agree on what they share: a party may show different people different histories."""
    for place, log in enumerate(logs):
        for other in logs[:place]:
            shared = min(log.tree.size, other.tree.size)
            if log.origin and log.origin == other.origin and log.tree.root(shared) != other.tree.root(shared):
                what = later("two packs show different histories of this log: {pack} is the other", pack=other.pack)
                log.found("audit.forked", what, entry=_first_difference(log, other, shared))


def _first_difference(log: ReadLog, other: ReadLog, shared: int) -> int:
    return next(number for number in range(shared) if log.tree.node(0, number) != other.tree.node(0, number))


@dataclass(frozen=True, slots=True)
class _Head:
    """A checkpoint that somebody has kept: `held` by another than the log's own party or key. Whoever kept it, what it
    contradicts counts; what it agrees with counts only where a witness has cosigned it."""

    signed: SignedCheckpoint
    vouched: tuple[Cosignature, ...] = ()


def _witnessed(log: ReadLog, kept: _Kept, known: Mapping[str, VerifyKey]) -> int:
    """How many entries others vouch for: up to the last checkpoint that they have cosigned, each with its own key. What
    is held against the log becomes a finding."""
    if log.key is None:
        return 0
    witnesses = tuple(
        (witness_name(origin), key) for origin, key in known.items() if party_of(origin) != log.party and key != log.key
    )
    held = [_cosigned(signed, witnesses, other) for other, signed in _opened(log, log.key, kept)]
    own = [_cosigned(signed, witnesses, log) for signed in log.checkpoints if _is_root(log, signed)]
    vouched = max(_sound_size(log, held), _sound_size(log, own))
    _check_silence(log, [*held, *own])
    return vouched


def _cosigned(signed: SignedCheckpoint, witnesses: Sequence[tuple[str, VerifyKey]], shown_in: ReadLog) -> _Head:
    """Nobody vouches for itself: `witnesses` have another party and another key than the log's. A forged cosignature is
    held against the pack that shows it."""
    try:
        return _Head(signed, cosignatures(signed, witnesses))
    except AuditError as error:
        shown_in.failed(error)
        return _Head(signed)


def _check_silence(log: ReadLog, heads: Sequence[_Head]) -> None:
    """Who once cosigned this log, and has not for long, though it has grown."""
    last: dict[str, tuple[datetime, int]] = {}
    for head in heads:
        for each in head.vouched:
            last[each.witness] = max(last.get(each.witness, (each.time, 0)), (each.time, head.signed.checkpoint.size))
    for witness, (moment, size) in sorted(last.items()):
        if log.made is not None and size < log.tree.size and log.made - moment > STALE:
            names = {"party": witness.partition(".")[0], "day": f"{moment:%Y-%m-%d}"}
            what = later("{party} has cosigned nothing of this log since {day}", **names)
            log.found("audit.silent", what, entry=size, last=log.tree.size - 1)


def _check_age(log: ReadLog) -> None:
    """Whether the log was alive when the pack was made: its last entry is as old as its head."""
    newest = max(log.entries, default=None)
    if newest is None or log.made is None or log.made - log.entries[newest].time <= STALE:
        return
    what = later("the log ends on {day}, long before the pack was made", day=f"{log.entries[newest].time:%Y-%m-%d}")
    log.found("audit.stale", what, entry=newest)


_Kept = dict[str, list[tuple[ReadLog | None, bytes]]]
"""Notes of logs by the origin of the log, each with the pack that shows it; None for what the reader has seen."""


def _kept(logs: Sequence[ReadLog], seen: Sequence[bytes]) -> _Kept:
    found: _Kept = {}
    shown: list[tuple[ReadLog | None, bytes]] = [(log, note) for log in logs for note in log.held]
    for other, note in [*shown, *((None, each) for each in seen)]:
        try:
            about = Note.parse(note).text.partition("\n")[0]
        except AuditError as error:
            if other is not None:
                other.failed(error)
            continue
        found.setdefault(about, []).append((other, note))
    return found


def _opened(log: ReadLog, key: VerifyKey, kept: _Kept) -> Iterator[tuple[ReadLog, SignedCheckpoint]]:
    """The checkpoints of `log` that others have kept, each with the pack that answers for it."""
    for other, note in kept.get(log.origin, ()):
        try:
            if other is not log:
                yield other or log, open_checkpoint(note, key)
        except AuditError as error:
            if other is not None and error.codes == ("audit.checkpoint_unsigned",):
                what = later("{party} has seen checkpoints of this log under another key", party=other.party)
                log.found("audit.key_differs", what)
            else:
                (other or log).failed(error)


def _sound_size(log: ReadLog, heads: Sequence[_Head]) -> int:
    """Up to where others vouch for the log as it is; what lies behind, and contradicts, becomes a finding."""
    sound = vouched = 0
    for head in sorted(heads, key=lambda each: each.signed.checkpoint.size):
        signed, size = head.signed, head.signed.checkpoint.size
        if size > log.tree.size:
            what = later("the log is shorter than others have seen it")
            log.found("audit.rolled_back", what, entry=log.tree.size, last=size - 1)
            break
        if not _is_root(log, signed):
            what = later("these entries are not those that others have witnessed")
            log.found("audit.history_rewritten", what, entry=min(sound, max(size - 1, 0)), last=max(size - 1, 0))
            break
        sound = size
        vouched = size if head.vouched else vouched
    return vouched


def _is_root(log: ReadLog, signed: SignedCheckpoint) -> bool:
    head = signed.checkpoint
    return head.size <= log.tree.size and log.tree.root(head.size) == head.root


def _judge(log: ReadLog, witnessed: int) -> LogVerdict:
    size = log.tree.size
    ok = all(finding.weight != "wrong" for finding in log.findings)
    if ok and witnessed < size:
        what = later("nobody else has witnessed these entries yet")
        log.found("audit.unwitnessed", what, entry=witnessed, last=size - 1)
    fingerprint = log.key.fingerprint() if log.key else ""
    return LogVerdict(log.pack, log.origin, size, log.tree.root(), ok, witnessed, len(log.erased), fingerprint)


def _histories(logs: Sequence[ReadLog]) -> tuple[History, ...]:
    sound = [log for log in logs if log.checkpoints and all(each.weight != "wrong" for each in log.findings)]
    return tuple(History.of_read(log) for log in _longest(sound).values())


def _networks(logs: Sequence[ReadLog]) -> list[list[ReadLog]]:
    """The logs of each network, the longest pack of every log: a party's name means something in its network only."""
    networks: dict[str, list[ReadLog]] = {}
    for origin, log in _longest(logs).items():
        networks.setdefault(network_of(origin), []).append(log)
    return list(networks.values())


def _longest(logs: Sequence[ReadLog]) -> dict[str, ReadLog]:
    longest: dict[str, ReadLog] = {}
    for log in logs:
        if log.origin and log.tree.size >= longest.get(log.origin, log).tree.size:
            longest[log.origin] = log
    return longest
