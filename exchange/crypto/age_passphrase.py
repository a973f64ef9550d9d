"""The passphrase of an age file (C2SP age, "The scrypt recipient type")."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from exchange.crypto import b64
from exchange.crypto.age_failure import header_failure
from exchange.crypto.age_header import Stanza
from exchange.crypto.age_wrapping import check_wrapped, decode, malformed, unwrap, wrap
from exchange.locale import _

WORK_FACTOR = 18
"""log2 of scrypt's N that we write: about a second and 268 MB, by design."""
MAX_WORK_FACTOR = 20
"""The most that we compute for a file that asks for it."""


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase, as recipient (with the work factor that we write) and as identity (up to MAX_WORK_FACTOR)."""

    text: str = field(repr=False)
    work_factor: int = WORK_FACTOR
    post_quantum: ClassVar[bool] = True  # no key exchange that a quantum computer could undo
    alone: ClassVar[bool] = True

    def wrap(self, file_key: bytes) -> Stanza:
        salt = secrets.token_bytes(16)
        wrapping = self._wrapping_key(salt, self.work_factor)
        return Stanza(("scrypt", b64.encode_raw(salt), str(self.work_factor)), wrap(wrapping, file_key))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        found = next((stanza for stanza in stanzas if stanza.args[0] == "scrypt"), None)
        if found is None:
            return None
        if len(found.args) != 3 or not re.fullmatch(r"[1-9][0-9]{0,9}", found.args[2]):
            raise malformed()
        salt, work_factor = decode(found.args[1], 16), int(found.args[2])
        if work_factor > MAX_WORK_FACTOR:
            raise header_failure(_("the encrypted file asks for too much work for its passphrase"))
        check_wrapped(found)
        return unwrap(self._wrapping_key(salt, work_factor), found.body)

    def _wrapping_key(self, salt: bytes, work_factor: int) -> bytes:
        full_salt = b"age-encryption.org/v1/scrypt" + salt
        cost = 2**work_factor
        secret = self.text.encode("utf-8", "surrogateescape")  # a terminal may hand over bytes that are not UTF-8
        memory = 128 * 8 * (cost + 4) + 1024 * 1024
        return hashlib.scrypt(secret, salt=full_salt, n=cost, r=8, p=1, maxmem=memory, dklen=32)
