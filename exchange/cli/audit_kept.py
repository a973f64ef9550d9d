"""The checkpoints that an auditor has kept from her last visit: in her workspace, in earlier packs, as files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import click

from exchange.cli import desk
from exchange.cli.audit_keys import seen_here
from exchange.errors import AuditError, Problem
from exchange.locale import _

_HEADS = "checkpoints"  # where a pack has its earlier ones


def kept_option() -> desk.Options:
    what = _(
        "what was kept from the last visit beside what our workspace has witnessed: an earlier pack, a checkpoint that "
        "was cosigned, or a folder of them"
    )
    return click.option("--kept", multiple=True, metavar="FILE", type=desk.a_path(), help=what)


def kept_heads(kept: Iterable[Path], logs: Collection[str] = ()) -> tuple[bytes, ...]:
    """The signed notes, not yet verified, with those that our workspace has witnessed of these `logs`. AuditError
    (audit.kept_missing) where there is none in what is named."""
    named, found, problems = tuple(kept), list[bytes](), list[Problem]()
    for each in named:
        heads = tuple(_heads(each))
        found += heads
        if not heads:
            hint = _("look at its name and place")
            problems.append(Problem("audit.kept_missing", _("no checkpoint of a log was kept there"), each.name, hint))
    AuditError.raise_all(problems)
    seen = (note for note in seen_here() if note.partition(b"\n")[0].decode() in logs) if logs else ()
    return tuple(dict.fromkeys((*found, *seen)))


def _heads(place: Path) -> Iterator[bytes]:
    from exchange.audit.pack import MANIFEST

    if place.is_dir() and not (place / MANIFEST).exists():
        for each in sorted(place.iterdir()):
            yield from _heads_of(each)
    else:
        yield from _heads_of(place)


def _heads_of(file: Path) -> Iterator[bytes]:
    from exchange.audit.notes import MAX_NOTE_BYTES
    from exchange.audit.pack import HEAD
    from exchange.audit.unpack import PackFiles

    if file.is_dir() or file.suffix == ".tar":
        with PackFiles(file) as files:
            read = (files.read(name, MAX_NOTE_BYTES) for name in (HEAD, *files.names(_HEADS)))
            yield from (note for note in read if note is not None)
    elif file.is_file():
        with file.open("rb") as source:
            note = source.read(MAX_NOTE_BYTES + 1)
        if _is_note(note):
            yield note


def _is_note(content: bytes) -> bool:
    from exchange.audit.notes import Note

    try:
        Note.parse(content)
    except AuditError:
        return False
    return True
