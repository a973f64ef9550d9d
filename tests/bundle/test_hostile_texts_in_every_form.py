"""Whatever a text holds, it comes out of every form as that text and nothing more, or it was refused before."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import fastexcel
import pytest
from bundle.months import AGREEMENT, TIERS, ByHand, by_hand, counts, described, files, hostile, released
from bundle.test_pages_and_workbooks_are_harmless import Page, hostile_everywhere
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pypdf import PdfReader

from exchange.agreements.clause import Line
from exchange.agreements.excel import cut
from exchange.bundle.contents import read_contents
from exchange.bundle.parcel import Bundle
from exchange.bundle.pdf import pdf
from exchange.bundle.readme import LARGEST
from exchange.bundle.released import released_fields
from exchange.errors import BundleError

XLSX = "data/cases.xlsx"
SPREADSHEETML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NASTY = (
    "<r><t>other</t></r>", "<r>&x</r>", "<r></si></sst><f>1+1</f></r>", "<script>alert(1)</script>", "&lt;b&gt;",
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "{=1+1}", "http://evil.example", "mailto:x@y.example", "internal:rows!A1",
    "_x0041_", "_x005F_x0041_", "\ufffe", "\uffff", "\u202egnirts", "\u2066\u2069", "\ufeff=1", "\u200b", "\x7f\x85",
    "]]>", "<![CDATA[x]]>", "<!DOCTYPE x>", "<?xml ?>", "{{ 7 * 7 }}", "{% for x in y %}", "#panic()", "\\u0000",
    "x" * 40_000, "😀" * 20_000, "الحروف العربية", " leading and trailing ", "a\nb", "1e5", "0012", "2026-13-01", "'",
)  # fmt: skip
ANY = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=40),
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def xml_of(part: bytes) -> ET.Element:
    return ET.fromstring(part)  # noqa: S314  # of our own making


def meant(written: str) -> str:
    """What a text in SpreadsheetML means: `_xHHHH_` is a character (ECMA-376 part 1, 22.9.2.19)."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), written)


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_by_the_standard(content: bytes) -> list[list[str | None]]:
    """The sheet of rows as ECMA-376 says it is to be read, by a reader that knows nothing but XML."""
    found = parts(content)
    strings = xml_of(found["xl/sharedStrings.xml"])
    texts = ["".join(meant(t.text or "") for t in string.iter(f"{SPREADSHEETML}t")) for string in strings]
    read = []
    for row in xml_of(found["xl/worksheets/sheet3.xml"]).iter(f"{SPREADSHEETML}row"):
        cells = {re.sub("[0-9]", "", cell.get("r", "")): cell for cell in row}
        read.append([_cell(cells.get(column), texts) for column in map(_letters, range(30))])
    return read


def _letters(column: int) -> str:
    return chr(65 + column) if column < 26 else "A" + chr(65 + column - 26)


def _cell(cell: ET.Element | None, texts: list[str]) -> str | None:
    if cell is None:
        return None
    value = cell.findtext(f"{SPREADSHEETML}v") or ""
    return texts[int(value)] if cell.get("t") == "s" else value


@FEW
@given(st.lists(ANY, min_size=1, max_size=6))
@example(list(NASTY))
def test_every_value_stands_in_the_workbook_as_it_is(values: list[str]) -> None:
    content = files(described(hostile(values))[0])[XLSX]
    head, *rows = rows_by_the_standard(content)
    at = head.index("cas_ReferringOrganisation")
    assert not _differing([row[at] or "" for row in rows], values)
    sheet = fastexcel.read_excel(content).load_sheet("rows", header_row=None, dtypes="string").to_arrow()
    read = [text or "" for text in sheet.column(at).to_pylist()[1:]]
    known = [value.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_") for value in values]  # by calamine
    assert not _differing(read, known)


def _differing(read: list[str], values: list[str]) -> list[str]:
    """The beginnings of those that differ; a difference of 40,000 characters takes minutes to print."""
    return [value[:80] for text, value in zip(read, values, strict=True) if text != cut(value)]


@FEW
@given(st.lists(ANY, min_size=1, max_size=4), ANY)
@example(list(NASTY), "<r>&x</r>")
def test_a_workbook_is_sheets_of_text_and_numbers_and_nothing_else(values: list[str], text: str) -> None:
    bundle = _bundle_of(values, text)
    for name, part in parts(files(bundle)[XLSX]).items():
        assert re.fullmatch(
            r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml"
            r"|xl/(workbook|styles|sharedStrings|theme/theme1|worksheets/sheet[0-9]+)\.xml|xl/_rels/workbook\.xml\.rels",
            name,
        )
        for element in xml_of(part).iter():
            assert element.tag.rpartition("}")[2] not in {"f", "hyperlink", "externalReference", "oleLink", "ddeLink"}


def _bundle_of(values: list[str], text: str) -> Bundle:
    """Those values; and that text as the note, where a note may say it."""
    with contextlib.suppress(BundleError):
        return described(hostile(values), note=text)[0]
    return described(hostile(values))[0]


@FEW
@given(ANY)
def test_a_text_of_an_agreement_is_refused_or_is_the_same_in_every_form(text: str) -> None:
    try:
        TypeAdapter(Line).validate_python(text)
    except ValidationError:
        return
    plain, bundle = _page("words"), described(hostile_everywhere(text))[0]
    page = Page(files(bundle)["README.html"])
    assert page.tags == plain.tags
    assert text in page.text
    assert text in [cell for cells in _texts(json.loads(files(bundle)["datapackage.json"])) for cell in cells]
    assert read_contents(bundle).metadata.confidentiality.en == text


def _page(text: str) -> Page:
    return Page(files(described(hostile_everywhere(text))[0])["README.html"])


def _texts(told: object) -> Iterator[list[str]]:
    match told:
        case dict():
            for each in told.values():
                yield from _texts(each)
        case list():
            for each in told:
                yield from _texts(each)
        case str():
            yield [told]


@pytest.mark.parametrize(
    "text", ["\ud800", "a\udfff", "\x00", "\x1b[2J", "\u202e", "\u200b", "\ue000", "\u2028", "x" * 301]
)
def test_what_nobody_sees_and_half_a_character_stand_in_no_agreement(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@settings(max_examples=3, deadline=None)  # typesetting takes its time
@given(ANY)
@example("]" * 2000)
@example("\x00\x1f\ufffe")
def test_a_pdf_holds_the_text_and_nothing_that_acts(text: str) -> None:
    protected = released("dinas-p3a")
    metadata = described(protected)[1].model_copy(update={"note": f"Awal {text[:2000]} akhir."})
    content = pdf(protected, metadata, released_fields(AGREEMENT, AGREEMENT.tier_of("dinas-p3a")))
    read = PdfReader(io.BytesIO(content))
    assert "akhir." in " ".join(page.extract_text() for page in read.pages)
    assert not {"/OpenAction", "/AA", "/AcroForm", "/Names"} & set(read.trailer["/Root"])
    assert not [one for page in read.pages for one in page.get("/Annots") or () if one.get_object().get("/A")]


@pytest.mark.parametrize("recipient", TIERS)
def test_writing_leaves_nothing_in_temporary_files(
    recipient: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protected, made = released(recipient, take=20), list[str]()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, lambda *_a, name=name, **_k: made.append(name))
    described(protected)
    assert not made
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", ["v", "&" * 4_000, "😀" * 10_000])
def test_the_page_stays_small_whatever_stands_in_the_tables(value: str) -> None:
    tier = AGREEMENT.tiers["statistics"].model_copy(update={"formats": ("csv",)})
    agreement = AGREEMENT.model_copy(update={"tiers": {**AGREEMENT.tiers, "statistics": tier}})
    tables = tuple(
        counts(("x_OriginRegency",), *(((f"{value}{table}-{number}",), number) for number in range(150)))
        for table in range(8)
    )
    protected = by_hand(ByHand(agreement, "dinas-p3a", None, tables))
    page = files(described(protected, note='"' * 8_000)[0])["README.html"]
    assert len(page) <= LARGEST == 300_000
