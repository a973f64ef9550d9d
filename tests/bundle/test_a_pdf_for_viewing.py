"""The PDF says what the page says, tagged for screen readers; it holds no row, and the last look reads it."""

from __future__ import annotations

import io
from functools import cache

import pytest
from bundle.months import AGREEMENT, described, files, released
from pypdf import PdfReader

from exchange.bundle.metadata import Metadata
from exchange.bundle.pdf import pdf
from exchange.bundle.released import released_fields
from exchange.redact.allowed import allowed
from exchange.redact.identifiers import Identifiers, identifiers
from exchange.redact.last_look import last_look

PATH = "data/cases.pdf"


@cache
def made() -> tuple[bytes, Metadata]:
    bundle, metadata = described(released("dinas-p3a"))
    return files(bundle)[PATH], metadata


@cache
def book() -> PdfReader:
    return PdfReader(io.BytesIO(made()[0]), strict=True)


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_only_who_is_to_get_a_pdf_gets_one() -> None:
    assert PATH not in files(described(released("gt-ntt"))[0])


def test_it_says_what_the_bundle_says_in_both_languages() -> None:
    said, metadata = text_of(made()[0]), made()[1]
    for tongue in ("id", "en"):
        assert metadata.confidentiality.in_(tongue)[:40] in said
        for caveat in metadata.caveats:
            assert caveat.code in said
    assert "withheld" in said
    assert "tidak diberikan" in said


def test_every_published_count_stands_in_it_and_no_withheld_one() -> None:
    tables, said = released("dinas-p3a").tables, text_of(made()[0]).split()
    shown = [str(cell.count) for table in tables for cell in table.cells if cell.count is not None]
    assert all(said.count(count) >= 2 for count in shown)  # once in each language, at least


def test_it_is_tagged_dated_when_the_bundle_was_made_and_speaks_its_language() -> None:
    root = book().trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/Lang"] == AGREEMENT.language.prevails
    assert book().metadata is not None
    assert book().metadata.creation_date.date() == made()[1].created.date()
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_it_has_no_script_file_link_or_form() -> None:
    for word in (b"/JavaScript", b"/JS", b"/EmbeddedFile", b"/URI", b"/AcroForm", b"/Launch"):
        assert word not in made()[0]
    assert not book().attachments


@pytest.mark.parametrize("text", ['#panic("x")', '#read("/etc/passwd")', "*b* _i_ $x$ `r` <l> @r \\ //", "= Kepala"])
def test_a_text_is_never_markup(text: str) -> None:
    protected, (_content, metadata) = released("dinas-p3a"), made()
    noted = metadata.model_copy(update={"note": text})
    fields = released_fields(protected.permit.agreement, protected.permit.tier)
    assert " ".join(text.split()) in text_of(pdf(protected, noted, fields))


@pytest.mark.parametrize("text", ["\ua984\u1b05 中 😀", "a\x00b\x1fc\ufeffd\u202ee", "\U000f0000"])
def test_a_text_that_the_font_does_not_have_stops_nothing(text: str) -> None:
    protected, (_content, metadata) = released("dinas-p3a"), made()
    fields = released_fields(protected.permit.agreement, protected.permit.tier)
    content = pdf(protected, metadata.model_copy(update={"note": f"Awal {text} akhir."}), fields)
    assert "akhir." in text_of(content)
    assert PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"]


def test_the_last_look_reads_it(sought: Identifiers) -> None:
    protected, (_content, metadata) = released("dinas-p3a"), made()
    fields = released_fields(protected.permit.agreement, protected.permit.tier)
    assert last_look([(PATH, made()[0])], sought, allowed(AGREEMENT)) == ()
    told = pdf(protected, metadata.model_copy(update={"note": "Bertemu Tefnai di rumahnya."}), fields)
    assert {problem.code for problem in last_look([(PATH, told)], sought, allowed(AGREEMENT))} == {
        "last_look.identifier"
    }


@pytest.fixture(scope="module")
def sought() -> Identifiers:
    from redact.test_last_look import MARIA, extract

    return identifiers(extract([MARIA]), AGREEMENT.data)
