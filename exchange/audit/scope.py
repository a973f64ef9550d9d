"""Which entries of a log an evidence pack shows: all, or those that some agreements' auditor may see.

In scope is what is about an agreement of the scope; and what is about no agreement, where it names nobody else, or one
who is a party or an auditor of the scope's agreements. Everything else is withheld, and so is padding: how many entries
are withheld shall tell less of the caseload of the other agreements. Of what is withheld the leaf stays, so that the
tree, its checkpoints and what others have witnessed are the same in every pack of a log. What is withheld the log's key
has signed: a pack is carried by others, and would else say in its party's name what that never left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from exchange.audit.entries import AgreementId, Entry, PartyId
from exchange.audit.notes import ED25519, Note, Signature, key_id
from exchange.crypto.canonical import digest_of_bytes
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError, CryptoError, Problem
from exchange.locale import _

_TITLE = "exchange evidence of some agreements v1"
"""No log has a name like this: what is signed here is no checkpoint."""


class Scope(BaseModel):
    """`agreements`: their ids, each in every version. `parties`: theirs, with their auditors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    agreements: Annotated[tuple[AgreementId, ...], Field(min_length=1, max_length=1000)]
    parties: Annotated[tuple[PartyId, ...], Field(max_length=60_000)]

    def covers(self, entry: Entry) -> bool:
        """Whether a pack of this scope shows the entry."""
        about = agreement_of(entry)
        if about is not None:
            return about in self._ids
        return entry.kind != "log.padding" and (entry.counterpart is None or entry.counterpart in self._names)

    # Asked of every entry of a log, and a stranger wrote the lists.
    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(self.agreements)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.parties)


def sign_scope(origin: str, manifest: bytes, lines: str, key: SigningKey) -> bytes:
    """The log's own word, as a signed note, that a pack whose first page is `manifest` withholds what it withholds.
    `lines`: the digest of its entries.jsonl, "sha256:…". Whoever carries a pack cannot withhold in its name."""
    text = _text(origin, manifest, lines)
    line = Signature(origin, key_id(origin, ED25519, key.verify_key.raw), key.sign(text.encode()))
    return Note(text, (line,)).data


def check_scope(data: bytes, origin: str, manifest: bytes, lines: str, key: VerifyKey) -> None:
    """AuditError `audit.scope_unsigned` unless `sign_scope` has made `data` of the same with this log's key."""
    try:
        note = Note.parse(data)
        if note.text != _text(origin, manifest, lines):
            raise _unsigned(origin)
        (signature,) = note.by(origin, ED25519, key.raw)
        key.verify(signature, note.text.encode())
    except (AuditError, CryptoError, ValueError):
        raise _unsigned(origin) from None


def _text(origin: str, manifest: bytes, lines: str) -> str:
    return "".join(f"{each}\n" for each in (_TITLE, origin, digest_of_bytes(manifest), lines))


def _unsigned(origin: str) -> AuditError:
    what = _("the pack withholds entries, and the key of its log has not signed that it does")
    return AuditError(Problem("audit.scope_unsigned", what, origin, _("get the pack from its party itself")))


def agreement_of(entry: Entry) -> str | None:
    """The id of the agreement that an entry is about; what is passed on is about the one under which it came."""
    about = entry.agreement or entry.onward
    return None if about is None else about.id


def common(scopes: Iterable[Scope | None]) -> frozenset[str] | None:
    """The agreements of which every pack tells; None where each shows a whole log (None)."""
    told = [frozenset(each.agreements) for each in scopes if each is not None]
    return frozenset.intersection(*told) if told else None
