"""Hostile texts in notes, labels, agreements and values come out harmless on the page and in the workbook."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import zipfile
from html.parser import HTMLParser
from itertools import pairwise

import openpyxl
import pytest
from bundle.months import (
    AGREEMENT,
    FREE,
    TIERS,
    ByHand,
    by_hand,
    counts,
    described,
    files,
    hostile,
    permit,
    released,
    sheets,
    spread,
)

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import Text
from exchange.agreements.dictionary import Field
from exchange.agreements.excel import LONGEST
from exchange.agreements.tiers import Keep
from exchange.bundle import describe as describing
from exchange.bundle import workbook as writing
from exchange.bundle.readme import MOST_CELLS
from exchange.errors import BundleError

HTML = '<img src=x onerror="alert(1)">'
CLOSING = "</p></section></body><script>alert(1)</script>"
TEMPLATE = "{{ 7 * 7 }}{% for x in y %}"
FORMULA = '=HYPERLINK("http://evil.example","x")'
TEXTS = (HTML, CLOSING, TEMPLATE, FORMULA, "'\"><svg/onload=alert(1)>", "&lt;b&gt;", "＝1+1")
VOID = {"meta", "br"}


class Page(HTMLParser):
    """What a browser would make of a page: elements, what is open, every attribute, all text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(protected, note: str = "Tidak ada.") -> Page:  # type: ignore[no-untyped-def]  # a release
    return Page(files(described(protected, note=note)[0])["README.html"])


def saying(text: str) -> Agreement:
    """The example agreement with `text` wherever a party may write what it likes."""
    both = Text(id=text, en=text)
    fields = tuple(f.model_copy(update={"label": text, "description": text}) for f in AGREEMENT.data.fields)
    data = AGREEMENT.data.model_copy(
        update={
            "population": both,
            "row_means": both,
            "schema_": AGREEMENT.data.schema_.model_copy(update={"fields": fields}),
        }
    )
    return AGREEMENT.model_copy(
        update={
            "title": both,
            "data": data,
            "parties": tuple(p.model_copy(update={"name": text, "contact": text}) for p in AGREEMENT.parties),
            "purposes": tuple(p.model_copy(update={"text": both}) for p in AGREEMENT.purposes),
            "legal_basis": tuple(b.model_copy(update={"law": text}) for b in AGREEMENT.legal_basis),
            "prohibited": tuple(p.model_copy(update={"text": both}) for p in AGREEMENT.prohibited),
            "caveats": tuple(c.model_copy(update={"text": both}) for c in AGREEMENT.caveats),
            "notices": AGREEMENT.notices.model_copy(update={"confidentiality": both}),
            "identification": AGREEMENT.identification.model_copy(update={"tool": text, "standard": text}),
        }
    )


def hostile_everywhere(text: str):  # type: ignore[no-untyped-def]  # a release
    agreement = saying(text)
    table = counts(("prs_Gender",), ((text,), 7), (("*",), None))
    rows = spread("gt-ntt", ["a"] * 3, agreement)
    return by_hand(ByHand(agreement, "gt-ntt", rows, (table,)), gate="met", k_asked=5, k_reached=5)


@pytest.mark.parametrize("text", TEXTS)
def test_the_page_has_the_same_elements_whatever_the_texts_say(text: str) -> None:
    plain, hostile_page = page_of(hostile_everywhere("words"), "words"), page_of(hostile_everywhere(text), text)
    assert hostile_page.tags == plain.tags
    assert {(t, n) for t, n, _v in hostile_page.attributes} == {(t, n) for t, n, _v in plain.attributes}
    assert text in hostile_page.text
    assert not hostile_page.open


@pytest.mark.parametrize("recipient", TIERS)
def test_the_page_stands_alone(recipient: str) -> None:
    page = page_of(released(recipient))
    assert not {"script", "iframe", "object", "embed", "link", "img", "form", "base"} & set(page.tags)
    assert not [name for _tag, name, _value in page.attributes if name.startswith("on") or name in {"src", "style"}]
    links = [value for _tag, name, value in page.attributes if name == "href"]
    assert links == ["#id", "#en"]
    content = files(described(released(recipient))[0])["README.html"]
    assert b"url(" not in content
    assert b"@import" not in content
    assert b"http" not in content


@pytest.mark.parametrize("recipient", TIERS)
def test_the_page_can_be_read_by_ear_and_on_paper(recipient: str) -> None:
    page = page_of(released(recipient))
    languages = [(tag, value) for tag, name, value in page.attributes if name == "lang"]
    assert languages[0] == ("html", "id")
    assert [value for tag, value in languages if tag == "section"] == ["id", "en"]
    headings = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count(1) == 2
    assert all(deeper <= level + 1 for level, deeper in pairwise(headings))
    assert {(name, value) for tag, name, value in page.attributes if tag == "th"} == {
        ("scope", "row"),
        ("scope", "col"),
    }
    assert page.tags.count("th") > 30
    assert page.tags.count("title") == page.tags.count("html") == 1


@pytest.mark.parametrize("recipient", TIERS)
def test_both_languages_say_it_and_neither_says_it_in_the_other(recipient: str) -> None:
    content = files(described(released(recipient))[0])["README.html"].decode()
    indonesian, english = content.split('<section id="en"')
    assert AGREEMENT.notices.confidentiality.id in indonesian
    assert AGREEMENT.notices.confidentiality.id not in english
    assert "generalise" not in english
    assert "0-17, 18-29, 30-44, 45+" in content or recipient == "io-id"


def test_the_page_does_not_grow_with_the_tables() -> None:
    cells = tuple(((f"value {number}", "Feminine"), number) for number in range(5_000))
    table = counts(("x_OriginRegency", "prs_Gender"), *cells)
    protected = by_hand(ByHand(AGREEMENT, "dinas-p3a", None, (table, table)), gate="no_rows_agreed")
    bundle, _metadata = described(protected, note="x" * 8000)
    page = files(bundle)["README.html"]
    assert len(page) <= 300_000
    assert f">value {MOST_CELLS - 1}<" in page.decode()
    assert f">value {MOST_CELLS}<" not in page.decode()


def test_the_page_lists_the_files_with_their_hashes() -> None:
    bundle, _metadata = described(released("gt-ntt"))
    page = Page(files(bundle)["README.html"])
    for path, content in files(bundle).items():
        if path not in {"README.html", "datapackage.json"}:
            assert path in page.text
            assert page.text.count(hashlib.sha256(content).hexdigest()) == 2


# --- the note ---


@pytest.mark.parametrize("note", ["\u202eevil", "a\x00b", "a\x1bb", "\ufeff", "x" * 8001, "a\u200bb", "\udce9"])
def test_a_note_that_cannot_be_seen_or_never_ends_is_refused(note: str) -> None:
    with pytest.raises(BundleError) as refusal:
        described(released("gt-ntt"), note=note)
    assert refusal.value.codes == ("bundle.note_unfit",)
    assert "evil" not in str(refusal.value)
    assert refusal.value.__context__ is None  # pydantic's own words would repeat the note


def test_a_note_keeps_its_lines() -> None:
    _bundle, metadata = described(released("gt-ntt"), note="satu\r\n\r\ndua\ttiga")
    assert metadata.note == "satu\n\ndua tiga"


def test_a_time_without_a_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        describing.describe(released("gt-ntt"), bundle="0" * 32, created=dt.datetime(2026, 11, 5))  # noqa: DTZ001  # the mistake


# --- the workbook ---


def cells(protected, note: str = "Tidak ada.") -> dict[str, list[list[object]]]:  # type: ignore[no-untyped-def]  # a release
    return sheets(files(described(protected, note=note)[0])["data/cases.xlsx"])


def raw_sheets(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/")]


@pytest.mark.parametrize("text", TEXTS)
def test_no_workbook_holds_a_live_formula_or_a_link(text: str) -> None:
    content = files(described(hostile_everywhere(text), note=text)[0])["data/cases.xlsx"]
    for sheet in raw_sheets(content):
        assert "<f>" not in sheet
        assert "<f " not in sheet
        assert "hyperlink" not in sheet
    written = [cell for sheet in sheets(content).values() for row in sheet for cell in row]
    assert text in written


def test_hostile_values_stand_in_the_workbook_as_they_are() -> None:
    values = ["=1+1", "@x", "+62811", "\tx", "http://evil.example", "a\nb", "0012", "12-14", "1e5", "\u202ex"]
    column = [row[-1] for row in cells(hostile(values))["rows"][1:]]
    assert column == values


def test_a_value_too_long_for_excel_is_cut_and_says_so() -> None:
    value = cells(hostile(["x" * 40_000, "short"]))["rows"][1][-1]
    assert isinstance(value, str)
    assert len(value) == LONGEST
    assert value.endswith("[…]")


def test_identifiers_bands_and_codes_are_text() -> None:
    rows = cells(released("gt-ntt"))["rows"]
    assert all(isinstance(cell, str) for row in rows for cell in row)
    assert {row[rows[0].index("prs_Birthdate")] for row in rows[1:]} <= {"0-17", "18-29", "30-44", "45+", "SUPPRESSED"}


def with_numbers() -> Agreement:
    """`FREE`, but it also keeps a date, an integer and a number."""
    keep = Keep.model_validate({"rule": "keep", "for": ["coordination"]})
    fields = (
        *AGREEMENT.data.fields,
        *(
            Field.model_validate(
                {"name": f"x_{kind}", "type": kind, "x-label": kind, "x-class": "attribute", "description": kind}
            )
            for kind in ("integer", "number")
        ),
    )
    data = FREE.data.model_copy(update={"schema_": FREE.data.schema_.model_copy(update={"fields": fields})})
    tier = FREE.tiers["case-coordination"]
    release = {**tier.release, "cas_IncomingReferralDate": keep, "x_integer": keep, "x_number": keep}
    tiers = {**FREE.tiers, "case-coordination": tier.model_copy(update={"release": release})}
    return FREE.model_copy(update={"data": data, "tiers": tiers})


def test_what_was_kept_as_a_number_or_a_date_is_one() -> None:
    agreement = with_numbers()
    columns = {
        **spread("io-id", ["a", "b", "c"], agreement),
        "cas_IncomingReferralDate": ["2026-10-04", "UNKNOWN", "2026-13-01"],
        "x_integer": ["7", "1234567890123456", ""],
        "x_number": ["-8.65", "1e5", "SUPPRESSED"],
    }
    head, *rows = cells(by_hand(ByHand(agreement, "io-id", columns)))["rows"]
    by_name = {name: [row[at] for row in rows] for at, name in enumerate(head)}
    assert by_name["cas_IncomingReferralDate"] == [dt.datetime(2026, 10, 4), "UNKNOWN", "2026-13-01"]  # noqa: DTZ001  # Excel knows no zones
    assert by_name["x_integer"] == [7, "1234567890123456", None]
    assert by_name["x_number"] == [-8.65, "1e5", "SUPPRESSED"]


def test_the_workbook_carries_everything_a_reader_needs() -> None:
    book = cells(released("gt-ntt"))
    tables = [f"table {number}" for number in range(1, 7)]
    assert list(book) == ["metadata", "caveats", "rows", *tables, "dictionary", "codes"]
    assert ["vic_TypeOfExploitation", "ForcedLabour", "Kerja paksa", "Forced labour"] in book["codes"]
    assert [row[0] for row in book["caveats"][1:4]] == ["C1", "C2", "C3"]
    assert {row[0] for row in book["dictionary"][1:]} == {field.name for field in AGREEMENT.data.fields}
    assert AGREEMENT.notices.confidentiality.en in book["metadata"][0]
    assert "Tidak ada." in [cell for row in book["metadata"] for cell in row]


def test_a_withheld_cell_of_a_table_is_marked_and_never_empty() -> None:
    table = counts(("prs_Gender",), (("Feminine",), 7), (("Masculine",), None), (("*",), None))
    book = cells(by_hand(ByHand(AGREEMENT, "dinas-p3a", None, (table,)), gate="no_rows_agreed"))
    assert book["table 1"][1:] == [["Feminine", 7], ["Masculine", "SUPPRESSED"], ["*", "SUPPRESSED"]]


def test_every_sheet_of_data_has_its_header_frozen_and_a_filter() -> None:
    content = files(described(released("gt-ntt"))[0])["data/cases.xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        if sheet.title != "metadata":
            assert sheet.freeze_panes == "A2"
            assert sheet.auto_filter.ref
        assert all(8 <= dimension.width <= 62 for dimension in sheet.column_dimensions.values())


def test_more_rows_than_excel_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_ROWS", 3)
    with pytest.raises(BundleError) as refusal:
        described(hostile(["a"] * 4))
    assert refusal.value.codes == ("bundle.too_long",)


def test_a_correction_names_what_it_replaces() -> None:
    leave = permit("gt-ntt", "2026-10", replaces="f" * 32)
    protected = by_hand(ByHand(AGREEMENT, "gt-ntt", spread("gt-ntt", ["a"] * 3)), leave=leave, gate="met", k_reached=3)
    assert page_of(protected).text.count("f" * 32) == 2
