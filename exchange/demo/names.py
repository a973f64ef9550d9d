"""Names for invented people: parts that are common in eastern Indonesia and elsewhere, put together at random, and the
spellings and slips under which one person is known to several organisations.

No combination is meant to be anyone. Parts are grouped by where they are at home, because linking is hard exactly
where thousands share a first name and a village shares a second one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A name as a form asks for it; `second` is empty for people with one word only."""

    first: str
    second: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.second}".strip()


@dataclass(frozen=True, slots=True)
class NamePool:
    """The name parts of one region."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    second: tuple[str, ...]
    one_word_percent: int


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_CHRISTIAN_WOMEN = _parts(
    "Maria Yuliana Martha Yustina Katarina Theresia Kristina Oktoviana Adelina Elisabet Yohana "
    "Margareta Agustina Rosalina Fransiska Marselina Dorkas Orpa Ester Veronika Bernadeta Yasinta "
    "Regina Paulina Anastasia Melania Wilhelmina Yosefina"
)
_CHRISTIAN_MEN = _parts(
    "Yohanes Yosef Petrus Agustinus Fransiskus Melkianus Dominggus Marselinus Paulus Stefanus "
    "Antonius Markus Yakobus Kornelis Gabriel Benyamin Simon Aloysius Hendrikus Nikolaus Yulius "
    "Imanuel Matheos Filipus Wilhelmus Kristoforus"
)
TIMOR = NamePool(
    _CHRISTIAN_WOMEN,
    _CHRISTIAN_MEN,
    _parts(
        "Nahak Seran Bria Klau Manek Bere Tefa Banunaek Nabuasa Benu Tanaem Kase Sabneno Taolin Lakmau "
        "Fallo Nomleni Neolaka Liunokas Tafui Mella Boimau Selan Nubatonis Tasuib Kolloh Messakh Pello "
        "Adu Lenggu Riwu Rihi Djami Lomi"
    ),
    8,
)
FLORES = NamePool(
    _CHRISTIAN_WOMEN,
    _CHRISTIAN_MEN,
    _parts(
        "Wangge Lado Sare Ngao Mbete Goa Dhae Keda Fernandez Parera Jehadun Jemadu Nggorong Hurek Kelen "
        "Kedang Lamanepa Ola Tukan Koten Weruin Botoor Nong Moat Lewar Bapa Muda Beribe Wuwur Uran"
    ),
    6,
)
SUMBA = NamePool(
    ("Rambu", *_CHRISTIAN_WOMEN[:14]),
    ("Umbu", *_CHRISTIAN_MEN[:14]),
    _parts("Ndapa Tara Lero Mbani Ngongo Bulu Dappa Malo Bili Kaka Lende Wunda Hamba Nggaba Praing Ndima Pati Rehi"),
    8,
)
MUSLIM = NamePool(
    _parts(
        "Siti Fatimah Aminah Nurhayati Halimah Khadijah Rohani Zubaidah Nuraini Hasanah Sumarni Salma Rukmini Jamilah"
    ),
    _parts("Muhammad Ahmad Abdul Usman Syarif Ibrahim Hasan Ismail Rahmat Yusuf Mustafa Arsyad Junaidi Mahmud"),
    _parts("Rahman Hidayat Aisyah Rahmah Lamalera Arifin Syahrul Maryam Hamid Latif Saleh Wahab Karim Rasyid Ibrahim"),
    22,
)
JAVA = NamePool(
    _parts(
        "Sumiati Suparti Wagiyem Lestari Sulastri Kartini Yuliani Ratnasari Dewi Wulandari Suryani Tuminah Purwanti"
    ),
    _parts("Slamet Suyanto Bambang Sutrisno Agus Suroso Supriyadi Wahyudi Budiono Sugeng Joko Parman Widodo"),
    _parts("Lestari Utami Santoso Saputra Wijaya Handayani Susanti Nugroho Setiawan Puspita Pratama Astuti"),
    45,
)

# Spellings of one first name that are in daily use beside each other.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "Muhammad": ("Moh.", "Mohammad", "Muh.", "Mohamad"),
    "Abdul": ("Abd.", "Abdoel"),
    "Ahmad": ("Achmad", "Akhmad"),
    "Yusuf": ("Jusuf", "Yusup"),
    "Syarif": ("Sarif", "Sjarif"),
    "Siti": ("St.", "Sitti"),
    "Fatimah": ("Fatima", "Patimah"),
    "Khadijah": ("Hadijah", "Chadijah"),
    "Yohanes": ("Johanes", "Yan", "Yohannes"),
    "Yohana": ("Johana", "Yohanna"),
    "Yosef": ("Josef", "Yosep", "Yos"),
    "Yosefina": ("Josefina", "Yosepina"),
    "Yuliana": ("Juliana", "Yuli"),
    "Yustina": ("Justina", "Yusti"),
    "Maria": ("Mariah", "Mery"),
    "Martha": ("Marta",),
    "Katarina": ("Catarina", "Rina"),
    "Theresia": ("Teresia", "Tres"),
    "Kristina": ("Christina", "Tina"),
    "Margareta": ("Margaretha", "Greta"),
    "Elisabet": ("Elisabeth", "Elis"),
    "Veronika": ("Veronica", "Vero"),
    "Agustinus": ("Augustinus", "Agus"),
    "Fransiskus": ("Fransiscus", "Frans"),
    "Fransiska": ("Fransisca", "Siska"),
    "Petrus": ("Piter", "Piet"),
    "Yakobus": ("Jakobus", "Kobus"),
    "Antonius": ("Anton", "Antonious"),
    "Stefanus": ("Stephanus", "Stef"),
    "Hendrikus": ("Hendrik", "Hendricus"),
    "Slamet": ("Selamet",),
    "Supriyadi": ("Soepriyadi", "Supriadi"),
    "Sutrisno": ("Soetrisno",),
}

Slip = Callable[[random.Random, Name], Name]


def make_name(rng: random.Random, pool: NamePool, *, woman: bool, family: str = "") -> Name:
    """An invented name; `family` is the second name that a household shares."""
    first = rng.choice(pool.women if woman else pool.men)
    if not family and rng.randrange(100) < pool.one_word_percent:
        return Name(first, "")
    if rng.randrange(100) < 15:
        first = f"{first} {rng.choice(pool.women if woman else pool.men)}"
    return Name(first, family or rng.choice(pool.second))


def as_written_elsewhere(rng: random.Random, name: Name) -> Name:
    """The same name as another organisation wrote it down: another spelling, now and then a slip on top."""
    written = _other_spelling(rng, name)
    if rng.randrange(100) < 60:
        slips: tuple[Slip, ...] = (_old_spelling, _letters_swapped, _no_second, _all_in_first, _capitals, _doubled)
        written = rng.choice(slips)(rng, written)
    return written


def _other_spelling(rng: random.Random, name: Name) -> Name:
    words = [rng.choice(SPELLINGS[word]) if word in SPELLINGS else word for word in name.first.split()]
    return Name(" ".join(words), name.second)


def _old_spelling(rng: random.Random, name: Name) -> Name:
    """The spelling before 1972: oe for u, dj for j, j for y."""
    old = name.second or name.first
    for new, before in (("j", "dj"), ("y", "j"), ("u", "oe")):
        old = old.replace(new, before)
    return Name(name.first, old) if name.second else Name(old, "")


def _letters_swapped(rng: random.Random, name: Name) -> Name:
    if len(name.first) < 5:
        return name
    at = rng.randrange(1, len(name.first) - 2)
    letters = list(name.first)
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return Name("".join(letters), name.second)


def _no_second(rng: random.Random, name: Name) -> Name:
    return Name(name.first, "")


def _all_in_first(rng: random.Random, name: Name) -> Name:
    return Name(name.full, "")


def _capitals(rng: random.Random, name: Name) -> Name:
    return Name(name.first.upper(), name.second.upper())


def _doubled(rng: random.Random, name: Name) -> Name:
    return Name(name.first, name.second + name.second[-1:])
