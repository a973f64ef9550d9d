"""What the front of a sealed file must fulfil before its body is read: sender, signature, recipient, order,
agreement, time. Each attack has its own code.

Order matters: until the signature is verified with a key of a card that is believed and the envelope names us, every
refusal is silent, since anybody can encrypt to a public key and a forger must learn nothing. The place in the series
comes next, so that whatever is refused with an answer is the next in its series, and its number can be used up.
"""

from __future__ import annotations

from datetime import UTC

from pydantic import ValidationError

from exchange.crypto.canonical import Json, parse
from exchange.crypto.signing import VerifyKey
from exchange.crypto.sshsig import verify
from exchange.errors import CryptoError, Problem
from exchange.keyring.card import Card
from exchange.keyring.card_book import CardBook
from exchange.keyring.identity import Identity
from exchange.keyring.known_card import KnownCard
from exchange.locale import _
from exchange.seal import layout
from exchange.seal.envelope import Envelope
from exchange.seal.facts import KnownAgreement, OpeningFacts
from exchange.seal.layout import Front
from exchange.seal.refusals import OpeningError, refused
from exchange.seal.sealing import ROOT_SIGNED, namespace_of
from exchange.seal.series import Series, kind_of


def check_front(front: Front, identity: Identity, cards: CardBook, facts: OpeningFacts) -> Envelope:
    """The envelope, once everything that it says is as it must be; else OpeningError. KeyringError where a file of
    the card book itself is damaged."""
    layout.payload_sum(front)
    envelope = read_envelope(front.envelope)
    known = _sender_card(envelope, cards, facts)
    _check_signature(front, envelope, known, facts)
    _check_recipient(envelope, identity)
    if front.mtime != int(envelope.created.timestamp()):
        raise refused("seal.layout", _("the members' time is not the envelope's"))
    if not facts.reading_again:
        _check_place(envelope, facts)
    _check_agreement(envelope, known.card, facts)
    _check_time(envelope, facts)
    return envelope


def _sender_card(envelope: Envelope, cards: CardBook, facts: OpeningFacts) -> KnownCard:
    known = cards.find(envelope.sender)
    if known is None:
        raise refused("seal.unknown_sender", _("the file says it is from a party whose card we do not have"))
    if known.trust.revoked_on:
        raise refused("seal.revoked_sender", _("the sender's card has been revoked"), where=envelope.sender)
    if not known.believed(facts.now.astimezone(UTC).date()):
        hint = _("read the safety words with {party} over the phone, then open it again").format(party=envelope.sender)
        what = _("nobody has confirmed the sender's card")
        raise refused("seal.unconfirmed_sender", what, where=envelope.sender, hint=hint)
    return known


def _check_signature(front: Front, envelope: Envelope, known: KnownCard, facts: OpeningFacts) -> None:
    try:
        signer = verify(
            front.signature.decode("latin-1"), namespace_of(envelope), front.sums, _signers(envelope, known.card)
        )
    except CryptoError as error:
        code = _SIGNATURE_CODES.get(error.codes[0], "seal.signature")
        raise refused(code, _("the signature is not the sender's for this kind of parcel")) from None
    match known.objection(signer, facts.now):
        case "revoked":
            what = _("the sender has revoked the key that signed it, before the file came here")
            hint = _("call {party}: somebody may be using a key that was lost").format(party=envelope.sender)
            raise refused("seal.revoked_key", what, where=envelope.sender, hint=hint)
        case "expired":
            hint = _("ask {party} for its new card, and to pack it again").format(party=envelope.sender)
            what = _("the key that signed it did not count on the day on which the file came here")
            raise refused("seal.expired_key", what, where=envelope.sender, hint=hint)


def _signers(envelope: Envelope, card: Card) -> tuple[VerifyKey, ...]:
    """What must be believed where a signing key is in doubt only the root signs; everything else only signing keys."""
    root, *daily = card.signers
    return (root,) if envelope.kind in ROOT_SIGNED else tuple(daily)


_SIGNATURE_CODES = {"sshsig.namespace": "seal.wrong_kind", "sshsig.signer": "seal.wrong_signer"}


def _check_recipient(envelope: Envelope, identity: Identity) -> None:
    if envelope.recipient != identity.party:
        hint = _("somebody who could read it passed it on: tell {party}").format(party=envelope.sender)
        what = _("the envelope names another recipient")
        raise refused("seal.wrong_recipient", what, where=envelope.sender, hint=hint)
    if envelope.recipient_key != identity.fingerprint():
        hint = _("compare cards with {party} over the phone").format(party=envelope.sender)
        what = _("the envelope names another root key than ours")
        raise refused("seal.wrong_recipient_key", what, where=envelope.sender, hint=hint)


def _check_place(envelope: Envelope, facts: OpeningFacts) -> None:
    if kind_of(envelope) == "letter":
        _check_letters_place(envelope, facts)
        return
    expected = facts.seen.expected(Series.of(envelope))
    if envelope.sequence > expected.sequence:
        missing = range(expected.sequence, envelope.sequence)
        what = _("number {number} came before {missing}").format(number=envelope.sequence, missing=_numbers(missing))
        problem = Problem("seal.out_of_sequence", what, where=envelope.sender, hint=_("it waits until they come"))
        raise OpeningError(problem, answer="hold", envelope=envelope, missing=missing)
    if envelope.sequence < expected.sequence:
        raise _used_up(envelope, facts)
    if envelope.previous != expected.previous:
        raise _chain_broken(envelope)


def _check_letters_place(envelope: Envelope, facts: OpeningFacts) -> None:
    """Letters wait for none before them: each stands alone, and one that is lost – nobody sends a receipt again under
    its number – must not keep a withdrawal or a suspension from being heeded.

    What a party says of its own keys has no place at all: after a loss it comes from a copy that does not know how far
    the lost machine had counted. Its order is that of serials; taking it again changes nothing."""
    series = Series.of(envelope)
    there = facts.seen.taken(series, envelope.sequence)
    if envelope.says_keys and not (there and there.envelope_digest == envelope.digest):
        return
    if there:
        raise _used_up(envelope, facts)
    before = facts.seen.taken(series, envelope.sequence - 1)
    if before and before.envelope_digest not in ("", envelope.previous):
        raise _chain_broken(envelope)


def _chain_broken(envelope: Envelope) -> OpeningError:
    what = _("number {number} does not follow the one that we have before it").format(number=envelope.sequence)
    hint = _("call {party}: its ledger was restored from an old copy, or somebody else signs with its key")
    return _answered("seal.chain_broken", what, envelope, hint.format(party=envelope.sender))


def _used_up(envelope: Envelope, facts: OpeningFacts) -> OpeningError:
    taken = facts.seen.taken(Series.of(envelope), envelope.sequence)
    if taken and taken.outcome == "lost":
        what = _("number {number} was given up as lost").format(number=envelope.sequence)
        return _answered("seal.given_up", what, envelope, _("ask its sender to pack it again"))
    if taken and taken.envelope_digest == envelope.digest:
        what = _("number {number} was taken in before").format(number=envelope.sequence)
        return OpeningError(Problem("seal.replayed", what, where=envelope.sender), answer="receipt", envelope=envelope)
    what = _("number {number} was another parcel's before").format(number=envelope.sequence)
    hint = _("call {party} at once: its ledger was restored from an old copy, or somebody else signs with its key")
    return _answered("seal.sequence_conflict", what, envelope, hint.format(party=envelope.sender))


def _check_agreement(envelope: Envelope, card: Card, facts: OpeningFacts) -> None:
    if envelope.agreement is None:  # a letter outside any: only letters can be so
        return
    named = str(envelope.agreement)
    same_id = [known for known in facts.agreements if known.reference.id == envelope.agreement.id]
    if not same_id:
        what = _("we know no agreement {name}").format(name=named)
        raise _answered("seal.unknown_agreement", what, envelope)
    agreement = next((known for known in same_id if known.reference == envelope.agreement), None)
    if agreement is None:
        what = _("this is another version or text of agreement {name} than those that we accept").format(name=named)
        raise _answered("seal.other_agreement", what, envelope)
    _check_parties(envelope, card, agreement)


def _check_parties(envelope: Envelope, card: Card, agreement: KnownAgreement) -> None:
    parties = {party for party, _root in agreement.roots}
    if not {envelope.sender, envelope.recipient} <= parties or (
        kind_of(envelope) == "bundle"
        and not (envelope.sender == agreement.sender and envelope.recipient in agreement.recipients)
    ):
        what = _("the agreement does not let {party} send this to us").format(party=envelope.sender)
        raise _answered("seal.not_a_party", what, envelope)
    pairs = {(envelope.sender, card.fingerprint), (envelope.recipient, envelope.recipient_key)}
    if not pairs <= agreement.roots:
        what = _("the agreement names another root key than the one that is used")
        raise _answered("seal.other_root", what, envelope)


def _check_time(envelope: Envelope, facts: OpeningFacts) -> None:
    if envelope.created > facts.now + facts.skew:
        what = _("the parcel was made in the future")
        raise _answered("seal.future", what, envelope, _("check the date and time of both computers"))
    if envelope.created < facts.now - facts.oldest:
        what = _("the parcel was made too long ago, whatever it says of its end")
        raise _answered("seal.too_old", what, envelope, _("ask its sender to pack it again"))
    if envelope.expires <= facts.now:
        raise _answered("seal.expired", _("the parcel has expired"), envelope, _("ask its sender to pack it again"))


def _answered(code: str, what: str, envelope: Envelope, hint: str = "") -> OpeningError:
    return OpeningError(Problem(code, what, where=envelope.sender, hint=hint), answer="refusal", envelope=envelope)


def _numbers(missing: range) -> str:
    return str(missing[0]) if len(missing) == 1 else f"{missing[0]}–{missing[-1]}"


def read_envelope(data: bytes) -> Envelope:
    """The envelope in `data`. OpeningError: seal.version for another version than 1, else seal.envelope."""
    try:
        content = parse(data)
        _check_version(content)
        envelope = Envelope.model_validate_json(data)
        as_we_write_it = envelope.to_bytes() == data
    except (CryptoError, ValidationError):
        as_we_write_it = False
    # What we understood must be all that was signed: a number or a time written otherwise would not come back the same.
    if not as_we_write_it:
        raise refused("seal.envelope", _("the envelope is not written as envelopes are"))
    return envelope


def _check_version(content: Json) -> None:
    version = content.get("envelope") if isinstance(content, dict) else None
    if type(version) is int and version != 1:
        hint = _("update the exchange; a version that it does not know is never guessed at")
        raise refused("seal.version", _("the envelope is of another version of the format"), hint=hint)
