"""The cards of others, and how far each is trusted.

A folder holds for each party its card, `<party>.card.json`, and beside it `<party>.trust.json`: when it was first
seen, when its safety words were read, whether it is revoked. A card that nobody has confirmed receives nothing, unless
a coordinator whose own words were read vouches for it, in a directory that counts on that day.

A newer card replaces an older one of the same root, never the other way; another root for a known party is refused,
for that is how an impostor would come. Who may write to this folder decides whom we trust: it is private.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from exchange.keyring.namespaces import ALL, DAILY, ROOT
from exchange.keyring.people import namespaces_of
from exchange.keyring.private_files import read_private, write_private
from exchange.keyring.refusals import misshapen, refused
from exchange.keyring.revocation import SignedRevocation, at_the_latest, together
from exchange.keyring.shapes import Person, RevokedKey, Shape, Valid
from exchange.keyring.vouching import Vouched, Vouching, keep_vouching, vouchings
from exchange.locale import _

_CARD_END = file_name("")


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

    @property
    def root_revoked(self) -> bool:
        """By us, or by the party itself."""
        return _root_revoked(self.trust)

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
    """The folder of cards. Every method reads what lies there; none keeps anything in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[KnownCard, ...]:
        """Every known card, by party. KeyringError lists each file that is damaged."""
        found: list[KnownCard | None] = []
        problems: list[Problem] = []
        counting = self._counting()
        for file in sorted(self.folder.glob(f"*{_CARD_END}")):
            try:
                found.append(self._load(file.name.removesuffix(_CARD_END), counting))
            except KeyringError as error:
                problems += error.problems
        KeyringError.raise_all(problems)
        return tuple(known for known in found if known)

    def find(self, party: str) -> KnownCard | None:
        """The card of `party`, whatever its trust; None if there is none."""
        return self._load(party, self._counting())

    def get(self, party: str, on: date) -> KnownCard:
        """The card of `party`, fit to send to on that day. KeyringError: card.unknown, card.revoked,
        card.unconfirmed, card.vouched_no_more, card.expired."""
        known = self.believed(party, on)
        known.recipient(on)
        return known

    def believed(self, party: str, on: date) -> KnownCard:
        """The card of `party`, whose root may be believed on that day even where its encryption key has expired.
        KeyringError: card.unknown, card.revoked, card.unconfirmed, card.vouched_no_more."""
        known = self._not_revoked(party)
        if known.believed(on):
            return known
        raise _unvouched(known) if known.vouched else _unconfirmed(party)

    def confirmed(self, party: str) -> KnownCard:
        """The card of `party`, if its own safety words were read; no coordinator's word is enough. KeyringError:
        card.unknown, card.revoked, card.unconfirmed."""
        known = self._not_revoked(party)
        if not known.confirmed:
            raise _unconfirmed(party)
        return known

    def add(self, signed: SignedCard, on: date) -> KnownCard:
        """Put a card into the book: unconfirmed if the party is new, else with the trust that it had.

        Where the party's card was revoked, one under another root begins anew, unconfirmed; the old root stays revoked.

        KeyringError: card.other_root, card.older (an older serial, or the same serial with other content), card.revoked
        (a root that was revoked before).
        """
        before = self.find(signed.party)
        trust = before.trust if before else Trust(root=signed.card.fingerprint, first_seen=on)
        if before and before.trust.revoked_on and before.card.root != signed.card.root:
            trust = _anew(before, signed, on)
        elif before:
            check_succession(before.signed, signed)
        # The trust comes first: a card without it would count as unknown, trust without its card as well.
        self._write_trust(signed.party, trust)
        write_private(self._card_file(signed.party), signed.to_bytes())
        return _with_vouched(signed, trust, self._counting())

    def confirm(self, party: str, on: date) -> KnownCard:
        """Note that the safety words were read and agreed. KeyringError: card.unknown, card.revoked."""
        known = self._not_revoked(party)
        return self._retrust(known, known.trust.model_copy(update={"confirmed_on": known.trust.confirmed_on or on}))

    def revoke(self, party: str, on: date) -> KnownCard:
        """Note that the root key is not to be believed any more. KeyringError: card.unknown."""
        known = self._known(party)
        return self._retrust(known, known.trust.model_copy(update={"revoked_on": known.trust.revoked_on or on}))

    def take_revocation(self, signed: SignedRevocation, now: datetime) -> KnownCard:
        """Believe the keys no more that the party's own root has revoked, whatever card may come. Taking it again, or
        an older one, changes nothing. KeyringError as `with_revocation`."""
        known = self.with_revocation(signed, now)
        return known if known == self._known(signed.party) else self._retrust(known, known.trust)

    def with_revocation(self, signed: SignedRevocation, now: datetime) -> KnownCard:
        """The party's card as it stands once the revocation is taken, and it is not yet. What was revoked stays so,
        from the earliest time that was ever said, and at the latest from now; a root that revokes itself revokes the
        card.

        KeyringError: card.unknown; card.other_root (signed by another root than that of the card that is known).
        """
        known, said = self._known(signed.party), signed.revocation
        if said.root != known.card.root:
            what = _("the revocation is by another root key than that of the card that is known")
            hint = _("call {party} on a number that you know").format(party=signed.party)
            raise refused("card.other_root", what, where=signed.party, hint=hint)
        keys = together(known.trust.revoked_keys, at_the_latest(said.keys, now))
        revoked_on = known.trust.revoked_on or (now.date() if said.revokes_root else None)
        trust = known.trust.model_copy(update={"revoked_keys": keys, "revoked_on": revoked_on})
        return replace(known, trust=trust)

    def revoked_keys(self, party: str) -> tuple[RevokedKey, ...]:
        """The keys that `party` has revoked; none where it is not known."""
        file = self._trust_file(party)
        return _read_trust(file).revoked_keys if file.exists() else ()

    def forget(self, party: str) -> None:
        """Take the party out of the book, so that a card with another root may come. KeyringError: card.unknown."""
        self._known(party)
        self._card_file(party).unlink()
        self._trust_file(party).unlink()

    def revoked(self) -> tuple[VerifyKey, ...]:
        """Every revoked key that signs, for `exchange.crypto.allowed_signers.revoked_keys`: a signature bears no time
        that a thief could not write, so none by such a key is believed by hand, whenever it says it was made."""
        found: dict[VerifyKey, None] = {}
        for known in self.all():
            if known.trust.revoked_on:
                found[known.card.root_key] = None
            found |= {VerifyKey.from_openssh(each.key): None for each in known.trust.revoked_keys if each.signs}
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

    def _known(self, party: str) -> KnownCard:
        known = self.find(party)
        if known is None:
            hint = _("ask the party for its card, then: exchange card add FILE")
            raise refused("card.unknown", _("there is no card of this party"), where=party, hint=hint)
        return known

    def _not_revoked(self, party: str) -> KnownCard:
        known = self._known(party)
        if known.trust.revoked_on:
            raise refused("card.revoked", _("the card has been revoked"), where=party)
        return known

    def _load(self, party: str, counting: tuple[Vouching, ...]) -> KnownCard | None:
        card_file, trust_file = self._card_file(party), self._trust_file(party)
        if not (card_file.exists() and trust_file.exists()):
            return None
        signed = read_card(read_private(card_file))
        trust = _read_trust(trust_file)
        if signed.party != party or trust.root != signed.card.fingerprint:
            raise refused("card.damaged", _("the card and what is known of it do not agree"), where=card_file.name)
        return _with_vouched(signed, trust, counting)

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
        trust = _read_trust(trust_file)
        return trust.root == vouching.root and trust.confirmed_on is not None and not _root_revoked(trust)

    def _write_trust(self, party: str, trust: Trust) -> None:
        write_private(self._trust_file(party), canonical(trust.model_dump(mode="json")) + b"\n")

    def _card_file(self, party: str) -> Path:
        return self.folder / file_name(_plain(party))

    def _trust_file(self, party: str) -> Path:
        return self.folder / f"{_plain(party)}.trust.json"


def signers_file(cards: Iterable[SignedCard], namespaces: tuple[str, ...] = ALL) -> str:
    """An allowed_signers file for `ssh-keygen -Y verify`: each party's root and its signing keys, as the party's id,
    and the people whom the root certifies.

    A signing key stands there for what leaves every day, a person, as `party/person`, for what their roles let them
    sign; both on the days (in UTC) for which they are certified.
    """
    return allowed_signers(signer for signed in cards for signer in _signers(signed.card, namespaces))


def _signers(card: Card, namespaces: tuple[str, ...]) -> Iterator[AllowedSigner]:
    roots = tuple(each for each in ROOT if each in namespaces)
    if roots:
        yield AllowedSigner(card.party, card.root_key, roots)
    daily = tuple(each for each in DAILY if each in namespaces)
    if daily:
        yield from (AllowedSigner(card.party, key.verify_key, daily, *_from_to(key)) for key in card.signing_keys)
    for person in card.people:
        theirs = tuple(each for each in namespaces_of(person) if each in namespaces)
        if theirs:
            yield AllowedSigner(f"{card.party}/{person.id}", person.verify_key, theirs, *_from_to(person))


def _from_to(valid: Valid) -> tuple[datetime, datetime]:
    return _midnight(valid.not_before), _midnight(valid.not_after + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _anew(before: KnownCard, signed: SignedCard, on: date) -> Trust:
    """The trust in a new root that takes the place of a revoked one. Nobody comes back with a root that was revoked."""
    since = _midnight(before.trust.revoked_on or on)
    old = RevokedKey(use="root", key=before.card.root, since=since, reason="replaced")
    keys = together(before.trust.revoked_keys, (old,))
    if any(each.key == signed.card.root for each in keys):
        raise refused("card.revoked", _("this root key was revoked"), where=signed.party)
    return Trust(root=signed.card.fingerprint, first_seen=on, revoked_keys=keys)


def _with_vouched(signed: SignedCard, trust: Trust, counting: tuple[Vouching, ...]) -> KnownCard:
    root = signed.card.fingerprint
    vouched = (
        Vouched(each.coordinator, each.network, each.taken.expires)
        for each in counting
        if each.taken and each.vouches_for(signed.party, root)
    )
    return KnownCard(signed, trust, tuple(vouched))


def _root_revoked(trust: Trust) -> bool:
    return trust.revoked_on is not None or any(
        each.signs and VerifyKey.from_openssh(each.key).fingerprint() == trust.root for each in trust.revoked_keys
    )


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


def _read_trust(file: Path) -> Trust:
    try:
        return Trust.model_validate_json(canonical(parse(read_private(file))))
    except ValidationError as error:
        raise misshapen("card.damaged", error) from None
    except CryptoError:
        raise refused("card.damaged", _("what is known of this card cannot be read"), where=file.name) from None


def _plain(party: str) -> str:
    # A party's id becomes a file's name: nothing that could leave the folder.
    if not party or not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in party):
        raise refused("card.unknown", _("this is not the id of a party"))
    return party
