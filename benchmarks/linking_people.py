"""Reports about invented people, by many sources, with every error that makes linking hard, each at a rate of its own.

Made for `make bench-linking`, and to tune on: like the reports it is judged on in its columns and kinds of errors, and
nothing else; its names are those of `linking_names.py`, its places those of the house. NIKs have serials and phones
have numbers that nobody has.

    python -m benchmarks.linking_people OUT.parquet [--people 11400] [--seed 1] [--errors low|middle|high]

writes the columns unique_id, cluster (the person), source, full_name, sex, dob, birth_year, regency, nik, phone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.linking_names import HOMES, HONORIFICS_MEN, HONORIFICS_WOMEN, OTHER_SPELLINGS, POOLS, Pool
from exchange.codes.places import regencies

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_WORDS = 4
Chance = np.random.Generator
Column = np.ndarray


@dataclass(frozen=True, slots=True)
class Errors:
    """How often a report departs from the truth: shares of the reports, or of the words, that it could befall."""

    # Of words.
    spelling: float  # another spelling in daily use, where the word has one
    old_spelling: float  # that from before 1972
    initial: float
    typo: float
    # Of names.
    honorific: float
    capitals: float
    order: float
    dropped: float  # a word left out of two or more
    added: float  # a word more than the person usually tells
    # Of the date of birth.
    dob_missing: float
    year_kept: float  # the year is known all the same
    year_only: float  # written as 1 January
    dob_digit: float  # off by one in the year, or in month or day, half each
    dob_swapped: float  # day for month
    # Of the rest.
    sex_missing: float
    sex_wrong: float
    regency_missing: float
    regency_moved: float
    nik_missing: float
    nik_mistyped: float
    nik_forged: float  # a whole other number
    phone_missing: float
    phone_changed: float
    phone_shared: float  # that of another in the household


LOW = Errors(
    spelling=0.06, old_spelling=0.004, initial=0.003, typo=0.01, honorific=0.04, capitals=0.08, order=0.02,
    dropped=0.03, added=0.01, dob_missing=0.06, year_kept=0.8, year_only=0.06, dob_digit=0.01, dob_swapped=0.005,
    sex_missing=0.01, sex_wrong=0.001, regency_missing=0.04, regency_moved=0.02, nik_missing=0.5, nik_mistyped=0.01,
    nik_forged=0.01, phone_missing=0.5, phone_changed=0.08, phone_shared=0.2,
)  # fmt: skip
MIDDLE = Errors(
    spelling=0.22, old_spelling=0.012, initial=0.004, typo=0.05, honorific=0.1, capitals=0.15, order=0.1,
    dropped=0.08, added=0.03, dob_missing=0.14, year_kept=0.7, year_only=0.2, dob_digit=0.12, dob_swapped=0.04,
    sex_missing=0.03, sex_wrong=0.002, regency_missing=0.09, regency_moved=0.05, nik_missing=0.74, nik_mistyped=0.02,
    nik_forged=0.04, phone_missing=0.7, phone_changed=0.08, phone_shared=0.3,
)  # fmt: skip
HIGH = Errors(
    spelling=0.45, old_spelling=0.03, initial=0.02, typo=0.1, honorific=0.2, capitals=0.25, order=0.2,
    dropped=0.16, added=0.05, dob_missing=0.25, year_kept=0.6, year_only=0.3, dob_digit=0.14, dob_swapped=0.06,
    sex_missing=0.06, sex_wrong=0.01, regency_missing=0.18, regency_moved=0.12, nik_missing=0.85, nik_mistyped=0.06,
    nik_forged=0.1, phone_missing=0.8, phone_changed=0.3, phone_shared=0.4,
)  # fmt: skip
PRESETS = {"low": LOW, "middle": MIDDLE, "high": HIGH}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who the people are, apart from errors.

    `reports`: shares of people with one, two, … reports. `within_source`: of further reports, those by the source of
    the first. `households`: shares of households with one, two, … people among the reported. `skew`: Zipf's exponent
    of names. `year_born`: mean and deviation.
    """

    reports: tuple[float, ...] = (0.55, 0.24, 0.13, 0.06, 0.02)
    sources: int = 12
    within_source: float = 0.03
    households: tuple[float, ...] = (0.86, 0.10, 0.03, 0.01)
    skew: float = 1.05
    women: float = 0.74
    year_born: tuple[float, float] = (1998.0, 6.5)
    namesake: float = 0.02  # of further members of a household: the first name of its first
    no_birthday: float = 0.02  # whose papers say 1 January


def generate(people: int, seed: int, errors: Errors, crowd: Crowd = Crowd()) -> pd.DataFrame:  # frozen
    """The reports about so many people, in any order; the same for the same arguments."""
    chance = np.random.default_rng(seed)
    truth = _people(chance, people, crowd)
    person, source = _who_reports(chance, people, crowd)
    table = _reports(chance, truth, person, errors, crowd)
    table.insert(0, "cluster", np.char.add("person", person.astype(str)).astype(object))
    table.insert(1, "source", np.char.add("ngo", np.char.zfill(source.astype(str), 2)).astype(object))
    table = table.iloc[chance.permutation(len(table))].reset_index(drop=True)
    table.insert(0, "unique_id", np.arange(len(table)))
    return table


# --- the truth ---


@dataclass(frozen=True, slots=True)
class _Truth:
    """One entry a person in each; `words`: up to three a person, "" for none; `first_of`: whose phone the house has."""

    pool: Column
    words: Column
    woman: Column
    born: Column
    place: Column
    nik: Column
    phone: Column
    first_of: Column


def _people(chance: Chance, people: int, crowd: Crowd) -> _Truth:
    size = 1 + chance.choice(len(crowd.households), people, p=crowd.households)
    household = np.repeat(np.arange(people), size)[:people]
    first_of = np.searchsorted(household, household)
    place = _places(chance, people)[household]
    pool = _pools(chance, place)
    pool = np.where(chance.random(people) < 0.97, pool[first_of], pool)
    woman = chance.random(people) < crowd.women
    words = _names(chance, pool, woman, first_of, crowd)
    born = _birth_dates(chance, people, crowd)
    nik = _niks(chance, _moved(chance, place, 0.05), born, woman)
    return _Truth(pool, words, woman, born, place, nik, _phones(chance, people), first_of)


def _places(chance: Chance, number: int) -> Column:
    """Numbers of regencies; a few are home to many, though which does not depend on the seed."""
    order = np.random.default_rng(514).permutation(len(regencies()))
    weight = 1.0 / (3 + np.arange(len(order))) ** 0.7
    return order[chance.choice(len(order), number, p=weight / weight.sum())]


def _pools(chance: Chance, place: Column) -> Column:
    homes = [HOMES[code[:2]] for code in regencies()]
    width = max(map(len, homes))
    table = np.array([[home[at % len(home)] for at in range(width)] for home in homes])
    at_home = table[place, (chance.random(len(place)) * np.array([len(home) for home in homes])[place]).astype(int)]
    return np.where(chance.random(len(place)) < 0.1, chance.integers(len(POOLS), size=len(place)), at_home)


def _names(chance: Chance, pool: Column, woman: Column, first_of: Column, crowd: Crowd) -> Column:
    given = _drawn(chance, pool, woman, crowd.skew, lambda each, is_woman: each.women if is_woman else each.men)
    more = _drawn(chance, pool, woman, crowd.skew, lambda each, is_woman: each.women if is_woman else each.men)
    second = _drawn(chance, pool, woman, crowd.skew, lambda each, _woman: each.second)
    number = len(pool)
    named_after = (chance.random(number) < crowd.namesake) & (woman == woman[first_of])
    given = np.where(named_after, given[first_of], given)
    hands_down = np.array([0.95 if each.family else 0.3 for each in POOLS])[pool]
    second = np.where(chance.random(number) < hands_down, second[first_of], second)
    one = chance.random(number) < np.array([each.one_word for each in POOLS])[pool]
    three = ~one & (chance.random(number) < 0.3) & (more != given)
    nothing = np.full(number, "", dtype=object)
    return np.stack([given, np.where(three, more, nothing), np.where(one | (second == given), nothing, second)], axis=1)


def _drawn(
    chance: Chance, pool: Column, woman: Column, skew: float, of: Callable[[Pool, bool], Sequence[str]]
) -> Column:
    """A word a person, out of the list of their pool; the n-th of a list is n^skew times rarer than the first."""
    found = np.empty(len(pool), dtype=object)
    for at, each in enumerate(POOLS):
        for is_woman in (False, True):
            here = np.flatnonzero((pool == at) & (woman == is_woman))
            words = np.array(of(each, is_woman), dtype=object)
            weight = 1.0 / (1 + np.arange(len(words))) ** skew
            found[here] = words[chance.choice(len(words), len(here), p=weight / weight.sum())]
    return found


def _birth_dates(chance: Chance, number: int, crowd: Crowd) -> Column:
    mean, deviation = crowd.year_born
    year = np.clip(np.rint(chance.normal(mean, deviation, number)), 1950, 2014).astype(int)
    day = chance.integers(365, size=number) * (chance.random(number) >= crowd.no_birthday)
    born: Column = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]") + day
    return born


def _niks(chance: Chance, place: Column, born: Column, woman: Column) -> Column:
    """Regency, district, birth date (plus 40 in the day for women), serial; those from 9000 up are nobody's."""
    codes = np.array([int(code.replace(".", "")) for code in regencies()])[place]
    year, month, day = _parts(born)
    district = np.minimum(1 + chance.exponential(7, len(place)).astype(int), 40)
    serial = 9000 + chance.integers(1, 60, len(place))
    place_and_birth: Column = (
        (codes * 100 + district) * 1_000_000 + (day + 40 * woman) * 10_000 + month * 100 + year % 100
    )
    return place_and_birth * 10_000 + serial


def _phones(chance: Chance, number: int) -> Column:
    """As dialled inside Indonesia, without the 0 in front; 00 stands where subscribers' numbers have none."""
    operator = np.array([812, 813, 821, 822, 852, 853, 857, 877, 878, 895])
    return operator[chance.integers(len(operator), size=number)] * 1_000_000_000 + chance.integers(
        10_000_000, size=number
    )


def _moved(chance: Chance, place: Column, share: float) -> Column:
    return np.where(chance.random(len(place)) < share, _places(chance, len(place)), place)


def _parts(born: Column) -> tuple[Column, Column, Column]:
    months = born.astype("datetime64[M]")
    years = born.astype("datetime64[Y]")
    return (
        years.astype(int) + 1970,
        (months - years.astype("datetime64[M]")).astype(int) + 1,
        (born - months.astype("datetime64[D]")).astype(int) + 1,
    )


def _who_reports(chance: Chance, people: int, crowd: Crowd) -> tuple[Column, Column]:
    """Person and source of each report; a person's reports are by different sources, but for `within_source`."""
    times = 1 + chance.choice(len(crowd.reports), people, p=crowd.reports)
    person = np.repeat(np.arange(people), times)
    nth = np.arange(len(person)) - np.repeat(np.cumsum(times) - times, times)
    sources = chance.random((people, crowd.sources)).argsort(axis=1)
    again = (nth > 0) & (chance.random(len(person)) < crowd.within_source)
    return person, sources[person, np.where(again, 0, nth)]


# --- the reports ---


def _reports(chance: Chance, truth: _Truth, person: Column, errors: Errors, crowd: Crowd) -> pd.DataFrame:
    number = len(person)

    def befalls(rate: float) -> Column:
        return chance.random(number) < rate

    woman = truth.woman[person] ^ befalls(errors.sex_wrong)
    dob, year = _births_as_told(chance, truth.born[person], errors)
    place = _moved(chance, truth.place[person], errors.regency_moved)
    regency = np.array([code.replace(".", "") for code in regencies()], dtype=object)[place]
    return pd.DataFrame(
        {
            "full_name": _names_as_told(chance, truth, person, errors, crowd),
            "sex": _known(np.where(woman, "F", "M").astype(object), befalls(errors.sex_missing)),
            "dob": dob,
            "birth_year": year,
            "regency": _known(regency, befalls(errors.regency_missing)),
            "nik": _niks_as_told(chance, truth, person, errors),
            "phone": _phones_as_told(chance, truth, person, errors),
        }
    )


def _known(column: Column, missing: Column) -> Column:
    return np.where(missing, None, column)  # type: ignore[call-overload,no-any-return]


def _births_as_told(chance: Chance, born: Column, errors: Errors) -> tuple[Column, Column]:
    number = len(born)
    year, month, day = _parts(born)
    off = np.where(chance.random(number) < 0.5, -1, 1) * (chance.random(number) < errors.dob_digit)
    which = chance.integers(4, size=number)
    year, month = year + off * (which <= 1), np.clip(month + off * (which == 2), 1, 12)
    day = np.where(off == 0, day, np.clip(day + off * (which == 3), 1, 28 + 2 * (month != 2)))
    swapped = (day <= 12) & (chance.random(number) < errors.dob_swapped)
    day, month = np.where(swapped, month, day), np.where(swapped, day, month)
    year_only = chance.random(number) < errors.year_only
    day, month = np.where(year_only, 1, day), np.where(year_only, 1, month)
    dates = [f"{y}-{m:02d}-{d:02d}" for y, m, d in zip(year.tolist(), month.tolist(), day.tolist(), strict=True)]
    missing = chance.random(number) < errors.dob_missing
    gone = missing & (chance.random(number) >= errors.year_kept)
    return _known(np.array(dates, dtype=object), missing), _known(year.astype(str).astype(object), gone)


def _niks_as_told(chance: Chance, truth: _Truth, person: Column, errors: Errors) -> Column:
    number = len(person)
    forged = _niks(
        chance, _places(chance, number), truth.born[person] + chance.integers(-2500, 2500, number), truth.woman[person]
    )
    nik = np.where(chance.random(number) < errors.nik_forged, forged, truth.nik[person])
    nik = _mistyped(chance, nik, errors.nik_mistyped, digits=16)
    return _known(nik.astype(str).astype(object), chance.random(number) < errors.nik_missing)


def _phones_as_told(chance: Chance, truth: _Truth, person: Column, errors: Errors) -> Column:
    number = len(person)
    phone = truth.phone[np.where(chance.random(number) < errors.phone_shared, truth.first_of[person], person)]
    phone = np.where(chance.random(number) < errors.phone_changed, _phones(chance, number), phone)
    told = np.char.add("0", phone.astype(str)).astype(object)
    return _known(told, chance.random(number) < errors.phone_missing)


def _mistyped(chance: Chance, numbers: Column, rate: float, digits: int) -> Column:
    """One digit, not the first, another."""
    unit = 10 ** chance.integers(0, digits - 1, len(numbers))
    digit = numbers // unit % 10
    other = (digit + chance.integers(1, 10, len(numbers))) % 10
    return np.where(chance.random(len(numbers)) < rate, numbers + (other - digit) * unit, numbers)


# --- names as told ---


def _names_as_told(chance: Chance, truth: _Truth, person: Column, errors: Errors, crowd: Crowd) -> Column:
    number = len(person)
    words = np.empty((number, MOST_WORDS), dtype=object)
    words[:, :3], words[:, 3] = truth.words[person], ""
    _drop_and_add(chance, words, truth, person, errors, crowd)
    _each_word(chance, words, errors.spelling, _other_spelling)
    _each_word(chance, words, errors.old_spelling, _old_spelling)
    _each_word(chance, words, errors.initial, _initial)
    _each_word(chance, words, errors.typo, _typo)
    turned = np.flatnonzero(chance.random(number) < errors.order)
    words[turned] = words[turned[:, None], chance.random((len(turned), MOST_WORDS)).argsort(axis=1)]
    titles = _titles(chance, truth.woman[person], errors.honorific)
    names = [" ".join(filter(None, row)) for row in zip(titles, *words.T.tolist(), strict=True)]
    capital = chance.random(number) < errors.capitals
    return np.array([name.upper() if big else name for name, big in zip(names, capital, strict=True)], dtype=object)


def _drop_and_add(chance: Chance, words: Column, truth: _Truth, person: Column, errors: Errors, crowd: Crowd) -> None:
    number = len(person)
    there = words != ""
    many = there.sum(axis=1)
    lost = np.flatnonzero((many > 1) & (chance.random(number) < errors.dropped))
    # The last words are left out more often than the first.
    rank = np.where(there[lost], chance.random((len(lost), MOST_WORDS)) * [0.5, 1, 1, 1], -1)
    words[lost, rank.argmax(axis=1)] = ""
    gained = np.flatnonzero(chance.random(number) < errors.added)
    pool, woman = truth.pool[person[gained]], truth.woman[person[gained]]
    words[gained, 3] = _drawn(
        chance, pool, woman, crowd.skew, lambda each, is_woman: each.women if is_woman else each.men
    )


def _each_word(chance: Chance, words: Column, rate: float, written: Callable[[str, int], str]) -> None:
    """Write so many of the words otherwise, in place; `written` gets a word and a large random number."""
    at = np.flatnonzero((words != "").ravel() & (chance.random(words.size) < rate))
    flat = words.reshape(-1)
    dice = chance.integers(2**40, size=len(at)).tolist()
    flat[at] = [written(word, die) for word, die in zip(flat[at].tolist(), dice, strict=True)]


def _other_spelling(word: str, die: int) -> str:
    others = OTHER_SPELLINGS.get(word)
    return others[die % len(others)] if others else word


def _old_spelling(word: str, _die: int) -> str:
    old = word.lower().replace("j", "dj").replace("y", "j").replace("u", "oe").replace("c", "tj")
    return old.capitalize()


def _initial(word: str, _die: int) -> str:
    return f"{word[0]}."


def _typo(word: str, die: int) -> str:
    """A letter left out, doubled, replaced, or swapped with the next."""
    die, kind = divmod(die, 4)
    die, at = divmod(die, len(word))
    before, letter, after = word[:at], word[at], word[at + 1 :]
    if kind == 0 and len(word) > 2:
        return before + after
    if kind == 1:
        return before + letter + letter.lower() + after
    if kind == 2 or not after:
        return before + LETTERS[die % 26] + after
    return before + after[0] + letter + after[1:]


def _titles(chance: Chance, woman: Column, rate: float) -> list[str]:
    many = len(HONORIFICS_WOMEN)
    which = np.where(chance.random(len(woman)) < rate, chance.integers(many, size=len(woman)), many)
    women, men = (np.array([*titles, ""], dtype=object) for titles in (HONORIFICS_WOMEN, HONORIFICS_MEN))
    return list(np.where(woman, women[which], men[which]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--people", type=int, default=11_400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--errors", choices=PRESETS, default="middle")
    options = parser.parse_args()
    table = generate(options.people, options.seed, PRESETS[options.errors])
    table.to_parquet(options.out, index=False)
    print(f"{len(table):,} reports about {options.people:,} people")


if __name__ == "__main__":
    main()
