"""Safety words: eight words that two parties read to each other over the phone, before either trusts the other's card.

They are made from both root keys, so they agree only if each side holds the other's true card. The words are those of
SLIP-39 (1,024 English words, no two with the same first four letters): 80 bits.

Somebody between the two could make many false roots for either side and look for two whose words agree, which takes
some 2^40 trials and not 2^80. So the hash is a slow one (`stretch`): a tenth of a second and 32 MiB for each trial.
"""

from __future__ import annotations

import re

from exchange.crypto.hashing import stretch
from exchange.crypto.signing import VerifyKey

COUNT = 8
_PURPOSE = "data-sharing-exchange/safety-words/v1"
_BITS = 10


def safety_words(one: VerifyKey, other: VerifyKey) -> tuple[str, ...]:
    """The eight words of two root keys, in whichever order the keys are given."""
    from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]  # it ships no types

    both = b"".join(sorted([one.raw, other.raw]))
    bits = int.from_bytes(stretch(both, _PURPOSE, COUNT * _BITS // 8), "big")
    places = [bits >> _BITS * place & ((1 << _BITS) - 1) for place in reversed(range(COUNT))]
    return tuple(WORDLIST[place] for place in places)


def same_words(read: str, words: tuple[str, ...]) -> bool:
    """Whether what a person typed is these words, in this order; capitals and what stands between do not count."""
    return _split(read) == words


def are_words(read: str) -> bool:
    """Whether what a person typed is eight words of the list, whichever: else it was misheard or mistyped, and says
    nothing of a card."""
    from shamir_mnemonic.wordlist import WORDLIST

    found = _split(read)
    return len(found) == COUNT and not {*found} - {*WORDLIST}


def _split(read: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W\d_]+", read.lower()))
