"""Each broken file is refused for its own reason, at its own place; a refusal lists everything at once."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from extracts.case_sheets import FIELDS, GOOD, LABELS, SHEET, case, mapping, read, refusal, write
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import ExtractError
from exchange.extracts.mapping import Mapping

Broken = Callable[[Path], Path]


def file(name: str, content: bytes) -> Broken:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def sheet(*rows: dict[str, Any], **options: Any) -> Broken:
    return lambda folder: write(folder / "k.xlsx", rows or (GOOD,), **options)


def repacked(change: Callable[[dict[str, bytes]], None]) -> Broken:
    """A good workbook whose parts were changed."""

    def make(folder: Path) -> Path:
        with zipfile.ZipFile(write(folder / "good.xlsx", [GOOD])) as good:
            parts = {name: good.read(name) for name in good.namelist()}
        change(parts)
        with zipfile.ZipFile(folder / "k.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
            for name, content in parts.items():
                book.writestr(name, content)
        return folder / "k.xlsx"

    return make


def swap(part: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)

    return change


def remove(part: str) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.__delitem__(part)


def bomb(folder: Path) -> Path:
    """Says of itself that a part of it unpacks to two gigabytes."""
    path = write(folder / "k.xlsx", [GOOD])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/zeros.bin", bytes(1 << 20))
        book.getinfo("xl/media/zeros.bin").file_size = 2 << 30
    return path


def far_cell(folder: Path) -> Path:
    return write(folder / "k.xlsx", [GOOD], then=lambda book, page: page.write_string(1_048_575, 16_383, "x"))


def bad_checksum(folder: Path) -> Path:
    content = bytearray(write(folder / "k.xlsx", [GOOD]).read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        info = book.getinfo("xl/worksheets/sheet1.xml")
    start = info.header_offset + 30 + len(info.filename) + 40
    content[start : start + 8] = bytes(8)
    (folder / "k.xlsx").write_bytes(content)
    return folder / "k.xlsx"


def half(folder: Path) -> Path:
    path = write(folder / "k.xlsx", [GOOD])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def alike(folder: Path) -> Path:
    change = swap("xl/workbook.xml", b'name="other"', b'name="CASE SHEET"')
    with zipfile.ZipFile(write(folder / "a.xlsx", [GOOD], then=lambda book, page: book.add_worksheet("other"))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    change(parts)
    with zipfile.ZipFile(folder / "k.xlsx", "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return folder / "k.xlsx"


def csv(text: str, encoding: str = "utf-8") -> Broken:
    return file("k.csv", text.encode(encoding))


HEAD = ";".join(LABELS) + "\n"
ONE = ";".join(["1", *(str(GOOD[label]) for label in LABELS[1:])]) + "\n"
ONE = ONE.replace("Forced labour; Sexual exploitation", "Forced labour")
PLAIN = mapping(header_rows=(1,), sheet=None)
EXTRA = (*LABELS, "Agama")
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")


CASES: dict[str, tuple[Broken, str, str]] = {
    "no such file": (lambda folder: folder / "k.xlsx", "missing_file", "k.xlsx"),
    "a folder": (lambda folder: folder, "unreadable", ""),
    "nothing in it": (file("k.xlsx", b""), "empty_file", "k.xlsx"),
    "blanks in it": (file("k.csv", b" \r\n\r\n"), "empty_file", "k.csv"),
    "an old Excel file": (file("k.xls", OLE2 + bytes(2000)), "old_excel", "k.xls"),
    "a password": (file("k.xlsx", OLE2 + "EncryptedPackage".encode("utf-16-le") + bytes(99)), "password", "k.xlsx"),
    "a picture": (file("k.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9), "encoding", "k.xlsx"),
    "an archive of something else": (repacked(remove("xl/workbook.xml")), "not_a_workbook", "k.xlsx"),
    "only half of it copied": (half, "damaged", "k.xlsx"),
    "bytes changed on the way": (bad_checksum, "damaged", "k.xlsx"),
    "only the mark of an archive": (file("k.xlsx", b"PK\x03\x04"), "damaged", "k.xlsx"),
    "its sheet torn out": (repacked(remove("xl/worksheets/sheet1.xml")), "damaged", "k.xlsx"),
    "its list of sheets torn out": (repacked(remove("xl/_rels/workbook.xml.rels")), "damaged", "k.xlsx"),
    "a list of sheets that is no XML": (repacked(swap("xl/workbook.xml", b"</workbook>", b"")), "damaged", "k.xlsx"),
    "a list of sheets with entities": (
        repacked(swap("xl/workbook.xml", b"<workbook", b'<!DOCTYPE w [<!ENTITY a "b">]><workbook')),
        "damaged",
        "k.xlsx",
    ),
    "a sheet that is no sheet": (
        repacked(swap("xl/worksheets/sheet1.xml", b"<worksheet", b"<wirksheet")),
        "damaged",
        "k.xlsx",
    ),
    "a bomb": (bomb, "too_large", "k.xlsx"),
    "a stray cell in the last corner": (far_cell, "too_large", "k.xlsx"),
    "another sheet": (sheet(sheet="Data"), "no_sheet", "k.xlsx"),
    "two sheets that look the same": (alike, "sheets_alike", "k.xlsx"),
    "an empty sheet": (sheet({}, labels=()), "no_header", SHEET),
    "a column nobody decided about": (sheet(labels=EXTRA), "unknown_column", "column S"),
    "a column without label": (
        sheet(then=lambda book, page: page.write_string(5, 30, "x")),
        "unlabelled_column",
        "column AE",
    ),
    "a column with a name but no label": (
        sheet(then=lambda book, page: page.write_string(0, 30, "prs_Title")),
        "unlabelled_column",
        "column AE",
    ),
    "a label twice": (sheet(labels=(*LABELS, "nik ")), "column_twice", "column S (prs_IdentityNumber)"),
    "a mapped column taken out": (
        sheet(labels=[label for label in LABELS if label != "NIK"]),
        "column_absent",
        "(prs_IdentityNumber)",
    ),
    "header rows that are not there": (sheet(then=lambda book, page: None, labels=()), "no_header", SHEET),
    "a case number twice": (sheet(case(1), case(2), case(1)), "duplicate", "row 3, column M (x_CaseRef)"),
    "a case number twice, the other row": (
        sheet(case(1), case(2), case(1)),
        "duplicate",
        "row 5, column M (x_CaseRef)",
    ),
    "a case number twice, in two spellings": (
        sheet(case(1), case(2), case(1, Nomor_kasus="k 001")),
        "duplicate",
        "row 5, column M (x_CaseRef)",
    ),
    "labels shifted against values": (
        sheet(
            GOOD | {"Gender": "Actual victim of trafficking", "Trafficking Status": "Feminine"},
            names=FIELDS | {"Gender": "vic_TraffickingStatus"},
        ),
        "column_shifted",
        "column D (prs_Gender)",
    ),
}
CSV_CASES: dict[str, tuple[Broken, str, str]] = {
    "text in no encoding": (file("k.csv", b"nomor\x81\x8d\n"), "encoding", "k.csv"),
    "half of a UTF-16 file": (file("k.csv", b"\xff\xfe" + HEAD.encode("utf-16-le")[:-1]), "encoding", "k.csv"),
    "a quotation mark left open": (csv(HEAD + '"' + ONE), "bad_csv", "k.csv"),
    "a line cut short": (csv(HEAD + "1;K\n" + ONE), "ragged_row", "row 2"),
    "a line with a cell too many": (csv(HEAD + ONE + ONE.replace("K-001", "K;2")), "ragged_row", "row 3"),
    "separated by nothing known": (csv(HEAD.replace(";", "|") + ONE.replace(";", "|")), "column_absent", "(x_CaseRef)"),
    "without a header": (csv(ONE), "column_absent", "(x_CaseRef)"),
    "a cell larger than any in Excel": (csv(HEAD + ONE.replace("Catatan contoh", "x" * 200_000)), "bad_csv", "k.csv"),
}


@pytest.mark.parametrize(("make", "code", "where"), CASES.values(), ids=CASES.keys())
def test_a_broken_workbook_is_refused_at_its_place(tmp_path: Path, make: Broken, code: str, where: str) -> None:
    reasons = [(problem.code, problem.where) for problem in refusal(make(tmp_path))]
    assert any(found == f"extract.{code}" and place.endswith(where) for found, place in reasons), reasons


@pytest.mark.parametrize(("make", "code", "where"), CSV_CASES.values(), ids=CSV_CASES.keys())
def test_a_broken_text_file_is_refused_at_its_place(tmp_path: Path, make: Broken, code: str, where: str) -> None:
    reasons = [(problem.code, problem.where) for problem in refusal(make(tmp_path), PLAIN)]
    assert any(found == f"extract.{code}" and place.endswith(where) for found, place in reasons), reasons


def test_every_reason_is_given_at_once(tmp_path: Path) -> None:
    labels = [label for label in LABELS if label != "NIK"] + ["Agama", "Suku", "Gender"]
    problems = refusal(write(tmp_path / "k.xlsx", [case(1), case(1)], labels=labels))
    assert sorted(problem.code.removeprefix("extract.") for problem in problems) == [
        "column_absent",
        "column_twice",
        "duplicate",
        "duplicate",
        "unknown_column",
        "unknown_column",
    ]


def test_a_column_that_is_absent_is_named_by_its_label_and_its_field(tmp_path: Path) -> None:
    absent = [each for each in refusal(csv(ONE)(tmp_path), PLAIN) if each.code == "extract.column_absent"]
    assert absent
    assert all(each.where.startswith("(") for each in absent)  # a text file has no sheet to name
    assert all(any(f"“{label}”" in each.what for label in PLAIN.columns) for each in absent)


def test_every_refusal_says_what_to_do(tmp_path: Path) -> None:
    labels = [label for label in LABELS if label != "NIK"] + ["Agama", "Gender"]
    assert all(problem.hint for problem in refusal(write(tmp_path / "k.xlsx", [case(1), case(1)], labels=labels)))


def test_a_workbook_of_several_sheets_needs_one_named(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [GOOD], then=lambda book, page: book.add_worksheet("Lain"))
    (problem,) = refusal(path, mapping(sheet=None))
    assert problem.code == "extract.no_sheet"
    assert "Case Sheet, Lain" in problem.hint


def test_a_mapping_that_does_not_fit_the_dictionary_reads_nothing(tmp_path: Path) -> None:
    using: Mapping = mapping(columns=FIELDS | {"Agama": "prs_Religion"})
    assert [problem.code for problem in refusal(tmp_path / "absent.xlsx", using)] == ["mapping.unknown_field"]


def test_without_header_rows_no_person_is_repeated_in_the_refusal(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [GOOD], labels=LABELS)
    text = " ".join(f"{problem} {problem.hint}" for problem in refusal(path, mapping(header_rows=(3,))))
    assert "unknown_column" in {
        problem.code.removeprefix("extract.") for problem in refusal(path, mapping(header_rows=(3,)))
    }
    assert not [secret for secret in ("Contohwati", "K-001", "5301075708900012") if secret in text]


PARTS = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PARTS), st.data())
def test_whatever_is_damaged_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, part: str, draw: st.DataObject
) -> None:
    def damage(parts: dict[str, bytes]) -> None:
        content = bytearray(parts[part])
        for at in draw.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
            content[at : at + draw.draw(st.integers(0, 9))] = draw.draw(st.binary(max_size=3))
        parts[part] = bytes(content)

    path = repacked(damage)(tmp_path_factory.mktemp("damaged"))
    with contextlib.suppress(ExtractError):
        read(path)


def test_what_calamine_remarks_about_a_file_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = repacked(swap("xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetDate>"))(tmp_path)
    with contextlib.suppress(ExtractError):
        read(path)
    assert caplog.records == []


def test_an_encoding_nobody_knows_is_damage(tmp_path: Path) -> None:
    path = repacked(swap("xl/workbook.xml", b'encoding="UTF-8"', b'encoding="NTF-8"'))(tmp_path)
    assert [each.code for each in refusal(path)] == ["extract.damaged"]


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="becomes another user, which root can")
def test_a_file_that_may_not_be_read() -> None:
    program = (
        "import sys; from pathlib import Path; from exchange.errors import ExtractError\n"
        "from extracts.case_sheets import read\n"
        "try: read(Path(sys.argv[1]))\n"
        "except ExtractError as error: print(*error.codes)"
    )
    house = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which no other user may even enter
        path = write(Path(folder) / "k.xlsx", [GOOD])
        path.chmod(0)
        Path(folder).chmod(0o755)
        command = ["setpriv", "--reuid", "65534", "--clear-groups", sys.executable, "-B", "-c", program, str(path)]
        paths = {"PYTHONPATH": f"{house}:{house / 'tests'}"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | paths)
    assert done.stdout.split() == ["extract.unreadable"], done.stderr
