"""One pack, read and checked on its own: is this the log that its party has signed, whole and in order?

1. pack.json: whose log, which key (a key that the auditor knows from elsewhere wins).
2. The checkpoints, each with the signature of that key.
3. The leaves, from the tiles; the tree is computed anew from them, and every checkpoint compared with it.
4. Each line of entries.jsonl hashes to the leaf at its place: altered, missing, misplaced ones are named.
5. What the entries say is looked at last: their party, their order in time, erased openings.

Every failure is a finding and the rest is still read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from exchange.audit.checkpoint import SignedCheckpoint, open_checkpoint, party_of
from exchange.audit.entries import Entry, Opening
from exchange.audit.findings import Finding
from exchange.audit.notes import MAX_NOTE_BYTES
from exchange.audit.pack import DOCUMENTS, ENTRIES, HEAD, MANIFEST, RECEIPTS, Manifest
from exchange.audit.tiles import TILE_WIDTH, leaf_tiles, tile_path
from exchange.audit.tree import HASH_BYTES, Tree, leaf_hash
from exchange.audit.unpack import PackFiles
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, CryptoError, Problem
from exchange.locale import Said, later

CLOCK_SLACK = timedelta(minutes=5)
"""Two programs of one organisation may write a little out of order."""
_ERASED = re.compile(rb'\{"erased":"([0-9a-f]{64})"\}')


@dataclass(slots=True)
class ReadLog:
    """What a pack holds, as far as it could be read. `entries` has the numbers whose opening fits its leaf."""

    pack: str
    origin: str = ""
    key: VerifyKey | None = None
    made: datetime | None = None
    tree: Tree = field(default_factory=Tree)
    checkpoints: tuple[SignedCheckpoint, ...] = ()
    entries: dict[int, Entry] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    held: tuple[bytes, ...] = ()
    receipts: frozenset[str] = frozenset()
    documents: dict[str, bytes] = field(default_factory=dict)
    """Cards, agreements, receipts, certificates by path: as the party gave them, unread."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def party(self) -> str:
        return party_of(self.origin) if self.origin else ""

    def found(
        self, code: str, said: Said, *, entry: int | None = None, last: int | None = None, byte: int | None = None
    ) -> None:
        self.findings.append(Finding(code, said, self.pack, self.origin, entry, last, byte))

    def failed(self, error: AuditError | CryptoError, *, entry: int | None = None, byte: int | None = None) -> None:
        for problem in error.problems:
            self.found(problem.code, Said(problem.what), entry=entry, byte=byte)


@dataclass(frozen=True, slots=True)
class _Line:
    byte: int
    leaf: bytes
    entry: Entry | None
    problem: Problem | None


def read_pack(path: Path, keys: Mapping[str, VerifyKey]) -> ReadLog:
    """The log in the pack at `path`. `keys` are those the auditor knows from elsewhere, by origin."""
    log = ReadLog(path.name)
    with PackFiles(path) as files:
        _read_manifest(log, files, keys)
        _read_checkpoints(log, files)
        lines = [_read_line(byte, line) for byte, line in files.lines(ENTRIES)]
        _grow_tree(log, files, lines)
        _place_lines(log, lines)
        log.held = tuple(note for name in files.names("held") if (note := files.read(name, MAX_NOTE_BYTES)) is not None)
        for room in DOCUMENTS:
            read = ((name, files.read(name)) for name in files.names(room))
            log.documents |= {name: content for name, content in read if content is not None}
        log.receipts = frozenset((files.read(RECEIPTS) or b"").decode("ascii", "replace").split())
        for name in sorted(set(files.damage)):
            what = later("a part of the pack is damaged: {file}", file=name) if name else later("the pack is damaged")
            log.found("audit.pack_damaged", what)
    _check_roots(log)
    _check_sayings(log)
    return log


def _read_manifest(log: ReadLog, files: PackFiles, keys: Mapping[str, VerifyKey]) -> None:
    try:
        manifest = Manifest.model_validate_json(files.read(MANIFEST) or b"")
        party_of(manifest.origin)
        given = VerifyKey.from_openssh(manifest.key)
    except (ValidationError, AuditError, CryptoError):
        log.found("audit.pack_unreadable", later("this is not an evidence pack, or its first page is damaged"))
        return
    log.origin, log.made = manifest.origin, manifest.made
    log.key = keys.get(manifest.origin, given)
    if log.key != given:
        log.found("audit.key_differs", later("the pack names another key than the one known for this log"))
    elif log.origin not in keys:
        log.found("audit.own_key", later("the key of this log is known from the pack alone: compare its fingerprint"))


def _read_checkpoints(log: ReadLog, files: PackFiles) -> None:
    if log.key is None:
        return
    names = [f"checkpoints/{name}" for name in sorted(each.partition("/")[2] for each in files.names("checkpoints"))]
    opened = []
    for name in [*names, HEAD]:
        try:
            signed = open_checkpoint(files.read(name) or b"", log.key)
        except AuditError as error:
            log.failed(error)
            continue
        if signed.checkpoint.origin == log.origin:
            opened.append(signed)
        else:
            log.found("audit.foreign_log", later("a checkpoint of another log lies in the pack"))
    log.checkpoints = tuple(sorted(opened, key=lambda each: each.checkpoint.size))


def _read_line(byte: int, line: bytes) -> _Line:
    erased = _ERASED.fullmatch(line)
    if erased:
        return _Line(byte, bytes.fromhex(erased[1].decode()), None, None)
    try:
        return _Line(byte, leaf_hash(line), Opening.read(line).entry, None)
    except AuditError as error:
        return _Line(byte, leaf_hash(line), None, error.problems[0])


def _grow_tree(log: ReadLog, files: PackFiles, lines: Sequence[_Line]) -> None:
    """The leaves are those of the tiles; where a tile is damaged, or no checkpoint tells the size, those of the lines.

    A size that nobody could fill (a checkpoint may claim anything) ends with the first tile that is not there.
    """
    if not log.checkpoints:
        log.tree = Tree(line.leaf for line in lines)
        return
    for name, first, width in leaf_tiles(log.checkpoints[-1].checkpoint.size):
        # C2SP tlog-tiles: where a partial tile is gone, the full one serves.
        tile = (files.read(name) or files.read(tile_path(0, first // TILE_WIDTH)) or b"")[: width * HASH_BYTES]
        if len(tile) != width * HASH_BYTES:
            last = first + width - 1
            log.found("audit.tile_damaged", later("a tile of the tree is missing or damaged"), entry=first, last=last)
            tile = b"".join(line.leaf for line in lines[first : last + 1])
        for start in range(0, len(tile), HASH_BYTES):
            log.tree.append(tile[start : start + HASH_BYTES])
        if log.tree.size < first + width:
            return


def _place_lines(log: ReadLog, lines: Sequence[_Line]) -> None:
    """Give every line the number of the leaf that it hashes to, and name those that fit none or stand elsewhere."""
    numbers = _Numbers(log.tree)
    placed: set[int] = set()
    strange: list[_Line] = []  # fit no leaf: altered entries if entries are missing here, else insertions
    expected = 0
    for line in lines:
        number = numbers.of(line.leaf, expected)
        if number is None:
            strange.append(line)
            continue
        placed |= _name_strange(log, strange, expected, number)
        strange = []
        if number < expected:
            log.found("audit.entry_misplaced", later("an entry stands out of order"), entry=number, byte=line.byte)
        _keep(log, number, line)
        placed.add(number)
        expected = max(expected, number + 1)
    placed |= _name_strange(log, strange, expected, log.tree.size)
    for first, last in _runs(number for number in range(log.tree.size) if number not in placed):
        log.found(
            "audit.entry_missing", later("the log has entries that the pack does not show"), entry=first, last=last
        )


class _Numbers:
    """Which leaf has which number; the table is made only once something is out of order."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._table: dict[bytes, int] | None = None

    def of(self, leaf: bytes, expected: int) -> int | None:
        if expected < self._tree.size and self._tree.node(0, expected) == leaf:
            return expected
        if self._table is None:
            self._table = {self._tree.node(0, number): number for number in range(self._tree.size)}
        return self._table.get(leaf)


def _name_strange(log: ReadLog, strange: Sequence[_Line], expected: int, number: int) -> set[int]:
    """Name lines that stand before entry `number` and hash to no leaf; return the entries that they replace."""
    altered = range(expected, min(number, expected + len(strange)))
    for entry, line in zip(altered, strange, strict=False):
        log.found("audit.entry_altered", later("the entry is not the one that was logged"), entry=entry, byte=line.byte)
    inserted = strange[len(altered) :]
    if number == log.tree.size and inserted:
        what = later("lines follow that no checkpoint covers")
        log.found("audit.entry_unsigned", what, entry=number, last=number + len(inserted) - 1, byte=inserted[0].byte)
        return set(altered)
    for line in inserted:
        what = later("an entry was put in that was never logged")
        log.found("audit.entry_inserted", what, entry=number, byte=line.byte)
    return set(altered)


def _keep(log: ReadLog, number: int, line: _Line) -> None:
    if line.problem is not None:
        log.found(line.problem.code, Said(line.problem.what), entry=number, byte=line.byte)
    elif line.entry is None:
        log.erased.add(number)
    else:
        log.entries[number] = line.entry


def _check_roots(log: ReadLog) -> None:
    sound = 0  # the tree is known to be the signed one up to here
    for signed in log.checkpoints:
        head = signed.checkpoint
        if head.size > log.tree.size:
            what = later("the log is shorter than its party has signed")
            log.found("audit.log_truncated", what, entry=log.tree.size, last=head.size - 1)
            return
        if log.tree.root(head.size) != head.root:
            what = later("these entries are not those that the party has signed")
            log.found(
                "audit.history_rewritten", what, entry=min(sound, max(head.size - 1, 0)), last=max(head.size - 1, 0)
            )
            return
        sound = head.size


def _check_sayings(log: ReadLog) -> None:
    before: datetime | None = None
    attested = {entry.counts.entry for entry in log.entries.values() if entry.kind == "opening.erased" and entry.counts}
    for number, entry in sorted(log.entries.items()):
        if entry.party != log.party:
            log.found("audit.foreign_entry", later("an entry belongs in the log of another party"), entry=number)
        if before is not None and entry.time < before - CLOCK_SLACK:
            log.found("audit.time_backwards", later("the entry is dated before the one it follows"), entry=number)
        if log.made is not None and entry.time > log.made + CLOCK_SLACK:
            log.found("audit.time_ahead", later("the entry is dated after the pack was made"), entry=number)
        before = entry.time
    for first, last in _runs(sorted(log.erased - attested)):
        what = later("the content of entries is gone and no later entry says so")
        log.found("audit.opening_missing", what, entry=first, last=last)


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as (first, last) of every unbroken run."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last
