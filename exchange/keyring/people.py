"""People who act for a party, each with a key of their own; the party's root says what they may do.

    key = SigningKey.generate()
    save_person_key(key, Path("officer.age"), passphrase)
    identity = certify(identity, Person(id="officer.1", name=…, roles=("approve",), key=key.verify_key.openssh(), …))

The next card carries the person. Leaving a person out of a card ends what they may do, from that card on.

    person = certified(card, "officer.1", "approve", today)
    officer = acting_as(person, load_person_key(Path("officer.age"), passphrase))
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from exchange.crypto.age import WORK_FACTOR
from exchange.crypto.signing import Signer, SigningKey, VerifyKey
from exchange.errors import CryptoError
from exchange.keyring import namespaces
from exchange.keyring.card import Card
from exchange.keyring.identity import Identity
from exchange.keyring.locked_files import read_locked, write_locked
from exchange.keyring.refusals import refused
from exchange.keyring.shapes import Person, Role
from exchange.locale import _

_SIGNS: Final[dict[Role, str]] = {
    "sign": namespaces.AGREEMENT,
    "approve": namespaces.APPROVAL,
    "open": namespaces.ACKNOWLEDGEMENT,
    "director": namespaces.URGENT,
}
"""What a role lets a person sign with their own key; nothing else."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A person at work: certified for what they are about to do, and their key unlocked. Only `acting_as` makes one."""

    person: Person
    key: Signer = field(repr=False)


def certify(identity: Identity, person: Person) -> Identity:
    """With `person` among those whom our next card certifies, in the place of whoever had the same id.

    KeyringError: person.same_key if the key is another's or one of our own: two names for one key would be one person;
    person.revoked for a key that we have revoked, which nobody would believe.
    """
    if any(each.key == person.key for each in identity.revoked):
        hint = _("let the person make a new key: exchange card people key FILE")
        raise refused("person.revoked", _("this key was revoked"), where=person.id, hint=hint)
    others = _others(identity, person.id)
    if person.verify_key in {*identity.own_keys, *(each.verify_key for each in others)}:
        what, hint = _("this key is somebody else's already"), _("each person makes a key of their own")
        raise refused("person.same_key", what, where=person.id, hint=hint)
    return replace(identity, people=(*others, person))


def dismiss(identity: Identity, person_id: str) -> Identity:
    """Without the person of that id."""
    return replace(identity, people=_others(identity, person_id))


def certified(card: Card, person_id: str, role: Role, on: date) -> Person:
    """The person of that id, whom `card` certifies for `role` on that day. KeyringError: person.unknown,
    person.expired (also before the first day), person.may_not."""
    person = next((each for each in card.people if each.id == person_id), None)
    if person is None:
        hint = _("whom our card certifies: exchange card people list")
        raise refused("person.unknown", _("our card certifies nobody of this id"), hint=hint)
    if not person.covers(on):
        what = _("{person} is certified from {first} to {last}, which is not now")
        what = what.format(person=person.id, first=person.not_before, last=person.not_after)
        raise refused("person.expired", what, hint=_("certify the person anew: exchange card people certify"))
    if role not in person.roles:
        what = _("{person} is not certified for this: {role}").format(person=person.id, role=role)
        hint = _("let somebody do it who is, or certify the person anew with all their roles")
        raise refused("person.may_not", what, hint=hint)
    return person


def acting_as(person: Person, key: Signer) -> Acting:
    """The certified `person` with their unlocked `key`. KeyringError (person.other_key) if it is not the key that was
    certified."""
    if key.verify_key != person.verify_key:
        what = _("this is not the key that our card certifies for {person}").format(person=person.id)
        hint = _("compare fingerprints: exchange card people list")
        raise refused("person.other_key", what, hint=hint)
    return Acting(person, key)


def namespaces_of(person: Person) -> tuple[str, ...]:
    """The namespaces in which the person's signatures count."""
    return tuple(namespace for role, namespace in _SIGNS.items() if role in person.roles)


def who_may(people: Iterable[Person], role: Role, on: date) -> tuple[VerifyKey, ...]:
    """The keys of those who have `role` on that day: the `signers` with whom to verify what only they may sign."""
    return tuple(person.verify_key for person in people if role in person.roles and person.covers(on))


def save_person_key(key: SigningKey, path: Path, passphrase: str, *, work_factor: int = WORK_FACTOR) -> None:
    """Keep a person's key in a file of its own under their passphrase. KeyringError as `write_locked`."""
    write_locked(path, key.openssh_private().encode("ascii"), passphrase, work_factor=work_factor)


def load_person_key(path: Path, passphrase: str) -> SigningKey:
    """The key that `save_person_key` kept. KeyringError as `read_locked`."""
    try:
        return SigningKey.from_openssh_private(read_locked(path, passphrase).decode("ascii"))
    except (CryptoError, UnicodeDecodeError):
        raise refused("file.damaged", _("the file holds no signing key"), where=path.name) from None


def _others(identity: Identity, person_id: str) -> tuple[Person, ...]:
    return tuple(person for person in identity.people if person.id != person_id)
