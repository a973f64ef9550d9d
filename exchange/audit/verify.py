"""Verifying evidence packs offline: each on its own, then against what the others have witnessed, then together.

>>> verdict = verify([Path("yks.tar"), Path("gt-ntt.tar")])      # doctest: +SKIP
>>> verdict.ok, [str(finding) for finding in verdict.findings]  # doctest: +SKIP
(True, [])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from exchange.audit.checkpoint import (
    Cosignature,
    SignedCheckpoint,
    cosignatures,
    network_of,
    open_checkpoint,
    party_of,
    witness_name,
)
from exchange.audit.dates import Seen, contradicted
from exchange.audit.findings import Finding, gravest_first
from exchange.audit.history import History
from exchange.audit.letters import match_letters
from exchange.audit.matches import Match, match_logs
from exchange.audit.notes import Note
from exchange.audit.papers import Proved
from exchange.audit.reading import ReadLog, read_pack
from exchange.audit.scope import agreement_of, common
from exchange.audit.timestamps import judge_stamps
from exchange.crypto import b64
from exchange.crypto.canonical import Json
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError
from exchange.locale import later

if TYPE_CHECKING:
    from exchange.crypto.timestamp import Authorities

STALE = timedelta(days=45)
"""A log that is older when its pack is made, or a witness that has been silent for longer, is looked at; where an
agreement lets more time pass, that long."""
_FEW_NAMES = 10
"""Agreements that a finding names: a pack may tell of any number."""


class Quiet(Protocol):
    """How long a log may honestly be silent towards another party, or towards all; None where nothing tells."""

    def __call__(self, log: ReadLog, other: str | None = None) -> timedelta | None: ...


def _untold(log: ReadLog, other: str | None = None) -> timedelta | None:
    return None


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """One log. `ok` is about its integrity alone: signed, whole, in order, as others have witnessed it.

    `size` entries under `root`; the first `witnessed` of them nobody can change unseen any more, the rest rests on the
    party's word; `erased` have lost their opening, `withheld` lie outside of the pack's scope; `fingerprint` is of the
    key that signed. Whoever witnessed is one of the auditor's `keys`; where no key was known to her, of the packs, and
    a finding says that these are unproved. `stamps`: the timestamps that count.
    """

    pack: str
    origin: str
    size: int
    root: bytes
    ok: bool
    witnessed: int
    erased: int
    fingerprint: str
    withheld: int = 0
    stamps: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What several packs show together. Findings that are wrong come first, of them those about integrity.

    `histories`: one of each log that is in order, so that nobody needs to read the packs again to ask them. `scopes`:
    the agreements of which all packs of a network tell, by network, where one of them is not of a whole log. What is
    about others was not matched, and is in no history. `proved`: of each log the receipts and certificates that are
    signed by who gave them, once somebody verified them (`exchange.proving`).
    """

    logs: tuple[LogVerdict, ...]
    matches: tuple[Match, ...]
    findings: tuple[Finding, ...]
    histories: tuple[History, ...] = field(default=(), repr=False, compare=False)
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proved: tuple[Proved, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing is wrong; there may be things to look at."""
        return all(log.ok for log in self.logs) and all(finding.weight != "wrong" for finding in self.findings)

    def as_json(self) -> Json:
        """The verdict for programs; roots in base 64, findings with the sentence in the language being spoken."""
        return {
            "ok": self.ok,
            "logs": [{**asdict(log), "root": b64.encode(log.root), "stamps": _told(log.stamps)} for log in self.logs],
            "scopes": {network: list(agreements) for network, agreements in self.scopes.items()},
            "proved": [asdict(each) for each in self.proved],
            "matches": [asdict(match) for match in self.matches],
            "findings": [
                {**asdict(finding), "said": finding.what, "weight": finding.weight, "where": finding.where}
                for finding in self.findings
            ],
        }


def _told(stamps: Iterable[Seen]) -> list[Json]:
    return [{"size": each.size, "time": each.at, "authority": each.by} for each in stamps]


def verify(
    packs: Sequence[Path],
    *,
    keys: Mapping[str, VerifyKey] | None = None,
    held: Sequence[bytes] = (),
    now: datetime | None = None,
    authorities: Authorities | None = None,
    agreements: Collection[str] = (),
    quiet: Quiet = _untold,
) -> Verdict:
    """Read, check and match `packs`. Never raises for what a pack holds: everything wrong is a finding.

    What is held against a log is signed with its key. What somebody else only says of it is for looking at, in the
    pack that says it: anybody may have written that.

    `keys` are the logs' public keys as the auditor knows them, by origin; without one, the key in the pack is used and
    a finding asks to compare its fingerprint. A witness that brings no log (the auditor) is named by its origin, too.
    `held` is what the reader's own witness has seen of logs, and cosigned. `now`: the reader's clock; a pack that is
    old by it, or beside the others, hides what came after. `quiet`: what the agreements in a pack say of silence.
    `authorities`: whose timestamps count. `agreements`: the ids of those that are examined; where none is named, those
    of which all packs tell, and a pack that leaves out what others tell of is wrong: no pack decides for the others.
    """
    logs = [read_pack(path, keys or {}) for path in packs]
    disputed = _disputed(logs)
    _check_forks(logs)
    newest = max((each for each in (now, *(log.made for log in logs)) if each is not None), default=None)
    for log in logs:
        _check_age(log, newest, quiet)
        judge_stamps(log, authorities)
    kept, known = _kept(logs, held), keys or _claimed(logs, disputed)
    witnessed = [_witnessed(log, kept, known, _longest_of(log, logs), quiet) for log in logs]
    verdicts = [_judge(log, size) for log, size in zip(logs, witnessed, strict=True)]
    matches: list[Match] = []
    findings = [*chain.from_iterable(map(_findings, logs)), *map(_dispute, sorted(disputed))]
    histories: list[History] = []
    scopes: dict[str, tuple[str, ...]] = {}
    for name, whole in _networks(_in_order(logs, disputed)).items():
        examined = frozenset(agreements) or common(log.scope for log in whole)
        network = whole if examined is None else [log.within(examined) for log in whole]
        matched, unmatched = match_logs(network)
        matches += matched
        findings += [*unmatched, *match_letters(network), *_narrower(whole, network, agreements)]
        histories += (_history(log, told, logs) for log, told in zip(whole, network, strict=True))
        scopes |= {} if examined is None else {name: tuple(sorted(examined))}
    return Verdict(tuple(verdicts), tuple(matches), gravest_first(findings), tuple(histories), scopes)


def _disputed(logs: Sequence[ReadLog]) -> set[str]:
    """The logs for which packs name different keys, and the auditor knows none: which is the log, nobody can say."""
    claims = {(log.origin, log.key.raw) for log in logs if log.key is not None}
    return {origin for origin, count in Counter(origin for origin, _key in claims).items() if count > 1}


def _dispute(origin: str) -> Finding:
    """Of the packs, and held against no log: one of them is not what it says, and none of them counts."""
    what = later("packs name different keys for {log}: give the one from its party's card", log=origin)
    return Finding("audit.key_disputed", what)


def _claimed(logs: Sequence[ReadLog], disputed: set[str]) -> dict[str, VerifyKey]:
    return {log.origin: log.key for log in logs if log.key is not None and log.origin not in disputed}


def _longest_of(log: ReadLog, logs: Sequence[ReadLog]) -> int:
    """How much of this log any pack shows, as it was signed: an older pack is shorter, and nothing is rolled back."""
    return max(each.covered for each in logs if (each.origin, each.key) == (log.origin, log.key))


def _check_forks(logs: Sequence[ReadLog]) -> None:
    """Two packs of one log must agree on what they share: a party may show different people different histories. Only
    what its key has signed is compared."""
    for place, log in enumerate(logs):
        for other in logs[:place]:
            if not log.origin or (log.origin, log.key) != (other.origin, other.key):
                continue
            shared = min(log.covered, other.covered)
            if log.tree.root(shared) != other.tree.root(shared):
                what = later("two packs show different histories of this log: {pack} is the other", pack=other.pack)
                log.found("audit.forked", what, entry=_first_difference(log, other, shared))
            else:
                _check_withheld(log, other)
                _check_withheld(other, log)


def _check_withheld(log: ReadLog, other: ReadLog) -> None:
    """What a pack withholds though it lies in its scope, as another pack of the same log shows."""
    if log.scope is not None:
        shown = (number for number in sorted(log.withheld) if number in other.entries)
        hidden = [number for number in shown if log.scope.covers(other.entries[number])]
        what = later("the pack withholds what lies in its scope: {pack} shows it", pack=other.pack)
        log.found_runs("audit.entry_withheld", what, hidden)


def _first_difference(log: ReadLog, other: ReadLog, shared: int) -> int:
    return next(number for number in range(shared) if log.tree.node(0, number) != other.tree.node(0, number))


@dataclass(frozen=True, slots=True)
class _Head:
    """A checkpoint that somebody has kept: `held` by another than the log's own party or key. Whoever kept it, what it
    contradicts counts; what it agrees with counts only where a witness has cosigned it."""

    signed: SignedCheckpoint
    vouched: tuple[Cosignature, ...] = ()


def _witnessed(log: ReadLog, kept: _Kept, known: Mapping[str, VerifyKey], shown: int, quiet: Quiet) -> int:
    """How many entries others vouch for: up to the last checkpoint that they have cosigned, each with its own key. What
    is held against the log becomes a finding; a pack without a head of its own is nobody's. `known`: the keys of
    witnesses; `shown`: the size to which the packs show this log."""
    if log.key is None or not log.checkpoints:
        return 0
    witnesses = tuple((witness_name(origin), key) for origin, key in known.items() if _may_vouch(origin, key, log))
    held = [_cosigned(signed, witnesses, other) for other, signed in _opened(log, log.key, kept)]
    own = [_cosigned(signed, witnesses, log) for signed in log.checkpoints if _is_root(log, signed)]
    vouched = max(_sound_size(log, held, shown), _sound_size(log, own, shown))
    _check_silence(log, [*held, *own], quiet)
    _check_dates(log, [each for each in (*held, *own) if _is_root(log, each.signed)])
    return vouched


def _may_vouch(origin: str, key: VerifyKey, log: ReadLog) -> bool:
    """Nobody vouches for itself: another party, with another key, of the same network."""
    return party_of(origin) != log.party and key != log.key and network_of(origin) == network_of(log.origin)


def _cosigned(signed: SignedCheckpoint, witnesses: Sequence[tuple[str, VerifyKey]], shown_in: ReadLog) -> _Head:
    """With what counts of its cosignatures. One that is not genuine is for looking at, in the pack that shows it."""
    vouched: list[Cosignature] = []
    for each in witnesses:
        try:
            vouched += cosignatures(signed, (each,))
        except AuditError as error:
            shown_in.failed(error)
    return _Head(signed, tuple(vouched))


def _check_dates(log: ReadLog, heads: Iterable[_Head]) -> None:
    """Against the dates of cosignatures."""
    seen = (Seen(head.signed.checkpoint.size, each.time, each.witness) for head in heads for each in head.vouched)
    against = contradicted(log.entries, seen)
    for each, numbers in against.behind.items():
        what = later("dated long before {party} cosigned the log without this, on {day}", **_named(each))
        log.found_runs("audit.back_dated", what, numbers)
    for each, numbers in against.under.items():
        log.found_runs(
            "audit.dated_ahead", later("dated after {party} had cosigned it, on {day}", **_named(each)), numbers
        )


def _named(seen: Seen) -> dict[str, str]:
    return {"party": seen.by.partition(".")[0], "day": f"{seen.time:%Y-%m-%d}"}


def _check_silence(log: ReadLog, heads: Sequence[_Head], quiet: Quiet) -> None:
    """Who once cosigned this log, and has not for long, though it has grown."""
    last: dict[str, tuple[datetime, int]] = {}
    for head in heads:
        for each in head.vouched:
            last[each.witness] = max(last.get(each.witness, (each.time, 0)), (each.time, head.signed.checkpoint.size))
    for witness, (moment, size) in sorted(last.items()):
        party = witness.partition(".")[0]
        if log.made is not None and size < log.tree.size and _is_long(log.made - moment, log, quiet, party):
            names = {"party": party, "day": f"{moment:%Y-%m-%d}"}
            what = later("{party} has cosigned nothing of this log since {day}", **names)
            log.found("audit.silent", what, entry=size, last=log.tree.size - 1)


def _is_long(silence: timedelta, log: ReadLog, quiet: Quiet, other: str | None = None) -> bool:
    """What agreements say is read only where it matters: a pack is a stranger's, and texts take their time."""
    return silence > STALE and silence > (quiet(log, other) or STALE)


def _check_age(log: ReadLog, today: datetime | None, quiet: Quiet) -> None:
    """Whether the log was alive when the pack was made, and the pack is of these days: what came after it is unseen."""
    last = max(log.entries, default=None)
    if last is None or log.made is None:
        return
    went_on = max(log.withheld, default=last) > last  # when, is not shown
    if not went_on and _is_long(log.made - log.entries[last].time, log, quiet):
        what = later("the log ends on {day}, long before the pack was made", day=f"{log.entries[last].time:%Y-%m-%d}")
        log.found("audit.stale", what, entry=last)
    if today is not None and today - log.made > STALE:
        what = later(
            "the pack was made on {day}: what came after it is not shown; ask for a new one", day=f"{log.made:%Y-%m-%d}"
        )
        log.found("audit.stale", what, entry=last)


_Kept = dict[str, list[tuple[ReadLog | None, bytes]]]
"""Notes of logs by the origin of the log, each with the pack that shows it; None for what the reader has seen."""


def _kept(logs: Sequence[ReadLog], seen: Sequence[bytes]) -> _Kept:
    found: _Kept = {}
    shown: list[tuple[ReadLog | None, bytes]] = [(log, note) for log in logs for note in log.held]
    for other, note in [*shown, *((None, each) for each in seen)]:
        try:
            about = Note.parse(note).text.partition("\n")[0]
        except AuditError:
            if other is not None:
                other.found("audit.kept_unreadable", later("what was seen of another log cannot be read"))
            continue
        found.setdefault(about, []).append((other, note))
    return found


def _opened(log: ReadLog, key: VerifyKey, kept: _Kept) -> Iterator[tuple[ReadLog, SignedCheckpoint]]:
    """The checkpoints of `log` that others have kept, each with the pack that answers for it. One that the log's key
    has not signed tells nothing of the log: anybody can write it."""
    for other, note in kept.get(log.origin, ()):
        try:
            if other is not log:
                yield other or log, open_checkpoint(note, key)
        except AuditError:
            what = later("what was seen of the log of {party} is not signed with its key", party=log.party)
            (other or log).found("audit.kept_unsigned", what)


def _sound_size(log: ReadLog, heads: Sequence[_Head], shown: int) -> int:
    """Up to where others vouch for the log as it is; what lies behind, and contradicts, becomes a finding."""
    sound = vouched = 0
    for head in sorted(heads, key=lambda each: each.signed.checkpoint.size):
        signed, size = head.signed, head.signed.checkpoint.size
        if size > log.tree.size:
            if size > shown:
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
    log.tell_the_rest()
    ok = all(finding.weight != "wrong" for finding in log.findings)
    if ok and witnessed < size:
        what = later("nobody else has witnessed these entries yet")
        log.found("audit.unwitnessed", what, entry=witnessed, last=size - 1)
    fingerprint = log.key.fingerprint() if log.key else ""
    erased, withheld = len(log.erased), len(log.withheld)
    root = log.tree.root()
    return LogVerdict(log.pack, log.origin, size, root, ok, witnessed, erased, fingerprint, withheld, log.stamped)


def _findings(log: ReadLog) -> Iterator[Finding]:
    """A pack without any head that its log's key has signed is nobody's: what is wrong with it is held against none."""
    return (each if log.checkpoints else replace(each, origin="") for each in log.findings)


def _in_order(logs: Sequence[ReadLog], disputed: set[str]) -> list[ReadLog]:
    """Of each log the longest pack that is signed and in order, of several the one that shows most: what is said of
    others rests on such alone."""
    longest: dict[str, ReadLog] = {}
    for log in logs:
        sound = bool(log.checkpoints) and all(each.weight != "wrong" for each in log.findings)
        if sound and log.origin not in disputed and _shown(log) >= _shown(longest.get(log.origin, log)):
            longest[log.origin] = log
    return [*longest.values()]


def _shown(log: ReadLog) -> tuple[int, int]:
    return log.tree.size, -len(log.withheld)


def _narrower(whole: Sequence[ReadLog], network: Sequence[ReadLog], examined: Collection[str]) -> Iterator[Finding]:
    """A finding at each pack that leaves out what is examined, or what others tell of: one that withholds shall not
    decide unseen what is asked of the others. `network`: the logs as they are matched."""
    outside = {log.origin: _cut(log, told) for log, told in zip(whole, network, strict=True)}
    for log in whole:
        if log.scope is None:
            continue
        others = chain.from_iterable(told for origin, told in outside.items() if origin != log.origin)
        left_out = ({*examined} or {*others}) - {*log.scope.agreements}
        if left_out:
            named = sorted(left_out)
            what = later(
                "the pack leaves out {agreements}, so that not everything could be matched and asked",
                agreements=", ".join(named[:_FEW_NAMES]) + (", …" if len(named) > _FEW_NAMES else ""),
            )
            yield Finding("audit.scope_narrower", what, log.pack, log.origin)


def _cut(log: ReadLog, told: ReadLog) -> set[str]:
    """The agreements of which a log tells, and as it is matched does not."""
    return {*filter(None, (agreement_of(log.entries[number]) for number in told.withheld - log.withheld))}


def _history(log: ReadLog, told: ReadLog, logs: Sequence[ReadLog]) -> History:
    """As it is `told` within the common scope, with the cards that earlier packs of this log hold: each holds those of
    its day."""
    history = History.of_read(told)
    earlier = [each for each in logs if each is not log and (each.origin, each.key) == (log.origin, log.key)]
    cards = {
        f"cards/{place}.{path.removeprefix('cards/')}": card
        for place, each in enumerate(earlier)
        for path, card in each.documents.items()
        if path.startswith("cards/")
    }
    return replace(history, documents={**cards, **history.documents})


def _networks(logs: Sequence[ReadLog]) -> dict[str, list[ReadLog]]:
    """The logs of each network: a party's name means something in its network only."""
    networks: dict[str, list[ReadLog]] = {}
    for log in logs:
        networks.setdefault(network_of(log.origin), []).append(log)
    return networks
