"""From the rows that may go to a recipient, the tokens by which it can count each person once.

| kind                | is made of                                            |
|---------------------|-------------------------------------------------------|
| `nik`               | a NIK of sixteen digits, or a passport number         |
| `phone_name`        | phone, consonants of the first name                   |
| `name_dob`          | consonants of all names, date of birth                |
| `name_year_regency` | consonants of all names, year of birth, regency       |
| `name2_regency`     | two names, regency                                    |
| `dob_regency_sex`   | date of birth, regency, sex                           |

A missing part gives no token; so does a date that stands for a year only. What such tokens can still give away is said
in `exchange/matching/README.md`.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.agreements.dictionary import parse_date
from exchange.codes.nik import is_passport, read_nik
from exchange.codes.places import current
from exchange.consent.consented import Consented
from exchange.crypto.hashing import keyed
from exchange.errors import DisclosureError, ExchangeError, KeyringError, Problem
from exchange.locale import _
from exchange.matching.names import first_skeleton, skeleton, two_words
from exchange.matching.phones import e164
from exchange.matching.roles import roles
from exchange.matching.secret import NetworkSecret
from exchange.matching.tokens import TOKEN_KINDS, MatchTokens, TokenKind

if TYPE_CHECKING:
    import pyarrow as pa

TOKEN_BYTES = 16
# What people write when only the year is known; thousands share such a day.
YEAR_ONLY = {(1, 1), (7, 1)}

RowTokens = tuple[tuple[TokenKind, str], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Marks:
    """What tells one person from another, normalised; "" for what is not known."""

    name: str = ""
    identity: str = ""
    phone: str = ""
    born: dt.date | None = None
    regency: str = ""
    sex: str = ""

    @property
    def year(self) -> str:
        return str(self.born.year) if self.born else ""

    @property
    def day(self) -> str:
        """The date of birth, if it is one and not a year in disguise."""
        return self.born.isoformat() if self.born and (self.born.month, self.born.day) not in YEAR_ONLY else ""

    def parts(self, kind: TokenKind) -> tuple[str, ...]:
        """The parts of one kind of token, in their order; one that is "" means: no token."""
        match kind:
            case "nik":
                return (self.identity,)
            case "phone_name":
                return self.phone, first_skeleton(self.name)
            case "name_dob":
                return skeleton(self.name), self.day
            case "name_year_regency":
                return skeleton(self.name), self.year, self.regency
            case "name2_regency":
                return two_words(self.name), self.regency
            case "dob_regency_sex":
                return self.day, self.regency, self.sex


def encode(consented: Consented, secret: NetworkSecret) -> MatchTokens:
    """The tokens of every row, in its order; none for people who may be counted in tables only.

    KeyringError `matching.other_network` for the secret of another network than the agreement's; DisclosureError
    `matching.not_agreed` where the recipient's tier has no clause `match`.
    """
    permit = consented.permit
    if permit.tier.match is None:
        raise _not_agreed(permit.recipient.id)
    if secret.network != permit.agreement.network:
        raise _other_network(permit.agreement.network)
    keys = {kind: secret.key_for(kind) for kind in TOKEN_KINDS}
    rows = zip(_marks(consented), consented.tables_only.to_pylist(), strict=True)
    return MatchTokens(
        network=secret.network,
        epoch=secret.epoch,
        rows=tuple(() if hidden else _tokens(marks, keys) for marks, hidden in rows),
    )


def _tokens(marks: Marks, keys: dict[TokenKind, bytes]) -> RowTokens:
    parts = ((kind, marks.parts(kind)) for kind in TOKEN_KINDS)
    return tuple((kind, _token(keys[kind], each)) for kind, each in parts if all(each))


def _token(key: bytes, parts: tuple[str, ...]) -> str:
    return base64.urlsafe_b64encode(keyed(key, *parts)[:TOKEN_BYTES]).decode("ascii").rstrip("=")


def _marks(consented: Consented) -> Iterator[Marks]:
    data = consented.permit.agreement.data
    part = roles(data)
    others = (part.identity, part.phone, part.birthdate, part.regency, part.sex)
    columns = [_texts(consented.table, field, frozenset(data.missing())) for field in (*part.names, *others)]
    for row in zip(*columns, strict=True):
        *names, identity, phone, born, regency, sex = row
        yield Marks(
            name=" ".join(filter(None, names)),
            identity=_identity(identity),
            phone=e164(phone) or "",
            born=parse_date(born),
            regency=current(regency),
            sex=sex,
        )


def _texts(table: pa.Table, field: FieldName | None, missing: frozenset[str]) -> list[str]:
    """A column as texts; "" for every form of missing, and throughout for a field that is not there."""
    if field is None or field not in table.column_names:
        return [""] * int(table.num_rows)
    return ["" if value in missing else value for value in table.column(field).to_pylist()]


def _identity(text: str) -> str:
    """A NIK as its sixteen digits, a passport as letters and digits; "" for a number that is neither."""
    plain = "".join(letter for letter in text.upper() if letter.isalnum())
    if plain and (read_nik(text) is not None or is_passport(text)):
        return plain
    return ""


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
