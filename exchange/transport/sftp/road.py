"""The road to any OpenSSH server: SFTP, with nothing installed on it.

No file of known hosts: the recipient's card names the server's key, and a route names those of jump hosts. A key of our
own is given as text and never touches the disk, nor does a password.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from exchange.errors import TransportError
from exchange.transport import refusals
from exchange.transport.road import (
    Delivery,
    Fetched,
    NotFetched,
    NotPut,
    Outgoing,
    RemoteFile,
    Wanted,
    Watch,
    nobody_watches,
    settled,
)
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.link import Link
from exchange.transport.sftp.login import Login, PrivateKey
from exchange.transport.sftp.memory import keep_large_blocks
from exchange.transport.sftp.remote_folder import RemoteFolder
from exchange.transport.sftp.target import JumpHost, SftpTarget


class SftpRoad:
    """A `Road` to an SFTP server. `login`: how we show who we are; a text is an Ed25519 private key. `via`: the jump
    hosts on the way, ours first.

    `settle`: seconds between the two looks by which a growing file is told from a whole one; None: as usual.
    `read_back`: read every upload again before it gets its final name; without it a server that answers OK and keeps
    other bytes is found out by the recipient's receipt only.
    """

    def __init__(
        self,
        address: SftpTarget,
        login: Login | str,
        *,
        via: Sequence[JumpHost] = (),
        deadlines: Deadlines | None = None,
        settle: float | None = None,
        read_back: bool = False,
    ) -> None:
        self._address = address
        self._login = PrivateKey(login) if isinstance(login, str) else login
        self._via = tuple(via)
        self._deadlines = deadlines or Deadlines()
        self._settle = settle
        self._known: set[RemoteFile] = set()
        self._read_back = read_back
        self._link: Link | None = None

    @property
    def place(self) -> str:
        address = self._address
        return f"sftp://{address.user}@{address.where}/{address.directory}"

    def __enter__(self) -> Self:
        keep_large_blocks()
        self._link = Link(self._address, self._login, self._deadlines, self._via)
        try:
            folder = self._folder()
            folder.talk.run(folder.check())
        except BaseException:
            self._link.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def put(self, files: Iterable[Outgoing], watch: Watch = nobody_watches) -> Iterator[Delivery | NotPut]:
        folder = self._folder()

        async def put(outgoing: Outgoing) -> Delivery | NotPut:
            try:
                return await folder.put(outgoing, watch)
            except TransportError as error:
                return NotPut(outgoing.name, error)

        return folder.talk.together(put(each) for each in files)

    def list(self) -> tuple[RemoteFile, ...]:
        folder = self._folder()
        return settled(lambda: folder.talk.run(folder.look()), self._settle, self._known)

    def get(self, files: Iterable[Wanted], watch: Watch = nobody_watches) -> Iterator[Fetched | NotFetched]:
        folder = self._folder()

        async def get(wanted: Wanted) -> Fetched | NotFetched:
            try:
                return await folder.get(wanted, watch)
            except TransportError as error:
                return NotFetched(wanted.name, error)

        return folder.talk.together(get(each) for each in files)

    def remove(self, name: str) -> None:
        folder = self._folder()
        folder.talk.run(folder.remove(name))

    def _folder(self) -> RemoteFolder:
        address = self._address
        if self._link is None:
            raise TransportError(refusals.connection_lost(address.where))
        return RemoteFolder(self._link.talk, address.directory, address.where, self._read_back)
