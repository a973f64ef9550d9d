"""The key of the store's table of keys, in a file of its own beside the store; a new one whenever a key is destroyed.

Without it an old copy of the store would open for ever: the identity locks this file and not the table, so that what
lies in the store's folder, copied before a disposal, opens with nothing that is left after it. Whoever copied this file
too, and has the identity, can open the copy: see SECURITY.md.

While one key takes the place of another the file holds both, so that a crash loses neither; which of them counts, the
table knows. Whoever reads or writes here holds the table's write lock.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from exchange.crypto.box import KEY, lock, unlock
from exchange.errors import CryptoError
from exchange.merge.refusals import no_key, wrong_key
from exchange.merge.segment_files import put, sync_folder

_CONTEXT = b"data-sharing-exchange/store/v1/key"


@dataclass(frozen=True, slots=True)
class StoreKey:
    """The file at `path`, locked under `own`, a key of the identity."""

    path: Path
    own: bytes = field(repr=False)

    def read(self) -> tuple[bytes, ...]:
        """The key, or the old and the new one. MergeError: `store.no_key`, `store.wrong_key`."""
        try:
            keys = unlock(self.own, self.path.read_bytes(), context=_CONTEXT)
        except FileNotFoundError:
            raise no_key() from None
        except CryptoError:
            raise wrong_key() from None
        return tuple(keys[place : place + KEY] for place in range(0, len(keys), KEY))

    def write(self, *keys: bytes) -> None:
        """These, and no others; what stood there before is overwritten, where the disk writes in place."""
        before = self._opened()
        try:
            put(self.path, lock(self.own, b"".join(keys), context=_CONTEXT))
            sync_folder(self.path.parent)
            if before is not None:
                _overwrite(before)
        finally:
            if before is not None:
                os.close(before)

    def _opened(self) -> int | None:
        if os.name != "posix":  # elsewhere nothing takes the place of a file that is open
            return None
        with suppress(FileNotFoundError):
            return os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return None


def _overwrite(file: int) -> None:
    os.write(file, bytes(os.fstat(file).st_size))
    os.fsync(file)
