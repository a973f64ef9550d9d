"""The two files that `ssh-keygen -Y verify` reads: who may sign what and when, and which keys are revoked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from exchange.crypto.signing import VerifyKey


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """A line of an allowed_signers file: `principal` may sign with `key` in `namespaces`, from `valid_after` until
    `valid_before` (aware times; None: without limit). Without namespaces nothing is allowed."""

    principal: str
    key: VerifyKey
    namespaces: tuple[str, ...]
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def line(self) -> str:
        """The line, without its end. ValueError for a principal or namespace that would change the line's meaning."""
        if not self.namespaces or not all(_is_plain(word) for word in (self.principal, *self.namespaces)):
            raise ValueError("not a plain principal or namespace")
        options = [f'namespaces="{",".join(self.namespaces)}"']
        if self.valid_after:
            options.append(f'valid-after="{_stamp(self.valid_after)}"')
        if self.valid_before:
            options.append(f'valid-before="{_stamp(self.valid_before)}"')
        return f"{self.principal} {','.join(options)} {self.key.openssh()}"


def allowed_signers(signers: Iterable[AllowedSigner]) -> str:
    """The text of an allowed_signers file, for `ssh-keygen -Y verify -f`."""
    return "".join(signer.line() + "\n" for signer in signers)


def revoked_keys(keys: Iterable[VerifyKey]) -> str:
    """The text of a list of revoked keys, for `ssh-keygen -Y verify -r`: one public key a line.

    ssh-keygen reads this plain list as it reads a KRL.
    """
    return "".join(key.openssh() + "\n" for key in keys)


def _is_plain(word: str) -> bool:
    # Commas, quotes, wildcards and `!` have a meaning in these lists; a leading # would make the line a comment.
    return bool(word) and all(letter.isascii() and (letter.isalnum() or letter in "-_./@+") for letter in word)


def _stamp(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")  # Z: OpenSSH ≥ 9.1
