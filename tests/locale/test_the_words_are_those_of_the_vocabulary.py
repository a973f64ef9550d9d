"""One word for one thing in Indonesian too: where the English says a word of VOCABULARY.md, so does the translation."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from exchange.locale.update import SOURCE, catalogue, entries

VOCABULARY = Path(__file__).parents[2] / "exchange/agreements/VOCABULARY.md"
WORDS = dict(re.findall(r"^\| ([a-z -]+?) \| ([\w -]+?) \|", VOCABULARY.read_text(encoding="utf-8"), re.MULTILINE))

# In English these words also mean something else, or stand for a longer one: "a form field", "the group of islands",
# "on receipt", "small letters", "a third party".
ALSO_OTHERWISE = {"word", "party", "field", "group", "letter", "receipt", "release", "person", "source", "notice", "k"}
ALSO_OTHERWISE |= {"link"}
ALSO_OTHERWISE |= {"approval"}  # also a party's leave that data are passed on
ALSO_OTHERWISE |= {"certificate"}  # also a timestamp authority's, of its key
# The vocabulary's whole expression would be heavy at each mention; this much of it is always said.
AT_LEAST = {"consent": "persetujuan", "entry": "catatan"}

# What stands as it is in both languages: {placeholders}, commands, OPTIONS, --options, an agreement's own keys.
AS_IT_IS = re.compile(
    r"\{[^}]*\}|exchange [a-z]+( [a-z]+)*( [A-Z]+)*|--[a-z-]+|\b[A-Z]{2,}\b|(?<=under )[a-z_]+: [a-z]+"
    r"|(?<=under )(purposes|places|values|columns)\b|\w+\.\w+\b"
)


@cache
def translated() -> tuple[tuple[str, str, str], ...]:
    """Each text that has its Indonesian: as it is, with only the words that can be translated, and in Indonesian."""
    found = []
    for message in entries(catalogue(SOURCE.read_bytes())):
        text = message.id if isinstance(message.id, str) else message.id[0]
        translation = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
        found.append((text, AS_IT_IS.sub("…", text), translation))
    return tuple(each for each in found if each[2])


@pytest.mark.parametrize("word", sorted(WORDS.keys() - ALSO_OTHERWISE))
def test_a_word_of_the_vocabulary_is_said_in_its_indonesian(word: str) -> None:
    indonesian = AT_LEAST.get(word, WORDS[word])
    english = re.compile(rf"\b{word}s?\b", re.IGNORECASE)
    assert [
        f"{text} → {translation}"
        for text, words, translation in translated()
        if english.search(words) and indonesian not in translation.lower()
    ] == []


def test_the_vocabulary_has_been_read() -> None:
    assert WORDS["match token"] == "token pencocokan"
    assert len(WORDS) > 30


@pytest.mark.parametrize(
    "synonym",
    [
        "berkas(?! bukti)",
        "penarikan",
        "sidik jari",
        "kunci akar",
        "bundel",
        "stempel(?! waktu)",
        "amplop",
        "paket bukti",
    ],
)
def test_no_translation_has_a_second_word_for_one_thing(synonym: str) -> None:
    """File, pencabutan, sidik kunci, kunci utama, paket, tersegel, sampul, berkas bukti: two words would be taken for
    two things."""
    said = [translation for _text, _words, translation in translated()]
    assert [text for text in said if re.search(rf"\b{synonym}", text.lower())] == []


# Said of gated data, view-only files, destruction and links, these would promise what nobody can keep.
@pytest.mark.parametrize("word", ["anonim", "terbukti dimusnahkan", "terkunci", "kontrak"])
def test_no_translation_promises_too_much(word: str) -> None:
    said = [translation for _text, _words, translation in translated()]
    assert [text for text in said if re.search(rf"\b{word}", text.lower())] == []
