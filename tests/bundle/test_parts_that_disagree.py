"""A bundle whose parts disagree is refused, whatever is wrong with it, and never with a foreign exception."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any
from unittest import mock

import pytest
from bundle.months import OTHER_BUNDLE, bundle_of, files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.agreements.agreement import Reference
from exchange.bundle.comparing import descriptor_disagrees, figures_disagree
from exchange.bundle.contents import Contents, read_contents
from exchange.bundle.descriptor import Descriptor, File
from exchange.bundle.parcel import Bundle, Member
from exchange.bundle.words import story
from exchange.crypto.canonical import digest_of_bytes
from exchange.errors import BundleError
from exchange.extracts.xlsx import columns_of
from exchange.locale import LANGUAGES, speaking

ROWS, TOKENS, COUNTS = "data/cases.csv", "tokens.csv", "data/by_x_originprovince.csv"
PACKAGE, XLSX, README = "datapackage.json", "data/cases.xlsx", "README.html"
Json = Any


def good() -> Bundle:
    return bundle_of("gt-ntt")


def with_files(bundle: Bundle, found: dict[str, bytes]) -> Bundle:
    return replace(bundle, members=tuple(Member(path, content) for path, content in found.items()))


def with_package(bundle: Bundle, change: Callable[[Json], Json]) -> Bundle:
    found = files(bundle)
    told = json.loads(found[PACKAGE])
    changed = change(told)
    found[PACKAGE] = json.dumps(told if changed is None else changed).encode()
    return with_files(bundle, found)


def with_content(bundle: Bundle, path: str, content: bytes) -> Bundle:
    """Another file in the place of `path`, and a descriptor that vouches for it."""

    def vouch(told: Json) -> None:
        for each in (*told["resources"], *told["x-files"]):
            if each["path"] == path:
                each |= {"bytes": len(content), "hash": digest_of_bytes(content)}

    vouched = with_package(bundle, vouch)
    return with_files(vouched, {**files(vouched), path: content})


def with_all_that_names_it(bundle: Bundle, path: str, content: bytes) -> Bundle:
    """`with_content`, with a page that names the new hash."""
    was = digest_of_bytes(files(bundle)[path]).removeprefix("sha256:").encode()
    now = digest_of_bytes(content).removeprefix("sha256:").encode()
    page = files(bundle)["README.html"].replace(was, now)
    return with_content(with_content(bundle, path, content), "README.html", page)


def without_workbook(bundle: Bundle) -> Bundle:
    def forget(told: Json) -> None:
        told["x-files"] = [each for each in told["x-files"] if each["path"] != XLSX]

    return with_files(bundle, {p: c for p, c in files(with_package(bundle, forget)).items() if p != XLSX})


def resource(told: Json, path: str) -> Json:
    return next(each for each in told["resources"] if each["path"] == path)


def refusal(bundle: Bundle) -> BundleError:
    with pytest.raises(BundleError) as refused:
        read_contents(bundle)
    assert refused.value.codes == ("bundle.disagrees",)
    # Nothing that a log would print repeats what stood in the bundle.
    assert refused.value.__context__ is None or refused.value.__suppress_context__
    return refused.value


def test_the_bundle_that_is_altered_below_is_good() -> None:
    assert read_contents(good()).tokens
    assert read_contents(with_package(good(), lambda _told: None)).rows is not None
    rows = files(good())[ROWS]
    assert read_contents(with_content(good(), ROWS, rows)).rows is not None


# --- envelope ---

OTHERS: dict[str, Any] = {
    "id": OTHER_BUNDLE,
    "sender": "rpk",
    "recipient": "io-id",
    "period": "2026-10",
    "replaces": OTHER_BUNDLE,
    "agreement": Reference(id="DSA-NTT-2026-004", version="1.1.1", digest="sha256:" + "0" * 64),
}


@pytest.mark.parametrize("name", OTHERS)
def test_metadata_of_another_bundle_are_refused(name: str) -> None:
    assert "envelope" in str(refusal(replace(good(), **{name: OTHERS[name]})))


# --- files ---


def test_a_missing_file_is_refused() -> None:
    for missing in files(good()):
        refusal(with_files(good(), {path: content for path, content in files(good()).items() if path != missing}))


@pytest.mark.parametrize("path", ["data/more.csv", "README.HTML", "data/cases.csv ", "../evil", "log/other"])
def test_an_extra_file_is_refused(path: str) -> None:
    refusal(with_files(good(), {**files(good()), path: b"x"}))


@pytest.mark.parametrize(
    "path", ["data/open_me.hta", "data/CASES.XLSX", "data/names.xlsm", "README2.html", "setup.exe"]
)
def test_a_file_of_a_kind_that_no_bundle_has_is_refused_though_it_is_named(path: str) -> None:
    more = File(path=path, bytes=1, hash=digest_of_bytes(b"x")).model_dump()
    bundle = with_files(good(), {**files(good()), path: b"x"})
    assert "no bundle has" in str(refusal(with_package(bundle, lambda told: told["x-files"].append(more))))


def test_a_file_that_is_there_twice_is_refused() -> None:
    for member in good().members:
        refusal(replace(good(), members=(*good().members, member)))


def test_an_altered_file_is_refused() -> None:
    for path, content in files(good()).items():
        if path != PACKAGE:
            altered = content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]
            refusal(with_files(good(), {**files(good()), path: altered}))
            refusal(with_files(good(), {**files(good()), path: content + b"\r\n"}))


def test_a_file_that_is_named_twice_is_refused() -> None:
    refusal(with_package(good(), lambda told: told["x-files"].append(told["x-files"][0])))
    refusal(with_package(good(), lambda told: told["resources"].append(told["resources"][0])))


def test_a_file_that_is_named_twice_and_there_twice_is_refused() -> None:
    named = with_package(good(), lambda told: told["x-files"].append(told["x-files"][0]))
    refusal(replace(named, members=(*named.members, next(m for m in named.members if m.path.endswith(".xlsx")))))


# --- the descriptor ---


def set_in(*path: str | int, value: object) -> Callable[[Json], None]:
    def change(told: Json) -> None:
        for step in path[:-1]:
            told = told[step]
        told[path[-1]] = value

    return change


STRANGE = [
    set_in("$schema", value="https://example.org"),
    set_in("more", value=1),
    set_in("x-exchange", "more", value=1),
    set_in("x-exchange", value=None),
    set_in("resources", value={}),
    set_in("resources", value="data/cases.csv"),
    set_in("resources", 0, "bytes", value=-1),
    set_in("resources", 0, "bytes", value="7551"),
    set_in("resources", 0, "bytes", value=10**400),
    set_in("resources", 0, "bytes", value=1e300),
    set_in("resources", 0, "path", value=7),
    set_in("resources", 0, "schema", value={}),
    set_in("resources", 0, "schema", "fields", value=[]),
    set_in("resources", 0, "schema", "primaryKey", value=[]),
    set_in("resources", 0, "schema", "primaryKey", value=["nobody"]),
    set_in("resources", 0, "schema", "missingValues", value=[""]),
    set_in("resources", 0, "x-holds", value="tokens"),
    set_in("resources", 0, "x-holds", value="counts"),
    set_in("resources", -1, "x-holds", value="rows"),
    set_in("x-exchange", "created", value="yesterday"),
    set_in("x-exchange", "created", value="2026-11-05T03:30:00"),
    set_in("x-exchange", "note", value="\u202e"),
    set_in("x-exchange", "note", value="\ud800"),
    set_in("x-exchange", "sender", "name", value="\ud800"),
    set_in("x-exchange", "linking", value=None),
    set_in("x-exchange", "fields", value=[]),
    set_in("x-exchange", "protection", "k_reached", value=0),
    set_in("x-exchange", "protection", "cells_withheld", value={"prs_Gender": -1}),
    set_in("x-exchange", "protection", "held_back", value="hardly anybody"),
    set_in("x-exchange", "identification", value={}),
    set_in("x-exchange", "identification", "decided_by", value="nobody"),
    set_in("x-exchange", "missing", 0, "share", value="hardly any"),
    set_in("x-exchange", "missing", 0, "count", value=-1),
]


@pytest.mark.parametrize("change", STRANGE)
def test_a_strange_descriptor_is_refused(change: Callable[[Json], None]) -> None:
    refusal(with_package(good(), change))


DEEP = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"{", b'{"resources": 1e999}', b"[NaN]", DEEP,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b'{"a": 1, "a": 2}', b"9" * 10_000,
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_descriptor_is_refused(content: bytes) -> None:
    refusal(with_files(good(), {**files(good()), PACKAGE: content}))


def test_depth_inside_a_good_descriptor_is_refused() -> None:
    content = files(good())[PACKAGE].replace(b'"note": "', b'"note": ' + b"[" * 300 + b"]" * 300 + b', "x": "', 1)
    refusal(with_files(good(), {**files(good()), PACKAGE: content}))


# --- rows ---


def rows_where(change: Callable[[list[list[str]]], None]) -> Bundle:
    lines = [line.split(",") for line in files(good())[ROWS].decode().splitlines()]
    change(lines)
    content = "".join(",".join(line) + "\r\n" for line in lines).encode()
    return with_all_that_names_it(good(), ROWS, content)


def test_other_columns_than_those_described_are_refused() -> None:
    refusal(rows_where(lambda lines: lines[0].__setitem__(1, "prs_FirstName")))
    refusal(rows_where(lambda lines: lines[0].reverse()))
    refusal(rows_where(lambda lines: [line.append("x") for line in lines]))  # type: ignore[func-returns-value]  # for its effect
    refusal(rows_where(lambda lines: lines[1].append("x")))
    refusal(rows_where(lambda lines: lines[1].pop()))  # type: ignore[arg-type, return-value]  # for its effect
    refusal(rows_where(lambda lines: lines.insert(3, [])))


def test_a_column_that_the_schema_alone_knows_is_refused() -> None:
    def widen(told: Json) -> None:
        fields = resource(told, ROWS)["schema"]["fields"]
        fields.append({**fields[0], "name": "prs_FirstName"})

    bundle = rows_where(lambda lines: [line.append("prs_FirstName") for line in lines])  # type: ignore[func-returns-value]  # for its effect
    refusal(with_package(bundle, widen))


@pytest.mark.parametrize("column", [1, 2, 3])
def test_a_value_outside_its_pick_list_is_refused(column: int) -> None:
    assert "pick list" in str(refusal(rows_where(lambda lines: lines[5].__setitem__(column, "Elsewhere"))))


def test_a_code_outside_its_list_is_refused_among_good_ones() -> None:
    refusal(rows_where(lambda lines: lines[5].__setitem__(3, "ForcedLabour;Elsewhere")))
    refusal(rows_where(lambda lines: lines[5].__setitem__(3, "ForcedLabour;")))
    fine = rows_where(lambda lines: lines[5].__setitem__(3, "ForcedLabour;Servitude"))
    assert read_contents(without_workbook(fine)).rows is not None


def test_two_rows_with_one_key_are_refused() -> None:
    assert "key" in str(refusal(rows_where(lambda lines: lines[5].__setitem__(0, lines[6][0]))))


@pytest.mark.parametrize("path", [ROWS, TOKENS, COUNTS])
@pytest.mark.parametrize("content", [b"", b"\xff", b"\x00", b'"', b'a,"b\r\n', b'x"y"\r\n"z"w\r\n', b"\r\n" * 10])
def test_files_that_are_no_csv_are_refused(path: str, content: bytes) -> None:
    refusal(with_content(good(), path, content))


def test_a_cell_without_end_is_refused() -> None:
    refusal(with_content(good(), ROWS, files(good())[ROWS] + b'"' + b"x" * 200_000 + b'"\r\n'))


# --- tokens and counts ---


def test_a_token_for_an_unknown_row_is_refused() -> None:
    content = files(good())[TOKENS] + b"rrrrrrrrrrrrrrrrrrrrrrrrrrr,nik,AAAAAAAAAAAAAAAAAAAAAA\r\n"
    assert "no rows" in str(refusal(with_content(good(), TOKENS, content)))


def test_a_token_of_an_unknown_kind_is_refused() -> None:
    refusal(with_content(good(), TOKENS, files(good())[TOKENS].replace(b",name_dob,", b",name,", 1)))


def test_tokens_without_rows_are_refused() -> None:
    found = files(with_package(good(), lambda told: told["resources"].remove(resource(told, ROWS))))
    del found[ROWS]
    refusal(with_files(good(), found))


@pytest.mark.parametrize("count", ["-1", "1.0", "1e3", "٣", "²", "007", "9" * 10, "9" * 10_000, " 5", "many", "0x5"])
def test_a_count_that_is_none_is_refused(count: str) -> None:
    refusal(with_content(good(), COUNTS, f"x_OriginProvince,people\r\n53,{count}\r\n*,90\r\n".encode()))


def test_a_cell_that_is_counted_twice_is_refused() -> None:
    refusal(with_content(good(), COUNTS, b"x_OriginProvince,people\r\n53,80\r\n53,90\r\n"))


def test_a_table_by_a_field_that_is_not_released_is_refused() -> None:
    def rename(told: Json) -> None:
        resource(told, COUNTS)["schema"]["fields"][0]["name"] = "prs_FirstName"

    bundle = with_content(good(), COUNTS, b"prs_FirstName,people\r\nx,9\r\n")
    refusal(with_package(bundle, rename))


# --- what several parts say of one thing ---


@pytest.mark.parametrize(
    "change",
    [
        set_in("id", value=OTHER_BUNDLE),
        set_in("title", value="Something else"),
        set_in("created", value="2026-11-05T03:30:01Z"),
        set_in("contributors", 0, "title", value="rpk"),
        set_in("resources", 0, "schema", "fields", 1, "title", value="Nama"),
        set_in("resources", 0, "schema", "fields", 1, "description", value="As recorded"),
        set_in("resources", 0, "schema", "fields", 1, "x-rule", value="keep"),
        set_in("x-exchange", "fields", 6, "rule", value="keep"),
        set_in("x-exchange", "protection", "k_reached", value=50),
        set_in("x-exchange", "protection", "k_reached", value=None),
        set_in("x-exchange", "protection", "highest_risk", value=0.01),
        set_in("x-exchange", "protection", "over", value=["x_CaseRef", "prs_Gender"]),
        set_in("x-exchange", "protection", "over", value=["prs_FirstName"]),
        set_in("x-exchange", "protection", "table_cells_withheld", value=0),
        set_in("x-exchange", "protection", "cells_withheld", value={"prs_Gender": 1000}),
        set_in("x-exchange", "note", value="Semua baik."),
        set_in("x-exchange", "title", "id", value="Judul lain"),
        set_in("x-exchange", "confidentiality", "en", value="Public."),
        lambda told: told["x-exchange"]["caveats"].pop(),
        lambda told: told["x-exchange"]["caveats"].append({**told["x-exchange"]["caveats"][0], "code": "C9"}),
        set_in("x-exchange", "caveats", 0, "text", "id", value="Seluruh korban."),
        set_in("x-exchange", "caveats", 0, "text", "en", value="All victims."),
        set_in("x-exchange", "prohibited", 0, "text", "en", value="Nothing whatever"),
        set_in("x-exchange", "purposes", 0, "text", "id", value="Penyelidikan polisi"),
    ],
)
def test_a_descriptor_that_says_what_no_other_part_says_is_refused(change: Callable[[Json], Json]) -> None:
    refusal(with_package(good(), change))


def test_rows_that_keep_another_promise_than_they_say_are_refused() -> None:
    alone = without_workbook(rows_where(lambda lines: lines[5].__setitem__(2, "NonConforming")))
    assert "look-alikes" in str(refusal(alone))


def test_a_table_that_withholds_less_than_it_says_is_refused() -> None:
    for path, content in files(good()).items():
        if path.startswith("data/by_") and b",\r\n" in content:
            told = with_all_that_names_it(good(), path, content.replace(b",\r\n", b",3\r\n"))
            assert "withheld" in str(refusal(told))
            return
    raise AssertionError("no table withholds anything")


@pytest.mark.parametrize("path", [ROWS, COUNTS])
def test_csv_files_that_say_other_things_than_the_workbook_are_refused(path: str) -> None:
    lines = files(good())[path].decode().splitlines(keepends=True)
    others = {
        ROWS: [lines[0], *lines[2:], lines[1]],  # the same rows, but in another order
        COUNTS: [*lines[:-1], re.sub("[0-9]+\r", "999\r", lines[-1])],
    }
    told = with_all_that_names_it(good(), path, "".join(others[path]).encode())
    assert "workbook" in str(refusal(told))
    assert read_contents(without_workbook(told))


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def with_workbook(change: Callable[[dict[str, bytes]], object]) -> Bundle:
    parts = parts_of(files(good())[XLSX])
    change(parts)
    return with_all_that_names_it(good(), XLSX, zipped(parts))


def replacing(part: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], object]:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)

    return change


SHEET, BOOK = "xl/worksheets/sheet3.xml", "xl/workbook.xml"
ACTING = [
    replacing(SHEET, b"</v></c>", b'</v></c><c r="Z1"><f>1+1</f><v>2</v></c>'),
    replacing(SHEET, b"<v>", b"<f>WEBSERVICE(A1)</f><v>"),
    replacing(SHEET, b"<v>", b"<x:f>1</x:f><v>"),
    replacing(SHEET, b"</sheetData>", b'</sheetData><hyperlinks><hyperlink ref="A1"/></hyperlinks>'),
    replacing(SHEET, b"</sheetData>", b"</sheetData><legacyDrawing/>"),
    replacing(SHEET, b"</sheetData>", b"</sheetData><conditionalFormatting/>"),
    replacing(SHEET, b"<sheetData>", b"<!-- x --><sheetData>"),
    replacing(SHEET, b'encoding="UTF-8"', b'encoding="UTF-7"'),
    replacing(BOOK, b"</definedNames>", b'<definedName name="x">1+1</definedName></definedNames>'),
    lambda parts: parts.update({"xl/vbaProject.bin": b"x"}),
    lambda parts: parts.update({"xl/externalLinks/externalLink1.xml": b"x"}),
    lambda parts: parts.update({"xl/worksheets/_rels/sheet3.xml.rels": b"x"}),
    lambda parts: parts.update({SHEET: parts[SHEET].decode().encode("utf-16")}),
]


@pytest.mark.parametrize("change", ACTING)
def test_a_workbook_that_could_do_something_is_refused(change: Callable[[dict[str, bytes]], object]) -> None:
    assert "more than text" in str(refusal(with_workbook(change)))


@pytest.mark.parametrize(
    "change",
    [
        replacing("xl/sharedStrings.xml", b">Feminine<", b">Masculine<"),
        replacing("xl/sharedStrings.xml", b"Hanya kasus", b"Seluruh kasus"),
        replacing(BOOK, b'name="rows"', b'name="lines"'),
        replacing(BOOK, b'name="table 6"', b'name="table 7"'),
        replacing(BOOK, b'name="caveats"', b'name="remarks"'),
        replacing(SHEET, b"<sheetData>", b"<sheetData><row"),
        lambda parts: parts.pop("xl/sharedStrings.xml"),
        lambda parts: parts.pop(BOOK),
        lambda parts: parts.clear(),
    ],
)
def test_a_workbook_that_says_other_things_is_refused(change: Callable[[dict[str, bytes]], object]) -> None:
    refusal(with_workbook(change))


def test_what_is_no_workbook_is_refused() -> None:
    for content in (b"", b"PK", b"\x00" * 100, files(good())[XLSX][:5000]):
        refusal(with_all_that_names_it(good(), XLSX, content))


FAR = [
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    b'<row r="2"><c r="XFD1048576"><v>1</v></c><c r="A2"><v>1</v></c></row>',  # of a row that says another number
    b'<row r="2"><c r="xfd1048576"><v>1</v></c></row>',
    b'<row r="2"><c  r="XFD1048576"><v>1</v></c></row>',
    b'<row r="1048576"><c><v>1</v></c></row>',
]


@pytest.mark.parametrize("sheet", ["sheet2", "sheet3", "sheet4"])
@pytest.mark.parametrize("far", FAR)
def test_a_cell_far_away_is_refused_before_the_sheet_is_read(far: bytes, sheet: str) -> None:
    """Such a sheet is of a few bytes, and fills the memory with empty cells."""
    told = with_workbook(replacing(f"xl/worksheets/{sheet}.xml", b"</sheetData>", far + b"</sheetData>"))
    with mock.patch("exchange.bundle.comparing_workbook.columns_of", side_effect=MemoryError):
        assert "workbook" in str(refusal(told))


def test_a_sheet_of_which_the_csv_files_do_not_speak_is_not_read() -> None:
    told = with_workbook(replacing("xl/worksheets/sheet1.xml", b"</sheetData>", FAR[0] + b"</sheetData>"))
    with mock.patch("exchange.bundle.comparing_workbook.columns_of", wraps=columns_of) as read:
        assert read_contents(told).rows is not None
    assert "metadata" not in [call.args[1] for call in read.call_args_list]


def test_a_text_longer_than_excels_is_refused() -> None:
    long = b"<si><t>" + b"x" * 300_000 + b"</t></si></sst>"
    assert "workbook" in str(refusal(with_workbook(replacing("xl/sharedStrings.xml", b"</sst>", long))))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("step", [0, 7])
def test_a_workbook_packed_as_excel_never_does_is_refused_damaged_or_not(method: int, step: int) -> None:
    content = zipped(parts_of(files(good())[XLSX]), method)
    places = range(60, len(content) * 2 // 3, 997) if step else ()
    damaged = bytes(byte ^ step if place in places else byte for place, byte in enumerate(content))
    refusal(with_all_that_names_it(good(), XLSX, damaged))


@pytest.mark.parametrize(
    "added",
    [
        b"<script>alert(1)</script>", b"<img src=x>", b'<img src="x">', b'<p onclick="x">', b'<a href="http://x">x</a>',
        b"<a href=x>", b'<p style="x">', b'<iframe src="x">', b"<form>", b'<meta http-equiv="refresh" content="0">',
        b"<style>p { background: url(x) }</style>", b"<style>@import 'x'</style>", b"<style>p { b: \\75rl(x) }</style>",
        b"<!-- x -->", b"<![CDATA[x]]>", b"<svg/onload=x>", b"<P>", b"<p\tid=x>", b"<", b"<base href=\"#\">", b"\xff",
    ],
)  # fmt: skip
def test_a_page_that_could_do_something_is_refused(added: bytes) -> None:
    page = files(good())[README]
    told = with_content(good(), README, page.replace(b"</body>", added + b"</body>"))
    assert "README" in str(refusal(told))
    assert read_contents(with_content(good(), README, page.replace(b"</body>", b"<p>x</p></body>")))


@pytest.mark.parametrize("old", [b"Hanya kasus", b"Only cases", b"RAHASIA", b"CONFIDENTIAL", b"Tidak ada perubahan."])
def test_a_page_that_leaves_out_what_a_reader_must_know_is_refused(old: bytes) -> None:
    page = files(good())[README]
    assert old in page
    refusal(with_content(good(), README, page.replace(old, b"")))


HIDING = [
    (b"</style>", b"section { display: none }</style>"),
    (b"</style>", b"</style><style>section { display: none }</style>"),
    (b"</nav>", b"</nav><style>section { display: none }</style>"),
    (b"</nav>", b"</nav><title>"),
    (b"</title>", b'</title><title lang="en">'),
    (b"</style>", b"</style><title>"),
    (b"<nav>", b"<nav><nav>"),
    (b"</nav>", b""),
]


@pytest.mark.parametrize(("old", "new"), HIDING)
def test_a_page_that_could_hide_what_it_says_is_refused(old: bytes, new: bytes) -> None:
    page = files(good())[README]
    assert old in page
    assert "README" in str(refusal(with_content(good(), README, page.replace(old, new, 1))))


def test_what_stands_only_in_the_title_is_not_said() -> None:
    page = files(good())[README]
    moved = page.replace(b"CONFIDENTIAL", b"").replace(b"</title>", b" CONFIDENTIAL</title>")
    refusal(with_content(good(), README, moved))


def test_a_bundle_without_a_page_is_refused() -> None:
    def forget(told: Json) -> None:
        told["x-files"] = [each for each in told["x-files"] if each["path"] != README]

    told = with_package(good(), forget)
    refusal(with_files(told, {path: content for path, content in files(told).items() if path != README}))


# --- at random ---

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def places(told: Json, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [here, *(place for step, value in inside for place in places(value, (*here, step)))]


@cache
def every_place() -> list[tuple[str | int, ...]]:
    return [place for place in places(json.loads(files(good())[PACKAGE])) if place]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), VALUES)
def test_no_change_to_the_descriptor_brings_a_foreign_exception(data: st.DataObject, value: object) -> None:
    place = data.draw(st.sampled_from(every_place()))
    with contextlib.suppress(BundleError):
        shown(read_contents(with_package(good(), set_in(*place, value=value))))


EDGES = (0, -1, "", [], {})


def test_no_edge_in_any_place_of_the_metadata_brings_a_foreign_exception() -> None:
    """Where types let it in, with no other part to disagree with it. Of many things alike one stands for all."""
    told = json.loads(files(good())[PACKAGE])
    accepted = 0
    for place in {tuple(0 if isinstance(step, int) else step for step in each) for each in every_place()}:
        for edge in EDGES if place[0] == "x-exchange" and "@context" not in place else ():
            found = Descriptor.read(json.dumps(changed(told, place, edge)).encode())
            if found is not None:
                accepted += 1
                [*descriptor_disagrees(found), *figures_disagree(found.metadata, None, {"prs_Gender": ["x"]}, ())]
                for tongue in LANGUAGES:
                    with speaking(tongue):
                        assert [*story(found.metadata)]
    assert accepted > 50


def changed(told: Json, place: tuple[str | int, ...], value: object) -> Json:
    """`told` with another value in one place; the rest is shared."""
    first, *rest = place
    inner = changed(told[first], tuple(rest), value) if rest else value
    if isinstance(told, dict):
        return {**told, first: inner}
    return [inner if number == first else each for number, each in enumerate(told)]


def shown(contents: Contents) -> None:
    """As a person sees what was accepted."""
    for tongue in LANGUAGES:
        with speaking(tongue):
            assert [*story(contents.metadata)]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([ROWS, TOKENS, COUNTS, PACKAGE]), st.data())
def test_no_bytes_bring_a_foreign_exception(path: str, data: st.DataObject) -> None:
    content = files(good())[path]
    at = data.draw(st.integers(0, len(content)))
    junk = data.draw(st.binary(max_size=6))
    altered = content[:at] + junk + content[at + data.draw(st.integers(0, 6)) :]
    with contextlib.suppress(BundleError):
        read_contents(with_content(good(), path, altered))
