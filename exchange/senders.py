"""Who puts bundles into our drop box: the senders of the agreements in which we are a recipient, by their cards."""

from __future__ import annotations

import datetime as dt
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.agreements.signatures import verify
from exchange.dropbox.acting import acting_as
from exchange.dropbox.box import Sender
from exchange.errors import KeyringError, Problem
from exchange.locale import _
from exchange.workspace.workspace import Workspace

_PUBLIC = ("own", "cards", "agreements")
_MOST = 16 * 1024 * 1024  # bytes of one file


@dataclass(frozen=True, slots=True)
class Senders:
    """Those whose key may be let in, and why others may not: nobody confirmed their card, or it names no key."""

    admitted: tuple[Sender, ...]
    kept_out: tuple[Problem, ...]


def our_senders(workspace: Workspace, on: dt.date) -> Senders:
    """By every agreement that all have signed, also when its term is over: what was withdrawn must still be said, and
    what was destroyed be certified. Who is not to come any more is forgotten or revoked: `exchange card forget`."""
    agreements = (each.agreement for each in workspace.agreements.all() if not verify(each.agreement, each.signatures))
    parties = {one.sender.id for one in agreements if workspace.party in {each.id for each in one.recipients}}
    admitted: list[Sender] = []
    kept_out: list[Problem] = []
    for party in sorted(parties):
        try:
            key = workspace.cards.believed(party, on).card.sftp_client_key
        except KeyringError as error:
            kept_out += error.problems
            continue
        if key is None:
            what = _("the card of {party} names no key for servers").format(party=party)
            kept_out.append(
                Problem("dropbox.no_key", what, party, _("ask {party} for its new card").format(party=party))
            )
        else:
            admitted.append(Sender(party, key))
    return Senders(tuple(admitted), tuple(kept_out))


@contextmanager
def to_look_at(folder: Path) -> Iterator[Workspace]:
    """The workspace in `folder`; for root, when it is another's, a copy of what is public in it.

    What lies there is that user's to change at any moment, links to anywhere among it: root takes it with the rights of
    that user, and reads it where nobody else writes.
    """
    owner = folder.stat() if folder.is_dir() else None
    if owner is None or owner.st_uid == 0 or getattr(os, "geteuid", lambda: -1)() != 0:
        yield Workspace.open(folder)
        return
    with acting_as(owner.st_uid, owner.st_gid):
        files = {file.relative_to(folder): content for file, content in _public_files(folder)}
    with tempfile.TemporaryDirectory(prefix="exchange-dropbox-") as ours:
        for name, content in files.items():
            copy = Path(ours) / name
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy.touch(mode=0o600)
            copy.write_bytes(content)
        yield Workspace.open(Path(ours))


def _public_files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Plain files only, and nothing that a link leads to."""
    for name in _PUBLIC:
        for parent, _folders, names in os.walk(folder / name):
            for each in (Path(parent, one) for one in names):
                if stat.S_ISREG(each.lstat().st_mode):
                    with os.fdopen(os.open(each, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                        yield each, file.read(_MOST)
