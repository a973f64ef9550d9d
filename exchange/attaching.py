"""By e-mail: one file to attach for each party, and what came attached, as programs for mail leave it.

All that waits for a party stands in one text file, each sealed file in age's armor, one after the other: text is what
every gateway lets through, and what survives other line ends, blanks at line ends, quoting and a footer. Taking it in
is lenient about all of these: what comes out is the sealed file byte for byte, or its seal does not open.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from exchange.crypto.armor import BEGIN, END, armored
from exchange.errors import Problem, TransportError
from exchange.keyring.identity import Identity
from exchange.locale import _
from exchange.seal.opening import seems_for_us
from exchange.seal.sealing import SUFFIX
from exchange.transport.folder import FolderRoad
from exchange.transport.landing import altered, disk_errors, landing
from exchange.transport.road import BLOCK, Delivery, NotPut, Outgoing, Watch, check_name, nobody_watches, sha256_of

MANY_REFUSE = 10_000_000
NEARLY_ALL_REFUSE = 25_000_000
"""Bytes of an attachment above which servers for mail refuse it; they count it as it is encoded, a third larger."""
_SUFFIX = ".txt"
_BINARY = b"age-encryption.org/v1"
_PART = ".taking-out"


class AttachmentRoad(FolderRoad):
    """A `Road` into a folder of the person's choice. What is put together becomes one file to attach, `made`.

    It has a name of its own, the same for the same parcels. The other verbs see such files as they are.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._target = folder
        self.made: Path | None = None
        self.made_size = 0

    def put(self, files: Iterable[Outgoing], watch: Watch = nobody_watches) -> Iterator[Delivery | NotPut]:
        """As of `Road`: the file stands there with all of them, or not at all. One that is not what it must be is left
        out."""
        sound = []
        for each in files:
            error = _objection(each)
            if error is None:
                sound.append(each)
            else:
                yield NotPut(each.name, error)
        if not sound:
            return
        try:
            delivered = self._attach(sound)
        except TransportError as error:
            yield from (NotPut(each.name, error) for each in sound)
            return
        for done in delivered:
            watch(done.name, done.size, done.size)
        yield from delivered

    def _attach(self, files: list[Outgoing]) -> list[Delivery]:
        target, delivered = self._target / attachment_name(files), []
        with disk_errors(self._target.name):
            before = sha256_of(target) if target.exists() else None
        with landing(target, mode=0o666) as file:
            for each in files:
                with each.source.open("rb") as content, armored(file) as text:
                    shutil.copyfileobj(content, text, BLOCK)
                delivered.append((each.name, each.source.stat().st_size, sha256_of(each.source)))
        with disk_errors(self._target.name):
            again = before is not None and before == sha256_of(target)
            self.made, self.made_size = target, target.stat().st_size
        return [Delivery(name, size, digest, already_there=again) for name, size, digest in delivered]


def attachment_name(files: Iterable[Outgoing]) -> str:
    """Opaque, as the random names of the parcels are; the same for the same parcels, in whatever order."""
    names = "\n".join(sorted(check_name(each.name) for each in files))
    return hashlib.sha256(names.encode("ascii")).hexdigest()[:32] + _SUFFIX


def _objection(outgoing: Outgoing) -> TransportError | None:
    """Why a file cannot go; None if it is what it must be."""
    try:
        with disk_errors(outgoing.name):
            as_it_must_be = sha256_of(outgoing.source) == outgoing.sha256 or outgoing.sha256 is None
    except TransportError as error:
        return error
    return None if as_it_must_be else TransportError(altered(outgoing.name))


# --- what came attached ---


def take_out(files: Iterable[Path], into: Path, identity: Identity) -> list[Problem]:
    """The sealed files for us that `files` hold, whatever these are called now, each into the folder `into` under its
    digest; why others were not taken. A file keeps its time, so that the same attachment is not taken twice."""
    problems: list[Problem] = []
    for file in files:
        try:
            with disk_errors(file.name):
                _take_out(file, into, identity)
        except TransportError as error:
            problems += error.problems
    return problems


def _take_out(file: Path, into: Path, identity: Identity) -> None:
    with file.open("rb") as source:
        whole = source.read(len(_BINARY) + 1) == _BINARY + b"\n"
        source.seek(0)
        parts: Iterable[Path | Problem] = [into / _PART] if whole else _texts(source, into / _PART, file.name)
        if whole:
            shutil.copyfile(file, into / _PART)
        problems: list[Problem] = []
        for part in parts:
            if isinstance(part, Problem):
                problems.append(part)
            elif _is_ours(part, identity):
                shutil.copystat(file, part)
                part.replace(into / (sha256_of(part) + SUFFIX))
            else:
                problems.append(_not_for_us(file.name))
        TransportError.raise_all(problems)


def _texts(source: BinaryIO, part: Path, where: str) -> Iterator[Path | Problem]:
    """Each sealed file that stands in a text, in turn in the file `part`, or what is wrong with it: one that is damaged
    keeps no other from being taken. Where there is none, why not."""
    lines, found = _lines(source), False
    line = next(lines, None)
    while line is not None:
        if line != BEGIN:
            line = next(lines, None)
            continue
        found = True
        with part.open("wb") as sealed:
            problem, line = _unarmored(lines, sealed, where)
        yield problem or part
    if not found:
        source.seek(0)
        yield _no_sealed_file(source.read(len(_BINARY)), where)


def _unarmored(lines: Iterator[bytes], sealed: BinaryIO, where: str) -> tuple[Problem | None, bytes | None]:
    """Write what stands before the next end of armor; what is wrong with it, and the line at which it ended. However
    its lines are broken, four letters are three bytes."""
    held, wrong = b"", None
    for line in lines:
        if line == BEGIN:
            return wrong or _cut_off(where), line
        if line == END:
            return wrong or (_damaged(where) if held else None), line
        held += line
        whole = len(held) // 4 * 4
        try:
            sealed.write(base64.b64decode(held[:whole], validate=True))
        except binascii.Error:
            wrong = _damaged(where)
        held = held[whole:]
    return wrong or _cut_off(where), None


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Without marks of quoting, and without blanks at both ends."""
    wide = source.read(2) in {b"\xff\xfe", b"\xfe\xff"}  # saved as "Unicode" by an editor
    source.seek(0)
    text = codecs.getreader("utf-16")(source, "replace") if wide else None
    while raw := source.readline(BLOCK) if text is None else text.readline(BLOCK).encode("ascii", "replace"):
        for line in raw.splitlines():
            yield line.lstrip(b"> \t\v\f").rstrip()


def _is_ours(part: Path, identity: Identity) -> bool:
    with part.open("rb") as sealed:
        return seems_for_us(sealed, identity)


def _not_for_us(where: str) -> Problem:
    what = _("this is not sealed for us, or its beginning was damaged on the way")
    hint = _("ask its sender to whom it went; if to us, have it sent again")
    return Problem("attachment.not_for_us", what, where, hint)


def _no_sealed_file(head: bytes, where: str) -> Problem:
    if head.startswith(_BINARY):
        what = _("a program for mail has changed the line ends of this file, which destroys it")
        hint = _("ask its sender for the text file that is meant for mail: exchange deliver --as-file FOLDER")
        return Problem("attachment.line_ends", what, where, hint)
    if head.startswith(b"PK\x03\x04"):
        what, hint = _("this is an archive"), _("unpack it first, and give the file that is in it")
        return Problem("attachment.archive", what, where, hint)
    what = _("there is no sealed file in it")
    hint = _("save the attachment itself, not the message, and give that file")
    return Problem("attachment.nothing_sealed", what, where, hint)


def _cut_off(where: str) -> Problem:
    what = _("the end of the attachment is missing")
    return Problem("attachment.cut_off", what, where, _("save it once more; if it stays so, have it sent again"))


def _damaged(where: str) -> Problem:
    what = _("the attachment was changed on the way")
    return Problem("attachment.damaged", what, where, _("save it once more; if it stays so, have it sent again"))
