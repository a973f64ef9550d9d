"""Verifying evidence packs offline: each on its own, then against what the others have witnessed, then together.

>>> verdict = verify([Path("yks.tar"), Path("gt-ntt.tar")])      # doctest: +SKIP
>>> verdict.ok, [str(finding) for finding in verdict.findings]  # doctest: +SKIP
(True, [])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from exchange.audit.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosignatures,
    network_of,
    open_checkpoint,
    party_of,
    witness_name,
)
from exchange.audit.findings import Finding
from exchange.audit.matches import Match, match_logs
from exchange.audit.notes import Note
from exchange.audit.reading import ReadLog, read_pack
from exchange.crypto import b64
from exchange.crypto.canonical import Json
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError
from exchange.locale import later


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
    """What several packs show together. Findings that are wrong come first."""

    logs: tuple[LogVerdict, ...]
    matches: tuple[Match, ...]
    findings: tuple[Finding, ...]

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
    `held` is what the reader's own witness has seen of logs: it needs nobody's word.
    """
    known = dict(keys or {})
    logs = [read_pack(path, known) for path in packs]
    known = {log.origin: log.key for log in logs if log.key is not None} | known
    _check_forks(logs)
    witnessed = [max(_witnessed(log, logs, known), _seen_before(log, held)) for log in logs]
    verdicts = [_judge(log, size) for log, size in zip(logs, witnessed, strict=True)]
    matches: list[Match] = []
    findings = [finding for log in logs for finding in log.findings]
    for network in _networks(logs):
        matched, unmatched = match_logs(network)
        matches += matched
        findings += unmatched
    once = sorted(dict.fromkeys(findings), key=lambda finding: finding.weight != "wrong")
    return Verdict(tuple(verdicts), tuple(matches), tuple(once))


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


def _witnessed(log: ReadLog, logs: Sequence[ReadLog], known: Mapping[str, VerifyKey]) -> int:
    """How many entries others vouch for; what they hold against the log becomes a finding."""
    if log.key is None:
        return 0
    sound = [
        _sound_size(log, [_Head(each, _is_another(other, log)) for other in logs for each in _held_of(log, other)])
    ]
    witnesses = [
        (witness_name(origin), key) for origin, key in known.items() if party_of(origin) != log.party and key != log.key
    ]
    for signed in log.checkpoints:
        try:
            if cosignatures(signed, witnesses) and _is_root(log, signed):
                sound.append(signed.checkpoint.size)
        except AuditError as error:
            log.failed(error)
    return max(sound, default=0)


def _seen_before(log: ReadLog, held: Sequence[bytes]) -> int:
    """Up to where the log is what the reader has seen of it before; what contradicts that becomes a finding."""
    found = []
    for note in held:
        try:
            if log.key is not None and Checkpoint.parse(Note.parse(note).text).origin == log.origin:
                found.append(_Head(open_checkpoint(note, log.key), vouches=True))
        except AuditError as error:
            log.failed(error)
    return _sound_size(log, found)


@dataclass(frozen=True, slots=True)
class _Head:
    """A checkpoint that somebody has kept; what it contradicts counts, whoever kept it. `vouches`: it was another."""

    signed: SignedCheckpoint
    vouches: bool


def _is_another(other: ReadLog, log: ReadLog) -> bool:
    """Nobody vouches for itself: not by a second pack, by its log in another network, or by a pack that is nobody's."""
    return other.key is not None and other.key != log.key and other.party != log.party


def _held_of(log: ReadLog, other: ReadLog) -> list[SignedCheckpoint]:
    """The checkpoints of `log` that the party of `other` has kept."""
    found: list[SignedCheckpoint] = []
    for note in () if other is log else other.held:
        try:
            if log.key is None or Note.parse(note).text.partition("\n")[0] != log.origin:
                continue
            found.append(open_checkpoint(note, log.key))
        except AuditError as error:
            if error.codes == ("audit.checkpoint_unsigned",):
                what = later("{party} has seen checkpoints of this log under another key", party=other.party)
                log.found("audit.key_differs", what)
            else:
                other.failed(error)
    return found


def _sound_size(log: ReadLog, heads: Sequence[_Head]) -> int:
    """Up to where the log is what others have seen of it; what lies behind, and contradicts, becomes a finding."""
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
        vouched = size if head.vouches else vouched
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


def _networks(logs: Sequence[ReadLog]) -> list[list[ReadLog]]:
    """The logs of each network, the longest pack of every log: a party's name means something in its network only."""
    longest: dict[str, ReadLog] = {}
    for log in logs:
        if log.origin and log.tree.size >= longest.get(log.origin, log).tree.size:
            longest[log.origin] = log
    networks: dict[str, list[ReadLog]] = {}
    for origin, log in longest.items():
        networks.setdefault(network_of(origin), []).append(log)
    return list(networks.values())
