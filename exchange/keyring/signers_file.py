"""What `ssh-keygen -Y verify` needs to know of cards, so that signatures can be checked without this program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from exchange.crypto.allowed_signers import AllowedSigner, allowed_signers
from exchange.keyring.card import Card, SignedCard
from exchange.keyring.known_card import KnownCard
from exchange.keyring.namespaces import DAILY, ROOT
from exchange.keyring.people import namespaces_of
from exchange.keyring.shapes import Valid


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
