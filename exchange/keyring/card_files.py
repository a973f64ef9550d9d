"""The files of a folder of cards: for each party its card, and beside it how far it is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from exchange.crypto.canonical import canonical, parse
from exchange.errors import CryptoError, KeyringError
from exchange.keyring.card import SignedCard, file_name, read_card
from exchange.keyring.known_card import Trust
from exchange.keyring.private_files import MAX_SIZE, read_private, write_private
from exchange.keyring.refusals import refused
from exchange.locale import _

_CARD_END = file_name("")
_TRUST_END = ".trust.json"


@dataclass(frozen=True, slots=True)
class CardFiles:
    """Those in `folder`: `<party>.card.json` and `<party>.trust.json`. KeyringError where one cannot be read
    (card.damaged) or written (file.not_written)."""

    folder: Path

    def parties(self) -> tuple[str, ...]:
        """Of whom a card lies here, readable or not."""
        return self._named(_CARD_END)

    def trusted_parties(self) -> tuple[str, ...]:
        """Of whom something is known, with a card or without."""
        return self._named(_TRUST_END)

    def has_card(self, party: str) -> bool:
        return self._card_file(party).exists()

    def has_trust(self, party: str) -> bool:
        return self._trust_file(party).exists()

    def has_both(self, party: str) -> bool:
        """A card without trust counts as unknown, trust without a card as well."""
        return self.has_card(party) and self.has_trust(party)

    def card(self, party: str) -> SignedCard:
        data = read_private(self._card_file(party))
        try:
            signed = read_card(data)
        except KeyringError:
            raise damaged(party, _("the card cannot be read")) from None
        if signed.party != party:
            raise damaged(party, _("the card is another party's"))
        return signed

    def trust(self, party: str) -> Trust:
        data = read_private(self._trust_file(party))
        try:
            return Trust.model_validate_json(canonical(parse(data)))
        except (ValidationError, CryptoError):
            raise damaged(party, _("what is known of this card cannot be read")) from None

    def save_card(self, signed: SignedCard) -> None:
        write_private(self._card_file(signed.party), signed.to_bytes())

    def save_trust(self, party: str, trust: Trust) -> None:
        """KeyringError: card.too_much."""
        content = canonical(trust.model_dump(mode="json")) + b"\n"
        if len(content) > MAX_SIZE:  # it could never be read again
            raise refused("card.too_much", _("more is to be kept of this party than can be read again"), where=party)
        write_private(self._trust_file(party), content)

    def remove_card(self, party: str) -> None:
        self._card_file(party).unlink()

    def remove_trust(self, party: str) -> None:
        self._trust_file(party).unlink(missing_ok=True)

    def _named(self, end: str) -> tuple[str, ...]:
        return tuple(file.name.removesuffix(end) for file in sorted(self.folder.glob(f"*{end}")))

    def _card_file(self, party: str) -> Path:
        return self.folder / file_name(_plain(party))

    def _trust_file(self, party: str) -> Path:
        return self.folder / f"{_plain(party)}{_TRUST_END}"


def damaged(party: str, what: str) -> KeyringError:
    """That what lies here of the party is no card."""
    hint = _("take it out: exchange card forget {party}; then add its card again, and read the safety words")
    return refused("card.damaged", what, where=party, hint=hint.format(party=party))


def _plain(party: str) -> str:
    # A party's id becomes a file's name: nothing that could leave the folder.
    if not party or not all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in party):
        raise refused("card.unknown", _("this is not the id of a party"))
    return party
