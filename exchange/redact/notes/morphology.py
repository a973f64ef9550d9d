"""How Indonesian words are built on others: me-, di-, -nya, -kan; and what a slip of the hand makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

# What is left when a front part is taken off: itself, or with the letter that the front part swallowed.
Fronts = tuple[tuple[str, tuple[str, ...]], ...]
_FRONTS: Fronts = (
    ("meny", ("s", "ny")),
    ("meng", ("", "k")),
    ("mem", ("", "p")),
    ("men", ("", "t")),
    ("me", ("",)),
    ("peny", ("s", "ny")),
    ("peng", ("", "k")),
    ("pem", ("", "p")),
    ("pen", ("", "t")),
    ("per", ("", "r")),
    ("pe", ("",)),
    ("ber", ("", "r")),
    ("ter", ("", "r")),
    ("di", ("",)),
    ("ke", ("",)),
    ("se", ("",)),
    ("non", ("",)),
    ("pra", ("",)),
    ("pasca", ("",)),
    ("antar", ("",)),
)
# As it is said; names begin so too, so only before everyday words. "nulis" (tulis) and the like are listed instead.
_SPOKEN_FRONTS: Fronts = (
    ("ku", ("",)),
    ("nge", ("",)),
    ("ng", ("", "k")),
    ("ny", ("s", "c")),
    ("mang", ("", "k")),
    ("many", ("s",)),
    ("man", ("", "t")),
    ("mam", ("", "p")),
    ("ma", ("",)),
    ("ba", ("",)),
)
_ENGLISH_ENDINGS = (
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("es", ("",)),
    ("s", ("",)),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
    ("er", ("", "e")),
    ("ers", ("", "e")),
    ("ly", ("", "le")),
    ("ily", ("y",)),
    ("ness", ("",)),
    ("iness", ("y",)),
    ("less", ("",)),
    ("ity", ("", "e")),
    ("ization", ("ize",)),
    ("isation", ("ise",)),
)
_ENGLISH_FRONTS = ("un", "non", "re", "over", "under", "anti", "counter", "inter", "mis", "pre", "super", "out")
_SHORTEST_ENGLISH = 6
_OWNERS = ("nya", "lah", "kah", "pun", "ku", "mu")
_MOST_FRONTS = 3
_SHORTEST_ROOT, _SHORTEST_OWNED = 4, 2
_LONGEST = 30  # letters; what is longer is no word
_SHORTEST_SLIP = 6
_SHORTEST_SPOKEN = 6
LONG_SLIP = 9  # letters from which other slips than the likeliest are looked for
_LETTERS = "aeioungtrkmsdlpbhyjcwgfvz"


def derived_from(word: str, known: AbstractSet[str], *, spoken: bool = False) -> bool:
    """Whether taking parts off `word` leads to a word in `known`: "pemberangkatannya" to "berangkat". `spoken`: parts
    too that nobody writes who writes for print, "bajalan" to "jalan"."""
    if len(word) > _LONGEST:
        return False
    bare = next((word[: -len(owner)] for owner in _OWNERS if word.endswith(owner)), word)
    if bare != word and len(bare) >= _SHORTEST_OWNED and bare in known:
        return True
    fronts = _FRONTS + _SPOKEN_FRONTS if spoken else _FRONTS
    return any(_leads(form, known, fronts, _MOST_FRONTS) for form in {word, bare})


def _leads(word: str, known: AbstractSet[str], fronts: Fronts, most: int) -> bool:
    """With the fronts off, "-kan" and "-an" may be taken off anywhere, "-i" only behind a front: names end in it."""
    if len(word) < _SHORTEST_ROOT:
        return False
    endings = ("kan", "an") if most == _MOST_FRONTS else ("kan", "an", "i")
    if word in known or any(len(root) >= _SHORTEST_ROOT and root in known for root in _without(word, endings)):
        return True
    return most > 0 and any(
        _leads(letter + word[len(front) :], known, fronts, most - 1)
        for front, swallowed in fronts
        if word.startswith(front)
        for letter in swallowed
    )


def _without(word: str, endings: tuple[str, ...]) -> Iterator[str]:
    return (word[: -len(ending)] for ending in endings if word.endswith(ending))


def is_english(word: str, known: AbstractSet[str]) -> bool:
    """Whether an English word is built on one in `known`: "jobseekers" on "jobseeker", "denied" on "deny"."""
    right = _SHORTEST_ENGLISH <= len(word) <= _LONGEST
    return right and any(len(root) >= _SHORTEST_ROOT and root in known for root in _english_roots(word))


def _english_roots(word: str) -> Iterator[str]:
    for ending, others in _ENGLISH_ENDINGS:
        if word.endswith(ending):
            bare = word[: -len(ending)]
            yield from (bare + other for other in others)
            if ending[0] != "s" and len(bare) > 2 and bare[-1] == bare[-2]:
                yield bare[:-1]
    yield from (word[len(front) :] for front in _ENGLISH_FRONTS if word.startswith(front))


def without_slip(word: str, known: AbstractSet[str]) -> bool:
    """Whether two letters changed places, one came twice, or one was left out ("kluarga", "dilkukan")."""
    if not _SHORTEST_SLIP <= len(word) <= _LONGEST:
        return False
    cuts = [(word[:at], word[at:]) for at in range(1, len(word))]
    return (
        any(a[-1] == b[0] and a + b[1:] in known for a, b in cuts)
        or any(a + b[1] + b[0] + b[2:] in known for a, b in cuts[:-1])
        or any(a + letter + b in known for a, b in cuts for letter in _LETTERS)
    )


def with_one_wrong(word: str, known: AbstractSet[str]) -> bool:
    """Whether one letter is wrong or too many in a word so long that no name comes out ("perlindumgan")."""
    if not LONG_SLIP <= len(word) <= _LONGEST:
        return False
    cuts = [(word[:at], word[at + 1 :]) for at in range(1, len(word))]
    return any(a + b in known or any(a + letter + b in known for letter in _LETTERS) for a, b in cuts)


def swapped(word: str) -> Iterator[str]:
    """With two letters that stand side by side changed back, if it is long."""
    if LONG_SLIP <= len(word) <= _LONGEST:
        yield from (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1))


def as_spoken(word: str) -> Iterator[str]:
    """What a word may stand for that is written as it is said: "banyaaak", "mreka", "dateng", "omongin"."""
    if len(word) > _LONGEST:
        return
    if _DRAWN_OUT.search(word):
        yield _DRAWN_OUT.sub(lambda run: run[0][0], word)
    if len(word) < _SHORTEST_SPOKEN:
        return
    if _WITHOUT_VOWEL.match(word):
        yield from (word[0] + vowel + word[1:] for vowel in "eaiu")
    if re.search("e[^aeiou]$", word):
        yield word[:-2] + "a" + word[-1]
    if word.endswith("in"):
        yield word[:-2]
        yield word[:-2] + "kan"


_DRAWN_OUT = re.compile(r"(.)\1{2,}|(.)\2+$")
_WITHOUT_VOWEL = re.compile("[^aeiou]{2}")
