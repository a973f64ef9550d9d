"""What the last look lets pass: what the parties have signed, the code lists, and words that are no more than words.

A signed text covers itself only: where the director is "Maria T.", those two words pass together, and a Maria in the
month's note does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from exchange.agreements.agreement import Agreement
from exchange.agreements.dictionary import Data
from exchange.codes.lists import code_list
from exchange.redact.notes.vocabulary import Tier, tier
from exchange.redact.wording import plain_words

Phrase = tuple[str, ...]
_PLAIN = frozenset({Tier.EVERYDAY, Tier.PLACE})
_PLAIN_IF_SMALL = frozenset({Tier.EVERYDAY, Tier.PLACE, Tier.RARE, Tier.FOREIGN, Tier.ALSO_NAME})
# Two words that pass together, as a signed text does: the name in them is nobody's in an extract.
_SAID_OF_NOBODY = ("hari Kartini", "Kartini day", "bulu tangkis")
_KIND_OF_PLACE = re.compile(r"^(kabupaten|kota|kab\.?)\s+(adm\w*\.?\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """`by_word`: for each word, the signed texts that hold it and where in them. `ordinary`: words of the language."""

    by_word: dict[str, tuple[tuple[Phrase, int], ...]]
    ordinary: frozenset[str]

    def covers(self, words: list[str], start: int, end: int) -> bool:
        """Whether `words[start:end]` stands inside a text that was signed or is on a code list."""
        for phrase, offset in self.by_word.get(words[start], ()) if start < len(words) else ():
            begin = start - offset
            finish = begin + len(phrase)
            if begin >= 0 and end <= finish and tuple(words[begin:finish]) == phrase:
                return True
        return False

    def is_ordinary(self, words: Sequence[str], small: frozenset[str]) -> bool:
        """Whether every one of the words means something beside being a name. `small`: those written in small letters
        throughout their text, where names that are words as well ("rahmat") are taken for words."""
        return all(
            word in self.ordinary
            or (len(words) == 1 and tier(word) in _PLAIN)
            or (word in small and tier(word) in _PLAIN_IF_SMALL)
            for word in words
        )


def allowed(agreement: Agreement) -> Allowed:
    """Everything that the signed text of the agreement and its code lists say, in both languages."""
    return _allowed(agreement.model_dump_json(by_alias=True), _lists(agreement.data))


@lru_cache(maxsize=8)
def _allowed(text: str, lists: frozenset[tuple[str, str | None]]) -> Allowed:
    """Of the whole text of an agreement, as JSON: every recipient of a period has the same."""
    signed = list(_texts(json.loads(text)))
    phrases = {tuple(plain_words(said)) for said in (*signed, *_SAID_OF_NOBODY)}.union(
        *(_labels(*one) for one in lists)
    )
    by_word: dict[str, list[tuple[Phrase, int]]] = {}
    for phrase in phrases:
        for offset, word in enumerate(phrase):
            by_word.setdefault(word, []).append((phrase, offset))
    ordinary = _ORDINARY | _own_words() | _lower_case_words(signed)
    return Allowed({word: tuple(places) for word, places in by_word.items()}, ordinary)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _lists(data: Data) -> frozenset[tuple[str, str | None]]:
    """The code lists of a dictionary, each with its field, where that says which list it is."""
    named = ((_said(field.codes), field) for field in data.fields)
    return frozenset((name, field.name if name == "htcds-2.0" else None) for name, field in named if name)


@cache
def _labels(name: str, field: str | None) -> frozenset[Phrase]:
    spellings = [each for code in code_list(name, field=field) for each in code.spellings]
    if name == "kemendagri-regency":
        spellings += [_KIND_OF_PLACE.sub("", label) for label in spellings]
    return frozenset(tuple(plain_words(each)) for each in spellings)


def _said(codes: str | None) -> str | None:
    """The list whose names a page may say. Villages and districts leave as codes; ten thousands of their names are
    people's names too, and would let those pass."""
    return "kemendagri-regency" if codes in ("kemendagri-district", "kemendagri-village") else codes


@cache
def _own_words() -> frozenset[str]:
    """The words of all that this program says, in both languages."""
    return _lower_case_words([files("exchange.locale").joinpath("id.po").read_text(encoding="utf-8")])


def _lower_case_words(texts: Iterable[str]) -> frozenset[str]:
    """Names are written with a capital; what stands in small letters somewhere is a word as well."""
    return frozenset(word for text in texts for word in re.findall(r"(?<![\w'’])[a-z]{2,}(?![\w'’])", text))


# Names that a month's note or a page may use as words: months, days, titles, kin, courtesy; and fonts.
_ORDINARY = frozenset(
    word
    for words in (
        "januari februari maret april mei juni juli agustus september oktober november desember january february march",
        "may june july august october december senin selasa rabu kamis jumat sabtu minggu sunday bulan tahun hari",
        "bapak ibu saudara saudari nona nyonya tuan haji hajjah dokter pendeta pastor suster romo anak adik kakak",
        "terima kasih selamat harapan damai bahagia setia baik baru besar untung tidak ada diketahui tanpa nama belum",
        "roman mark georgia arial grace hope faith will rose joy melati mawar indah cahaya bintang made",
    )
    for word in words.split()
)
