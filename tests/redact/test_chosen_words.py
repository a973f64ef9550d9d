"""A chosen word in whatever letters it is spelled: the last look and the choosing read it alike."""

from __future__ import annotations

import pytest

from exchange.redact.chosen import alike, malformed, tells_of
from exchange.redact.wording import plain_words

SPELLINGS = ["Melati", "MELATI", "Mélati", "Melatı", "Mełati", "Me-lati", "Mel\u200dati", "ＭＥＬＡＴＩ"]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_words_that_are_read_as_one_are_one(spelled: str) -> None:
    assert alike(spelled) == "melati" == "".join(plain_words(spelled))


@pytest.mark.parametrize("word", ["Đodiku", "ÐODIKU", "Dodiku", "Dó-diku", "xDodı"])
def test_her_name_is_found_in_whatever_letters(word: str) -> None:
    assert tells_of(word, ["Dodi Lado"], frozenset())


@pytest.mark.parametrize("word", ["Melaħi", "Ŋawar", "Mɐwar"])
def test_letters_that_read_as_none_of_ours_are_refused(word: str) -> None:
    assert [problem.code for problem in malformed(word, ())] == ["pseudonym.malformed"]
