"""The people of a party: each keeps a key of their own; the party's root says what they may do.

    key = SigningKey.generate()
    save_person_key(key, Path("officer.age"), passphrase)
    identity = certify(identity, Person(id="officer.1", name=…, roles=("approve",), key=key.verify_key.openssh(), …))

The next card carries the person. Leaving a person out of a card ends what they may do, from that card on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from exchange.crypto.age import WORK_FACTOR
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import CryptoError
from exchange.keyring.identity import Identity
from exchange.keyring.locked_files import read_locked, write_locked
from exchange.keyring.refusals import refused
from exchange.keyring.shapes import Person, Role
from exchange.locale import _


def certify(identity: Identity, person: Person) -> Identity:
    """With `person` among those whom our next card certifies, in the place of whoever had the same id."""
    return replace(identity, people=(*_others(identity, person.id), person))


def dismiss(identity: Identity, person_id: str) -> Identity:
    """Without the person of that id."""
    return replace(identity, people=_others(identity, person_id))


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
