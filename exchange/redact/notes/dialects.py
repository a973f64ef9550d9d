"""Dialects that build words in their own way. Only where a note is written in one are its endings taken off, since they
are those of names too: "salahe" is a word among Javanese ones, "Irene" is none elsewhere."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from exchange.redact.notes.plain import listed
from exchange.redact.notes.vocabulary import Tier, tier, words_of

_ENOUGH = 3  # different words of a dialect from which a note is written in it
_SHORTEST_ROOT = 3


@dataclass(frozen=True, slots=True)
class Dialect:
    """`name`: of its list of words; `signs`: words such as hardly anybody else writes; `fronts`, `endings`: what it
    puts before and behind a word."""

    name: str
    signs: frozenset[str] = frozenset()
    fronts: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    def knows(self, word: str) -> bool:
        """Whether it has `word`, or makes it of an everyday word or of one of its own."""
        own = words_of(self.name)
        if word in own:
            return True
        bare = [word] + [word[len(front) :] for front in self.fronts if word.startswith(front)]
        roots = (form[: len(form) - len(end)] for form in bare for end in ("", *self.endings) if form.endswith(end))
        return any(len(root) >= _SHORTEST_ROOT and (tier(root) == Tier.EVERYDAY or root in own) for root in roots)


DIALECTS: Final = (
    Dialect(  # Javanese
        "jawa",
        listed(
            "sing wis ora karo nang iki kuwi saiki arep kowe wong isih jare yen kabeh mboten sampun kula kulo niki"
            " niku nggih njih teng ten saged dereng tasih panjenengan mbiyen nek kok mung piye opo ono kono mulih iso"
            " lan"
        ),
        ("di", "ng", "nge", "tak", "ke", "k", "m", "n"),
        ("e", "ne", "ku", "mu", "ake", "ke", "i", "an", "ipun", "nipun"),
    ),
    Dialect(  # Sundanese
        "sunda",
        listed(
            "teh mah atuh abdi urang teu henteu geus tos aya ieu eta kumaha naon sok wae ge oge jeung sareng nu keur"
            " budak manehna anjeunna ceuk saur bade hoyong tiasa ayeuna kamari pisan euy da"
        ),
        ("di", "nga", "ng", "ka", "pang", "sa", "ti"),
        ("na", "keun", "eun", "an", "ana", "ing"),
    ),
    Dialect(  # Makassarese and Buginese Malay
        "bugis",
        listed("ji mi ki pi tawwa kodong iye iyek tabe bede puang kita' toh jki mki pki tonji tommi karaeng daeng"),
        ("na", "di", "ku"),
        ("ki", "ka", "ko", "mi", "ma", "ji", "ja", "pi", "pa", "i", "ta", "kan"),
    ),
    Dialect(  # Minangkabau
        "minang",
        listed(
            "awak ambo den nan inyo indak jo dek alah alun pai urang kito baa apo sia sajo pulo juo rang ado bana"
            " ndak kato mande takuik kampuang lapau"
        ),
        ("ma", "ba", "ta", "di", "ka", "sa"),
        ("nyo", "lah", "an", "kan", "i"),
    ),
    Dialect(  # Balinese
        "bali",
        listed("tiang titiang ring sane nika nike punika sampun nenten suba lakar ten tusing meme bapan bli gek matur"),
        ("ka", "ma", "me", "ng", "n", "pa"),
        ("ne", "e", "n", "ang", "in"),
    ),
    Dialect(  # Madurese
        "madura",
        listed("engko sengko tak ka' ta' neng ghi reng bini' se ban tape mole jereya areya bula be'en dhibi' kabbhi"),
        ("a", "e", "ma", "nga", "ka", "pa", "ta"),
        ("na", "eh", "aghi", "ah", "an"),
    ),
    Dialect(
        "batak", listed("ndang do ma di tu na nunga hami au ho ibana sian mandok jabu boru marsogot eda amang inang")
    ),
    Dialect("aceh", listed("lon droneuh hana nyan nyoe bak u ngon hai keu geutanyoe ureueng jak woe padum pakon")),
    Dialect("banjar", listed("ulun pian kada wan sidin gasan lawan handak haja dangsanak hudah banar napa jar")),
    Dialect("lombok", listed("tiang side ndeq araq uwah inaq amaq lalo uleq dengan mele bareng kance laguq")),
    Dialect("ngaju", listed("yaku ikau dia te hong ewen dengan tuh ela jadi ampi narai")),
)
_SIGNS: Final = frozenset[str]().union(*(dialect.signs for dialect in DIALECTS))


def spoken_in(words: AbstractSet[str], strange: AbstractSet[str]) -> tuple[Dialect, ...]:
    """The dialects in which a note of these words is written. `strange`: those of them that no other list knows."""
    signs = words & _SIGNS
    if len(signs) + len(strange) < _ENOUGH:
        return ()
    return tuple(one for one in DIALECTS if len(one.signs & signs | words_of(one.name) & strange) >= _ENOUGH)
