"""Case notes as caseworkers type them, in Indonesian: full of names and phones that must never travel.

Everybody in them is invented, by the rules of `names.py`.
"""

from __future__ import annotations

import random

from exchange.codes.places import name_of
from exchange.demo.names import JAVA, TIMOR, make_name
from exchange.demo.people import Person
from exchange.demo.reports import Note

_WITH_PEOPLE = (
    "{name} dijemput di Bandara El Tari oleh {owner}. Direkrut oleh {other} dari {place}, HP perekrut {phone}.",
    "Klien {short} asal {place}. Keluarga yang bisa dihubungi: {kin} {other} ({phone}).",
    "Sdr/i {short} melapor ditemani {kin}nya, {other}. NIK {nik}. Paspor ditahan majikan.",
    "an. {name}, nomor aktif {own}. Gaji 8 bulan tidak dibayar; agen bernama {other}.",
    "{kin} klien ({other}, {phone}) menolak didatangi di rumah. Temui {short} di kantor desa {place}.",
    "Telp dr {other} {phone}: {short} sudah di shelter, minta pendampingan hukum.",
    "{short} dan dua teman kabur dari perkebunan. Dijemput Pak {other}, alamat {street}.",
)
_WITHOUT = (
    "Dirujuk dengan berkas lengkap. Menunggu hasil pemeriksaan kesehatan.",
    "Klien membutuhkan konseling lanjutan dan bantuan pemulangan.",
    "Upah tidak dibayar, dokumen ditahan. Pendampingan hukum sesuai UU 21/2007.",
    "Kunjungan rumah kedua sudah dilakukan. Kondisi membaik.",
    "Case transferred; follow up with the clinic next week.",
)
_KIN = ("Ibu", "Bapak", "kakak", "paman", "suami", "istri", "tetangga")


def write_note(rng: random.Random, person: Person, owner: str, street: str) -> Note:
    """A note for this person's row: empty for one in four, without a name for one in three."""
    kind = rng.randrange(100)
    if kind < 25:
        return Note("")
    if kind < 58:
        return Note(rng.choice(_WITHOUT))
    other = make_name(rng, rng.choice((TIMOR, JAVA)), woman=rng.randrange(2) == 0).full
    phone = f"0813-00{rng.randrange(100):02d}-{rng.randrange(10**4):04d}"
    short = person.name.first.split()[0]
    text = rng.choice([each for each in _WITH_PEOPLE if _can_say(each, person, street)]).format(
        name=person.name.full,
        short=short,
        owner=owner,
        other=other,
        phone=phone,
        own=person.phone,
        nik=person.nik,
        street=street,
        kin=rng.choice(_KIN),
        place=name_of(person.district) or "",
    )
    said = (person.name.full, short, owner, other, phone, person.phone, person.nik, street)
    return Note(text, tuple(dict.fromkeys(each for each in said if each and each in text)))


def _can_say(template: str, person: Person, street: str) -> bool:
    return (
        ("{own}" not in template or bool(person.phone))
        and ("{nik}" not in template or bool(person.nik))
        and ("{street}" not in template or bool(street))
    )
