"""Whose key may sign an agreement for a party: its root key, or that of a person whom the root certifies for it.

A person's signature carries the root's word on that person (`exchange.keyring.certification`), so it can be judged with
the agreement alone, years later and by anyone. It counts if the root is the one that the agreement names, the person
has the role to sign, is certified on the day of signing, and bears the name of the party's signatory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from exchange.agreements.parties import Signatory
from exchange.crypto.signing import VerifyKey
from exchange.errors import KeyringError, Problem
from exchange.keyring.certification import SignedCertification, check_certification
from exchange.locale import _


def objections_to(
    key: VerifyKey, certification: SignedCertification | None, signatory: Signatory, root: str, on: dt.date
) -> Iterator[Problem]:
    """Why a signature with `key` on the day `on` is not that of `signatory`, whose party has the root key with the
    fingerprint `root`; nothing if it is. Codes: agreement.wrong_key, agreement.signer_not_certified,
    agreement.other_signatory."""
    if certification is not None:
        yield from _to_a_person(key, certification, signatory, root, on)
    elif key.fingerprint() != root:
        what = _("this is not the root key that the agreement names for {party}").format(party=signatory.party)
        yield Problem("agreement.wrong_key", what, hint=_("compare with: exchange card show"))


def _to_a_person(
    key: VerifyKey, certification: SignedCertification, signatory: Signatory, root: str, on: dt.date
) -> Iterator[Problem]:
    hint = _("the root key of {party} may sign, or a person whom it certifies for that").format(party=signatory.party)
    try:
        person = check_certification(certification, signatory.party, root)
    except KeyringError as error:
        yield from (Problem("agreement.signer_not_certified", each.what, hint=hint) for each in error.problems)
        return
    if key != person.verify_key:
        what = _("this is not the key that is certified for {person}").format(person=person.id)
        yield Problem("agreement.wrong_key", what, hint=hint)
    if "sign" not in person.roles or not person.covers(on):
        what = _("{person} is not certified to sign on {day}").format(person=person.id, day=on)
        yield Problem("agreement.signer_not_certified", what, hint=hint)
    if person.name != signatory.name:
        what = _("the agreement has somebody else sign for {party} than {person}: {name}")
        what = what.format(party=signatory.party, person=person.id, name=signatory.name)
        yield Problem("agreement.other_signatory", what, hint=_("names must agree to the letter"))
