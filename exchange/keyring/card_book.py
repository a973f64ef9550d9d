"""The cards of others, and how far each is trusted.

A folder holds for each party its card, `<party>.card.json`, and beside it `<party>.trust.json`: when it was first
seen, when its safety words were read, whether it is revoked. A card that nobody has confirmed receives nothing, unless
a coordinator whose own words were read vouches for it, in a directory that counts on that day.

A newer card replaces an older one of the same root, never the other way; another root for a known party is refused,
for that is how an impostor would come. Who may write to this folder decides whom we trust: it is private.

A card that cannot be read is no card: nothing goes to its party, nothing of it is opened, and those of others stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from exchange.crypto.age import HybridRecipient
from exchange.crypto.allowed_signers import AllowedSigner, allowed_signers
from exchange.crypto.canonical import canonical, parse
from exchange.crypto.signing import VerifyKey
from exchange.errors import CryptoError, KeyringError, Problem
from exchange.keyring.card import Card, SignedCard, file_name, read_card
from exchange.keyring.namespaces import DAILY, ROOT
from exchange.keyring.people import namespaces_of
from exchange.keyring.private_files import MAX_SIZE, read_private, write_private
from exchange.keyring.refusals import refused
from exchange.keyring.revocation import SignedRevocation, at_the_latest, together
from exchange.keyring.shapes import Person, RevokedKey, Shape, Valid
from exchange.keyring.vouching import Vouched, Vouching, keep_vouching, vouchings
from exchange.locale import _

MAX_REVOKED = 2000
"""Of one party, roots of other times among them. A revocation holds all that its root ever revoked, 1000 at most, so
whoever has said more than that holds a root that says different things to different people."""

_CARD_END = file_name("")
_TRUST_END = ".trust.json"


class Trust(Shape):
    """What we know of a card beyond what it says: the days on which it was first seen, confirmed, revoked; and the keys
    of this party that its own root has revoked, whatever card may come."""

    root: str
    first_seen: date
    confirmed_on: date | None = None
    revoked_on: date | None = None
    revoked_keys: tuple[RevokedKey, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A party's card with its trust, and what coordinators whom we trust say of it."""

    signed: SignedCard
    trust: Trust
    vouched: tuple[Vouched, ...] = ()

    @property
    def card(self) -> Card:
        return self.signed.card

    @property
    def confirmed(self) -> bool:
        """Its safety words were read, and it is not revoked since. Only such a party can vouch for others."""
        return self.trust.confirmed_on is not None and self.trust.revoked_on is None

    def people(self, at: datetime) -> tuple[Person, ...]:
        """Those whom the card certifies, without those whose key is revoked at that time."""
        lost = {each.key for each in self.trust.revoked_keys if each.since <= at}
        return tuple(each for each in self.card.people if each.key not in lost)

    def believed(self, on: date) -> bool:
        """Confirmed, or vouched for on that day; and not revoked."""
        vouched = any(on <= each.until for each in self.vouched)
        return self.confirmed or (vouched and self.trust.revoked_on is None)

    def recipient(self, on: date) -> HybridRecipient:
        """The key for which to encrypt on that day. KeyringError (card.expired) if there is none."""
        return self.card.recipient(on, {each.key for each in self.trust.revoked_keys})

    def objection(self, signer: VerifyKey, at: datetime) -> Literal["", "revoked", "expired"]:
        """Why what `signer`, one of the card's `signers`, has signed does not count if it came here at that time."""
        text = signer.openssh()
        if any(each.key == text and each.since <= at for each in self.trust.revoked_keys):
            return "revoked"
        if signer != self.card.root_key and not any(
            each.key == text and each.covers(at.astimezone(UTC).date()) for each in self.card.signing_keys
        ):
            return "expired"
        return ""


class CardBook:
    """The folder of cards. Every method reads what lies there; none keeps anything in memory.

    What changes a card or its trust reads it and writes it in one turn, of which `alone` lets one process have one at a
    time: else whoever confirms a card would undo the revocation that comes meanwhile.
    """

    def __init__(self, folder: Path, alone: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self.folder = folder
        self._alone = alone

    def all(self) -> tuple[KnownCard, ...]:
        """Every known card that can be read, by party; of the others, `damaged` tells."""
        found, _problems = self._read_all()
        return found

    def damaged(self) -> tuple[Problem, ...]:
        """Why cards that lie here cannot be read, and what to do."""
        _found, problems = self._read_all()
        return problems

    def _read_all(self) -> tuple[tuple[KnownCard, ...], tuple[Problem, ...]]:
        counting = self._counting()
        found: list[KnownCard | None] = []
        problems: list[Problem] = []
        for file in sorted(self.folder.glob(f"*{_CARD_END}")):
            try:
                found.append(self._load(file.name.removesuffix(_CARD_END), counting))
            except KeyringError as error:
                problems += error.problems
        return tuple(known for known in found if known), tuple(problems)

    def find(self, party: str) -> KnownCard | None:
        """The card of `party`, whatever its trust; None if there is none. KeyringError where it cannot be read."""
        return self._load(party, self._counting())

    def known(self, party: str) -> KnownCard:
        """The card of `party`, whatever its trust. KeyringError: card.unknown; card.damaged."""
        known = self.find(party)
        if known is None:
            raise _unknown(party)
        return known

    def get(self, party: str, on: date) -> KnownCard:
        """The card of `party`, fit to send to on that day. KeyringError: card.unknown, card.revoked,
        card.unconfirmed, card.vouched_no_more, card.expired."""
        known = self.believed(party, on)
        known.recipient(on)
        return known

    def believed(self, party: str, on: date) -> KnownCard:
        """The card of `party`, whose root may be believed on that day even where its encryption key has expired.
        KeyringError: card.unknown, card.revoked, card.unconfirmed, card.vouched_no_more."""
        known = self.not_revoked(party)
        if known.believed(on):
            return known
        raise _unvouched(known) if known.vouched else _unconfirmed(party)

    def confirmed(self, party: str) -> KnownCard:
        """The card of `party`, if its own safety words were read; no coordinator's word is enough. KeyringError:
        card.unknown, card.revoked, card.unconfirmed."""
        known = self.not_revoked(party)
        if not known.confirmed:
            raise _unconfirmed(party)
        return known

    def add(self, signed: SignedCard, on: date) -> KnownCard:
        """Put a card into the book, as `with_card` says."""
        with self._alone():
            known = self.with_card(signed, on)
            # The trust comes first: a card without it would count as unknown, trust without its card as well.
            self._write_trust(signed.party, known.trust)
            write_private(self._card_file(signed.party), signed.to_bytes())
        return known

    def with_card(self, signed: SignedCard, on: date) -> KnownCard:
        """The party's card once this one is in the book, and it is not yet: unconfirmed if the party is new, else with
        the trust that it had.

        Where the party's card was revoked, one under another root begins anew, unconfirmed; the old root stays revoked.

        KeyringError: card.other_root, card.older (an older serial, or the same serial with other content), card.revoked
        (a root that was revoked before); card.damaged where what is known of the party cannot be read.
        """
        before = self.find(signed.party)
        if before is None:
            trust = self._first(signed, on)
        elif before.trust.revoked_on and before.card.root != signed.card.root:
            trust = _anew(before, signed, on)
        else:
            check_succession(before.signed, signed)
            trust = before.trust
        return _with_vouched(signed, trust, self._counting())

    def confirm(self, party: str, on: date) -> KnownCard:
        """Note that the safety words were read and agreed. KeyringError: card.unknown, card.revoked."""
        with self._alone():
            known = self.not_revoked(party)
            return self._retrust(known, known.trust.model_copy(update={"confirmed_on": known.trust.confirmed_on or on}))

    def revoke(self, party: str, on: date) -> Trust:
        """Note that the root key is not to be believed any more, though one of card and trust cannot be read.
        KeyringError: card.unknown; card.damaged where neither can."""
        with self._alone():
            trust = self.trust(party)
            revoked = trust.model_copy(update={"revoked_on": trust.revoked_on or on})
            self._write_trust(party, revoked)
        return revoked

    def take_revocation(self, signed: SignedRevocation, now: datetime) -> KnownCard:
        """Believe the keys no more that the party's own root has revoked, whatever card may come. Taking it again, or
        an older one, changes nothing. KeyringError as `with_revocation`."""
        with self._alone():
            known = self.with_revocation(signed, now)
            return known if known == self.known(signed.party) else self._retrust(known, known.trust)

    def with_revocation(self, signed: SignedRevocation, now: datetime) -> KnownCard:
        """The party's card as it stands once the revocation is taken, and it is not yet. What was revoked stays so,
        from the earliest time that was ever said, and at the latest from now; a root that revokes itself revokes the
        card. So does one that revokes more than `MAX_REVOKED` keys in all: nothing that it says counts any more, and
        of the keys those are kept that were before, or that the card bears.

        KeyringError: card.unknown; card.other_root (signed by another root than that of the card that is known).
        """
        known, said = self.known(signed.party), signed.revocation
        if said.root != known.card.root:
            what = _("the revocation is by another root key than that of the card that is known")
            hint = _("call {party} on a number that you know").format(party=signed.party)
            raise refused("card.other_root", what, where=signed.party, hint=hint)
        more = at_the_latest(said.keys, now)
        keys = together(known.trust.revoked_keys, more)
        if len(keys) > MAX_REVOKED:
            root = RevokedKey(use="root", key=said.root, since=now.replace(microsecond=0), reason="exposed")
            borne = (each for each in more if known.card.bears(each.key))
            keys = together(known.trust.revoked_keys, (*borne, root))
        itself = any(each.key == said.root for each in keys)
        revoked_on = known.trust.revoked_on or (now.date() if itself else None)
        trust = known.trust.model_copy(update={"revoked_keys": keys, "revoked_on": revoked_on})
        return replace(known, trust=trust)

    def trust(self, party: str) -> Trust:
        """What is known of the party; where that cannot be read, what its card says. KeyringError: card.unknown;
        card.damaged where neither can be read."""
        if not (self._card_file(party).exists() and self._trust_file(party).exists()):
            raise _unknown(party)
        try:
            return self._read_trust(party)
        except KeyringError:
            signed = self._read_card(party)
            return Trust(root=signed.card.fingerprint, first_seen=signed.card.issued)

    def revoked_keys(self, party: str) -> tuple[RevokedKey, ...]:
        """The keys that `party` has revoked, also where its card is forgotten; none where it was never known."""
        return self._read_trust(party).revoked_keys if self._trust_file(party).exists() else ()

    def forget(self, party: str) -> None:
        """Take the party's card out of the book, readable or not, so that a card with another root may come. What was
        revoked stays so, as far as it can be read. KeyringError: card.unknown."""
        with self._alone():
            self.check_lies_here(party)
            left = self._left_of(party)
            self._card_file(party).unlink()
            if left is None:
                self._trust_file(party).unlink(missing_ok=True)
            else:
                self._write_trust(party, left)

    def check_lies_here(self, party: str) -> None:
        """KeyringError (card.unknown) where there is no card of the party, not even one that cannot be read."""
        if not self._card_file(party).exists():
            raise _unknown(party)

    def _left_of(self, party: str) -> Trust | None:
        """What is to be known of a party that is forgotten: the keys that are revoked, and its root if that is."""
        try:
            trust = self._read_trust(party)
        except KeyringError:
            return None
        keys = trust.revoked_keys
        if trust.revoked_on:
            with suppress(KeyringError):
                keys = together(keys, (_as_replaced(self._read_card(party), trust.revoked_on),))
        left = trust.model_copy(update={"confirmed_on": None, "revoked_keys": keys})
        return left if keys or trust.revoked_on else None

    def revoked(self) -> tuple[VerifyKey, ...]:
        """Every revoked key that signs, for `exchange.crypto.allowed_signers.revoked_keys`: a signature bears no time
        that a thief could not write, so none by such a key is believed by hand, whenever it says it was made."""
        found: dict[VerifyKey, None] = {}
        for known in self.all():
            if known.trust.revoked_on:
                found[known.card.root_key] = None
        for file in sorted(self.folder.glob(f"*{_TRUST_END}")):
            with suppress(KeyringError):  # `damaged` tells of it
                keys = self.revoked_keys(file.name.removesuffix(_TRUST_END))
                found |= {VerifyKey.from_openssh(each.key): None for each in keys if each.signs}
        return tuple(found)

    def vouchings(self) -> tuple[Vouching, ...]:
        """Which coordinator vouches for which network, and for whom, whether it counts or not."""
        return tuple(vouchings(self.folder))

    def vouching(self, network: str) -> Vouching | None:
        """That of one network; None if nobody was ever trusted with it."""
        return next((each for each in self.vouchings() if each.network == network), None)

    def keep_vouching(self, vouching: Vouching) -> None:
        """In the place of what was kept of its network."""
        keep_vouching(self.folder, vouching)

    def not_revoked(self, party: str) -> KnownCard:
        """The card of `party`, which nobody has revoked. KeyringError: card.unknown, card.revoked."""
        known = self.known(party)
        if known.trust.revoked_on:
            raise refused("card.revoked", _("the card has been revoked"), where=party)
        return known

    def _load(self, party: str, counting: tuple[Vouching, ...]) -> KnownCard | None:
        if not (self._card_file(party).exists() and self._trust_file(party).exists()):
            return None
        signed, trust = self._read_card(party), self._read_trust(party)
        if trust.root != signed.card.fingerprint:
            raise _damaged(party, _("the card and what is known of it do not agree"))
        return _with_vouched(signed, trust, counting)

    def _read_card(self, party: str) -> SignedCard:
        data = read_private(self._card_file(party))
        try:
            signed = read_card(data)
        except KeyringError:
            raise _damaged(party, _("the card cannot be read")) from None
        if signed.party != party:
            raise _damaged(party, _("the card is another party's"))
        return signed

    def _read_trust(self, party: str) -> Trust:
        data = read_private(self._trust_file(party))
        try:
            return Trust.model_validate_json(canonical(parse(data)))
        except (ValidationError, CryptoError):
            raise _damaged(party, _("what is known of this card cannot be read")) from None

    def _first(self, signed: SignedCard, on: date) -> Trust:
        """The trust in a party that is new, or was forgotten."""
        root, keys = signed.card.fingerprint, self.revoked_keys(signed.party)
        _refuse_revoked(signed, keys)
        if self._trust_file(signed.party).exists():
            left = self._read_trust(signed.party)
            if left.revoked_on and left.root == root:  # its card could not be read when it was forgotten
                raise _root_was_revoked(signed.party)
        return Trust(root=root, first_seen=on, revoked_keys=keys)

    def _retrust(self, known: KnownCard, trust: Trust) -> KnownCard:
        self._write_trust(known.signed.party, trust)
        return _with_vouched(known.signed, trust, self._counting())

    def _counting(self) -> tuple[Vouching, ...]:
        """Those of coordinators who may vouch still."""
        return tuple(each for each in self.vouchings() if self._counts(each))

    def _counts(self, vouching: Vouching) -> bool:
        """Whether the coordinator is still one whose words were read, under the root that we trusted."""
        card_file, trust_file = self._card_file(vouching.coordinator), self._trust_file(vouching.coordinator)
        if not (card_file.exists() and trust_file.exists()):
            return False
        try:
            trust = self._read_trust(vouching.coordinator)
        except KeyringError:
            return False  # nobody can say that it may
        return trust.root == vouching.root and trust.confirmed_on is not None and trust.revoked_on is None

    def _write_trust(self, party: str, trust: Trust) -> None:
        content = canonical(trust.model_dump(mode="json")) + b"\n"
        if len(content) > MAX_SIZE:  # it could never be read again
            raise refused("card.too_much", _("more is to be kept of this party than can be read again"), where=party)
        write_private(self._trust_file(party), content)

    def _card_file(self, party: str) -> Path:
        return self.folder / file_name(_plain(party))

    def _trust_file(self, party: str) -> Path:
        return self.folder / f"{_plain(party)}{_TRUST_END}"


def signers_file(cards: Iterable[SignedCard], vouched: Iterable[KnownCard] = ()) -> str:
    """An allowed_signers file for `ssh-keygen -Y verify`: each party's root and its signing keys, as the party's id,
    and the people whom the root certifies.

    A signing key stands there for what leaves every day, a person, as `party/person`, for what their roles let them
    sign; both on the days (in UTC) for which they are certified. Of whom a coordinator alone vouches for (`vouched`),
    every key stands there for the days of the directory that names it, and no others.
    """
    certain = (signer for each in cards for signer in _signers(each.card))
    limited = (signer for each in vouched for signer in _for_its_days(each))
    return allowed_signers((*certain, *limited))


def _signers(card: Card) -> Iterator[AllowedSigner]:
    yield AllowedSigner(card.party, card.root_key, ROOT)
    yield from (AllowedSigner(card.party, key.verify_key, DAILY, *_from_to(key)) for key in card.signing_keys)
    for person in card.people:
        if theirs := namespaces_of(person):
            yield AllowedSigner(f"{card.party}/{person.id}", person.verify_key, theirs, *_from_to(person))


def _for_its_days(known: KnownCard) -> Iterator[AllowedSigner]:
    """Its signers on the days of the directory that vouches longest."""
    word = max(known.vouched, key=lambda each: each.until)
    first, end = _midnight(word.since), _midnight(word.until + timedelta(days=1))
    for each in _signers(known.card):
        since, before = max(each.valid_after or first, first), min(each.valid_before or end, end)
        if since < before:
            yield replace(each, valid_after=since, valid_before=before)


def _from_to(valid: Valid) -> tuple[datetime, datetime]:
    return _midnight(valid.not_before), _midnight(valid.not_after + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _anew(before: KnownCard, signed: SignedCard, on: date) -> Trust:
    """The trust in a new root that takes the place of a revoked one. Nobody comes back with a root that was revoked."""
    keys = together(before.trust.revoked_keys, (_as_replaced(before.signed, before.trust.revoked_on or on),))
    _refuse_revoked(signed, keys)
    return Trust(root=signed.card.fingerprint, first_seen=on, revoked_keys=keys)


def _as_replaced(signed: SignedCard, on: date) -> RevokedKey:
    return RevokedKey(use="root", key=signed.card.root, since=_midnight(on), reason="replaced")


def _refuse_revoked(signed: SignedCard, keys: Iterable[RevokedKey]) -> None:
    if any(each.key == signed.card.root for each in keys):
        raise _root_was_revoked(signed.party)


def _root_was_revoked(party: str) -> KeyringError:
    return refused("card.revoked", _("this root key was revoked"), where=party)


def _with_vouched(signed: SignedCard, trust: Trust, counting: tuple[Vouching, ...]) -> KnownCard:
    root = signed.card.fingerprint
    vouched = (
        Vouched(each.coordinator, each.network, each.taken.issued, each.taken.expires)
        for each in counting
        if each.taken and each.vouches_for(signed.party, root)
    )
    return KnownCard(signed, trust, tuple(vouched))


def _unknown(party: str) -> KeyringError:
    hint = _("ask the party for its card, then: exchange card add FILE")
    return refused("card.unknown", _("there is no card of this party"), where=party, hint=hint)


def _damaged(party: str, what: str) -> KeyringError:
    hint = _("take it out: exchange card forget {party}; then add its card again, and read the safety words")
    return refused("card.damaged", what, where=party, hint=hint.format(party=party))


def _unconfirmed(party: str) -> KeyringError:
    hint = _("read the safety words with {party} over the phone: exchange card words {party}").format(party=party)
    return refused("card.unconfirmed", _("nobody has confirmed this card"), where=party, hint=hint)


def _unvouched(known: KnownCard) -> KeyringError:
    newest = max(known.vouched, key=lambda each: each.until)
    hint = _("ask {party} for a newer one: exchange card directory take FILE").format(party=newest.coordinator)
    what = _("the directory of cards that vouches for this card has expired on {day}").format(day=newest.until)
    return refused("card.vouched_no_more", what, where=known.signed.party, hint=hint)


def check_succession(before: SignedCard, after: SignedCard) -> None:
    party = before.party
    if before.card.root != after.card.root:
        hint = _(
            "call {party} on a number that you know; if its root key has really changed, then first: "
            "exchange card revoke {party}"
        )
        what = _("this card has another root key than the one that is known")
        raise refused("card.other_root", what, where=party, hint=hint.format(party=party))
    if after.card.serial < before.card.serial or (after.card.serial == before.card.serial and after != before):
        what = _("a newer card, or another one with the same number, is already known")
        raise refused("card.older", what, where=party)


def _plain(party: str) -> str:
    # A party's id becomes a file's name: nothing that could leave the folder.
    if not party or not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in party):
        raise refused("card.unknown", _("this is not the id of a party"))
    return party
