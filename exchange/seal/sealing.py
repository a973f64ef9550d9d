"""Sealing: a parcel is signed by a signing key of ours, then encrypted for the one party to whom it goes.

Nothing here decides whether it may go: a `Bundle` exists only where an agreement permitted it, and a card must be
believed. The place in the series comes from the ledger, which must take note before the file goes anywhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from exchange.bundle.parcel import Bundle, FileMember, Letter, Parcel, file_changed
from exchange.crypto.age import HybridRecipient, open_encrypted
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.crypto.stages import Beside, ahead
from exchange.errors import Problem, SealError
from exchange.keyring.identity import Identity
from exchange.keyring.known_card import KnownCard
from exchange.keyring.namespaces import BUNDLE, LETTER
from exchange.locale import _
from exchange.seal import layout, sizes
from exchange.seal.envelope import Envelope
from exchange.seal.layout import Front
from exchange.seal.series import Place, kind_of

_LARGE = 4 * 1024**2
_HASHED_BESIDE = 2 * 1024**2
NAME_BYTES = 16
SUFFIX = ".age"
ROOT_SIGNED = frozenset({"card", "revocation"})
"""Letters that the root signs: they must be believed where a signing key is in doubt."""


@dataclass(frozen=True, slots=True)
class SealedBundle:
    """A sealed file, bundle or letter, and all that is known of it without opening it.

    `name` is random and says nothing; `size` in bytes; `ciphertext_sha256` in hexadecimal, over the whole file.
    Made only by `seal`.
    """

    name: str
    size: int
    ciphertext_sha256: str
    envelope: Envelope

    @property
    def envelope_digest(self) -> str:
        return self.envelope.digest

    @property
    def ciphertext(self) -> str:
        """`sha256:` and the hash, as receipts and the log name the file."""
        return f"sha256:{self.ciphertext_sha256}"


def namespace_of(thing: Parcel | Envelope) -> str:
    """In which namespace a parcel is signed: a letter's signature must never do for a bundle."""
    return BUNDLE if kind_of(thing) == "bundle" else LETTER


def seal(
    parcel: Parcel,
    identity: Identity,
    card: KnownCard,
    place: Place,
    *,
    created: dt.datetime,
    expires: dt.datetime,
    randomness: Callable[[int], bytes],
    target: BinaryIO,
) -> SealedBundle:
    """Write the sealed file into `target`, which holds nothing yet.

    `place` is the ledger's `next_place(parcel)`; times are aware and count in whole seconds, UTC. `randomness` gives
    bytes for the outside name. KeyringError: card.expired, identity.no_signing_key,
    identity.root_revoked, identity.root_apart. SealError: seal.wrong_sender, seal.wrong_card,
    seal.unconfirmed_card, seal.member, seal.too_large, seal.times, seal.not_written (what `target` then holds opens
    for nobody). BundleError: bundle.unreadable, bundle.file_changed, for members that lie in files.
    """
    _check_parties(parcel, identity, card, _utc(created))
    layout.check_members(parcel.members)
    envelope = _envelope(parcel, card, place, _utc(created), _utc(expires))
    recipient = card.recipient(envelope.created.date())
    front = _signed_front(parcel, identity, envelope, recipient)
    hashing = _Hashing(target)
    try:
        with (
            closing(hashing),
            closing(_beside(_as_signed(parcel, front), front.payload_size)) as payload,
            open_encrypted(hashing, [recipient]) as writer,  # type: ignore[arg-type]  # it only writes
        ):
            for block in layout.archive_blocks(front, payload):
                writer.write(block)
    except OSError:
        hint = _("make room or check the disk, then pack it again")
        raise SealError(Problem("seal.not_written", _("the sealed file cannot be written"), hint=hint)) from None
    name = randomness(NAME_BYTES).hex() + SUFFIX
    return SealedBundle(name, hashing.size, hashing.sha256.hexdigest(), envelope)


def _check_parties(parcel: Parcel, identity: Identity, card: KnownCard, created: dt.datetime) -> None:
    problems = []
    if parcel.sender != identity.party:
        problems.append(Problem("seal.wrong_sender", _("the parcel names another sender than us"), where=parcel.sender))
    if parcel.recipient != card.card.party:
        problems.append(Problem("seal.wrong_card", _("the card is not the recipient's"), where=parcel.recipient))
    if not card.believed(created.date()):
        hint = _("read the safety words with {party} over the phone").format(party=card.card.party)
        what = _("nobody has confirmed this card, or it has been revoked")
        problems.append(Problem("seal.unconfirmed_card", what, where=card.card.party, hint=hint))
    SealError.raise_all(problems)


def _envelope(parcel: Parcel, card: KnownCard, place: Place, created: dt.datetime, expires: dt.datetime) -> Envelope:
    if expires <= created:
        raise SealError(Problem("seal.times", _("a parcel cannot expire before it is made")))
    bundle = parcel if isinstance(parcel, Bundle) else None
    return Envelope(
        envelope=1,
        kind="bundle" if isinstance(parcel, Bundle) else parcel.kind,
        id=parcel.id,
        sender=parcel.sender,
        recipient=parcel.recipient,
        recipient_key=card.card.fingerprint,
        agreement=parcel.agreement,
        period=bundle.period if bundle else None,
        sequence=place.sequence,
        previous=place.previous,
        created=created,
        expires=expires,
        replaces=bundle.replaces if bundle else None,
    )


def _signed_front(parcel: Parcel, identity: Identity, envelope: Envelope, recipient: HybridRecipient) -> Front:
    content, mtime = envelope.to_bytes(), int(envelope.created.timestamp())
    namespace = namespace_of(parcel)
    # A signature's length does not depend on what is signed, so the size can be fixed before the sums are known.
    key = _signing_key(parcel, identity, envelope)
    around = layout.front_size(content, sign(key, namespace, b""))
    plain = around + layout.payload_size(parcel.members)
    size = sizes.padded(plain, _overhead(recipient)) - around
    with closing(_beside(layout.payload_blocks(parcel.members, mtime, size), size)) as payload:
        sums = layout.sums(content, payload)
    signature = sign(key, namespace, sums).encode("ascii")
    return Front(sums, signature, content, size, mtime)


def _as_signed(parcel: Parcel, front: Front) -> Generator[bytes]:
    """The payload once more. BundleError (bundle.file_changed) at its end, where it is not what was signed: the sealed
    file then stays without its last chunk, and opens for nobody."""
    running = hashlib.sha256()
    for block in layout.payload_blocks(parcel.members, front.mtime, front.payload_size):
        running.update(block)
        yield block
    if running.hexdigest() != layout.payload_sum(front):
        raise file_changed(", ".join(each.path for each in parcel.members if isinstance(each, FileMember)))


def _beside(payload: Generator[bytes], size: int) -> Generator[bytes]:
    """A large payload is read and hashed in a thread."""
    return ahead(payload) if size > _LARGE else payload


def _signing_key(parcel: Parcel, identity: Identity, envelope: Envelope) -> SigningKey:
    """The root signs what must be believed even where a signing key is in doubt: our new card, and a revocation."""
    if isinstance(parcel, Letter) and parcel.kind in ROOT_SIGNED:
        return identity.root
    return identity.signing_key(envelope.created.date())


def _overhead(recipient: HybridRecipient) -> int:
    """Bytes before the first chunk of a file for that recipient."""
    header = io.BytesIO()
    open_encrypted(header, [recipient])
    return len(header.getvalue())


def _utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return moment.astimezone(dt.UTC).replace(microsecond=0)


class _Hashing:
    """Passes on what is written, and knows its size and hash; what is large is hashed in a thread meanwhile."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._beside = Beside()
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | memoryview) -> int:
        self.size += len(data)
        if len(data) < _HASHED_BESIDE:
            self.sha256.update(data)
            self._target.write(data)
        else:
            self._beside.both(lambda: self.sha256.update(data), lambda: self._target.write(data))
        return len(data)

    def close(self) -> None:
        self._beside.close()
