"""How an organisation turns a person into a row: with its own spelling, its gaps and its mistakes."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from exchange.agreements.period import Period
from exchange.codes.lists import code_list
from exchange.codes.places import name_of, regency_code
from exchange.demo.exploitation import assessed_elsewhere, is_child, label, pick
from exchange.demo.names import as_written_elsewhere
from exchange.demo.notes import write_note
from exchange.demo.people import Person
from exchange.demo.reports import Cell, Consent, Report, Told, Trafficking

NEW_FORM = date(2026, 9, 1)  # the day on which form F4 replaced F3
EARLIEST = date(2026, 8, 10)  # of the late entries


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row stands: who writes it, when, under which numbers; and whether no one else knew the person before."""

    cso: str
    owner: str
    period: Period
    case_ref: str
    household_ref: str
    first: bool


_REFERRED_BY = {
    "BP3MI NTT": 34, "Polda NTT": 12, "Dinas Sosial": 10, "Gereja": 12, "Keluarga": 12, "Datang sendiri": 8,
    "KJRI": 7, "Satgas Bandara El Tari": 5,
}  # fmt: skip
_CASE_STATUS = {"Active": 58, "FollowUp": 24, "Closed": 11, "ClosedReferred": 7}
_SERVICES = (
    "Health",
    "Legal",
    "Livelihood",
    "SocialCare",
    "Education",
    "Financial",
    "LabourExploitationRehabilitation",
)
_CONSENT = {
    "ConsentGiven": 87, "RenewedConsentGiven": 4, "ConsentRefused": 3, "ConsentWithdrawn": 2, "ConsentUnknown": 2,
    "ConsentExpired": 1, "": 1,
}  # fmt: skip
_SCOPE = {"share_government;share_io": 70, "share_government": 25, "share_io": 1, "": 4}
_ADULT = {"parent": 48, "guardian": 20, "social_worker": 16, "": 16}
_STREETS = ("Jl. Timor Raya", "Jl. El Tari", "Jl. Ahmad Yani", "Jl. Gajah Mada", "Jl. Diponegoro", "Dusun II")
_OUTSIDE = ("exploitation", "industry", "regency", "gender", "case_status")


def write_report(rng: random.Random, person: Person, happened: Trafficking, row: Row) -> Report:
    """The row that this organisation has on this person; `happened` is what was done to the person, in truth."""
    referred = _referred_on(rng, row.period)
    told = _as_told(rng, person) if row.first else _as_told_elsewhere(rng, person)
    report = Report(
        cso=row.cso,
        month=str(row.period),
        person=person.id,
        known=tuple(each for each in (person.name.full, person.nik, person.passport, person.phone) if each),
        case_ref=row.case_ref,
        household_ref=row.household_ref,
        owner=row.owner,
        case_status=label("cas_Status", pick(rng, _CASE_STATUS)),
        referred_by=pick(rng, _REFERRED_BY),
        referred_on=_date_cell(rng, referred),
        services=_services(rng),
        note=write_note(rng, person, row.owner, told.street),
        told=told,
        trafficking=happened if row.first else assessed_elsewhere(rng, happened),
        consent=_consent(rng, person, referred, row),
    )
    return _outside_the_lists(rng, report) if rng.randrange(100) < 2 else report


def _referred_on(rng: random.Random, period: Period) -> date:
    late = period.first > EARLIEST and rng.randrange(100) < 6
    first, last = (EARLIEST, period.first - timedelta(days=1)) if late else (period.first, period.last)
    return first + timedelta(days=rng.randrange((last - first).days + 1))


def _as_told(rng: random.Random, person: Person) -> Told:
    woman = person.gender != "Masculine"
    street = f"{rng.choice(_STREETS)} No. {rng.randrange(1, 90)} RT 0{rng.randrange(1, 9)}/RW 0{rng.randrange(1, 9)}"
    return Told(
        salutation=("Sdri." if woman else "Sdr.") if rng.randrange(100) < 30 else "",
        first_name=person.name.first,
        second_name=person.name.second,
        birthdate=_birthdate_cell(rng, person.birthdate),
        gender=_gender_cell(rng, person),
        citizenship=code_list("iso-3166-1-alpha-2").label_of(person.citizenship, "en") or "",
        email=f"{person.name.full.lower().replace(' ', '.')}@mail.example" if rng.randrange(100) < 8 else "",
        phone=_phone_cell(rng, person.phone),
        street=street if rng.randrange(100) < 45 else "",
        identity=_identity_cell(rng, person),
        deceased="ya" if person.deceased else rng.choices(("tidak", ""), (80, 20))[0],
        province="NTT" if person.province == "53" and rng.randrange(100) < 15 else name_of(person.province) or "",
        regency=_regency_cell(rng, person.regency),
    )


def _as_told_elsewhere(rng: random.Random, person: Person) -> Told:
    """What a second organisation has: another spelling, another telephone, a birth date half remembered."""
    name = as_written_elsewhere(rng, person.name) if rng.randrange(100) < 75 else person.name
    born = person.birthdate
    slip = rng.randrange(100)
    if slip < 7 and born.day <= 12:
        born = born.replace(month=born.day, day=born.month)
    elif slip < 13:
        born = born.replace(year=born.year + rng.choice((-1, 1)), day=min(born.day, 28))
    elif slip < 20:
        born = born.replace(month=7, day=1)
    phone = rng.choices((person.phone, "", f"082100{rng.randrange(10**6):06d}"), (60, 20, 20))[0]
    nik = rng.choices((person.nik, _mistyped(rng, person.nik), ""), (68, 5, 27))[0]
    return _as_told(rng, replace(person, name=name, birthdate=born, phone=phone, nik=nik))


def _mistyped(rng: random.Random, digits: str) -> str:
    if not digits:
        return ""
    at = rng.randrange(12, 15)
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]


def _birthdate_cell(rng: random.Random, born: date) -> Cell:
    chance = rng.randrange(1000)
    if chance < 12:
        return ""
    return "UNKNOWN" if chance < 18 else _date_cell(rng, born)


def _date_cell(rng: random.Random, day: date) -> Cell:
    """Mostly a real date; now and then text, day first, as people type it."""
    style = rng.randrange(100)
    if style < 4:
        return f"{day:%d/%m/%Y}"
    return f"{day.day} {day:%b} {day.year}" if style < 7 else day


def _gender_cell(rng: random.Random, person: Person) -> str:
    chance = rng.randrange(100)
    if person.gender in ("Feminine", "Masculine") and chance < 14:
        woman = person.gender == "Feminine"
        return rng.choice(("P", "Perempuan") if woman else ("L", "Laki-laki"))
    return "NonSpecifiedUnknown" if chance == 99 else person.gender


def _identity_cell(rng: random.Random, person: Person) -> Cell:
    """A NIK as text, or what Excel made of it; a passport, or nothing."""
    if not person.nik:
        return person.passport
    chance = rng.randrange(100)
    if chance < 5:
        return int(person.nik[:15] + "0")  # a cell that holds a number keeps fifteen digits
    if chance < 7:
        return f"{person.nik[0]}.{person.nik[1:6]}E+15"
    return person.nik[:15] if chance < 8 else person.nik


def _phone_cell(rng: random.Random, phone: str) -> Cell:
    if not phone:
        return "DECLINED" if rng.randrange(100) < 5 else ""
    style = rng.randrange(100)
    if style < 55:
        return phone
    if style < 75:
        return f"{phone[:4]}-{phone[4:8]}-{phone[8:]}"
    return int(phone) if style < 82 else f"+62 {phone[1:4]} {phone[4:8]} {phone[8:]}"


def _regency_cell(rng: random.Random, regency: str) -> str:
    """A name that still leads to the regency: official, abbreviated, or bare where only one place bears it."""
    official = name_of(regency) or ""
    bare = official.removeprefix("Kabupaten ")
    written = rng.choices((official, f"Kab. {bare}" if bare != official else official, bare), (50, 30, 20))[0]
    return written if regency_code(written, regency[:2]) == regency else official


def _services(rng: random.Random) -> str:
    wanted = sorted(rng.sample(_SERVICES, rng.choices((0, 1, 2, 3), (6, 44, 35, 15))[0]))
    return ";".join(label("spl_Type", code) for code in wanted)


def _consent(rng: random.Random, person: Person, referred: date, row: Row) -> Consent:
    given = min(referred + timedelta(days=rng.randrange(10)), row.period.last)
    old_form = given < NEW_FORM or rng.randrange(100) < 8
    status = pick(rng, _CONSENT)
    form = "F3" if old_form else "F4"
    asked = status not in ("", "ConsentUnknown")
    filed = asked and rng.randrange(100) >= 2
    return Consent(
        status=status,
        scope=pick(rng, _SCOPE) if status in ("ConsentGiven", "RenewedConsentGiven", "ConsentWithdrawn") else "",
        given_on=_date_cell(rng, given) if asked else "",
        form=form if asked else "",
        evidence=f"arsip/{form}/{row.case_ref[-4:]}" if filed else "",
        adult=pick(rng, _ADULT) if is_child(person) else "",
    )


def _outside_the_lists(rng: random.Random, report: Report) -> Report:
    """One cell that says something which no pick list knows."""
    match rng.choice(_OUTSIDE):
        case "exploitation":
            return replace(report, trafficking=replace(report.trafficking, exploitation="Penipuan daring"))
        case "industry":
            return replace(report, trafficking=replace(report.trafficking, industry="ABK kapal ikan"))
        case "regency":
            return replace(report, told=replace(report.told, regency="Kupang"))
        case "gender":
            return replace(report, told=replace(report.told, gender="Lk."))
    return replace(report, case_status="Berjalan")
