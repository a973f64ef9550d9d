"""A paper: what a letter's seal held, so that others see who signed it, long after its sealed file is gone.

    cut         the outer tar of a sealed file that was opened, without the zeros at its end
    read_paper  the letter in it, once it is shown that it is what its signature is over
    signer_of   who signed it

The zeros are what padding leaves, a hundred times the rest; the header of `payload.tar` says how many there were, so
that nothing is lost (FORMAT.md, "By hand"). Recipient, order and agreement are for who opens a sealed file; whoever
reads a paper asks whether it fits what it is shown for.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass

from exchange.bundle.letters import LetterBody, read_letter
from exchange.bundle.parcel import Letter, Member
from exchange.crypto.signing import VerifyKey
from exchange.crypto.sshsig import verify
from exchange.locale import _
from exchange.seal import layout
from exchange.seal.checks import read_envelope
from exchange.seal.envelope import Envelope
from exchange.seal.layout import Front, Payload
from exchange.seal.opening import Opened
from exchange.seal.refusals import refused
from exchange.seal.sealing import namespace_of
from exchange.seal.sinks import MemorySink
from exchange.seal.ustar import TarError

MAX_PAPER = 128 * 1024
"""Bytes of a paper: a certificate of a thousand bundles, and the log that its sender showed, have half of that."""
_MAX_PAYLOAD = 1024 * 1024
"""Bytes of its `payload.tar` with the zeros: the step of a sealed file (FORMAT.md, 1) that holds such a paper."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A letter, and what is signed of it. Whose signature it is, is not said yet. Made only by `read_paper`."""

    envelope: Envelope
    body: LetterBody
    front: Front


def cut(opened: Opened) -> bytes | None:
    """The paper of a letter that was opened; None where it is larger than one may be."""
    front = opened.front
    if front.payload_size > _MAX_PAYLOAD:
        return None
    payload = layout.payload_blocks(opened.parcel.members, front.mtime, front.payload_size)
    paper = b"".join(layout.archive_blocks(front, payload)).rstrip(b"\0")
    return paper if len(paper) <= MAX_PAPER else None


def read_paper(data: bytes) -> Paper:
    """The paper in `data`, whoever wrote it. OpeningError: seal.too_large, seal.layout, seal.sums, seal.envelope,
    seal.version, seal.payload, seal.altered, where it is not whole or not what the signature in it is over;
    seal.wrong_kind for a bundle. BundleError as `read_letter`."""
    if len(data) > MAX_PAPER:
        raise refused("seal.too_large", _("the paper is larger than one may be"))
    source = io.BytesIO(data)
    front = layout.read_front(source)
    digest, envelope = layout.payload_sum(front), read_envelope(front.envelope)
    if envelope.kind == "bundle":
        raise refused("seal.wrong_kind", _("only a letter leaves a paper"))
    members = _members(source.read(), front, digest)
    if front.mtime != int(envelope.created.timestamp()):
        raise refused("seal.layout", _("the members' time is not the envelope's"))
    letter = Letter(envelope.id, envelope.kind, envelope.sender, envelope.recipient, envelope.agreement, members)
    return Paper(envelope, read_letter(letter), front)


def signer_of(paper: Paper, signers: Collection[VerifyKey]) -> VerifyKey:
    """The one of `signers` who signed it. CryptoError as `exchange.crypto.sshsig.verify`."""
    return verify(paper.front.signature.decode("latin-1"), namespace_of(paper.envelope), paper.front.sums, signers)


def _members(body: bytes, front: Front, digest: str) -> tuple[Member, ...]:
    if body.endswith(b"\0") or not len(body) <= front.payload_size <= _MAX_PAYLOAD:
        raise refused("seal.layout", _("the paper is not cut where its zeros begin"))
    payload, sink = Payload(io.BytesIO(body.ljust(front.payload_size, b"\0")), front.payload_size), MemorySink()
    try:
        layout.read_members(payload, front.mtime, sink)
    except TarError as error:
        raise refused("seal.payload", str(error)) from None
    if payload.drain() != digest:
        raise refused("seal.altered", _("the payload is not the one that was signed"))
    return sink.members()
