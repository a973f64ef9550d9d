"""A pseudonym that a person chooses for herself: which words may stand for her, and which would tell who she is.

A word, in letters that read as a to z, accents or not, maybe in parts with hyphens between: so it is no number, date,
formula or key to any program that reads it. Two words are alike where the last look would read one name in both: where
only case, accents, strokes or hyphens differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from exchange.agreements.clause import FieldName
from exchange.agreements.tiers import Pseudonymise
from exchange.consent.consented import Consented
from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.redact.allowed import Allowed
from exchange.redact.identifiers import Identifiers
from exchange.redact.keys import RedactKeys
from exchange.redact.last_look import last_look
from exchange.redact.pseudonymise import pseudonym_of
from exchange.redact.wording import plain_words

LEAST, MOST = 3, 40
HER_NAME_PART = 3  # letters from which a part of her own name is looked for inside the word
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_KEY = re.compile(r"[pr][a-z]{26}")
# What pandas, R or Excel takes for something else than a word.
_READ_OTHERWISE = frozenset({"true", "false", "nan", "null", "none", "nil", "inf", "infinity"})


def alike(word: str) -> str:
    """What two words share that a reader would take for one.

    >>> alike("Bunga-Kecil") == alike("BUNGÁKECIL") == alike("Bungakecıl")
    True
    """
    return "".join(plain_words(word))


def malformed(word: str, missing: Iterable[str]) -> Iterator[Problem]:
    """Why a word cannot be a pseudonym at all. `missing`: how the agreement writes that a value is missing."""
    latin = all(sign == "-" or unicodedata.name(sign, "").startswith("LATIN ") for sign in word)
    if not _WORD.fullmatch(word) or not latin or not alike(word).isascii() or not LEAST <= len(word) <= MOST:
        what = _("this cannot be a pseudonym: it is a word of {least} to {most} letters, or several with hyphens")
        yield Problem("pseudonym.malformed", what.format(least=LEAST, most=MOST), hint=_("as in: Melati, Bunga-Kecil"))
    elif _KEY.fullmatch(word.casefold()):
        yield Problem("pseudonym.like_key", _("this would be taken for a pseudonym that a key made"))
    elif alike(word) in _READ_OTHERWISE | {alike(each) for each in missing}:
        yield Problem("pseudonym.read_otherwise", _("programs would not read this as a word"))


def tells(
    word: str, field: FieldName, identifiers: Identifiers, allowed: Allowed, where: str = ""
) -> tuple[Problem, ...]:
    """Why a word says who somebody in the extract is: as the last look finds it under `field`, the primary key."""
    found = last_look([("pseudonym.csv", f"{field}\n{word}\n")], identifiers, allowed)
    return (_telling(where),) if found else ()


def refuse_telling(consented: Consented, keys: RedactKeys) -> None:
    """DisclosureError (`pseudonym.tells`) with each row in which a chosen word holds a part of what identifies that
    very person, however it is joined. That no other person's name is in it, `tells` sees."""
    data = consented.permit.agreement.data
    rule = consented.permit.tier.release.get(data.key)
    if not isinstance(rule, Pseudonymise) or rule.kind != "chosen":
        return
    table, missing = consented.table, frozenset(data.missing())
    direct = [each.name for each in data.fields if each.kind == "direct" and each.name in table.column_names]
    numbers: list[str] = table.column(data.key).to_pylist()
    marks = {number: pseudonym_of(keys, data.key, number, rule.epoch) for number in set(numbers) - missing}
    chosen = {at: keys.given.chosen.get(marks.get(number, "")) for at, number in enumerate(numbers)}
    DisclosureError.raise_all(
        _telling(_("row {row}").format(row=consented.rows[at]))
        for at, word in chosen.items()
        if word and tells_of(word, (table.column(name)[at].as_py() for name in direct), missing)
    )


def tells_of(word: str, values: Iterable[str], missing: frozenset[str]) -> bool:
    """Whether a word is, or holds, one of these values or a part of one that is long enough."""
    plain = alike(word)
    for value in values:
        if value not in missing:
            parts = [alike(each) for each in plain_words(value)]
            if alike(value) == plain or any(len(part) >= HER_NAME_PART and part in plain for part in parts):
                return True
    return False


def _telling(where: str) -> Problem:
    what = _("the pseudonym that was chosen can be read as something that identifies a person of the extract")
    hint = _("let the person choose another: exchange pseudonym choose")
    return Problem("pseudonym.tells", what, where=where, hint=hint)
