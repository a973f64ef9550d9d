"""Files under a passphrase: age with scrypt, private to their owner; stock `age -d` opens them."""

from __future__ import annotations

import io
from pathlib import Path

from exchange.crypto.age import WORK_FACTOR, Passphrase, encrypt, open_decrypted
from exchange.errors import CryptoError
from exchange.keyring.passphrase import check_passphrase, prepared
from exchange.keyring.private_files import read_private, write_private
from exchange.keyring.refusals import refused
from exchange.locale import _


def write_locked(path: Path, plain: bytes, passphrase: str, *, work_factor: int = WORK_FACTOR) -> None:
    """Put `plain` at `path` under the passphrase, mode 0600, in one step. It is never on the disk in the clear.

    KeyringError: passphrase.weak, file.not_written.
    """
    check_passphrase(passphrase)
    locked = io.BytesIO()
    encrypt(io.BytesIO(plain), locked, [Passphrase(prepared(passphrase), work_factor)])
    write_private(path, locked.getvalue())


def read_locked(path: Path, passphrase: str) -> bytes:
    """What `write_locked` put at `path`. KeyringError: file.missing, file.not_private, file.unreadable,
    passphrase.wrong, file.damaged."""
    locked = io.BytesIO(read_private(path))
    try:
        return open_decrypted(locked, [Passphrase(prepared(passphrase))]).read()
    except CryptoError as error:
        if error.codes == ("age.no_match",):
            hint = _("look at capitals and keyboard layout; nobody can tell a passphrase that was forgotten")
            raise refused("passphrase.wrong", _("the passphrase is another one"), where=path.name, hint=hint) from None
        hint = _("restore the file from your copy")
        raise refused("file.damaged", _("the file is damaged"), where=path.name, hint=hint) from None
