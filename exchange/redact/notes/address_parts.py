"""What the parts of an address look like: numbers by themselves, and the words that a street's or a village's name
follows."""

from __future__ import annotations

import re
from typing import Final

from exchange.redact.notes.plain import listed

_UNIT_NUMBER = (
    r"(?:(?:no|nomor|nmr|kav|lantai|lt|km|kamar|room|unit"
    r"|rumah no)\b\.? ?[#:]? ?\w{0,3}\d{1,4}(?:,\d{1,2})?[a-z]?\b(?: ?[/-] ?(?:\d{1,3}[a-z]?|[a-z])\b)?"
    r"|(?:blok|block)\b\.? ?(?:[a-z]{1,2}[ /.-]?\d{0,3}|\d{1,3}[a-z]?|[ivx]{1,4})\b(?: ?/ ?\d{1,3}\b)?)"
)
RT: Final = (
    r"(?:r\.?t\.? ?[a-z]\b,? ?/? ?(?=r\.?w))?"  # "RT C RW 04"
    r"r\.?[tw]\.? ?(?:/ ?r\.?w\.?)? ?[:.]? ?\d{1,3}(?: ?/ ?(?:r\.?w\.? ?)?\d{1,3})?\b"
)
_NUMBERED = r"(?:gang|gg|lorong|lrg|lrng|lr|dusun|dsn|dukuh|rk|lingkungan|lingk|banjar|jorong|flat|suku|huta"
_ITS_NUMBER = r")\b\.? ?(?:\d{1,4}[a-z]?|[ivx]{1,4}|[a-z])\b(?!\.)"
_NUMBERED_ALONE, _NUMBERED_WITHIN = _NUMBERED + _ITS_NUMBER, _NUMBERED + "|km" + _ITS_NUMBER  # "di bar KM 10" is none
_HOUSE = (
    r"(?:(?!0\d)\d{1,4}[a-z]?|[ivx]{1,4})(?:/\d{1,3}[a-z]?)?\b(?!\d|[ .-]\d{3})"
    r"(?! ?(?:orang|tahun|thn|th|bulan|hari|jam|kali|anak)\b)"
)
_POSTCODE = r"\(?(?:kode pos:? )?\d{5}\b\)?"

STREETS: Final = (
    r"(?:jalan|jln|jl|gang|gg|lorong|lrg|lr|btn|griya|graha|perumnas|perumahan|perum|komplek"
    r"|kompleks|kompl|komp|ruko|rukan|kondominium|cluster|asrama(?! (?:putr|mahasisw|sekolah|kampus|haji))"
    r"|apartemen|apartment|rusunawa|rusun|road|street|blok(?= [a-z]{4}))"
)
_VILLAGES = (
    r"(?:kelurahan|kel(?:/desa)?|desa(?:/kel(?:urahan)?)?|ds|dusun|dsn|dukuh|dk(?=\. )|kampung|kampong|kp|lingkungan"
    r"|link(?=\. [a-z]{3,20}(?: [a-z]{3,20})?,? r\.?[tw]\b)"
    r"|lingk|banjar|nagari|jorong|gampong|pekon|huta|lembang|br(?=\.? (?:dinas|adat)\b)"
    r"|padukuhan|village"
    # but "luar negeri", and people called Lumban Gaol
    r"|(?:lumban|negeri)(?= [a-z]{3,20}(?: [a-z]{3,20})?,? (?:r\.?t\b|kec|desa)))"
)
_DISTRICTS = r"(?:kecamatan|kec|distrik|kapanewon|subdistrict)"
_ABOVE = r"(?:kabupaten|kab|kota|prov|provinsi|propinsi)"
_GAP = (
    r"\b(?:(?<=\bjl|\blr|\bgg|\bds|\bdk|\bkp|\bbr)\. ?|(?<=\bjln|\blrg|\bbtn|\bkel|\bdsn|\bkec|\bkab)\. ?"
    r"|(?<=\bprov|\bkomp|\blink)\. ?|(?<=\blingk|\bperum|\bkompl)\. ?| {0,2}: {0,2}| )(?=\w)"
)
SHORT_CUES: Final = listed("jl jln gg lrg lr btn kel ds dsn kp kec kab kelurahan gampong")

# A part that continues an address; one that begins it without a name; a word that a name follows; where one may begin.
PIECE: Final = re.compile(
    rf"[,.]? {{0,2}}(?:(?:/ ?)?{RT}|{_UNIT_NUMBER}|{_NUMBERED_WITHIN})|[,.]? (?:{_HOUSE}|{_POSTCODE})|/\d{{1,4}}\b"
)
PIECE_ALONE: Final = re.compile(rf"{RT}|{_NUMBERED_ALONE}")
CUE: Final = re.compile(
    rf"(?<![\w-])(?:(?P<street>{STREETS})|(?P<area>{_VILLAGES}|{_DISTRICTS})|(?P<above>{_ABOVE})){_GAP}"
)
START: Final = re.compile(rf"(?<![\w-])(?:(?:{STREETS}|{_VILLAGES}|{_DISTRICTS}){_GAP}|{RT}|{_NUMBERED_ALONE})")

QUALIFIERS: Final = listed(
    "utara selatan barat timur tengah tenggara daya laut darat raya kota lama baru jaya satu dua tiga empat lima i ii"
    " iii iv v atas bawah hulu hilir dalam luar besar kecil kidul lor wetan kulon indah permai asri estate road street"
    " new territories city village"
)
# Before these, or as one of these, a small-letter word ends a name of a place.
NO_NAME: Final = listed(
    "ini itu dan atau yang yg di ke dari dr utk untuk dengan dgn tidak tdk sudah sdh su akan bisa sa saja asal lain"
    " saya sy kami kita beta dekat dkt tempat setempat mereka dia juga jg pada karena krn agar bersama sampai smp tua"
    " besar kandung sebelah mana lagi lg jauh rumah kak ya tp menuju seperti masih belum blm hanya sendiri adat"
    " terpencil wisata binaan asuh tersebut tsb dalam luar wkt jam pukul pagi sore malam kaki tol terus keluar pulang"
    " putus sangat lantai lt lalu kemudian sama majikan bos agen korban klien pelaku"
)
NEVER: Final = NO_NAME - QUALIFIERS
