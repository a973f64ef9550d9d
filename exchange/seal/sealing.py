"""Sealing: a parcel is signed by our root key, then encrypted for the one party to whom it goes.

Nothing here decides whether it may go: a `Bundle` exists only where an agreement permitted it, and a card must be
confirmed. The place in the series comes from the ledger, which must take note before the file goes anywhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from exchange.bundle.parcel import Bundle, Letter, Parcel
from exchange.crypto.age import HybridRecipient, open_encrypted
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.errors import Problem, SealError
from exchange.keyring.card_book import KnownCard
from exchange.keyring.identity import Identity
from exchange.keyring.namespaces import BUNDLE, LETTER
from exchange.locale import _
from exchange.seal import layout, sizes
from exchange.seal.envelope import Envelope
from exchange.seal.layout import Front
from exchange.seal.series import Place, kind_of

NAME_BYTES = 16
SUFFIX = ".age"


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
    for nobody).
    """
    _check_parties(parcel, identity, card)
    layout.check_members(parcel.members)
    envelope = _envelope(parcel, card, place, _utc(created), _utc(expires))
    recipient = card.recipient(envelope.created.date())
    front, size = _signed_front(parcel, identity, envelope, recipient)
    payload = layout.payload_blocks(parcel.members, front.mtime, size)
    hashing = _Hashing(target)
    try:
        with open_encrypted(hashing, [recipient]) as writer:  # type: ignore[arg-type]  # it only writes
            for block in layout.archive_blocks(front, payload):
                writer.write(block)
    except OSError:
        hint = _("make room or check the disk, then pack it again")
        raise SealError(Problem("seal.not_written", _("the sealed file cannot be written"), hint=hint)) from None
    name = randomness(NAME_BYTES).hex() + SUFFIX
    return SealedBundle(name, hashing.size, hashing.sha256.hexdigest(), envelope)


def _check_parties(parcel: Parcel, identity: Identity, card: KnownCard) -> None:
    problems = []
    if parcel.sender != identity.party:
        problems.append(Problem("seal.wrong_sender", _("the parcel names another sender than us"), where=parcel.sender))
    if parcel.recipient != card.card.party:
        problems.append(Problem("seal.wrong_card", _("the card is not the recipient's"), where=parcel.recipient))
    if not card.confirmed:
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


def _signed_front(
    parcel: Parcel, identity: Identity, envelope: Envelope, recipient: HybridRecipient
) -> tuple[Front, int]:
    content, mtime = envelope.to_bytes(), int(envelope.created.timestamp())
    namespace = namespace_of(parcel)
    # A signature's length does not depend on what is signed, so the size can be fixed before the sums are known.
    key = _signing_key(parcel, identity, envelope)
    around = layout.front_size(content, sign(key, namespace, b""))
    plain = around + layout.payload_size(parcel.members)
    size = sizes.padded(plain, _overhead(recipient)) - around
    sums = layout.sums(content, layout.payload_blocks(parcel.members, mtime, size))
    signature = sign(key, namespace, sums).encode("ascii")
    return Front(sums, signature, content, size, mtime), size


def _signing_key(parcel: Parcel, identity: Identity, envelope: Envelope) -> SigningKey:
    """The root signs what must be believed even where a signing key is in doubt: our new card, and a revocation."""
    if isinstance(parcel, Letter) and parcel.kind in ("card", "revocation"):
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
    """Passes on what is written, and knows its size and hash."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._target.write(data)
        self.sha256.update(data)
        self.size += len(data)
        return len(data)
