"""Many NIKs at once: those written as sixteen bare digits are read as columns of digits, the others one by one.

`codes.nik.read_nik` is the law, and a test holds the two together; one by one, a hundred thousand take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.codes import places
from exchange.extracts import arrow

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from exchange.extracts.values import Terms

    Numbers = NDArray[np.int64]
    Which = NDArray[np.bool_]

NONE = -1  # says nothing
FEMALE, MALE = 1, 2
_DIGITS = 16
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Niks:
    """What each text of a column says as a NIK; `NONE` in both where it is none.

    `born`: day, month and year of the century as one number, `birth_number`. `sex`: FEMALE or MALE.
    """

    born: Numbers
    sex: Numbers

    @property
    def whole(self) -> Which:
        """Which texts are NIKs."""
        whole: Which = self.sex != NONE
        return whole


def birth_number(day: int, month: int, year: int) -> int:
    """One number for a day of birth, by the two digits of its year."""
    return (day * 100 + month) * 100 + year % 100


def read_niks(texts: pa.StringArray, terms: Terms) -> Niks:
    """What every text says, however it is written."""
    import numpy as np
    import pyarrow.compute as pc

    read = plain_niks(texts)
    long_enough = arrow.numbers_of(pc.utf8_length(texts)) >= _DIGITS
    odd = np.flatnonzero(~read.whole & long_enough)
    for place, text in zip(odd.tolist(), texts.take(arrow.int32s(odd)).to_pylist(), strict=True):
        nik = terms.nik(text)
        if nik is not None:
            read.born[place] = birth_number(nik.day, nik.month, nik.year_of_century)
            read.sex[place] = FEMALE if nik.sex == "female" else MALE
    return read


def plain_niks(texts: pa.StringArray) -> Niks:
    """What the texts say that are NIKs written as sixteen digits, and nothing else."""
    import numpy as np
    import pyarrow.compute as pc

    born, sex = (np.full(len(texts), NONE, np.int64) for _each in range(2))
    at = np.flatnonzero(arrow.bools_of(pc.match_substring_regex(texts, "^[0-9]{16}$")))
    content = texts.take(arrow.int32s(at)).buffers()[-1] or b""  # taken anew, they stand one behind the other
    digits = np.frombuffer(content, np.uint8, len(at) * _DIGITS).reshape(-1, _DIGITS) - ord("0")
    pairs = digits[:, 0::2].astype(np.int64) * 10 + digits[:, 1::2]
    province, regency, district, day, month, year, *serial = pairs.T
    female = day > 40
    day = np.where(female, day - 40, day)
    good = np.isin(province, [int(code) for code in places.provinces()]) & (regency > 0) & (district > 0)
    good &= _is_a_day(day, month, year) & ((serial[0] > 0) | (serial[1] > 0))
    born[at[good]] = ((day * 100 + month) * 100 + year)[good]  # `birth_number`
    sex[at[good]] = np.where(female, FEMALE, MALE)[good]
    return Niks(born, sex)


def _is_a_day(day: Numbers, month: Numbers, year: Numbers) -> Which:
    """Whether some century has such a day: 29 February in every fourth year, 00 among them (2000 had one)."""
    import numpy as np

    a_month = (month >= 1) & (month <= 12)
    longest = np.array((0, *_DAYS))[np.where(a_month, month, 0)]
    short = (month == 2) & (day == 29) & (year % 4 != 0)
    there: Which = a_month & (day >= 1) & (day <= longest) & ~short
    return there
