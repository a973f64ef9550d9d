"""One pack, read and checked on its own: is this the log that its party has signed, whole and in order?

1. pack.json: whose log, which key (a key that the auditor knows from elsewhere wins).
2. The checkpoints, each with the signature of that key.
3. The leaves, from the tiles; the tree is computed anew from them, and every checkpoint compared with it.
4. Each line of entries.jsonl hashes to the leaf at its place: altered, missing, misplaced ones are named.
5. What the entries say is looked at last: their party, their order in time, erased openings, and whether they lie in
   the scope that the pack declares.

Every failure is a finding and the rest is still read.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from exchange.audit.checkpoint import SignedCheckpoint, open_checkpoint, party_of
from exchange.audit.entries import Kind
from exchange.audit.findings import Finding
from exchange.audit.lines import Entries, Lines, as_text
from exchange.audit.notes import MAX_NOTE_BYTES
from exchange.audit.pack import DOCUMENTS, ENTRIES, HEAD, MANIFEST, SCOPE, STAMPS, Manifest
from exchange.audit.scope import Scope, agreement_of, check_scope
from exchange.audit.tiles import TILE_WIDTH, leaf_tiles, tile_path
from exchange.audit.tree import HASH_BYTES, Tree
from exchange.audit.unpack import PackFiles
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, CryptoError
from exchange.locale import Said, later

if TYPE_CHECKING:
    from exchange.audit.dates import Seen

CLOCK_SLACK = timedelta(minutes=5)
"""Two programs of one organisation may write a little out of order."""
_MOST_ALIKE = 1000
"""Findings of one code that are told of one log: a pack shall not fill anybody's memory, or day, with them."""
_DEALINGS: tuple[Kind, ...] = ("bundle.delivered", "bundle.accepted", "letter.sent", "letter.received")
"""What happens under an agreement between its parties alone."""
_FEW_NAMES = 10
_MAX_DOCUMENT = 16 * 1024 * 1024
_MAX_DOCUMENTS = 64 * 1024 * 1024
"""Bytes of all the documents of one kind that a pack may bring: they are held in memory."""


@dataclass(slots=True)
class ReadLog:
    """What a pack holds, as far as it could be read. `entries` has the numbers whose opening fits its leaf."""

    pack: str
    origin: str = ""
    key: VerifyKey | None = None
    made: datetime | None = None
    tree: Tree = field(default_factory=Tree)
    checkpoints: tuple[SignedCheckpoint, ...] = ()
    entries: Entries = field(default_factory=Entries.none)
    erased: set[int] = field(default_factory=set)
    scope: Scope | None = None
    """Of which entries the pack shows; None where of all."""
    withheld: set[int] = field(default_factory=set)
    covered: int = 0
    """How many entries stand under a head that the log's key has signed; the rest anybody may have written."""
    held: tuple[bytes, ...] = ()
    answers: dict[str, bytes] = field(default_factory=dict)
    """What timestamp authorities answered, by path; `stamped`: those that count, once they were judged."""
    stamped: tuple[Seen, ...] = ()
    documents: dict[str, bytes] = field(default_factory=dict)
    """Cards and agreements by path: as the party gave them, unread."""
    findings: list[Finding] = field(default_factory=list)
    _alike: Counter[str] = field(default_factory=Counter)

    @property
    def party(self) -> str:
        return party_of(self.origin) if self.origin else ""

    def tells_of(self, party: str) -> bool:
        """Whether it shows what names this party and no agreement."""
        return self.scope is None or party in self.scope.parties

    def within(self, agreements: frozenset[str]) -> ReadLog:
        """The same log without what is about another agreement than these."""
        asked = {*agreements, None}
        outside = {number for number, each in self.entries.items() if agreement_of(each) not in asked}
        return replace(self, entries=self.entries.without(outside), withheld=self.withheld | outside)

    def found(
        self, code: str, said: Said, *, entry: int | None = None, last: int | None = None, byte: int | None = None
    ) -> None:
        self._alike[code] += 1
        if self._alike[code] <= _MOST_ALIKE:
            self.findings.append(Finding(code, said, self.pack, self.origin, entry, last, byte))

    def tell_the_rest(self) -> None:
        """How many findings of a code were not kept."""
        for code, count in self._alike.items():
            if count > _MOST_ALIKE:
                what = later("{count} more findings of this kind", count=count - _MOST_ALIKE)
                self.findings.append(Finding(code, what, self.pack, self.origin))

    def found_runs(self, code: str, said: Said, numbers: Iterable[int]) -> None:
        """One finding for every unbroken run of ascending entries."""
        for first, last in _runs(numbers):
            self.found(code, said, entry=first, last=None if first == last else last)

    def failed(self, error: AuditError | CryptoError, *, entry: int | None = None, byte: int | None = None) -> None:
        for problem in error.problems:
            self.found(problem.code, Said(problem.what), entry=entry, byte=byte)


def read_pack(path: Path, keys: Mapping[str, VerifyKey]) -> ReadLog:
    """The log in the pack at `path`. `keys` are those the auditor knows from elsewhere, by origin."""
    log = ReadLog(path.name)
    with PackFiles(path) as files:
        _read_manifest(log, files, keys)
        _read_checkpoints(log, files)
        told = sha256()
        blocks = files.blocks(ENTRIES)
        lines = Lines.of(blocks if log.scope is None else _told(blocks, told.update), log.party)
        if lines.overrun:
            files.damage.append(ENTRIES)
        _grow_tree(log, files, lines)
        entries = Entries(lines, _place_lines(log, lines), *files.place(ENTRIES))
        log.entries = entries
        log.held = tuple(files.read_all("held", MAX_NOTE_BYTES, _MAX_DOCUMENTS).values())
        log.answers = files.read_all(STAMPS, _MAX_DOCUMENT, _MAX_DOCUMENT)  # one a week for fifty years
        for room in DOCUMENTS:
            log.documents |= files.read_all(room, _MAX_DOCUMENT, _MAX_DOCUMENTS)
        for name in sorted(set(files.damage)):
            what = later("a part of the pack is damaged: {file}", file=name) if name else later("the pack is damaged")
            log.found("audit.pack_damaged", what)
        _check_signed_scope(log, files, f"sha256:{told.hexdigest()}")
    _check_roots(log)
    _check_sayings(log, lines, entries)
    return log


def _told(blocks: Iterable[tuple[int, bytes]], tell: Callable[[bytes], None]) -> Iterator[tuple[int, bytes]]:
    """The same blocks, each told to a hash as it goes by."""
    for start, block in blocks:
        tell(block + b"\n")
        yield start, block


def _check_signed_scope(log: ReadLog, files: PackFiles, lines: str) -> None:
    if log.scope is None or log.key is None:
        return
    word, first = files.read(SCOPE, MAX_NOTE_BYTES) or b"", files.read(MANIFEST) or b""
    try:
        check_scope(word, log.origin, first, lines, log.key)
    except AuditError as error:
        log.failed(error)


def _read_manifest(log: ReadLog, files: PackFiles, keys: Mapping[str, VerifyKey]) -> None:
    try:
        manifest = Manifest.model_validate_json(files.read(MANIFEST) or b"")
        party_of(manifest.origin)
        given = VerifyKey.from_openssh(manifest.key)
    except (ValidationError, AuditError, CryptoError):
        log.found("audit.pack_unreadable", later("this is not an evidence pack, or its first page is damaged"))
        return
    log.origin, log.made, log.scope = manifest.origin, manifest.made, manifest.scope
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


def _grow_tree(log: ReadLog, files: PackFiles, lines: Lines) -> None:
    """The leaves are those of the tiles; where a tile is damaged, or no checkpoint tells the size, those of the lines.

    A size that nobody could fill (a checkpoint may claim anything) ends with the first tile that is not there.
    """
    leaves = bytearray() if log.checkpoints else lines.leaves
    for name, first, width in leaf_tiles(log.checkpoints[-1].checkpoint.size if log.checkpoints else 0):
        # C2SP tlog-tiles: where a partial tile is gone, the full one serves.
        tile = (files.read(name) or files.read(tile_path(0, first // TILE_WIDTH)) or b"")[: width * HASH_BYTES]
        if len(tile) != width * HASH_BYTES:
            last = first + width - 1
            log.found("audit.tile_damaged", later("a tile of the tree is missing or damaged"), entry=first, last=last)
            tile = bytes(lines.leaves[first * HASH_BYTES : (last + 1) * HASH_BYTES])
        leaves += tile
        if len(leaves) < (first + width) * HASH_BYTES:
            break
    if leaves == lines.leaves:
        leaves = lines.leaves  # once in memory is enough
    log.tree = Tree.over(leaves)


def _place_lines(log: ReadLog, lines: Lines) -> Sequence[int]:
    """Give every line the number of the leaf that it hashes to, and name those that fit none or stand elsewhere.

    Returns the line of every number, -1 for a number that no line has.
    """
    places: Sequence[int] = range(len(lines))
    if log.tree.leaves == lines.leaves:
        for line, problem in lines.problems.items():
            log.found(problem.code, Said(problem.what), entry=line, byte=lines.starts[line])
    else:
        places = _place_one_by_one(log, lines)
    log.erased, log.withheld = (_numbers(places, hidden) for hidden in (lines.erased(), lines.withheld()))
    return places


def _numbers(places: Sequence[int], lines: set[int]) -> set[int]:
    return {number for number, line in enumerate(places) if line in lines} if lines else set()


def _place_one_by_one(log: ReadLog, lines: Lines) -> Sequence[int]:
    numbers = _Numbers(log.tree)
    places = array("q", [-1]) * log.tree.size
    replaced: set[int] = set()
    strange: list[int] = []  # fit no leaf: altered entries if entries are missing here, else insertions
    expected = 0
    for line in range(len(lines)):
        number = numbers.of(lines.leaf(line), expected)
        if number is None:
            strange.append(line)
            continue
        replaced |= _name_strange(log, lines, strange, expected, number)
        strange = []
        byte = lines.starts[line]
        if number < expected:
            log.found("audit.entry_misplaced", later("an entry stands out of order"), entry=number, byte=byte)
        if line in lines.problems:
            problem = lines.problems[line]
            log.found(problem.code, Said(problem.what), entry=number, byte=byte)
        places[number] = line
        expected = max(expected, number + 1)
    replaced |= _name_strange(log, lines, strange, expected, log.tree.size)
    for first, last in _runs(number for number, line in enumerate(places) if line < 0 and number not in replaced):
        log.found(
            "audit.entry_missing", later("the log has entries that the pack does not show"), entry=first, last=last
        )
    return places


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


def _name_strange(log: ReadLog, lines: Lines, strange: Sequence[int], expected: int, number: int) -> set[int]:
    """Name lines that stand before entry `number` and hash to no leaf; return the entries that they replace."""
    altered = range(expected, min(number, expected + len(strange)))
    starts = [lines.starts[line] for line in strange]
    for entry, byte in zip(altered, starts, strict=False):
        log.found("audit.entry_altered", later("the entry is not the one that was logged"), entry=entry, byte=byte)
    inserted = starts[len(altered) :]
    if number == log.tree.size and inserted:
        what = later("lines follow that no checkpoint covers")
        log.found("audit.entry_unsigned", what, entry=number, last=number + len(inserted) - 1, byte=inserted[0])
        return set(altered)
    for byte in inserted:
        what = later("an entry was put in that was never logged")
        log.found("audit.entry_inserted", what, entry=number, byte=byte)
    return set(altered)


def _check_roots(log: ReadLog) -> None:
    for signed in log.checkpoints:
        head, last = signed.checkpoint, max(signed.checkpoint.size - 1, 0)
        if head.size > log.tree.size:
            what = later("the log is shorter than its party has signed")
            log.found("audit.log_truncated", what, entry=log.tree.size, last=last)
            return
        if log.tree.root(head.size) != head.root:
            what = later("these entries are not those that the party has signed")
            log.found("audit.history_rewritten", what, entry=min(log.covered, last), last=last)
            return
        log.covered = head.size


def _check_sayings(log: ReadLog, lines: Lines, entries: Entries) -> None:
    made = None if log.made is None else as_text(log.made)
    attested = {entry.counts.entry for _number, entry in entries.of("opening.erased") if entry.counts}
    nothing_to_say = lines.in_order and not lines.foreign and (made is None or lines.latest <= made)
    if not nothing_to_say or log.tree.leaves != lines.leaves:
        _check_one_by_one(log, lines, entries, made)
    what = later("the content of entries is gone and no later entry says so")
    log.found_runs("audit.opening_missing", what, sorted(log.erased - attested))
    _check_scope(log, entries)


def _check_scope(log: ReadLog, entries: Entries) -> None:
    """What is shown beyond the scope harms nobody; what is withheld without one has no reason."""
    scope = log.scope
    if scope is None:
        what = later("entries are withheld, and the pack does not say that it is of some agreements only")
        log.found_runs("audit.entry_withheld", what, sorted(log.withheld))
        return
    dealt = {each.counterpart for _number, each in entries.of(*_DEALINGS) if agreement_of(each) in scope.agreements}
    left_out = sorted(filter(None, dealt.difference(scope.parties)))
    if left_out:
        what = later(
            "the scope of the pack names fewer parties than the log deals with under its agreements: {names}",
            names=", ".join(left_out[:_FEW_NAMES]),
        )
        log.found("audit.scope_names_less", what)
    what = later("the entry lies outside of the agreements of which the pack says that it is")
    log.found_runs("audit.beyond_scope", what, (number for number, each in entries.items() if not scope.covers(each)))


def _check_one_by_one(log: ReadLog, lines: Lines, entries: Entries, made: bytes | None) -> None:
    before = b""
    foreign, backwards, ahead = list[int](), list[int](), list[int]()
    for number, line in entries.places():
        time = lines.time(line)
        if line in lines.foreign:
            foreign.append(number)
        if time < before and _between(time, before) > CLOCK_SLACK:
            backwards.append(number)
        if made is not None and time > made and _between(made, time) > CLOCK_SLACK:
            ahead.append(number)
        before = time
    log.found_runs("audit.foreign_entry", later("an entry belongs in the log of another party"), foreign)
    log.found_runs("audit.time_backwards", later("the entry is dated before the one it follows"), backwards)
    log.found_runs("audit.time_ahead", later("the entry is dated after the pack was made"), ahead)


def _between(earlier: bytes, later_on: bytes) -> timedelta:
    first, second = (datetime.fromisoformat(each.decode()) for each in (earlier, later_on))
    return second - first


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
