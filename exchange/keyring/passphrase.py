"""Passphrases: how long they must be, and where an unattended machine keeps its own."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from exchange.keyring.private_files import read_private
from exchange.keyring.refusals import refused
from exchange.locale import _

MIN_LENGTH = 14
"""Characters."""
MIN_WORDS = 5
"""Words are shorter where one character is a word; in a list of English or Indonesian ones, five make 14 characters."""
MIN_DIFFERENT = 5
"""Different characters, spaces aside."""

VARIABLE = "EXCHANGE_PASSPHRASE_FILE"
PERSON_VARIABLE = "EXCHANGE_PERSON_PASSPHRASE_FILE"
"""The same for the passphrase of the person who is at work, which is not the organisation's."""
ROOT_VARIABLE = "EXCHANGE_ROOT_PASSPHRASE_FILE"
"""The same for the passphrase of the root key, where that is kept apart."""


def prepared(text: str) -> str:
    """The passphrase as it locks: RFC 8265's OpaqueString, so any space is the ASCII one, and the text is in NFC.

    The same keys give composed letters on one machine and decomposed ones on another, and a space that does not break
    on a third. NFC with plain spaces is what keyboards usually give, so stock `age -d` opens with what is typed there.
    Capitals, widths and ligatures stay as they are. A terminal may hand over bytes that are no text; they stay too.
    """
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in text)
    return unicodedata.normalize("NFC", spaced)


def check_passphrase(text: str) -> None:
    """KeyringError (passphrase.weak) for one that has neither 14 characters nor five words, or that repeats a few.

    Only length is judged: lists of bad passphrases and scores by class of character invite `P@ssw0rd1`. What surrounds
    it, and spaces in a row, add nothing.
    """
    words = prepared(text).split()
    long = len(" ".join(words)) >= MIN_LENGTH or sum(map(_is_word, words)) >= MIN_WORDS
    if not long or len(set("".join(words))) < MIN_DIFFERENT:
        raise refused(
            "passphrase.weak",
            _("the passphrase is too easy to guess"),
            hint=_("take 14 characters or more, or five words that do not belong together"),
        )


def _is_word(text: str) -> bool:
    """A letter alone is none, unless it is one of those of which one is a word (as in Chinese)."""
    return len(text) > 1 or unicodedata.east_asian_width(text) == "W"


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
