"""Recovery shares: the root key as three sheets of words, of which any two bring it back (SLIP-39).

    sheets = shares_of(identity.root)           # three times 33 English words, each for another holder
    root_from([sheets[0], sheets[2]])           # the same key again, or a refusal; never another key

What is shared is the root's seed of 32 bytes, in one group, 2 of 3. One share alone says nothing of it. Other tools
that know SLIP-39 read the words too, so that the root outlives this program.

**There is no SLIP-39 passphrase.** Under that standard every passphrase is right: another one gives another key,
without a word. And it would be one more thing to lose, on the very day on which the identity's passphrase may be what
was lost. That two holders must agree is the protection.

The checksum of a share (RS1024) notices every mistake in up to three words, and a worse one but for once in 10^9. That
two shares belong together shows in their first two words, and in a digest of the seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import Any

from exchange.crypto.signing import SigningKey
from exchange.errors import KeyringError, Problem
from exchange.keyring.refusals import refused
from exchange.keyring.shapes import PartyId, Shape
from exchange.keyring.share_words import WORDS, Share, doubtful_places, unknown_places
from exchange.locale import _, ngettext

SHARES, NEEDED = 3, 2


class SharesNote(Shape):
    """That shares of the root with this fingerprint were made, and on which day. Nothing secret."""

    made: date
    root: str


_OURS = {
    "extendable": True,
    "iteration_exponent": 1,
    "group_threshold": 1,
    "group_count": 1,
    "member_threshold": NEEDED,
}  # as the library makes shares; another exponent could keep a machine busy for an hour


class RecoveredNote(Shape):
    """That a workspace was recovered, and with which parties it has compared since how far both have counted."""

    compared: tuple[PartyId, ...] = ()


def shares_of(root: SigningKey) -> tuple[Share, Share, Share]:
    """Three new shares of `root`, of which every pair was combined again before they are given out. Those that were
    made before stay good: they are another set, of the same key. KeyringError (recovery.not_made) if a pair failed."""
    from shamir_mnemonic import generate_mnemonics  # type: ignore[import-untyped]  # it ships no types

    (made,) = generate_mnemonics(1, [(NEEDED, SHARES)], root.seed)
    one, two, three = (tuple(text.split()) for text in made)
    if any(root_from(pair) != root for pair in combinations((one, two, three), NEEDED)):
        what, hint = _("the shares do not bring the root key back"), _("try again, on another computer")
        raise refused("recovery.not_made", what, hint=hint)
    return one, two, three


def root_from(shares: Sequence[Sequence[str]]) -> SigningKey:
    """The root key of two shares, or of all three, which must then agree.

    KeyringError: recovery.too_few_shares, recovery.too_many_shares; as `check_share`, for every one of them;
    recovery.other_set; recovery.same_share; recovery.disagree. No message holds a word of a share.
    """
    _check_number(len(shares))
    KeyringError.raise_all(problem for number, each in enumerate(shares, 1) for problem in _problems(each, number))
    read = [share for share in map(_read, shares) if share is not None]
    if len({each.identifier for each in read}) > 1:
        what, hint = (
            _("these are shares of different sets"),
            _("on all sheets of one set the first two words are the same"),
        )
        raise refused("recovery.other_set", what, hint=hint)
    if len({each.index for each in read}) < len(read):
        what, hint = _("the same share was given twice"), _("take the sheet of another holder")
        raise refused("recovery.same_share", what, hint=hint)
    return _combined(shares)


def check_share(words: Sequence[str], number: int = 1) -> None:
    """Return if `words` are a share that we have made, as far as one alone can tell; `number` is which one it is, for
    the message.

    KeyringError: recovery.unknown_word for every word that is not in the list, by its number;
    recovery.too_few_words, recovery.too_many_words; recovery.checksum; recovery.other_kind.
    """
    KeyringError.raise_all(_problems(words, number))


def _check_number(given: int) -> None:
    if given < NEEDED:
        raise refused("recovery.too_few_shares", _("two shares are needed, from two of the three sheets"))
    if given > SHARES:
        raise refused("recovery.too_many_shares", _("a set has three shares, and two of them are enough"))


def _problems(words: Sequence[str], number: int) -> Iterator[Problem]:
    where = _("share {number}").format(number=number)
    unknown = unknown_places(words)
    for place in unknown:
        what = _("word {place} is not in the list of words").format(place=place)
        hint = _("look at the sheet again: all words are English, and the first four letters of each are enough")
        yield Problem("recovery.unknown_word", what, where, hint)
    if len(words) != WORDS:
        code = "recovery.too_few_words" if len(words) < WORDS else "recovery.too_many_words"
        what = ngettext(
            "{count} word is here, and a share has 33", "{count} words are here, and a share has 33", len(words)
        )
        yield Problem(code, what.format(count=len(words)), where, _("type all words of one sheet, in their order"))
    elif not unknown:
        yield from _unfit(words, where)


def _unfit(words: Sequence[str], where: str) -> Iterator[Problem]:
    share = _read(words)
    if share is None:
        what = _("the words do not fit together: one is wrong, or two are swapped")
        yield Problem("recovery.checksum", what, where, _where_to_look(words))
    elif any(getattr(share, name) != value for name, value in _OURS.items()):
        what, hint = _("these words are a share of another kind than the exchange makes"), _("look for the right sheet")
        yield Problem("recovery.other_kind", what, where, hint)


def _where_to_look(words: Sequence[str]) -> str:
    places = doubtful_places(words)
    if not places:
        return _("compare every word with the sheet")
    return _("compare with the sheet, first of all: word {places}").format(places=", ".join(map(str, places)))


def _read(words: Sequence[str]) -> Any | None:
    """The share in the shape of SLIP-39's reference implementation; None for what is none."""
    from shamir_mnemonic import MnemonicError
    from shamir_mnemonic import Share as Slip39

    try:
        return Slip39.from_mnemonic(" ".join(words))
    except MnemonicError:  # its message has words of the share
        return None


def _combined(shares: Sequence[Sequence[str]]) -> SigningKey:
    from shamir_mnemonic import MnemonicError, combine_mnemonics

    try:
        seeds = {combine_mnemonics([" ".join(each) for each in pair]) for pair in combinations(shares, NEEDED)}
    except MnemonicError:
        seeds = set()
    if len(seeds) != 1:
        what, hint = _("the shares are not of one key"), _("look for the sheets that were made on the same day")
        raise refused("recovery.disagree", what, hint=hint)
    return SigningKey(seeds.pop())
