"""The cards of others, and how far each is trusted.

A folder holds for each party its card, `<party>.card.json`, and beside it `<party>.trust.json`: when it was first
seen, when its safety words were read, whether it is revoked. A card that nobody has confirmed receives nothing, unless
a coordinator whose own words were read vouches for it, in a directory that counts on that day.

What a card that comes does to the trust in its party, `succession` says. Who may write to this folder decides whom we
trust: it is private.

A card that cannot be read is no card: nothing goes to its party, nothing of it is opened, and those of others stand.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from exchange.crypto.signing import VerifyKey
from exchange.errors import KeyringError, Problem
from exchange.keyring.card import SignedCard
from exchange.keyring.card_files import CardFiles, damaged
from exchange.keyring.known_card import KnownCard, Trust
from exchange.keyring.refusals import refused
from exchange.keyring.revocation import SignedRevocation
from exchange.keyring.shapes import RevokedKey
from exchange.keyring.succession import after_revocation, first_trust, next_trust, what_stays
from exchange.keyring.vouching import Vouching, keep_vouching, vouchings
from exchange.locale import _


class CardBook:
    """The folder of cards. Every method reads what lies there; none keeps anything in memory.

    What changes a card or its trust reads it and writes it in one turn, of which `alone` lets one process have one at a
    time: else whoever confirms a card would undo the revocation that comes meanwhile.
    """

    def __init__(self, folder: Path, alone: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self.folder = folder
        self._files = CardFiles(folder)
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
        for party in self._files.parties():
            try:
                found.append(self._load(party, counting))
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
            self._files.save_trust(signed.party, known.trust)
            self._files.save_card(signed)
        return known

    def with_card(self, signed: SignedCard, on: date) -> KnownCard:
        """The party's card once this one is in the book, and it is not yet: unconfirmed if the party is new, else with
        the trust that it had.

        Where the party's card was revoked, one under another root begins anew, unconfirmed; the old root stays revoked.

        KeyringError: card.other_root, card.older (an older serial, or the same serial with other content), card.revoked
        (a root that was revoked before); card.damaged where what is known of the party cannot be read.
        """
        before = self.find(signed.party)
        trust = first_trust(signed, self._left(signed.party), on) if before is None else next_trust(before, signed, on)
        return KnownCard.of(signed, trust, self._counting())

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
            self._files.save_trust(party, revoked)
        return revoked

    def take_revocation(self, signed: SignedRevocation, now: datetime) -> KnownCard:
        """Believe the keys no more that the party's own root has revoked, whatever card may come. Taking it again, or
        an older one, changes nothing. KeyringError as `with_revocation`."""
        with self._alone():
            known = self.with_revocation(signed, now)
            return known if known == self.known(signed.party) else self._retrust(known, known.trust)

    def with_revocation(self, signed: SignedRevocation, now: datetime) -> KnownCard:
        """The party's card as it stands once the revocation is taken, and it is not yet: `succession.after_revocation`.

        KeyringError: card.unknown; card.other_root (signed by another root than that of the card that is known).
        """
        known = self.known(signed.party)
        return replace(known, trust=after_revocation(known, signed, now))

    def trust(self, party: str) -> Trust:
        """What is known of the party; where that cannot be read, what its card says. KeyringError: card.unknown;
        card.damaged where neither can be read."""
        if not self._files.has_both(party):
            raise _unknown(party)
        try:
            return self._files.trust(party)
        except KeyringError:
            signed = self._files.card(party)
            return Trust(root=signed.card.fingerprint, first_seen=signed.card.issued)

    def revoked_keys(self, party: str) -> tuple[RevokedKey, ...]:
        """The keys that `party` has revoked, also where its card is forgotten; none where it was never known."""
        left = self._left(party)
        return left.revoked_keys if left else ()

    def forget(self, party: str) -> None:
        """Take the party's card out of the book, readable or not, so that a card with another root may come. What was
        revoked stays so, as far as it can be read. KeyringError: card.unknown."""
        with self._alone():
            self.check_lies_here(party)
            left = self._what_stays(party)
            self._files.remove_card(party)
            if left is None:
                self._files.remove_trust(party)
            else:
                self._files.save_trust(party, left)

    def check_lies_here(self, party: str) -> None:
        """KeyringError (card.unknown) where there is no card of the party, not even one that cannot be read."""
        if not self._files.has_card(party):
            raise _unknown(party)

    def _what_stays(self, party: str) -> Trust | None:
        try:
            trust = self._files.trust(party)
        except KeyringError:
            return None
        try:
            signed = self._files.card(party)
        except KeyringError:
            signed = None
        return what_stays(trust, signed)

    def revoked(self) -> tuple[VerifyKey, ...]:
        """Every revoked key that signs, for `exchange.crypto.allowed_signers.revoked_keys`: a signature bears no time
        that a thief could not write, so none by such a key is believed by hand, whenever it says it was made."""
        found: dict[VerifyKey, None] = {}
        for known in self.all():
            if known.trust.revoked_on:
                found[known.card.root_key] = None
        for party in self._files.trusted_parties():
            with suppress(KeyringError):  # `damaged` tells of it
                keys = self.revoked_keys(party)
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
        if not self._files.has_both(party):
            return None
        signed, trust = self._files.card(party), self._files.trust(party)
        if trust.root != signed.card.fingerprint:
            raise damaged(party, _("the card and what is known of it do not agree"))
        return KnownCard.of(signed, trust, counting)

    def _left(self, party: str) -> Trust | None:
        """What is known of a party, with a card or without; None where it was never known."""
        return self._files.trust(party) if self._files.has_trust(party) else None

    def _retrust(self, known: KnownCard, trust: Trust) -> KnownCard:
        self._files.save_trust(known.signed.party, trust)
        return KnownCard.of(known.signed, trust, self._counting())

    def _counting(self) -> tuple[Vouching, ...]:
        """Those of coordinators who may vouch still."""
        return tuple(each for each in self.vouchings() if self._counts(each))

    def _counts(self, vouching: Vouching) -> bool:
        """Whether the coordinator is still one whose words were read, under the root that we trusted."""
        if not self._files.has_both(vouching.coordinator):
            return False
        try:
            trust = self._files.trust(vouching.coordinator)
        except KeyringError:
            return False  # nobody can say that it may
        return trust.root == vouching.root and trust.confirmed_on is not None and trust.revoked_on is None


def _unknown(party: str) -> KeyringError:
    hint = _("ask the party for its card, then: exchange card add FILE")
    return refused("card.unknown", _("there is no card of this party"), where=party, hint=hint)


def _unconfirmed(party: str) -> KeyringError:
    hint = _("read the safety words with {party} over the phone: exchange card words {party}").format(party=party)
    return refused("card.unconfirmed", _("nobody has confirmed this card"), where=party, hint=hint)


def _unvouched(known: KnownCard) -> KeyringError:
    newest = max(known.vouched, key=lambda each: each.until)
    hint = _("ask {party} for a newer one: exchange card directory take FILE").format(party=newest.coordinator)
    what = _("the directory of cards that vouches for this card has expired on {day}").format(day=newest.until)
    return refused("card.vouched_no_more", what, where=known.signed.party, hint=hint)
