"""The namespaces of signatures: one for each kind of thing signed, with its version.

A signature made in one namespace is worth nothing in another, so a letter can never be shown as a bundle. A new
format of a thing gets a new version here.
"""

from __future__ import annotations

from typing import Final

_FAMILY: Final = "data-sharing-exchange"

CARD: Final = f"{_FAMILY}/card/v1"
PERSON: Final = f"{_FAMILY}/person/v1"
BUNDLE: Final = f"{_FAMILY}/bundle/v1"
LETTER: Final = f"{_FAMILY}/letter/v1"
AGREEMENT: Final = f"{_FAMILY}/agreement/v1"
APPROVAL: Final = f"{_FAMILY}/approval/v1"
REVOCATION: Final = f"{_FAMILY}/revocation/v1"
DIRECTORY: Final = f"{_FAMILY}/directory/v1"
ACKNOWLEDGEMENT: Final = f"{_FAMILY}/acknowledgement/v1"  # by a person alone, who has read the notices of a bundle
URGENT: Final = f"{_FAMILY}/urgent/v1"  # by a person alone: what a director releases because a life is at risk
ONWARD: Final = f"{_FAMILY}/onward/v1"  # that data may be passed on

ROOT: Final[tuple[str, ...]] = (CARD, PERSON, REVOCATION, DIRECTORY, AGREEMENT, LETTER, ONWARD)
"""What a party's root key may sign; of letters those that bring a card or a revocation."""

DAILY: Final[tuple[str, ...]] = (BUNDLE, LETTER)
"""What its signing keys may sign: what leaves every day."""

ALL: Final[tuple[str, ...]] = (
    *(CARD, PERSON, BUNDLE, LETTER, AGREEMENT, APPROVAL, REVOCATION, DIRECTORY, ACKNOWLEDGEMENT, URGENT, ONWARD),
)
