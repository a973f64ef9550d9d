"""Passphrases: how long they must be, and where an unattended machine keeps its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from exchange.keyring.private_files import read_private
from exchange.keyring.refusals import refused
from exchange.locale import _

MIN_LENGTH = 14
"""Characters. Five words of a list make at least as many: the shortest are two letters and a space each."""

VARIABLE = "EXCHANGE_PASSPHRASE_FILE"
PERSON_VARIABLE = "EXCHANGE_PERSON_PASSPHRASE_FILE"
"""The same for the passphrase of the person who is at work, which is not the organisation's."""
ROOT_VARIABLE = "EXCHANGE_ROOT_PASSPHRASE_FILE"
"""The same for the passphrase of the root key, where that is kept apart."""


def check_passphrase(text: str) -> None:
    """KeyringError (passphrase.weak) for one that is shorter than MIN_LENGTH or repeats one or two characters."""
    if len(text.strip()) < MIN_LENGTH or len(set(text)) < 5:
        raise refused(
            "passphrase.weak",
            _("the passphrase is too easy to guess"),
            hint=_("take 14 characters or more, or five words that do not belong together"),
        )


def passphrase_from_file(environment: Mapping[str, str], variable: str = VARIABLE) -> str | None:
    """The passphrase in the file that `variable` names; None where the variable is not set.

    One line, whose end is not part of it. The file must be its owner's alone, as the identity is. KeyringError: as
    `read_private`, and passphrase.unreadable.
    """
    name = environment.get(variable)
    if not name:
        return None
    try:
        text = read_private(Path(name)).decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        text = ""
    if not text or "\n" in text:
        raise refused("passphrase.unreadable", _("the file holds no passphrase of one line"), where=variable)
    return text
