"""13. Is a log complete, and unchanged since it was last looked at; and do both sides see the same of it?

Whoever asks brings the heads that were kept before: of earlier packs, of what was cosigned. A head is signed with the
log's own key, so that what contradicts it proves the contradiction, whoever kept it. The heads that the other parties
kept, and show in their packs, are asked in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.asking.answer import Answer, Asked, Evidence, finding, joined
from exchange.asking.shown import Shown
from exchange.audit.checkpoint import Checkpoint, open_checkpoint
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.audit.notes import Note
from exchange.audit.tree import root_at
from exchange.crypto import b64
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError
from exchange.locale import Said, counted_later, later


@dataclass(frozen=True, slots=True)
class _Compared:
    """A log, and the heads of it that were kept: by whoever asks, and by the other parties."""

    history: History
    ours: tuple[Checkpoint, ...]
    theirs: tuple[tuple[str, Checkpoint], ...]
    strange: tuple[str, ...]
    """Codes: why a head that whoever asks has kept could not be compared."""

    @property
    def since(self) -> int:
        """The size of the log when it was last looked at."""
        return max((each.size for each in self.ours if each.size <= self.history.head.checkpoint.size), default=0)

    @property
    def erased(self) -> tuple[int, ...]:
        size = self.history.head.checkpoint.size
        told = self.history
        return tuple(number for number in range(size) if number not in told.entries and number not in told.withheld)

    @property
    def attested(self) -> set[int | None]:
        return {each.counts.entry for _number, each in self.history.of("opening.erased") if each.counts}


def answer(shown: Shown, asked: Asked) -> Answer:
    """Of the party that is asked about, or of all whose logs were shown."""
    logs = [each for each in shown.histories if asked.party in (None, each.party)]
    compared = [_compare(shown, each) for each in logs]
    findings = [each for one in compared for each in _findings(one)]
    return Answer(
        "unchanged",
        asked,
        _sentence(compared, findings),
        (
            *(_line(each) for each in compared),
            later("whether both sides tell the same of every bundle: exchange audit verify"),
        ),
        tuple(Evidence.of(log, number) for log in logs for number, _each in log.of("opening.erased")),
        (*findings, *(() if asked.party else _not_shown(shown))),
    )


# --- comparing ---


def _compare(shown: Shown, log: History) -> _Compared:
    ours: list[Checkpoint] = []
    strange: list[str] = []
    for key, note in _of_log(log, shown.kept):
        try:
            ours.append(open_checkpoint(note, key).checkpoint)
        except AuditError as error:
            strange += error.codes
    return _Compared(log, tuple(dict.fromkeys(ours)), tuple(_of_others(shown, log)), tuple(dict.fromkeys(strange)))


def _of_others(shown: Shown, log: History) -> Iterator[tuple[str, Checkpoint]]:
    """What cannot be verified is for `exchange audit verify` to tell."""
    for other in shown.histories:
        for key, note in _of_log(log, other.held) if other.origin != log.origin else ():
            try:
                yield other.party, open_checkpoint(note, key).checkpoint
            except AuditError:
                continue


def _of_log(log: History, notes: Iterable[bytes]) -> list[tuple[VerifyKey, bytes]]:
    """Those of this log, with the key that must have signed them."""
    key = log.key
    return [] if key is None else [(key, each) for each in dict.fromkeys(notes) if _origin(each) == log.origin]


def _origin(note: bytes) -> str | None:
    try:
        return Note.parse(note).text.partition("\n")[0]
    except AuditError:
        return None


# --- what is not in order ---


def _findings(compared: _Compared) -> Iterator[Finding]:
    log = compared.history
    for head in sorted(compared.ours, key=lambda each: each.size):
        yield from _against(log, head, later("than when it was last looked at"), later("what was kept of it"))
    for party, head in sorted(compared.theirs, key=lambda each: each[1].size):
        yield from _against(
            log, head, later("than {party} has seen it", party=party), later("what {party} has seen of it", party=party)
        )
    for code in compared.strange:
        differs = code == "audit.checkpoint_unsigned"
        what = (
            later("a checkpoint of this log that was kept is signed with another key")
            if differs
            else later("a checkpoint of this log that was kept cannot be read")
        )
        yield finding(log, "audit.key_differs" if differs else "audit.kept_unreadable", what)
    if not log.pack and set(compared.erased) - compared.attested:  # of a pack, `exchange audit verify` says which
        what = later("the content of entries is gone and no later entry says so")
        yield finding(log, "audit.opening_missing", what, min(set(compared.erased) - compared.attested))


def _against(log: History, head: Checkpoint, than: Said, seen: Said) -> Iterator[Finding]:
    """What a head that was kept says against the log: at most one thing."""
    now = log.head.checkpoint
    if head.size > now.size:
        yield finding(log, "audit.rolled_back", later("the log is shorter {than}", than=than), now.size)
    elif head.size == now.size and head.root != now.root:
        what = later("the log shows another history of the same length, against {seen}", seen=seen)
        yield finding(log, "audit.forked", what)
    elif head.root != root_at(head.size, log.node):
        yield finding(log, "audit.inconsistent", later("the log does not continue {seen}", seen=seen), head.size - 1)


def _not_shown(shown: Shown) -> Iterator[Finding]:
    known = {each.origin for each in shown.histories}
    for origin in sorted({each for each in map(_origin, shown.kept) if each is not None} - known):
        what = later("a checkpoint of this log was kept, and the log was not shown")
        yield Finding("audit.pack_absent", what, "", origin)


# --- what is said of it ---


def _sentence(compared: list[_Compared], findings: list[Finding]) -> Said:
    wrong = {each.origin for each in findings if each.weight == "wrong"}
    sound = [each for each in compared if each.history.origin not in wrong]
    broken = [each for each in compared if each.history.origin in wrong]
    parts: list[Said] = []
    if sound:
        complete = counted_later("{count} log complete", "{count} logs complete", len(sound))
        parts += [complete, *_since_before(sound), _by_others(sound)]
    if broken:
        parts.append(later("not as it was, or not complete: {parties}", parties=_parties(broken)))
    return joined(parts) if parts else later("no log was shown")


def _since_before(sound: list[_Compared]) -> Iterator[Said]:
    """How they stand to an earlier visit; at the first one there is none to compare with."""
    known, unknown = [each for each in sound if each.ours], [each for each in sound if not each.ours]
    if known:
        yield later("as they were seen before: {parties}", parties=_parties(known))
    if known and unknown:
        yield later("nothing was kept from an earlier visit of: {parties}", parties=_parties(unknown))
    elif unknown:
        yield later("nothing was kept from an earlier visit")


def _by_others(sound: list[_Compared]) -> Said:
    theirs = sum(len(each.theirs) for each in sound)
    if not theirs:
        return later("no other party showed a checkpoint of them")
    return counted_later(
        "the other parties' {count} checkpoint of them agrees",
        "the other parties' {count} checkpoints of them agree",
        theirs,
    )


def _parties(compared: Iterable[_Compared]) -> str:
    return ", ".join(each.history.party for each in compared)


def _line(compared: _Compared) -> Said:
    head = compared.history.head.checkpoint
    told = later(
        "checkpoints compared: {ours} kept before, {theirs} of other parties; without content: {erased}; root {root}",
        root=b64.encode(head.root),
        ours=len(compared.ours),
        theirs=len(compared.theirs),
        erased=len(compared.erased),
    )
    size: dict[str, object] = {"party": compared.history.party, "size": head.size}
    if compared.ours:
        return joined(
            (later("{party}: {size} entries, {new} of them new", **size, new=head.size - compared.since), told)
        )
    return joined((later("{party}: {size} entries", **size), told))
