"""From the rows that may go to a recipient, the tokens by which it can count each person once.

| kind                 | is made of                                                        | how many |
|----------------------|-------------------------------------------------------------------|----------|
| `nik`                | a NIK of sixteen digits, or a passport number                     | 1        |
| `phone_name`         | phone, consonants of one word of the name                         | 1-3      |
| `name_dob`           | consonants of all words, date of birth                            | 1        |
| `name_day_regency`   | consonants of one word, day and month of birth, regency           | 1-3      |
| `dob_regency_sex`    | date of birth, regency, sex                                       | 1        |
| `name_year_regency`  | consonants of all words, year of birth, regency                   | 1        |
| `name_years_regency` | consonants of all words, two years that belong together, regency  | 2        |
| `initial_dob_sex`    | first letter of one word, date of birth, sex                      | 1-3      |
| `name2_regency`      | consonants of two words, regency                                  | 1-3      |
| `name2_year_regency` | consonants of two words, year of birth, regency                   | 1-3      |

A missing part gives no token. Where a name has more than three words, the three that tell most are taken one by one;
a year of birth stands in two pairs of years, so that two people who are said to be born a year apart share one. What
such tokens can still give away is said in `exchange/matching/README.md`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import combinations

from exchange.agreements.permit import Permit
from exchange.consent.consented import Consented
from exchange.crypto.hashing import keyed
from exchange.errors import DisclosureError, ExchangeError, KeyringError, Problem
from exchange.locale import _
from exchange.matching.marks import Marks, marks_of
from exchange.matching.names import bones, skeleton
from exchange.matching.secret import NetworkSecret
from exchange.matching.tokens import MOST_OF_A_KIND, TOKEN_KINDS, MatchTokens, TokenKind

TOKEN_BYTES = 16

RowTokens = tuple[tuple[TokenKind, str], ...]
Parts = tuple[str, ...]


def encode(consented: Consented, secret: NetworkSecret) -> MatchTokens:
    """The tokens of every row, in its order; none for people who may be counted in tables only.

    KeyringError `matching.other_network` for the secret of another network than the agreement's; DisclosureError
    `matching.not_agreed` where the recipient's tier has no clause `match`.
    """
    refuse_other(consented.permit, secret)
    keys = {kind: secret.key_for(kind) for kind in TOKEN_KINDS}
    rows = zip(marks_of(consented), consented.tables_only.to_pylist(), strict=True)
    return MatchTokens(
        network=secret.network,
        epoch=secret.epoch,
        rows=tuple(() if hidden else tokens_of(marks, keys) for marks, hidden in rows),
    )


def refuse_other(permit: Permit, secret: NetworkSecret) -> None:
    """KeyringError `matching.other_network`, DisclosureError `matching.not_agreed`: see `encode`."""
    if permit.tier.match is None:
        raise _not_agreed(permit.recipient.id)
    if secret.network != permit.agreement.network:
        raise _other_network(permit.agreement.network)


def tokens_of(marks: Marks, keys: dict[TokenKind, bytes]) -> RowTokens:
    """The tokens of one row, by the key of each kind (`NetworkSecret.key_for`).

    Of one kind in the order of their letters, which tells nothing of the order of the words they are made of.
    """
    made = ((kind, _token(keys[kind], parts)) for kind, parts in combinations_of(marks))
    return tuple(sorted(made, key=lambda each: (TOKEN_KINDS.index(each[0]), each[1])))


def combinations_of(marks: Marks) -> Iterator[tuple[TokenKind, Parts]]:
    """Every kind and the parts of each of its tokens, none of which is missing."""
    year = "" if marks.year is None else str(marks.year)
    dob = "" if marks.born is None else marks.born.isoformat()
    name, words = skeleton(marks.name), bones(marks.name)[:MOST_OF_A_KIND]
    yield from _known("nik", (marks.identity,))
    yield from _known("name_dob", (name, dob))
    yield from _known("dob_regency_sex", (dob, marks.regency, marks.sex))
    yield from _known("name_year_regency", (name, year, marks.regency))
    for pair in _year_pairs(marks.year):
        yield from _known("name_years_regency", (name, pair, marks.regency))
    for word in words:
        yield from _known("phone_name", (marks.phone, word))
        yield from _known("name_day_regency", (word, dob[5:], marks.regency))
    for initial in dict.fromkeys(word[:1] for word in words):
        yield from _known("initial_dob_sex", (initial, dob, marks.sex))
    for one, other in combinations(sorted(words), 2):
        yield from _known("name2_regency", (one, other, marks.regency))
        yield from _known("name2_year_regency", (one, other, year, marks.regency))


def _known(kind: TokenKind, parts: Parts) -> Iterator[tuple[TokenKind, Parts]]:
    if all(parts):
        yield kind, parts


def _year_pairs(year: int | None) -> tuple[str, ...]:
    return () if year is None else (f"{year - 1}-{year}", f"{year}-{year + 1}")


def _token(key: bytes, parts: Parts) -> str:
    return base64.urlsafe_b64encode(keyed(key, *parts)[:TOKEN_BYTES]).decode("ascii").rstrip("=")


def _not_agreed(recipient: str) -> ExchangeError:
    return DisclosureError(
        Problem(
            "matching.not_agreed",
            _("the agreement gives {party} no match tokens").format(party=recipient),
            hint=_("a clause `match` in the tier would"),
        )
    )


def _other_network(network: str) -> ExchangeError:
    return KeyringError(
        Problem(
            "matching.other_network",
            _("the secret is that of another network"),
            hint=_("this agreement is for the network {network}").format(network=network),
        )
    )
