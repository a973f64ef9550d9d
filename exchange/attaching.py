"""By e-mail: one file to attach for each party, and what came attached, as programs for mail leave it.

All that waits for a party stands in one text file, each sealed file in age's armor, one after the other: text is what
every gateway lets through, and what survives other line ends, blanks at line ends, quoting and a footer. Taking it in
is lenient about all of these: what comes out is the sealed file byte for byte, or its seal does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from io import BytesIO
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
MOST_TEXT = 400_000_000
"""Bytes of a text that is searched; more than any server for mail lets through."""
_SUFFIX = ".txt"
_BINARY = b"age-encryption.org/v1"


class AttachmentRoad(FolderRoad):
    """A `Road` into a folder of the person's choice. What is put together becomes one file to attach, `made`.

    It has a name of its own, the same for the same parcels. The other verbs see such files as they are.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._target = folder
        self.made: Path | None = None

    def put(self, files: Iterable[Outgoing], watch: Watch = nobody_watches) -> Iterator[Delivery | NotPut]:
        """As of `Road`: the file stands there with all of them, or not at all. One that is not what it must be is left
        out."""
        waiting = list(files)
        sound = [each for each in waiting if _as_it_must_be(each)]
        yield from (NotPut(each.name, TransportError(altered(each.name))) for each in waiting if each not in sound)
        if not sound:
            return
        try:
            delivered = self._attach(sound)
        except TransportError as error:
            yield from (NotPut(each.name, error) for each in sound)
            return
        for each in delivered:
            watch(each.name, each.size, each.size)
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
        self.made = target
        again = before is not None and before == sha256_of(target)
        return [Delivery(name, size, digest, already_there=again) for name, size, digest in delivered]


def attachment_name(files: Iterable[Outgoing]) -> str:
    """Opaque, as the random names of the parcels are; the same for the same parcels, in whatever order."""
    names = "\n".join(sorted(check_name(each.name) for each in files))
    return hashlib.sha256(names.encode("ascii")).hexdigest()[:32] + _SUFFIX


def _as_it_must_be(outgoing: Outgoing) -> bool:
    with disk_errors(outgoing.name):
        return outgoing.sha256 in {None, sha256_of(outgoing.source)}


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
        if source.read(len(_BINARY) + 1) == _BINARY + b"\n":
            source.seek(0)
            _check_ours(source, identity, file.name)
            shutil.copy2(file, into / (sha256_of(file) + SUFFIX))
            return
        source.seek(0)
        text = source.read(MOST_TEXT)
    for content in list(_texts(text, file.name)):
        _check_ours(BytesIO(content), identity, file.name)
        kept = into / (hashlib.sha256(content).hexdigest() + SUFFIX)
        kept.write_bytes(content)
        shutil.copystat(file, kept)


def _texts(content: bytes, where: str) -> Iterator[bytes]:
    """The sealed files that stand in a text. TransportError: attachment.*."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # saved as "Unicode" by an editor
        content = content.decode("utf-16", "replace").encode("ascii", "replace")
    lines = [line.lstrip(b"> ").strip() for line in content.splitlines()]
    if BEGIN not in lines:
        raise TransportError(_no_sealed_file(content, where))
    while BEGIN in lines:
        lines = lines[lines.index(BEGIN) + 1 :]
        if END not in lines or BEGIN in lines[: lines.index(END)]:
            raise TransportError(_cut_off(where))
        end = lines.index(END)
        try:
            yield base64.b64decode(b"".join(lines[:end]), validate=True)
        except binascii.Error:
            raise TransportError(_damaged(where)) from None
        lines = lines[end + 1 :]


def _check_ours(source: BinaryIO, identity: Identity, where: str) -> None:
    if not seems_for_us(source, identity):
        what = _("this is not sealed for us, or its beginning was damaged on the way")
        hint = _("ask its sender to whom it went; if to us, have it sent again")
        raise TransportError(Problem("attachment.not_for_us", what, where, hint))


def _no_sealed_file(content: bytes, where: str) -> Problem:
    if content.startswith(_BINARY):
        what = _("a program for mail has changed the line ends of this file, which destroys it")
        hint = _("ask its sender for the text file that is meant for mail: exchange deliver --as-file FOLDER")
        return Problem("attachment.line_ends", what, where, hint)
    if content.startswith(b"PK\x03\x04"):
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
