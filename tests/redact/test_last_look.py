"""Identifiers planted in every corner of what leaves are found; people who merely share a word with it stop nothing."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from redact.ntt import AGREEMENT, MARIA, extract, table

from exchange.agreements.dictionary import Field
from exchange.bundle.pdf import pdf
from exchange.bundle.released import released_fields
from exchange.extracts import arrow
from exchange.redact import cells, hidden, readings
from exchange.redact import identifiers as identifiers_room
from exchange.redact.allowed import allowed
from exchange.redact.cells import LARGE
from exchange.redact.identifiers import Identifiers, Sought, identifiers
from exchange.redact.last_look import MOST_PROBLEMS, last_look
from exchange.redact.opaque import opaque
from exchange.redact.pieces import UnreadableError, pieces
from exchange.redact.pieces import texts as texts_of

ALLOWED = allowed(AGREEMENT)
ROWS = [
    MARIA,
    MARIA | {"x_CaseRef": "1042", "x_HouseholdRef": "", "prs_FirstName": "Ida", "prs_SecondName": "Ayu"},
    MARIA | {"x_CaseRef": "2026-0117", "prs_FirstName": "Nur'aini", "prs_SecondName": "", "prs_MobilePhone": "UNKNOWN"},
    MARIA | {"x_CaseRef": "7", "prs_FirstName": "Bulan", "prs_SecondName": "UNKNOWN"},
    MARIA | {"x_CaseRef": "8", "prs_FirstName": "Kupang", "prs_SecondName": "Malaysia"},
    MARIA | {"x_CaseRef": "9", "prs_FirstName": "José", "prs_IdentityNumber": "A 1234567"},
]
SOUGHT = identifiers(extract(ROWS), AGREEMENT.data)
Corner = Callable[[str], tuple[str, bytes | str]]


def looked(*members: tuple[str, bytes | str], sought: Identifiers = SOUGHT) -> list[str]:
    return [f"{problem.code} {problem.where}" for problem in last_look(members, sought, ALLOWED)]


def places(*members: tuple[str, bytes | str], sought: Identifiers = SOUGHT) -> list[str]:
    return [problem.where or "" for problem in last_look(members, sought, ALLOWED)]


def in_workbook(text: str) -> tuple[str, bytes]:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/theme/theme1.xml", "<a:font typeface='Kartika'/>")
        archive.writestr("xl/sharedStrings.xml", f"<sst><si><t>Rows</t></si><si><t>{text}</t></si></sst>")
    return "data/cases.xlsx", made.getvalue()


def padded(text: str) -> str:
    """A text of at least the four letters for which base64 needs its eight characters."""
    return text if len(text) >= 6 else f"{text}, {text}"


def bare_base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def plain_accents(text: str) -> str:
    return text.replace("’", "'")


@cache
def many_rows(aside: str) -> str:
    keys = (opaque("p", (n * 7919**9 % 2**128).to_bytes(16, "big")) for n in range(1, 25_000))
    return "".join(f"{key},Feminine,{aside}\r\n" for key in keys)


def large_table(texts: list[str], aside: str = "aside") -> tuple[str, bytes]:
    """One that is read by the column; the texts stand in its last rows."""
    last = "".join(f'"{text}",Masculine,Active\r\n' for text in texts)
    content = f"x_CaseRef,prs_Gender,cas_Status\r\n{many_rows(aside)}{last}".encode()
    assert len(content) > LARGE
    return "data/cases.csv", content


@cache
def attached_workbook(text: str) -> tuple[str, bytes]:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        book.add_worksheet("rows").write_string(4, 2, text)
    return "data/cases.xlsx", made.getvalue()


CORNERS: dict[str, Corner] = {
    "note": lambda text: ("note.txt", f"Bulan ini tenang.\nKecuali untuk {text} dari desa."),
    "cell": lambda text: ("data/cases.csv", f'prs_Gender,cas_Status\r\nFeminine,"{text}"\r\n'.encode()),
    "head": lambda text: ("data/cases.csv", f'prs_Gender,"{text}"\r\nFeminine,Active\r\n'),
    "page": lambda text: ("README.html", f"<html>\n<body class='x'><p>Laporan {text}</p></body></html>".encode()),
    "attribute": lambda text: ("README.html", f'<a title="tentang {text}">x</a>'),
    "comment": lambda text: ("README.html", f"<p>x</p><!-- {text} -->"),
    "package": lambda text: ("datapackage.json", json.dumps({"title": "x", "resources": [{"description": text}]})),
    "package's numbers": lambda text: ("datapackage.json", f'{{"rows": {text}}}'),
    "escaped": lambda text: ("datapackage.json", '{"a": "' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}'),
    "key": lambda text: ("datapackage.json", json.dumps({text: 1}, ensure_ascii=False)),
    "file name": lambda text: (f"data/{text.replace('/', '_')}.csv", "a,b\r\n"),
    "workbook": in_workbook,
    "base64": lambda text: ("log/x", "data " + base64.b64encode(f"see {text} there".encode()).decode()),
    "base64 for links": lambda text: (
        "log/x",
        base64.urlsafe_b64encode(f"see {text}??>".encode()).decode().rstrip("="),
    ),
    "hexadecimal": lambda text: ("log/x", f"see {text}".encode().hex()),
    "base64 alone": lambda text: ("note.txt", f"kode {base64.b64encode(padded(text).encode()).decode()} selesai"),
    "base64 behind a path": lambda text: ("log/x", f"id/{bare_base64(padded(text).encode())}"),
    "base64 behind letters": lambda text: ("log/x", f"abc{bare_base64(padded(text).encode())}"),
    "base64 of UTF-16": lambda text: ("log/x", bare_base64(plain_accents(text).encode("utf-16-le"))),
    "base64 of lines": lambda text: ("log/x", bare_base64(f"satu\n{text}\n".encode())),
    "base64 twice": lambda text: ("log/x", bare_base64(base64.b64encode(text.encode()))),
    "hexadecimal in pairs": lambda text: ("log/x", text.encode().hex(":")),
    "hexadecimal behind a letter": lambda text: ("log/x", "a" + text.encode().hex()),
    "link": lambda text: ("note.txt", "https://x.example/?q=" + "".join(f"%{byte:02X}" for byte in text.encode())),
    "page's signs": lambda text: ("note.txt", "".join(f"&#{ord(sign)};" for sign in text)),
    "page's signs in hexadecimal": lambda text: ("note.txt", "".join(f"&#x{ord(sign):x};" for sign in text)),
    "program's signs": lambda text: ("note.txt", "".join(f"\\u{ord(sign):04X}" for sign in text)),
    "mail": lambda text: ("note.txt", "".join(f"={byte:02X}" for byte in text.encode())),
    "attached workbook": attached_workbook,
}
SPELLINGS = [
    "Maria Goreti Tefnai",
    "MARIA  GORETI",
    "maria-goreti",
    "MariaGoreti",
    "Tefnai",
    "tefnai, Maria Goreti",
    "goreti",
    "ida ayu",
    "AYU IDA",
    "Nur’aini",
    "nuraini",
    "Jose",
    "JOSÉ",
    "5301075201900012",
    "530107 520190 0012",
    "5301.0752.0190.0012",
    "0812-3700-1234",
    "+62 812 3700 1234",
    "6281237001234",
    "81237001234",
    "(0812) 37001234",
    "YKS-2026-0117",
    "yks/2026/0117",
    "a1234567",
    "A-1234567",
    "2026-0117",
    "Yuliana",
]


@pytest.mark.parametrize("corner", CORNERS)
def test_planted_identifiers_are_found(corner: str) -> None:
    members = [CORNERS[corner](text) for text in SPELLINGS]
    numbered = [(f"{number}/{name}", content) for number, (name, content) in enumerate(members, start=1)]
    stopped = {where.removeprefix("name of ").removeprefix("file ") for where in places(*numbered)}
    found = {int(re.split("[/,]", where)[0]) for where in stopped}
    assert [text for number, text in enumerate(SPELLINGS, start=1) if number not in found] == []


@pytest.mark.parametrize("corner", CORNERS)
def test_planted_identifiers_are_found_by_asking_columns_first(corner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identifiers_room, "FEW", 0)  # as among many people, and one text at a time
    assert [text for text in SPELLINGS if not looked(CORNERS[corner](text))] == []


@pytest.mark.parametrize("few", [identifiers_room.FEW, 0], ids=["looked for all", "columns asked first"])
@pytest.mark.parametrize("half", [SPELLINGS[::2], SPELLINGS[1::2]], ids=["one half", "other half"])
def test_planted_identifiers_are_found_in_a_large_table(
    half: list[str], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identifiers_room, "FEW", few)
    assert len(half) < MOST_PROBLEMS
    first = many_rows("aside").count("\n") + 2
    wanted = {f"data/cases.csv, row {first + at}, column 1" for at in range(len(half))}
    assert set(places(large_table(half))) == wanted


def test_family_members_are_looked_for_as_survivors_are() -> None:
    """Under their own field of the dictionary, and as rows of their own that share a household."""
    family = Field.model_validate(
        {"name": "x_ParentName", "type": "string", "x-class": "direct", "x-label": "orang tua", "description": "parent"}
    )
    schema = AGREEMENT.data.schema_.model_copy(update={"fields": (*AGREEMENT.data.fields, family)})
    data = AGREEMENT.data.model_copy(update={"schema_": schema})
    terms = AGREEMENT.model_copy(update={"data": data})
    rows = [MARIA | {"x_ParentName": "Yohanis Nubatonis"}, MARIA | {"x_CaseRef": "2", "prs_FirstName": "Delfiana"}]
    made = extract(rows)
    named = identifiers(replace(made, table=table(rows, terms)), data)
    for text in (
        "nubatonis",
        "YOHANIS  NUBATONIS",
        "Yohanis-Nubatonis",
        "Delfiana",
        "delfiana tefnai",
        "Tefnai Delfiana",
    ):
        for corner in CORNERS.values():
            assert looked(corner(text), sought=named), text
    assert not looked(("note.txt", "orang tua datang"), sought=named)


@pytest.mark.parametrize(
    "text", ["Tefnai", "Maria Goreti Tefnai", "530107 520190 0012", "+62 812 3700 1234", "YKS-2026-0117"]
)
def test_planted_identifier_is_found_in_the_pdf_that_the_program_makes(text: str) -> None:
    from bundle.months import described, released

    protected = released("dinas-p3a")
    metadata = described(protected)[1].model_copy(update={"note": f"Bertemu {text} di rumahnya."})
    fields = released_fields(protected.permit.agreement, protected.permit.tier)
    assert {
        where.partition(" ")[0] for where in places(("lampiran/laporan.pdf", pdf(protected, metadata, fields)))
    } == {"lampiran/laporan.pdf,"}


@pytest.mark.parametrize(
    "text",
    [
        "Tefnai's adik",
        "rumah Tefnai’s",
        "T e f n a i",
        "T.E.F.N.A.I.",
        "Tef\u00adnai",  # soft hyphen
        "Tef\u200bnai",  # space without width
        "Tef\u2060nai",
        "T\u0435fn\u0430i",  # Cyrillic е and а
        "TEFN\u0391I",  # Greek capital alpha
        "Tefna\u0131",  # i without its dot
        "Ｔｅｆｎａｉ",
        "Nur\uff07aini",
        "Nur\u02bbaini",
        "0812–3700–1234",  # as Word writes dashes
        "0812/3700/1234",
        "0812_3700_1234",
        "0812\u200b3700\u200b1234",
        "٠٨١٢٣٧٠٠١٢٣٤",
        "0 8 1 2 3 7 0 0 1 2 3 4",
        "5301–0752–0190–0012",
    ],
)
def test_signs_nobody_sees_and_letters_that_look_alike_hide_nothing(text: str) -> None:
    assert looked(("note.txt", f"Bulan ini {text} datang"))


@pytest.mark.parametrize("written", ["0813 3900 5678 (suami)", "WA: 081339005678", "081339005678 / 081244445555"])
def test_a_phone_beside_which_words_stand_is_looked_for(written: str) -> None:
    sought = identifiers(extract([MARIA | {"prs_MobilePhone": written}]), AGREEMENT.data)
    assert looked(("note.txt", "telp 0813-3900-5678"), sought=sought)


@pytest.mark.parametrize("text", ["Ida", " IDA ", "1042", "7", "H-31", "h 31", "Bulan", "AYU"])
def test_short_names_numbers_and_words_are_found_as_whole_cells(text: str) -> None:
    assert looked(("data/cases.csv", f'prs_Gender,cas_Status\r\nFeminine,"{text}"\r\n'))
    assert not looked(("note.txt", f"ada {text} di sini"))


@pytest.mark.parametrize(
    "text",
    [
        "Maria T. adalah direktur",  # the director, who signed: see the agreement
        "Data untuk Malaysia",  # a label of a code list
        "Kota Kupang",
        "Kabupaten Kupang: 12",
        "BP3MI dan bandara El Tari",
        "Bulan ini tidak ada perubahan staf",
        "bulan Oktober 2026, dibuat 2026-01-17T10:42:07+08:00",
        "sha256:530107520190001253010752019000125301075201900012ffffffffffffffff"[:60] + "a",
        "Rapat 2026-01-17",  # and a case has the number 2026-0117
        "Idaho, nidaba, Mariana, Tefnaiku",
        "UNKNOWN, SUPPRESSED",
        "Rp 1.042",
        "12 Ayunan",
    ],
)
def test_innocent_look_alikes_pass(text: str) -> None:
    assert looked(("note.txt", text)) == []
    assert looked(("README.html", f"<p>{text}</p>")) == []


def test_a_signed_name_covers_itself_and_nobody_else() -> None:
    assert looked(("note.txt", "Maria T.")) == []
    assert looked(("note.txt", "Maria belum pulang")) == ["last_look.identifier note.txt, line 1"]


def test_rows_as_they_are_released_pass() -> None:
    rows = (
        "x_CaseRef,prs_Birthdate,prs_Gender,x_OriginProvince,x_OriginRegency,x_ExploitationCountry,prs_Citizenship\r\n"
        "rabcdefghijklmnopqrstuvwxy2,0-17,Feminine,53,53.71,MY,ID;MY\r\n"
        "rabcdefghijklmnopqrstuvwxy3,30-39,UNKNOWN,SUPPRESSED,53.01,OTHER,ID\r\n"
    )
    assert looked(("data/cases.csv", rows)) == []


def test_a_count_is_not_a_case_number() -> None:
    assert looked(("data/by_prs_gender.csv", "prs_Gender,people\r\nFeminine,7\r\n*,1042\r\n")) == []
    assert looked(("data/cases.csv", "prs_Gender,people\r\n7,7\r\n")) != []


def test_the_message_says_where_and_of_which_field_and_never_what() -> None:
    text = "prs_Gender,cas_Status\r\nFeminine,Active\r\nFeminine,tefnai\r\n"
    (problem,) = last_look([("data/cases.csv", text)], SOUGHT, ALLOWED)
    assert problem.where == "data/cases.csv, row 3, column 2"
    assert "prs_SecondName" in problem.what
    assert "tefnai" not in repr(problem).casefold()


def test_a_file_name_that_tells_is_not_repeated() -> None:
    problems = last_look([("ok.txt", ""), ("data/Tefnai.txt", "x\nGoreti")], SOUGHT, ALLOWED)
    assert [problem.where for problem in problems] == ["name of file 2", "file 2, line 2"]
    assert "tefnai" not in repr(problems).casefold()


def test_people_who_are_held_back_are_looked_for() -> None:
    only_held = identifiers(extract([MARIA | {"x_ConsentStatus": "ConsentRefused"}]), AGREEMENT.data)
    assert looked(("note.txt", "Tefnai"), sought=only_held)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00binary", b"%PDF-1.7\n\xe2\xe3", b"PK\x03\x04broken"])
def test_what_cannot_be_looked_through_cannot_leave(content: bytes) -> None:
    assert looked(("a.pdf", content)) == ["last_look.unreadable a.pdf"]


def test_a_whole_column_of_names_is_said_once_and_for_all() -> None:
    text = "cas_Status\r\n" + "Tefnai\r\n" * 500
    assert len(looked(("data/cases.csv", text))) == MOST_PROBLEMS


def test_an_empty_extract_stops_nothing() -> None:
    nobody = identifiers(extract([]), AGREEMENT.data)
    assert looked(("note.txt", "Maria Goreti Tefnai"), sought=nobody) == []


def test_the_forms_of_missing_are_nobodys_name() -> None:
    rows = [dict.fromkeys(MARIA, form) for form in AGREEMENT.data.missing()]
    nobody = identifiers(extract(rows), AGREEMENT.data)
    assert looked(("data/cases.csv", "prs_Gender\r\nUNKNOWN\r\nDECLINED\r\n"), sought=nobody) == []


REPORTS = Path(__file__).parents[2] / "../shared/bench/linking/idsyn_20k.parquet"


@pytest.mark.skipif(not REPORTS.exists(), reason="the shared synthetic reports are not beside this checkout")
def test_the_names_of_twenty_thousand_reports_stop_no_honest_page() -> None:
    names = pq.read_table(REPORTS, columns=["full_name"]).column("full_name").to_pylist()
    rows = [{"x_CaseRef": f"K-{n}", "prs_FirstName": name} for n, name in enumerate(names)]
    everybody = identifiers(extract(rows), AGREEMENT.data)
    strings = [*texts(AGREEMENT.model_dump(mode="json", by_alias=True))]
    notes = [
        "Bulan ini dua staf pindah ke Kupang; Desember kantor tutup dua minggu. Terima kasih.",
        "Two caseworkers left in October. Cases from Sabu Raijua are late because of the weather.",
        "Made on 2026-11-05 – Rows: 12 – Withheld cells: 3 %",
        "Sejak September definisi eksploitasi mengikuti formulir baru; angka sebelumnya tidak dapat dibandingkan.",
    ]
    assert looked(("datapackage.json", json.dumps(strings)), sought=everybody) == []
    assert looked(*((f"note{n}.txt", note) for n, note in enumerate(notes)), sought=everybody) == []
    assert looked(("note.txt", "kasus Sulastri ditunda"), sought=everybody) != []


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def test_nothing_that_is_looked_for_is_in_a_repr() -> None:
    assert "tefnai" not in repr(SOUGHT).casefold()


@given(
    name=st.from_regex(r"[B-DF-HJ-NP-TV-Z][aeiou][bdgklmnprst][aeiou][bdgklmnprst]{1,2}[aeiou]x", fullmatch=True),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
@settings(max_examples=40, deadline=None)
def test_a_name_is_found_whatever_stands_around_it(name: str, before: str, after: str) -> None:
    sought = identifiers(extract([MARIA | {"prs_SecondName": name}]), AGREEMENT.data)
    text = f"{before} {name.upper()} {after}"
    for file in ("note.txt", "datapackage.json"):
        content = json.dumps({"a": text}) if file.endswith("json") else text
        assert looked((file, content), sought=sought)


# --- what is asked of whole columns is wider than the exact look ---

DIRECT = [field.name for field in AGREEMENT.data.fields if field.kind == "direct"]
VALUES = st.one_of(
    st.sampled_from(["Siti", "siti aminah", "D'Cruz", "Nur`aini", "José", "ﬁ a", "Tefnai-Bere", "a b c d e f g h i j"]),
    st.from_regex(r"(\\+62|0|62)8[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}( (/ 0812345678|ibu))?", fullmatch=True),
    st.from_regex(r"[A-Z]{2}-2026-[0-9]{2,7}", fullmatch=True),
    st.from_regex(r"[0-9]{1,16}", fullmatch=True),
    st.text("abAB01 -'.é\x1f", max_size=12),
)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(DIRECT, VALUES)), min_size=1, max_size=5), st.data())
@settings(max_examples=60, deadline=None)
def test_asking_columns_first_finds_whatever_looking_for_all_finds(
    rows: list[dict[str, str]], data: st.DataObject
) -> None:
    everybody = identifiers(extract([MARIA | row for row in rows]), AGREEMENT.data)
    planted = st.sampled_from([value for row in rows for value in row.values()])
    text = data.draw(st.lists(planted | VALUES, min_size=1, max_size=4).map(" ".join))
    wanted = readings.spellings(readings.readings(text))
    assert spelled_in(everybody.spelled(wanted), wanted) == spelled_in(everybody.spelled(None), wanted)


def spelled_in(sought: Sought, those: readings.Spellings) -> list[dict[str, str]]:
    """What of `sought` a text with these spellings could meet."""
    return [
        {spelling: field for spelling, field in sought.phrases.items() if spelling.replace("-", "") in those.phrases},
        {number: field for number, field in sought.numbers.items() if number in those.numbers},
        {number: field for number, field in sought.bare_numbers.items() if number in those.bare},
    ]


TEN = st.from_regex(r"[A-Za-z0-9]{10}|[A-Za-z0-9_-]{10}|[0-9a-f]{10}", fullmatch=True)


@given(st.lists(TEN, min_size=1, max_size=30))
@settings(max_examples=120, deadline=None)
def test_an_opaque_cell_says_nothing_but_its_one_word(texts: list[str]) -> None:
    written = [*texts, "5301075201", "VGVmbmFpXX", "AAVGVmbmFp"]
    for text, says_nothing in zip(written, cells.opaque(arrow.texts(written)).to_pylist(), strict=True):
        if says_nothing:
            (reading,) = readings.readings(text)
            assert reading.words == [text.lower()]
            assert not reading.numbers
            assert any(map(str.isalpha, text))


def test_words_that_hide_a_name_are_never_opaque() -> None:
    for name in ("Tefnai", "Yuliana Bere", "0812 3700 1234"):
        for encoding in ("utf-8", "utf-16-le"):
            for before in ("", "a", "ab", "abc"):
                run = before + bare_base64(name.encode(encoding))
                assert cells.opaque(pa.array([run])).to_pylist() == [False], (name, encoding, before)


def test_hexadecimal_inside_a_word_is_never_opaque() -> None:
    for before, after in (("", "g"), ("p", ""), ("xyz", "zyx"), ("0", "h")):
        word = before + b"Tefnai".hex() + after
        assert cells.opaque(pa.array([word])).to_pylist() == [False], word
        assert places(large_table([word])) != [], word


def test_keys_that_we_make_are_opaque() -> None:
    keys = [line.partition(",")[0] for line in many_rows("aside").splitlines()]
    assert sum(cells.opaque(arrow.texts(keys)).to_pylist()) > 0.99 * len(keys)


@given(
    st.lists(st.lists(st.text('ab,"\r\n1', max_size=4), min_size=2, max_size=3), min_size=1, max_size=6), st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_a_large_table_is_read_as_a_small_one(rows: list[list[str]], raw: bool) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["one", "two"], *rows])
    text = "one,two\n" + "\n".join(",".join(row) for row in rows) if raw else written.getvalue()
    try:
        cell_by_cell = {(piece.head, piece.text) for piece in pieces("a.csv", text) if piece.head is not None}
    except UnreadableError:
        with pytest.raises(UnreadableError):
            list(cells.columns(text.encode()))
        return
    by_column = {(head, cell) for head, those in cells.columns(text.encode()) for cell in those.to_pylist()}
    assert by_column >= cell_by_cell
    assert not any(cell for _head, cell in by_column - cell_by_cell)  # an empty line is a row to Arrow


def test_a_token_that_spells_a_name_by_chance_passes_where_it_stands_alone() -> None:
    token = "N7Fg23MWTMsGfq3-tefnai"  # of nothing
    table = f"row_key,kind,token\r\nr1,nik,{token}\r\n"
    assert looked(("tokens.csv", table))
    assert last_look([("tokens.csv", table)], SOUGHT, ALLOWED, {token}) == ()
    assert last_look([("note.txt", token)], SOUGHT, ALLOWED, {token})


def test_a_name_that_is_a_word_stops_where_it_is_written_as_a_name() -> None:
    sought = identifiers(extract([MARIA | {"prs_FirstName": "Rahmat", "prs_SecondName": "Rohani"}]), AGREEMENT.data)
    assert not looked(("note.txt", "Puji Tuhan atas rahmat-Nya; kegiatan rohani berjalan."), sought=sought)
    assert looked(("note.txt", "Kemarin Rahmat pulang."), sought=sought)
    assert looked(("note.txt", "Rahmat Rohani pulang"), sought=sought)
    assert looked(("data/cases.csv", "cas_Status\r\nrohani\r\n"), sought=sought)


def test_innocent_notes_of_a_month_stop_nothing() -> None:
    notes = (Path(__file__).parents[2] / "benchmarks" / "innocent_notes.txt").read_text(encoding="utf-8").splitlines()
    assert len(notes) > 150
    assert looked(*((f"note{number}.txt", note) for number, note in enumerate(notes))) == []


MARKED_UP = st.lists(
    st.sampled_from(["<p>", "</p>", "<!-- a\nb -->", "<!--", "-->", '<a title="Tefnai &amp; x">', "<b c='d' e=\"f\">"])
    | st.text("<>-!\"'&;a\n ", max_size=6),
    max_size=12,
).map("".join)


@given(MARKED_UP)
@settings(max_examples=200, deadline=None)
def test_the_distinct_runs_of_a_page_are_its_pieces(page: str) -> None:
    for name in ("a.html", "a.xml", "a.json", "a.txt"):
        assert set(texts_of(name, page)) == {(piece.text, piece.head) for piece in pieces(name, page)}


def test_the_distinct_texts_of_a_workbook_are_its_pieces() -> None:
    name, content = attached_workbook("Tefnai & Bere")
    assert set(texts_of(name, content)) == {(piece.text, piece.head) for piece in pieces(name, content)}


@given(st.text(max_size=6))
@settings(max_examples=200, deadline=None)
def test_what_is_shorter_than_any_other_writing_hides_nothing(text: str) -> None:
    assert list(hidden._decoded(text)) == []
